//! What somebody should look at: why records may not belong together, or more may.

use std::collections::HashMap;

use async_graphql::{Enum, SimpleObject};

use crate::domain::id::RecordKey;
use crate::unify::identity::cluster::{Warning, WarningCode};

use super::record::SourceRecord;

/// Something about a person or account that somebody should look at.
#[derive(Clone, Debug, SimpleObject)]
pub struct IdentityWarning {
    /// What kind of thing.
    code: IdentityWarningCode,
    /// The same in a sentence.
    message: String,
    /// The records it is about, as far as they belong to this object.
    records: Vec<SourceRecord>,
}

impl IdentityWarning {
    /// A warning, with the records of the object it is shown on.
    pub(super) fn of(warning: &Warning, records: &HashMap<RecordKey, SourceRecord>) -> Self {
        Self {
            code: warning.code.into(),
            message: warning.message.clone(),
            records: warning.records.iter().filter_map(|key| records.get(key).cloned()).collect(),
        }
    }
}

/// What a warning is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "WarningCode")]
pub enum IdentityWarningCode {
    /// One source holds the same person twice.
    DuplicateInSystem,
    /// The address says one thing, an explicit link another.
    EmailPointsElsewhere,
    /// More records than one person can have, or more rounds of reading than one request makes.
    ClusterLimit,
    /// The address belongs to a role and links nothing.
    BlockedEmail,
    /// A record names another that is not there.
    CrossReferenceDangling,
    /// Several accounts have the domain of the person's address.
    AmbiguousAccount,
    /// A deal of the marketing side names no opportunity of the sales side.
    UnlinkedDeal,
}
