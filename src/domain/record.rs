//! What every vendor record has, whatever it describes.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::id::{RecordKey, SourceName};

/// Which team's system a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// A sales CRM.
    Sales,
    /// A marketing platform.
    Marketing,
    /// The gateway itself.
    System,
}

/// The product behind a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Vendor {
    /// Salesforce Sales Cloud.
    Salesforce,
    /// HubSpot.
    HubSpot,
    /// Leadline's own records.
    Gateway,
}

/// What is known of a record beside its business fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordMeta {
    /// Where the record lives.
    pub key: RecordKey,
    /// Creation as the vendor reports it.
    pub created_at: DateTime<Utc>,
    /// The vendor's modification stamp.
    pub updated_at: DateTime<Utc>,
    /// When this gateway read it. Not part of what the record says: the ledger keeps it beside the record.
    #[serde(skip)]
    pub fetched_at: DateTime<Utc>,
    /// When the vendor deleted it, where it is a tombstone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<DateTime<Utc>>,
    /// The record this one was merged into (Salesforce `MasterRecordId`), in canonical form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<RecordKey>,
    /// Ids that the vendor merged into this record. They are aliases of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merged_ids: Vec<Arc<str>>,
    /// The record's page in the vendor's own interface.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<Arc<str>>,
}

/// When and by whom a field of a record was last set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edit {
    /// The instant of the last change; the record's modification stamp where the field is not tracked.
    pub at: DateTime<Utc>,
    /// The user who changed it, where the vendor says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<RecordKey>,
    /// True when it was written by an integration user or a sync, so that it is a copy and not an opinion.
    pub by_integration: bool,
}

/// A source as the domain knows it: its place in every ordering rule.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceInfo {
    /// The configured name.
    pub name: SourceName,
    /// What people call it.
    pub label: Arc<str>,
    /// The product behind it.
    pub vendor: Vendor,
    /// Whose system it is.
    pub side: Side,
    /// Place in the tie order: sales side first, then the order of the settings.
    pub rank: usize,
}

/// A record, and since when this gateway may speak for it.
pub trait Record: Send + Sync + 'static {
    /// What is known beside the business fields.
    fn meta(&self) -> &RecordMeta;
    /// About how many bytes it occupies in a cache.
    fn weight(&self) -> usize;
}
