//! Anchors that moved: ids people had before later evidence gave them another. All of them still resolve.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::id::RecordKey;

use super::keys::Row;
use super::line::PersonLine;
use super::tables::Tables;

/// By which anchors somebody was known, and is known now.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Moves {
    to: BTreeMap<RecordKey, RecordKey>,
    from: BTreeMap<RecordKey, BTreeSet<RecordKey>>,
}

impl Moves {
    /// Of one who moved several times the latest counts.
    pub(super) fn add(&mut self, previous: RecordKey, current: RecordKey) {
        if let Some(earlier) = self.to.insert(previous.clone(), current.clone())
            && let Some(known) = self.from.get_mut(&earlier)
        {
            known.remove(&previous);
        }
        self.from.entry(current).or_default().insert(previous);
    }

    /// The anchors a key led to, one after the other.
    pub(super) fn way_of<'a>(&'a self, key: &'a RecordKey) -> impl Iterator<Item = &'a RecordKey> {
        let mut seen = BTreeSet::new();
        std::iter::successors(self.to.get(key), |at| self.to.get(*at))
            .take_while(move |at| seen.insert((*at).clone()))
    }

    /// Every anchor that led to this one, in the order of keys.
    pub(super) fn before(&self, anchor: &RecordKey) -> BTreeSet<RecordKey> {
        let mut found = BTreeSet::new();
        let mut waiting = vec![anchor];
        while let Some(at) = waiting.pop() {
            for previous in self.from.get(at).into_iter().flatten() {
                if previous != anchor && found.insert(previous.clone()) {
                    waiting.push(previous);
                }
            }
        }
        found
    }
}

/// Where the people whose rows were taken out are now, as far as their anchor is another: the person who has the old
/// anchor among their records, else the one who has the first of the records that are left.
pub(super) fn moves_of(
    gone: &BTreeMap<RecordKey, Arc<PersonLine>>,
    tables: &Tables,
) -> Vec<(RecordKey, RecordKey)> {
    let anchor_of = |key: &RecordKey| match tables.row_of(key) {
        Some(Row::Person(place)) => Some(tables.facts.person_keys[place as usize].clone()),
        _ => None,
    };
    let mut moved = Vec::new();
    for (previous, line) in gone {
        let now = anchor_of(previous).or_else(|| line.keys.iter().find_map(anchor_of));
        if let Some(current) = now.filter(|current| current != previous) {
            moved.push((previous.clone(), current));
        }
    }
    moved
}
