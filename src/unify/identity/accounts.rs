//! Which records are one account, and which account a person belongs to.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::account::AccountRecord;
use crate::domain::id::{RecordKey, SourceName};
use crate::domain::person::{PersonRecord, PersonRole};
use crate::domain::record::{Side, SourceInfo};
use crate::domain::web_domain;
use crate::source::ask::AccountLookup;
use crate::unify::source_order::SourceOrder;

use super::cluster::{Cluster, LinkRule, Warning, WarningCode};
use super::forest::Forest;
use super::records::LiveRecords;

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

/// The registrable domains of a person's addresses, in the order of sources, without free-mail ones.
pub fn domains_of_person(cluster: &Cluster) -> Vec<Arc<str>> {
    let records = cluster.members.iter().map(|member| &member.record);
    own_domains(records.flat_map(|it| it.email.iter().chain(&it.other_emails)).map(AsRef::as_ref))
}

fn own_domains<'a>(raw: impl Iterator<Item = &'a str>) -> Vec<Arc<str>> {
    let mut domains: Vec<Arc<str>> = Vec::new();
    for domain in raw.filter_map(web_domain::registrable) {
        if !web_domain::is_free_mail(&domain) && !domains.contains(&domain) {
            domains.push(domain);
        }
    }
    domains
}

fn by_domain(live: &[Arc<AccountRecord>]) -> BTreeMap<Arc<str>, Vec<usize>> {
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

/// What is still worth asking before the records of an account are complete, as
/// [`open_lookups`](super::lookups::open_lookups) is for people.
pub fn open_account_lookups(
    records: &[Arc<AccountRecord>],
    asked: &HashSet<(SourceName, AccountLookup)>,
    sources: &[SourceInfo],
) -> Vec<(SourceName, AccountLookup)> {
    let order = SourceOrder::new(sources);
    let accounts = LiveRecords::sort(records, &order);
    let read: HashSet<&RecordKey> = records.iter().map(|record| &record.meta.key).collect();
    let is_new = |lookup: &(SourceName, AccountLookup)| {
        !asked.contains(lookup) && sources.iter().any(|source| source.name == lookup.0)
    };
    let mut open: Vec<(SourceName, AccountLookup)> = Vec::new();
    let survivors = records.iter().filter_map(|record| record.meta.merged_into.as_ref());
    let named = survivors.chain(accounts.live.iter().flat_map(|record| &record.cross_references));
    for key in named.map(|key| accounts.survivor(key)).filter(|key| !read.contains(key)) {
        open.push((key.source.clone(), AccountLookup::Id { object: key.object.clone(), id: key.id.clone() }));
    }
    for domain in by_domain(&accounts.live).into_keys() {
        open.extend(sources.iter().map(|it| (it.name.clone(), AccountLookup::Domain(domain.clone()))));
    }
    open.retain(&is_new);
    if open.is_empty() {
        for cluster in link_accounts(records, sources) {
            for source in sources.iter().filter(|source| source.side == Side::Marketing) {
                let keys = cluster.members.iter().map(|member| &member.record.meta.key);
                if keys.clone().all(|key| key.source != source.name) {
                    let sales = keys.filter(|key| order.side(&key.source) == Side::Sales);
                    open.extend(
                        sales.map(|key| (source.name.clone(), AccountLookup::ReferringTo(key.clone()))),
                    );
                }
            }
        }
        open.retain(&is_new);
    }
    let mut seen = HashSet::new();
    open.retain(|lookup| seen.insert(lookup.clone()));
    open
}

/// An account that has the domain of a person's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountCandidate {
    /// Its anchor.
    pub account: RecordKey,
    /// Something is being sold to it.
    pub has_open_opportunity: bool,
    /// It bought.
    pub is_customer: bool,
    /// When something last happened with it.
    pub latest_activity: Option<DateTime<Utc>>,
}

/// The account a person belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountMatch {
    /// A record names it: an account of the sales side or a company of the marketing side.
    Named(RecordKey),
    /// It alone has the domain of the person's address.
    ByDomain(RecordKey),
    /// Several have that domain; the warning names them, the likeliest first.
    Ambiguous(Warning),
    /// None is known.
    Unknown,
}

/// The account a record of the person names: the contact's, else the one a lead was converted into, else the primary
/// company on the marketing side.
pub fn account_named(cluster: &Cluster, sources: &[SourceInfo]) -> Option<RecordKey> {
    let order = SourceOrder::new(sources);
    let mut records: Vec<&PersonRecord> = cluster.members.iter().map(|member| &*member.record).collect();
    records.sort_by_key(|it| (order.rank(&it.meta.key.source), Reverse(it.meta.updated_at), &it.meta.key));
    let is_sales = |it: &&&PersonRecord| order.side(&it.meta.key.source) == Side::Sales;
    let of_contact = records
        .iter()
        .filter(is_sales)
        .filter(|it| it.role == PersonRole::Contact)
        .find_map(|it| it.account.as_ref());
    let of_conversion = || records.iter().find_map(|it| it.conversion.as_ref()?.account.as_ref());
    let of_company = || records.iter().find_map(|it| it.account.as_ref());
    of_contact.or_else(of_conversion).or_else(of_company).cloned()
}

/// The account a person belongs to: the one a record names, else the only one with the domain of an address.
pub fn account_of(cluster: &Cluster, sources: &[SourceInfo], by_domain: &[AccountCandidate]) -> AccountMatch {
    if let Some(named) = account_named(cluster, sources) {
        return AccountMatch::Named(named);
    }
    let order = SourceOrder::new(sources);
    let mut candidates: Vec<&AccountCandidate> = by_domain.iter().collect();
    candidates.sort_by(|a, b| {
        let likelihood =
            |it: &AccountCandidate| (it.has_open_opportunity, it.is_customer, it.latest_activity);
        likelihood(b).cmp(&likelihood(a)).then_with(|| order.place(&a.account).cmp(&order.place(&b.account)))
    });
    candidates.dedup_by(|a, b| a.account == b.account);
    match candidates.as_slice() {
        [] => AccountMatch::Unknown,
        [only] => AccountMatch::ByDomain(only.account.clone()),
        several => AccountMatch::Ambiguous(Warning {
            code: WarningCode::AmbiguousAccount,
            message: format!("{} accounts have the domain of this person's address", several.len()),
            records: several.iter().map(|it| it.account.clone()).collect(),
        }),
    }
}
