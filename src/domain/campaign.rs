//! A campaign as one vendor record tells it, and who belongs to it.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::id::RecordKey;
use super::lead_source::Channel;
use super::money::Money;
use super::record::{Record, RecordMeta};

/// One vendor record about a planned marketing effort. Campaigns are few and small: they travel whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CampaignRecord {
    /// Key, stamps.
    pub meta: RecordMeta,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Arc<str>>,
    /// The channel the vendor's type maps to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// The vendor's status, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Arc<str>>,
    /// First day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts_on: Option<NaiveDate>,
    /// Last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_on: Option<NaiveDate>,
    /// What was spent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spend: Option<Money>,
    /// What was planned to be spent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Money>,
    /// The single items of the spend, where the vendor keeps them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spend_lines: Vec<SpendLine>,
}

/// One item of a campaign's spend.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpendLine {
    /// The day it was booked.
    pub on: NaiveDate,
    /// How much.
    pub amount: Money,
    /// What for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<Arc<str>>,
}

/// A person's membership of a campaign.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CampaignMembership {
    /// The vendor's id of the membership, where it has one.
    pub id: Arc<str>,
    /// The campaign.
    pub campaign: RecordKey,
    /// The person's record in the same source.
    pub person: RecordKey,
    /// The vendor's status, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Arc<str>>,
    /// They responded.
    pub has_responded: bool,
    /// The day of the first response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub responded_on: Option<NaiveDate>,
    /// When they became a member.
    pub joined_at: DateTime<Utc>,
}

impl CampaignMembership {
    /// What stands for the vendor's object in a membership's key.
    pub const OBJECT: &'static str = "membership";

    /// What names it: the vendor's id, or the campaign's where the vendor has none, and the person's record. One
    /// membership may name two records of a person, a lead and the contact it became.
    pub fn key(&self) -> RecordKey {
        let first = if self.id.is_empty() { &self.campaign.id } else { &self.id };
        let id = format!("{first}/{}:{}", self.person.object, self.person.id);
        RecordKey::new(&self.campaign.source, Self::OBJECT, id)
    }
}

impl Record for CampaignRecord {
    fn meta(&self) -> &RecordMeta {
        &self.meta
    }

    fn weight(&self) -> usize {
        size_of::<Self>() + 200 + 64 * self.spend_lines.len()
    }
}
