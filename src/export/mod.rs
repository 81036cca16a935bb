//! Tables for BI: the facts as rows of plain columns, as far as a view sees them. Source: domain guide §13.
//!
//! [`Exports`] opens a dataset for a caller: a [`Reader`] goes through the places of one snapshot of the facts in the
//! order of their keys, reads what hangs there from the ledger as it was then, and gives rows; `format` writes them as
//! NDJSON, CSV or Parquet. A cursor is the key of a row, so that a reading goes on where it broke off, on whatever
//! snapshot.
//!
//! What is always true: rows exist as lists decide it ([`visible`](crate::facts::visible)), references to rows that are
//! not seen are null, values are masked as GraphQL masks them (`unify::shown`); a hidden column is not there, a column
//! that is masked, replaced or denied says so; columns are the same with and without rows; a reader holds one batch.

mod ask;
mod cell;
mod changes;
mod column;
mod cursor;
mod dataset;
pub mod format;
pub mod jobs;
mod manifest;
mod reader;
mod reading;
mod refusal;
pub mod reporting;
mod tables;

#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::domain::view::View;
use crate::facts::{Facts, Snapshot};
use crate::metrics::attribution::Agreement;

pub use ask::Ask;
pub use cell::{Cell, Kind};
pub use changes::{Change, Changes, ChangesAsk, Operation};
pub use column::ColumnInfo;
pub use dataset::Dataset;
pub use manifest::Manifest;
pub use reader::{BATCH, Batch, Reader};
pub use refusal::Refusal;

use reading::Reading;

/// How far it is until everything is captured, in a sentence; none once it is.
pub type Outlook = Arc<dyn Fn() -> Option<String> + Send + Sync>;

/// Opens datasets for callers.
#[derive(Clone)]
pub struct Exports {
    /// The read model; none where nothing is captured.
    facts: Option<Arc<Facts>>,
    agreements: Arc<[Agreement]>,
    zone: Tz,
    outlook: Outlook,
}

/// A dataset that is open for one caller.
pub struct Opened {
    /// Its rows.
    pub reader: Reader,
    /// Which rows these are of which state of the facts, for `ETag`: equal only for equal rows.
    pub tag: String,
    /// The present of the rows.
    pub as_of: DateTime<Utc>,
    /// The last sequence of the ledger that the rows tell.
    pub sequence: i64,
}

impl Exports {
    /// Datasets over these facts, under these agreements, with days beginning in this zone.
    pub fn new(facts: Option<Arc<Facts>>, agreements: Arc<[Agreement]>, zone: Tz, outlook: Outlook) -> Self {
        Self { facts, agreements, zone, outlook }
    }

    /// The zone a day of a question begins in.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// Opens a dataset for a view.
    ///
    /// # Errors
    /// For a question that makes no sense, a dataset the view does not have, and until everything is captured.
    pub async fn open(&self, view: &View, ask: Ask) -> Result<Opened, Refusal> {
        let reading = self.reading(view, ask.dataset)?;
        let facts = reading.set();
        let (as_of, sequence) = (facts.as_of, reading.snapshot.sequence());
        // Choosing and ordering a million places takes a while.
        let columns = format!("{:?} {:?} {:?}", ask.columns, ask.cursor, ask.limit);
        let opening = tokio::task::spawn_blocking(move || Reader::new(reading, ask));
        let reader = opening.await.expect("choosing rows does not panic")?;
        let state = (sequence, as_of.timestamp_millis(), reader.question(), columns);
        let tag = cursor::Question::new(&state).hash().to_owned();
        Ok(Opened { reader, tag, as_of, sequence })
    }

    /// What a view may know of a dataset: its columns, how it sees each, and how old the rows are.
    ///
    /// # Errors
    /// For a dataset the view does not have, and until everything is captured.
    pub fn manifest(&self, view: &View, dataset: Dataset) -> Result<Manifest, Refusal> {
        let reading = self.reading(view, dataset)?;
        Ok(Manifest::new(dataset, &reading, reader::columns_of(&reading, dataset)))
    }

    /// The columns of what is asked, as the view has them.
    ///
    /// # Errors
    /// As [`Self::open`].
    fn columns(&self, view: &View, ask: &Ask) -> Result<Vec<ColumnInfo>, Refusal> {
        reader::columns_asked(&self.reading(view, ask.dataset)?, ask)
    }

    fn reading(&self, view: &View, dataset: Dataset) -> Result<Reading, Refusal> {
        if !dataset.is_shown(view) {
            return Err(self.unknown(view, dataset.name()));
        }
        let (facts, snapshot) = self.snapshot()?;
        Ok(Reading::new(facts, snapshot, view, self.agreements.clone(), self.zone))
    }

    /// The read model and what it tells now.
    fn snapshot(&self) -> Result<(Arc<Facts>, Arc<Snapshot>), Refusal> {
        let facts = self.facts.clone().ok_or(Refusal::NothingCaptured)?;
        if let Some(outlook) = (self.outlook)() {
            return Err(Refusal::NotYet(outlook));
        }
        let snapshot = facts.snapshot().ok_or_else(|| {
            Refusal::NotYet("Everything is captured and is being made ready; ask again soon.".to_owned())
        })?;
        Ok((facts, snapshot))
    }

    /// There is no such dataset for this view; says which there are.
    pub fn unknown(&self, view: &View, name: &str) -> Refusal {
        let known: Vec<&str> =
            Dataset::ALL.into_iter().filter(|it| it.is_shown(view)).map(Dataset::name).collect();
        let name: String = name.chars().filter(|letter| !letter.is_control()).take(40).collect();
        Refusal::Unknown(format!("There is no dataset `{name}`; there are {}.", known.join(", ")))
    }
}
