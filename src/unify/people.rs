//! People: by address, by record, and as a list of everybody.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::campaign::CampaignMembership;
use crate::domain::email;
use crate::domain::id::{NodeId, NodeKind, RecordKey};
use crate::domain::person::{PersonField, PersonRecord, PersonSelect};
use crate::domain::territory::Place;
use crate::domain::view::{PersonRow, View};
use crate::source::ask::{MembershipLookup, PersonLookup};
use crate::source::cached::Freshness;

use super::gather::Seeds;
use super::identity::cluster::Cluster;
use super::inquiry::{Gap, Inquiry};
use super::live::Live;
use super::merge::person::{
    MergedPerson, MergedPersonField, merge_person, person_provenance, with_needed_edits,
};
use super::merge::provenance::Provenance;
use super::merge::same::Same;
use super::refusal::Refusal;
use super::seen::{Row, Seen, Wanted};
use super::shown::ShownPerson;

/// What is wanted of people, and how old it may be.
pub type PeopleWanted = Wanted<PersonSelect>;

/// One person as a view sees them.
#[derive(Clone, Debug)]
pub struct Person {
    /// The id clients hold: the one they asked for where a source is silent, else the anchor's.
    pub id: NodeId,
    /// The records, why they belong together, and what somebody should look at.
    pub cluster: Cluster,
    /// What the view sees of the fields.
    pub shown: ShownPerson,
    /// What is missing because a source is silent.
    pub gaps: Vec<Gap>,
    /// How old answers below this person may be.
    pub freshness: Freshness,
    pub(super) merged: MergedPerson,
    pub(super) same: Arc<Same>,
}

impl Person {
    /// The unified values behind what is shown. For rules, never for answers.
    pub fn merged(&self) -> &MergedPerson {
        &self.merged
    }

    /// Which keys mean the same, as far as this person's fields need it.
    pub fn same(&self) -> &Same {
        &self.same
    }
}

impl Live {
    /// People by address, in the order asked; `None` where nobody the view sees is known.
    ///
    /// # Errors
    /// When the view may not look people up by address, or for one address that nobody knows while a source that
    /// might is silent.
    pub async fn people_by_email(
        &self,
        view: &View,
        inquiry: &Inquiry,
        addresses: &[Arc<str>],
        wanted: &PeopleWanted,
    ) -> Result<Vec<Result<Option<Person>, Refusal>>, Refusal> {
        if !view.may_look_up_by_email() {
            return Err(Refusal::FilterDenied("e-mail addresses"));
        }
        let normal: Vec<Option<Arc<str>>> = addresses.iter().map(|raw| email::normalise(raw)).collect();
        let distinct: BTreeSet<&Arc<str>> = normal.iter().flatten().collect();
        let lookups: Vec<PersonLookup> =
            distinct.into_iter().map(|it| PersonLookup::Email(it.clone())).collect();
        let seeds = Seeds::ask(self.everywhere::<PersonRecord>(&lookups));
        let gathered = self.gather_seen::<Person>(view, inquiry, seeds, wanted).await;
        // Several people may share an address; the first found on the side asked first is meant.
        let found = |address: &Arc<str>| {
            let lookup = PersonLookup::Email(address.clone());
            self.infos.iter().flat_map(|info| gathered.clusters_found(&info.name, &lookup)).next()
        };
        let found: Vec<Option<&Cluster>> = normal.iter().map(|address| found(address.as_ref()?)).collect();
        let clusters: Vec<&Cluster> = found.iter().flatten().copied().collect();
        let mut seen = self.see::<Person>(view, inquiry, &clusters, &gathered.gaps, wanted).await.into_iter();
        let answer = |(address, cluster): (&Option<Arc<str>>, Option<&Cluster>)| match (address, cluster) {
            (None, _) => Err(Refusal::NoEmail),
            (Some(_), Some(_)) => Ok(seen.next().flatten()),
            (Some(_), None) => {
                gathered.gaps.first().map_or(Ok(None), |gap| Err(Refusal::Silent(gap.clone())))
            }
        };
        Ok(normal.iter().zip(found).map(answer).collect())
    }

