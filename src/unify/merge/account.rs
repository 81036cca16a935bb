//! One account from many records. Every field is the sales side's unless it is blank there; domains are united.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::account::AccountRecord;
use crate::domain::custom::CustomValue;
use crate::domain::id::RecordKey;
use crate::domain::money::Money;
use crate::domain::record::SourceInfo;
use crate::domain::web_domain;
use crate::unify::identity::cluster::Cluster;
use crate::unify::source_order::SourceOrder;

use super::believed::Believed;
use super::provenance::{Provenance, SurvivorshipStrategy};
use super::same::Same;
use super::weigh::{Weighed, sales_unless_blank};

/// An account as the gateway shows it. A field that no record holds, or that was not asked for, is none.
#[derive(Clone, Debug, PartialEq)]
pub struct MergedAccount {
    /// The organisation's name.
    pub name: Option<Arc<str>>,
    /// Every registrable domain of every record, the most believed record's first.
    pub domains: Vec<Arc<str>>,
    /// Industry.
    pub industry: Option<Arc<str>>,
    /// Number of employees.
    pub employees: Option<i64>,
    /// Revenue a year.
    pub annual_revenue: Option<Money>,
    /// Country of the billing address.
    pub country: Option<Arc<str>>,
    /// State or region within the country.
    pub state: Option<Arc<str>>,
    /// The owning user.
    pub owner: Option<RecordKey>,
    /// Marked as a target of account-based marketing.
    pub is_target: Option<bool>,
    /// Fields of the company's own, by their configured key.
    pub custom: BTreeMap<Arc<str>, CustomValue>,
    /// Creation of the oldest record.
    pub created_at: DateTime<Utc>,
    /// Latest change of any record.
    pub updated_at: DateTime<Utc>,
}

/// The fields of a merged account that have a provenance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each name is the field's own term and says all there is")]
pub enum MergedAccountField {
    Name,
    Domains,
    Industry,
    Employees,
    AnnualRevenue,
    Country,
    State,
    Owner,
    IsTarget,
}

impl MergedAccountField {
    /// Every field, in the order of the schema.
    pub const ALL: [Self; 9] = [
        Self::Name,
        Self::Domains,
        Self::Industry,
        Self::Employees,
        Self::AnnualRevenue,
        Self::Country,
        Self::State,
        Self::Owner,
        Self::IsTarget,
    ];
}

/// Merges the records of an account.
pub fn merge_account(cluster: &Cluster<AccountRecord>, sources: &[SourceInfo], same: &Same) -> MergedAccount {
    let records = believed(cluster, sources);
    let metas = || records.records.iter().map(|it| &it.meta);
    MergedAccount {
        name: records.text(|it| it.name.as_ref()).value(),
        domains: united_domains(&records),
        industry: records.text(|it| it.industry.as_ref()).value(),
        employees: records.plain(|it| it.employees).value(),
        annual_revenue: revenue(&records).value(),
        country: records.text(|it| it.country.as_ref()).value(),
        state: records.text(|it| it.state.as_ref()).value(),
        owner: records.key(same, |it| it.owner.as_ref()).value(),
        is_target: records.plain(|it| it.is_target).value(),
        custom: records.custom(|it| &it.custom),
        created_at: metas().map(|it| it.created_at).min().expect("a cluster has at least one record"),
        updated_at: metas().map(|it| it.updated_at).max().expect("a cluster has at least one record"),
    }
}

/// Where a field's value came from; none where no record holds one.
pub fn account_provenance(
    cluster: &Cluster<AccountRecord>,
    sources: &[SourceInfo],
    same: &Same,
    field: MergedAccountField,
) -> Option<Provenance<MergedAccountField>> {
    let records = believed(cluster, sources);
    match field {
        MergedAccountField::Name => records.text(|it| it.name.as_ref()).provenance(field),
        MergedAccountField::Domains => domains(&records).provenance(field),
        MergedAccountField::Industry => records.text(|it| it.industry.as_ref()).provenance(field),
        MergedAccountField::Employees => records.plain(|it| it.employees).provenance(field),
        MergedAccountField::AnnualRevenue => revenue(&records).provenance(field),
        MergedAccountField::Country => records.text(|it| it.country.as_ref()).provenance(field),
        MergedAccountField::State => records.text(|it| it.state.as_ref()).provenance(field),
        MergedAccountField::Owner => records.key(same, |it| it.owner.as_ref()).provenance(field),
        MergedAccountField::IsTarget => records.plain(|it| it.is_target).provenance(field),
    }
}

