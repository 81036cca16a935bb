//! A user or queue as one vendor record tells it.

use std::sync::Arc;

use super::record::{Record, RecordMeta};

/// One vendor record about someone who owns or changes records.
#[derive(Clone, Debug, PartialEq)]
pub struct UserRecord {
    /// Key, stamps.
    pub meta: RecordMeta,
    /// Full name, or the queue's name.
    pub name: Option<Arc<str>>,
    /// Address as the vendor holds it.
    pub email: Option<Arc<str>>,
    /// Can still log in.
    pub is_active: bool,
    /// A queue, not a person.
    pub is_queue: bool,
    /// Other ids the vendor uses for the same user (HubSpot user id beside the owner id).
    pub other_ids: Vec<Arc<str>>,
    /// Names of the vendor's own teams they belong to.
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
