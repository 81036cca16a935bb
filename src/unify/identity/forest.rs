//! Clusters while they grow: every accepted link joins two of them.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::id::RecordKey;
use crate::domain::record::Record;
use crate::unify::source_order::SourceOrder;

use super::cluster::{Cluster, Link, LinkRule, Member, Warning};

/// A link between two records, by their places.
#[derive(Clone, Debug)]
struct Joint {
    left: usize,
    right: usize,
    link: Link,
}

/// Trees of linked records. A joint inside one tree is not kept, so the kept ones tell why each record is there.
pub(super) struct Forest {
    root: Vec<usize>,
    trees: Vec<Vec<usize>>,
    joints: Vec<Joint>,
    apart: HashSet<(usize, usize)>,
}

impl Forest {
    /// Every record on its own.
    pub(super) fn new(records: usize) -> Self {
        Self {
            root: (0..records).collect(),
            trees: (0..records).map(|place| vec![place]).collect(),
            joints: Vec::new(),
            apart: HashSet::new(),
        }
    }

    /// No link may ever bring these two together.
    pub(super) fn keep_apart(&mut self, left: usize, right: usize) {
        self.apart.insert((left.min(right), left.max(right)));
    }

    /// True when the two are in one tree.
    pub(super) fn are_joined(&self, left: usize, right: usize) -> bool {
        self.root[left] == self.root[right]
    }

    /// The records in the same tree.
    pub(super) fn tree_of(&self, place: usize) -> &[usize] {
        &self.trees[self.root[place]]
    }

    /// The name of the tree a record is in.
    pub(super) fn root_of(&self, place: usize) -> usize {
        self.root[place]
    }

    /// True when a link between the two would bring together what must stay apart.
    pub(super) fn is_forbidden(&self, left: usize, right: usize) -> bool {
        !self.apart.is_empty()
            && self
                .tree_of(left)
                .iter()
                .any(|a| self.tree_of(right).iter().any(|b| self.apart.contains(&(*a.min(b), *a.max(b)))))
    }

    /// Joins two trees, unless they are one already or must stay apart.
    pub(super) fn join(&mut self, left: usize, right: usize, link: Link) {
        let (into, from) = (self.root[left], self.root[right]);
        if into == from || self.is_forbidden(left, right) {
            return;
        }
        let moved = std::mem::take(&mut self.trees[from]);
        for place in &moved {
            self.root[*place] = into;
        }
        self.trees[into].extend(moved);
        self.joints.push(Joint { left, right, link });
    }

    /// The trees, each with its places sorted, in the order of their first places.
    pub(super) fn into_trees(self) -> Vec<Tree> {
        let mut joints: HashMap<usize, Vec<Joint>> = HashMap::new();
        for joint in self.joints {
            joints.entry(self.root[joint.left]).or_default().push(joint);
        }
        let mut trees = Vec::new();
        for (root, mut places) in self.trees.into_iter().enumerate() {
            if !places.is_empty() {
                places.sort_unstable();
                trees.push(Tree { places, joints: joints.remove(&root).unwrap_or_default() });
            }
        }
        trees.sort_unstable_by_key(|tree| tree.places[0]);
        trees
    }
}

/// The records of one cluster and the links that brought them together.
pub(super) struct Tree {
    /// The places of its records, ascending.
    pub(super) places: Vec<usize>,
    joints: Vec<Joint>,
}

impl Tree {
    /// The tree as a cluster. The anchor is the oldest record; each other member shows the link on its way to it.
    pub(super) fn into_cluster<R: Record>(
        self,
        records: &[Arc<R>],
        order: &SourceOrder<'_>,
        aliases: Vec<RecordKey>,
        mut warnings: Vec<Warning>,
    ) -> Cluster<R> {
        let age = |place: &usize| {
            let meta = records[*place].meta();
            (meta.created_at, order.place(&meta.key))
        };
        let anchor = self.places.iter().copied().min_by_key(age).expect("a tree has at least one record");
        let mut links = self.links_from(anchor, records[anchor].meta().created_at);
        let mut members: Vec<Member<R>> = self
            .places
            .iter()
            .map(|place| Member {
                record: records[*place].clone(),
                link: links.remove(place).expect("the links of a tree reach all of its records"),
            })
            .collect();
        members.sort_by(|a, b| order.place(&a.record.meta().key).cmp(&order.place(&b.record.meta().key)));
        warnings.sort();
        warnings.dedup();
        Cluster { anchor: records[anchor].meta().key.clone(), members, aliases, warnings }
    }

    fn links_from(&self, anchor: usize, since: DateTime<Utc>) -> HashMap<usize, Link> {
        let own = Link { rule: LinkRule::Anchor, matched_on: None, confirmed_by: None, since };
        let mut found = HashMap::from([(anchor, own)]);
        let mut waiting = VecDeque::from([anchor]);
        while let Some(at) = waiting.pop_front() {
            for joint in &self.joints {
                let next = match (joint.left == at, joint.right == at) {
                    (true, _) => joint.right,
                    (_, true) => joint.left,
                    _ => continue,
                };
                if let Entry::Vacant(place) = found.entry(next) {
                    place.insert(joint.link.clone());
                    waiting.push_back(next);
                }
            }
        }
        found
    }
}
