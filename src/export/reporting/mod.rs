//! Datasets in the reporting schema of a ledger in PostgreSQL: for each view all of whose holders see the same rows, the
//! very cells its exports give, kept up to the facts.
//!
//! A [`Reporter`] goes in rounds. The first of a start looks at everything, and so does one a day: places whose rows are
//! as they were are read but not written. The others look at what the facts' journal names since, and at what hangs
//! together with it (`touched`). What a role reads is therefore what an export of that view gives, at the state its
//! `status` names; what time alone changes, the credits of opportunities that are still open, follows every fifteenth
//! round. The rows are made by the [`Reader`](super::Reader) that downloads are made by, under the same view.
//!
//! What it costs: each dataset is read once for each view, and kept once for each; a batch is in memory at a time.

mod cells;
mod table;
#[cfg(test)]
mod tests;
mod touched;

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use crate::domain::view::View;
use crate::facts::{Facts, FactsError, Snapshot};
use crate::ledger::error::LedgerError;
use crate::ledger::reporting::{Door, Reporting, Round, State};

use super::Exports;
use super::cursor::Question;
use super::dataset::Dataset;
use super::reading::Reading;
use super::refusal::Refusal;

use table::{Looking, Writing};
use touched::Touched;

/// What time alone changes is told anew in each round of this number.
const PRESENT_EVERY: u32 = 15;

