//! Every case of domain guide §8 by its number, and what follows from its rules.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use proptest::prelude::*;

use crate::domain::id::SourceName;
use crate::domain::person::PersonRecord;
use crate::source::ask::PersonLookup;
use crate::unify::samples::{at, key, person, sources, two_sources};

use super::cluster::{Cluster, LinkRule, Reach, WarningCode};
use super::lookups::{Depth, open_lookups};
use super::people::link;
use super::rules::{IdentityRules, Override, OverrideAction};

fn people(records: &[Arc<PersonRecord>]) -> Vec<Cluster> {
    link(records, &sources(), &IdentityRules::default(), &Reach::default())
}

/// The ids of the members of each cluster, the clusters in the order of their anchors.
fn ids(clusters: &[Cluster]) -> Vec<Vec<String>> {
    let id = |it: &super::cluster::Member| it.record.meta.key.id.to_string();
    clusters.iter().map(|cluster| cluster.members.iter().map(id).collect()).collect()
}

/// The cluster that holds a record.
fn of<'c>(clusters: &'c [Cluster], name: &str) -> &'c Cluster {
    clusters.iter().find(|cluster| cluster.holds(&key(name))).expect("the record is somebody's")
}

fn codes(cluster: &Cluster) -> Vec<WarningCode> {
    cluster.warnings.iter().map(|warning| warning.code).collect()
}

fn rule_of(cluster: &Cluster, name: &str) -> LinkRule {
    cluster.members.iter().find(|it| it.record.meta.key == key(name)).expect("it is a member").link.rule
}

fn l1_and_h1() -> Vec<Arc<PersonRecord>> {
    vec![
        person("sales:Lead:L1").email("a@x.example").created("2025-01-01").record(),
        person("marketing:contact:H1").email("A@x.example ").created("2025-01-02").record(),
    ]
}

fn with_conversion() -> Vec<Arc<PersonRecord>> {
    vec![
        person("sales:Lead:L1")
            .email("a@x.example")
            .created("2025-01-01")
            .converted_to("sales:Contact:C1")
            .record(),
        person("sales:Contact:C1").email("a@x.example").created("2025-02-01").record(),
        person("marketing:contact:H1").email("a@x.example").created("2025-01-02").record(),
    ]
}

#[test]
fn i1_a_lead_and_a_marketing_record_with_one_address_are_one_person() {
    let clusters = people(&l1_and_h1());
    assert_eq!(ids(&clusters), [["L1", "H1"]]);
    assert_eq!(clusters[0].anchor, key("sales:Lead:L1"));
    assert_eq!(rule_of(&clusters[0], "sales:Lead:L1"), LinkRule::Anchor);
    let link = &clusters[0].members[1].link;
    assert_eq!((link.rule, link.matched_on.as_deref()), (LinkRule::PrimaryEmail, Some("a@x.example")));
    assert_eq!(link.since, at("2025-01-02"));
    assert_eq!(codes(&clusters[0]), []);
}

#[test]
fn i2_a_converted_lead_stays_the_same_person_with_the_same_id() {
    let clusters = people(&with_conversion());
    assert_eq!(ids(&clusters), [["C1", "L1", "H1"]]);
    assert_eq!(clusters[0].anchor, people(&l1_and_h1())[0].anchor);
    assert_eq!(rule_of(&clusters[0], "sales:Contact:C1"), LinkRule::LeadConversion);
    assert_eq!(codes(&clusters[0]), []);
}

#[test]
fn i3_a_cross_reference_is_stronger_than_an_address() {
    let clusters = people(&[
        person("sales:Contact:C1").email("c1@x.example").record(),
        person("sales:Contact:C2").email("a@x.example").record(),
        person("marketing:contact:H1").email("a@x.example").refers_to("sales:Contact:C1").record(),
    ]);
    assert_eq!(ids(&clusters), [vec!["C1", "H1"], vec!["C2"]]);
    assert_eq!(rule_of(&clusters[0], "marketing:contact:H1"), LinkRule::VendorCrossReference);
    for cluster in &clusters {
        assert_eq!(codes(cluster), [WarningCode::EmailPointsElsewhere]);
        assert_eq!(cluster.warnings[0].records, [key("sales:Contact:C2"), key("marketing:contact:H1")]);
    }
}

