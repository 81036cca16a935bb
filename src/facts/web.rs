//! Which records hang together: what must be recomputed when one of them changes.
//!
//! Every record has bonds: what it *offers* (its own key, the keys merged into it, its mailbox, an account's domain) and
//! what it *asks* for (the record it names, the account of its domain). An offer binds everybody who has the bond; two
//! that merely ask for the same thing are not bound by it, so that a missing account does not bind its people. Bonds are
//! kept as hashes of 31 bits: two that collide only make more records hang together than need to, and there are millions of them.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeSet, HashMap};
use std::hash::{Hash, Hasher};
use std::io;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smallvec::{SmallVec, smallvec};

use crate::domain::id::{RecordKey, SourceName};

use super::checkpoint::{FrameReader, FrameWriter};

/// A place in the web.
pub(super) type Node = u32;

/// What a record offers or asks for, hashed; the lowest bit tells which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Bond(u32);

const ASKS: u32 = 1;

impl Bond {
    /// Has, or is, this.
    pub(super) fn offers(what: &str, value: &impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        (what, value).hash(&mut hasher);
        Self(hasher.finish() as u32 & !ASKS)
    }

    /// Names this.
    pub(super) fn asks(what: &str, value: &impl Hash) -> Self {
        Self(Self::offers(what, value).0 | ASKS)
    }

    fn is_asking(self) -> bool {
        self.0 & ASKS == ASKS
    }

    fn thing(self) -> u32 {
        self.0 & !ASKS
    }
}

/// Records and their bonds.
#[derive(Debug, Default)]
pub(super) struct Web {
    knots: Vec<Knot>,
    ends: HashMap<u32, Ends>,
    /// The ends of bonds that have more than one.
    crowds: Vec<SmallVec<[End; 4]>>,
    free_crowds: Vec<u32>,
    objects: Vec<(SourceName, Arc<str>)>,
}

#[derive(Debug)]
struct Knot {
    id: Arc<str>,
    bonds: SmallVec<[Bond; 4]>,
    group: u32,
    object: u16,
}

/// A record at one end of a bond; the lowest bit tells whether it asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct End(u32);

impl End {
    fn new(node: Node, bond: Bond) -> Self {
        Self(node << 1 | bond.0 & ASKS)
    }

    fn node(self) -> Node {
        self.0 >> 1
    }

    fn is_asking(self) -> bool {
        self.0 & ASKS == ASKS
    }
}

/// Who has one bond: the only end of it, or with the highest bit the place of several. Most bonds have one end.
#[derive(Clone, Copy, Debug)]
struct Ends(u32);

const SEVERAL: u32 = 1 << 31;
/// A node and the bit of its end leave the highest bit free.
const MOST_NODES: usize = 1 << 30;

impl Ends {
    fn crowd(self) -> Option<usize> {
        (self.0 & SEVERAL == SEVERAL).then_some((self.0 & !SEVERAL) as usize)
    }
}

impl Web {
    /// The place of a record; none for one that was never put here.
    pub(super) fn find(&self, key: &RecordKey) -> Option<Node> {
        self.ends_of(own(key)).map(End::node).find(|node| self.is(*node, key))
    }

    /// Every record that is bound to this key, be it its own or one merged into it.
    pub(super) fn holders(&self, key: &RecordKey) -> Vec<Node> {
        self.ends_of(own(key)).filter(|end| !end.is_asking()).map(End::node).collect()
    }

    /// Every record that offers this key or asks for it.
    pub(super) fn everybody(&self, key: &RecordKey) -> Vec<Node> {
        self.ends_of(own(key)).map(End::node).collect()
    }

    /// The record at a place.
    pub(super) fn key(&self, node: Node) -> RecordKey {
        let knot = &self.knots[node as usize];
        let (source, object) = &self.objects[knot.object as usize];
        RecordKey { source: source.clone(), object: object.clone(), id: knot.id.clone() }
    }

    /// The group a record is in; 0 for none.
    pub(super) fn group(&self, node: Node) -> u32 {
        self.knots[node as usize].group
    }

    /// Puts a record into a group.
    pub(super) fn set_group(&mut self, node: Node, group: u32) {
        self.knots[node as usize].group = group;
    }

    /// Puts a record here with its bonds, or replaces those it had. Its own key is offered always.
    pub(super) fn put(&mut self, key: &RecordKey, mut bonds: Vec<Bond>) -> Node {
        bonds.push(own(key));
        bonds.sort_unstable();
        bonds.dedup();
        let node = self.find(key).unwrap_or_else(|| self.add(key));
        if self.knots[node as usize].bonds.as_slice() != bonds {
            self.untie(node);
            for bond in &bonds {
                self.tie(node, *bond);
            }
            self.knots[node as usize].bonds = bonds.into();
        }
        node
    }

    /// Takes a record away.
    pub(super) fn remove(&mut self, node: Node) {
        self.untie(node);
    }

    /// Whether a record is here still.
    pub(super) fn is_here(&self, node: Node) -> bool {
        !self.knots[node as usize].bonds.is_empty()
    }

    /// Everything that hangs together with a record, itself among them, in the order of places.
    pub(super) fn component(&self, node: Node) -> Vec<Node> {
        let mut found = BTreeSet::from([node]);
        let mut waiting = vec![node];
        while let Some(at) = waiting.pop() {
            for bond in &self.knots[at as usize].bonds {
                for other in self.ends_of(*bond) {
                    if !(other.is_asking() && bond.is_asking()) && found.insert(other.node()) {
                        waiting.push(other.node());
                    }
                }
            }
        }
        found.into_iter().collect()
    }

