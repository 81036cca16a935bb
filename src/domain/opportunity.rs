//! An opportunity as one vendor record tells it, and the pipelines it moves through.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "each name is the field's own term and says all there is")]
pub enum StageCategory {
    Open,
    Won,
    Lost,
    Omitted,
}

/// A stage of a pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<Decimal>,
}

/// The stages one kind of opportunity moves through.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pipeline {
    /// The vendor's key of it.
    pub key: Arc<str>,
    /// What people call it.
    pub label: Arc<str>,
    /// The source it is defined in.
    pub source: SourceName,
    /// Its stages in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<Stage>,
}

impl Pipeline {
    /// What stands for the vendor's object in a pipeline's key.
    pub const OBJECT: &'static str = "pipeline";

    /// What names it.
    pub fn record_key(&self) -> RecordKey {
        RecordKey::new(&self.source, Self::OBJECT, &self.key)
    }
}

/// One vendor record about a potential sale: a Salesforce opportunity, a HubSpot deal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpportunityRecord {
    /// Key, stamps, merges.
    pub meta: RecordMeta,
    /// What sellers call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Arc<str>>,
    /// The account it is with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<RecordKey>,
    /// The owning user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<RecordKey>,
    /// The pipeline it moves through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<Arc<str>>,
    /// The vendor's key of its stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Arc<str>>,
    /// Open, won or lost.
    pub category: StageCategory,
    /// What it is worth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Probability of winning, between 0 and 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<Decimal>,
    /// The expected day of closing, or the day it closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub close_date: Option<NaiveDate>,
    /// The instant it closed, where the vendor keeps one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<DateTime<Utc>>,
    /// How it came to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead_source: Option<LeadSource>,
    /// Why it was lost, in the vendor's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss_reason: Option<Arc<str>>,
    /// The people in the buying group, where asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<OpportunityContactRole>,
    /// Its path through the stages, oldest first, where asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stage_history: Vec<StageSnapshot>,
    /// The record of another source this one is a copy of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cross_references: Vec<RecordKey>,
    /// Custom fields asked for, by their configured key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub custom: BTreeMap<Arc<str>, CustomValue>,
}

/// The part a person plays in a purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpportunityContactRole {
    /// The person's record in the same source.
    pub person: RecordKey,
    /// The part they play.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<BuyingRole>,
    /// The first among them.
    pub is_primary: bool,
}

/// What the vendor recorded when stage, amount or probability changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageSnapshot {
    /// The vendor's key of the stage.
    pub stage: Arc<str>,
    /// From when on.
    pub at: DateTime<Utc>,
    /// The amount from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Probability between 0 and 1 from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<Decimal>,
    /// Who changed it.
    #[serde(skip_serializing_if = "Option::is_none")]
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
