//! Records that belong together, and why.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::id::{RecordKey, SourceName};
use crate::domain::person::PersonRecord;
use crate::domain::record::Record;
use crate::source::ask::PersonLookup;

/// The records of one person, account or opportunity.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster<R = PersonRecord> {
    /// The oldest record. The id clients hold is made from its key.
    pub anchor: RecordKey,
    /// The live records, in the order of sources, then object, then id.
    pub members: Vec<Member<R>>,
    /// Keys that were merged into a member and still mean it.
    pub aliases: Vec<RecordKey>,
    /// What somebody should look at.
    pub warnings: Vec<Warning>,
}

impl<R: Record> Cluster<R> {
    /// True for the key of a member and for any key merged into one.
    pub fn holds(&self, key: &RecordKey) -> bool {
        self.members.iter().any(|member| member.record.meta().key == *key) || self.aliases.contains(key)
    }

    /// Every key that means this cluster: members first, then aliases.
    pub fn keys(&self) -> impl Iterator<Item = &RecordKey> {
        self.members.iter().map(|member| &member.record.meta().key).chain(&self.aliases)
    }
}

/// One record of a cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Member<R = PersonRecord> {
    /// What the vendor tells.
    pub record: Arc<R>,
    /// Why it belongs here.
    pub link: Link,
}

/// Why a record belongs to its cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The rule that joined it.
    pub rule: LinkRule,
    /// What the rule matched: an address, a domain, the key of the record named.
    pub matched_on: Option<Arc<str>>,
    /// The user who decided it, where somebody did.
    pub confirmed_by: Option<RecordKey>,
    /// From when on both records were there.
    pub since: DateTime<Utc>,
}

/// The rules that join records, in the order of their strength after the manual one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LinkRule {
    /// The record others were joined to.
    Anchor,
    /// Somebody decided it.
    Manual,
    /// The vendor merged one into the other.
    VendorMerge,
    /// A lead was converted into this contact.
    LeadConversion,
    /// One names the other.
    VendorCrossReference,
    /// Equal primary addresses.
    PrimaryEmail,
    /// Equal registrable domains.
    Domain,
}

/// Something about a cluster that a human should look at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Warning {
    /// What kind of thing.
    pub code: WarningCode,
    /// In a sentence, without personal data.
    pub message: String,
    /// The records it is about.
    pub records: Vec<RecordKey>,
}

/// What a warning is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum WarningCode {
    /// One source holds the same person twice.
    DuplicateInSystem,
    /// The address says one thing, an explicit link another.
    EmailPointsElsewhere,
    /// The cluster would have grown beyond what one person can be.
    ClusterLimit,
    /// The address belongs to a role or a placeholder and links nothing.
    BlockedEmail,
    /// A record names another that is not there.
    CrossReferenceDangling,
    /// Several accounts have the domain.
    AmbiguousAccount,
    /// A deal of the marketing side names no opportunity of the sales side.
    UnlinkedDeal,
}

impl WarningCode {
    /// The name in the schema and in logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::DuplicateInSystem => "DUPLICATE_IN_SYSTEM",
            Self::EmailPointsElsewhere => "EMAIL_POINTS_ELSEWHERE",
            Self::ClusterLimit => "CLUSTER_LIMIT",
            Self::BlockedEmail => "BLOCKED_EMAIL",
            Self::CrossReferenceDangling => "CROSS_REFERENCE_DANGLING",
            Self::AmbiguousAccount => "AMBIGUOUS_ACCOUNT",
            Self::UnlinkedDeal => "UNLINKED_DEAL",
        }
    }
}

/// How far the reading went. What was not read is unknown, not missing.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// Sources that did not answer.
    pub silent: BTreeSet<SourceName>,
    /// Lookups that were still open when the rounds ended.
    pub open: Vec<(SourceName, PersonLookup)>,
}
