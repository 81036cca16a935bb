//! A user or queue as one vendor record tells it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::record::{Record, RecordMeta};

/// One vendor record about someone who owns or changes records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserRecord {
    /// Key, stamps.
    pub meta: RecordMeta,
    /// Full name, or the queue's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Arc<str>>,
    /// Address as the vendor holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Arc<str>>,
    /// Can still log in.
    pub is_active: bool,
    /// A queue, not a person.
    pub is_queue: bool,
    /// Other ids the vendor uses for the same user (HubSpot user id beside the owner id).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_ids: Vec<Arc<str>>,
    /// Names of the vendor's own teams they belong to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<Arc<str>>,
}

impl Record for UserRecord {
    fn meta(&self) -> &RecordMeta {
        &self.meta
    }

    fn weight(&self) -> usize {
        size_of::<Self>() + 200
    }
}
