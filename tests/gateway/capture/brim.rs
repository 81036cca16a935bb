//! A ledger whose disk is full when a test says so, and that counts how often histories are read.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use leadline::domain::event::HistoryPart;
use leadline::domain::id::{RecordKey, SourceName};
use leadline::ledger::Ledger;
use leadline::ledger::entry::{Appended, Batch, Entry, RecordKind, Recorded, RecordedEvent, Sequence};
use leadline::ledger::error::LedgerError;
use leadline::ledger::link::Link;
use leadline::ledger::state::{
    CaptureLock, CapturedFloor, Decision, DecisionDraft, Erasure, Merge, MergeDraft, Position, Tally,
};

/// A ledger that can be full to the brim.
pub(crate) struct Brim {
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) is_full: AtomicBool,
    /// How often histories were read.
    pub(crate) histories: AtomicU64,
}

impl Brim {
    /// One over this ledger, full or not.
    pub(crate) fn over(ledger: Arc<dyn Ledger>, is_full: bool) -> Self {
        Self { ledger, is_full: AtomicBool::new(is_full), histories: AtomicU64::new(0) }
    }
}

type Answer<T> = Result<T, LedgerError>;

#[async_trait]
impl Ledger for Brim {
    async fn append(&self, batch: Batch) -> Answer<Appended> {
        if self.is_full.load(Ordering::SeqCst) {
            Err(LedgerError::Full)
        } else {
            self.ledger.append(batch).await
        }
    }

    fn id(&self) -> &str {
        self.ledger.id()
    }

    async fn erase(&self, keys: &[RecordKey], at: DateTime<Utc>) -> Answer<Erasure> {
        self.ledger.erase(keys, at).await
    }

    async fn drop_events_before(&self, before: DateTime<Utc>) -> Answer<u64> {
        self.ledger.drop_events_before(before).await
    }

    async fn last_sequence(&self) -> Answer<Sequence> {
        self.ledger.last_sequence().await
    }

    async fn heads(&self, kind: RecordKind, after: Sequence, limit: u32) -> Answer<Vec<Recorded>> {
        self.ledger.heads(kind, after, limit).await
    }

    async fn heads_of(&self, keys: &[RecordKey]) -> Answer<Vec<Recorded>> {
        self.ledger.heads_of(keys).await
    }

    async fn walk(
        &self,
        source: &SourceName,
        object: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Answer<Vec<Recorded>> {
        self.ledger.walk(source, object, after, limit).await
    }

    async fn linked(&self, links: &[Link], kind: RecordKind) -> Answer<Vec<(Link, Recorded)>> {
        self.ledger.linked(links, kind).await
    }

    async fn linked_page(
        &self,
        link: &Link,
        kind: RecordKind,
        after: Option<&RecordKey>,
        limit: u32,
    ) -> Answer<Vec<Recorded>> {
        self.ledger.linked_page(link, kind, after, limit).await
    }

    async fn versions(&self, key: &RecordKey, after: Sequence, limit: u32) -> Answer<Vec<Recorded>> {
        self.ledger.versions(key, after, limit).await
    }

    async fn heads_as_of(&self, keys: &[RecordKey], at: DateTime<Utc>) -> Answer<Vec<Recorded>> {
        self.ledger.heads_as_of(keys, at).await
    }

    async fn events_of(&self, histories: &[RecordKey], parts: &[HistoryPart]) -> Answer<Vec<RecordedEvent>> {
        self.histories.fetch_add(1, Ordering::SeqCst);
        self.ledger.events_of(histories, parts).await
    }

    async fn changes(&self, after: Sequence, limit: u32) -> Answer<Vec<Entry>> {
        self.ledger.changes(after, limit).await
    }

    async fn positions(&self) -> Answer<Vec<Position>> {
        self.ledger.positions().await
    }

    async fn position(&self, source: &SourceName, stream: &str) -> Answer<Option<Position>> {
        self.ledger.position(source, stream).await
    }

    async fn forget_position(&self, source: &SourceName, stream: &str) -> Answer<()> {
        self.ledger.forget_position(source, stream).await
    }

    async fn floors(&self, keys: &[RecordKey]) -> Answer<Vec<CapturedFloor>> {
        self.ledger.floors(keys).await
    }

    async fn tallies(&self) -> Answer<Vec<Tally>> {
        self.ledger.tallies().await
    }

    async fn log_merges(&self, merges: &[MergeDraft]) -> Answer<Vec<Merge>> {
        self.ledger.log_merges(merges).await
    }

    async fn merges(&self, after: Sequence, limit: u32) -> Answer<Vec<Merge>> {
        self.ledger.merges(after, limit).await
    }

    async fn decide(&self, decision: DecisionDraft) -> Answer<Decision> {
        self.ledger.decide(decision).await
    }

    async fn decisions(&self) -> Answer<Vec<Decision>> {
        self.ledger.decisions().await
    }

    async fn capture_lock(&self) -> Answer<Option<CaptureLock>> {
        self.ledger.capture_lock().await
    }

    async fn backup(&self, file: &Path) -> Answer<()> {
        self.ledger.backup(file).await
    }
}