#[test]
fn i4_the_marketing_record_joins_the_most_recently_modified_contact() {
    let clusters = people(&[
        person("sales:Contact:C1").email("a@x.example").modified("2025-01-05").record(),
        person("sales:Contact:C2").email("a@x.example").modified("2025-03-01").record(),
        person("marketing:contact:H1").email("a@x.example").record(),
    ]);
    assert_eq!(ids(&clusters), [vec!["C1"], vec!["C2", "H1"]]);
    for cluster in &clusters {
        assert_eq!(codes(cluster), [WarningCode::DuplicateInSystem]);
        assert_eq!(cluster.warnings[0].records, [key("sales:Contact:C1"), key("sales:Contact:C2")]);
    }
}

#[test]
fn i4_of_contacts_modified_at_once_the_one_with_the_higher_id_is_joined() {
    let clusters = people(&[
        person("sales:Contact:C1").email("a@x.example").modified("2025-03-01").record(),
        person("sales:Contact:C2").email("a@x.example").modified("2025-03-01").record(),
        person("marketing:contact:H1").email("a@x.example").record(),
    ]);
    assert_eq!(ids(&clusters), [vec!["C1"], vec!["C2", "H1"]]);
}

#[test]
fn i5_a_record_merged_away_still_means_its_survivor() {
    let told_by_survivor = people(&[person("marketing:contact:H1").merged_ids(&["H2"]).record()]);
    let told_by_loser = people(&[
        person("marketing:contact:H1").record(),
        person("marketing:contact:H2").merged_into("marketing:contact:H1").record(),
    ]);
    for clusters in [told_by_survivor, told_by_loser] {
        assert_eq!(ids(&clusters), [["H1"]]);
        assert!(clusters[0].holds(&key("marketing:contact:H2")));
        assert_eq!(clusters[0].aliases, [key("marketing:contact:H2")]);
    }
}

#[test]
fn i5_a_chain_of_merges_is_followed_to_its_end() {
    let clusters = people(&[
        person("sales:Contact:C1").merged_into("sales:Contact:C2").record(),
        person("sales:Contact:C2").merged_into("sales:Contact:C3").record(),
        person("sales:Contact:C3").record(),
        person("marketing:contact:H1").refers_to("sales:Contact:C1").record(),
    ]);
    assert_eq!(ids(&clusters), [["C3", "H1"]]);
    assert_eq!(clusters[0].aliases, [key("sales:Contact:C1"), key("sales:Contact:C2")]);
}

#[test]
fn i5_records_that_claim_to_have_merged_each_other_leave_one_of_them() {
    let clusters = people(&[
        person("marketing:contact:H1").merged_ids(&["H2", "H1"]).record(),
        person("marketing:contact:H2").merged_ids(&["H1"]).record(),
    ]);
    assert_eq!(ids(&clusters), [["H1"]]);
}

#[test]
fn i6_ids_told_by_two_properties_are_aliases_once() {
    // The connector reads `11:1700000000000` and `11;12` as the ids 11 and 12.
    let clusters = people(&[person("marketing:contact:H1").merged_ids(&["11", "12", "11"]).record()]);
    assert_eq!(clusters[0].aliases, [key("marketing:contact:11"), key("marketing:contact:12")]);
}

#[test]
fn i7_an_address_of_a_role_links_nobody() {
    let clusters = people(&[
        person("marketing:contact:M1").email("info@x.example").record(),
        person("marketing-emea:contact:H1").email("Info@x.example").record(),
    ]);
    assert_eq!(ids(&clusters), [["M1"], ["H1"]]);
    for cluster in &clusters {
        assert_eq!(codes(cluster), [WarningCode::BlockedEmail]);
    }
}

#[test]
fn i8_a_reference_to_a_deleted_record_dangles() {
    let clusters = people(&[
        person("sales:Lead:L1").email("l1@x.example").record(),
        person("sales:Contact:C9").email("h1@x.example").deleted().record(),
        person("marketing:contact:H1").email("h1@x.example").refers_to("sales:Contact:C9").record(),
    ]);
    assert_eq!(ids(&clusters), [["L1"], ["H1"]]);
    assert_eq!(codes(of(&clusters, "marketing:contact:H1")), [WarningCode::CrossReferenceDangling]);
    assert_eq!(codes(of(&clusters, "sales:Lead:L1")), []);
}

