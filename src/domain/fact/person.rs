//! A person as lists and metrics count them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::super::lead_source::Channel;
use super::super::lifecycle::LifecycleStage;
use super::{
    AccountFact, CampaignFact, CompanySize, Ix, Moment, OpportunityFact, OwnerFact, PassFact, Span,
    TerritoryFact, Text, TouchFact, stored,
};

/// One person. The anchor key is in [`FactSet::person_keys`](super::FactSet::person_keys) at the same place.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersonFact {
    /// When the lead was created: the earliest creation of its records.
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
    /// The first eligible touch.
    pub first_touch: Option<Moment>,
    /// The last interaction of any kind.
    #[serde(with = "stored::maybe")]
    pub last_engaged_at: Option<DateTime<Utc>>,
    /// The first meaningful sales activity: a human call, a human e-mail, a meeting.
    #[serde(with = "stored::maybe")]
    pub first_sales_activity_at: Option<DateTime<Utc>>,
    /// Its account.
    pub account: Option<Ix<AccountFact>>,
    /// Who owns it.
    pub owner: Option<Ix<OwnerFact>>,
    /// The territory it belongs to.
    pub territory: Option<Ix<TerritoryFact>>,
    /// The vendor's name of the original source, e.g. `WEB_FORM`.
    pub lead_source: Option<Text>,
    /// Industry of its account, or as its own records tell it.
    pub industry: Option<Text>,
    /// Its attempts from MQL to an end, in order.
    pub passes: Span<PassFact>,
    /// Its stages, in order.
    pub periods: Span<LifecyclePeriodFact>,
    /// Its marketing interactions, in order.
    pub touches: Span<TouchFact>,
    /// Opportunities it is a contact of or that came from it, in
    /// [`FactSet::person_opportunities`](super::FactSet::person_opportunities).
    pub opportunities: Span<Ix<OpportunityFact>>,
    /// Campaigns it is a member of, in [`FactSet::person_campaigns`](super::FactSet::person_campaigns).
    pub campaigns: Span<Ix<CampaignFact>>,
    /// The channel the settings map the original source to; `Unknown` without one.
    pub channel: Channel,
    /// Whether the settings count the original source as marketing's work.
    pub is_marketing: bool,
    /// Where it stands now.
    pub stage: Option<LifecycleStage>,
    /// How large its company is.
    pub company_size: Option<CompanySize>,
}

/// A person's time in one lifecycle stage.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LifecyclePeriodFact {
    /// Whose.
    pub person: Ix<PersonFact>,
    /// From when on.
    #[serde(with = "stored")]
    pub entered_at: DateTime<Utc>,
    /// Until when; none while it lasts.
    #[serde(with = "stored::maybe")]
    pub exited_at: Option<DateTime<Utc>>,
    /// The stage.
    pub stage: LifecycleStage,
    /// Filled in because a later stage was reached; length 0 and in no statistics.
    pub is_inferred: bool,
    /// The funnel pass it belongs to, from 1; 0 outside of any.
    pub pass: u16,
    /// Which of the person's keys told of it, from 1; 0 where none of them did.
    pub told_by: u16,
}
