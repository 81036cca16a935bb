//! Link rule 4: equal primary addresses, and what keeps them from joining too much.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::id::{RecordKey, SourceName};
use crate::domain::person::{PersonRecord, PersonRole};
use crate::unify::source_order::SourceOrder;

use super::cluster::{LinkRule, WarningCode};
use super::forest::Forest;
use super::people::{People, Warnings};

/// How many leads of one source one person may have.
const MOST_LEADS: usize = 5;
/// How many different addresses the records of one person may have.
const MOST_ADDRESSES: usize = 10;
/// How many records one person may have.
const MOST_RECORDS: usize = 25;

/// Tries every pair of records with one mailbox, in the order of their places.
pub(super) fn join(people: &People, order: &SourceOrder<'_>, forest: &mut Forest, warnings: &mut Warnings) {
    let mut by_mailbox: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, mailbox) in people.mailboxes.iter().enumerate() {
        if let Some(mailbox) = mailbox {
            by_mailbox.entry(mailbox).or_default().push(place);
        }
    }
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for places in by_mailbox.values() {
        for (nth, left) in places.iter().enumerate() {
            pairs.extend(places[nth + 1..].iter().map(|right| (*left, *right)));
        }
    }
    pairs.sort_unstable();

    let explicit = Explicit::of(people, forest);
    let mut refused = Vec::new();
    for (left, right) in pairs {
        match refusal(people, &explicit, forest, left, right) {
            None => {
                let address = people.addresses[left].clone().expect("a record in a mailbox has an address");
                people.records.join(forest, LinkRule::PrimaryEmail, address, left, Some(right));
            }
            Some(Refusal::NotAnEdge) => {}
            Some(Refusal::Because(code)) => refused.push((left, right, code)),
        }
    }
    warn(people, order, forest, warnings, &refused);
}

/// Why two records with one address are not joined.
enum Refusal {
    /// The rule does not speak of such a pair, or a human split it.
    NotAnEdge,
    /// A guard holds them apart, and somebody should know.
    Because(WarningCode),
}

fn refusal(
    people: &People,
    explicit: &Explicit,
    forest: &Forest,
    left: usize,
    right: usize,
) -> Option<Refusal> {
    let (a, b) = (people.at(left), people.at(right));
    if forest.are_joined(left, right) || forest.is_forbidden(left, right) {
        return Some(Refusal::NotAnEdge);
    }
    if a.meta.key.source == b.meta.key.source && a.role == b.role {
        // Two leads are re-inquiries that only a contact or another source brings together.
        let is_duplicate = a.role == PersonRole::Contact;
        return Some(if is_duplicate {
            Refusal::Because(WarningCode::DuplicateInSystem)
        } else {
            Refusal::NotAnEdge
        });
    }
    if explicit.point_elsewhere(people, left, right) || explicit.point_elsewhere(people, right, left) {
        return Some(Refusal::Because(WarningCode::EmailPointsElsewhere));
    }
    broken_guard(people, forest.tree_of(left), forest.tree_of(right)).map(Refusal::Because)
}

/// Which records the rules before this one brought together.
struct Explicit {
    roots: Vec<usize>,
    trees: BTreeMap<usize, Vec<usize>>,
}

impl Explicit {
    fn of(people: &People, forest: &Forest) -> Self {
        let roots: Vec<usize> = (0..people.count()).map(|place| forest.root_of(place)).collect();
        let mut trees: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (place, root) in roots.iter().enumerate() {
            trees.entry(*root).or_default().push(place);
        }
        Self { roots, trees }
    }

    /// True when `one` is already linked to another partner in the source of `other`. A lead with the very same
    /// address is no other partner: the person asked again. Nor does a contact point elsewhere because a lead of its
    /// own source became it.
    fn point_elsewhere(&self, people: &People, one: usize, other: usize) -> bool {
        let (record, candidate) = (people.at(one), people.at(other));
        let source = &candidate.meta.key.source;
        let is_within_a_source = record.meta.key.source == *source;
        self.trees[&self.roots[one]].iter().any(|partner| {
            let linked = people.at(*partner);
            *partner != one
                && *partner != other
                && linked.meta.key.source == *source
                && match linked.role {
                    PersonRole::Contact => true,
                    PersonRole::Lead => {
                        !is_within_a_source && people.mailboxes[*partner] != people.mailboxes[other]
                    }
                }
        })
    }
}