#[test]
fn i9_an_older_record_moves_the_anchor_and_the_old_key_still_resolves() {
    let mut records = l1_and_h1();
    records.push(person("marketing-emea:contact:M0").email("a@x.example").created("2023-06-01").record());
    let clusters = people(&records);
    assert_eq!(clusters.len(), 1);
    assert_eq!(clusters[0].anchor, key("marketing-emea:contact:M0"));
    assert!(clusters[0].holds(&key("sales:Lead:L1")));
}

#[test]
fn i10_a_split_by_hand_keeps_equal_addresses_apart() {
    let split = Override {
        action: OverrideAction::Split,
        records: vec![key("marketing:contact:H1")],
        since: at("2025-02-01"),
        by: None,
        note: Arc::from("father and son share an address"),
    };
    let rules = IdentityRules { overrides: vec![split.clone()], ..IdentityRules::default() };
    let clusters = link(&l1_and_h1(), &sources(), &rules, &Reach::default());
    assert_eq!(ids(&clusters), [["L1"], ["H1"]]);

    let between = Override { records: vec![key("sales:Lead:L1"), key("marketing:contact:H1")], ..split };
    let rules = IdentityRules { overrides: vec![between], ..IdentityRules::default() };
    let clusters = link(&with_conversion(), &sources(), &rules, &Reach::default());
    assert_eq!(ids(&clusters), [vec!["C1", "L1"], vec!["H1"]]);
}

#[test]
fn i10_a_merge_by_hand_joins_what_nothing_else_would_and_the_later_decision_counts() {
    let records = [
        person("sales:Contact:C1").record(),
        person("marketing:contact:H1").email("other@x.example").record(),
    ];
    let decide = |action, since: &str| Override {
        action,
        records: vec![key("sales:Contact:C1"), key("marketing:contact:H1")],
        since: at(since),
        by: Some(key("sales:User:U1")),
        note: Arc::from("met in person"),
    };
    let merge = decide(OverrideAction::Merge, "2025-02-01");
    let rules = IdentityRules { overrides: vec![merge.clone()], ..IdentityRules::default() };
    let clusters = link(&records, &sources(), &rules, &Reach::default());
    assert_eq!(ids(&clusters), [["C1", "H1"]]);
    let link_of_h1 = &clusters[0].members[1].link;
    assert_eq!((link_of_h1.rule, &link_of_h1.confirmed_by), (LinkRule::Manual, &Some(key("sales:User:U1"))));

    let split = decide(OverrideAction::Split, "2025-03-01");
    let rules = IdentityRules { overrides: vec![split, merge], ..IdentityRules::default() };
    assert_eq!(link(&records, &sources(), &rules, &Reach::default()).len(), 2);
}

#[test]
fn i11_three_leads_and_a_contact_with_one_address_are_one_person() {
    let clusters = people(&[
        person("sales:Lead:L1").email("a@x.example").record(),
        person("sales:Lead:L2").email("a@x.example").record(),
        person("sales:Lead:L3").email("a@x.example").record(),
        person("sales:Contact:C1").email("a@x.example").record(),
    ]);
    assert_eq!(ids(&clusters), [["C1", "L1", "L2", "L3"]]);
    assert_eq!(codes(&clusters[0]), []);
}

#[test]
fn a_new_lead_of_a_contact_that_an_older_lead_became_is_the_same_person() {
    let clusters = people(&[
        person("sales:Lead:L0").email("old@x.example").converted_to("sales:Contact:C1").record(),
        person("sales:Contact:C1").email("a@x.example").record(),
        person("sales:Lead:L1").email("a@x.example").record(),
    ]);
    assert_eq!(ids(&clusters), [["C1", "L0", "L1"]]);
}

#[test]
fn a_second_enquiry_is_the_same_person_although_the_marketing_record_names_the_first() {
    let clusters = people(&[
        person("sales:Lead:L1").email("a@x.example").record(),
        person("sales:Lead:L2").email("a@x.example").record(),
        person("marketing:contact:H1").email("a@x.example").refers_to("sales:Lead:L1").record(),
    ]);
    assert_eq!(ids(&clusters), [["L1", "L2", "H1"]]);
}

