//! An opportunity as one vendor record tells it, and the pipelines it moves through.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::custom::CustomValue;
use super::id::{RecordKey, SourceName};
use super::lead_source::LeadSource;
use super::money::Money;
use super::record::{Record, RecordMeta};
use super::select::{Field, Select};

/// The fields of an opportunity record that a question may ask for. Keys and stamps always travel, as do account,
/// owner, stage and whether it is closed, because views and conditions need them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each name is the field's own term and says all there is")]
pub enum OpportunityField {
    Name,
    Amount,
    Probability,
    CloseDate,
    LeadSource,
    LossReason,
    Contacts,
    StageHistory,
}

impl Field for OpportunityField {
    const ALL: &'static [Self] = &[
        Self::Name,
        Self::Amount,
        Self::Probability,
        Self::CloseDate,
        Self::LeadSource,
        Self::LossReason,
        Self::Contacts,
        Self::StageHistory,
    ];

    fn bit(self) -> u32 {
        self as u32
    }
}

/// Which fields of opportunities a question needs.
pub type OpportunitySelect = Select<OpportunityField>;

/// Whether an opportunity is still in play.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each name is the field's own term and says all there is")]
pub enum StageCategory {
    Open,
    Won,
    Lost,
    Omitted,
}

/// A stage of a pipeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// The vendor's key of it.
    pub key: Arc<str>,
    /// What people call it.
    pub label: Arc<str>,
    /// Place in the pipeline, from 0.
    pub position: i32,
    /// Whether an opportunity in it is open, won or lost.
    pub category: StageCategory,
    /// Usual probability of winning from here, between 0 and 1.
    pub probability: Option<Decimal>,
}

/// The stages one kind of opportunity moves through.
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    /// The vendor's key of it.
    pub key: Arc<str>,
    /// What people call it.
    pub label: Arc<str>,
    /// The source it is defined in.
    pub source: SourceName,
    /// Its stages in order.
    pub stages: Vec<Stage>,
}

/// One vendor record about a potential sale: a Salesforce opportunity, a HubSpot deal.
#[derive(Clone, Debug, PartialEq)]
pub struct OpportunityRecord {
    /// Key, stamps, merges.
    pub meta: RecordMeta,
    /// What sellers call it.
    pub name: Option<Arc<str>>,
    /// The account it is with.
    pub account: Option<RecordKey>,
    /// The owning user.
    pub owner: Option<RecordKey>,
    /// The pipeline it moves through.
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
    /// The instant it closed, where the vendor keeps one.
    pub closed_at: Option<DateTime<Utc>>,
    /// How it came to be.
    pub lead_source: Option<LeadSource>,
    /// Why it was lost, in the vendor's words.
    pub loss_reason: Option<Arc<str>>,
    /// The people in the buying group, where asked for.
    pub contacts: Vec<OpportunityContactRole>,
    /// Its path through the stages, oldest first, where asked for.
    pub stage_history: Vec<StageSnapshot>,
    /// The record of another source this one is a copy of.
    pub cross_references: Vec<RecordKey>,
    /// Custom fields asked for, by their configured key.
    pub custom: BTreeMap<Arc<str>, CustomValue>,
}

/// The part a person plays in a purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each name is the field's own term and says all there is")]
pub enum BuyingRole {
    DecisionMaker,
    EconomicBuyer,
    Champion,
    Influencer,
    User,
    Blocker,
    Other,
}

/// A person of the buying group.
#[derive(Clone, Debug, PartialEq)]
pub struct OpportunityContactRole {
    /// The person's record in the same source.
    pub person: RecordKey,
    /// The part they play.
    pub role: Option<BuyingRole>,
    /// The first among them.
    pub is_primary: bool,
}

/// What the vendor recorded when stage, amount or probability changed.
#[derive(Clone, Debug, PartialEq)]
pub struct StageSnapshot {
    /// The vendor's key of the stage.
    pub stage: Arc<str>,
    /// From when on.
    pub at: DateTime<Utc>,
    /// The amount from then on.
    pub amount: Option<Money>,
    /// Probability between 0 and 1 from then on.
    pub probability: Option<Decimal>,
    /// Who changed it.
    pub by: Option<RecordKey>,
}

impl Record for OpportunityRecord {
    fn meta(&self) -> &RecordMeta {
        &self.meta
    }

    fn weight(&self) -> usize {
        size_of::<Self>() + 400 + 120 * (self.stage_history.len() + self.contacts.len() + self.custom.len())
    }
}
