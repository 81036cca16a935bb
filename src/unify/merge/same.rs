//! Which keys of different sources mean the same person, account or user.

use std::collections::BTreeMap;

use crate::domain::id::RecordKey;
use crate::domain::record::Record;
use crate::unify::identity::cluster::Cluster;

/// From every key to the one that stands for all of its cluster. A key it does not know stands for itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Same {
    stands_for: BTreeMap<RecordKey, RecordKey>,
}

impl Same {
    /// Says that a key means the same as another.
    pub fn add(&mut self, key: RecordKey, stands_for: RecordKey) {
        self.stands_for.insert(key, stands_for);
    }

    /// Says that every key of a cluster means its anchor.
    pub fn add_cluster<R: Record>(&mut self, cluster: &Cluster<R>) {
        for key in cluster.keys() {
            self.stands_for.insert(key.clone(), cluster.anchor.clone());
        }
    }

    /// The key that stands for this one.
    pub fn of<'k>(&'k self, key: &'k RecordKey) -> &'k RecordKey {
        self.stands_for.get(key).unwrap_or(key)
    }

    /// True when it is known what the key stands for.
    pub fn knows(&self, key: &RecordKey) -> bool {
        self.stands_for.contains_key(key)
    }
}
