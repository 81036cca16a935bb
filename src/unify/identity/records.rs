//! Live records in a fixed order, and the step from a forest of them to clusters. Accounts and opportunities need no
//! more than this; people add addresses to it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::domain::id::RecordKey;
use crate::domain::record::{Record, RecordMeta};
use crate::unify::source_order::SourceOrder;

use super::aliases::Aliases;
use super::cluster::{Cluster, Link, LinkRule, Warning};
use super::forest::Forest;

/// The records that are neither deleted nor merged away, each once, and the keys that still mean them.
pub(super) struct LiveRecords<R> {
    /// In the order of sources, then of keys, unless sorted otherwise.
    pub(super) live: Vec<Arc<R>>,
    aliases: Aliases,
    places: HashMap<RecordKey, usize>,
}

impl<R: Record> LiveRecords<R> {
    pub(super) fn sort(records: &[Arc<R>], order: &SourceOrder<'_>) -> Self {
        Self::sort_by(records, |a, b| order.place(&a.meta().key).cmp(&order.place(&b.meta().key)))
    }

    /// Sorts by an order of one's own, which must be total.
    pub(super) fn sort_by(records: &[Arc<R>], compare: impl Fn(&R, &R) -> std::cmp::Ordering) -> Self {
        let newest = newest_readings(records);
        let aliases = Aliases::of(newest.values().map(|record| record.meta()));
        let is_live = |meta: &RecordMeta| meta.deleted_at.is_none() && !aliases.has(&meta.key);
        let mut live: Vec<Arc<R>> = newest
            .values()
            .filter(|record| is_live(record.meta()))
            .map(|record| Arc::clone(record))
            .collect();
        live.sort_by(|a, b| compare(a, b));
        let places =
            live.iter().enumerate().map(|(place, record)| (record.meta().key.clone(), place)).collect();
        Self { live, aliases, places }
    }

    /// The live record that a key means, merges followed.
    pub(super) fn place_of(&self, key: &RecordKey) -> Option<usize> {
        self.places.get(self.aliases.survivor(key)).copied()
    }

    /// The key that a key means, whether its record was read or not.
    pub(super) fn survivor<'k>(&'k self, key: &'k RecordKey) -> &'k RecordKey {
        self.aliases.survivor(key)
    }

    /// Joins two records, where the second is there.
    pub(super) fn join(
        &self,
        forest: &mut Forest,
        rule: LinkRule,
        matched_on: Arc<str>,
        left: usize,
        right: Option<usize>,
    ) {
        let Some(right) = right else { return };
        let (a, b) = (self.live[left].meta(), self.live[right].meta());
        // The link exists since the younger of the two does.
        let since = a.created_at.max(b.created_at);
        forest.join(left, right, Link { rule, matched_on: Some(matched_on), confirmed_by: None, since });
    }

    /// The clusters in the order of their anchors.
    pub(super) fn into_clusters(
        self,
        forest: Forest,
        order: &SourceOrder<'_>,
        warnings: &mut HashMap<usize, Vec<Warning>>,
    ) -> Vec<Cluster<R>> {
        let mut aliases: HashMap<usize, Vec<RecordKey>> = HashMap::new();
        for (loser, survivor) in self.aliases.iter() {
            if let Some(place) = self.places.get(survivor) {
                aliases.entry(*place).or_default().push(loser.clone());
            }
        }
        let mut clusters = Vec::new();
        for tree in forest.into_trees() {
            let mut known_as = Vec::new();
            let mut said = Vec::new();
            for place in &tree.places {
                known_as.extend(aliases.remove(place).unwrap_or_default());
                said.extend(warnings.remove(place).unwrap_or_default());
            }
            known_as.sort();
            clusters.push(tree.into_cluster(&self.live, order, known_as, said));
        }
        clusters.sort_by(|a: &Cluster<R>, b| order.place(&a.anchor).cmp(&order.place(&b.anchor)));
        clusters
    }
}

/// One reading per key, the newest, in the order of keys.
fn newest_readings<R: Record>(records: &[Arc<R>]) -> BTreeMap<&RecordKey, &Arc<R>> {
    let stamp = |meta: &RecordMeta| (meta.updated_at, meta.fetched_at, meta.deleted_at.is_some());
    let mut newest: BTreeMap<&RecordKey, &Arc<R>> = BTreeMap::new();
    for record in records {
        let held = newest.entry(&record.meta().key).or_insert(record);
        if stamp(record.meta()) > stamp(held.meta()) {
            *held = record;
        }
    }
    newest
}
