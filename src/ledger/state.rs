//! What the ledger knows beside records and events: positions, floors, tallies, merges, decisions, locks.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::domain::event::{Floor, HistoryPart};
use crate::domain::id::{RecordKey, SourceName};

use super::entry::{RecordKind, Sequence};

/// How far one stream of one source has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The configured source.
    pub source: SourceName,
    /// The stream.
    pub stream: Arc<str>,
    /// Where the next read continues.
    pub position: Arc<str>,
    /// Vendor rows read in the pass that is under way, or in the last one when it is through.
    pub rows: u64,
    /// Rows of that pass, where the vendor says.
    pub total: Option<u64>,
    /// That pass is through.
    pub caught_up: bool,
    /// When a pass was last through; none while the backfill is under way.
    pub caught_up_at: Option<DateTime<Utc>>,
    /// When the pass began.
    pub began_at: DateTime<Utc>,
    /// When it last moved.
    pub moved_at: DateTime<Utc>,
}

/// Below which instant the history of a record, or of many, is not whole. What is none means every one. Said of an object and
/// no record, a floor is about those created before it alone; said of no source, about all that this ledger keeps.
#[derive(Clone, Debug, PartialEq)]
pub struct CapturedFloor {
    /// Of this source.
    pub source: Option<SourceName>,
    /// Of this object of it: whose history it is, not the object that keeps it.
    pub object: Option<Arc<str>>,
    /// Of this record of it.
    pub id: Option<Arc<str>>,
    /// Of this part.
    pub part: Option<HistoryPart>,
    /// Since when, and why.
    pub floor: Floor,
}

impl CapturedFloor {
    /// Whether it is about this part of the history of this record.
    pub fn is_about(&self, key: &RecordKey, part: HistoryPart) -> bool {
        self.source.as_ref().is_none_or(|source| *source == key.source)
            && self.object.as_ref().is_none_or(|object| *object == key.object)
            && self.id.as_ref().is_none_or(|id| *id == key.id)
            && self.part.is_none_or(|own| own == part)
    }
}

/// How many rows of a kind a source has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// The configured source.
    pub source: SourceName,
    /// What is counted.
    pub of: Counted,
    /// How many.
    pub rows: u64,
}

/// What a tally counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Counted {
    /// Records of a kind, tombstones too, each once.
    Records(RecordKind),
    /// Versions of records.
    Versions,
    /// Events, each once.
    Events,
}

impl Counted {
    /// The name in the tables; never changes.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Records(kind) => kind.name(),
            Self::Versions => "VERSION",
            Self::Events => "EVENT",
        }
    }

    /// What is counted under that name.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name {
            "VERSION" => Some(Self::Versions),
            "EVENT" => Some(Self::Events),
            kind => RecordKind::from_name(kind).map(Self::Records),
        }
    }
}

/// What an erasure took away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erasure {
    /// Records that were here and are gone, memberships among them.
    pub records: u64,
    /// Events that now tell what happened and of nobody.
    pub events: u64,
    /// The last sequence of the ledger after it.
    pub last: Sequence,
}

/// A merge to be written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeDraft {
    /// The anchor by which it was known.
    pub previous: RecordKey,
    /// The anchor by which it is known now.
    pub current: RecordKey,
    /// Which rule made them one, by its name.
    pub rule: Arc<str>,
    /// When that was seen.
    pub at: DateTime<Utc>,
}

/// A merge as it is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    /// Its place in the order of observation.
    pub sequence: Sequence,
    /// What was merged.
    pub merge: MergeDraft,
}

/// What a person may decide about two records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DecisionKind {
    /// They are the same.
    Merge,
    /// They are not.
    Split,
    /// Whatever the rules say: an earlier decision no longer stands.
    Withdrawn,
}

impl DecisionKind {
    /// The name in the tables; never changes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Merge => "MERGE",
            Self::Split => "SPLIT",
            Self::Withdrawn => "WITHDRAWN",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Merge, Self::Split, Self::Withdrawn].into_iter().find(|kind| kind.name() == name)
    }
}

/// A decision to be written down. Source: domain guide §8, rule 5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionDraft {
    /// What was decided.
    pub kind: DecisionKind,
    /// About this record …
    pub left: RecordKey,
    /// … and this one.
    pub right: RecordKey,
    /// Why.
    pub note: Arc<str>,
    /// Who decided, as the token names them.
    pub by: Arc<str>,
    /// When.
    pub at: DateTime<Utc>,
}

/// A decision as it is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Its place in the order of observation.
    pub sequence: Sequence,
    /// What was decided.
    pub decision: DecisionDraft,
}

/// The right to capture. It ends when the value is dropped.
pub struct CaptureLock(Box<dyn Holding>);

impl CaptureLock {
    pub(super) fn new(holding: impl Holding) -> Self {
        Self(Box::new(holding))
    }

    /// Whether the right is still ours: a lost connection to PostgreSQL loses it. Asked before each batch, it keeps
    /// two processes from capturing at once.
    pub async fn is_held(&mut self) -> bool {
        self.0.is_held().await
    }
}

/// What keeps a lock.
#[async_trait]
pub(super) trait Holding: Send + 'static {
    /// Whether it still does.
    async fn is_held(&mut self) -> bool;
}
