//! Which keys a vendor merged into which record. Link rule 1: the losers of a merge are aliases of its survivor.

use std::collections::BTreeMap;

use crate::domain::id::RecordKey;
use crate::domain::record::RecordMeta;

/// From every merged-away key to the next record on the way to its survivor.
pub(super) struct Aliases {
    next: BTreeMap<RecordKey, RecordKey>,
}

impl Aliases {
    /// Reads the merges the records tell of. Give the records in a fixed order: of two that claim the same loser, or
    /// of two that claim each other, the first is believed.
    pub(super) fn of<'a>(metas: impl Iterator<Item = &'a RecordMeta> + Clone) -> Self {
        let mut aliases = Self { next: BTreeMap::new() };
        for meta in metas.clone() {
            if let Some(survivor) = &meta.merged_into {
                aliases.add(meta.key.clone(), survivor);
            }
        }
        for meta in metas {
            for id in &meta.merged_ids {
                aliases.add(RecordKey { id: id.clone(), ..meta.key.clone() }, &meta.key);
            }
        }
        aliases
    }

    /// The record that a key means today.
    pub(super) fn survivor<'k>(&'k self, key: &'k RecordKey) -> &'k RecordKey {
        let mut at = key;
        while let Some(next) = self.next.get(at) {
            at = next;
        }
        at
    }

    /// True for a key that was merged away.
    pub(super) fn has(&self, key: &RecordKey) -> bool {
        self.next.contains_key(key)
    }

    /// Every merged-away key with its survivor, in the order of keys.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&RecordKey, &RecordKey)> {
        self.next.keys().map(|key| (key, self.survivor(key)))
    }

    /// Adding only what does not lead back to its start keeps every walk finite.
    fn add(&mut self, loser: RecordKey, survivor: &RecordKey) {
        if *self.survivor(survivor) != loser && !self.next.contains_key(&loser) {
            self.next.insert(loser, survivor.clone());
        }
    }
}
