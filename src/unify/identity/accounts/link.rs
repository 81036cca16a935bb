//! Which records are one account: those that name each other, else those that alone have a domain.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::domain::account::AccountRecord;
use crate::domain::record::SourceInfo;
use crate::domain::web_domain;
use crate::unify::identity::cluster::{Cluster, LinkRule};
use crate::unify::identity::forest::Forest;
use crate::unify::identity::records::LiveRecords;
use crate::unify::source_order::SourceOrder;

/// Sorts records into accounts: by cross-reference, else by a registrable domain that one record of each of two sources
/// has and that is no free-mail domain.
pub fn link_accounts(records: &[Arc<AccountRecord>], sources: &[SourceInfo]) -> Vec<Cluster<AccountRecord>> {
    let order = SourceOrder::new(sources);
    let accounts = LiveRecords::sort(records, &order);
    let mut forest = Forest::new(accounts.live.len());
    for (place, record) in accounts.live.iter().enumerate() {
        for key in record.cross_references.iter().collect::<BTreeSet<_>>() {
            accounts.join(
                &mut forest,
                LinkRule::VendorCrossReference,
                key.id.clone(),
                place,
                accounts.place_of(key),
            );
        }
    }
    let explicit: Vec<Vec<usize>> =
        (0..accounts.live.len()).map(|place| forest.tree_of(place).to_vec()).collect();
    for (domain, places) in by_domain(&accounts.live) {
        for (nth, left) in places.iter().enumerate() {
            for right in &places[nth + 1..] {
                if is_domain_link(&accounts.live, &places, &explicit, &forest, *left, *right) {
                    accounts.join(&mut forest, LinkRule::Domain, domain.clone(), *left, Some(*right));
                }
            }
        }
    }
    accounts.into_clusters(forest, &order, &mut HashMap::new())
}

/// The registrable domains of an account record, in its order, without free-mail ones.
pub fn domains_of_account(record: &AccountRecord) -> Vec<Arc<str>> {
    own_domains(record.domains.iter().map(AsRef::as_ref))
}

pub(super) fn own_domains<'a>(raw: impl Iterator<Item = &'a str>) -> Vec<Arc<str>> {
    let mut domains: Vec<Arc<str>> = Vec::new();
    for domain in raw.filter_map(web_domain::registrable) {
        if !web_domain::is_free_mail(&domain) && !domains.contains(&domain) {
            domains.push(domain);
        }
    }
    domains
}

pub(super) fn by_domain(live: &[Arc<AccountRecord>]) -> BTreeMap<Arc<str>, Vec<usize>> {
    let mut places: BTreeMap<Arc<str>, Vec<usize>> = BTreeMap::new();
    for (place, record) in live.iter().enumerate() {
        for domain in domains_of_account(record) {
            places.entry(domain).or_default().push(place);
        }
    }
    places
}

/// True when the domain is unique in both records' sources and neither is explicitly linked to another there.
fn is_domain_link(
    live: &[Arc<AccountRecord>],
    with_domain: &[usize],
    explicit: &[Vec<usize>],
    forest: &Forest,
    left: usize,
    right: usize,
) -> bool {
    let source = |place: usize| &live[place].meta.key.source;
    let is_unique = |place: usize| with_domain.iter().filter(|it| source(**it) == source(place)).count() == 1;
    let is_taken = |one: usize, other: usize| {
        explicit[one].iter().any(|it| *it != one && *it != other && source(*it) == source(other))
    };
    let mut sources = BTreeSet::new();
    let mut together = forest.tree_of(left).iter().chain(forest.tree_of(right));
    source(left) != source(right)
        && is_unique(left)
        && is_unique(right)
        && !is_taken(left, right)
        && !is_taken(right, left)
        && together.all(|it| sources.insert(source(*it)))
}