#[test]
fn a_converted_lead_does_not_join_another_contact_with_its_address() {
    let clusters = people(&[
        person("sales:Lead:L1").email("a@x.example").converted_to("sales:Contact:C1").record(),
        person("sales:Contact:C1").email("new@x.example").record(),
        person("sales:Contact:C2").email("a@x.example").record(),
    ]);
    assert_eq!(ids(&clusters), [vec!["C1", "L1"], vec!["C2"]]);
    assert_eq!(codes(of(&clusters, "sales:Contact:C2")), [WarningCode::EmailPointsElsewhere]);
}

#[test]
fn a_contact_already_named_by_another_marketing_record_is_not_joined_by_address() {
    let clusters = people(&[
        person("sales:Contact:C1").email("a@x.example").record(),
        person("marketing:contact:H1").email("a@x.example").record(),
        person("marketing:contact:H9").email("b@x.example").refers_to("sales:Contact:C1").record(),
    ]);
    assert_eq!(ids(&clusters), [vec!["C1", "H9"], vec!["H1"]]);
    assert_eq!(codes(of(&clusters, "marketing:contact:H1")), [WarningCode::EmailPointsElsewhere]);
}

#[test]
fn a_reference_is_followed_through_a_conversion() {
    let clusters = people(&[
        person("sales:Lead:L1").email("old@x.example").converted_to("sales:Contact:C1").record(),
        person("sales:Contact:C1").email("new@x.example").record(),
        person("marketing:contact:H1").email("other@x.example").refers_to("sales:Lead:L1").record(),
    ]);
    assert_eq!(ids(&clusters), [["C1", "L1", "H1"]]);
}

#[test]
fn what_a_silent_source_may_hold_is_not_called_missing() {
    let records = [person("marketing:contact:H1").refers_to("sales:Contact:C1").record()];
    let reach = Reach { silent: BTreeSet::from([SourceName::new("sales")]), open: Vec::new() };
    let clusters = link(&records, &sources(), &IdentityRules::default(), &reach);
    assert_eq!(codes(&clusters[0]), []);
}

#[test]
fn a_lookup_left_open_after_the_last_round_is_a_limit_and_not_a_dangling_reference() {
    let records = [person("marketing:contact:H1").refers_to("sales:Contact:C1").record()];
    let open = by_id("sales:Contact:C1");
    let reach = Reach { silent: BTreeSet::new(), open: vec![open] };
    let clusters = link(&records, &sources(), &IdentityRules::default(), &reach);
    assert_eq!(codes(&clusters[0]), [WarningCode::ClusterLimit]);
}

#[test]
fn a_sixth_lead_stays_apart() {
    let mut records: Vec<_> =
        (1..=6).map(|nth| person(&format!("sales:Lead:L{nth}")).email("a@x.example").record()).collect();
    records.push(person("marketing:contact:H1").email("a@x.example").record());
    let clusters = people(&records);
    assert_eq!(ids(&clusters), [vec!["L1", "L2", "L3", "L4", "L5", "H1"], vec!["L6"]]);
    assert_eq!(codes(of(&clusters, "sales:Lead:L6")), [WarningCode::ClusterLimit]);
}

/// A contact that so many leads became, each with its own address or all with the contact's.
fn contact_of_leads(leads: usize, address: fn(usize) -> String) -> Vec<Arc<PersonRecord>> {
    let lead = |nth| person(&format!("sales:Lead:L{nth:02}")).email(&address(nth));
    let mut records: Vec<_> =
        (1..=leads).map(|nth| lead(nth).converted_to("sales:Contact:C1").record()).collect();
    records.push(person("sales:Contact:C1").email("a@x.example").record());
    records
}

#[test]
fn an_eleventh_address_stays_apart() {
    let mut records = contact_of_leads(9, |nth| format!("a{nth}@x.example"));
    let other = person("marketing:contact:H1").email("a@x.example");
    records.push(other.refers_to("sales-emea:Contact:E1").record());
    assert_eq!(people(&records).len(), 1);
    records.push(person("sales-emea:Contact:E1").email("e@x.example").record());
    let clusters = people(&records);
    assert_eq!(clusters.len(), 2);
    assert_eq!(codes(of(&clusters, "marketing:contact:H1")), [WarningCode::ClusterLimit]);
}

