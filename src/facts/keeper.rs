//! Reading the ledger: from its beginning at the start, then what came after. One writer, any number of readers.

use std::collections::{BTreeSet, VecDeque};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use chrono::TimeDelta;
use tokio::sync::Mutex;

use crate::domain::clock::Clock;
use crate::domain::event::HistoryPart;
use crate::domain::id::RecordKey;
use crate::ledger::Ledger;
use crate::ledger::entry::{Entry, RecordKind, Sequence};
use crate::ledger::error::LedgerError;
use crate::ledger::state::{DecisionKind, MergeDraft};
use crate::unify::identity::rules::{IdentityRules, Override, OverrideAction};

use super::checkpoint::{Checkpoint, Restored};
use super::material::Material;
use super::model::{Model, Open};
use super::reading::{Wanted, materials};
use super::rules::Rules;
use super::snapshot::Snapshot;
use super::then::{Asked, Told};
use super::together::Together;

/// What is published tells the present, give or take this much, although nothing was written.
const OLDEST: TimeDelta = TimeDelta::minutes(15);
/// Rows read from the ledger at once.
const PAGE: u32 = 5_000;
/// Records whose components are made at once.
const MADE_AT_ONCE: usize = 1_000;
/// How often so many are in memory beside the facts: being made, and being read meanwhile.
const READ_AHEAD: usize = 3;