/// The guard that joining two trees would break. What the rules before this one brought together may be beyond a guard
/// already; that alone refuses nothing.
fn broken_guard(people: &People, left: &[usize], right: &[usize]) -> Option<WarningCode> {
    let (one, other) = (Tally::of(people, left), Tally::of(people, right));
    if one.contacts.iter().any(|source| other.contacts.contains(source)) {
        return Some(WarningCode::DuplicateInSystem);
    }
    let has_too_many_leads = one
        .leads
        .iter()
        .any(|(source, count)| other.leads.get(source).is_some_and(|it| it + count > MOST_LEADS));
    let addresses = one.addresses.union(&other.addresses).count();
    let has_too_many_addresses =
        addresses > MOST_ADDRESSES && addresses > one.addresses.len().max(other.addresses.len());
    let has_too_many_records = left.len() + right.len() > MOST_RECORDS;
    let is_too_much = has_too_many_leads || has_too_many_addresses || has_too_many_records;
    is_too_much.then_some(WarningCode::ClusterLimit)
}

/// What the guards count in one tree.
struct Tally<'a> {
    contacts: BTreeSet<&'a SourceName>,
    leads: BTreeMap<&'a SourceName, usize>,
    addresses: BTreeSet<&'a str>,
}

impl<'a> Tally<'a> {
    fn of(people: &'a People, tree: &[usize]) -> Self {
        let mut tally =
            Self { contacts: BTreeSet::new(), leads: BTreeMap::new(), addresses: BTreeSet::new() };
        for place in tree {
            let PersonRecord { meta, role, .. } = people.at(*place);
            match role {
                PersonRole::Contact => {
                    tally.contacts.insert(&meta.key.source);
                }
                PersonRole::Lead => *tally.leads.entry(&meta.key.source).or_default() += 1,
            }
            tally.addresses.extend(people.mailboxes[*place].as_deref());
        }
        tally
    }
}

/// Tells the people on both sides of refused pairs what keeps them apart, once for each two people.
fn warn(
    people: &People,
    order: &SourceOrder<'_>,
    forest: &Forest,
    warnings: &mut Warnings,
    refused: &[(usize, usize, WarningCode)],
) {
    let mut apart: BTreeMap<(usize, usize, WarningCode), BTreeSet<RecordKey>> = BTreeMap::new();
    for (left, right, code) in refused.iter().filter(|(left, right, _)| !forest.are_joined(*left, *right)) {
        let (a, b) = (forest.root_of(*left), forest.root_of(*right));
        let records = apart.entry((a.min(b), a.max(b), *code)).or_default();
        if *code == WarningCode::DuplicateInSystem {
            records.extend(duplicates(people, forest, *left, *right));
        } else {
            records.extend([people.key(*left), people.key(*right)]);
        }
    }
    for ((left, right, code), records) in apart {
        let mut records: Vec<RecordKey> = records.into_iter().collect();
        records.sort_by(|a, b| order.place(a).cmp(&order.place(b)));
        let names: Vec<String> = records.iter().map(ToString::to_string).collect();
        let reason = match code {
            WarningCode::DuplicateInSystem => "a source has only one contact of a person",
            WarningCode::EmailPointsElsewhere => "an explicit link says otherwise",
            _ => "one person cannot have that many records",
        };
        let message = format!("{} have an address in common and stay apart: {reason}", names.join(", "));
        for root in [left, right] {
            warnings.add(root, code, message.clone(), records.clone());
        }
    }
}

/// The contacts of one source that the two trees hold, of which one person may have only one. The trees may have grown
/// since the pair was refused, but they never lose a record.
fn duplicates(people: &People, forest: &Forest, left: usize, right: usize) -> BTreeSet<RecordKey> {
    let contacts = |place: usize| {
        forest.tree_of(place).iter().map(|it| people.at(*it)).filter(|it| it.role == PersonRole::Contact)
    };
    let mut found: BTreeSet<RecordKey> = BTreeSet::new();
    for one in contacts(left) {
        for other in contacts(right).filter(|other| other.meta.key.source == one.meta.key.source) {
            found.extend([one.meta.key.clone(), other.meta.key.clone()]);
        }
    }
    found
}
