//! Names in the database: of schemas, roles and tables, and how any text becomes a name or a literal.

use super::Reporting;
use crate::domain::id::{NodeKind, RecordKey};

/// Whose rows hang together, by the words that begin the names of places.
const SPOTS: [(NodeKind, &str); 3] =
    [(NodeKind::Person, "person"), (NodeKind::Account, "account"), (NodeKind::Opportunity, "opportunity")];

/// The place on which rows of a person, an account or an opportunity hang: `person:sales:Lead:00Q…`.
pub fn spot_of(kind: NodeKind, key: &RecordKey) -> String {
    let (_, word) = SPOTS.iter().find(|(own, _)| *own == kind).expect("rows hang on these three alone");
    format!("{word}:{key}")
}

/// What hangs on such a place; none for a text that is no place.
pub fn at_spot(spot: &str) -> Option<(NodeKind, RecordKey)> {
    let (word, key) = spot.split_once(':')?;
    let (kind, _) = SPOTS.iter().find(|(_, own)| *own == word)?;
    Some((*kind, RecordKey::parse(key)?))
}

/// A text as an identifier.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\0', "").replace('"', "\"\""))
}

/// A text as a literal, whatever `standard_conforming_strings` says.
pub(super) fn literal(text: &str) -> String {
    let text = text.replace('\0', "").replace('\'', "''");
    if text.contains('\\') { format!("E'{}'", text.replace('\\', "\\\\")) } else { format!("'{text}'") }
}

/// The schema of the tables.
pub(super) fn base_of(prefix: &str) -> String {
    format!("{prefix}_reporting")
}

/// The table of a view and a dataset.
pub(super) fn table_of(view: &str, dataset: &str) -> String {
    format!("{view}_{dataset}")
}

impl Reporting {
    /// The schema of the tables, quoted.
    pub(super) fn base(&self) -> String {
        quoted(&base_of(&self.prefix))
    }

    /// The schema and the role of a view.
    pub(super) fn door(&self, view: &str) -> String {
        format!("{}_{view}", self.prefix)
    }

    /// A table of the base schema, quoted and in its schema.
    pub(super) fn table(&self, name: &str) -> String {
        format!("{}.{}", self.base(), quoted(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_back() {
        let key = RecordKey::parse("sales:Lead:00Q:1").expect("a key");
        for (kind, word) in SPOTS {
            let spot = spot_of(kind, &key);
            assert_eq!(spot, format!("{word}:sales:Lead:00Q:1"));
            assert_eq!(at_spot(&spot), Some((kind, key.clone())));
        }
        assert_eq!(at_spot("user:sales:User:1"), None);
        assert_eq!(at_spot("person:sales"), None);
    }

    #[test]
    fn no_text_ends_the_name_or_the_literal_it_is_written_in() {
        assert_eq!(quoted("a\"; DROP"), "\"a\"\"; DROP\"");
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\' or"), "E'a\\\\'' or'");
        assert_eq!(quoted("a\0b"), "\"ab\"");
    }
}