    fn is(&self, node: Node, key: &RecordKey) -> bool {
        let knot = &self.knots[node as usize];
        let (source, object) = &self.objects[knot.object as usize];
        *knot.id == *key.id && *source == key.source && *object == key.object
    }

    fn ends_of(&self, bond: Bond) -> impl Iterator<Item = End> + '_ {
        let ends = self.ends.get(&bond.thing()).copied();
        let crowd = ends.and_then(Ends::crowd);
        let one = ends.filter(|_| crowd.is_none()).map(|ends| End(ends.0));
        let several = crowd.map_or(&[][..], |place| &self.crowds[place]);
        one.into_iter().chain(several.iter().copied())
    }

    fn add(&mut self, key: &RecordKey) -> Node {
        let is_known =
            |(source, object): &(SourceName, Arc<str>)| *source == key.source && *object == key.object;
        let place = self.objects.iter().position(is_known).unwrap_or_else(|| {
            self.objects.push((key.source.clone(), key.object.clone()));
            self.objects.len() - 1
        });
        let object = u16::try_from(place).expect("sources have fewer than 65536 objects");
        let node = self.knots.len();
        assert!(node < MOST_NODES, "fewer than 2^30 records");
        self.knots.push(Knot { id: key.id.clone(), bonds: SmallVec::new(), group: 0, object });
        node as Node
    }

    fn tie(&mut self, node: Node, bond: Bond) {
        let end = End::new(node, bond);
        let Some(ends) = self.ends.get_mut(&bond.thing()) else {
            self.ends.insert(bond.thing(), Ends(end.0));
            return;
        };
        if let Some(crowd) = ends.crowd() {
            self.crowds[crowd].push(end);
            return;
        }
        let both = smallvec![End(ends.0), end];
        let place = self.free_crowds.pop().unwrap_or_else(|| {
            self.crowds.push(SmallVec::new());
            (self.crowds.len() - 1) as u32
        });
        self.crowds[place as usize] = both;
        *ends = Ends(place | SEVERAL);
    }

    fn untie(&mut self, node: Node) {
        for bond in std::mem::take(&mut self.knots[node as usize].bonds) {
            let Some(ends) = self.ends.get_mut(&bond.thing()) else { continue };
            let Some(place) = ends.crowd() else {
                self.ends.remove(&bond.thing());
                continue;
            };
            let crowd = &mut self.crowds[place];
            crowd.retain(|end| *end != End::new(node, bond));
            if let [last] = crowd[..] {
                *ends = Ends(last.0);
                self.crowds[place] = SmallVec::new();
                self.free_crowds.push(place as u32);
            }
        }
    }
}

/// A record as a checkpoint tells of it.
type SavedKnot = (Arc<str>, Vec<Bond>, u32, u16);

impl Web {
    /// Writes it into a checkpoint.
    pub(super) fn save(&self, out: &mut FrameWriter) -> io::Result<()> {
        out.put(&self.objects)?;
        let saved =
            |knot: &Knot| -> SavedKnot { (knot.id.clone(), knot.bonds.to_vec(), knot.group, knot.object) };
        out.put_all(self.knots.iter().map(saved))
    }

    /// Reads it from a checkpoint.
    pub(super) fn restore(from: &mut FrameReader) -> io::Result<Self> {
        let mut web = Self { objects: from.take()?, ..Self::default() };
        from.take_all(|(id, bonds, group, object): SavedKnot| {
            let node = web.knots.len() as Node;
            for bond in &bonds {
                web.tie(node, *bond);
            }
            web.knots.push(Knot { id, bonds: bonds.into(), group, object });
        })?;
        Ok(web)
    }
}

fn own(key: &RecordKey) -> Bond {
    Bond::offers("key", key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str) -> RecordKey {
        RecordKey::new(&SourceName::new("sales"), "Lead", id)
    }

    #[test]
    fn those_who_ask_hang_together_only_through_what_they_ask_for() {
        let mut web = Web::default();
        let asks = || vec![Bond::asks("key", &key("a"))];
        let (one, other) = (web.put(&key("p1"), asks()), web.put(&key("p2"), asks()));
        assert_eq!(web.component(one), [one]);
        let named = web.put(&key("a"), Vec::new());
        assert_eq!(web.component(one), [one, other, named]);
        web.remove(named);
        assert_eq!(web.component(other), [other]);
        assert!(!web.is_here(named));
    }

    #[test]
    fn a_record_that_lets_a_bond_go_hangs_together_no_longer() {
        let mut web = Web::default();
        let mail = |address: &str| vec![Bond::offers("mail", &address)];
        let one = web.put(&key("p1"), mail("a@x.example"));
        let other = web.put(&key("p2"), mail("a@x.example"));
        let third = web.put(&key("p3"), mail("a@x.example"));
        assert_eq!(web.component(other), [one, other, third]);
        assert_eq!(web.put(&key("p2"), mail("b@x.example")), other);
        assert_eq!(web.component(other), [other]);
        assert_eq!(web.component(third), [one, third]);
        assert_eq!(web.find(&key("p2")), Some(other));
        assert_eq!(web.find(&key("p9")), None);
    }
}
