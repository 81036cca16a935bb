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
    for (left, right, code) in refused {
        if !forest.are_joined(left, right) {
            warn(people, order, forest, warnings, (left, right, code));
        }
    }
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
    let together = || forest.tree_of(left).iter().chain(forest.tree_of(right)).map(|place| *place);
    broken_guard(people, together).map(Refusal::Because)
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

/// The guard that the records together would break.
fn broken_guard<I: Iterator<Item = usize>>(people: &People, together: impl Fn() -> I) -> Option<WarningCode> {
    let mut contacts: BTreeSet<&SourceName> = BTreeSet::new();
    let mut leads: BTreeMap<&SourceName, usize> = BTreeMap::new();
    for place in together() {
        let PersonRecord { meta, role, .. } = people.at(place);
        match role {
            PersonRole::Contact if !contacts.insert(&meta.key.source) => {
                return Some(WarningCode::DuplicateInSystem);
            }
            PersonRole::Contact => {}
            PersonRole::Lead => *leads.entry(&meta.key.source).or_default() += 1,
        }
    }
    let addresses: BTreeSet<&str> =
        together().filter_map(|place| people.mailboxes[place].as_deref()).collect();
    let is_too_much = leads.values().any(|count| *count > MOST_LEADS)
        || addresses.len() > MOST_ADDRESSES
        || together().count() > MOST_RECORDS;
    is_too_much.then_some(WarningCode::ClusterLimit)
}

/// Tells the people of both records what kept them apart.
fn warn(
    people: &People,
    order: &SourceOrder<'_>,
    forest: &Forest,
    warnings: &mut Warnings,
    (left, right, code): (usize, usize, WarningCode),
) {
    let (a, b) = (people.key(left), people.key(right));
    let (message, records) = match code {
        WarningCode::DuplicateInSystem => {
            let records = duplicates(people, forest, left, right);
            let (first, others) = records.split_first().expect("a duplicate is at least two records");
            let others: Vec<String> = others.iter().map(ToString::to_string).collect();
            (format!("{first} and {} have one address and stay apart", others.join(", ")), records)
        }
        WarningCode::EmailPointsElsewhere => {
            let message = format!("{a} and {b} have one address, but an explicit link says otherwise");
            (message, vec![a, b])
        }
        _ => (
            format!("{a} and {b} have one address, but one person cannot have that many records"),
            vec![a, b],
        ),
    };
    let mut records = records;
    records.sort_by(|x, y| order.place(x).cmp(&order.place(y)));
    warnings.add(left, code, message.clone(), records.clone());
    warnings.add(right, code, message, records);
}

/// The contacts of one source that the two trees hold, of which one person may have only one.
fn duplicates(people: &People, forest: &Forest, left: usize, right: usize) -> Vec<RecordKey> {
    let contacts = |place: usize| {
        forest.tree_of(place).iter().map(|it| people.at(*it)).filter(|it| it.role == PersonRole::Contact)
    };
    let mut found: BTreeSet<RecordKey> = BTreeSet::new();
    for one in contacts(left) {
        for other in contacts(right).filter(|other| other.meta.key.source == one.meta.key.source) {
            found.extend([one.meta.key.clone(), other.meta.key.clone()]);
        }
    }
    found.into_iter().collect()
}
