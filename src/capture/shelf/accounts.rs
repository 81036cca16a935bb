//! Accounts by id, by domain and by cross-reference.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::account::AccountRecord;
use crate::domain::id::RecordKey;
use crate::ledger::entry::{CapturedRecord, RecordKind, Recorded};
use crate::ledger::error::LedgerError;
use crate::ledger::link::Link;
use crate::source::ask::AccountLookup;

use super::{Answers, Shelf};

#[async_trait]
impl Answers<AccountLookup> for Shelf {
    const BATCH: usize = 500;

    async fn answer(&self, lookups: &[AccountLookup]) -> Result<Vec<Vec<Arc<AccountRecord>>>, LedgerError> {
        let key_of = |lookup: &AccountLookup| -> Option<RecordKey> {
            match lookup {
                AccountLookup::Id { object, id } => Some(self.key(object, id)),
                AccountLookup::Domain(_) | AccountLookup::ReferringTo(_) => None,
            }
        };
        let mut links: HashMap<Link, Vec<AccountLookup>> = HashMap::new();
        for lookup in lookups {
            let link = match lookup {
                AccountLookup::Id { .. } => continue,
                AccountLookup::Domain(domain) => Link::Domain(domain.clone()),
                AccountLookup::ReferringTo(key) => Link::RefersTo(key.clone()),
            };
            links.entry(link).or_default().push(lookup.clone());
        }
        let by_key = self.by_keys(lookups.iter().filter_map(key_of).collect(), RecordKind::Account).await?;
        let by_link = self.by_links(links, RecordKind::Account).await?;
        let answer = |lookup: &AccountLookup| match key_of(lookup) {
            Some(key) => by_key.get(&key).and_then(account).into_iter().collect(),
            None => by_link.get(lookup).into_iter().flatten().filter_map(account).collect(),
        };
        Ok(lookups.iter().map(answer).collect())
    }
}

fn account(recorded: &Recorded) -> Option<Arc<AccountRecord>> {
    match &recorded.record {
        CapturedRecord::Account(account) => Some(account.clone()),
        _ => None,
    }
}
