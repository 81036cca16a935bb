//! Places in a dataset as opaque text: the question's hash, the row's table, its part, the key it hangs on. Read as what
//! it is: input of a stranger.

use std::fmt::Debug;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::domain::id::{RecordKey, SourceName};
use crate::facts::Table;

use super::refusal::Refusal;

const VERSION: &str = "1";
/// No cursor is longer.
const LONGEST: usize = 2_000;
/// Between the parts of a place.
const BETWEEN: char = '\u{1f}';

/// How cursors name a table of the facts.
pub(super) fn letter(table: Table) -> &'static str {
    match table {
        Table::People => "p",
        Table::Accounts => "a",
        Table::Opportunities => "o",
    }
}

/// The table of that name.
pub(super) fn table_of(named: &str) -> Option<Table> {
    Table::ALL.into_iter().find(|table| letter(*table) == named)
}

/// Behind which row a reader goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Position {
    /// The table of the facts the row hangs on; a dataset goes through them in their order.
    pub(super) table: Table,
    /// The anchor it hangs on.
    pub(super) key: RecordKey,
    /// Which of the rows that hang there; empty where there is but one.
    pub(super) part: String,
}

/// A question as its cursors remember it: what decides which rows come.
#[derive(Clone, Debug)]
pub(super) struct Question(String);

impl Question {
    pub(super) fn new(arguments: &impl Debug) -> Self {
        let digest = Sha256::digest(format!("{arguments:?}"));
        Self(URL_SAFE_NO_PAD.encode(&digest[..9]))
    }

    pub(super) fn hash(&self) -> &str {
        &self.0
    }

    pub(super) fn write(&self, position: &Position) -> String {
        let (letter, part, key) = (letter(position.table), &position.part, &position.key);
        URL_SAFE_NO_PAD.encode(format!(
            "{VERSION}.{}.{letter}{BETWEEN}{part}{BETWEEN}{}{BETWEEN}{}{BETWEEN}{}",
            self.0, key.source, key.object, key.id
        ))
    }

    /// # Errors
    /// For a text that is no cursor, or one of another question.
    pub(super) fn read(&self, cursor: &str) -> Result<Position, Refusal> {
        let bad = || Refusal::BadInput("cursor is no cursor of this gateway.".into());
        let bytes = (cursor.len() <= LONGEST).then(|| URL_SAFE_NO_PAD.decode(cursor).ok()).flatten();
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(bad)?;
        let mut parts = text.splitn(3, '.');
        let (version, question, place) = (parts.next(), parts.next(), parts.next());
        if version != Some(VERSION) {
            return Err(bad());
        }
        if question != Some(&self.0) {
            return Err(Refusal::BadInput(
                "cursor belongs to another dataset, other from, to or updated_since, or to another view."
                    .into(),
            ));
        }
        let mut parts = place.unwrap_or_default().splitn(5, BETWEEN);
        let mut next = || parts.next();
        match (next().and_then(table_of), next(), next(), next(), next()) {
            (Some(table), Some(part), Some(source), Some(object), Some(id)) => Ok(Position {
                table,
                key: RecordKey::new(&SourceName::new(source), object, id),
                part: part.to_owned(),
            }),
            _ => Err(bad()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_is_read_back_by_its_own_question_alone(part in "[a-z0-9/:]{0,20}", id in "\\PC{0,30}") {
            prop_assume!(!part.contains(BETWEEN));
            let position = Position {
                table: Table::Opportunities,
                key: RecordKey::new(&SourceName::new("sales"), "Opportunity", id),
                part,
            };
            let question = Question::new(&"one");
            let cursor = question.write(&position);
            prop_assert_eq!(question.read(&cursor).ok(), Some(position));
            prop_assert!(matches!(Question::new(&"another").read(&cursor), Err(Refusal::BadInput(_))));
        }

        #[test]
        fn no_text_makes_reading_fail_otherwise_than_by_saying_so(text in "\\PC{0,80}", tail in "\\PC{0,40}") {
            let question = Question::new(&());
            prop_assert!(question.read(&text).is_err());
            let _ = question.read(&URL_SAFE_NO_PAD.encode(format!("1.{}.{tail}", question.0)));
        }
    }
}
