//! The read model while it is written: one writer takes note of what was captured, recomputes what it touches, and
//! publishes snapshots.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::id::RecordKey;
use crate::ledger::entry::{CapturedRecord, Recorded, Sequence};

use super::around::Surroundings;
use super::bonds::bonds_of;
use super::checkpoint::{FrameReader, FrameWriter};
use super::compose::{Around, compose};
use super::groups::Groups;
use super::line::PersonLine;
use super::material::Material;
use super::moves::{Moves, moves_of};
use super::rules::Rules;
use super::sharing::Shared;
use super::snapshot::Snapshot;
use super::tables::Tables;
use super::web::{Node, Web};

/// Everything the next snapshot is made of.
pub(super) struct Model {
    rules: Arc<Rules>,
    web: Web,
    groups: Groups,
    shared: Shared,
    touched: BTreeSet<Node>,
    tables: Tables,
    around: Surroundings,
    moves: Moves,
    /// People whose rows were taken out since the last look, by anchor.
    gone: BTreeMap<RecordKey, Arc<PersonLine>>,
    /// Records of which something lies ahead, by its instant.
    ahead: BTreeSet<(DateTime<Utc>, Node)>,
    now: DateTime<Utc>,
}

/// Records that hang together and whose rows must be made anew.
pub(super) struct Open {
    group: u32,
    /// The records.
    pub(super) keys: Vec<RecordKey>,
}

impl Model {
    pub(super) fn new(rules: Arc<Rules>, now: DateTime<Utc>) -> Self {
        Self {
            rules,
            web: Web::default(),
            groups: Groups::default(),
            shared: Shared::default(),
            touched: BTreeSet::new(),
            tables: Tables::default(),
            around: Surroundings::default(),
            moves: Moves::default(),
            gone: BTreeMap::new(),
            ahead: BTreeSet::new(),
            now,
        }
    }

    pub(super) fn rules(&self) -> &Arc<Rules> {
        &self.rules
    }

    /// Takes note of a version of a record.
    pub(super) fn note(&mut self, recorded: &Recorded) {
        if self.around.note(recorded) {
            return;
        }
        if let CapturedRecord::Membership(membership) = &recorded.record {
            self.touch(&membership.person);
            return;
        }
        if let Some(bonds) = bonds_of(&recorded.record, &self.rules.identity) {
            self.touch(&recorded.key);
            let node = self.web.put(&recorded.key, bonds);
            self.touched.insert(node);
        }
    }

    /// Takes note that a history changed: a record's, or an address's.
    pub(super) fn note_history(&mut self, of: &RecordKey) {
        self.touched.extend(self.web.everybody(of));
    }

    /// Forgets a record that was erased.
    pub(super) fn forget(&mut self, key: &RecordKey) {
        self.around.forget(key);
        self.touch(key);
        if let Some(node) = self.web.find(key) {
            self.web.remove(node);
        }
    }

    /// Replaces what people decided about identity; what a decision is about is made anew.
    pub(super) fn decide(&mut self, rules: Arc<Rules>, about: &[RecordKey]) {
        self.rules = rules;
        for key in about {
            self.touch(key);
        }
    }

    /// Marks whatever a key means as to be made anew.
    pub(super) fn touch(&mut self, key: &RecordKey) {
        for node in self.web.holders(key) {
            self.touched.insert(node);
        }
    }

    /// Moves to a later instant: what lay ahead and has happened since is made anew.
    pub(super) fn move_to(&mut self, now: DateTime<Utc>) {
        self.now = now;
        while let Some((at, node)) = self.ahead.first().copied() {
            if at > now {
                break;
            }
            self.ahead.pop_first();
            self.touched.insert(node);
        }
    }

    /// Remembers moves of anchors that were written down before.
    pub(super) fn remember_move(&mut self, previous: &RecordKey, current: &RecordKey) {
        self.moves.add(previous.clone(), current.clone());
    }

