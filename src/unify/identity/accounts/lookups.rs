//! What is still worth asking before the records of an account are complete.

use std::collections::HashSet;
use std::sync::Arc;

use crate::domain::account::AccountRecord;
use crate::domain::id::{RecordKey, SourceName};
use crate::domain::record::{Side, SourceInfo};
use crate::source::ask::AccountLookup;
use crate::unify::identity::records::LiveRecords;
use crate::unify::source_order::SourceOrder;

use super::link::{by_domain, link_accounts};

/// What is still worth asking before the records of an account are complete, as
/// [`open_lookups`](crate::unify::identity::lookups::open_lookups) is for people.
#[expect(clippy::implicit_hasher, reason = "nobody but the gateway itself keeps such a set")]
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
