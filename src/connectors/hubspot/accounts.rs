//! Accounts: companies by id, by domain, and by the sales account they name.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::account::{AccountField, AccountRecord, AccountSelect};
use crate::domain::id::RecordKey;
use crate::source::ask::{AccountLookup, Ask};
use crate::source::error::SourceError;
use crate::source::reading::Reading;

use super::asking::{self, BATCH};
use super::map::account::has_domain;
use super::object::Object;
use super::portal::Portal;
use super::properties::Wish;
use super::search::spellings;
use super::wire::ObjectRecord;

/// The accounts of one HubSpot account.
pub(super) struct Accounts(pub(super) Arc<Portal>);

#[async_trait]
impl Ask<AccountLookup> for Accounts {
    fn batch_size(&self) -> usize {
        BATCH
    }

    fn can_answer(&self, lookup: &AccountLookup) -> bool {
        match lookup {
            AccountLookup::Id { object, .. } => &**object == Object::Company.name(),
            AccountLookup::Domain(_) => true,
            AccountLookup::ReferringTo(key) => self.refers(key),
        }
    }

    async fn ask(
        &self,
        lookups: &[AccountLookup],
        select: &AccountSelect,
        reading: &Reading,
    ) -> Result<Vec<(AccountLookup, Vec<Arc<AccountRecord>>)>, SourceError> {
        let ask = self.0.ask("reading accounts", reading);
        let wish = self.0.granted(Object::Company, Wish::accounts(select, &self.0.options));
        let mut ids = Vec::new();
        let (mut domains, mut references) = (BTreeSet::new(), BTreeSet::new());
        for lookup in lookups.iter().filter(|lookup| self.can_answer(lookup)) {
            match lookup {
                AccountLookup::Id { id, .. } => ids.push(&**id),
                AccountLookup::Domain(domain) => {
                    let domain = domain.to_lowercase();
                    domains.insert(format!("www.{domain}"));
                    domains.insert(domain);
                }
                AccountLookup::ReferringTo(key) => references.extend(spellings(&key.id)),
            }
        }
        let property = self.0.options.cross_references.account.as_str();
        let wanted: Vec<(&str, Vec<String>)> = [("domain", domains), (property, references)]
            .into_iter()
            .filter(|(_, values)| !values.is_empty())
            .map(|(property, values)| (property, values.into_iter().collect()))
            .collect();
        let (by_id, searched, ()) = futures::try_join!(
            ask.by_id(Object::Company, &ids, &wish),
            ask.search_any(Object::Company, &wanted, &wish),
            ask.money_of_accounts(select),
        )?;
        let reader = self.0.reader();
        let account = |record: &ObjectRecord| Arc::new(reader.account(record, select));
        let searched: Vec<Arc<AccountRecord>> = searched.iter().map(account).collect();
        let matching = |holds: &dyn Fn(&AccountRecord) -> bool| {
            searched.iter().filter(|account| holds(account)).cloned().collect::<Vec<_>>()
        };
        let answer = |lookup: &AccountLookup| match lookup {
            AccountLookup::Id { id, .. } => by_id.get(&**id).map(account).into_iter().collect(),
            AccountLookup::Domain(domain) => matching(&|account| has_domain(account, domain)),
            AccountLookup::ReferringTo(key) => matching(&|account| account.cross_references.contains(key)),
        };
        Ok(lookups.iter().map(|lookup| (lookup.clone(), answer(lookup))).collect())
    }
}

impl Accounts {
    fn refers(&self, key: &RecordKey) -> bool {
        let references = &self.0.options.cross_references;
        references.source.as_deref() == Some(key.source.as_str())
            && &*key.object == "Account"
            && self.0.has(Object::Company, &references.account)
    }
}

impl asking::Ask<'_> {
    /// Makes sure the currency of a company's revenue is known where it is asked for.
    pub(super) async fn money_of_accounts(&self, select: &AccountSelect) -> Result<(), SourceError> {
        if select.has(AccountField::AnnualRevenue) {
            self.details().await?;
        }
        Ok(())
    }
}