    /// Components to be made anew, of this many records or a few more; none when nothing is left to be made. Their
    /// old rows are gone until they are put.
    pub(super) fn open(&mut self, records: usize) -> Vec<Open> {
        if self.around.settle(&self.rules) {
            for group in self.groups.numbers() {
                self.drop_group(group);
            }
        }
        let (mut open, mut opened) = (Vec::new(), 0);
        while opened < records
            && let Some(node) = self.touched.pop_first()
        {
            // Before the component is looked at: what hung together with it once is made anew as well.
            self.drop_group(self.web.group(node));
            let nodes = self.web.component(node);
            for own in &nodes {
                self.drop_group(self.web.group(*own));
            }
            for own in &nodes {
                self.touched.remove(own);
            }
            if !self.web.is_here(node) {
                continue;
            }
            let keys: Vec<RecordKey> = nodes.iter().map(|own| self.web.key(*own)).collect();
            opened += keys.len();
            let group = self.groups.add(nodes);
            for own in &self.groups.get_mut(group).expect("it was added").nodes {
                self.web.set_group(*own, group);
            }
            open.push(Open { group, keys });
        }
        open
    }

    /// Makes the rows of a component out of its material.
    pub(super) fn put(&mut self, open: &Open, material: &Material) {
        let around = Around {
            rules: &self.rules,
            users: self.around.same_users(),
            pipelines: self.around.pipelines(),
            now: self.now,
        };
        let mut composed = compose(material, &around);
        self.shared.share(&mut composed, &self.web);
        let Some(group) = self.groups.get_mut(open.group) else { return };
        if let (Some(at), Some(node)) = (composed.changes_at, group.nodes.first()) {
            self.ahead.insert((at, *node));
        }
        group.places = self.tables.insert(composed, &mut self.around, &self.rules);
    }

    /// Anchors that moved since the last look: the one by which somebody was known, and the one by which they are now.
    pub(super) fn moved(&mut self) -> Vec<(RecordKey, RecordKey)> {
        let gone = std::mem::take(&mut self.gone);
        let moved = moves_of(&gone, &self.tables);
        for (previous, current) in &moved {
            self.moves.add(previous.clone(), current.clone());
        }
        moved
    }

    /// What readers see from now on.
    pub(super) fn publish(&mut self, sequence: Sequence) -> Snapshot {
        self.tables.sweep();
        self.shared.sweep();
        self.tables.facts.as_of = self.now;
        let (owners, campaigns) = self.around.fill(&mut self.tables.facts, &self.rules);
        Snapshot::new(&self.tables, owners, campaigns, self.moves.clone(), self.rules.clone(), sequence)
    }

    fn drop_group(&mut self, group: u32) {
        let Some(group) = self.groups.remove(group) else { return };
        for (anchor, line) in self.tables.remove(&group.places) {
            self.gone.insert(anchor, line);
        }
        for node in group.nodes {
            self.web.set_group(node, 0);
            self.touched.insert(node);
        }
    }

    /// Writes it into a checkpoint, as it is once everything touched was made and published.
    pub(super) fn save(&self, out: &mut FrameWriter) -> io::Result<()> {
        out.put(&self.now)?;
        out.put(&self.ahead)?;
        out.put(&self.moves)?;
        self.web.save(out)?;
        self.groups.save(out)?;
        self.around.save(out)?;
        self.tables.save(out)
    }

    /// Reads it from a checkpoint.
    pub(super) fn restore(from: &mut FrameReader, rules: Arc<Rules>) -> io::Result<Self> {
        let mut shared = Shared::default();
        let (now, ahead, moves) = (from.take()?, from.take()?, from.take()?);
        let web = Web::restore(from)?;
        let groups = Groups::restore(from)?;
        let around = Surroundings::restore(from, &rules)?;
        let tables = Tables::restore(from, &mut shared, &web)?;
        Ok(Self { web, groups, shared, tables, around, moves, ahead, ..Self::new(rules, now) })
    }
}
