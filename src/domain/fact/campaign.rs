//! A campaign as lists and metrics count it.

use chrono::{DateTime, NaiveDate, Utc};

use super::super::lead_source::Channel;
use super::{Amount, Text};

/// One campaign. The anchor key is in [`FactSet::campaign_keys`](super::FactSet::campaign_keys) at the same place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CampaignFact {
    /// When the newest of what is known was read.
    pub observed_at: DateTime<Utc>,
    /// Place in the order of observation of the newest of what is known.
    pub sequence: i64,
    /// Its name.
    pub name: Option<Text>,
    /// First day.
    pub starts_on: Option<NaiveDate>,
    /// Last day.
    pub ends_on: Option<NaiveDate>,
    /// What was spent.
    pub spend: Option<Amount>,
    /// The channel the vendor's type maps to.
    pub channel: Channel,
}
