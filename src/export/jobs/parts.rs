//! The files of one export: one a month where rows have instants, cut where they grow too long. Rows come in the order of
//! their keys and of any month, so a handful of files is open at once, and the one that was not needed for longest is
//! ended when another begins.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;

use crate::export::cell::Cell;
use crate::export::column::ColumnInfo;
use crate::export::dataset::Dataset;
use crate::export::format::Format;
use crate::export::reader::Batch;

use super::part::Open;
use super::record::Part;

/// How large parts get, and what is held in memory meanwhile.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Files that are open at once.
    pub(super) open: usize,
    /// Rows after which a part is cut.
    pub(super) rows: u64,
    /// Rows that wait in memory, in all parts together.
    pub(super) waiting: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { open: 48, rows: 1_000_000, waiting: 20_000 }
    }
}

/// What the rows of a part have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Span {
    /// Their dataset is not divided.
    All,
    /// A year and a month.
    Month(i32, u32),
    /// They have no instant.
    Undated,
}

impl Span {
    /// What follows the dataset's name.
    fn label(self) -> Option<Arc<str>> {
        match self {
            Self::All => None,
            Self::Month(year, month) => Some(format!("{year:04}-{month:02}").into()),
            Self::Undated => Some("undated".into()),
        }
    }
}

/// Parts that are being written.
pub(super) struct Parts {
    folder: PathBuf,
    dataset: Dataset,
    format: Format,
    columns: Vec<ColumnInfo>,
    zone: Tz,
    bounds: Bounds,
    /// Each with when it was last needed.
    open: BTreeMap<Span, (u64, Open)>,
    /// How many parts of a span were begun.
    begun: BTreeMap<Span, u32>,
    whole: Vec<Part>,
    turn: u64,
}

impl Parts {
    pub(super) fn new(
        folder: PathBuf,
        dataset: Dataset,
        format: Format,
        columns: &[ColumnInfo],
        zone: Tz,
        bounds: Bounds,
    ) -> Self {
        Self {
            folder,
            dataset,
            format,
            columns: columns.to_vec(),
            zone,
            bounds,
            open: BTreeMap::new(),
            begun: BTreeMap::new(),
            whole: Vec::new(),
            turn: 0,
        }
    }

    /// Takes a batch.
    ///
    /// # Errors
    /// When a part could not be written; that part is gone, and others can be [salvaged](Self::salvage).
    pub(super) fn write(&mut self, batch: Batch) -> io::Result<()> {
        let mut rows: BTreeMap<Span, Vec<Vec<Cell>>> = BTreeMap::new();
        for (row, at) in batch.rows.into_iter().zip(batch.instants) {
            rows.entry(self.span(at)).or_default().push(row);
        }
        for (span, rows) in rows {
            self.write_to(span, &rows)?;
        }
        while self.waiting() > self.bounds.waiting {
            let most = self.open.iter().max_by_key(|(_, (_, part))| part.waiting());
            let Some(span) = most.map(|(span, _)| *span) else { break };
            self.with(span, Open::settle)?;
        }
        Ok(())
    }

    fn write_to(&mut self, span: Span, rows: &[Vec<Cell>]) -> io::Result<()> {
        if !self.open.contains_key(&span) {
            self.make_room()?;
            let part = self.begin(span)?;
            self.open.insert(span, (0, part));
        }
        self.turn += 1;
        let turn = self.turn;
        if let Some((needed, _)) = self.open.get_mut(&span) {
            *needed = turn;
        }
        self.with(span, |part| part.write(rows))?;
        if self.open.get(&span).is_some_and(|(_, part)| part.rows() >= self.bounds.rows) {
            self.end(span)?;
        }
        Ok(())
    }

    /// Does something to an open part, which is gone when it fails.
    fn with(&mut self, span: Span, act: impl FnOnce(&mut Open) -> io::Result<()>) -> io::Result<()> {
        let done = self.open.get_mut(&span).map_or(Ok(()), |(_, part)| act(part));
        if done.is_err() {
            self.open.remove(&span);
        }
        done
    }

    /// Ends the part that was not needed for longest where no more may be open.
    fn make_room(&mut self) -> io::Result<()> {
        if self.open.len() < self.bounds.open {
            return Ok(());
        }
        let oldest = self.open.iter().min_by_key(|(_, (needed, _))| *needed).map(|(span, _)| *span);
        oldest.map_or(Ok(()), |span| self.end(span))
    }

    fn begin(&mut self, span: Span) -> io::Result<Open> {
        let nth = self.begun.entry(span).or_default();
        *nth += 1;
        let month = span.label();
        let mut stem = self.dataset.name().to_owned();
        if let Some(month) = &month {
            stem = format!("{stem}-{month}");
        }
        if *nth > 1 {
            stem = format!("{stem}-{nth}");
        }
        let month = month.filter(|_| span != Span::Undated);
        Open::begin(&self.folder, &stem, month, self.format, &self.columns)
    }

    fn end(&mut self, span: Span) -> io::Result<()> {
        if let Some((_, part)) = self.open.remove(&span) {
            self.whole.push(part.finish()?);
        }
        Ok(())
    }

    /// Rows that wait in memory, in all parts together.
    pub(super) fn waiting(&self) -> usize {
        self.open.values().map(|(_, part)| part.waiting()).sum()
    }

    /// Bytes on the disk so far.
    pub(super) fn bytes(&self) -> u64 {
        let open = self.open.values().map(|(_, part)| part.bytes());
        open.chain(self.whole.iter().map(|part| part.bytes)).sum()
    }

    fn span(&self, at: Option<DateTime<Utc>>) -> Span {
        if !self.dataset.is_divided() {
            return Span::All;
        }
        at.map_or(Span::Undated, |at| {
            let day = at.with_timezone(&self.zone).date_naive();
            Span::Month(day.year(), day.month())
        })
    }

    /// Ends every part. Without any row there is one part with the columns alone.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        if self.open.is_empty() && self.whole.is_empty() {
            let part = self.begin(Span::All)?;
            self.open.insert(Span::All, (0, part));
        }
        while let Some(span) = self.open.keys().next().copied() {
            self.end(span)?;
        }
        Ok(())
    }

    /// Ends the parts that can be ended; the others are gone, and leave room for what comes after them.
    pub(super) fn salvage(&mut self) {
        while let Some(span) = self.open.keys().next().copied() {
            let _is_gone = self.end(span);
        }
    }

    /// The parts that are whole, by name.
    pub(super) fn whole(mut self) -> Vec<Part> {
        self.whole.sort_by(|a, b| a.name.cmp(&b.name));
        self.whole
    }
}
