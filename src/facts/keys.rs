//! Which row a key means. Kept in shards, so that a snapshot shares what did not change.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::domain::id::RecordKey;

const SHARDS: usize = 512;

/// A row by the table it is in and its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// A person.
    Person(u32),
    /// An account.
    Account(u32),
    /// An opportunity.
    Opportunity(u32),
}

/// From every key to its row.
#[derive(Clone, Debug)]
pub(super) struct Keys(Vec<Arc<HashMap<RecordKey, Row>>>);

impl Default for Keys {
    fn default() -> Self {
        Self((0..SHARDS).map(|_| Arc::default()).collect())
    }
}

impl Keys {
    pub(super) fn get(&self, key: &RecordKey) -> Option<Row> {
        self.0[shard(key)].get(key).copied()
    }

    pub(super) fn insert(&mut self, key: &RecordKey, row: Row) {
        Arc::make_mut(&mut self.0[shard(key)]).insert(key.clone(), row);
    }

    /// Removes a key, if it means this row.
    pub(super) fn remove(&mut self, key: &RecordKey, row: Row) {
        let shard = &mut self.0[shard(key)];
        if shard.get(key) == Some(&row) {
            Arc::make_mut(shard).remove(key);
        }
    }
}

fn shard(key: &RecordKey) -> usize {
    let mut hasher = DefaultHasher::new();
    key.id.hash(&mut hasher);
    hasher.finish() as usize % SHARDS
}
