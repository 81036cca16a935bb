//! Lists of everything, live: complete and without repeats when unfiltered; filtered and ordered where one vendor can
//! answer for all; otherwise refused with a sentence, never half-applied.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::account::{AccountField, AccountRecord};
use crate::domain::campaign::CampaignMembership;
use crate::domain::custom::CustomFieldInfo;
use crate::domain::id::{RecordKey, SourceName};
use crate::domain::opportunity::OpportunityRecord;
use crate::domain::person::{PersonField, PersonRecord};
use crate::domain::record::Record;
use crate::domain::view::{Aspect, View};
use crate::source::cached::Freshness;
use crate::source::walk::{Condition, ConditionField, Listed, Order};

use super::accounts::{Account, AccountsWanted};
use super::campaigns::Campaign;
use super::holds::customs_hold;
use super::identity::accounts::account_named;
use super::identity::cluster::Cluster;
use super::inquiry::{Gap, Inquiry};
use super::legs::is_first;
use super::live::Live;
use super::opportunities::{OpportunitiesWanted, Opportunity};
use super::people::{PeopleWanted, Person};
use super::refusal::Refusal;
use super::seen::{Seen, Shows, WantedOf};
use super::walk::{Leg, WalkAsk, Walked, Walker};

/// Which part of which list.
#[derive(Clone, Debug, Default)]
pub struct ListAsk {
    /// What must hold, in words every source understands alike.
    pub conditions: Vec<Condition>,
    /// Owned by one of these users, by any key of theirs.
    pub owners: Option<Vec<RecordKey>>,
    /// Of one of these accounts, by any key of theirs.
    pub accounts: Option<Vec<RecordKey>>,
    /// Members of this campaign, by every key it has.
    pub campaign: Option<Vec<RecordKey>>,
    /// The order; that of the walk when none.
    pub order: Option<Order>,
    /// At most so many.
    pub first: usize,
    /// Behind this position.
    pub position: Option<String>,
}

impl ListAsk {
    /// Anything less than everything is asked for.
    pub fn is_filtered(&self) -> bool {
        !self.conditions.is_empty()
            || self.owners.is_some()
            || self.accounts.is_some()
            || self.campaign.is_some()
    }

    fn walk_ask<S>(&self, select: S, freshness: Freshness) -> WalkAsk<S> {
        WalkAsk {
            position: self.position.clone(),
            first: self.first,
            select,
            order: self.order.clone(),
            freshness,
        }
    }
}

/// A member of a campaign.
#[derive(Clone, Debug)]
pub struct Member {
    /// What the vendor tells of the membership.
    pub membership: CampaignMembership,
    /// The person, where the view sees them.
    pub person: Option<Person>,
}

impl Live {
    /// A page of people.
    ///
    /// # Errors
    /// When the view may not filter so, when no vendor can answer alone, or when the position is unknown.
    pub async fn people_page(
        &self,
        view: &View,
        inquiry: &Inquiry,
        ask: &ListAsk,
        wanted: &PeopleWanted,
    ) -> Result<Walked<Person>, Refusal> {
        refuse_hidden_filters(view, ask, Some(Aspect::Name), &self.fields.person)?;
        // What is filtered by is compared again here, so that it must be read too.
        let mut wanted = wanted.clone();
        if ask.owners.is_some() {
            wanted.select.add(PersonField::Owner);
        }
        if ask.accounts.is_some() {
            wanted.select.add(PersonField::Account);
        }
        add_filtered(ask, |key| wanted.select.add_custom(key));
        let wanted = &wanted;
        let mut legs =
            self.legs(inquiry, ask, "people", wanted.freshness, |source| source.all_people.as_ref()).await?;
        // Who set a field last is what makes a page of people dear.
        let asks_edits = Person::select(view, &wanted.select).has_any_edit();
        for leg in legs.iter_mut().filter(|leg| leg.is_sparse) {
            leg.keys_alone = asks_edits;
        }
        let owners = self.ids_of_owners(inquiry, ask, wanted.freshness).await;
        // With a filter a person is shown at its first record that matches, since the walk visits no others.
        let matches = |record: &PersonRecord| {
            let is_owned =
                |owners: &BTreeSet<RecordKey>| record.owner.as_ref().is_some_and(|key| owners.contains(key));
            let is_of =
                |accounts: &Vec<RecordKey>| record.account.as_ref().is_some_and(|key| accounts.contains(key));
            owners.as_ref().is_none_or(is_owned)
                && ask.accounts.as_ref().is_none_or(is_of)
                && customs_hold(&ask.conditions, &record.custom)
        };
        let shows = |cluster: &Cluster, key: &RecordKey| {
            is_first(&legs, cluster, key, matches) && self.is_of(cluster, ask.accounts.as_deref())
        };
        self.walk(view, inquiry, &legs, ask, wanted, &shows).await
    }

