//! One cell's value, typed, and how cells are read, compared and printed.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde_json::{Value as Json, json};

use super::super::id::RecordId;
use super::super::schema::Kind;

/// A value of a field. Dates are days and instants milliseconds, so that a million of them stay small.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Value<'a> {
    Null,
    Bool(bool),
    Number(f64),
    /// Days since the first of January of the year 1.
    Date(i32),
    /// Milliseconds since 1970.
    Instant(i64),
    Id(RecordId),
    Text(Cow<'a, str>),
}

impl Value<'_> {
    pub(in super::super) fn text(text: impl Into<String>) -> Value<'static> {
        Value::Text(Cow::Owned(text.into()))
    }

    pub(in super::super) fn instant(at: DateTime<Utc>) -> Value<'static> {
        Value::Instant(at.timestamp_millis())
    }

    pub(in super::super) fn date(day: NaiveDate) -> Value<'static> {
        Value::Date(day.num_days_from_ce())
    }

    pub(in super::super) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub(in super::super) fn into_owned(self) -> Value<'static> {
        match self {
            Self::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Number(value) => Value::Number(value),
            Self::Date(value) => Value::Date(value),
            Self::Instant(value) => Value::Instant(value),
            Self::Id(value) => Value::Id(value),
        }
    }

    /// Reads a world's cell.
    pub(in super::super) fn read(cell: &str, kind: Kind) -> Option<Value<'_>> {
        if cell.is_empty() {
            return Some(Value::Null);
        }
        Some(match kind {
            Kind::Id | Kind::Reference => Value::Id(RecordId::lenient(cell)?),
            Kind::Boolean => Value::Bool(match cell {
                "true" | "TRUE" | "True" | "1" => true,
                "false" | "FALSE" | "False" | "0" => false,
                _ => return None,
            }),
            Kind::Int | Kind::Double | Kind::Currency | Kind::Percent => Value::Number(cell.parse().ok()?),
            Kind::Date => Value::date(cell.get(..10)?.parse().ok()?),
            Kind::DateTime => Value::Instant(read_instant(cell)?),
            _ => Value::Text(Cow::Borrowed(cell)),
        })
    }

    /// As the REST interface prints it.
    pub(in super::super) fn json(&self, kind: Kind) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(value) => json!(value),
            Self::Number(value) if kind == Kind::Int => json!(*value as i64),
            Self::Number(value) => json!(value),
            Self::Date(_) | Self::Instant(_) | Self::Id(_) => Json::String(self.to_string()),
            Self::Text(text) => Json::String(text.clone().into_owned()),
        }
    }

    /// The same value as far as equality goes: letters' case does not count.
    pub(in super::super) fn same(&self, other: &Value<'_>) -> bool {
        self.order(other) == Some(Ordering::Equal)
    }

    /// The order of two values of one kind; none where they cannot be compared.
    pub(in super::super) fn order(&self, other: &Value<'_>) -> Option<Ordering> {
        Some(match (self, other) {
            (Self::Null, Value::Null) => Ordering::Equal,
            (Self::Bool(left), Value::Bool(right)) => left.cmp(right),
            (Self::Number(left), Value::Number(right)) => left.total_cmp(right),
            (Self::Date(left), Value::Date(right)) => left.cmp(right),
            (Self::Instant(left), Value::Instant(right)) => left.cmp(right),
            (Self::Id(left), Value::Id(right)) => left.cmp(right),
            (Self::Text(left), Value::Text(right)) => order_text(left, right),
            _ => return None,
        })
    }

    /// A hash under which values that are the [`same`](Self::same) agree.
    pub(in super::super) fn fingerprint(&self) -> u32 {
        let mut hasher = DefaultHasher::new();
        match self {
            Self::Null => 0_u8.hash(&mut hasher),
            Self::Bool(value) => value.hash(&mut hasher),
            Self::Number(value) => value.to_bits().hash(&mut hasher),
            Self::Date(value) => value.hash(&mut hasher),
            Self::Instant(value) => value.hash(&mut hasher),
            Self::Id(value) => value.hash(&mut hasher),
            Self::Text(text) if text.is_ascii() => text.to_ascii_lowercase().hash(&mut hasher),
            Self::Text(text) => text.to_lowercase().hash(&mut hasher),
        }
        hasher.finish() as u32
    }
}

/// As text: ids in eighteen characters, instants with the vendor's `+0000`.
impl std::fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null => Ok(()),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(value) => write!(f, "{value}"),
            Self::Date(days) => {
                let day = NaiveDate::from_num_days_from_ce_opt(*days).unwrap_or_default();
                write!(f, "{}", day.format("%Y-%m-%d"))
            }
            Self::Instant(millis) => {
                let at = DateTime::from_timestamp_millis(*millis).unwrap_or_default();
                write!(f, "{}", at.format("%Y-%m-%dT%H:%M:%S%.3f+0000"))
            }
            Self::Id(id) => write!(f, "{id}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// Reads the instants that appear in worlds, writes and queries: `Z`, `+01:00` and `+0100` offsets.
pub(in super::super) fn read_instant(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
        .ok()
        .map(|at| at.timestamp_millis())
}

fn order_text(left: &str, right: &str) -> Ordering {
    if left.is_ascii() && right.is_ascii() {
        if left.len() == right.len() && left.eq_ignore_ascii_case(right) {
            return Ordering::Equal;
        }
        let (mut left, mut right) = (left.bytes(), right.bytes());
        loop {
            match (left.next(), right.next()) {
                (Some(a), Some(b)) => match a.to_ascii_lowercase().cmp(&b.to_ascii_lowercase()) {
                    Ordering::Equal => {}
                    unequal => return unequal,
                },
                (a, b) => return a.is_some().cmp(&b.is_some()),
            }
        }
    }
    left.to_lowercase().cmp(&right.to_lowercase())
}
