//! A small read-only table of the world, kept compactly: everything that is not a CRM object.

use std::sync::Arc;

use super::cells::Cells;
use crate::sandbox::world::Table;

/// Rows with named columns.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    columns: Vec<Arc<str>>,
    rows: Vec<Cells>,
}

/// One row of a sheet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    sheet: &'a Sheet,
    cells: &'a Cells,
}

impl Sheet {
    /// Packs a table of the world; an absent one is empty.
    pub(crate) fn of(table: Option<&Table>) -> Self {
        let Some(table) = table else { return Self::default() };
        Self {
            columns: table.columns.clone(),
            rows: table.rows.iter().map(|row| Cells::pack(row.iter().map(Option::as_deref))).collect(),
        }
    }

    /// All rows, in the world's order.
    pub(crate) fn lines(&self) -> impl ExactSizeIterator<Item = Line<'_>> + DoubleEndedIterator {
        self.rows.iter().map(|cells| Line { sheet: self, cells })
    }

    /// The row at a position.
    pub(crate) fn line(&self, position: usize) -> Line<'_> {
        Line { sheet: self, cells: &self.rows[position] }
    }
}

impl<'a> Line<'a> {
    /// The value of a column; null also where there is no such column.
    pub(crate) fn get(self, column: &str) -> Option<&'a str> {
        let column = self.sheet.columns.iter().position(|name| &**name == column)?;
        self.cells.get(column)
    }

    /// The columns that have a value.
    pub(crate) fn filled(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.sheet.columns.iter().zip(self.cells.values()).filter_map(|(name, value)| Some((&**name, value?)))
    }
}