    /// A page of accounts.
    ///
    /// # Errors
    /// As for people.
    pub async fn accounts_page(
        &self,
        view: &View,
        inquiry: &Inquiry,
        ask: &ListAsk,
        wanted: &AccountsWanted,
    ) -> Result<Walked<Account>, Refusal> {
        refuse_hidden_filters(view, ask, None, &self.fields.account)?;
        if !view.sees_any_account() {
            return Ok(Walked::nothing());
        }
        let mut wanted = wanted.clone();
        if ask.owners.is_some() {
            wanted.select.add(AccountField::Owner);
        }
        add_filtered(ask, |key| wanted.select.add_custom(key));
        let wanted = &wanted;
        let legs = self
            .legs(inquiry, ask, "accounts", wanted.freshness, |source| source.all_accounts.as_ref())
            .await?;
        let owners = self.ids_of_owners(inquiry, ask, wanted.freshness).await;
        let matches = |record: &AccountRecord| {
            customs_hold(&ask.conditions, &record.custom)
                && owners
                    .as_ref()
                    .is_none_or(|owners| record.owner.as_ref().is_some_and(|key| owners.contains(key)))
        };
        let shows =
            |cluster: &Cluster<AccountRecord>, key: &RecordKey| is_first(&legs, cluster, key, matches);
        self.walk(view, inquiry, &legs, ask, wanted, &shows).await
    }

    /// A page of opportunities.
    ///
    /// # Errors
    /// As for people.
    pub async fn opportunities_page(
        &self,
        view: &View,
        inquiry: &Inquiry,
        ask: &ListAsk,
        wanted: &OpportunitiesWanted,
    ) -> Result<Walked<Opportunity>, Refusal> {
        refuse_hidden_filters(view, ask, None, &self.fields.opportunity)?;
        if !view.sees_any_opportunity() {
            return Ok(Walked::nothing());
        }
        let legs = self
            .legs(inquiry, ask, "opportunities", wanted.freshness, |source| source.all_opportunities.as_ref())
            .await?;
        let shows =
            |cluster: &Cluster<OpportunityRecord>, key: &RecordKey| is_first(&legs, cluster, key, |_| true);
        self.walk(view, inquiry, &legs, ask, wanted, &shows).await
    }

    /// A page of campaigns.
    ///
    /// # Errors
    /// As for people.
    pub async fn campaigns_page(
        &self,
        view: &View,
        inquiry: &Inquiry,
        ask: &ListAsk,
        freshness: Freshness,
    ) -> Result<Walked<Campaign>, Refusal> {
        refuse_hidden_filters(view, ask, None, &[])?;
        let legs =
            self.legs(inquiry, ask, "campaigns", freshness, |source| source.all_campaigns.as_ref()).await?;
        let mut walker = Walker::begin(inquiry, &legs, ask.walk_ask((), freshness))?;
        let mut walked = walker.nothing_yet();
        while let Some((_, records)) = walker.next(&mut walked).await {
            let mut seen = Vec::with_capacity(records.len());
            for record in records {
                let is_here = self.is_shown_here(&record.meta.key);
                let campaign = self.campaign(view, inquiry, Arc::new(record), freshness).await;
                seen.push(campaign.filter(|_| is_here));
            }
            walker.take(&mut walked, seen);
        }
        Ok(walked)
    }

    /// A page of a campaign's members.
    ///
    /// # Errors
    /// When the position is unknown.
    pub async fn members_page(
        &self,
        view: &View,
        inquiry: &Inquiry,
        campaign: &Campaign,
        ask: &ListAsk,
        wanted: &PeopleWanted,
    ) -> Result<Walked<Member>, Refusal> {
        let ask = ListAsk { campaign: Some(campaign.keys()), ..ask.clone() };
        let legs = self
            .legs(inquiry, &ask, "members", wanted.freshness, |source| source.all_memberships.as_ref())
            .await?;
        let mut walker = Walker::begin(inquiry, &legs, ask.walk_ask((), wanted.freshness))?;
        let mut walked = walker.nothing_yet();
        while let Some((_, memberships)) = walker.next(&mut walked).await {
            let keys: Vec<RecordKey> = memberships.iter().map(|it| it.person.clone()).collect();
            let people = self.people_by_record(view, inquiry, &keys, wanted).await;
            let members = memberships.into_iter().zip(people).map(|(membership, person)| match person {
                Ok(Some(person)) => Some(Member { membership, person: Some(person) }),
                // A silent source must not make members disappear; a row that is not seen must.
                Err(_) => Some(Member { membership, person: None }),
                Ok(None) => None,
            });
            walker.take(&mut walked, members.collect());
        }
        Ok(walked)
    }

