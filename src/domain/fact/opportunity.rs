//! A potential sale as lists and metrics count it.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::super::lead_source::Channel;
use super::super::opportunity::StageCategory;
use super::{AccountFact, Amount, Ix, Moment, OwnerFact, PersonFact, Span, TerritoryFact, Text, stored};

/// One opportunity. The anchor key is in [`FactSet::opportunity_keys`](super::FactSet::opportunity_keys).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpportunityFact {
    /// When it was created.
    #[serde(with = "stored")]
    pub created_at: DateTime<Utc>,
    /// Latest modification of its records.
    #[serde(with = "stored")]
    pub updated_at: DateTime<Utc>,
    /// When the newest of what is known was read.
    #[serde(with = "stored")]
    pub observed_at: DateTime<Utc>,
    /// Place in the order of observation of the newest of what is known.
    pub sequence: i64,
    /// When it was won or lost; present exactly then. A vendor that keeps a close date only gives a day.
    pub closed: Option<Moment>,
    /// The expected day of closing, or the day it closed.
    pub close_date: Option<NaiveDate>,
    /// When it entered its present stage.
    #[serde(with = "stored::maybe")]
    pub stage_entered_at: Option<DateTime<Utc>>,
    /// The first meaningful sales activity with one of its people or on itself.
    #[serde(with = "stored::maybe")]
    pub first_sales_activity_at: Option<DateTime<Utc>>,
    /// What it is worth now.
    pub amount: Option<Amount>,
    /// Its account.
    pub account: Option<Ix<AccountFact>>,
    /// Who owns it.
    pub owner: Option<Ix<OwnerFact>>,
    /// The territory it belongs to: its account's.
    pub territory: Option<Ix<TerritoryFact>>,
    /// The person it came from: whose lead was converted into it, else its primary contact, else its first. Without
    /// any, the person of its account whose funnel pass was open when it was created.
    pub lead: Option<Ix<PersonFact>>,
    /// What sellers call it.
    pub name: Option<Text>,
    /// The vendor's key of the pipeline it moves through.
    pub pipeline: Option<Text>,
    /// The vendor's key of its present stage.
    pub stage: Option<Text>,
    /// Why it was lost.
    pub loss_reason: Option<Text>,
    /// The vendor's name of its source: its own, else its lead's.
    pub lead_source: Option<Text>,
    /// What is sold, where a configured field says so.
    pub product: Option<Text>,
    /// Its contacts, in [`FactSet::opportunity_people`](super::FactSet::opportunity_people). Empty without contact
    /// roles; its people are then those of its account.
    pub people: Span<Ix<PersonFact>>,
    /// Its path through the stages, in order.
    pub stages: Span<OpportunityStageFact>,
    /// Probability of winning now, in ten-thousandths.
    pub probability: Option<u16>,
    /// Open, won, lost, or left out of the pipeline.
    pub category: StageCategory,
    /// The channel the settings map its source to.
    pub channel: Channel,
    /// Whether the settings count its source as marketing's work.
    pub is_marketing: bool,
}

/// An opportunity's time in one stage, with what was recorded when it began. A change of amount or probability
/// within a stage begins a row of its own with `is_entry` false.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpportunityStageFact {
    /// Whose.
    pub opportunity: Ix<OpportunityFact>,
    /// The vendor's key of the stage.
    pub stage: Text,
    /// From when on.
    #[serde(with = "stored")]
    pub entered_at: DateTime<Utc>,
    /// Until when; none while it lasts.
    #[serde(with = "stored::maybe")]
    pub exited_at: Option<DateTime<Utc>>,
    /// The amount from then on, where the history has it.
    pub amount: Option<Amount>,
    /// The expected day of closing from then on, where the history has it.
    pub close_date: Option<NaiveDate>,
    /// Probability of winning from then on, in ten-thousandths, where the history has it.
    pub probability: Option<u16>,
    /// What the stage counts as.
    pub category: StageCategory,
    /// The stage was entered here, rather than a value changed within it.
    pub is_entry: bool,
}

/// An opportunity as it stood at an instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OpportunityState {
    /// Open, won, lost, or left out of the pipeline.
    pub category: StageCategory,
    /// When it had been won or lost, if it had.
    pub closed: Option<Moment>,
    /// The day of closing, expected or real.
    pub close_date: Option<NaiveDate>,
    /// What it was worth.
    pub amount: Option<Amount>,
    /// Probability of winning, in ten-thousandths.
    pub probability: Option<u16>,
    /// The vendor's key of its stage.
    pub stage: Option<Text>,
    /// When it had entered that stage.
    pub stage_entered_at: Option<DateTime<Utc>>,
}

impl OpportunityState {
    /// When it had been won, if it had.
    pub fn won(&self) -> Option<Moment> {
        self.closed.filter(|_| self.category == StageCategory::Won)
    }

    /// When it had been lost, if it had.
    pub fn lost(&self) -> Option<Moment> {
        self.closed.filter(|_| self.category == StageCategory::Lost)
    }

    /// Whether it was in the pipeline: open, and not left out of it.
    pub fn is_open(&self) -> bool {
        self.category == StageCategory::Open
    }
}
