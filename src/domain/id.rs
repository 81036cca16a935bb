//! How things are named: sources, their records, and the opaque ids clients hold.

use std::fmt;
use std::sync::Arc;

/// The name of one configured connection to a vendor, e.g. `sales` or `sales-emea`. Part of every id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
}
