//! Tokens that were verified a moment ago, so that a client's next request costs one hash.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::domain::view::View;

/// How many tokens are remembered at most: two generations of half of it.
const CAPACITY: usize = 10_000;

/// Verified tokens by their SHA-256, each until it expires or the issuer's keys change.
#[derive(Default)]
pub(super) struct Remembered(Mutex<Generations>);

#[derive(Default)]
struct Generations {
    young: HashMap<[u8; 32], Entry>,
    old: HashMap<[u8; 32], Entry>,
}

#[derive(Clone)]
struct Entry {
    keys: u64,
    until: u64,
    view: View,
}

impl Remembered {
    /// The view this token was granted under the keys that are still in force.
    pub(super) fn view(&self, digest: &[u8; 32], keys: Option<u64>, now: u64) -> Option<View> {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = generations.young.get(digest) {
            return entry.view_if(keys, now);
        }
        let entry = generations.old.remove(digest)?;
        let view = entry.view_if(keys, now)?;
        generations.insert(*digest, entry);
        Some(view)
    }

    /// Remembers what a token was granted, under which generation of keys, and until when.
    pub(super) fn remember(&self, digest: [u8; 32], keys: u64, until: u64, view: View) {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        generations.insert(digest, Entry { keys, until, view });
    }
}

impl Entry {
    fn view_if(&self, keys: Option<u64>, now: u64) -> Option<View> {
        (keys == Some(self.keys) && now <= self.until).then(|| self.view.clone())
    }
}

impl Generations {
    /// A full young generation becomes the old one, and what was old and not asked for since is forgotten.
    fn insert(&mut self, digest: [u8; 32], entry: Entry) {
        if self.young.len() >= CAPACITY / 2 {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(digest, entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(number: usize) -> [u8; 32] {
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&number.to_le_bytes());
        digest
    }

    #[test]
    fn a_token_is_forgotten_when_it_expires_or_the_keys_change() {
        let remembered = Remembered::default();
        remembered.remember(digest(1), 7, 100, View::system());
        assert!(remembered.view(&digest(1), Some(7), 100).is_some());
        assert!(remembered.view(&digest(1), Some(7), 101).is_none());
        assert!(remembered.view(&digest(1), Some(8), 99).is_none());
        assert!(remembered.view(&digest(1), None, 99).is_none());
    }

    #[test]
    fn a_flood_of_tokens_evicts_and_does_not_grow() {
        let remembered = Remembered::default();
        for number in 0..3 * CAPACITY {
            remembered.remember(digest(number), 0, 100, View::system());
            assert!(remembered.view(&digest(0), Some(0), 0).is_some(), "one in use stays");
        }
        let generations = remembered.0.lock().expect("no holder panicked");
        assert!(generations.young.len() + generations.old.len() <= CAPACITY);
    }
}
