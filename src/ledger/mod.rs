//! The durable store: what vendors were seen to say, in the order in which it was seen.
//!
//! A [`Ledger`] keeps every version of every captured record, every event once, how far each stream of each source has
//! been read, who was merged into whom, and what people decided by hand. It answers the capture that fills it, the read
//! model built from it, and whoever wants to know what came after a point. Uses `domain` alone; the only place for
//! `sqlx`.
//!
//! What is always true:
//! * **One counter.** Every row takes its [`Sequence`] from one row of the database inside the writing transaction, so the
//!   order of sequences is the order of commits. Whoever has read up to a sequence has missed nothing below it.
//! * **A batch is whole.** Records, events and the stream's new position are written together or not at all. What
//!   [`append`](Ledger::append) acknowledged is there after a crash.
//! * **Nothing twice.** A record that says what its newest version says, and an event that is known, leave no row.
//! * **Nothing is changed but by erasure.** A newer version stands beside the older one. Only
//!   [`erase`](Ledger::erase) and [`drop_events_before`](Ledger::drop_events_before) take away.
//! * **The same on both stores.** A SQLite file by default, PostgreSQL by URL: one set of tables in the subset both
//!   speak, and one set of tests.

mod append;
mod draft;
pub mod entry;
mod erase;
pub mod error;
pub mod link;
mod lock;
mod open;
mod read;
pub mod reporting;
mod sql;
pub mod state;
mod store;
mod stored;
#[cfg(test)]
pub(crate) mod tests;

pub use open::open;

use std::path::Path;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::domain::event::HistoryPart;
use crate::domain::id::{RecordKey, SourceName};

use entry::{Appended, Batch, Entry, RecordKind, Recorded, RecordedEvent, Sequence};
use error::LedgerError;
use link::Link;
use reporting::Reporting;
use state::{
    CaptureLock, CapturedFloor, Decision, DecisionDraft, Erasure, Merge, MergeDraft, Position, Tally,
};

