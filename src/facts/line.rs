//! What lists need of a row beside its facts: names, addresses, consent, which records it is made of. Personal data is
//! here and not among the facts.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::domain::custom::CustomValue;
use crate::domain::fact::{LifecyclePeriodFact, Moment};
use crate::domain::id::RecordKey;
use crate::domain::lead_source::Channel;
use crate::domain::money::Money;
use crate::domain::opportunity::BuyingRole;
use crate::domain::person::ScoreValue;
use crate::domain::territory::Place;
use crate::unify::identity::cluster::WarningCode;
use crate::unify::journey::lifecycle::{Pass, Period};

/// Fields of the company's own, by key.
pub type Customs = Box<[(Arc<str>, CustomValue)]>;

/// A person as lists know them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersonLine {
    /// Every key that means them: the records they are made of, then those merged away.
    pub keys: Box<[RecordKey]>,
    /// How many of the keys are records that are there.
    pub records: u32,
    /// Full name.
    pub name: Option<Arc<str>>,
    /// Primary address, normalised.
    pub email: Option<Arc<str>>,
    /// Their other addresses, normalised.
    pub further_emails: Box<[Arc<str>]>,
    /// Registrable domains of every address.
    pub domains: Arc<[Arc<str>]>,
    /// Where they are.
    pub place: Arc<Place>,
    /// Every score of every record.
    pub scores: Box<[ScoreValue]>,
    /// Fields of the company's own.
    pub custom: Customs,
    /// Two sources hold different values of a field.
    pub has_conflict: bool,
    /// What somebody should look at.
    pub warnings: Box<[WarningCode]>,
    /// Asked not to be e-mailed.
    pub email_opt_out: Option<bool>,
    /// The campaigns they are a member of, by the keys the memberships name.
    pub campaigns: Box<[RecordKey]>,
}

impl PersonLine {
    /// The record that told of a stage of theirs.
    pub fn told_by(&self, period: &LifecyclePeriodFact) -> Option<&RecordKey> {
        self.keys.get(usize::from(period.told_by).checked_sub(1)?)
    }
}

/// An account as lists know it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountLine {
    /// Every key that means it.
    pub keys: Box<[RecordKey]>,
    /// How many of the keys are records that are there.
    pub records: u32,
    /// Its registrable domains.
    pub domains: Arc<[Arc<str>]>,
    /// Where it is.
    pub place: Arc<Place>,
    /// Fields of the company's own.
    pub custom: Customs,
}

/// An opportunity as lists know it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpportunityLine {
    /// Every key that means it.
    pub keys: Box<[RecordKey]>,
    /// How many of the keys are records that are there.
    pub records: u32,
    /// Fields of the company's own.
    pub custom: Customs,
    /// The parts its contacts play, in the order of the facts' people.
    pub roles: Box<[Option<BuyingRole>]>,
}

/// A campaign as lists know it.
#[derive(Clone, Debug, PartialEq)]
pub struct CampaignLine {
    /// Every key it has, in the order of sources.
    pub keys: Box<[RecordKey]>,
    /// It was captured, and not merely named by a membership.
    pub is_known: bool,
    /// Its name.
    pub name: Option<Arc<str>>,
    /// The channel its type maps to.
    pub channel: Option<Channel>,
    /// First day.
    pub starts_on: Option<NaiveDate>,
    /// Last day.
    pub ends_on: Option<NaiveDate>,
    /// What was spent.
    pub spend: Option<Money>,
}

/// A person on their way into the tables. Rows of the same component are named by their place in it.
#[derive(Clone, Debug)]
pub(super) struct NewPerson {
    pub(super) anchor: RecordKey,
    pub(super) line: PersonLine,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) seen: super::material::Seen,
    pub(super) first_touch: Option<Moment>,
    pub(super) last_engaged_at: Option<DateTime<Utc>>,
    pub(super) first_sales_activity_at: Option<DateTime<Utc>>,
    pub(super) account: Option<usize>,
    pub(super) owner: Option<RecordKey>,
    pub(super) source: Option<crate::domain::lead_source::LeadSource>,
    pub(super) stage: Option<crate::domain::lifecycle::LifecycleStage>,
    pub(super) passes: Vec<Pass>,
    pub(super) periods: Vec<Period>,
    pub(super) touches: Vec<NewTouch>,
    pub(super) opportunities: Vec<usize>,
}

#[derive(Clone, Debug)]
pub(super) struct NewTouch {
    pub(super) when: Moment,
    pub(super) campaign: Option<RecordKey>,
    pub(super) asset: Option<RecordKey>,
    pub(super) kind: crate::domain::event::EventKind,
    pub(super) channel: Channel,
    pub(super) is_eligible: bool,
}

/// An account on its way into the tables.
#[derive(Clone, Debug)]
pub(super) struct NewAccount {
    pub(super) anchor: RecordKey,
    pub(super) line: AccountLine,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) seen: super::material::Seen,
    pub(super) name: Option<Arc<str>>,
    pub(super) owner: Option<RecordKey>,
    pub(super) is_target: bool,
    pub(super) people: Vec<usize>,
    pub(super) opportunities: Vec<usize>,
}

/// An opportunity on its way into the tables.
#[derive(Clone, Debug)]
pub(super) struct NewOpportunity {
    pub(super) anchor: RecordKey,
    pub(super) line: OpportunityLine,
    pub(super) merged: crate::unify::merge::opportunity::MergedOpportunity,
    pub(super) seen: super::material::Seen,
    pub(super) closed: Option<Moment>,
    pub(super) first_sales_activity_at: Option<DateTime<Utc>>,
    pub(super) account: Option<usize>,
    pub(super) lead: Option<usize>,
    pub(super) source: Option<crate::domain::lead_source::LeadSource>,
    pub(super) people: Vec<usize>,
    pub(super) stages: Vec<crate::unify::journey::stages::StagePeriod>,
}

/// The largest of a person's scores, what lists order by.
pub(super) fn highest_score(scores: &[ScoreValue]) -> Option<Decimal> {
    scores.iter().map(|score| score.value).max()
}
