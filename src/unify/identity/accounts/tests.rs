//! The account rules of domain guide §8.

use std::collections::HashSet;
use std::sync::Arc;

use crate::domain::account::AccountRecord;
use crate::domain::id::SourceName;
use crate::domain::person::{Conversion, PersonRecord};
use crate::source::ask::AccountLookup;
use crate::unify::identity::cluster::{Cluster, LinkRule, Reach, WarningCode};
use crate::unify::identity::people::link;
use crate::unify::identity::rules::IdentityRules;
use crate::unify::samples::{account, at, key, person, sources, two_sources};

use super::*;

fn accounts(records: &[AccountRecord]) -> Vec<Cluster<AccountRecord>> {
    let records: Vec<_> = records.iter().cloned().map(Arc::new).collect();
    link_accounts(&records, &sources())
}

fn ids(clusters: &[Cluster<AccountRecord>]) -> Vec<Vec<String>> {
    let id = |it: &crate::unify::identity::cluster::Member<AccountRecord>| it.record.meta.key.id.to_string();
    clusters.iter().map(|cluster| cluster.members.iter().map(id).collect()).collect()
}

fn one_person(records: &[Arc<PersonRecord>]) -> Cluster {
    let clusters = link(records, &sources(), &IdentityRules::default(), &Reach::default());
    assert_eq!(clusters.len(), 1);
    clusters.into_iter().next().expect("there is one")
}

#[test]
fn a_company_that_names_an_account_is_that_account() {
    let clusters = accounts(&[
        account("sales:Account:A1", &["a.example"], None),
        account("marketing:company:K1", &["other.example"], Some("sales:Account:A1")),
    ]);
    assert_eq!(ids(&clusters), [["A1", "K1"]]);
    assert_eq!(clusters[0].members[1].link.rule, LinkRule::VendorCrossReference);
}

#[test]
fn a_domain_that_is_unique_on_both_sides_joins() {
    let clusters = accounts(&[
        account("sales:Account:A1", &["https://www.Shop.EU.example.co.uk/about"], None),
        account("marketing:company:K1", &["example.co.uk"], None),
    ]);
    assert_eq!(ids(&clusters), [["A1", "K1"]]);
    let link = &clusters[0].members[1].link;
    assert_eq!((link.rule, link.matched_on.as_deref()), (LinkRule::Domain, Some("example.co.uk")));
}

#[test]
fn a_domain_that_two_accounts_of_one_side_have_joins_nothing() {
    let clusters = accounts(&[
        account("sales:Account:A1", &["a.example"], None),
        account("sales:Account:A2", &["www.a.example"], None),
        account("marketing:company:K1", &["a.example"], None),
    ]);
    assert_eq!(clusters.len(), 3);
}

#[test]
fn a_free_mail_domain_joins_nothing() {
    let clusters = accounts(&[
        account("sales:Account:A1", &["gmail.com"], None),
        account("marketing:company:K1", &["gmail.com"], None),
    ]);
    assert_eq!(clusters.len(), 2);
}

#[test]
fn a_company_that_names_one_account_does_not_join_another_by_domain() {
    let clusters = accounts(&[
        account("sales:Account:A1", &["a.example"], None),
        account("sales:Account:A2", &["b.example"], None),
        account("marketing:company:K1", &["b.example"], Some("sales:Account:A1")),
    ]);
    assert_eq!(ids(&clusters), [vec!["A1", "K1"], vec!["A2"]]);
}

#[test]
fn several_domains_never_bring_two_accounts_of_one_source_together() {
    let clusters = accounts(&[
        account("sales:Account:A1", &["a.example"], None),
        account("sales:Account:A2", &["b.example"], None),
        account("marketing:company:K1", &["a.example", "b.example"], None),
    ]);
    assert_eq!(ids(&clusters), [vec!["A1", "K1"], vec!["A2"]]);
}

