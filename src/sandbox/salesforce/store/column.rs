//! One field of all rows, packed: a million rows must fit beside the rest of a laptop's work.

use std::borrow::Cow;

use super::super::id::RecordId;
use super::super::schema::Kind;
use super::value::Value;

/// A packed column. Rows beyond its end are null, so a field nobody fills costs nothing.
#[derive(Debug)]
pub(super) enum Column {
    Bool(Vec<bool>),
    /// Not-a-number is null.
    Number(Vec<f64>),
    /// The smallest day is null.
    Date(Vec<i32>),
    /// The smallest instant is null.
    Instant(Vec<i64>),
    Id(Vec<Option<RecordId>>),
    /// Where in the table's heap the text lies; length `u32::MAX` is null.
    Text(Vec<Span>),
}

/// A piece of a table's text heap.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    at: u32,
    len: u32,
}

const NO_TEXT: Span = Span { at: 0, len: u32::MAX };

impl Column {
    pub(super) fn of(kind: Kind) -> Self {
        match kind {
            Kind::Boolean => Self::Bool(Vec::new()),
            Kind::Int | Kind::Double | Kind::Currency | Kind::Percent => Self::Number(Vec::new()),
            Kind::Date => Self::Date(Vec::new()),
            Kind::DateTime => Self::Instant(Vec::new()),
            Kind::Id | Kind::Reference => Self::Id(Vec::new()),
            _ => Self::Text(Vec::new()),
        }
    }

    pub(super) fn get<'a>(&self, row: usize, heap: &'a str) -> Value<'a> {
        match self {
            Self::Bool(cells) => Value::Bool(cells.get(row).copied().unwrap_or(false)),
            Self::Number(cells) => match cells.get(row) {
                Some(number) if !number.is_nan() => Value::Number(*number),
                _ => Value::Null,
            },
            Self::Date(cells) => match cells.get(row) {
                Some(&day) if day != i32::MIN => Value::Date(day),
                _ => Value::Null,
            },
            Self::Instant(cells) => match cells.get(row) {
                Some(&at) if at != i64::MIN => Value::Instant(at),
                _ => Value::Null,
            },
            Self::Id(cells) => cells.get(row).copied().flatten().map_or(Value::Null, Value::Id),
            Self::Text(cells) => match cells.get(row) {
                Some(span) if span.len != u32::MAX => {
                    Value::Text(Cow::Borrowed(&heap[span.at as usize..(span.at + span.len) as usize]))
                }
                _ => Value::Null,
            },
        }
    }

    /// Puts a value in its row. What does not fit the column's kind is null: callers check kinds before.
    pub(super) fn set(&mut self, row: usize, value: &Value<'_>, heap: &mut String) {
        match self {
            Self::Bool(cells) => put(cells, row, matches!(value, Value::Bool(true)), false),
            Self::Number(cells) => {
                let number = if let Value::Number(number) = value { *number } else { f64::NAN };
                put(cells, row, number, f64::NAN);
            }
            Self::Date(cells) => {
                put(cells, row, if let Value::Date(day) = value { *day } else { i32::MIN }, i32::MIN);
            }
            Self::Instant(cells) => {
                put(cells, row, if let Value::Instant(at) = value { *at } else { i64::MIN }, i64::MIN);
            }
            Self::Id(cells) => {
                put(cells, row, if let Value::Id(id) = value { Some(*id) } else { None }, None);
            }
            Self::Text(cells) => {
                let span = if let Value::Text(text) = value { store(heap, text) } else { NO_TEXT };
                put(cells, row, span, NO_TEXT);
            }
        }
    }

    /// Points a text cell at text the heap already holds.
    pub(super) fn set_span(&mut self, row: usize, span: Span) {
        if let Self::Text(cells) = self {
            put(cells, row, span, NO_TEXT);
        }
    }

    /// Forgets the rows from `len` on.
    pub(super) fn truncate(&mut self, len: usize) {
        match self {
            Self::Bool(cells) => cells.truncate(len),
            Self::Number(cells) => cells.truncate(len),
            Self::Date(cells) => cells.truncate(len),
            Self::Instant(cells) => cells.truncate(len),
            Self::Id(cells) => cells.truncate(len),
            Self::Text(cells) => cells.truncate(len),
        }
    }
}

/// Appends text to a heap.
pub(super) fn store(heap: &mut String, text: &str) -> Span {
    let at = u32::try_from(heap.len()).expect("a table's text stays below four gigabytes");
    heap.push_str(text);
    Span { at, len: text.len() as u32 }
}

fn put<T: Clone>(cells: &mut Vec<T>, row: usize, value: T, null: T) {
    if cells.len() <= row {
        cells.resize(row + 1, null);
    }
    cells[row] = value;
}
