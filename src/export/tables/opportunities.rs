//! OPPORTUNITIES: one row an opportunity.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::custom::{CustomFieldInfo, CustomValue};
use crate::domain::id::NodeKind;
use crate::domain::lead_source::Channel;
use crate::domain::opportunity::StageCategory;
use crate::domain::view::Aspect;
use crate::facts::whole::Whole;
use crate::facts::{FactsError, Table};
use crate::unify::merge::opportunity::MergedOpportunity;

use super::super::cell::Kind;
use super::super::column::Column;
use super::super::reading::{Reading, id};
use super::{Spot, Stamp, Tabled, name, observed_at, places, policy_version, sequence, source, spot_at};

/// One opportunity.
pub(in super::super) struct OpportunityRow {
    id: Arc<str>,
    merged: MergedOpportunity,
    account: Option<Arc<str>>,
    owner: Option<Arc<str>>,
    person: Option<Arc<str>>,
    stamp: Stamp,
}

/// A category of stages by its name in the schema.
pub(super) fn category(category: StageCategory) -> &'static str {
    match category {
        StageCategory::Open => "OPEN",
        StageCategory::Won => "WON",
        StageCategory::Lost => "LOST",
        StageCategory::Omitted => "OMITTED",
    }
}

static COLUMNS: [Column<OpportunityRow>; 23] = [
    Column::new("id", Kind::Text, "The opportunity's id, as GraphQL knows it.", |it: &OpportunityRow| {
        (&it.id).into()
    }),
    Column::new("name", Kind::Text, "What sellers call it.", |it: &OpportunityRow| {
        it.merged.name.as_ref().into()
    })
    .or_null(),
    Column::new("account_id", Kind::Text, "The organisation it is with.", |it: &OpportunityRow| {
        it.account.as_ref().into()
    })
    .or_null(),
    Column::new("owner_id", Kind::Text, "Who works on it.", |it: &OpportunityRow| it.owner.as_ref().into())
        .or_null(),
    Column::new("person_id", Kind::Text, "The person it came from.", |it: &OpportunityRow| {
        it.person.as_ref().into()
    })
    .or_null(),
    Column::new("pipeline_key", Kind::Text, "The vendor's key of its pipeline.", |it: &OpportunityRow| {
        it.merged.pipeline.as_ref().into()
    })
    .or_null(),
    Column::new("stage_key", Kind::Text, "The vendor's key of its stage.", |it: &OpportunityRow| {
        it.merged.stage.as_ref().into()
    })
    .shown_as(Aspect::DealFigures),
    Column::new(
        "stage_category",
        Kind::Text,
        "OPEN, WON, LOST, or OMITTED from the pipeline.",
        |it: &OpportunityRow| category(it.merged.category).into(),
    ),
    Column::new("amount_amount", Kind::Decimal, "What it is worth.", |it: &OpportunityRow| {
        it.merged.amount.as_ref().map(|money| money.amount).into()
    })
    .shown_as(Aspect::DealFigures),
    Column::new("amount_currency", Kind::Text, "Its currency, ISO 4217.", |it: &OpportunityRow| {
        it.merged.amount.as_ref().map(|money| money.currency.clone()).into()
    })
    .shown_as(Aspect::DealFigures),
    Column::new(
        "probability",
        Kind::Decimal,
        "How likely it is to be won, 0 to 1.",
        |it: &OpportunityRow| it.merged.probability.into(),
    )
    .shown_as(Aspect::DealFigures),
    Column::new(
        "close_date",
        Kind::Day,
        "The day it is expected to close, or the day it closed.",
        |it: &OpportunityRow| it.merged.close_date.into(),
    )
    .or_null(),
    Column::new(
        "closed_at",
        Kind::Instant,
        "The instant it closed, where a system keeps one.",
        |it: &OpportunityRow| it.merged.closed_at.into(),
    )
    .or_null(),
    Column::new("lead_source_channel", Kind::Text, "How it came to be.", |it: &OpportunityRow| {
        name(it.merged.lead_source.as_ref().map(|source| Channel::name(source.channel)))
    })
    .or_null(),
    Column::new(
        "lead_source_sub_channel",
        Kind::Text,
        "The same in the vendor's word.",
        |it: &OpportunityRow| it.merged.lead_source.as_ref().and_then(|it| it.sub_channel.clone()).into(),
    )
    .or_null(),
    Column::new(
        "lead_source_is_marketing",
        Kind::Boolean,
        "The settings count that source as marketing's work.",
        |it: &OpportunityRow| it.merged.lead_source.as_ref().map(|source| source.is_marketing).into(),
    )
    .or_null(),
    Column::new(
        "loss_reason",
        Kind::Text,
        "Why it was lost, in the vendor's words.",
        |it: &OpportunityRow| it.merged.loss_reason.as_ref().into(),
    )
    .shown_as(Aspect::DealFigures),
    Column::new("created_at", Kind::Instant, "Creation of the oldest record.", |it: &OpportunityRow| {
        it.merged.created_at.into()
    }),
    Column::new("updated_at", Kind::Instant, "Latest change of any record.", |it: &OpportunityRow| {
        it.merged.updated_at.into()
    }),
    source(),
    observed_at(),
    sequence(),
    policy_version(),
];

impl Tabled for OpportunityRow {
    const TABLES: &'static [Table] = &[Table::Opportunities];

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }

    fn custom_fields(reading: &Reading) -> &[CustomFieldInfo] {
        &reading.snapshot.custom_fields().opportunity
    }

    fn custom(&self) -> Option<&BTreeMap<Arc<str>, CustomValue>> {
        Some(&self.merged.custom)
    }

    fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    async fn read(reading: &Reading, spots: &[Spot]) -> Result<Vec<Self>, FactsError> {
        let places = places(spots, Table::Opportunities);
        let whole = reading.facts.whole_opportunities(&reading.snapshot, &places, &[]).await?;
        let row = |it: Whole<MergedOpportunity>| {
            let fact = &reading.set().opportunities[it.place];
            let key = &reading.set().opportunity_keys[it.place];
            Self {
                id: id(NodeKind::Opportunity, key),
                account: reading.account_id(fact.account),
                owner: reading.owner_id(fact.owner),
                person: reading.person_id(fact.lead),
                stamp: Stamp::of(reading, spot_at(Table::Opportunities, it.place), it.merged.created_at),
                merged: it.merged,
            }
        };
        Ok(whole.into_iter().map(row).collect())
    }
}
