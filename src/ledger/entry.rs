//! What goes in and what comes out: records, events, and the batches they arrive in.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::account::AccountRecord;
use crate::domain::campaign::{CampaignMembership, CampaignRecord};
use crate::domain::event::Event;
use crate::domain::id::{RecordKey, SourceName};
use crate::domain::opportunity::{OpportunityRecord, Pipeline};
use crate::domain::person::PersonRecord;
use crate::domain::record::RecordMeta;
use crate::domain::user::UserRecord;

use super::state::{CapturedFloor, Merge};

/// Place in the order of observation, which is the order of commits. Counts from 1; 0 is before everything.
pub type Sequence = i64;

/// What a captured record describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each name is the domain's type of that name")]
pub enum RecordKind {
    Person,
    Account,
    Opportunity,
    Campaign,
    Membership,
    User,
    Pipeline,
}

impl RecordKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Person,
        Self::Account,
        Self::Opportunity,
        Self::Campaign,
        Self::Membership,
        Self::User,
        Self::Pipeline,
    ];

    /// The name in the tables; never changes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Person => "PERSON",
            Self::Account => "ACCOUNT",
            Self::Opportunity => "OPPORTUNITY",
            Self::Campaign => "CAMPAIGN",
            Self::Membership => "MEMBERSHIP",
            Self::User => "USER",
            Self::Pipeline => "PIPELINE",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One record of a vendor, whole.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "each name is the domain's type of that name")]
pub enum CapturedRecord {
    Person(Arc<PersonRecord>),
    Account(Arc<AccountRecord>),
    Opportunity(Arc<OpportunityRecord>),
    Campaign(Arc<CampaignRecord>),
    Membership(Arc<CampaignMembership>),
    User(Arc<UserRecord>),
    Pipeline(Arc<Pipeline>),
}

impl CapturedRecord {
    /// What it describes.
    pub fn kind(&self) -> RecordKind {
        match self {
            Self::Person(_) => RecordKind::Person,
            Self::Account(_) => RecordKind::Account,
            Self::Opportunity(_) => RecordKind::Opportunity,
            Self::Campaign(_) => RecordKind::Campaign,
            Self::Membership(_) => RecordKind::Membership,
            Self::User(_) => RecordKind::User,
            Self::Pipeline(_) => RecordKind::Pipeline,
        }
    }

    /// What names it. A membership and a pipeline, which are no objects of a vendor, are named by
    /// [`CampaignMembership::key`] and [`Pipeline::record_key`].
    pub fn key(&self) -> RecordKey {
        match self {
            Self::Membership(membership) => membership.key(),
            Self::Pipeline(pipeline) => pipeline.record_key(),
            _ => self.meta().map(|meta| meta.key.clone()).expect("all others have a meta"),
        }
    }

    /// Says that the vendor deleted it, where it has a place to say so.
    pub(super) fn set_deleted_at(&mut self, at: DateTime<Utc>) {
        let place = match self {
            Self::Person(record) => &mut Arc::make_mut(record).meta.deleted_at,
            Self::Account(record) => &mut Arc::make_mut(record).meta.deleted_at,
            Self::Opportunity(record) => &mut Arc::make_mut(record).meta.deleted_at,
            Self::Campaign(record) => &mut Arc::make_mut(record).meta.deleted_at,
            Self::User(record) => &mut Arc::make_mut(record).meta.deleted_at,
            Self::Membership(_) | Self::Pipeline(_) => return,
        };
        *place = Some(at);
    }

    /// What is known beside the business fields; memberships and pipelines have nothing of the kind.
    pub fn meta(&self) -> Option<&RecordMeta> {
        match self {
            Self::Person(record) => Some(&record.meta),
            Self::Account(record) => Some(&record.meta),
            Self::Opportunity(record) => Some(&record.meta),
            Self::Campaign(record) => Some(&record.meta),
            Self::User(record) => Some(&record.meta),
            Self::Membership(_) | Self::Pipeline(_) => None,
        }
    }
}

/// What stands for the vendor's object in the key of an address's history.
const ADDRESS: &str = "address";

/// The history of whoever has this normalised address at a source, for vendors that name nobody else. Such events are kept
/// under the address, because the record may become known later, or have another address then.
pub fn history_of_address(source: &SourceName, address: &str) -> RecordKey {
    RecordKey::new(source, ADDRESS, address)
}

