//! One entry of the history of a person, an account or an opportunity. Source: domain guide §10.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::id::RecordKey;
use super::lead_source::Channel;
use super::lifecycle::LifecycleStage;
use super::money::Money;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "each name is the field's own term and says all there is")]
pub enum EventKind {
    RecordCreated,
    RecordMerged,
    LeadConverted,
    RecordDeleted,
    FieldChange,
    OwnerChange,
    ScoreChange,
    StageChange,
    FormSubmission,
    PageView,
    AdClick,
    EmailSent,
    EmailDelivered,
    EmailOpened,
    EmailClicked,
    EmailReplied,
    EmailBounced,
    Unsubscribed,
    CampaignJoined,
    CampaignResponded,
    EventRegistered,
    EventAttended,
    ContentDownloaded,
    Call,
    Meeting,
    SalesEmail,
    Task,
    Note,
    OpportunityCreated,
    OpportunityWon,
    OpportunityLost,
}

/// How exactly the vendor knows when it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "each name is the field's own term and says all there is")]
pub enum Precision {
    Millisecond,
    Second,
    Minute,
    Day,
}

/// Who started a call, a meeting or a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Direction {
    /// The person to us.
    Inbound,
    /// We to the person.
    Outbound,
}

/// One entry of one source's history, before echoes are folded and entries of several sources are merged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// When it happened. For a day, the last instant of that day in its own zone.
    pub occurred_at: DateTime<Utc>,
    /// How exactly that is known.
    pub precision: Precision,
    /// When the vendor wrote it down, where that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded_at: Option<DateTime<Utc>>,
    /// When this gateway read it. Not part of what the event says: the ledger keeps it beside the event.
    #[serde(skip)]
    pub observed_at: DateTime<Utc>,
    /// The vendor record the event is about or is (a lead for its history row, a task for itself).
    pub source: RecordKey,
    /// The vendor's own id of the event; none for history rows that have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor_id: Option<Arc<str>>,
    /// The person's record, where the event is about a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<RecordKey>,
    /// The account's record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<RecordKey>,
    /// The opportunity's record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opportunity: Option<RecordKey>,
    /// The campaign's record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<RecordKey>,
    /// The user who did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<RecordKey>,
    /// Written by an integration user or a sync, so that it may be an echo.
    pub by_integration: bool,
    /// What kind of entry it is, with what only that kind has.
    pub detail: Detail,
}

/// What only one kind of event has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Detail {
    /// A field of a record changed.
    Field {
        /// Canonical name (`title`, `owner`, `lifecycleStage`) or, for a field Leadline does not know, the vendor's.
        field: Arc<str>,
        /// The value before, where known.
        #[serde(skip_serializing_if = "Option::is_none")]
        old: Option<Arc<str>>,
        /// The value after.
        #[serde(skip_serializing_if = "Option::is_none")]
        new: Option<Arc<str>>,
        /// The vendor recorded that it changed, but not the values.
        withheld: bool,
    },
    /// A person's stage moved.
    Stage {
        /// The stage before, mapped.
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<LifecycleStage>,
        /// The stage after, mapped.
        to: LifecycleStage,
        /// The vendor's own value before.
        #[serde(skip_serializing_if = "Option::is_none")]
        vendor_from: Option<Arc<str>>,
        /// The vendor's own value after.
        vendor_to: Arc<str>,
    },
    /// A marketing interaction.
    Touch {
        /// Where it came from.
        channel: Channel,
        /// The vendor's id and title of the form, e-mail or page.
        #[serde(skip_serializing_if = "Option::is_none")]
        asset: Option<Asset>,
        /// The page.
        #[serde(skip_serializing_if = "Option::is_none")]
        url: Option<Arc<str>>,
    },
    /// Something a seller did.
    Activity {
        /// Who started it.
        #[serde(skip_serializing_if = "Option::is_none")]
        direction: Option<Direction>,
        /// The vendor's outcome or status, as written.
        #[serde(skip_serializing_if = "Option::is_none")]
        outcome: Option<Arc<str>>,
        /// How long it took.
        #[serde(skip_serializing_if = "Option::is_none")]
        duration_seconds: Option<i64>,
        /// Sent by a sequence or another machine.
        automated: bool,
        /// Subject line or title.
        #[serde(skip_serializing_if = "Option::is_none")]
        subject: Option<Arc<str>>,
        /// Free text.
        #[serde(skip_serializing_if = "Option::is_none")]
        body: Option<Arc<str>>,
    },
    /// A record was created, merged, converted or deleted.
    Record {
        /// Ids that were merged into it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        merged_ids: Vec<Arc<str>>,
        /// What a lead became.
        #[serde(skip_serializing_if = "Option::is_none")]
        converted_to: Option<RecordKey>,
    },
    /// An opportunity was created or moved.
    Opportunity {
        /// The vendor's key of the stage before.
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<Arc<str>>,
        /// The vendor's key of the stage after.
        #[serde(skip_serializing_if = "Option::is_none")]
        to: Option<Arc<str>>,
        /// The amount from then on.
        #[serde(skip_serializing_if = "Option::is_none")]
        amount: Option<Money>,
    },
}