    /// Reads page after page, each decided as a whole, until there is enough. `shows` says whether a cluster is shown
    /// at a record's place.
    async fn walk<T: Seen>(
        &self,
        view: &View,
        inquiry: &Inquiry,
        legs: &[Leg<'_, T::Record>],
        ask: &ListAsk,
        wanted: &WantedOf<T>,
        shows: Shows<'_, T::Record>,
    ) -> Result<Walked<T>, Refusal> {
        let select = T::select(view, &wanted.select);
        let mut walker = Walker::begin(inquiry, legs, ask.walk_ask(select, wanted.freshness))?;
        let mut walked = walker.nothing_yet();
        while let Some((leg, records)) = walker.next(&mut walked).await {
            let keys: Vec<RecordKey> = records.iter().map(|record| record.meta().key.clone()).collect();
            let records = if leg.keys_alone {
                match self.whole::<T>(view, inquiry, leg.source, &keys, wanted).await {
                    Ok(records) => records,
                    Err(gap) => {
                        walker.stop(&mut walked, gap);
                        continue;
                    }
                }
            } else {
                records.into_iter().map(Arc::new).collect()
            };
            let (entries, gaps) = self.seen_of_page(view, inquiry, records, &keys, wanted, shows).await;
            match self.earlier_gap(leg, &gaps) {
                Some(gap) => walker.stop(&mut walked, gap),
                None => walker.take(&mut walked, entries),
            }
        }
        Ok(walked)
    }

    /// The person's account, as their records name it, is one of these.
    fn is_of(&self, cluster: &Cluster, accounts: Option<&[RecordKey]>) -> bool {
        accounts.is_none_or(|accounts| {
            account_named(cluster, &self.infos).is_some_and(|named| accounts.contains(&named))
        })
    }

    /// A silent source whose records are shown earlier in the walk: without it nobody can tell what was shown before.
    fn earlier_gap<R: Listed>(&self, leg: &Leg<'_, R>, gaps: &[Gap]) -> Option<Gap> {
        let rank = |name: &SourceName| self.infos.iter().position(|info| info.name == *name);
        gaps.iter().find(|gap| rank(&gap.source) < rank(leg.source)).cloned()
    }
}

/// Reads the fields of the company's own that are filtered by.
fn add_filtered(ask: &ListAsk, mut add: impl FnMut(&str)) {
    for condition in &ask.conditions {
        if let ConditionField::Custom(key) = &condition.field {
            add(key);
        }
    }
}

/// A column that is not fully seen would be told by what a filter leaves. `name` is how names are seen, where they
/// are a person's; `fields` are those of the company's own that such records have.
fn refuse_hidden_filters(
    view: &View,
    ask: &ListAsk,
    name: Option<Aspect>,
    fields: &[CustomFieldInfo],
) -> Result<(), Refusal> {
    let by_field = ask.conditions.iter().map(|condition| &condition.field);
    for field in by_field.chain(ask.order.iter().map(|order| &order.field)) {
        let (aspect, what) = match field {
            ConditionField::Name => match name {
                Some(aspect) => (aspect, "names"),
                None => continue,
            },
            ConditionField::Amount => (Aspect::DealFigures, "amounts"),
            ConditionField::Stage | ConditionField::StageCategory => (Aspect::DealFigures, "stages"),
            ConditionField::Score(_) => (Aspect::Scores, "scores"),
            ConditionField::Custom(key) => {
                let known = fields.iter().find(|field| field.key == *key && view.knows(field));
                let field = known.ok_or_else(|| Refusal::UnknownField(key.to_string()))?;
                if !view.sees_values_of(field) {
                    return Err(Refusal::FilterDenied("fields of the company's own"));
                }
                continue;
            }
            _ => continue,
        };
        if !view.may_filter_by(aspect) {
            return Err(Refusal::FilterDenied(what));
        }
    }
    Ok(())
}
