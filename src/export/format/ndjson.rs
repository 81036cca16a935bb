//! NDJSON: one object a line, every column in it, in order. Decimals are numbers, written as exactly as they are.

use serde_json::Value;

use crate::export::cell::Cell;
use crate::export::column::ColumnInfo;

use super::instant;

/// Writes lines.
pub struct Lines {
    /// Each column's name as JSON writes it, with what precedes it.
    openings: Vec<Vec<u8>>,
}

impl Lines {
    pub(super) fn new(columns: &[ColumnInfo]) -> Self {
        let opening = |(nth, name): (usize, std::sync::Arc<str>)| {
            let before = if nth == 0 { "{" } else { "," };
            format!("{before}{}:", Value::from(&*name)).into_bytes()
        };
        Self { openings: super::names(columns).into_iter().enumerate().map(opening).collect() }
    }

    pub(super) fn write(&mut self, rows: &[Vec<Cell>]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(rows.len() * 256);
        for row in rows {
            for (opening, cell) in self.openings.iter().zip(row) {
                bytes.extend_from_slice(opening);
                write(&mut bytes, cell);
            }
            bytes.extend_from_slice(b"}\n");
        }
        bytes
    }
}

fn write(bytes: &mut Vec<u8>, cell: &Cell) {
    let quoted = |bytes: &mut Vec<u8>, text: &str| {
        serde_json::to_writer(bytes, text).expect("text is written to memory");
    };
    match cell {
        Cell::Null => bytes.extend_from_slice(b"null"),
        Cell::Text(text) => quoted(bytes, text),
        Cell::Instant(at) => quoted(bytes, &instant(*at)),
        Cell::Day(day) => quoted(bytes, &day.to_string()),
        Cell::Integer(number) => bytes.extend_from_slice(number.to_string().as_bytes()),
        Cell::Decimal(number) => bytes.extend_from_slice(number.to_string().as_bytes()),
        Cell::Boolean(boolean) => bytes.extend_from_slice(if *boolean { b"true" } else { b"false" }),
    }
}