#[test]
fn a_twenty_sixth_record_stays_apart() {
    let h1 = || person("marketing:contact:H1").email("a@x.example").record();
    let mut records = contact_of_leads(23, |_| "a@x.example".to_owned());
    records.push(h1());
    assert_eq!(people(&records).len(), 1);
    let mut records = contact_of_leads(25, |_| "a@x.example".to_owned());
    records.push(h1());
    let clusters = people(&records);
    assert_eq!(clusters.len(), 2);
    assert_eq!(codes(of(&clusters, "marketing:contact:H1")), [WarningCode::ClusterLimit]);
}

#[test]
fn what_explicit_links_brought_together_does_not_keep_other_records_away() {
    let clusters = people(&[
        person("sales:Contact:C1").email("a@x.example").record(),
        person("sales:Contact:C2").email("b@x.example").record(),
        person("marketing:contact:H1")
            .email("c@x.example")
            .refers_to("sales:Contact:C1")
            .refers_to("sales:Contact:C2")
            .record(),
        person("marketing-emea:contact:M1").email("a@x.example").record(),
    ]);
    assert_eq!(ids(&clusters), [["C1", "C2", "H1", "M1"]]);
}

#[test]
fn contacts_of_two_organisations_and_two_portals_can_be_one_person() {
    let clusters = people(&[
        person("sales:Contact:C1").email("a@x.example").record(),
        person("sales-emea:Contact:C2").email("a@x.example").record(),
        person("marketing:contact:H1").email("a@x.example").record(),
        person("marketing-emea:contact:H2").email("a@x.example").record(),
    ]);
    assert_eq!(ids(&clusters), [["C1", "C2", "H1", "H2"]]);
}

#[test]
fn leads_of_one_source_alone_are_not_joined() {
    let clusters = people(&[
        person("sales:Lead:L1").email("a@x.example").record(),
        person("sales:Lead:L2").email("a@x.example").record(),
    ]);
    assert_eq!(clusters.len(), 2);
}

#[test]
fn the_anchor_among_records_of_one_age_is_the_sales_sides() {
    let clusters = people(&[
        person("marketing:contact:A").email("a@x.example").record(),
        person("sales-emea:Contact:B").email("a@x.example").record(),
        person("sales:Lead:D").email("a@x.example").record(),
        person("sales:Contact:E").email("a@x.example").record(),
    ]);
    assert_eq!(clusters[0].anchor, key("sales:Contact:E"));
}

#[test]
fn plus_tags_and_dots_count_unless_the_domain_ignores_them() {
    let records = [
        person("sales:Contact:C1").email("jane.doe@mail.example").record(),
        person("marketing:contact:H1").email("janedoe+news@mail.example").record(),
    ];
    assert_eq!(people(&records).len(), 2);
    let here: BTreeSet<Arc<str>> = BTreeSet::from([Arc::from("mail.example")]);
    let rules = IdentityRules {
        domains_ignoring_tags: here.clone(),
        domains_ignoring_dots: here,
        ..IdentityRules::default()
    };
    assert_eq!(link(&records, &sources(), &rules, &Reach::default()).len(), 1);
}

#[test]
fn the_settings_can_block_more_names_and_whole_addresses() {
    let rules = IdentityRules::default().with_blocked(["Reception", "nobody@x.example"]);
    assert!(rules.is_blocked("reception@x.example"));
    assert!(rules.is_blocked("nobody@x.example"));
    assert!(rules.is_blocked("info@x.example"));
    assert!(!rules.is_blocked("jane@x.example"));
}

#[test]
fn of_a_record_read_twice_the_newer_reading_counts() {
    let clusters = people(&[
        person("sales:Contact:C1").email("new@x.example").modified("2025-03-01").record(),
        person("sales:Contact:C1").email("old@x.example").modified("2025-02-01").record(),
        person("marketing:contact:H1").email("new@x.example").record(),
    ]);
    assert_eq!(ids(&clusters), [["C1", "H1"]]);
}

