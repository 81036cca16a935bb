//! One opportunity from its records: nearly always one, with a linked marketing-side deal at most two. Every field is
//! the sales side's unless it is blank there.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::domain::custom::CustomValue;
use crate::domain::id::RecordKey;
use crate::domain::lead_source::LeadSource;
use crate::domain::money::Money;
use crate::domain::opportunity::{OpportunityContactRole, OpportunityRecord, StageCategory, StageSnapshot};
use crate::domain::record::SourceInfo;
use crate::unify::identity::cluster::Cluster;
use crate::unify::source_order::SourceOrder;

use super::believed::Believed;
use super::same::Same;

/// An opportunity as the gateway shows it. A field that no record holds, or that was not asked for, is none.
#[derive(Clone, Debug, PartialEq)]
pub struct MergedOpportunity {
    /// The record that pipeline, stage, category and path are taken from, together.
    pub leading: RecordKey,
    /// What sellers call it.
    pub name: Option<Arc<str>>,
    /// The account it is with.
    pub account: Option<RecordKey>,
    /// The owning user.
    pub owner: Option<RecordKey>,
    /// The pipeline it moves through, in the leading record's source.
    pub pipeline: Option<Arc<str>>,
    /// The vendor's key of its stage.
    pub stage: Option<Arc<str>>,
    /// Open, won or lost.
    pub category: StageCategory,
    /// What it is worth.
    pub amount: Option<Money>,
    /// Probability of winning, between 0 and 1.
    pub probability: Option<Decimal>,
    /// The expected day of closing, or the day it closed.
    pub close_date: Option<NaiveDate>,
    /// The instant it closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// How it came to be.
    pub lead_source: Option<LeadSource>,
    /// Why it was lost.
    pub loss_reason: Option<Arc<str>>,
    /// The buying group, each person once.
    pub contacts: Vec<OpportunityContactRole>,
    /// Its path through the stages, oldest first.
    pub stage_history: Vec<StageSnapshot>,
    /// Fields of the company's own, by their configured key.
    pub custom: BTreeMap<Arc<str>, CustomValue>,
    /// Creation of the oldest record.
    pub created_at: DateTime<Utc>,
    /// Latest change of any record.
    pub updated_at: DateTime<Utc>,
}

/// Merges the records of an opportunity. `same` says which records of people are one person.
pub fn merge_opportunity(
    cluster: &Cluster<OpportunityRecord>,
    sources: &[SourceInfo],
    same: &Same,
) -> MergedOpportunity {
    let order = SourceOrder::new(sources);
    let records = Believed::of(cluster, &order, |it: &OpportunityRecord| Reverse(it.meta.updated_at));
    let metas = || records.records.iter().map(|it| &it.meta);
    let leading = *records.records.first().expect("a cluster has at least one record");
    MergedOpportunity {
        leading: leading.meta.key.clone(),
        name: records.text(|it| it.name.as_ref()).value(),
        account: records.key(same, |it| it.account.as_ref()).value(),
        owner: records.key(same, |it| it.owner.as_ref()).value(),
        pipeline: leading.pipeline.clone(),
        stage: leading.stage.clone(),
        category: leading.category,
        amount: records.records.iter().find_map(|it| it.amount.clone()),
        probability: records.plain(|it| it.probability).value(),
        close_date: records.plain(|it| it.close_date).value(),
        closed_at: records.plain(|it| it.closed_at).value(),
        lead_source: records.records.iter().find_map(|it| it.lead_source.clone()),
        loss_reason: records.text(|it| it.loss_reason.as_ref()).value(),
        contacts: buying_group(&records, same),
        stage_history: leading.stage_history.clone(),
        custom: records.custom(|it| &it.custom),
        created_at: metas().map(|it| it.created_at).min().expect("a cluster has at least one record"),
        updated_at: metas().map(|it| it.updated_at).max().expect("a cluster has at least one record"),
    }
}

/// A person named by two records counts once, with the part the more believed one gives them; only the most believed
/// record says who is first.
fn buying_group(records: &Believed<'_, OpportunityRecord>, same: &Same) -> Vec<OpportunityContactRole> {
    let mut group: Vec<OpportunityContactRole> = Vec::new();
    for contact in records.records.iter().flat_map(|it| &it.contacts) {
        let held = group.iter_mut().find(|it| same.of(&it.person) == same.of(&contact.person));
        if let Some(held) = held {
            held.role = held.role.or(contact.role);
        } else {
            let is_primary = contact.is_primary && group.iter().all(|it| !it.is_primary);
            group.push(OpportunityContactRole { is_primary, ..contact.clone() });
        }
    }
    group
}

#[cfg(test)]
mod tests {
    use crate::domain::opportunity::BuyingRole;
    use crate::unify::identity::opportunities::link_opportunities;
    use crate::unify::samples::{key, opportunity, sources};

    use super::*;

    #[test]
    fn an_opportunitys_fields_are_the_sales_sides_unless_blank_and_its_stage_is_never_mixed() {
        let role =
            |person: &str, role, is_primary| OpportunityContactRole { person: key(person), role, is_primary };
        let mut sales = opportunity("sales:Opportunity:O1", None);
        sales.stage = Some(Arc::from("Negotiation"));
        sales.contacts = vec![role("sales:Contact:C1", None, true)];
        let mut deal = opportunity("marketing:deal:D1", Some("sales:Opportunity:O1"));
        deal.name = Some(Arc::from("Big deal"));
        deal.stage = Some(Arc::from("closedwon"));
        deal.pipeline = Some(Arc::from("default"));
        deal.category = StageCategory::Won;
        deal.contacts = vec![
            role("marketing:contact:H1", Some(BuyingRole::Champion), true),
            role("marketing:contact:H2", None, true),
        ];
        let clusters = link_opportunities(&[Arc::new(deal), Arc::new(sales)], &sources());
        let mut same = Same::default();
        same.add(key("marketing:contact:H1"), key("sales:Contact:C1"));

        let merged = merge_opportunity(&clusters[0], &sources(), &same);
        assert_eq!(merged.leading, key("sales:Opportunity:O1"));
        assert_eq!(merged.name.as_deref(), Some("Big deal"));
        assert_eq!((merged.stage.as_deref(), merged.pipeline), (Some("Negotiation"), None));
        assert_eq!(merged.category, StageCategory::Open);
        let expected = [
            role("sales:Contact:C1", Some(BuyingRole::Champion), true),
            role("marketing:contact:H2", None, false),
        ];
        assert_eq!(merged.contacts, expected);
    }
}
