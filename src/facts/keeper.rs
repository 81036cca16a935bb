//! Reading the ledger: from its beginning at the start, then what came after. One writer, any number of readers.

use std::collections::BTreeSet;
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
/// Records whose components are made at once: what the first build holds in memory beside the facts.
const MADE_AT_ONCE: usize = 5_000;

/// Why the facts could not be brought up to date. Those published before stay.
#[derive(Debug, thiserror::Error)]
pub enum FactsError {
    /// The ledger could not be read.
    #[error("the facts could not be brought up to date")]
    Ledger(#[from] LedgerError),
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
    pub(super) then: Together<Asked, Told>,
}

struct Writer {
    model: Model,
    sequence: Sequence,
    /// Decisions about identity that the model knows of.
    decisions: usize,
    /// Histories of which something is told otherwise since the last snapshot, or no longer.
    restated: BTreeSet<RecordKey>,
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
            then: Together::default(),
        }
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
        let begun = match writer.take() {
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
            let next = match self.snapshot() {
                Some(earlier) => next.following(&earlier, &restated),
                None => next,
            };
            self.current.store(Some(Arc::new(next)));
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
        Ok((Writer { model, sequence, decisions, restated: BTreeSet::new() }, entries))
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
                    Entry::Erased { key, .. } => known.model.forget(key),
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

    /// Makes what was touched anew, a bounded number of records at a time.
    async fn make(&self, model: &mut Model) -> Result<usize, FactsError> {
        let open = model.open();
        let mut at_once: Vec<&Open> = Vec::new();
        let mut records = 0;
        for (nth, component) in open.iter().enumerate() {
            at_once.push(component);
            records += component.keys.len();
            if records >= MADE_AT_ONCE || nth + 1 == open.len() {
                self.make_some(model, &at_once).await?;
                at_once.clear();
                records = 0;
                tokio::task::yield_now().await;
            }
        }
        Ok(open.len())
    }

    async fn make_some(&self, model: &mut Model, open: &[&Open]) -> Result<(), FactsError> {
        let groups: Vec<&[RecordKey]> = open.iter().map(|component| &*component.keys).collect();
        let wanted = Wanted { memberships: true, parts: &HistoryPart::ALL, until: None };
        let materials = materials(&*self.ledger, &groups, wanted).await?;
        for (component, material) in open.iter().zip(&materials) {
            model.put(component, material);
        }
        Ok(())
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
