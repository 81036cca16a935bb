//! Which records are one person: the five link rules, in their order.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::domain::email;
use crate::domain::id::RecordKey;
use crate::domain::person::{PersonRecord, PersonRole};
use crate::domain::record::SourceInfo;
use crate::unify::source_order::SourceOrder;

use super::by_email;
use super::cluster::{Cluster, Link, LinkRule, Reach, Warning, WarningCode};
use super::forest::Forest;
use super::lookups;
use super::records::LiveRecords;
use super::rules::{IdentityRules, OverrideAction};

/// Sorts records into people. Deleted and merged-away records are read for what they say about others and belong to
/// nobody themselves; of a record given twice the newer reading counts.
pub fn link(
    records: &[Arc<PersonRecord>],
    sources: &[SourceInfo],
    rules: &IdentityRules,
    reach: &Reach,
) -> Vec<Cluster> {
    let order = SourceOrder::new(sources);
    let people = People::sort(records, &order, rules);
    let mut forest = Forest::new(people.count());
    let mut warnings = Warnings::default();
    by_hand(&people, rules, &mut forest);
    by_conversion(&people, &mut forest);
    by_cross_reference(&people, reach, &mut forest, &mut warnings);
    by_email::join(&people, &order, &mut forest, &mut warnings);
    blocked_addresses(&people, &mut warnings);
    for (place, key) in lookups::open_places(&people, reach) {
        let message = format!("what {key} may belong to was not read to the end");
        warnings.add(place, WarningCode::ClusterLimit, message, vec![key]);
    }
    people.records.into_clusters(forest, &order, &mut warnings.by_place)
}

/// The live records in the fixed order in which links are tried: by source, contacts before leads, the most recently
/// modified contact first, and with them their addresses.
pub(super) struct People {
    pub(super) records: LiveRecords<PersonRecord>,
    /// The address of each live record, where it has one.
    pub(super) addresses: Vec<Option<Arc<str>>>,
    /// What each must have in common with another to link; none where the address may not link.
    pub(super) mailboxes: Vec<Option<Arc<str>>>,
}

impl People {
    pub(super) fn sort(
        records: &[Arc<PersonRecord>],
        order: &SourceOrder<'_>,
        rules: &IdentityRules,
    ) -> Self {
        let records = LiveRecords::sort_by(records, |a, b| {
            let (left, right) = (&a.meta.key, &b.meta.key);
            let place = |it: &PersonRecord| (order.rank(&it.meta.key.source), Reverse(it.role));
            let by_object =
                (place(a), &left.source, &left.object).cmp(&(place(b), &right.source, &right.object));
            if a.role == PersonRole::Contact {
                by_object.then_with(|| (b.meta.updated_at, &right.id).cmp(&(a.meta.updated_at, &left.id)))
            } else {
                by_object.then_with(|| left.id.cmp(&right.id))
            }
        });
        let addresses: Vec<Option<Arc<str>>> =
            records.live.iter().map(|record| record.email.as_deref().and_then(email::normalise)).collect();
        let mailboxes = addresses
            .iter()
            .map(|address| address.as_ref().filter(|it| !rules.is_blocked(it)).map(|it| rules.mailbox(it)))
            .collect();
        Self { records, addresses, mailboxes }
    }

    /// The live record at a place.
    pub(super) fn at(&self, place: usize) -> &PersonRecord {
        &self.records.live[place]
    }

    /// The key of the live record at a place.
    pub(super) fn key(&self, place: usize) -> RecordKey {
        self.at(place).meta.key.clone()
    }

    /// How many live records there are.
    pub(super) fn count(&self) -> usize {
        self.records.live.len()
    }
}

/// Warnings by the record whose person they are shown with.
#[derive(Default)]
pub(super) struct Warnings {
    by_place: HashMap<usize, Vec<Warning>>,
}

impl Warnings {
    pub(super) fn add(&mut self, place: usize, code: WarningCode, message: String, records: Vec<RecordKey>) {
        self.by_place.entry(place).or_default().push(Warning { code, message, records });
    }
}

/// Rule 5, which is stronger than the others and therefore goes first. Of several decisions about two records the
/// latest counts.
fn by_hand(people: &People, rules: &IdentityRules, forest: &mut Forest) {
    let mut decisions: Vec<_> = rules.overrides.iter().collect();
    decisions.sort_by(|a, b| (a.since, &a.records).cmp(&(b.since, &b.records)));
    let mut pairs = BTreeMap::new();
    for decision in decisions {
        let named: Vec<usize> =
            decision.records.iter().filter_map(|key| people.records.place_of(key)).collect();
        let others: Vec<usize> = if decision.action == OverrideAction::Split && decision.records.len() == 1 {
            (0..people.count()).collect()
        } else {
            named.clone()
        };
        for left in &named {
            for right in others.iter().filter(|right| *right != left) {
                pairs.insert((*left.min(right), *left.max(right)), decision);
            }
        }
    }
    for ((left, right), _) in pairs.iter().filter(|(_, decision)| decision.action == OverrideAction::Split) {
        forest.keep_apart(*left, *right);
    }
    for ((left, right), decision) in pairs.iter().filter(|(_, it)| it.action == OverrideAction::Merge) {
        let link = Link {
            rule: LinkRule::Manual,
            matched_on: None,
            confirmed_by: decision.by.clone(),
            since: decision.since,
        };
        forest.join(*left, *right, link);
    }
}

/// Rule 2: a lead and the contact it became. (Rule 1, merges, is in the aliases: a loser has no record of its own.)
fn by_conversion(people: &People, forest: &mut Forest) {
    for (place, record) in people.records.live.iter().enumerate() {
        if let Some(contact) = record.conversion.as_ref().and_then(|it| it.contact.as_ref()) {
            let target = people.records.place_of(contact);
            people.records.join(forest, LinkRule::LeadConversion, contact.id.clone(), place, target);
        }
    }
}

/// Rule 3: a record and those of other sources that it names.
fn by_cross_reference(people: &People, reach: &Reach, forest: &mut Forest, warnings: &mut Warnings) {
    for (place, record) in people.records.live.iter().enumerate() {
        for key in record.cross_references.iter().collect::<BTreeSet<_>>() {
            let target = people.records.place_of(key);
            people.records.join(forest, LinkRule::VendorCrossReference, key.id.clone(), place, target);
            let is_unread = || lookups::is_open(reach, people.records.survivor(key));
            if target.is_none() && !reach.silent.contains(&key.source) && !is_unread() {
                let own = record.meta.key.clone();
                let message = format!("{own} names {key}, which is not there");
                warnings.add(place, WarningCode::CrossReferenceDangling, message, vec![own]);
            }
        }
    }
}

/// Says which records have an address that several people share or that stands for none.
fn blocked_addresses(people: &People, warnings: &mut Warnings) {
    for place in 0..people.count() {
        if people.addresses[place].is_some() && people.mailboxes[place].is_none() {
            let key = people.key(place);
            let message =
                format!("the address of {key} belongs to a role or stands for none, so it links nothing");
            warnings.add(place, WarningCode::BlockedEmail, message, vec![key]);
        }
    }
}
