//! How a person or an opportunity first came to be.

use async_graphql::{Enum, SimpleObject};

use crate::domain::lead_source::{Channel as DomainChannel, LeadSource as DomainSource};

/// The kind of place a person or a touch came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "DomainChannel")]
pub enum Channel {
    /// A search engine's unpaid results.
    OrganicSearch,
    /// Advertisements on a search engine.
    PaidSearch,
    /// Unpaid posts on a social network.
    OrganicSocial,
    /// Advertisements on a social network.
    PaidSocial,
    /// A marketing e-mail.
    Email,
    /// An article, a paper, a video.
    Content,
    /// An online seminar.
    Webinar,
    /// A fair, a conference, a dinner.
    Event,
    /// Somebody recommended us.
    Referral,
    /// A partner brought them.
    Partner,
    /// They came by themselves.
    Direct,
    /// We approached them.
    Outbound,
    /// Somewhere without a trace online.
    Offline,
    /// None of the others.
    Other,
    /// Nobody recorded it.
    Unknown,
}

/// How a person or an opportunity first came to be.
#[derive(Clone, Debug, SimpleObject)]
pub struct LeadSource {
    /// The channel the settings map the vendor's value to.
    channel: Channel,
    /// The vendor's value as written, e.g. `Trade Show`.
    sub_channel: Option<String>,
    /// Further detail the vendor keeps.
    detail: Option<String>,
    /// Whether the settings count this source as marketing's work.
    is_marketing: bool,
}

impl From<&DomainSource> for LeadSource {
    fn from(source: &DomainSource) -> Self {
        Self {
            channel: source.channel.into(),
            sub_channel: source.sub_channel.as_ref().map(ToString::to_string),
            detail: source.detail.as_ref().map(ToString::to_string),
            is_marketing: source.is_marketing,
        }
    }
}
