//! One entry of the history of a person, an account or an opportunity. Source: domain guide §10.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::id::RecordKey;
use super::lead_source::Channel;
use super::lifecycle::LifecycleStage;
use super::money::Money;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each name is the field's own term and says all there is")]
pub enum Precision {
    Millisecond,
    Second,
    Minute,
    Day,
}

/// Who started a call, a meeting or a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The person to us.
    Inbound,
    /// We to the person.
    Outbound,
}

/// One entry of one source's history, before echoes are folded and entries of several sources are merged.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// When it happened. For a day, the last instant of that day in its own zone.
    pub occurred_at: DateTime<Utc>,
    /// How exactly that is known.
    pub precision: Precision,
    /// When the vendor wrote it down, where that differs.
    pub recorded_at: Option<DateTime<Utc>>,
    /// When this gateway read it.
    pub observed_at: DateTime<Utc>,
    /// The vendor record the event is about or is (a lead for its history row, a task for itself).
    pub source: RecordKey,
    /// The vendor's own id of the event; none for history rows that have none.
    pub vendor_id: Option<Arc<str>>,
    /// The person's record, where the event is about a person.
    pub person: Option<RecordKey>,
    /// The account's record.
    pub account: Option<RecordKey>,
    /// The opportunity's record.
    pub opportunity: Option<RecordKey>,
    /// The campaign's record.
    pub campaign: Option<RecordKey>,
    /// The user who did it.
    pub actor: Option<RecordKey>,
    /// Written by an integration user or a sync, so that it may be an echo.
    pub by_integration: bool,
    /// What kind of entry it is, with what only that kind has.
    pub detail: Detail,
}

/// What only one kind of event has.
#[derive(Clone, Debug, PartialEq)]
pub enum Detail {
    /// A field of a record changed.
    Field {
        /// Canonical name (`title`, `owner`, `lifecycleStage`) or, for a field Leadline does not know, the vendor's.
        field: Arc<str>,
        /// The value before, where known.
        old: Option<Arc<str>>,
        /// The value after.
        new: Option<Arc<str>>,
        /// The vendor recorded that it changed, but not the values.
        withheld: bool,
    },
    /// A person's stage moved.
    Stage {
        /// The stage before, mapped.
        from: Option<LifecycleStage>,
        /// The stage after, mapped.
        to: LifecycleStage,
        /// The vendor's own value before.
        vendor_from: Option<Arc<str>>,
        /// The vendor's own value after.
        vendor_to: Arc<str>,
    },
    /// A marketing interaction.
    Touch {
        /// Where it came from.
        channel: Channel,
        /// The vendor's id and title of the form, e-mail or page.
        asset: Option<Asset>,
        /// The page.
        url: Option<Arc<str>>,
    },
    /// Something a seller did.
    Activity {
        /// Who started it.
        direction: Option<Direction>,
        /// The vendor's outcome or status, as written.
        outcome: Option<Arc<str>>,
        /// How long it took.
        duration_seconds: Option<i64>,
        /// Sent by a sequence or another machine.
        automated: bool,
        /// Subject line or title.
        subject: Option<Arc<str>>,
        /// Free text.
        body: Option<Arc<str>>,
    },
    /// A record was created, merged, converted or deleted.
    Record {
        /// Ids that were merged into it.
        merged_ids: Vec<Arc<str>>,
        /// What a lead became.
        converted_to: Option<RecordKey>,
    },
    /// An opportunity was created or moved.
    Opportunity {
        /// The vendor's key of the stage before.
        from: Option<Arc<str>>,
        /// The vendor's key of the stage after.
        to: Option<Arc<str>>,
        /// The amount from then on.
        amount: Option<Money>,
    },
}

/// A form, an e-mail, a page: what a person interacted with.
#[derive(Clone, Debug, PartialEq)]
pub struct Asset {
    /// The vendor's key of it.
    pub key: RecordKey,
    /// Its title or name.
    pub title: Option<Arc<str>>,
    /// What kind of thing it is: `form`, `email`, `page`.
    pub kind: Arc<str>,
}

/// Up to which instant back a source's history of a record is whole.
#[derive(Clone, Debug, PartialEq)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
}

impl EventKind {
    /// The published name, e.g. `FIELD_CHANGE`: the schema's, and part of every event's id. It never changes.
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