/// Within a source the record that was modified last comes first.
fn believed<'a>(cluster: &'a Cluster<AccountRecord>, sources: &[SourceInfo]) -> Believed<'a, AccountRecord> {
    Believed::of(cluster, &SourceOrder::new(sources), |it: &AccountRecord| Reverse(it.meta.updated_at))
}

fn revenue(records: &Believed<'_, AccountRecord>) -> Weighed<Money> {
    sales_unless_blank(records.says(|it| {
        let money = it.annual_revenue.clone()?;
        let text = format!("{} {}", money.amount, money.currency);
        let compared = format!("{} {}", money.amount.normalize(), money.currency);
        Some((money, Arc::from(text), Some(compared)))
    }))
}

fn registrable_domains(record: &AccountRecord) -> Vec<Arc<str>> {
    let mut domains: Vec<Arc<str>> = Vec::new();
    for domain in record.domains.iter().filter_map(|raw| web_domain::registrable(raw)) {
        if !domains.contains(&domain) {
            domains.push(domain);
        }
    }
    domains
}

fn united_domains(records: &Believed<'_, AccountRecord>) -> Vec<Arc<str>> {
    let mut united: Vec<Arc<str>> = Vec::new();
    for domain in records.records.iter().flat_map(|it| registrable_domains(it)) {
        if !united.contains(&domain) {
            united.push(domain);
        }
    }
    united
}

/// UNION: nothing loses, so nothing is in conflict.
fn domains(records: &Believed<'_, AccountRecord>) -> Weighed<Vec<Arc<str>>> {
    let says = records.says(|it| {
        let domains = registrable_domains(it);
        let text = domains.join(", ");
        (!domains.is_empty()).then(|| (domains, Arc::from(text), None))
    });
    Weighed { strategy: SurvivorshipStrategy::Union, says }
}

#[cfg(test)]
mod tests {
    use crate::unify::identity::accounts::link_accounts;
    use crate::unify::samples::{account, at, key, sources};

    use super::*;

    fn one_account() -> Cluster<AccountRecord> {
        let mut sales = account("sales:Account:A1", &["https://www.a.example"], None);
        sales.name = Some(Arc::from("Acme Ltd"));
        sales.employees = Some(100);
        let mut marketing =
            account("marketing:company:K1", &["a.example", "b.example"], Some("sales:Account:A1"));
        marketing.name = Some(Arc::from("Acme"));
        marketing.industry = Some(Arc::from("Mining"));
        marketing.employees = Some(100);
        marketing.meta.updated_at = at("2025-03-01");
        let mut clusters = link_accounts(&[Arc::new(sales), Arc::new(marketing)], &sources());
        assert_eq!(clusters.len(), 1);
        clusters.remove(0)
    }

    #[test]
    fn an_accounts_fields_are_the_sales_sides_unless_blank_and_its_domains_are_united() {
        let merged = merge_account(&one_account(), &sources(), &Same::default());
        assert_eq!(merged.name.as_deref(), Some("Acme Ltd"));
        assert_eq!(merged.industry.as_deref(), Some("Mining"));
        assert_eq!(merged.domains, [Arc::from("a.example"), Arc::from("b.example")]);
        assert_eq!(merged.updated_at, at("2025-03-01"));
    }

    #[test]
    fn an_account_is_in_conflict_where_two_sources_differ() {
        let account = one_account();
        let told = |field| account_provenance(&account, &sources(), &Same::default(), field);
        let name = told(MergedAccountField::Name).expect("both tell a name");
        assert_eq!((name.chosen.record, name.in_conflict), (key("sales:Account:A1"), true));
        assert!(!told(MergedAccountField::Employees).expect("both tell a number").in_conflict);
        let domains = told(MergedAccountField::Domains).expect("both tell domains");
        assert_eq!((domains.strategy, domains.in_conflict), (SurvivorshipStrategy::Union, false));
        assert_eq!(told(MergedAccountField::Owner), None);
    }
}