#[test]
fn the_account_of_a_contact_comes_before_that_of_a_conversion_and_of_a_company() {
    let contact = person("sales:Contact:C1").with(|it| it.account = Some(key("sales:Account:A1")));
    let lead = person("sales:Lead:L1").with(|it| {
        it.conversion = Some(Conversion {
            contact: Some(key("sales:Contact:C1")),
            account: Some(key("sales:Account:A2")),
            opportunity: None,
            on: None,
        });
    });
    let marketing = person("marketing:contact:H1")
        .refers_to("sales:Lead:L1")
        .with(|it| it.account = Some(key("marketing:company:K1")));
    let by_domain = [candidate("sales:Account:A9", false, false, None)];
    let account = |records: &[Arc<PersonRecord>]| account_of(&one_person(records), &sources(), &by_domain);

    let records = [contact.record(), lead.clone().record(), marketing.clone().record()];
    assert_eq!(account(&records), AccountMatch::Named(key("sales:Account:A1")));
    let records = [lead.record(), marketing.clone().record()];
    assert_eq!(account(&records), AccountMatch::Named(key("sales:Account:A2")));
    assert_eq!(account(&[marketing.record()]), AccountMatch::Named(key("marketing:company:K1")));
    let stranger = [person("sales:Lead:L2").record()];
    assert_eq!(account(&stranger), AccountMatch::ByDomain(key("sales:Account:A9")));
    assert_eq!(account_of(&one_person(&stranger), &sources(), &[]), AccountMatch::Unknown);
}

fn candidate(name: &str, open: bool, customer: bool, latest: Option<&str>) -> AccountCandidate {
    AccountCandidate {
        account: key(name),
        has_open_opportunity: open,
        is_customer: customer,
        latest_activity: latest.map(at),
    }
}

#[test]
fn two_accounts_with_the_domain_are_ambiguous_and_the_likeliest_comes_first() {
    let candidates = [
        candidate("sales:Account:A1", false, false, None),
        candidate("sales:Account:A2", false, false, Some("2025-01-01")),
        candidate("sales:Account:A3", false, false, Some("2025-02-01")),
        candidate("sales:Account:A4", false, true, None),
        candidate("sales:Account:A5", true, false, None),
    ];
    let person = one_person(&[person("sales:Lead:L1").email("jane@a.example").record()]);
    let AccountMatch::Ambiguous(warning) = account_of(&person, &sources(), &candidates) else {
        panic!("five accounts have the domain");
    };
    assert_eq!(warning.code, WarningCode::AmbiguousAccount);
    let ids: Vec<&str> = warning.records.iter().map(|key| &*key.id).collect();
    assert_eq!(ids, ["A5", "A4", "A3", "A2", "A1"]);
}

#[test]
fn a_persons_domains_are_those_of_their_addresses_without_free_mail() {
    let person = one_person(&[person("sales:Lead:L1").email("jane@mail.a.example").record()]);
    assert_eq!(domains_of_person(&person), [Arc::from("a.example")]);
    let person =
        one_person(&[crate::unify::samples::person("sales:Lead:L1").email("jane@gmail.com").record()]);
    assert!(domains_of_person(&person).is_empty());
}

#[test]
fn accounts_with_one_domain_on_both_sides_leave_nothing_open() {
    let records = [
        Arc::new(account("sales:Account:A1", &["a.example"], None)),
        Arc::new(account("marketing:company:K1", &["a.example"], None)),
    ];
    let by_domain = |source| (SourceName::new(source), AccountLookup::Domain(Arc::from("a.example")));
    let asked = [by_domain("sales"), by_domain("marketing")];
    let none = HashSet::new();
    assert_eq!(open_account_lookups(&records, &none, &two_sources()), asked);
    let asked: HashSet<_> = asked.into_iter().collect();
    assert_eq!(open_account_lookups(&records, &asked, &two_sources()), []);
    let alone = &records[..1];
    let referring = AccountLookup::ReferringTo(key("sales:Account:A1"));
    assert_eq!(
        open_account_lookups(alone, &asked, &two_sources()),
        [(SourceName::new("marketing"), referring)]
    );
}
