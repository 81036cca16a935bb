//! One value of a row, before any format writes it.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::domain::custom::CustomValue;

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing is known, or nothing may be seen.
    Null,
    /// Text.
    Text(Arc<str>),
    /// An instant in UTC.
    Instant(DateTime<Utc>),
    /// A day without a zone.
    Day(NaiveDate),
    /// A whole number.
    Integer(i64),
    /// An exact decimal.
    Decimal(Decimal),
    /// Yes or no.
    Boolean(bool),
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text in UTF-8.
    Text,
    /// An instant in UTC, to the millisecond.
    Instant,
    /// A day without a zone.
    Day,
    /// A whole number of 64 bits.
    Integer,
    /// An exact decimal.
    Decimal,
    /// Yes or no.
    Boolean,
}

impl Kind {
    /// The name in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Instant => "timestamp",
            Self::Day => "date",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Boolean => "boolean",
        }
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<Arc<str>> for Cell {
    fn from(value: Arc<str>) -> Self {
        Self::Text(value)
    }
}

impl From<&Arc<str>> for Cell {
    fn from(value: &Arc<str>) -> Self {
        Self::Text(value.clone())
    }
}

impl From<&str> for Cell {
    fn from(value: &str) -> Self {
        Self::Text(Arc::from(value))
    }
}

impl From<DateTime<Utc>> for Cell {
    fn from(value: DateTime<Utc>) -> Self {
        Self::Instant(value)
    }
}

impl From<NaiveDate> for Cell {
    fn from(value: NaiveDate) -> Self {
        Self::Day(value)
    }
}

impl From<i64> for Cell {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<Decimal> for Cell {
    fn from(value: Decimal) -> Self {
        Self::Decimal(value)
    }
}

impl From<bool> for Cell {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<&CustomValue> for Cell {
    /// Several values become one text, each behind a semicolon and a space.
    fn from(value: &CustomValue) -> Self {
        match value {
            CustomValue::Text(text) => text.into(),
            CustomValue::Number(number) => (*number).into(),
            CustomValue::Boolean(boolean) => (*boolean).into(),
            CustomValue::Date(day) => (*day).into(),
            CustomValue::Instant(at) => (*at).into(),
            CustomValue::Values(values) => Self::Text(values.join("; ").into()),
        }
    }
}
