//! How things are named: sources, their records, and the opaque ids clients hold.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The name of one configured connection to a vendor, e.g. `sales` or `sales-emea`. Part of every id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceName(Arc<str>);

impl SourceName {
    /// Wraps a name that the settings have checked (`[a-z0-9][a-z0-9_-]*`).
    pub fn new(name: impl AsRef<str>) -> Self {
        Self(Arc::from(name.as_ref()))
    }

    /// The name as written in the settings.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One row of one source: `sales:Lead:00Q5e000001AbCdEAK`. The id is in the vendor's canonical form
/// (18 characters for Salesforce), so that equal keys mean equal records.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordKey {
    /// The configured source the row lives in.
    pub source: SourceName,
    /// The vendor's object name: `Lead`, `Contact`, `contact`, `Opportunity`, `deal` …
    pub object: Arc<str>,
    /// The vendor's id in canonical form.
    pub id: Arc<str>,
}

impl RecordKey {
    /// A key from its three parts.
    pub fn new(source: &SourceName, object: impl AsRef<str>, id: impl AsRef<str>) -> Self {
        Self { source: source.clone(), object: Arc::from(object.as_ref()), id: Arc::from(id.as_ref()) }
    }

    /// Reads a key as [`Display`](fmt::Display) writes it: `source:object:id`, where the id alone may have colons.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, ':');
        let (source, object, id) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self::new(&SourceName::new(source), object, id))
    }
}

impl Serialize for RecordKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RecordKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not of the form source:object:id"))
    }
}

impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.source, self.object, self.id)
    }
}

/// Which kind of object a global id names. The letter is the first part of the decoded id and never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NodeKind {
    /// A person, named by its anchor record.
    Person,
    /// An account, named by its anchor record.
    Account,
    /// An opportunity, named by its anchor record.
    Opportunity,
    /// A campaign, named by its anchor record.
    Campaign,
    /// A user, named by its anchor record.
    User,
    /// One vendor record.
    SourceRecord,
    /// A configured source; the key's object and id are empty.
    Source,
    /// One entry of the unified history: the record it hangs on, then the event's own hash.
    Event,
    /// A funnel pass: its person's anchor record, then its number.
    FunnelPass,
    /// An attribution agreement of the settings, by its key; the key's object is empty.
    Agreement,
    /// An export into files, by its name; the key's object is empty.
    Export,
}

impl NodeKind {
    const ALL: [(Self, char); 11] = [
        (Self::Person, 'p'),
        (Self::Account, 'a'),
        (Self::Opportunity, 'o'),
        (Self::Campaign, 'c'),
        (Self::User, 'u'),
        (Self::SourceRecord, 'r'),
        (Self::Source, 's'),
        (Self::Event, 'e'),
        (Self::FunnelPass, 'f'),
        (Self::Agreement, 'g'),
        (Self::Export, 'x'),
    ];

    fn letter(self) -> char {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or('?', |(_, letter)| *letter)
    }
}

/// What an opaque id decodes to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NodeId {
    /// Which kind of object.
    pub kind: NodeKind,
    /// The record it is named by.
    pub key: RecordKey,
    /// What follows the record: the hash of an event.
    pub part: Option<Arc<str>>,
}

impl NodeId {
    /// The id of an object named by a record.
    pub fn new(kind: NodeKind, key: RecordKey) -> Self {
        Self { kind, key, part: None }
    }

    /// The opaque text clients hold.
    pub fn encode(&self) -> String {
        let RecordKey { source, object, id } = &self.key;
        let mut text = format!("{}:{source}:{object}:{id}", self.kind.letter());
        if let Some(part) = &self.part {
            text = format!("{text}#{part}");
        }
        URL_SAFE_NO_PAD.encode(text)
    }

    /// Reads an id a client sent; `None` for a text that never was one.
    pub fn decode(text: &str) -> Option<Self> {
        if text.len() > 600 {
            return None;
        }
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let mut parts = text.splitn(4, ':');
        let (letter, source, object, rest) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let (kind, _) = NodeKind::ALL.into_iter().find(|(_, own)| letter.chars().eq([*own]))?;
        let (id, part) = match rest.split_once('#') {
            Some((id, part)) => (id, Some(Arc::from(part))),
            None => (rest, None),
        };
        let key = RecordKey::new(&SourceName::new(source), object, id);
        Some(Self { kind, key, part })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_decodes_to_what_it_was_made_of() {
        let key = RecordKey::new(&SourceName::new("sales"), "Lead", "00Q5e000001AbCdEAK");
        let mut id = NodeId::new(NodeKind::Person, key);
        assert_eq!(NodeId::decode(&id.encode()), Some(id.clone()));
        id.part = Some("9f86d081".into());
        assert_eq!(NodeId::decode(&id.encode()), Some(id));
    }

    #[test]
    fn a_text_that_never_was_an_id_is_none() {
        for text in ["", "x", "cDpzYWxlcw", "\u{0}", "//////", &"a".repeat(10_000)] {
            assert_eq!(NodeId::decode(text), None, "{text}");
        }
    }
}
