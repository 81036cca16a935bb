//! The closed sets of the history.

use async_graphql::Enum;

use crate::domain::event::{Direction as DomainDirection, EventKind, Precision as DomainPrecision};
use crate::domain::lifecycle::LifecycleStage as DomainStage;

use super::super::super::visible;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "EventKind")]
pub enum TimelineEventKind {
    /// A record came to be in a source.
    RecordCreated,
    /// Records were merged in a source.
    RecordMerged,
    /// A lead became a contact.
    LeadConverted,
    /// A record was deleted in a source.
    RecordDeleted,
    /// A field changed.
    FieldChange,
    /// Somebody else owns the record.
    OwnerChange,
    /// A score changed.
    #[graphql(visible = "visible::scores")]
    ScoreChange,
    /// The lifecycle stage changed.
    StageChange,
    /// A form was sent in.
    FormSubmission,
    /// A page was seen.
    PageView,
    /// An advertisement was clicked.
    AdClick,
    /// A marketing e-mail was sent.
    EmailSent,
    /// A marketing e-mail arrived.
    EmailDelivered,
    /// A marketing e-mail was opened.
    EmailOpened,
    /// A link in a marketing e-mail was clicked.
    EmailClicked,
    /// A marketing e-mail was answered.
    EmailReplied,
    /// A marketing e-mail came back.
    EmailBounced,
    /// The person unsubscribed.
    Unsubscribed,
    /// The person became a member of a campaign.
    CampaignJoined,
    /// The person responded to a campaign.
    CampaignResponded,
    /// The person registered for an event.
    EventRegistered,
    /// The person came to an event.
    EventAttended,
    /// Something was downloaded.
    ContentDownloaded,
    /// A call.
    Call,
    /// A meeting.
    Meeting,
    /// An e-mail between a seller and the person.
    SalesEmail,
    /// A task of a seller.
    Task,
    /// A note of a seller.
    Note,
    /// An opportunity was opened.
    OpportunityCreated,
    /// An opportunity was won.
    OpportunityWon,
    /// An opportunity was lost.
    OpportunityLost,
}

/// How exactly the vendor knows when it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "DomainPrecision")]
pub enum Precision {
    /// To the millisecond.
    Millisecond,
    /// To the second.
    Second,
    /// To the minute.
    Minute,
    /// To the day; the instant is the end of that day in its own zone.
    Day,
}

/// Who started a call, a meeting or a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "DomainDirection")]
pub enum Direction {
    /// The person to us.
    Inbound,
    /// We to the person.
    Outbound,
}

/// Where a person stands between stranger and customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "DomainStage")]
pub enum LifecycleStage {
    /// Opted in to hear more.
    Subscriber,
    /// Raised a hand.
    Inquiry,
    /// Marketing-qualified: matches the ideal customer profile and took a qualifying action.
    Mql,
    /// Sales-accepted: sales agreed to work it.
    Sal,
    /// Sales-qualified: sales spoke with them; need, budget and timeline are real.
    Sql,
    /// Actively buying, budget approved, decision-maker involved.
    SalesReady,
    /// Has an opportunity.
    Opportunity,
    /// Bought.
    Customer,
    /// Recommends us.
    Evangelist,
    /// Returned to marketing for nurture.
    Recycled,
    /// Not to be pursued.
    Disqualified,
    /// A vendor stage the settings do not map.
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_calls_every_kind_by_its_published_name() {
        use async_graphql::resolver_utils::EnumType;
        for item in TimelineEventKind::items() {
            assert_eq!(EventKind::from(item.value).name(), item.name);
        }
    }
}
