//! What is still worth asking before the records of a person are complete.
//!
//! Round 1 asks what the client named. Each further round asks what [`open_lookups`] finds in the records read so far:
//! a record that is named and not read, an address not yet looked up in a source, a sales record without a partner on
//! the marketing side. Records that share one address on both sides and name nothing unread leave nothing open.
//! [`Depth`] says how much is worth a call of its own.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use crate::domain::email;
use crate::domain::id::{RecordKey, SourceName};
use crate::domain::person::{PersonRecord, PersonRole};
use crate::domain::record::{Side, SourceInfo};
use crate::source::ask::PersonLookup;
use crate::unify::source_order::SourceOrder;

use super::cluster::Reach;
use super::people::{self, People};
use super::rules::IdentityRules;

/// How far a reader looks for what may belong to the records it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// A partner found by its address is believed to be the only one. A record of the same source that refers to the
    /// same sales record by its id, under another address, is not looked for.
    Partner,
    /// Everybody who refers to a sales record is looked for. A list needs this: its pages bring such records side by
    /// side, and each must be told from the same records whichever of them the page began with.
    Everybody,
}

/// The lookups that are open and not yet asked, in a fixed order. Only sources that are given are asked.
///
/// Unless everybody is looked for, a marketing source is asked for records that refer to a sales record only once it
/// has been asked for the address, so that the dearer question is put only where the cheaper one found nobody.
#[expect(clippy::implicit_hasher, reason = "nobody but the gateway itself keeps such a set")]
pub fn open_lookups(
    records: &[Arc<PersonRecord>],
    asked: &HashSet<(SourceName, PersonLookup)>,
    sources: &[SourceInfo],
    rules: &IdentityRules,
    depth: Depth,
) -> Vec<(SourceName, PersonLookup)> {
    let order = SourceOrder::new(sources);
    let people = People::sort(records, &order, rules);
    let read: HashSet<&RecordKey> = records.iter().map(|record| &record.meta.key).collect();
    let mut open = Open { sources, asked, found: Vec::new(), seen: HashSet::new() };

    for key in named(records, &people).filter(|key| !read.contains(*key)) {
        open.add(&key.source, by_id(key));
    }
    // What a contact was converted from names it, not the other way round. A source that answers such a question
    // usually brought the answer together with the contact.
    for contact in people.records.live.iter().filter(|it| it.role == PersonRole::Contact) {
        let key = &contact.meta.key;
        if order.side(&key.source) == Side::Sales {
            open.add(&key.source, PersonLookup::ConvertedInto(key.id.clone()));
        }
    }
    for address in addresses(&people, rules) {
        for source in sources {
            open.add(&source.name, PersonLookup::Email(address.clone()));
        }
    }
    for cluster in people::link(records, sources, rules, &Reach::default()) {
        for source in sources.iter().filter(|source| source.side == Side::Marketing) {
            let is_there = cluster.members.iter().any(|member| member.record.meta.key.source == source.name);
            let is_settled =
                is_there || cluster.members.iter().any(|member| open.asks(&source.name, &member.record));
            if is_settled && depth == Depth::Partner {
                continue;
            }
            for member in &cluster.members {
                let key = &member.record.meta.key;
                if order.side(&key.source) == Side::Sales {
                    open.add(&source.name, PersonLookup::ReferringTo(key.clone()));
                }
            }
        }
    }
    open.found
}

/// Lookups on their way to a caller.
struct Open<'a> {
    sources: &'a [SourceInfo],
    asked: &'a HashSet<(SourceName, PersonLookup)>,
    found: Vec<(SourceName, PersonLookup)>,
    seen: HashSet<(SourceName, PersonLookup)>,
}

impl Open<'_> {
    fn add(&mut self, source: &SourceName, lookup: PersonLookup) {
        let is_configured = self.sources.iter().any(|it| it.name == *source);
        let lookup = (source.clone(), lookup);
        if is_configured && !self.asked.contains(&lookup) && self.seen.insert(lookup.clone()) {
            self.found.push(lookup);
        }
    }

    /// True when a cheaper question about this record is still open in this source.
    fn asks(&self, source: &SourceName, record: &PersonRecord) -> bool {
        let by_address = record.email.as_deref().and_then(email::normalise).map(PersonLookup::Email);
        let by_name = references(record).filter(|key| key.source == *source).map(by_id);
        by_address.into_iter().chain(by_name).any(|lookup| self.seen.contains(&(source.clone(), lookup)))
    }
}

/// The records that a live record names as itself.
fn references(record: &PersonRecord) -> impl Iterator<Item = &RecordKey> {
    record.conversion.iter().filter_map(|it| it.contact.as_ref()).chain(&record.cross_references)
}

/// The records that others name: survivors of merges, contacts of conversions, cross-references.
fn named<'a>(records: &'a [Arc<PersonRecord>], people: &'a People) -> impl Iterator<Item = &'a RecordKey> {
    let survivors = records.iter().filter_map(|record| record.meta.merged_into.as_ref());
    let referred_to = people.records.live.iter().flat_map(|record| references(record));
    let all: BTreeSet<&RecordKey> =
        survivors.chain(referred_to).map(|key| people.records.survivor(key)).collect();
    all.into_iter()
}

/// The addresses that may link, as the vendors are asked for them.
fn addresses(people: &People, rules: &IdentityRules) -> BTreeSet<Arc<str>> {
    people.addresses.iter().flatten().filter(|address| !rules.is_blocked(address)).cloned().collect()
}

fn by_id(key: &RecordKey) -> PersonLookup {
    PersonLookup::Id { object: key.object.clone(), id: key.id.clone() }
}

/// True when the record itself was still to be read when the rounds ended.
pub(super) fn is_open(reach: &Reach, key: &RecordKey) -> bool {
    let lookup = by_id(key);
    reach.open.iter().any(|(source, open)| *source == key.source && *open == lookup)
}

/// The live records whose person may be incomplete because a lookup was still open.
pub(super) fn open_places(people: &People, reach: &Reach) -> Vec<(usize, RecordKey)> {
    let mut found = Vec::new();
    for (place, record) in people.records.live.iter().enumerate() {
        let address = record.email.as_deref().and_then(email::normalise);
        let names_unread =
            references(record).map(|key| people.records.survivor(key)).any(|key| is_open(reach, key));
        let is_asked_for = reach.open.iter().any(|(_, lookup)| match lookup {
            PersonLookup::Email(open) => address.as_ref() == Some(open),
            PersonLookup::ReferringTo(key) => *key == record.meta.key,
            PersonLookup::Id { .. } | PersonLookup::ConvertedInto(_) => false,
        });
        if names_unread || is_asked_for {
            found.push((place, record.meta.key.clone()));
        }
    }
    found
}