/// A form, an e-mail, a page: what a person interacted with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asset {
    /// The vendor's key of it.
    pub key: RecordKey,
    /// Its title or name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Arc<str>>,
    /// What kind of thing it is: `form`, `email`, `page`.
    pub kind: Arc<str>,
}

/// Up to which instant back a source's history of a record is whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Floor {
    /// Complete from here on.
    pub from: DateTime<Utc>,
    /// Why not further back, in a sentence.
    pub reason: Arc<str>,
}

/// The history one source keeps of one record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordHistory {
    /// Its entries, in no particular order.
    pub events: Vec<Event>,
    /// Where it stops being complete; none where it reaches back to the creation of the record.
    pub floor: Option<Floor>,
}

/// Which part of a history a question needs; each part costs calls of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum HistoryPart {
    /// Creation, merges, conversion, field, owner, score and stage changes.
    Changes,
    /// Form submissions, page views, e-mail events, campaign responses: marketing's touches.
    Touches,
    /// Calls, meetings, e-mails, tasks, notes: sellers' work.
    Activities,
}

impl HistoryPart {
    /// Every part.
    pub const ALL: [Self; 3] = [Self::Changes, Self::Touches, Self::Activities];

    /// The name in stored history, e.g. `CHANGES`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Changes => "CHANGES",
            Self::Touches => "TOUCHES",
            Self::Activities => "ACTIVITIES",
        }
    }

    /// The part of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 31] = [
        Self::RecordCreated,
        Self::RecordMerged,
        Self::LeadConverted,
        Self::RecordDeleted,
        Self::FieldChange,
        Self::OwnerChange,
        Self::ScoreChange,
        Self::StageChange,
        Self::FormSubmission,
        Self::PageView,
        Self::AdClick,
        Self::EmailSent,
        Self::EmailDelivered,
        Self::EmailOpened,
        Self::EmailClicked,
        Self::EmailReplied,
        Self::EmailBounced,
        Self::Unsubscribed,
        Self::CampaignJoined,
        Self::CampaignResponded,
        Self::EventRegistered,
        Self::EventAttended,
        Self::ContentDownloaded,
        Self::Call,
        Self::Meeting,
        Self::SalesEmail,
        Self::Task,
        Self::Note,
        Self::OpportunityCreated,
        Self::OpportunityWon,
        Self::OpportunityLost,
    ];

    /// The published name, e.g. `FIELD_CHANGE`: the schema's, stored history's, and part of every event's id. It never
    /// changes.
    pub fn name(self) -> &'static str {
        match self {
            Self::RecordCreated => "RECORD_CREATED",
            Self::RecordMerged => "RECORD_MERGED",
            Self::LeadConverted => "LEAD_CONVERTED",
            Self::RecordDeleted => "RECORD_DELETED",
            Self::FieldChange => "FIELD_CHANGE",
            Self::OwnerChange => "OWNER_CHANGE",
            Self::ScoreChange => "SCORE_CHANGE",
            Self::StageChange => "STAGE_CHANGE",
            Self::FormSubmission => "FORM_SUBMISSION",
            Self::PageView => "PAGE_VIEW",
            Self::AdClick => "AD_CLICK",
            Self::EmailSent => "EMAIL_SENT",
            Self::EmailDelivered => "EMAIL_DELIVERED",
            Self::EmailOpened => "EMAIL_OPENED",
            Self::EmailClicked => "EMAIL_CLICKED",
            Self::EmailReplied => "EMAIL_REPLIED",
            Self::EmailBounced => "EMAIL_BOUNCED",
            Self::Unsubscribed => "UNSUBSCRIBED",
            Self::CampaignJoined => "CAMPAIGN_JOINED",
            Self::CampaignResponded => "CAMPAIGN_RESPONDED",
            Self::EventRegistered => "EVENT_REGISTERED",
            Self::EventAttended => "EVENT_ATTENDED",
            Self::ContentDownloaded => "CONTENT_DOWNLOADED",
            Self::Call => "CALL",
            Self::Meeting => "MEETING",
            Self::SalesEmail => "SALES_EMAIL",
            Self::Task => "TASK",
            Self::Note => "NOTE",
            Self::OpportunityCreated => "OPPORTUNITY_CREATED",
            Self::OpportunityWon => "OPPORTUNITY_WON",
            Self::OpportunityLost => "OPPORTUNITY_LOST",
        }
    }

    /// The part of a history this kind is read with.
    pub fn part(self) -> HistoryPart {
        match self {
            Self::RecordCreated
            | Self::RecordMerged
            | Self::LeadConverted
            | Self::RecordDeleted
            | Self::FieldChange
            | Self::OwnerChange
            | Self::ScoreChange
            | Self::StageChange
            | Self::OpportunityCreated
            | Self::OpportunityWon
            | Self::OpportunityLost => HistoryPart::Changes,
            Self::Call | Self::Meeting | Self::SalesEmail | Self::Task | Self::Note => {
                HistoryPart::Activities
            }
            _ => HistoryPart::Touches,
        }
    }
}