fn by_id(name: &str) -> (SourceName, PersonLookup) {
    let key = key(name);
    (key.source, PersonLookup::Id { object: key.object, id: key.id })
}

fn by_email(source: &str, address: &str) -> (SourceName, PersonLookup) {
    (SourceName::new(source), PersonLookup::Email(Arc::from(address)))
}

fn referring(source: &str, name: &str) -> (SourceName, PersonLookup) {
    (SourceName::new(source), PersonLookup::ReferringTo(key(name)))
}

fn converted_into(source: &str, id: &str) -> (SourceName, PersonLookup) {
    (SourceName::new(source), PersonLookup::ConvertedInto(id.into()))
}

fn open(
    records: &[Arc<PersonRecord>],
    asked: &[(SourceName, PersonLookup)],
) -> Vec<(SourceName, PersonLookup)> {
    let asked: HashSet<_> = asked.iter().cloned().collect();
    open_lookups(records, &asked, &two_sources(), &IdentityRules::default(), Depth::Partner)
}

#[test]
fn records_that_share_one_address_on_both_sides_leave_nothing_open() {
    let asked = [by_email("sales", "a@x.example"), by_email("marketing", "a@x.example")];
    assert_eq!(open(&l1_and_h1(), &asked), []);
    // What a contact was converted from comes with the contact; asking for it costs no call.
    assert_eq!(open(&with_conversion(), &asked), [converted_into("sales", "C1")]);
}

#[test]
fn a_list_looks_for_everybody_who_refers_to_a_sales_record_even_beside_a_partner() {
    let asked: HashSet<_> =
        [by_email("sales", "a@x.example"), by_email("marketing", "a@x.example")].into_iter().collect();
    let open = |depth| open_lookups(&l1_and_h1(), &asked, &two_sources(), &IdentityRules::default(), depth);
    assert_eq!(open(Depth::Partner), []);
    assert_eq!(open(Depth::Everybody), [referring("marketing", "sales:Lead:L1")]);
}

#[test]
fn a_record_that_is_named_and_not_read_is_open() {
    let records = [
        person("sales:Lead:L1").converted_to("sales:Contact:C1").record(),
        person("marketing:contact:H1").refers_to("sales:Lead:L1").refers_to("sales:Contact:C2").record(),
        person("sales:Contact:C3").merged_into("sales:Contact:C4").record(),
    ];
    let expected = [by_id("sales:Contact:C1"), by_id("sales:Contact:C2"), by_id("sales:Contact:C4")];
    assert_eq!(open(&records, &[]), expected);
    assert_eq!(open(&records, &expected), []);
}

#[test]
fn an_address_is_asked_for_in_every_source_before_references_are() {
    let records = [person("sales:Contact:C1").email("A@x.example").record()];
    let by_address = [
        converted_into("sales", "C1"),
        by_email("sales", "a@x.example"),
        by_email("marketing", "a@x.example"),
    ];
    assert_eq!(open(&records, &[]), by_address);
    assert_eq!(open(&records, &by_address), [referring("marketing", "sales:Contact:C1")]);
}

#[test]
fn a_blocked_address_is_not_looked_up() {
    let records = [person("sales:Contact:C1").email("info@x.example").record()];
    let expected = [converted_into("sales", "C1"), referring("marketing", "sales:Contact:C1")];
    assert_eq!(open(&records, &[]), expected);
}

#[test]
fn one_persons_open_questions_do_not_hold_up_anothers() {
    let records = [
        person("sales:Contact:C1").email("a@x.example").record(),
        person("sales:Contact:C2").email("b@x.example").record(),
    ];
    let asked = [
        converted_into("sales", "C1"),
        converted_into("sales", "C2"),
        by_email("sales", "a@x.example"),
        by_email("marketing", "a@x.example"),
        by_email("sales", "b@x.example"),
    ];
    let expected = [by_email("marketing", "b@x.example"), referring("marketing", "sales:Contact:C1")];
    assert_eq!(open(&records, &asked), expected);
}

#[test]
fn nothing_is_asked_of_a_deleted_record() {
    let records =
        [person("sales:Contact:C1").email("a@x.example").refers_to("sales:Lead:L9").deleted().record()];
    assert_eq!(open(&records, &[]), []);
}

