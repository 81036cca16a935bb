//! Which records hang together: what must be recomputed when one of them changes.
//!
//! Every record has bonds: what it *offers* (its own key, the keys merged into it, its mailbox, an account's domain) and
//! what it *asks* for (the record it names, the account of its domain). An offer binds everybody who has the bond; two
//! that merely ask for the same thing are not bound by it, so that a missing account does not bind its people. Bonds are
//! kept as hashes: two that collide only make more records hang together than need to.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::domain::id::{RecordKey, SourceName};

/// A place in the web.
pub(super) type Node = u32;

/// What a record offers or asks for, hashed; the lowest bit tells which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Bond(u64);

const ASKS: u64 = 1;

impl Bond {
    /// Has, or is, this.
    pub(super) fn offers(what: &str, value: &impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        (what, value).hash(&mut hasher);
        Self(hasher.finish() & !ASKS)
    }

    /// Names this.
    pub(super) fn asks(what: &str, value: &impl Hash) -> Self {
        Self(Self::offers(what, value).0 | ASKS)
    }

    fn is_asking(self) -> bool {
        self.0 & ASKS == ASKS
    }

    fn thing(self) -> u64 {
        self.0 & !ASKS
    }
}

/// Records and their bonds.
#[derive(Debug, Default)]
pub(super) struct Web {
    knots: Vec<Knot>,
    ends: HashMap<u64, Ends>,
    objects: Vec<(SourceName, Arc<str>)>,
}

#[derive(Debug)]
struct Knot {
    id: Arc<str>,
    bonds: Box<[Bond]>,
    group: u32,
    object: u16,
}

/// Who has one bond; most bonds have one or two ends.
#[derive(Debug)]
enum Ends {
    One(End),
    Two(End, End),
    Many(Vec<End>),
}

type End = (Node, bool);

impl Ends {
    fn all(&self) -> impl Iterator<Item = End> + '_ {
        let (one, two, many): (_, _, &[End]) = match self {
            Self::One(one) => (Some(*one), None, &[]),
            Self::Two(one, two) => (Some(*one), Some(*two), &[]),
            Self::Many(many) => (None, None, many),
        };
        one.into_iter().chain(two).chain(many.iter().copied())
    }

    fn of(ends: Vec<End>) -> Option<Self> {
        match ends.as_slice() {
            [] => None,
            [one] => Some(Self::One(*one)),
            [one, two] => Some(Self::Two(*one, *two)),
            _ => Some(Self::Many(ends)),
        }
    }
}

impl Web {
    /// The place of a record; none for one that was never put here.
    pub(super) fn find(&self, key: &RecordKey) -> Option<Node> {
        let ends = self.ends.get(&own(key).thing())?;
        ends.all().map(|(node, _)| node).find(|node| self.is(*node, key))
    }

    /// Every record that is bound to this key, be it its own or one merged into it.
    pub(super) fn holders(&self, key: &RecordKey) -> Vec<Node> {
        let ends = self.ends.get(&own(key).thing());
        ends.map(|ends| ends.all().filter(|(_, asks)| !asks).map(|(node, _)| node).collect())
            .unwrap_or_default()
    }

    /// Every record that offers this key or asks for it.
    pub(super) fn everybody(&self, key: &RecordKey) -> Vec<Node> {
        let ends = self.ends.get(&own(key).thing());
        ends.map(|ends| ends.all().map(|(node, _)| node).collect()).unwrap_or_default()
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
        if *self.knots[node as usize].bonds != *bonds {
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
        self.knots[node as usize].bonds = Box::default();
    }

    /// Whether a record is here still.
    pub(super) fn is_here(&self, node: Node) -> bool {
        !self.knots[node as usize].bonds.is_empty()
    }

    /// Everything that hangs together with a record, itself among them, in the order of places.
    pub(super) fn component(&self, node: Node) -> Vec<Node> {
        let mut found = std::collections::BTreeSet::from([node]);
        let mut waiting = vec![node];
        while let Some(at) = waiting.pop() {
            for bond in &self.knots[at as usize].bonds {
                let Some(ends) = self.ends.get(&bond.thing()) else { continue };
                for (other, asks) in ends.all() {
                    if !(asks && bond.is_asking()) && found.insert(other) {
                        waiting.push(other);
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

    fn add(&mut self, key: &RecordKey) -> Node {
        let object = (key.source.clone(), key.object.clone());
        let place = self.objects.iter().position(|known| *known == object).unwrap_or_else(|| {
            self.objects.push(object);
            self.objects.len() - 1
        });
        let object = u16::try_from(place).expect("sources have fewer than 65536 objects");
        self.knots.push(Knot { id: key.id.clone(), bonds: Box::default(), group: 0, object });
        Node::try_from(self.knots.len() - 1).expect("fewer than 2^32 records")
    }

    fn tie(&mut self, node: Node, bond: Bond) {
        let end = (node, bond.is_asking());
        match self.ends.remove(&bond.thing()) {
            None => self.ends.insert(bond.thing(), Ends::One(end)),
            Some(Ends::One(one)) => self.ends.insert(bond.thing(), Ends::Two(one, end)),
            Some(Ends::Two(one, two)) => self.ends.insert(bond.thing(), Ends::Many(vec![one, two, end])),
            Some(Ends::Many(mut many)) => {
                many.push(end);
                self.ends.insert(bond.thing(), Ends::Many(many))
            }
        };
    }

    fn untie(&mut self, node: Node) {
        for bond in std::mem::take(&mut self.knots[node as usize].bonds) {
            if let Some(ends) = self.ends.remove(&bond.thing()) {
                let gone = (node, bond.is_asking());
                let left: Vec<End> = ends.all().filter(|end| *end != gone).collect();
                if let Some(left) = Ends::of(left) {
                    self.ends.insert(bond.thing(), left);
                }
            }
        }
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
