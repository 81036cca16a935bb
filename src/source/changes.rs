//! Everything a source has, and then what changed: the capability that capture reads.
//!
//! A source offers named streams. A stream is read in batches, each from the position the batch before it gave. Read
//! from no position it tells everything (the first pass); when a pass is through, its position goes on with what
//! changed since that pass began, ten minutes earlier to be safe. So a stream misses nothing wherever its reader is
//! interrupted, and may tell the same thing twice. Positions are the connector's own text: never a vendor's locator,
//! and good for as long as the settings of the source stay as they are.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::account::AccountRecord;
use crate::domain::campaign::{CampaignMembership, CampaignRecord};
use crate::domain::event::{Event, Floor, HistoryPart};
use crate::domain::id::RecordKey;
use crate::domain::opportunity::{OpportunityRecord, Pipeline};
use crate::domain::person::PersonRecord;
use crate::domain::user::UserRecord;

use super::error::SourceError;
use super::reading::Reading;

/// How far every pass reaches back before the beginning of the one before it: a long transaction is committed with an
/// older stamp, and an index lags behind.
pub const OVERLAP: TimeDelta = TimeDelta::minutes(10);

/// One stream of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stream {
    /// Its name, the same for ever: positions are kept under it.
    pub name: &'static str,
    /// What it tells, in a word or two, for whoever watches the progress.
    pub what: &'static str,
    /// How often it is read.
    pub pace: Pace,
}

/// How often a stream is worth reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pace {
    /// It tells what changed, and a pass without news costs next to nothing.
    Changes,
    /// A listing: a pass costs several calls whether or not anything changed, because the vendor cannot say what did.
    Listing,
    /// Records whose fields the vendor computes and changes without saying so: a pass reads every one of them. The first
    /// has nothing to tell, since the records come with these fields when they are read first.
    Computed,
}

/// One thing a stream tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A person's record as it is now, with every field, custom field and last edit. A tombstone has
    /// `meta.deleted_at` or `meta.merged_into`.
    Person(Box<PersonRecord>),
    /// An account's record, likewise whole.
    Account(Box<AccountRecord>),
    /// An opportunity's record, likewise whole, with its contacts and its path through the stages.
    Opportunity(Box<OpportunityRecord>),
    /// A campaign's record.
    Campaign(Box<CampaignRecord>),
    /// A membership, by its id. Told again when it changed, also when its person became another record.
    Membership(Box<CampaignMembership>),
    /// A user or queue.
    User(Box<UserRecord>),
    /// A pipeline with its stages.
    Pipeline(Box<Pipeline>),
    /// One entry of a history: the very one that reading the history of the record gives.
    ///
    /// An event that stands in several histories (a task with a lead and an opportunity, a meeting with three people)
    /// is told once for each, under the same id: what names it is its id together with `of`. What an activity
    /// or a membership tells (`event.source` is that, not `of`) comes in one batch, and replaces everything told of it
    /// before, also in histories it no longer stands in.
    Event {
        /// The record in whose history it stands.
        of: RecordKey,
        /// The entry.
        event: Box<Event>,
    },
    /// One entry of the history of whoever has an address at this source, as their first or a further one: the vendor
    /// names nobody else. The event has the address in place of the record's id; [`told_of`] gives it to a record.
    AddressEvent {
        /// The address, normalised.
        address: Arc<str>,
        /// The entry.
        event: Box<Event>,
    },
    /// A record the vendor no longer has under this key: deleted, as a listing of deletions tells without repeating
    /// its fields, or merged into one that names it among its `merged_ids`. Holds where nothing newer is known of the
    /// record. Also names memberships and activities; their events are those whose `source` is this key.
    Gone {
        /// The record.
        key: RecordKey,
        /// When it was deleted; the instant of reading where the vendor does not say.
        at: DateTime<Utc>,
    },
    /// How far back a history reaches, where it is not whole.
    Floor(HistoryFloor),
}

/// An event of an address, as the history of a record with that address tells it.
pub fn told_of(event: &Event, record: &RecordKey) -> Event {
    Event { source: record.clone(), person: Some(record.clone()), ..event.clone() }
}

/// Up to which instant back the history of a record, or of all older records of an object, is whole.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryFloor {
    /// The vendor's object, as in the keys of its records.
    pub object: Arc<str>,
    /// The one record it is said of; without it, it is said of every record of the object created before
    /// `floor.from`.
    pub id: Option<Arc<str>>,
    /// The part of the history.
    pub part: HistoryPart,
    /// Since when, and why.
    pub floor: Floor,
}

/// A part of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangeBatch {
    /// What it tells, in an order in which it may be kept.
    pub changes: Vec<Change>,
    /// Where to go on. Kept in one transaction with the changes.
    pub position: Arc<str>,
    /// The pass is through: reading on from `position` tells what changed since it began.
    pub caught_up: bool,
    /// How many of the vendor's rows were read for this batch. One row may tell of several things, or of nothing.
    pub rows: u64,
    /// How many rows this pass had ahead of it before this batch, as the vendor says; none where it does not.
    pub total: Option<u64>,
}

/// A capability that tells everything, and then what changed.
#[async_trait]
pub trait Changes: Send + Sync {
    /// The streams, in the order a first pass had best read them: what others name comes first. The same for as long
    /// as the settings are.
    fn streams(&self) -> Vec<Stream>;

    /// Reads the next batch of a stream; from its very beginning without a position. What the vendor does not have
    /// (an object that is switched off, a listing the token may not read) is an empty batch that has caught up.
    ///
    /// # Errors
    /// When the vendor could not be read; [`Rejected`](super::error::SourceErrorKind::Rejected) with
    /// [`UNKNOWN_STREAM`] or [`BAD_POSITION`] when the stream is none of [`streams`](Self::streams) or `after` is no
    /// position of it. Such a stream is read from its beginning.
    async fn read(
        &self,
        stream: &str,
        after: Option<&str>,
        reading: &Reading,
    ) -> Result<ChangeBatch, SourceError>;
}

/// The code of the error for a stream that the source does not offer.
pub const UNKNOWN_STREAM: &str = "UNKNOWN_STREAM";
/// The code of the error for a position that is damaged or of another time.
pub const BAD_POSITION: &str = "BAD_POSITION";
