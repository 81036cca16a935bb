//! Which parts of which sources a list runs through, and what each is asked for.
//!
//! What one source can decide for all is pushed down to it; a condition that needs several is refused, never
//! half-applied.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::id::{RecordKey, SourceName};
use crate::domain::record::Record;
use crate::source::Source;
use crate::source::cached::Freshness;
use crate::source::pages::Pages;
use crate::source::walk::{Comparison, Condition, ConditionField, Listed, Operand};

use super::identity::cluster::Cluster;
use super::inquiry::Inquiry;
use super::lists::ListAsk;
use super::live::Live;
use super::refusal::Refusal;
use super::walk::Leg;

impl Live {
    /// The legs of a walk: every object of every source that lists such records, with what to ask each.
    pub(super) async fn legs<'a, R: Listed>(
        &'a self,
        inquiry: &Inquiry,
        ask: &ListAsk,
        what: &str,
        freshness: Freshness,
        pages: impl Fn(&'a Source) -> Option<&'a Pages<R>>,
    ) -> Result<Vec<Leg<'a, R>>, Refusal> {
        let listing: Vec<(&Source, &Pages<R>)> =
            self.reading_all(freshness).filter_map(|source| Some((source, pages(source)?))).collect();
        let several = listing.len() > 1;
        // Campaigns and opportunities live in one source each; people and accounts are made of several.
        let is_joined = matches!(what, "people" | "accounts");
        if let Some(order) = &ask.order {
            let can = |(_, pages): &(&Source, &Pages<R>)| pages.can_order(order);
            if several || !listing.iter().all(can) {
                return Err(ledger_required(what, "in this order"));
            }
        }
        let mut legs = Vec::new();
        let mut left_out = Vec::new();
        for (source, pages) in &listing {
            let Some(own) = self.conditions_for(inquiry, ask, &source.info.name, freshness).await else {
                continue;
            };
            if !own.iter().all(|condition| pages.can_filter(condition)) {
                left_out.push(&source.info.name);
                continue;
            }
            let is_sparse = is_joined && !legs.is_empty();
            legs.extend(pages.objects().iter().map(|object| Leg {
                source: &source.info.name,
                pages: *pages,
                object,
                conditions: own.clone(),
                is_sparse,
                keys_alone: false,
            }));
        }
        let told_by_one = ask.conditions.iter().all(|condition| {
            // A source that can say whether a field is there keeps it, whatever else it can compare.
            let (comparison, operand) = (Comparison::IsNotNull, Operand::None);
            let is_there = Condition { comparison, operand, ..condition.clone() };
            let keeps = |pages: &Pages<R>| pages.can_filter(condition) || pages.can_filter(&is_there);
            let keepers = listing.iter().filter(|(_, pages)| keeps(pages)).count();
            is_told_by_one_side(&condition.field) && keepers <= 1
        });
        let split = several && is_joined && !ask.conditions.is_empty() && !told_by_one;
        // A source that cannot filter by what it does not keep holds nobody to list.
        let is_left_to_others = is_joined && told_by_one && !legs.is_empty();
        if split || !(left_out.is_empty() || is_left_to_others) {
            return Err(ledger_required(what, "by this filter"));
        }
        Ok(legs)
    }

    /// The conditions in one source's own ids; none when the source can hold nothing of what is asked.
    async fn conditions_for(
        &self,
        inquiry: &Inquiry,
        ask: &ListAsk,
        source: &SourceName,
        freshness: Freshness,
    ) -> Option<Vec<Condition>> {
        let mut conditions = ask.conditions.clone();
        let mut among = |field: ConditionField, keys: &mut dyn Iterator<Item = &RecordKey>| {
            let ids: BTreeSet<Arc<str>> =
                keys.filter(|key| key.source == *source).map(|key| key.id.clone()).collect();
            let is_possible = !ids.is_empty();
            let operand = Operand::Texts(ids.into_iter().collect());
            conditions.push(Condition { field, comparison: Comparison::In, operand });
            is_possible
        };
        if let Some(owners) = self.ids_of_owners(inquiry, ask, freshness).await
            && !among(ConditionField::Owner, &mut owners.iter())
        {
            return None;
        }
        if let Some(accounts) = &ask.accounts
            && !among(ConditionField::Account, &mut accounts.iter())
        {
            return None;
        }
        if let Some(campaign) = &ask.campaign
            && !among(ConditionField::Campaign, &mut campaign.iter())
        {
            return None;
        }
        Some(conditions)
    }

    /// Every key of the owners asked for, in every source.
    pub(super) async fn ids_of_owners(
        &self,
        inquiry: &Inquiry,
        ask: &ListAsk,
        freshness: Freshness,
    ) -> Option<BTreeSet<RecordKey>> {
        let owners = ask.owners.as_ref()?;
        let directory = self.directory(inquiry, freshness).await;
        let mut keys = BTreeSet::new();
        for owner in owners {
            keys.extend(directory.owner(owner).keys);
        }
        Some(keys)
    }
}

/// A score or a field of the company's own that one source alone keeps is merged from no others.
fn is_told_by_one_side(field: &ConditionField) -> bool {
    matches!(field, ConditionField::Score(_) | ConditionField::Custom(_) | ConditionField::Campaign)
}

fn ledger_required(what: &str, how: &str) -> Refusal {
    Refusal::LedgerRequired(format!(
        "No single source can list {what} {how}; it needs the ledger. Leave it out, or ask for what one source decides \
         alone."
    ))
}

/// Whether a cluster is shown at this record: its first in the walk among those that match.
pub(super) fn is_first<R: Listed + Record>(
    legs: &[Leg<'_, R>],
    cluster: &Cluster<R>,
    key: &RecordKey,
    matches: impl Fn(&R) -> bool,
) -> bool {
    let place = |key: &RecordKey| {
        let leg = legs.iter().position(|leg| *leg.source == key.source && leg.object == &*key.object);
        // Numbers as ids are ordered by length first; ids of one length by their letters.
        leg.map(|leg| (leg, key.id.len(), key.id.clone()))
    };
    let members = cluster.members.iter().map(|member| &member.record).filter(|record| matches(record));
    members.filter_map(|record| place(&record.meta().key)).min() == place(key)
}