    /// People by any record of theirs, merged-away ones too, in the order asked.
    pub async fn people_by_record(
        &self,
        view: &View,
        inquiry: &Inquiry,
        keys: &[RecordKey],
        wanted: &PeopleWanted,
    ) -> Vec<Result<Option<Person>, Refusal>> {
        self.seen_by_record(view, inquiry, keys, wanted).await
    }

    /// Where a field's value came from; none where no record holds one.
    pub fn person_provenance(
        &self,
        person: &Person,
        field: MergedPersonField,
    ) -> Option<Provenance<MergedPersonField>> {
        person_provenance(&person.cluster, &self.infos, &person.same, &[], field)
    }

    /// The campaigns each person record of these people is a member of, read at once.
    async fn campaigns_of(
        &self,
        inquiry: &Inquiry,
        rows: &[Row<'_, PersonRecord>],
        freshness: Freshness,
    ) -> HashMap<RecordKey, Vec<Arc<CampaignMembership>>> {
        let members = rows.iter().flat_map(|row| &row.cluster.members);
        let records = members.map(|member| member.record.meta.key.clone()).collect();
        let lookup = |key: &RecordKey| MembershipLookup { object: key.object.clone(), id: key.id.clone() };
        self.had_by(inquiry, records, |source| source.memberships.as_ref(), lookup, freshness).await
    }
}

#[async_trait]
impl Seen for Person {
    type Record = PersonRecord;

    /// What the caller wants, what the view must know to decide, and what the merge rules need.
    fn select(view: &View, wanted: &PersonSelect) -> PersonSelect {
        let mut select = with_needed_edits(wanted);
        let needs = view.people_need();
        if needs.owner {
            select.add(PersonField::Owner);
        }
        if needs.place {
            select.add(PersonField::Territory);
        }
        select
    }

    async fn see(
        live: &Live,
        view: &View,
        inquiry: &Inquiry,
        rows: &[Row<'_, PersonRecord>],
        wanted: &PeopleWanted,
    ) -> Vec<Option<Self>> {
        let needs = view.people_need();
        let asked = if needs.campaigns { rows } else { &[] };
        let names_owners = needs.owner || wanted.select.has(PersonField::Owner);
        let (directory, campaigns) = futures::join!(
            live.directory_if(inquiry, names_owners, wanted.freshness),
            live.campaigns_of(inquiry, asked, wanted.freshness),
        );
        let same = Arc::new(directory.same());
        let one = |row: &Row<'_, PersonRecord>| {
            let merged = merge_person(row.cluster, &live.infos, &same, &[]);
            let owner = merged.owner.as_ref().filter(|_| needs.owner).map(|key| directory.owner(key));
            let memberships = row.cluster.members.iter().filter_map(|it| campaigns.get(&it.record.meta.key));
            let of: Vec<RecordKey> = memberships.flatten().map(|it| it.campaign.clone()).collect();
            let place = place_of(&merged);
            let asked = PersonRow { owner: owner.as_ref(), place: Some(&place), campaigns: &of };
            view.sees_person(&asked).then(|| Person {
                id: row.id(NodeKind::Person),
                shown: ShownPerson::of(view, &merged),
                cluster: row.cluster.clone(),
                gaps: row.gaps.to_vec(),
                freshness: wanted.freshness,
                merged,
                same: same.clone(),
            })
        };
        rows.iter().map(one).collect()
    }
}

/// Where a person is, in the words territories ask.
fn place_of(merged: &MergedPerson) -> Place {
    Place {
        country: merged.country.clone(),
        state: merged.state.clone(),
        industry: merged.industry.clone(),
        employees: merged.employees,
    }
}
