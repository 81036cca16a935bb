//! People: by address, by record, and as a list of everybody.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::future::join_all;

use crate::domain::email;
use crate::domain::id::{NodeId, NodeKind, RecordKey, SourceName};
use crate::domain::person::{PersonField, PersonRecord, PersonSelect};
use crate::domain::territory::{Owner, Place};
use crate::domain::view::{PersonRow, View};
use crate::source::ask::{MembershipLookup, PersonLookup};
use crate::source::cached::Freshness;

use super::gather::{Gathered, Joined, Seeds};
use super::identity::cluster::Cluster;
use super::inquiry::{Gap, Inquiry};
use super::live::Live;
use super::merge::person::{
    MergedPerson, MergedPersonField, merge_person, person_provenance, with_needed_edits,
};
use super::merge::provenance::Provenance;
use super::merge::same::Same;
use super::refusal::Refusal;
use super::shown::ShownPerson;

/// What is wanted of people, and how old it may be.
#[derive(Clone, Debug, Default)]
pub struct PeopleWanted {
    /// The fields.
    pub select: PersonSelect,
    /// How old answers may be.
    pub freshness: Freshness,
}

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
    pub(super) same: Same,
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
        let gathered = self.gather_people(view, inquiry, seeds, wanted).await;
        let mut answers = Vec::with_capacity(normal.len());
        for address in &normal {
            let Some(address) = address else {
                answers.push(Err(Refusal::NoEmail));
                continue;
            };
            // Several people may share an address; the first found on the side asked first is meant.
            let lookup = PersonLookup::Email(address.clone());
            let found =
                self.infos.iter().flat_map(|info| gathered.clusters_found(&info.name, &lookup)).next();
            answers.push(match found {
                Some(cluster) => Ok(self.person(view, inquiry, cluster, &gathered.gaps, None, wanted).await),
                None => gathered.gaps.first().map_or(Ok(None), |gap| Err(Refusal::Silent(gap.clone()))),
            });
        }
        Ok(answers)
    }

    /// People by any record of theirs, merged-away ones too, in the order asked.
    pub async fn people_by_record(
        &self,
        view: &View,
        inquiry: &Inquiry,
        keys: &[RecordKey],
        wanted: &PeopleWanted,
    ) -> Vec<Result<Option<Person>, Refusal>> {
        let seeds = Seeds::ask(self.by_keys::<PersonRecord>(keys));
        let gathered = self.gather_people(view, inquiry, seeds, wanted).await;
        let one = async |key: &RecordKey| {
            // A merged-away id is found by its survivor's record, whose key is another.
            let found = gathered.cluster_of(key).or_else(|| {
                gathered.clusters_found(&key.source, &PersonRecord::by_key(key)).into_iter().next()
            });
            match found {
                Some(cluster) => {
                    Ok(self.person(view, inquiry, cluster, &gathered.gaps, Some(key), wanted).await)
                }
                None => {
                    gathered.gap_of(&key.source).map_or(Ok(None), |gap| Err(Refusal::Silent(gap.clone())))
                }
            }
        };
        join_all(keys.iter().map(one)).await
    }

    /// The people whose records a list's page brought, one entry a record: `None` for a record whose person is shown
    /// at another place of the list, or not at all.
    pub(super) async fn people_of_page(
        &self,
        view: &View,
        inquiry: &Inquiry,
        records: Vec<PersonRecord>,
        wanted: &PeopleWanted,
        shows: impl Fn(&Cluster, &RecordKey) -> bool,
    ) -> (Vec<Option<Person>>, Vec<Gap>) {
        let known: Vec<Arc<PersonRecord>> = records.into_iter().map(Arc::new).collect();
        let keys: Vec<RecordKey> = known.iter().map(|record| record.meta.key.clone()).collect();
        let gathered = self.gather_people(view, inquiry, Seeds::known(known), wanted).await;
        let one = async |key: &RecordKey| {
            let cluster = gathered.cluster_of(key).filter(|cluster| shows(cluster, key))?;
            self.person(view, inquiry, cluster, &gathered.gaps, None, wanted).await
        };
        (join_all(keys.iter().map(one)).await, gathered.gaps)
    }

    /// Where a field's value came from; none where no record holds one.
    pub fn person_provenance(
        &self,
        person: &Person,
        field: MergedPersonField,
    ) -> Option<Provenance<MergedPersonField>> {
        person_provenance(&person.cluster, &self.infos, &person.same, &[], field)
    }

    /// Reads what the caller wants, what the view must know to decide, and what the merge rules need.
    async fn gather_people(
        &self,
        view: &View,
        inquiry: &Inquiry,
        seeds: Seeds<PersonRecord>,
        wanted: &PeopleWanted,
    ) -> Gathered<PersonRecord> {
        let select = people_select(view, &wanted.select);
        self.gather(inquiry, seeds, &select, wanted.freshness).await
    }

    /// Merges a cluster and asks the view whether the person exists and how each field is seen.
    async fn person(
        &self,
        view: &View,
        inquiry: &Inquiry,
        cluster: &Cluster,
        gaps: &[Gap],
        asked: Option<&RecordKey>,
        wanted: &PeopleWanted,
    ) -> Option<Person> {
        let mut same = Same::default();
        if wanted.select.has(PersonField::Owner) || view.people_need().owner {
            for user in self.directory(inquiry).await.users() {
                for record in &user.records {
                    same.add(record.meta.key.clone(), user.anchor.clone());
                }
            }
        }
        let merged = merge_person(cluster, &self.infos, &same, &[]);
        if !self.is_seen(view, inquiry, cluster, &merged).await {
            return None;
        }
        let key = if gaps.is_empty() { &cluster.anchor } else { asked.unwrap_or(&cluster.anchor) };
        Some(Person {
            id: NodeId::new(NodeKind::Person, key.clone()),
            shown: ShownPerson::of(view, &merged),
            cluster: cluster.clone(),
            gaps: gaps.to_vec(),
            freshness: wanted.freshness,
            merged,
            same,
        })
    }

    async fn is_seen(
        &self,
        view: &View,
        inquiry: &Inquiry,
        cluster: &Cluster,
        merged: &MergedPerson,
    ) -> bool {
        let needs = view.people_need();
        let mut owner: Option<Owner> = None;
        if needs.owner
            && let Some(key) = &merged.owner
        {
            owner = Some(self.directory(inquiry).await.owner(key));
        }
        let place = Place {
            country: merged.country.clone(),
            state: merged.state.clone(),
            industry: merged.industry.clone(),
            employees: merged.employees,
        };
        let campaigns = if needs.campaigns { self.campaigns_of(inquiry, cluster).await } else { Vec::new() };
        view.sees_person(&PersonRow { owner: owner.as_ref(), place: Some(&place), campaigns: &campaigns })
    }

    /// The campaigns any record of the person is a member of.
    pub(super) async fn campaigns_of(&self, inquiry: &Inquiry, cluster: &Cluster) -> Vec<RecordKey> {
        let of_source = async |name: &SourceName| {
            let memberships = self.source(name)?.memberships.as_ref()?;
            let keys = cluster.members.iter().map(|member| &member.record.meta.key);
            let lookups: Vec<MembershipLookup> = keys
                .filter(|key| key.source == *name)
                .map(|key| MembershipLookup { object: key.object.clone(), id: key.id.clone() })
                .collect();
            let reading = inquiry.reading(name);
            match memberships.find(&lookups, &(), Freshness::default(), &reading).await {
                Ok(answers) => Some(
                    answers
                        .iter()
                        .flat_map(|answer| answer.found.records.iter().map(|it| it.campaign.clone()))
                        .collect::<Vec<_>>(),
                ),
                Err(error) => {
                    inquiry.note_gap(&error);
                    None
                }
            }
        };
        let names: BTreeSet<&SourceName> =
            cluster.members.iter().map(|member| &member.record.meta.key.source).collect();
        join_all(names.into_iter().map(of_source)).await.into_iter().flatten().flatten().collect()
    }
}

/// The fields to read so that these can be answered under this view.
pub(super) fn people_select(view: &View, wanted: &PersonSelect) -> PersonSelect {
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
