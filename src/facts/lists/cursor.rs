//! Places in a list as opaque text: the question's hash, the values the list is ordered by, the key of the row.

use std::fmt::{Debug, Write};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};

use crate::domain::id::{RecordKey, SourceName};

use super::ListRefusal;

/// The version a cursor of facts begins with; the live lists have another.
const VERSION: &str = "2";
/// No cursor is longer.
const LONGEST: usize = 4_000;
/// Between the parts of a place.
const BETWEEN: char = '\u{1f}';

/// Whether a text is a cursor of facts, of whichever question; live lists have cursors of their own.
pub fn is_cursor(text: &str) -> bool {
    decoded(text).is_some_and(|text| text.strip_prefix(VERSION).is_some_and(|rest| rest.starts_with('.')))
}

fn decoded(cursor: &str) -> Option<String> {
    let bytes = (cursor.len() <= LONGEST).then(|| URL_SAFE_NO_PAD.decode(cursor).ok()).flatten();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok())
}

/// A value a list is ordered by. Values of one order are of one kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value {
    /// Microseconds since 1970.
    Instant(i64),
    Day(NaiveDate),
    Number(Decimal),
    /// Without regard to case.
    Text(Arc<str>),
    /// Not there; the largest, so that it stands last.
    Absent,
}

/// A row's place in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) values: Vec<Value>,
    pub(super) key: RecordKey,
}

/// A question as its cursors remember it.
pub(super) struct Question(String);

impl Question {
    pub(super) fn new(name: &str, arguments: &impl Debug) -> Self {
        let digest = Sha256::digest(format!("{name} {arguments:?}"));
        Self(URL_SAFE_NO_PAD.encode(&digest[..6]))
    }

    pub(super) fn write(&self, position: &Position) -> String {
        let mut text = format!("{VERSION}.{}.", self.0);
        for value in &position.values {
            match value {
                Value::Instant(at) => write!(text, "i{at}{BETWEEN}"),
                Value::Day(day) => write!(text, "d{day}{BETWEEN}"),
                Value::Number(number) => write!(text, "n{number}{BETWEEN}"),
                Value::Text(value) => write!(text, "t{value}{BETWEEN}"),
                Value::Absent => write!(text, "-{BETWEEN}"),
            }
            .expect("writing to a string cannot fail");
        }
        let RecordKey { source, object, id } = &position.key;
        URL_SAFE_NO_PAD.encode(format!("{text}{source}{BETWEEN}{object}{BETWEEN}{id}"))
    }

    /// # Errors
    /// For a text that is no cursor, or one of another question.
    pub(super) fn read(&self, argument: &'static str, cursor: &str) -> Result<Position, ListRefusal> {
        let bad = || ListRefusal::BadCursor(argument);
        let text = decoded(cursor).ok_or_else(bad)?;
        let mut parts = text.splitn(3, '.');
        let (version, question, place) = (parts.next(), parts.next(), parts.next());
        if version != Some(VERSION) {
            return Err(bad());
        }
        if question != Some(&self.0) {
            return Err(ListRefusal::ForeignCursor(argument));
        }
        position(place.unwrap_or_default()).ok_or_else(bad)
    }
}

fn position(text: &str) -> Option<Position> {
    let mut parts: Vec<&str> = text.split(BETWEEN).collect();
    let (id, object, source) = (parts.pop()?, parts.pop()?, parts.pop()?);
    let values = parts.into_iter().map(value).collect::<Option<Vec<Value>>>()?;
    Some(Position { values, key: RecordKey::new(&SourceName::new(source), object, id) })
}

fn value(text: &str) -> Option<Value> {
    let mut letters = text.chars();
    let (kind, rest) = (letters.next()?, letters.as_str());
    Some(match kind {
        'i' => Value::Instant(rest.parse().ok()?),
        'd' => Value::Day(rest.parse().ok()?),
        'n' => Value::Number(rest.parse().ok()?),
        't' => Value::Text(Arc::from(rest)),
        '-' if rest.is_empty() => Value::Absent,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_cursor_is_read_back_by_its_own_question_alone() {
        let question = Question::new("people", &"filter");
        let position = Position {
            values: vec![
                Value::Instant(-5),
                Value::Day("2025-01-31".parse().expect("a day")),
                Value::Number("12.50".parse().expect("a number")),
                Value::Text(Arc::from("acme: a.b")),
                Value::Absent,
            ],
            key: RecordKey::new(&SourceName::new("sales"), "Lead", "00Q:1.2"),
        };
        let cursor = question.write(&position);
        assert_eq!(question.read("after", &cursor), Ok(position));
        let other = Question::new("people", &"other filter");
        assert_eq!(other.read("after", &cursor), Err(ListRefusal::ForeignCursor("after")));
    }

    proptest! {
        #[test]
        fn no_text_makes_reading_fail_otherwise_than_by_saying_so(text in "\\PC{0,80}", tail in "\\PC{0,40}") {
            let question = Question::new("people", &());
            let _ = question.read("after", &text);
            let forged = URL_SAFE_NO_PAD.encode(format!("2.{}.{tail}", question.0));
            let _ = question.read("after", &forged);
        }
    }
}