/// One thing a stream said.
#[derive(Clone, Debug)]
pub enum Observation {
    /// A record as it is now; deleted or merged away where its meta says so.
    Record(CapturedRecord),
    /// One entry of a history. An event that stands in several histories (a task with a lead and an opportunity) is
    /// one row in each; told again otherwise, it takes the place of what was told before in that history.
    Event {
        /// The record in whose history it stands, or [`history_of_address`].
        of: RecordKey,
        /// The entry.
        event: Arc<Event>,
    },
    /// A listing of deletions named this record, membership or activity. A record's last known fields stay, and so does
    /// its history; the events that are a deleted membership or activity (their `source` is this key) go from every
    /// history. A membership is named by the vendor's id, whatever the object.
    Gone {
        /// The record.
        key: RecordKey,
        /// When the vendor deleted it.
        at: DateTime<Utc>,
    },
    /// The vendor deleted this record for privacy: nothing personal of it may stay.
    Erased {
        /// The record.
        key: RecordKey,
    },
    /// A history, or those of an object, reach back to an instant and no further.
    Floor(CapturedFloor),
}

/// How far a stream has been read when a batch is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The connector's own position: the next read continues from it.
    pub position: Arc<str>,
    /// Vendor rows that this batch came from; added up over the pass.
    pub rows: u64,
    /// Rows that the pass had ahead of it before this batch, where the vendor says.
    pub ahead: Option<u64>,
    /// The pass is through: the next one is incremental.
    pub caught_up: bool,
}

/// What one stream said in one read.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The configured source.
    pub source: SourceName,
    /// The stream's name, as the connector gives it.
    pub stream: Arc<str>,
    /// When it was read; stands as the moment of observation of everything in it.
    pub observed_at: DateTime<Utc>,
    /// What it said, in order.
    pub observations: Vec<Observation>,
    /// How far the stream has been read; none for what arrives outside a pass, as a webhook does.
    pub progress: Option<Progress>,
}

/// What a batch added.
#[derive(Clone, Debug, Default)]
pub struct Appended {
    /// What was new, in order of sequence.
    pub entries: Vec<Entry>,
    /// Repeats that were dropped.
    pub repeated: u64,
    /// Records and events that were dropped because their record has been erased.
    pub refused: u64,
    /// The last sequence of the ledger after the batch.
    pub last: Sequence,
}

/// One version of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// Its place in the order of observation.
    pub sequence: Sequence,
    /// When it was read. The record's `fetched_at` is the same instant.
    pub observed_at: DateTime<Utc>,
    /// When the vendor deleted it; a record that has a meta says the same there.
    pub deleted_at: Option<DateTime<Utc>>,
    /// What names it.
    pub key: RecordKey,
    /// What it says.
    pub record: CapturedRecord,
}

impl Recorded {
    /// True when the vendor has neither deleted it nor merged it into another.
    pub fn is_live(&self) -> bool {
        self.deleted_at.is_none() && self.record.meta().is_none_or(|meta| meta.merged_into.is_none())
    }
}

/// One event of one source.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedEvent {
    /// Its place in the order of observation.
    pub sequence: Sequence,
    /// The same whenever the event is read: `domain::identify::id_of`.
    pub id: Arc<str>,
    /// The record in whose history it stands, or [`history_of_address`].
    pub of: RecordKey,
    /// What happened; its `observed_at` is when the ledger was told.
    pub event: Arc<Event>,
    /// True when the event was known already and the vendor now tells it otherwise.
    pub restated: bool,
}

/// One entry of the order of observation.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A record has a new version; a tombstone where [`Recorded::deleted_at`] says so.
    Record(Recorded),
    /// An event became known, or known otherwise.
    Event(RecordedEvent),
    /// The vendor deleted what an event told of: it no longer stands in this history.
    EventGone {
        /// Its place in the order of observation.
        sequence: Sequence,
        /// The event.
        id: Arc<str>,
        /// The record in whose history it stood.
        of: RecordKey,
        /// When that was observed.
        at: DateTime<Utc>,
    },
    /// A record was erased: whoever holds a copy deletes it.
    Erased {
        /// Its place in the order of observation.
        sequence: Sequence,
        /// The record.
        key: RecordKey,
        /// When.
        at: DateTime<Utc>,
    },
    /// People, accounts or opportunities became one under another name.
    Merge(Merge),
}

impl Entry {
    /// Its place in the order of observation.
    pub fn sequence(&self) -> Sequence {
        match self {
            Self::Record(recorded) => recorded.sequence,
            Self::Event(recorded) => recorded.sequence,
            Self::EventGone { sequence, .. } | Self::Erased { sequence, .. } => *sequence,
            Self::Merge(merge) => merge.sequence,
        }
    }
}