/// The durable store. Pages are keysets: the next page starts after the last row of the one before, and rows written
/// meanwhile neither shift nor repeat what was read. An empty page, or one shorter than `limit`, is the last.
#[async_trait]
pub trait Ledger: Send + Sync + 'static {
    /// What this ledger is called: made at its creation, kept for ever, in its copies too. A position in a change feed
    /// means something in the ledger of this name alone.
    fn id(&self) -> &str;

    /// Writes what a stream said, and how far it has been read, in one transaction. Returns what was new: versions
    /// that differ from the newest one, events not yet known or known otherwise, deletions and erasures of what is
    /// here. A record or event of an erased record or address is dropped.
    ///
    /// # Errors
    /// [`LedgerError::Full`] when the disk is; then nothing was written and reading goes on.
    async fn append(&self, batch: Batch) -> Result<Appended, LedgerError>;

    /// Removes what these records say of a person, for good: every version, the memberships of them, and of their
    /// events, by record or by address, everything but what counts (kind, instant, channel, stages, amounts). Leaves an [`Entry::Erased`] for
    /// each and a keyed hash by which a later append of the same record is dropped. Keys that are not here are remembered
    /// too. The bytes are gone from the files when this returns.
    async fn erase(&self, keys: &[RecordKey], at: DateTime<Utc>) -> Result<Erasure, LedgerError>;

    /// Drops events that happened before an instant, and says so by a floor under every history. Returns how many.
    async fn drop_events_before(&self, before: DateTime<Utc>) -> Result<u64, LedgerError>;

    /// The last sequence given; 0 for an empty ledger.
    async fn last_sequence(&self) -> Result<Sequence, LedgerError>;

    /// The newest version of each record of a kind, tombstones too, in order of sequence. A record that changes while
    /// the pages are read appears again at its new place: whoever keeps the last one seen misses nothing.
    async fn heads(
        &self,
        kind: RecordKind,
        after: Sequence,
        limit: u32,
    ) -> Result<Vec<Recorded>, LedgerError>;

    /// The newest version of each of these records that is here, in order of key.
    async fn heads_of(&self, keys: &[RecordKey]) -> Result<Vec<Recorded>, LedgerError>;

    /// The newest versions of one object of one source that are neither deleted nor merged away, in order of id.
    async fn walk(
        &self,
        source: &SourceName,
        object: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Recorded>, LedgerError>;

    /// The newest versions of the records of a kind that have any of these links, each with the link that found it, in
    /// order of link and key. [`Link`] says which tombstones count.
    async fn linked(&self, links: &[Link], kind: RecordKind) -> Result<Vec<(Link, Recorded)>, LedgerError>;

    /// One page of the records of a kind that have one link, in order of key.
    async fn linked_page(
        &self,
        link: &Link,
        kind: RecordKind,
        after: Option<&RecordKey>,
        limit: u32,
    ) -> Result<Vec<Recorded>, LedgerError>;

    /// Every version of a record, oldest first.
    async fn versions(
        &self,
        key: &RecordKey,
        after: Sequence,
        limit: u32,
    ) -> Result<Vec<Recorded>, LedgerError>;

    /// Each of these records as it had been observed at an instant, in order of key. What was first seen later is left out.
    async fn heads_as_of(&self, keys: &[RecordKey], at: DateTime<Utc>) -> Result<Vec<Recorded>, LedgerError>;

    /// The events that stand in the histories of these records (or [addresses](entry::history_of_address)) and belong to
    /// one of these parts, in order of sequence.
    async fn events_of(
        &self,
        histories: &[RecordKey],
        parts: &[HistoryPart],
    ) -> Result<Vec<RecordedEvent>, LedgerError>;

    /// Everything after a sequence: versions, deletions, events, erasures and merges in the order they were written.
    /// An event that became known otherwise, or is gone, appears at its newest place alone.
    async fn changes(&self, after: Sequence, limit: u32) -> Result<Vec<Entry>, LedgerError>;

    /// How far each stream of each source has been read, by source and stream.
    async fn positions(&self) -> Result<Vec<Position>, LedgerError>;

    /// How far one stream has been read; none before its first batch.
    async fn position(&self, source: &SourceName, stream: &str) -> Result<Option<Position>, LedgerError>;

    /// Forgets how far a stream has been read, so that its next pass is a backfill again. Drops no record.
    async fn forget_position(&self, source: &SourceName, stream: &str) -> Result<(), LedgerError>;

    /// Below which instants histories are not whole: what is said of these records, and of all of them.
    async fn floors(&self, keys: &[RecordKey]) -> Result<Vec<CapturedFloor>, LedgerError>;

    /// How many rows of each kind each source has, by source and kind. Kept with every write, so that asking costs nothing.
    async fn tallies(&self) -> Result<Vec<Tally>, LedgerError>;

    /// Writes down that people, accounts or opportunities became one under another name. A merge that is here already
    /// leaves no row.
    async fn log_merges(&self, merges: &[MergeDraft]) -> Result<Vec<Merge>, LedgerError>;

    /// Merges in order of sequence.
    async fn merges(&self, after: Sequence, limit: u32) -> Result<Vec<Merge>, LedgerError>;

    /// Writes down what a person decided about identity. Nothing is changed: a later decision about the same pair stands
    /// above an earlier one.
    async fn decide(&self, decision: DecisionDraft) -> Result<Decision, LedgerError>;

    /// Every decision about identity, oldest first.
    async fn decisions(&self) -> Result<Vec<Decision>, LedgerError>;

    /// The right to capture, which one process at a time has; none while another has it. It ends with the value, with
    /// the process, and on PostgreSQL with its connection.
    async fn capture_lock(&self) -> Result<Option<CaptureLock>, LedgerError>;

    /// Writes a whole copy of the ledger to a new file while it is in use. The copy is a ledger and is opened as one.
    ///
    /// # Errors
    /// [`LedgerError::NoBackup`] for PostgreSQL, which has tools of its own, and for a file that exists.
    async fn backup(&self, file: &Path) -> Result<(), LedgerError>;

    /// The reporting schema beside the ledger, whose names begin with this; PostgreSQL alone has one.
    fn reporting(&self, _prefix: &str) -> Option<Reporting> {
        None
    }
}