/// Why a round could not be told. What was told before stays; the next round tries again.
#[derive(Debug, thiserror::Error)]
pub enum ReportingError {
    /// There is nothing to tell yet.
    #[error(transparent)]
    NotYet(#[from] Refusal),
    /// The rows could not be read.
    #[error("the rows could not be read")]
    Unread(#[from] FactsError),
    /// The tables could not be written.
    #[error("the reporting schema could not be written: {}", cause_of(.0))]
    Unwritten(#[from] LedgerError),
}

/// What the database says, where it says something.
fn cause_of(error: &LedgerError) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

/// Writes the datasets of some views.
pub struct Reporter {
    exports: Exports,
    reporting: Reporting,
    views: Vec<Told>,
    whole_every: Duration,
    is_prepared: bool,
    /// What an administrator has to do.
    missing: Option<String>,
}

/// A view and what its tables tell.
struct Told {
    view: View,
    door: Door,
    at: Option<At>,
}

/// How far the tables of a view are.
#[derive(Clone)]
struct At {
    /// What they tell. It shares with the present one what has not changed.
    snapshot: Arc<Snapshot>,
    /// As of when what time alone changes is told.
    present: DateTime<Utc>,
    rounds: u32,
    looked_at_all: Instant,
}

impl Reporter {
    /// Tells these views, which must be ones that see every row; everything is looked at anew this often.
    pub fn new(exports: Exports, reporting: Reporting, views: Vec<View>, whole_every: Duration) -> Self {
        let told = |view: View| {
            let datasets = Dataset::ALL.into_iter().filter(|dataset| dataset.is_shown(&view));
            let datasets = datasets.map(|dataset| Arc::from(dataset.name())).collect();
            let rules = Arc::from(Question::new(&(view.policy(), view.pii())).hash());
            Told { door: Door { view: view.key().clone(), rules, datasets }, view, at: None }
        };
        let views = views.into_iter().map(told).collect();
        Self { exports, reporting, views, whole_every, is_prepared: false, missing: None }
    }

    /// Brings every view's tables to what the facts tell now. Gives what an administrator has to do before every role can
    /// read, in a sentence; none when all can.
    ///
    /// # Errors
    /// The first that was met; the other views are told all the same.
    pub async fn round(&mut self) -> Result<Option<String>, ReportingError> {
        let (facts, snapshot) = self.exports.snapshot()?;
        if !self.is_prepared || self.missing.is_some() {
            let doors: Vec<Door> = self.views.iter().map(|told| told.door.clone()).collect();
            self.missing = self.reporting.prepare(&doors).await?;
            self.is_prepared = true;
        }
        let mut failed = None;
        for told in &mut self.views {
            let teller = Teller { exports: &self.exports, facts: &facts, snapshot: &snapshot, told };
            match teller.tell(&self.reporting, self.whole_every).await {
                Ok(Some(at)) => told.at = Some(at),
                Ok(None) => {}
                Err(error) => {
                    // Schemas and tables may be gone: all is looked at anew.
                    (told.at, self.is_prepared) = (None, false);
                    failed = failed.or(Some(error));
                }
            }
        }
        failed.map_or(Ok(self.missing.clone()), Err)
    }
}

/// One round of one view.
struct Teller<'a> {
    exports: &'a Exports,
    facts: &'a Arc<Facts>,
    snapshot: &'a Arc<Snapshot>,
    told: &'a Told,
}

impl Teller<'_> {
    /// Tells what is new; none where there is nothing, or nothing may be written now.
    async fn tell(&self, reporting: &Reporting, whole_every: Duration) -> Result<Option<At>, ReportingError> {
        let state = state_of(self.snapshot);
        let before = self.told.at.clone().filter(|at| at.looked_at_all.elapsed() < whole_every);
        if before.as_ref().is_some_and(|at| state_of(&at.snapshot) == state && at.present == state.as_of) {
            return Ok(None);
        }
        let touched = before.as_ref().and_then(|at| touched::between(&at.snapshot, self.snapshot));
        let begun = Instant::now();
        let Some(mut round) = reporting.begin(&self.told.door, state).await? else { return Ok(None) };
        let snapshot = self.snapshot.clone();
        let next = match before.filter(|_| touched.is_some()) {
            None => At { snapshot, present: state.as_of, rounds: 0, looked_at_all: begun },
            Some(at) if at.rounds + 1 < PRESENT_EVERY => At { snapshot, rounds: at.rounds + 1, ..at },
            Some(at) => At { snapshot, present: state.as_of, rounds: 0, ..at },
        };
        for dataset in Dataset::ALL.into_iter().filter(|dataset| dataset.is_shown(&self.told.view)) {
            self.tell_dataset(&mut round, dataset, touched.as_ref(), next.present).await?;
        }
        round.commit().await?;
        let (view, duration_ms) = (self.told.view.key(), begun.elapsed().as_millis() as u64);
        if touched.is_none() {
            tracing::info!(view = %view, duration_ms, "the reporting tables of {view} were compared with the facts in {duration_ms} ms");
        } else {
            tracing::debug!(view = %view, duration_ms, "the reporting tables of {view} follow the facts");
        }
        Ok(Some(next))
    }

    async fn tell_dataset(
        &self,
        round: &mut Round,
        dataset: Dataset,
        touched: Option<&Touched>,
        present: DateTime<Utc>,
    ) -> Result<(), ReportingError> {
        let state = state_of(self.snapshot);
        let mut writing = Writing::begin(round, self.reading(), dataset).await?;
        // Credits of what is still open are as of the present.
        let is_aging = dataset == Dataset::Attribution;
        let as_of = if is_aging && touched.is_some() && !writing.is_new() { present } else { state.as_of };
        let looking = match touched.filter(|_| !writing.is_new()) {
            None => Looking::AtAll,
            Some(touched) => {
                let mut some = touched.clone();
                some.extend(writing.torn(round).await?);
                if is_aging && present == state.as_of {
                    some.extend(touched::open_opportunities(self.snapshot));
                }
                Looking::At(some)
            }
        };
        writing.look(round, || self.reading(), looking).await?;
        writing.end(round, State { as_of, ..state }).await?;
        Ok(())
    }

    fn reading(&self) -> Reading {
        let (facts, snapshot) = (self.facts.clone(), self.snapshot.clone());
        Reading::new(facts, snapshot, &self.told.view, self.exports.agreements.clone(), self.exports.zone)
    }
}

/// Which state of the facts a snapshot is.
fn state_of(snapshot: &Snapshot) -> State {
    State { sequence: snapshot.sequence(), as_of: snapshot.facts().as_of }
}
