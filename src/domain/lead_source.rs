//! How a person was first won.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The kind of place a person or a touch came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "each name is the field's own term and says all there is")]
pub enum Channel {
    OrganicSearch,
    PaidSearch,
    OrganicSocial,
    PaidSocial,
    Email,
    Content,
    Webinar,
    Event,
    Referral,
    Partner,
    Direct,
    Outbound,
    Offline,
    Other,
    Unknown,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 15] = [
        Self::OrganicSearch,
        Self::PaidSearch,
        Self::OrganicSocial,
        Self::PaidSocial,
        Self::Email,
        Self::Content,
        Self::Webinar,
        Self::Event,
        Self::Referral,
        Self::Partner,
        Self::Direct,
        Self::Outbound,
        Self::Offline,
        Self::Other,
        Self::Unknown,
    ];

    /// The name in settings and in the schema, e.g. `PAID_SEARCH`.
    pub fn name(self) -> &'static str {
        match self {
            Self::OrganicSearch => "ORGANIC_SEARCH",
            Self::PaidSearch => "PAID_SEARCH",
            Self::OrganicSocial => "ORGANIC_SOCIAL",
            Self::PaidSocial => "PAID_SOCIAL",
            Self::Email => "EMAIL",
            Self::Content => "CONTENT",
            Self::Webinar => "WEBINAR",
            Self::Event => "EVENT",
            Self::Referral => "REFERRAL",
            Self::Partner => "PARTNER",
            Self::Direct => "DIRECT",
            Self::Outbound => "OUTBOUND",
            Self::Offline => "OFFLINE",
            Self::Other => "OTHER",
            Self::Unknown => "UNKNOWN",
        }
    }

    /// The channel of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.name() == name)
    }
}

/// The vendor's own words about how a record came to be, mapped to a channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeadSource {
    /// The channel the settings map the vendor's value to.
    pub channel: Channel,
    /// The vendor's value as written, e.g. `Trade Show` or `PAID_SEARCH`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_channel: Option<Arc<str>>,
    /// Further detail the vendor keeps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<Arc<str>>,
    /// Whether the settings count this source as marketing's work.
    pub is_marketing: bool,
}