/// Any handful of records over few ids and addresses, so that every rule meets every other.
fn arbitrary_record() -> impl Strategy<Value = Arc<PersonRecord>> {
    let name = (0..4_usize, 0..5_usize).prop_map(|(kind, nth)| match kind {
        0 => format!("sales:Contact:C{nth}"),
        1 => format!("sales:Lead:L{nth}"),
        2 => format!("marketing:contact:H{nth}"),
        _ => format!("marketing-emea:contact:M{nth}"),
    });
    let address = prop::option::of(prop::sample::select(vec![
        "a@x.example",
        "b@x.example",
        "c@x.example",
        "info@x.example",
        "n/a",
    ]));
    let reference = prop::option::of((prop::bool::ANY, 0..5_usize));
    (name, address, 1..28_u32, 1..28_u32, reference, prop::option::of(0..5_usize), 0..12_u8).prop_map(
        |(name, address, created, modified, reference, target, fate)| {
            let mut sample = person(&name)
                .created(&format!("2025-01-{created:02}"))
                .modified(&format!("2025-02-{modified:02}"));
            if let Some(address) = address {
                sample = sample.email(address);
            }
            if name.contains(":contact:") {
                if let Some((is_contact, nth)) = reference {
                    let object = if is_contact { "Contact:C" } else { "Lead:L" };
                    sample = sample.refers_to(&format!("sales:{object}{nth}"));
                }
            } else if let (true, Some(nth)) = (name.contains("Lead"), target) {
                sample = sample.converted_to(&format!("sales:Contact:C{nth}"));
            }
            match (fate, target) {
                (0, _) => sample.deleted().record(),
                (1, Some(nth)) => {
                    let survivor = format!("{}{nth}", &name[..name.len() - 1]);
                    sample.merged_into(&survivor).record()
                }
                _ => sample.record(),
            }
        },
    )
}

/// Records with their keys all different, and the same ones in another order.
fn shuffled() -> impl Strategy<Value = (Vec<Arc<PersonRecord>>, Vec<Arc<PersonRecord>>)> {
    prop::collection::vec(arbitrary_record(), 0..24).prop_flat_map(|records| {
        let mut seen = HashSet::new();
        let distinct: Vec<_> = records.into_iter().filter(|it| seen.insert(it.meta.key.clone())).collect();
        (Just(distinct.clone()), Just(distinct).prop_shuffle())
    })
}

proptest! {
    #[test]
    fn clusters_do_not_depend_on_the_order_of_arrival((records, others) in shuffled()) {
        prop_assert_eq!(people(&records), people(&others));
    }

    #[test]
    fn open_lookups_do_not_depend_on_the_order_of_arrival((records, others) in shuffled()) {
        prop_assert_eq!(open(&records, &[]), open(&others, &[]));
    }

    #[test]
    fn every_live_record_is_in_exactly_one_cluster_and_no_dead_one_is((records, _) in shuffled()) {
        let clusters = people(&records);
        let mut seen = HashSet::new();
        for member in clusters.iter().flat_map(|cluster| &cluster.members) {
            prop_assert!(member.record.meta.deleted_at.is_none());
            prop_assert!(seen.insert(member.record.meta.key.clone()));
        }
        let live = records.iter().filter(|it| it.meta.deleted_at.is_none()).count();
        prop_assert_eq!(seen.len(), live);
    }

    #[test]
    fn an_address_never_brings_two_contacts_of_one_source_together((records, _) in shuffled()) {
        let stripped: Vec<_> = records
            .iter()
            .map(|record| {
                let mut record = PersonRecord::clone(record);
                record.cross_references.clear();
                record.conversion = None;
                Arc::new(record)
            })
            .collect();
        for cluster in people(&stripped) {
            let mut sources = HashSet::new();
            for member in cluster.members.iter().filter(|it| &*it.record.meta.key.object != "Lead") {
                prop_assert!(sources.insert(member.record.meta.key.source.clone()));
            }
        }
    }

    #[test]
    fn asking_what_is_open_comes_to_an_end((records, _) in shuffled()) {
        let mut asked = Vec::new();
        for _ in 0..4 {
            asked.extend(open(&records, &asked));
        }
        prop_assert_eq!(open(&records, &asked), []);
    }
}
