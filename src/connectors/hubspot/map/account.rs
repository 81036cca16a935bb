//! Companies.

use std::sync::Arc;

use crate::connectors::hubspot::object::Object;
use crate::connectors::hubspot::properties;
use crate::connectors::hubspot::wire::ObjectRecord;
use crate::domain::account::{AccountField, AccountRecord, AccountSelect};
use crate::domain::select::Field;

use super::{Reader, custom_fields, value};

impl Reader<'_> {
    /// A company as an account record.
    pub(in crate::connectors::hubspot) fn account(
        &self,
        record: &ObjectRecord,
        select: &AccountSelect,
    ) -> AccountRecord {
        let text = |property: &str| record.value(property).map(Arc::<str>::from);
        let edits = AccountField::ALL.iter().filter(|field| select.has_edit(**field)).map(|field| {
            let behind = properties::of_account(*field, self.options);
            (*field, self.edit(Object::Company, record, &behind))
        });
        AccountRecord {
            meta: self.meta(Object::Company, record),
            name: text("name"),
            domains: domains(record).map(Arc::from).collect(),
            industry: text("industry"),
            employees: record.value("numberofemployees").and_then(value::whole),
            annual_revenue: record.value("annualrevenue").and_then(|amount| self.money(amount, None)),
            country: text("country"),
            state: text("state"),
            owner: self.owner(record),
            is_target: record.value(&self.options.target_account_property).and_then(value::flag),
            cross_references: self
                .cross_references(record, &[(&self.options.cross_references.account, "Account")]),
            custom: custom_fields(record, &self.options.fields.account),
            edits: edits.collect(),
        }
    }
}

/// Everything a company says about where it is on the web, the vendor's own key first.
fn domains(record: &ObjectRecord) -> impl Iterator<Item = &str> {
    let further = record.value("hs_additional_domains").into_iter().flat_map(value::choices);
    record.value("domain").into_iter().chain(further).chain(record.value("website"))
}

/// Whether one of an account's addresses is at this domain or below it.
pub(in crate::connectors::hubspot) fn has_domain(account: &AccountRecord, domain: &str) -> bool {
    let domain = domain.to_lowercase();
    account.domains.iter().any(|address| {
        let host = host(address).to_lowercase();
        host.strip_suffix(domain.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

/// The host of what may be a whole address.
fn host(address: &str) -> &str {
    let behind_scheme = address.split_once("://").map_or(address, |(_, rest)| rest);
    behind_scheme.split(['/', '?', '#', ':']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use rust_decimal::Decimal;

    use super::*;
    use crate::connectors::hubspot::config::HubspotOptions;
    use crate::connectors::hubspot::wire::BatchAnswer;
    use crate::connectors::hubspot::wire::account::AccountDetails;
    use crate::domain::id::SourceName;

    fn account(details: &str) -> AccountRecord {
        let answer: BatchAnswer<ObjectRecord> =
            serde_json::from_str(include_str!("../fixtures/companies.json")).expect("the fixture is read");
        let options: HubspotOptions =
            toml::from_str("[cross_references]\nsource = \"sales\"").expect("good options");
        let details: AccountDetails = serde_json::from_str(details).expect("details");
        let source = SourceName::new("marketing");
        let reader = Reader {
            source: &source,
            options: &options,
            details: Some(&details),
            fetched_at: DateTime::<Utc>::UNIX_EPOCH,
        };
        let mut select = AccountSelect::everything();
        select.add_with_edit(AccountField::Industry);
        reader.account(&answer.results[0], &select)
    }

    #[test]
    fn a_company_becomes_an_account_in_the_words_of_the_domain() {
        let account = account(r#"{"portalId": 1, "companyCurrency": "EUR"}"#);
        assert_eq!(account.meta.key.to_string(), "marketing:company:77");
        assert_eq!(account.domains.len(), 3);
        assert_eq!(account.employees, Some(250));
        let revenue = account.annual_revenue.as_ref().expect("an amount");
        assert_eq!((revenue.amount, &*revenue.currency), (Decimal::from(12_000_000), "EUR"));
        assert_eq!(account.is_target, Some(true));
        assert_eq!(&*account.cross_references[0].id, "001D000000IqhSLIAZ");
        assert_eq!(account.edits[&AccountField::Industry].at.to_rfc3339(), "2025-02-01T00:00:00+00:00");
    }

    #[test]
    fn a_number_without_a_currency_is_no_money() {
        assert_eq!(account(r#"{"portalId": 1}"#).annual_revenue, None);
    }

    #[test]
    fn a_domain_is_told_from_one_that_ends_alike() {
        let account = account(r#"{"portalId": 1}"#);
        assert!(has_domain(&account, "example.co.uk"), "shop.example.co.uk is below it");
        assert!(has_domain(&account, "Analytical.example"));
        assert!(!has_domain(&account, "lytical.example"));
    }
}
