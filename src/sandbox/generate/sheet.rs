//! Rows by column name, written into the tables of a new world.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};

use super::layout::{LAYOUTS, Sheet};
use crate::sandbox::world::{Cell, Interner, Row, Table, World};

/// An instant in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At(pub(super) i64);

impl At {
    pub(super) const SECOND: i64 = 1000;
    pub(super) const MINUTE: i64 = 60 * Self::SECOND;
    pub(super) const HOUR: i64 = 60 * Self::MINUTE;
    pub(super) const DAY: i64 = 24 * Self::HOUR;

    pub(super) fn plus(self, milliseconds: i64) -> Self {
        Self(self.0 + milliseconds)
    }

    /// The second it lies in: all that Salesforce keeps.
    pub(super) fn second(self) -> Self {
        Self(self.0 - self.0.rem_euclid(Self::SECOND))
    }

    /// The day it lies in.
    pub(super) fn day(self) -> Day {
        Day(self.0.div_euclid(Self::DAY))
    }

    /// As a world writes it.
    pub(super) fn text(self) -> String {
        self.instant().to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    fn instant(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).expect("a world spans months, not ages")
    }
}

/// A date, in days since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Day(pub(super) i64);

/// The tables of the world to be.
#[derive(Debug)]
pub(super) struct Book {
    rows: Vec<Vec<Row>>,
    words: Interner,
}

impl Book {
    pub(super) fn new() -> Self {
        Self { rows: LAYOUTS.iter().map(|_| Vec::new()).collect(), words: Interner::default() }
    }

    /// A new row with every cell null; it counts once it is [`put`](Draft::put).
    pub(super) fn row(&mut self, sheet: Sheet) -> Draft<'_> {
        let layout = &LAYOUTS[sheet as usize];
        debug_assert_eq!(layout.sheet, sheet, "the layouts stand in the order of the sheets");
        Draft {
            columns: layout.columns,
            rows: &mut self.rows[sheet as usize],
            words: &mut self.words,
            cells: vec![None; layout.columns.len()],
            next: 0,
        }
    }

    /// The world these rows make.
    pub(super) fn into_world(self, as_of: DateTime<Utc>) -> World {
        let mut vendors: BTreeMap<String, BTreeMap<String, Table>> = BTreeMap::new();
        for (layout, mut rows) in LAYOUTS.iter().zip(self.rows) {
            rows.shrink_to_fit();
            let columns = layout.columns.iter().map(|&column| column.into()).collect();
            vendors
                .entry(layout.vendor.into())
                .or_default()
                .insert(layout.name.into(), Table { columns, rows });
        }
        World { as_of: Some(as_of), currency: "USD".into(), vendors, documents: BTreeMap::new() }
    }
}

/// A row being filled.
#[must_use]
#[derive(Debug)]
pub(super) struct Draft<'book> {
    columns: &'static [&'static str],
    rows: &'book mut Vec<Row>,
    words: &'book mut Interner,
    cells: Vec<Cell>,
    next: usize,
}

impl Draft<'_> {
    /// Fills a cell. Columns filled in their own order are found at once.
    pub(super) fn set(mut self, column: &str, value: impl Value) -> Self {
        let after = self.columns[self.next..].iter().position(|name| *name == column);
        let place = after
            .map(|place| place + self.next)
            .or_else(|| self.columns.iter().position(|name| *name == column))
            .unwrap_or_else(|| panic!("the layout has no column {column}"));
        self.next = place;
        let above = self.rows.last().and_then(|row| row[place].as_ref());
        self.cells[place] = value.cell(&mut Words { above, words: self.words });
        self
    }

    /// Ends the row.
    pub(super) fn put(self) {
        self.rows.push(self.cells.into());
    }
}

/// The words in use, with the one in the cell above first: most columns say the same again and again.
#[derive(Debug)]
pub(super) struct Words<'book> {
    above: Option<&'book Arc<str>>,
    words: &'book mut Interner,
}

impl Words<'_> {
    fn text(&mut self, text: &str) -> Arc<str> {
        match self.above {
            Some(above) if **above == *text => Arc::clone(above),
            _ => self.words.text(text),
        }
    }
}

/// What can stand in a cell.
pub(super) trait Value {
    fn cell(self, words: &mut Words<'_>) -> Cell;
}

/// Words recur and are kept once.
impl Value for &str {
    fn cell(self, words: &mut Words<'_>) -> Cell {
        (!self.is_empty()).then(|| words.text(self))
    }
}

/// Made-up text hardly recurs.
impl Value for String {
    fn cell(self, _: &mut Words<'_>) -> Cell {
        (!self.is_empty()).then(|| self.into())
    }
}

impl Value for &Arc<str> {
    fn cell(self, _: &mut Words<'_>) -> Cell {
        (!self.is_empty()).then(|| Arc::clone(self))
    }
}

impl Value for Arc<str> {
    fn cell(self, _: &mut Words<'_>) -> Cell {
        (!self.is_empty()).then_some(self)
    }
}

impl Value for bool {
    fn cell(self, words: &mut Words<'_>) -> Cell {
        Some(words.text(if self { "true" } else { "false" }))
    }
}

impl Value for i64 {
    fn cell(self, words: &mut Words<'_>) -> Cell {
        Some(words.text(&self.to_string()))
    }
}

impl Value for At {
    fn cell(self, _: &mut Words<'_>) -> Cell {
        Some(self.text().into())
    }
}

impl Value for Day {
    fn cell(self, words: &mut Words<'_>) -> Cell {
        let date = NaiveDate::from_epoch_days(self.0 as i32).expect("a world spans months, not ages");
        Some(words.text(&date.to_string()))
    }
}

impl<T: Value> Value for Option<T> {
    fn cell(self, words: &mut Words<'_>) -> Cell {
        self.and_then(|value| value.cell(words))
    }
}
