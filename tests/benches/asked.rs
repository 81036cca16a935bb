//! A ledger that makes its rows up when it is asked for them: what the read model costs, without what a database costs.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use leadline::domain::event::HistoryPart;
use leadline::domain::id::{RecordKey, SourceName};
use leadline::domain::identify;
use leadline::ledger::Ledger;
use leadline::ledger::entry::{Appended, Batch, Entry, RecordKind, Recorded, RecordedEvent, Sequence};
use leadline::ledger::error::LedgerError;
use leadline::ledger::link::Link;
use leadline::ledger::state::{
    CaptureLock, CapturedFloor, Decision, DecisionDraft, Erasure, Merge, MergeDraft, Position, Tally,
};

use crate::made_up::{as_of, events, records};

/// Sequences of one person: more than they have rows.
const ROWS: usize = 16;

/// A ledger of so many people, which the facts alone ask.
pub(crate) struct MadeUp {
    people: usize,
    /// How often the person in the middle was written again.
    written: AtomicUsize,
}

impl MadeUp {
    pub(crate) fn new(people: usize) -> Self {
        Self { people, written: AtomicUsize::new(0) }
    }

    /// Writes the lead in the middle once more.
    pub(crate) fn write(&self) {
        self.written.fetch_add(1, Ordering::Relaxed);
    }

    fn last(&self) -> Sequence {
        (self.people * ROWS + self.written.load(Ordering::Relaxed)) as Sequence
    }

    fn recorded(place: usize) -> impl Iterator<Item = Recorded> {
        records(place).into_iter().enumerate().map(move |(nth, record)| Recorded {
            sequence: (place * ROWS + nth + 1) as Sequence,
            observed_at: as_of(),
            deleted_at: None,
            key: record.key(),
            record,
        })
    }
}

/// The place of the person who comes with a record.
fn place_of(key: &RecordKey) -> Option<usize> {
    let number: usize = key.id.parse().ok()?;
    match &*key.object {
        "Lead" | "contact" => Some(number),
        "Account" => Some(number * 5),
        "Opportunity" => Some(number * 5 + 2),
        _ => None,
    }
}

#[async_trait]
impl Ledger for MadeUp {
    fn id(&self) -> &'static str {
        "made up"
    }

    async fn last_sequence(&self) -> Result<Sequence, LedgerError> {
        Ok(self.last())
    }

    async fn heads(
        &self,
        kind: RecordKind,
        after: Sequence,
        limit: u32,
    ) -> Result<Vec<Recorded>, LedgerError> {
        let places = after as usize / ROWS..self.people;
        let all = places.flat_map(Self::recorded);
        let wanted = all.filter(|it| it.sequence > after && it.record.kind() == kind);
        Ok(wanted.take(limit as usize).collect())
    }

    async fn heads_of(&self, keys: &[RecordKey]) -> Result<Vec<Recorded>, LedgerError> {
        let of = |key: &RecordKey| Self::recorded(place_of(key)?).find(|it| it.key == *key);
        Ok(keys.iter().filter_map(of).collect())
    }

    async fn linked(&self, _: &[Link], _: RecordKind) -> Result<Vec<(Link, Recorded)>, LedgerError> {
        Ok(Vec::new())
    }

    async fn events_of(
        &self,
        histories: &[RecordKey],
        parts: &[HistoryPart],
    ) -> Result<Vec<RecordedEvent>, LedgerError> {
        let mut told = Vec::new();
        for of in histories.iter().filter(|of| *of.object == *"contact") {
            let Some(place) = place_of(of) else { continue };
            for (event, nth) in events(place).into_iter().zip(5..) {
                if parts.contains(&event.kind.part()) {
                    told.push(RecordedEvent {
                        sequence: (place * ROWS + nth) as Sequence,
                        id: identify::id_of(&event),
                        of: of.clone(),
                        event: Arc::new(event),
                        restated: false,
                    });
                }
            }
        }
        told.sort_by_key(|event| event.sequence);
        Ok(told)
    }

    async fn changes(&self, after: Sequence, _: u32) -> Result<Vec<Entry>, LedgerError> {
        let last = self.last();
        let written = Self::recorded(self.people / 2).next().filter(|_| last > after);
        Ok(written.map(|it| Entry::Record(Recorded { sequence: last, ..it })).into_iter().collect())
    }

    async fn versions(&self, _: &RecordKey, _: Sequence, _: u32) -> Result<Vec<Recorded>, LedgerError> {
        Ok(Vec::new())
    }

    async fn log_merges(&self, _: &[MergeDraft]) -> Result<Vec<Merge>, LedgerError> {
        Ok(Vec::new())
    }

    async fn merges(&self, _: Sequence, _: u32) -> Result<Vec<Merge>, LedgerError> {
        Ok(Vec::new())
    }

    async fn decisions(&self) -> Result<Vec<Decision>, LedgerError> {
        Ok(Vec::new())
    }

    async fn append(&self, _: Batch) -> Result<Appended, LedgerError> {
        unimplemented!("no read model asks for it")
    }

    async fn erase(&self, _: &[RecordKey], _: DateTime<Utc>) -> Result<Erasure, LedgerError> {
        unimplemented!("no read model asks for it")
    }

    async fn drop_events_before(&self, _: DateTime<Utc>) -> Result<u64, LedgerError> {
        unimplemented!("no read model asks for it")
    }

    async fn walk(
        &self,
        _: &SourceName,
        _: &str,
        _: Option<&str>,
        _: u32,
    ) -> Result<Vec<Recorded>, LedgerError> {
        unimplemented!("no read model asks for it")
    }

    async fn linked_page(
        &self,
        _: &Link,
        _: RecordKind,
        _: Option<&RecordKey>,
        _: u32,
    ) -> Result<Vec<Recorded>, LedgerError> {
        unimplemented!("no read model asks for it")
    }

    async fn heads_as_of(&self, _: &[RecordKey], _: DateTime<Utc>) -> Result<Vec<Recorded>, LedgerError> {
        unimplemented!("no read model asks for it")
    }

    async fn positions(&self) -> Result<Vec<Position>, LedgerError> {
        unimplemented!("no read model asks for it")
    }

    async fn position(&self, _: &SourceName, _: &str) -> Result<Option<Position>, LedgerError> {
        unimplemented!("no read model asks for it")
    }

    async fn forget_position(&self, _: &SourceName, _: &str) -> Result<(), LedgerError> {
        unimplemented!("no read model asks for it")
    }

    async fn floors(&self, _: &[RecordKey]) -> Result<Vec<CapturedFloor>, LedgerError> {
        unimplemented!("no read model asks for it")
    }

    async fn tallies(&self) -> Result<Vec<Tally>, LedgerError> {
        unimplemented!("no read model asks for it")
    }

    async fn decide(&self, _: DecisionDraft) -> Result<Decision, LedgerError> {
        unimplemented!("no read model asks for it")
    }

    async fn capture_lock(&self) -> Result<Option<CaptureLock>, LedgerError> {
        unimplemented!("no read model asks for it")
    }

    async fn backup(&self, _: &Path) -> Result<(), LedgerError> {
        unimplemented!("no read model asks for it")
    }
}