/// Why the facts could not be brought up to date. Those published before stay.
#[derive(Debug, thiserror::Error)]
pub enum FactsError {
    /// The ledger could not be read.
    #[error("the facts could not be brought up to date")]
    Ledger(#[from] LedgerError),
    /// Reading it ended before its time, as when the program ends.
    #[error("reading the ledger was broken off")]
    Lost(#[from] tokio::task::JoinError),
    /// The checkpoint stays, although it may tell of somebody who was erased.
    #[error("the facts' checkpoint could not be removed: it may hold data of an erased person")]
    Checkpoint(#[source] io::Error),
}

/// What bringing the facts up to date did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refreshed {
    /// They tell everything up to here.
    pub sequence: Sequence,
    /// Components that were made anew.
    pub components: usize,
    /// Rows of the ledger that were new.
    pub entries: usize,
}

/// The read model of one ledger.
pub struct Facts {
    ledger: Arc<dyn Ledger>,
    rules: Rules,
    clock: Clock,
    current: ArcSwapOption<Snapshot>,
    writer: Mutex<Option<Writer>>,
    checkpoint: Option<Checkpoint>,
    pub(super) then: Together<Asked, Told>,
}

struct Writer {
    model: Model,
    sequence: Sequence,
    /// Decisions about identity that the model knows of.
    decisions: usize,
    /// Histories of which something is told otherwise since the last snapshot, or no longer.
    restated: BTreeSet<RecordKey>,
    /// Somebody was erased since the last snapshot.
    erased: bool,
    /// What was read from a checkpoint, until there is a snapshot that goes on from it.
    resumed: Option<Arc<Snapshot>>,
    /// The checkpoint tells of everything up to here; 0 without one.
    kept: Sequence,
}

impl Writer {
    fn new(model: Model, sequence: Sequence, decisions: usize) -> Self {
        Self { model, sequence, decisions, restated: BTreeSet::new(), erased: false, resumed: None, kept: 0 }
    }
}

impl Facts {
    /// The read model of a ledger; nothing is read yet.
    pub fn new(ledger: Arc<dyn Ledger>, rules: Rules, clock: Clock) -> Self {
        Self {
            ledger,
            rules,
            clock,
            current: ArcSwapOption::empty(),
            writer: Mutex::new(None),
            checkpoint: None,
            then: Together::default(),
        }
    }

    /// The same, with a file from which the next start goes on.
    #[must_use]
    pub fn with_checkpoint(mut self, file: PathBuf) -> Self {
        self.checkpoint = Some(Checkpoint::new(file, self.ledger.id(), &self.rules));
        self
    }

    pub(super) fn ledger(&self) -> &Arc<dyn Ledger> {
        &self.ledger
    }

    /// The name of the ledger it is made of.
    pub fn ledger_id(&self) -> &str {
        self.ledger.id()
    }

    /// What is known now; none before the first [`refresh`](Self::refresh) is through.
    pub fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.current.load_full()
    }

    /// Brings the facts up to the ledger: from its beginning the first time, then by what came after. Readers see
    /// everything or nothing of it. One caller at a time works; others wait.
    ///
    /// # Errors
    /// When the ledger could not be read; what was published stays, and the next call goes on.
    pub async fn refresh(&self) -> Result<Refreshed, FactsError> {
        let mut writer = self.writer.lock().await;
        let known = match writer.take() {
            Some(known) => Some(known),
            None => self.resume().await,
        };
        let begun = match known {
            Some(known) => self.changes(known).await,
            None => self.beginning().await,
        };
        // Where reading failed half-way the model is gone with its notes, and the next call begins anew.
        let (mut known, entries) = begun?;
        known.model.move_to(self.clock.now());
        let components = self.make(&mut known.model).await?;
        let moved = known.model.moved();
        if !moved.is_empty() {
            let at = self.clock.now();
            let draft = |(previous, current): (RecordKey, RecordKey)| MergeDraft {
                previous,
                current,
                rule: Arc::from("ANCHOR_MOVED"),
                at,
            };
            self.ledger.log_merges(&moved.into_iter().map(draft).collect::<Vec<_>>()).await?;
        }
        let is_old = |current: &Snapshot| self.clock.now() - current.facts().as_of >= OLDEST;
        if components > 0 || entries > 0 || self.current.load().as_deref().is_none_or(is_old) {
            let next = known.model.publish(known.sequence);
            let restated = std::mem::take(&mut known.restated);
            // Readers know the journal of what was published last; a checkpoint's is that of an earlier start.
            let resumed = known.resumed.take();
            let next = match self.snapshot().or(resumed) {
                Some(earlier) => next.following(&earlier, &restated),
                None => next,
            };
            self.current.store(Some(Arc::new(next)));
        }
        if known.erased {
            known.kept = 0;
            // What stays is tried again the next time.
            known.erased = self.forget_checkpoint().is_err();
        }
        let done = Refreshed { sequence: known.sequence, components, entries };
        *writer = Some(known);
        Ok(done)
    }

    /// Reads the heads of everything.
    async fn beginning(&self) -> Result<(Writer, usize), FactsError> {
        // What is written while the heads are read comes again with the changes after this sequence.
        let sequence = self.ledger.last_sequence().await?;
        let (rules, decisions, _) = self.decided(&[]).await?;
        let mut model = Model::new(Arc::new(rules), self.clock.now());
        let mut entries = 0;
        for kind in RecordKind::ALL.into_iter().filter(|kind| *kind != RecordKind::Membership) {
            let mut after = 0;
            loop {
                let page = self.ledger.heads(kind, after, PAGE).await?;
                for recorded in &page {
                    model.note(recorded);
                }
                entries += page.len();
                match page.last() {
                    Some(last) if page.len() == PAGE as usize => after = last.sequence,
                    _ => break,
                }
            }
        }
        let mut after = 0;
        loop {
            let page = self.ledger.merges(after, PAGE).await?;
            for merge in &page {
                model.remember_move(&merge.merge.previous, &merge.merge.current);
            }
            match page.last() {
                Some(last) if page.len() == PAGE as usize => after = last.sequence,
                _ => break,
            }
        }
        Ok((Writer::new(model, sequence, decisions), entries))
    }

    /// Goes on from the checkpoint; none where there is none to go on from.
    async fn resume(&self) -> Option<Writer> {
        let checkpoint = self.checkpoint.clone()?;
        let rules = self.rules.clone();
        let read = tokio::task::spawn_blocking(move || checkpoint.read(&rules)).await;
        let restored = match read.map_err(io::Error::other).and_then(|read| read) {
            Ok(restored) => restored?,
            Err(error) => {
                tracing::warn!(%error, "the checkpoint of the facts cannot be read: they are made from the ledger");
                return None;
            }
        };
        let Restored { mut model, sequence, decisions, journal } = restored;
        if self.ledger.last_sequence().await.is_ok_and(|last| last < sequence) {
            tracing::warn!(
                "the ledger is older than the checkpoint of the facts: they are made from the ledger"
            );
            let _is_gone = self.forget_checkpoint();
            return None;
        }
        tracing::info!(sequence, "the facts go on from their checkpoint");
        let resumed = Arc::new(model.publish(sequence).resuming(journal));
        let kept = sequence;
        Some(Writer { resumed: Some(resumed), kept, ..Writer::new(model, sequence, decisions) })
    }

    /// Writes the checkpoint, where there is a file for it and something that it does not tell yet. Nobody waits for
    /// it but the next [`refresh`](Self::refresh).
    pub async fn keep(&self) {
        let Some(checkpoint) = self.checkpoint.clone() else { return };
        let mut writer = self.writer.lock().await;
        let Some(snapshot) = self.snapshot() else { return };
        let Some(known) = writer.take_if(|known| known.kept < known.sequence) else { return };
        let begun = std::time::Instant::now();
        let written = tokio::task::spawn_blocking(move || {
            let journal = snapshot.journal();
            let written = checkpoint.write(&known.model, known.sequence, known.decisions, journal);
            (known, written)
        });
        // A panic while writing costs the model, and the next refresh begins anew.
        let Ok((mut known, written)) = written.await else { return };
        match written {
            Ok(()) => {
                known.kept = known.sequence;
                let duration_ms = begun.elapsed().as_millis() as u64;
                tracing::info!(sequence = known.sequence, duration_ms, "the facts' checkpoint is written");
            }
            Err(error) => tracing::warn!(%error, "the facts' checkpoint could not be written"),
        }
        *writer = Some(known);
    }

    /// Tells of nobody any more who was erased from the ledger: neither the snapshot, if there is one, nor the checkpoint.
    /// It is done to its end, also when the caller does not wait for it.
    ///
    /// # Errors
    /// When the ledger could not be read, or the checkpoint stays.
    pub async fn forget_erased(self: &Arc<Self>) -> Result<(), FactsError> {
        let facts = self.clone();
        let forgetting = tokio::spawn(async move {
            if facts.snapshot().is_some() {
                facts.refresh().await?;
            }
            facts.forget_checkpoint().map_err(FactsError::Checkpoint)
        });
        forgetting.await?
    }

    /// Takes the checkpoint away, because of somebody whose data it may hold.
    fn forget_checkpoint(&self) -> io::Result<()> {
        let removed = self.checkpoint.as_ref().map_or(Ok(()), Checkpoint::remove);
        if let Err(error) = &removed {
            tracing::error!(%error, "the facts' checkpoint could not be removed: it may hold data of an erased person");
        }
        removed
    }

    /// Takes note of what came after.
    async fn changes(&self, mut known: Writer) -> Result<(Writer, usize), FactsError> {
        let (rules, decisions, about) = self.decided(&known.model.rules().identity.overrides).await?;
        if decisions != known.decisions {
            known.decisions = decisions;
            known.model.decide(Arc::new(rules), &about);
            for recorded in self.ledger.heads_of(&about).await? {
                known.model.note(&recorded);
            }
        }
        let mut entries = 0;
        loop {
            let page = self.ledger.changes(known.sequence, PAGE).await?;
            for entry in &page {
                match entry {
                    Entry::Record(recorded) => known.model.note(recorded),
                    Entry::Event(event) => {
                        known.model.note_history(&event.of);
                        known.restated.extend(event.restated.then(|| event.of.clone()));
                    }
                    Entry::EventGone { of, .. } => {
                        known.model.note_history(of);
                        known.restated.insert(of.clone());
                    }
                    Entry::Erased { key, .. } => {
                        known.erased = true;
                        known.model.forget(key);
                    }
                    Entry::Merge(merge) => {
                        known.model.remember_move(&merge.merge.previous, &merge.merge.current);
                    }
                }
            }
            entries += page.len();
            known.sequence = page.last().map_or(known.sequence, Entry::sequence);
            if page.len() < PAGE as usize {
                return Ok((known, entries));
            }
        }
    }

    /// Makes what was touched anew, a bounded number of records at a time: while some are made, the next are read.
    async fn make(&self, model: &mut Model) -> Result<usize, FactsError> {
        let mut reading = VecDeque::new();
        let mut made = 0;
        loop {
            while reading.len() < READ_AHEAD {
                let open = model.open(MADE_AT_ONCE);
                if open.is_empty() {
                    break;
                }
                reading.push_back(tokio::spawn(read(self.ledger.clone(), open)));
            }
            let Some(next) = reading.pop_front() else { return Ok(made) };
            let (open, materials) = next.await??;
            for (component, material) in open.iter().zip(&materials) {
                model.put(component, material);
            }
            made += open.len();
            tokio::task::yield_now().await;
        }
    }

    /// The rules with what people decided about identity, how many decisions there are, and the records of those that
    /// are not among the given ones.
    async fn decided(&self, known: &[Override]) -> Result<(Rules, usize, Vec<RecordKey>), FactsError> {
        let decisions = self.ledger.decisions().await?;
        let mut overrides = self.rules.identity.overrides.clone();
        for made in &decisions {
            let decision = &made.decision;
            let pair = [&decision.left, &decision.right];
            overrides.retain(|it| !pair.iter().all(|key| it.records.contains(key)));
            let action = match decision.kind {
                DecisionKind::Merge => OverrideAction::Merge,
                DecisionKind::Split => OverrideAction::Split,
                DecisionKind::Withdrawn => continue,
            };
            overrides.push(Override {
                action,
                records: pair.map(RecordKey::clone).into(),
                since: decision.at,
                by: None,
                note: decision.note.clone(),
            });
        }
        let changed = overrides.iter().filter(|it| !known.contains(it));
        let withdrawn = known.iter().filter(|it| !overrides.contains(it));
        let about: BTreeSet<RecordKey> =
            changed.chain(withdrawn).flat_map(|it| it.records.iter().cloned()).collect();
        let identity = IdentityRules { overrides: overrides.clone(), ..self.rules.identity.clone() };
        let rules = Rules { identity, ..self.rules.clone() };
        Ok((rules, decisions.len(), about.into_iter().collect()))
    }
}

/// Reads what components are made of.
async fn read(ledger: Arc<dyn Ledger>, open: Vec<Open>) -> Result<(Vec<Open>, Vec<Material>), LedgerError> {
    let groups: Vec<&[RecordKey]> = open.iter().map(|component| &*component.keys).collect();
    let wanted = Wanted { memberships: true, parts: &HistoryPart::ALL, until: None };
    let materials = materials(&*ledger, &groups, wanted).await?;
    Ok((open, materials))
}
