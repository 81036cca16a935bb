//! Which rows may hold a value: built when a property is first asked for by equality.
//!
//! An index only proposes rows; whoever uses it checks them. So a value that has since changed may stay in it,
//! and two values may share a hash.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The rows by the hash of one property's values.
#[derive(Debug, Default)]
pub(crate) struct Index {
    sorted: Vec<(u64, u32)>,
    added: HashMap<u64, Vec<u32>>,
}

impl Index {
    /// Builds an index from (key, row) pairs.
    pub(crate) fn build(pairs: impl Iterator<Item = (u64, u32)>) -> Self {
        let mut sorted: Vec<_> = pairs.collect();
        sorted.sort_unstable();
        sorted.shrink_to_fit();
        Self { sorted, added: HashMap::new() }
    }

    /// Notes a row's new value.
    pub(crate) fn add(&mut self, key: u64, row: u32) {
        self.added.entry(key).or_default().push(row);
    }

    /// The rows that may hold a value.
    pub(crate) fn rows(&self, key: u64) -> impl Iterator<Item = u32> {
        let start = self.sorted.partition_point(|(other, _)| *other < key);
        self.sorted[start..]
            .iter()
            .take_while(move |(other, _)| *other == key)
            .map(|(_, row)| *row)
            .chain(self.added.get(&key).into_iter().flatten().copied())
    }
}

/// The key of a text: case never matters to a proposal.
pub(crate) fn key(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    for character in text.chars() {
        character.to_lowercase().for_each(|lower| lower.hash(&mut hasher));
    }
    hasher.finish()
}
