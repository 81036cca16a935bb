//! Which row a key means. Kept in shards, so that a snapshot shares what did not change, and without the keys
//! themselves: the rows have them.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use hashbrown::HashTable;

use crate::domain::id::RecordKey;

const SHARDS: usize = 512;

/// A row by the table it is in and its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
pub(super) struct Keys(Vec<Arc<HashTable<Known>>>);

/// A row that has a key of this hash.
#[derive(Clone, Copy, Debug)]
struct Known {
    hash: u32,
    row: Row,
}

impl Default for Keys {
    fn default() -> Self {
        Self((0..SHARDS).map(|_| Arc::default()).collect())
    }
}

impl Keys {
    /// The row of a key, by the keys that each row has.
    pub(super) fn get<'r>(&self, key: &RecordKey, keys_of: impl Fn(Row) -> &'r [RecordKey]) -> Option<Row> {
        let (shard, hash) = place(key);
        let of_this_hash = self.0[shard].iter_hash(spread(hash)).filter(|known| known.hash == hash);
        // Where two rows claim a key, one has the record and the other heard of a merge: records come first among keys.
        let claims = of_this_hash.filter_map(|known| {
            let nth = keys_of(known.row).iter().position(|own| own == key)?;
            Some((nth, known.row))
        });
        claims.min().map(|(_, row)| row)
    }

    /// Says that a row has this key.
    pub(super) fn insert(&mut self, key: &RecordKey, row: Row) {
        let (shard, hash) = place(key);
        let known = Known { hash, row };
        Arc::make_mut(&mut self.0[shard]).insert_unique(spread(hash), known, |known| spread(known.hash));
    }

    /// Says that a row has it no longer.
    pub(super) fn remove(&mut self, key: &RecordKey, row: Row) {
        let (shard, hash) = place(key);
        let is_it = |known: &Known| known.hash == hash && known.row == row;
        if self.0[shard].find(spread(hash), is_it).is_some()
            && let Ok(found) = Arc::make_mut(&mut self.0[shard]).find_entry(spread(hash), is_it)
        {
            found.remove();
        }
    }
}

fn place(key: &RecordKey) -> (usize, u32) {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    let hash = hasher.finish();
    (hash as usize % SHARDS, (hash >> 32) as u32)
}

/// A table looks at the highest and the lowest bits.
fn spread(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}
