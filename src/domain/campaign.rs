//! A campaign as one vendor record tells it, and who belongs to it.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use super::id::RecordKey;
use super::lead_source::Channel;
use super::money::Money;
use super::record::{Record, RecordMeta};

/// One vendor record about a planned marketing effort. Campaigns are few and small: they travel whole.
#[derive(Clone, Debug, PartialEq)]
pub struct CampaignRecord {
    /// Key, stamps.
    pub meta: RecordMeta,
    /// Its name.
    pub name: Option<Arc<str>>,
    /// The channel the vendor's type maps to.
    pub channel: Option<Channel>,
    /// The vendor's status, as written.
    pub status: Option<Arc<str>>,
    /// First day.
    pub starts_on: Option<NaiveDate>,
    /// Last day.
    pub ends_on: Option<NaiveDate>,
    /// What was spent.
    pub spend: Option<Money>,
    /// What was planned to be spent.
    pub budget: Option<Money>,
    /// The single items of the spend, where the vendor keeps them.
    pub spend_lines: Vec<SpendLine>,
}

/// One item of a campaign's spend.
#[derive(Clone, Debug, PartialEq)]
pub struct SpendLine {
    /// The day it was booked.
    pub on: NaiveDate,
    /// How much.
    pub amount: Money,
    /// What for.
    pub note: Option<Arc<str>>,
}

/// A person's membership of a campaign.
#[derive(Clone, Debug, PartialEq)]
pub struct CampaignMembership {
    /// The vendor's id of the membership, where it has one.
    pub id: Arc<str>,
    /// The campaign.
    pub campaign: RecordKey,
    /// The person's record in the same source.
    pub person: RecordKey,
    /// The vendor's status, as written.
    pub status: Option<Arc<str>>,
    /// They responded.
    pub has_responded: bool,
    /// The day of the first response.
    pub responded_on: Option<NaiveDate>,
    /// When they became a member.
    pub joined_at: DateTime<Utc>,
}

impl Record for CampaignRecord {
    fn meta(&self) -> &RecordMeta {
        &self.meta
    }

    fn weight(&self) -> usize {
        size_of::<Self>() + 200 + 64 * self.spend_lines.len()
    }
}
