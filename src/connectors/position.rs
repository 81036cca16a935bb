//! Where the reader of a stream stands: a few words of our own as JSON, the same for every vendor.
//!
//! A pass begins at an instant and goes from row to row; when it is through, the next one tells what changed since a
//! little before that instant. A position says which stream it is of, so that one kept under a wrong name is noticed.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::source::changes::OVERLAP;

/// The form of positions written now.
const VERSION: u8 = 1;

/// A position within a stream. `K` says behind which row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Position<K> {
    v: u8,
    stream: String,
    /// When the pass under way began; none between two passes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    began: Option<DateTime<Utc>>,
    /// The pass tells what changed since; without it, everything.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) since: Option<DateTime<Utc>>,
    /// Behind which row it goes on; at the first one without it.
    #[serde(skip_serializing_if = "Option::is_none", default = "none")]
    pub(super) after: Option<K>,
    /// How many rows of the pass are ahead, where the vendor said so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) left: Option<u64>,
}

fn none<K>() -> Option<K> {
    None
}

impl<K: Serialize + for<'de> Deserialize<'de>> Position<K> {
    /// The position a text says, in a pass that is under way: it begins now where none is. None for a text that is no
    /// position of this stream.
    pub(super) fn read(stream: &str, text: Option<&str>, now: DateTime<Utc>) -> Option<Self> {
        let beginning = || Self {
            v: VERSION,
            stream: stream.to_owned(),
            began: None,
            since: None,
            after: None,
            left: None,
        };
        let position = match text {
            None => beginning(),
            Some(text) => serde_json::from_str::<Self>(text).ok()?,
        };
        let is_ours = position.v == VERSION && position.stream == stream;
        let is_sound = position.after.is_none() || position.began.is_some();
        (is_ours && is_sound).then(|| Self { began: Some(position.began.unwrap_or(now)), ..position })
    }

    /// When the pass began.
    pub(super) fn began(&self) -> Option<DateTime<Utc>> {
        self.began
    }

    /// True at the first batch of a pass.
    pub(super) fn is_first(&self) -> bool {
        self.after.is_none()
    }

    /// The same pass, behind a row, after a batch of so many rows.
    #[must_use]
    pub(super) fn behind(self, after: K, rows: u64) -> Self {
        let left = self.left.map(|left| left.saturating_sub(rows));
        Self { after: Some(after), left, ..self }
    }

    /// Between this pass, which is through, and the next one.
    #[must_use]
    pub(super) fn through(self) -> Self {
        let since = self.began.map(|began| began - OVERLAP);
        Self { began: None, since, after: None, left: None, ..self }
    }

    /// As text.
    pub(super) fn text(&self) -> Arc<str> {
        Arc::from(serde_json::to_string(self).expect("a position is plain JSON"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    fn read(text: Option<&str>) -> Option<Position<String>> {
        Position::read("leads", text, at("2025-04-01T12:00:00Z"))
    }

    #[test]
    fn a_pass_goes_on_where_it_was_and_the_next_one_begins_a_little_before_it_began() {
        let first = Position { left: Some(3), ..read(None).expect("a beginning") };
        assert!(first.is_first() && first.since.is_none());
        let text = first.behind("7".to_owned(), 2).text();
        let later = Position::<String>::read("leads", Some(&text), at("2025-04-01T18:00:00Z")).expect("ours");
        assert_eq!((later.after.as_deref(), later.left), (Some("7"), Some(1)));
        let text = later.through().text();
        let next = Position::<String>::read("leads", Some(&text), at("2025-04-02T00:00:00Z")).expect("ours");
        assert_eq!(next.since, Some(at("2025-04-01T11:50:00Z")));
        assert!(next.is_first());
        assert_eq!(next.through().since, Some(at("2025-04-01T23:50:00Z")));
    }

    #[test]
    fn what_is_damaged_or_of_another_stream_or_time_is_no_position() {
        let ours = read(None).expect("a beginning").through().text();
        assert!(read(Some(&ours)).is_some());
        for text in [
            "",
            "{}",
            &ours[..ours.len() - 1],
            &ours.replace("leads", "contacts"),
            &ours.replace("\"v\":1", "\"v\":2"),
            &ours.replace("\"v\"", "\"x\":1,\"v\""),
            "{\"v\":1,\"stream\":\"leads\",\"after\":\"7\"}",
        ] {
            assert_eq!(read(Some(text)), None, "{text}");
        }
    }
}
