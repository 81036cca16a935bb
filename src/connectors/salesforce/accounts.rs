//! Accounts: by id, by the domain of their website, and all of them in order.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use crate::domain::account::{AccountField, AccountRecord, AccountSelect};
use crate::domain::select::Field;
use crate::domain::web_domain::registrable;
use crate::source::ask::{AccountLookup, Ask};
use crate::source::error::SourceError;
use crate::source::reading::Reading;
use crate::source::walk::{Condition, Order, Page, PageAsk, Walk};

use super::id::canonical;
use super::listing::PAGE;
use super::map::account::{ACCOUNT_ALWAYS, account_columns};
use super::org::{KEYS_PER_QUERY, Org, Query};
use super::people::add_edits;
use super::soql::{Filter, Name, Soql};

const OPERATION: &str = "reading accounts";
const OBJECTS: &[&str] = &["Account"];

/// Domains in one query: each is a search in a text, which the vendor does without an index.
const DOMAINS_PER_QUERY: usize = 40;

impl Org {
    pub(super) fn account_query(&self, select: &AccountSelect) -> Soql {
        let mut soql = Soql::from("Account", ACCOUNT_ALWAYS);
        for column in select.fields().flat_map(account_columns) {
            soql.also(*column);
        }
        if self.options.multi_currency && select.has(AccountField::AnnualRevenue) {
            soql.also("CurrencyIsoCode");
        }
        for field in select.custom().filter_map(|key| self.options.fields.account.get(&**key)) {
            soql.also(field.name());
        }
        let edited = AccountField::ALL.iter().copied().filter(|field| select.has_edit(*field));
        let columns = edited.flat_map(account_columns).copied().collect::<Vec<_>>();
        add_edits(&mut soql, "AccountHistory", &columns);
        soql
    }

    pub(super) fn account(&self, row: &Value, select: &AccountSelect) -> Result<AccountRecord, SourceError> {
        self.mapping().account(row, select).map_err(|_| self.unreadable(OPERATION))
    }
}

#[async_trait]
impl Ask<AccountLookup> for Org {
    fn batch_size(&self) -> usize {
        KEYS_PER_QUERY
    }

    fn can_answer(&self, lookup: &AccountLookup) -> bool {
        !matches!(lookup, AccountLookup::ReferringTo(_))
    }

    async fn ask(
        &self,
        lookups: &[AccountLookup],
        select: &AccountSelect,
        reading: &Reading,
    ) -> Result<Vec<(AccountLookup, Vec<Arc<AccountRecord>>)>, SourceError> {
        let mut ids = BTreeSet::new();
        let mut domains = BTreeSet::new();
        for lookup in lookups {
            match lookup {
                AccountLookup::Id { object, id } if **object == *OBJECTS[0] => ids.extend(canonical(id)),
                AccountLookup::Domain(domain) if !domain.is_empty() => {
                    domains.insert(domain.clone());
                }
                _ => {}
            }
        }
        let soql = self.account_query(select);
        let mut queries = Vec::new();
        for chunk in ids.iter().collect::<Vec<_>>().chunks(KEYS_PER_QUERY) {
            queries.push(Query::all_rows(soql.clone().filtered(Filter::one_id_of("Id", chunk))));
        }
        for chunk in domains.iter().collect::<Vec<_>>().chunks(DOMAINS_PER_QUERY) {
            let website = || Name::from("Website");
            let ways = chunk.iter().map(|domain| Filter::Contains(website(), Arc::clone(domain)));
            queries.push(Query::live(soql.clone().filtered(Filter::Any(ways.collect()))));
        }
        let mut by_id = HashMap::new();
        let mut by_domain: HashMap<Arc<str>, Vec<Arc<AccountRecord>>> = HashMap::new();
        for row in self.rows(OPERATION, &queries, reading).await?.into_iter().flatten() {
            let account = Arc::new(self.account(&row, select)?);
            if by_id.insert(account.meta.key.id.clone(), account.clone()).is_some() {
                continue;
            }
            // The search also finds `notacme.com` for `acme.com`.
            let domain = account.domains.first().and_then(|website| registrable(website));
            if let (Some(domain), None) = (domain, account.meta.deleted_at) {
                by_domain.entry(domain).or_default().push(account);
            }
        }
        let answer = |lookup: &AccountLookup| match lookup {
            AccountLookup::Id { object, id } if **object == *OBJECTS[0] => {
                canonical(id).and_then(|id| by_id.get(&id)).cloned().into_iter().collect()
            }
            AccountLookup::Domain(domain) => by_domain.get(domain).cloned().unwrap_or_default(),
            _ => Vec::new(),
        };
        Ok(lookups.iter().map(|lookup| (lookup.clone(), answer(lookup))).collect())
    }
}

#[async_trait]
impl Walk<AccountRecord> for Org {
    fn objects(&self) -> &'static [&'static str] {
        OBJECTS
    }

    fn page_size(&self) -> usize {
        PAGE
    }

    fn can_filter(&self, condition: &Condition) -> bool {
        self.can_filter_all(OBJECTS, condition)
    }

    fn can_order(&self, order: &Order) -> bool {
        self.can_order_all(OBJECTS, order)
    }

    async fn page(
        &self,
        ask: &PageAsk<AccountSelect>,
        reading: &Reading,
    ) -> Result<Page<AccountRecord>, SourceError> {
        let soql = self.account_query(&ask.select);
        self.listed(OPERATION, soql, ask, reading, |row| self.account(row, &ask.select)).await
    }
}
