//! Every strategy and example of domain guide §9.

use std::sync::Arc;

use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::domain::custom::CustomValue;
use crate::domain::id::SourceName;
use crate::domain::lead_source::{Channel, LeadSource};
use crate::domain::lifecycle::LifecycleStage;
use crate::domain::person::{PersonField, PersonSelect, ScoreKind, ScoreValue};
use crate::domain::record::Edit;
use crate::unify::identity::cluster::{Cluster, Link, LinkRule, Member};
use crate::unify::samples::{Sample, at, key, person, sources};

use super::person::{
    MergedPerson, MergedPersonField as Field, merge_person, person_provenance, with_needed_edits,
};
use super::provenance::{Candidate, Provenance, SurvivorshipStrategy};
use super::same::Same;
use super::stage::Return;

/// Records that are known to be one person.
fn one(samples: impl IntoIterator<Item = Sample>) -> Cluster {
    let members: Vec<Member> = samples
        .into_iter()
        .map(|sample| {
            let record = sample.record();
            let since = record.meta.created_at;
            let link = Link { rule: LinkRule::Anchor, matched_on: None, confirmed_by: None, since };
            Member { record, link }
        })
        .collect();
    let anchor = members[0].record.meta.key.clone();
    Cluster { anchor, members, aliases: Vec::new(), warnings: Vec::new() }
}

fn merged(samples: impl IntoIterator<Item = Sample>) -> MergedPerson {
    merge_person(&one(samples), &sources(), &Same::default(), &[])
}

fn provenance(samples: impl IntoIterator<Item = Sample>, field: Field) -> Provenance<Field> {
    person_provenance(&one(samples), &sources(), &Same::default(), &[], field).expect("a record holds it")
}

/// The contact in Salesforce.
fn sf() -> Sample {
    person("sales:Contact:C1")
}

/// The contact in HubSpot.
fn hs() -> Sample {
    person("marketing:contact:H1")
}

fn title(sample: Sample, title: &str) -> Sample {
    sample.with(|it| it.title = Some(Arc::from(title)))
}

#[test]
fn the_title_a_human_set_last_wins_and_the_other_is_in_conflict() {
    let records = || {
        [
            title(sf(), "VP Sales").edited(PersonField::Title, "2025-02-01"),
            title(hs(), "Vice President Sales").edited(PersonField::Title, "2025-03-01"),
        ]
    };
    assert_eq!(merged(records()).title.as_deref(), Some("Vice President Sales"));
    let told = provenance(records(), Field::Title);
    assert_eq!(told.strategy, SurvivorshipStrategy::MostRecentEdit);
    assert_eq!(told.chosen.record, key("marketing:contact:H1"));
    assert_eq!((told.chosen.changed_at, told.chosen.by_integration), (Some(at("2025-03-01")), false));
    assert!(told.in_conflict);
    assert_eq!(told.others.len(), 1);
    assert_eq!(
        (told.others[0].value.as_deref(), &told.others[0].record),
        (Some("VP Sales"), &key("sales:Contact:C1"))
    );
}

#[test]
fn a_title_copied_by_a_sync_is_ignored_and_not_in_conflict() {
    let told = provenance(
        [
            title(sf(), "CTO").edited(PersonField::Title, "2025-02-01"),
            title(hs(), "CTO").synced(PersonField::Title, "2025-02-01T00:03:00Z"),
        ],
        Field::Title,
    );
    assert_eq!(told.chosen.record, key("sales:Contact:C1"));
    assert!(!told.in_conflict);
    assert!(told.others[0].by_integration);
}

#[test]
fn where_no_human_set_a_title_or_two_did_at_once_the_sales_side_wins() {
    let both_synced = [
        title(sf(), "CTO").synced(PersonField::Title, "2025-02-01"),
        title(hs(), "CEO").synced(PersonField::Title, "2025-03-01"),
    ];
    assert_eq!(merged(both_synced).title.as_deref(), Some("CTO"));
    let at_once = [
        title(hs(), "CEO").edited(PersonField::Title, "2025-03-01"),
        title(sf(), "CTO").edited(PersonField::Title, "2025-03-01"),
    ];
    assert_eq!(merged(at_once).title.as_deref(), Some("CTO"));
    assert_eq!(merged([title(hs(), "CEO"), title(sf(), "CTO")]).title.as_deref(), Some("CTO"));
}

#[test]
fn a_phone_that_is_blank_in_sales_comes_from_marketing_without_conflict() {
    for blank in [None, Some(""), Some("   "), Some("[not provided]"), Some("Unknown")] {
        let phone = |sample: Sample, phone: Option<&str>| sample.with(|it| it.phone = phone.map(Arc::from));
        let records = || {
            [
                phone(sf(), blank).edited(PersonField::Phone, "2025-03-01"),
                phone(hs(), Some("+44 20 7946 0958")).edited(PersonField::Phone, "2025-01-01"),
            ]
        };
        assert_eq!(merged(records()).phone.as_deref(), Some("+44 20 7946 0958"));
        let told = provenance(records(), Field::Phone);
        assert_eq!(told.chosen.record, key("marketing:contact:H1"));
        assert!(!told.in_conflict && told.others.is_empty());
    }
}

#[test]
fn values_that_are_the_same_after_normalisation_are_no_conflict() {
    let told = provenance([title(sf(), " Vice  President "), title(hs(), "vice president")], Field::Title);
    assert!(!told.in_conflict);
    assert_eq!(told.chosen.value.as_deref(), Some("Vice  President"));
    let phone = |sample: Sample, phone: &str| sample.with(|it| it.phone = Some(Arc::from(phone)));
    let same = [phone(sf(), "+44 (0)20 7946-0958"), phone(hs(), "0044 2079460958")];
    assert!(!provenance(same, Field::Phone).in_conflict);
    let other_country = [phone(sf(), "+44 20 7946 0958"), phone(hs(), "+49 20 7946 0958")];
    assert!(provenance(other_country, Field::Phone).in_conflict);
}

#[test]
fn a_lead_frozen_at_its_conversion_does_not_contradict_its_contact() {
    let records = [
        title(person("sales:Lead:L1").converted_to("sales:Contact:C1"), "Developer"),
        title(sf(), "CTO"),
        title(hs(), "CTO"),
    ];
    let told = provenance(records, Field::Title);
    assert_eq!(told.chosen.record, key("sales:Contact:C1"));
    assert!(!told.in_conflict);
    assert_eq!(told.others.len(), 2);
}

#[test]
fn one_opt_out_anywhere_counts_however_old() {
    let records = || {
        [
            sf().with(|it| it.email_opt_out = Some(false)).edited(PersonField::Consent, "2025-03-01"),
            hs().with(|it| it.email_opt_out = Some(true)).edited(PersonField::Consent, "2025-01-01"),
        ]
    };
    let consent = merged(records()).consent;
    assert_eq!(consent.email_opt_out, Some(true));
    assert_eq!(consent.strictest, Some(key("marketing:contact:H1")));
    let told = provenance(records(), Field::EmailOptOut);
    assert_eq!(told.strategy, SurvivorshipStrategy::MostRestrictive);
    assert_eq!((told.chosen.value.as_deref(), told.in_conflict), (Some("true"), true));
}

#[test]
fn do_not_call_and_bounced_are_as_strict() {
    let consent = merged([
        sf().with(|it| it.do_not_call = Some(true)),
        hs().with(|it| {
            it.do_not_call = Some(false);
            it.bounced = Some(true);
            it.email_opt_out = Some(false);
        }),
    ])
    .consent;
    assert_eq!(
        (consent.email_opt_out, consent.do_not_call, consent.bounced),
        (Some(false), Some(true), Some(true))
    );
    assert_eq!(consent.strictest, Some(key("sales:Contact:C1")));
    assert_eq!(merged([sf(), hs()]).consent, super::person::MergedConsent::default());
}

fn stage(sample: Sample, stage: LifecycleStage, since: &str) -> Sample {
    sample.with(|it| it.stage = Some(stage)).edited(PersonField::LifecycleStage, since)
}

#[test]
fn a_customer_in_marketing_is_a_customer_although_the_lead_status_is_behind() {
    let lead = stage(person("sales:Lead:L1"), LifecycleStage::Sal, "2025-03-01");
    let records = [lead, stage(hs(), LifecycleStage::Customer, "2025-01-01")];
    assert_eq!(merged(records.clone()).lifecycle_stage, Some(LifecycleStage::Customer));
    assert_eq!(provenance(records, Field::LifecycleStage).chosen.record, key("marketing:contact:H1"));
}

#[test]
fn a_newer_return_to_nurture_takes_a_person_back() {
    let person = one([stage(hs(), LifecycleStage::Mql, "2025-01-20")]);
    let returned = |when| {
        let recorded =
            Return { stage: LifecycleStage::Recycled, at: at(when), record: key("sales:Contact:C1") };
        merge_person(&person, &sources(), &Same::default(), &[recorded]).lifecycle_stage
    };
    assert_eq!(returned("2025-01-21"), Some(LifecycleStage::Recycled));
    assert_eq!(returned("2025-01-19"), Some(LifecycleStage::Mql));
}

#[test]
fn a_disqualification_by_a_human_in_a_vendors_record_counts_and_one_by_a_sync_does_not() {
    let mql = || stage(hs(), LifecycleStage::Mql, "2025-01-20");
    let by_human = stage(person("sales:Lead:L1"), LifecycleStage::Disqualified, "2025-01-21");
    let by_sync = by_human.clone().synced(PersonField::LifecycleStage, "2025-01-21");
    assert_eq!(merged([by_human, mql()]).lifecycle_stage, Some(LifecycleStage::Disqualified));
    assert_eq!(merged([by_sync.clone(), mql()]).lifecycle_stage, Some(LifecycleStage::Mql));
    assert_eq!(merged([by_sync]).lifecycle_stage, Some(LifecycleStage::Disqualified));
}

#[test]
fn after_a_return_only_what_was_reached_since_counts() {
    let records = [
        stage(person("sales:Lead:L1"), LifecycleStage::Recycled, "2025-02-01"),
        stage(hs(), LifecycleStage::Mql, "2025-03-01"),
        stage(person("marketing-emea:contact:M1"), LifecycleStage::Customer, "2024-01-01"),
    ];
    assert_eq!(merged(records).lifecycle_stage, Some(LifecycleStage::Mql));
}

#[test]
fn an_unmapped_stage_loses_to_any_other() {
    let other = stage(sf(), LifecycleStage::Other, "2025-03-01");
    assert_eq!(merged([other.clone()]).lifecycle_stage, Some(LifecycleStage::Other));
    let records = [other, stage(hs(), LifecycleStage::Subscriber, "2025-01-01")];
    assert_eq!(merged(records).lifecycle_stage, Some(LifecycleStage::Subscriber));
    assert_eq!(merged([sf()]).lifecycle_stage, None);
}

#[test]
fn the_owner_is_the_sales_sides_unless_blank_and_in_the_order_of_the_settings() {
    let owner = |sample: Sample, owner: &str| sample.with(|it| it.owner = Some(key(owner)));
    let records = [
        owner(hs(), "marketing:owner:7"),
        owner(person("sales-emea:Contact:E1"), "sales-emea:User:2"),
        owner(sf(), "sales:User:1"),
    ];
    assert_eq!(merged(records.clone()).owner, Some(key("sales:User:1")));
    assert_eq!(merged(records[..2].to_vec()).owner, Some(key("sales-emea:User:2")));
    assert_eq!(merged(records[..1].to_vec()).owner, Some(key("marketing:owner:7")));
    let told = provenance(records, Field::Owner);
    assert_eq!(told.strategy, SurvivorshipStrategy::SalesUnlessBlank);
    assert_eq!(told.others.len(), 2);
}

#[test]
fn owners_and_accounts_are_in_conflict_only_where_it_is_known_that_they_differ() {
    let person = one([
        sf().with(|it| it.owner = Some(key("sales:User:1"))),
        hs().with(|it| it.owner = Some(key("marketing:owner:7"))),
    ]);
    let in_conflict = |same: &Same| {
        person_provenance(&person, &sources(), same, &[], Field::Owner).expect("it has an owner").in_conflict
    };
    let mut same = Same::default();
    assert!(!in_conflict(&same));
    same.add(key("sales:User:1"), key("sales:User:1"));
    same.add(key("marketing:owner:7"), key("sales:User:1"));
    assert!(!in_conflict(&same));
    same.add(key("marketing:owner:7"), key("marketing:owner:7"));
    assert!(in_conflict(&same));
}

#[test]
fn within_a_source_a_contact_is_believed_before_a_lead_and_an_open_lead_before_a_converted_one() {
    let country = |sample: Sample, country: &str| sample.with(|it| it.country = Some(Arc::from(country)));
    let converted =
        country(person("sales:Lead:L1").converted_to("sales:Contact:C9").modified("2025-03-01"), "A");
    let open = country(person("sales:Lead:L2").modified("2025-02-01"), "B");
    let contact = country(sf().modified("2025-01-01"), "C");
    assert_eq!(merged([converted.clone(), open.clone(), contact]).country.as_deref(), Some("C"));
    assert_eq!(merged([converted, open]).country.as_deref(), Some("B"));
}

#[test]
fn the_original_source_is_the_oldest_records() {
    let source = |channel, detail: Option<&str>| LeadSource {
        channel,
        sub_channel: detail.map(Arc::from),
        detail: None,
        is_marketing: true,
    };
    let records = [
        sf().created("2025-02-01")
            .with(|it| it.lead_source = Some(source(Channel::Event, Some("Trade Show")))),
        hs().created("2025-01-01").with(|it| it.lead_source = Some(source(Channel::Content, Some("EBOOK")))),
        person("marketing-emea:contact:M1")
            .created("2024-01-01")
            .with(|it| it.lead_source = Some(source(Channel::Unknown, None))),
    ];
    let original = merged(records.clone()).original_source.expect("two records tell");
    assert_eq!(original.channel, Channel::Content);
    let told = provenance(records.clone(), Field::OriginalSource);
    assert_eq!((told.strategy, told.in_conflict), (SurvivorshipStrategy::Earliest, true));
    let said = |told: &Candidate| told.value.as_deref().map(str::to_owned).expect("a source says something");
    assert_eq!((said(&told.chosen), said(&told.others[0])), ("CONTENT".to_owned(), "EVENT".to_owned()));

    let [sales, marketing, _] = records;
    let unmapped = marketing.with(|it| it.lead_source = Some(source(Channel::Unknown, Some("Fair"))));
    let told = provenance([sales, unmapped], Field::OriginalSource);
    assert_eq!(said(&told.chosen), "Fair");
    assert!(!told.in_conflict, "a word mapped to no channel contradicts none");
}

#[test]
fn creation_is_the_earliest_and_change_the_latest_of_all_records() {
    let records = [
        sf().created("2025-01-02").modified("2025-03-01"),
        hs().created("2025-01-01").modified("2025-02-01"),
    ];
    let person = merged(records.clone());
    assert_eq!((person.created_at, person.updated_at), (at("2025-01-01"), at("2025-03-01")));
    let created = provenance(records.clone(), Field::CreatedAt);
    assert_eq!((created.chosen.record, created.in_conflict), (key("marketing:contact:H1"), false));
    let updated = provenance(records, Field::UpdatedAt);
    assert_eq!(
        (updated.chosen.record, updated.strategy),
        (key("sales:Contact:C1"), SurvivorshipStrategy::Latest)
    );
}

#[test]
fn addresses_are_united_with_their_sources_and_the_primary_one_first() {
    let person = merged([
        sf().email("Old@x.example").edited(PersonField::Email, "2025-01-01"),
        hs().email("new@x.example")
            .edited(PersonField::Email, "2025-02-01")
            .with(|it| it.other_emails = vec![Arc::from("<OLD@x.example>"), Arc::from("n/a")]),
    ]);
    assert_eq!(person.email.as_deref(), Some("new@x.example"));
    let told: Vec<(&str, bool, Vec<&str>)> = person
        .emails
        .iter()
        .map(|it| (&*it.address, it.is_primary, it.sources.iter().map(SourceName::as_str).collect()))
        .collect();
    assert_eq!(
        told,
        [("new@x.example", true, vec!["marketing"]), ("old@x.example", false, vec!["sales", "marketing"])]
    );
}

#[test]
fn every_score_is_kept() {
    let score = |name: &str, value: i64| ScoreValue {
        name: Arc::from(name),
        kind: ScoreKind::Combined,
        value: Decimal::from(value),
        at: at("2025-01-01"),
    };
    let person = merged([
        sf().with(|it| it.scores = vec![score("fit", 80)]),
        hs().with(|it| it.scores = vec![score("fit", 70), score("engagement", 5)]),
    ]);
    let told: Vec<String> = person
        .scores
        .iter()
        .map(|it| format!("{} {} {}", it.record, it.score.name, it.score.value))
        .collect();
    let expected =
        ["sales:Contact:C1 fit 80", "marketing:contact:H1 fit 70", "marketing:contact:H1 engagement 5"];
    assert_eq!(told, expected);
}

#[test]
fn custom_fields_are_the_sales_sides_unless_blank() {
    let custom = |sample: Sample, key: &str, value: &str| {
        sample.with(|it| it.custom.insert(Arc::from(key), CustomValue::Text(Arc::from(value))))
    };
    let person = merged([
        custom(custom(sf(), "tier", "Gold"), "segment", " "),
        custom(custom(hs(), "tier", "Silver"), "segment", "Midmarket"),
    ]);
    assert_eq!(person.custom["tier"], CustomValue::Text(Arc::from("Gold")));
    assert_eq!(person.custom["segment"], CustomValue::Text(Arc::from("Midmarket")));
}

#[test]
fn the_display_name_is_made_of_the_names_that_won() {
    let person = merged([
        sf().with(|it| it.last_name = Some(Arc::from("Doe"))),
        hs().with(|it| it.first_name = Some(Arc::from(" Jane "))),
    ]);
    assert_eq!(person.display_name.as_deref(), Some("Jane Doe"));
    let nameless = sf().with(|it| it.last_name = Some(Arc::from("[not provided]")));
    assert_eq!(merged([nameless]).display_name, None);
}

#[test]
fn a_field_that_no_record_holds_has_no_provenance() {
    let told = person_provenance(&one([sf()]), &sources(), &Same::default(), &[], Field::Title);
    assert_eq!(told, None);
}

#[test]
fn only_fields_whose_rule_needs_edits_are_asked_for_with_them() {
    let wide = with_needed_edits(&PersonSelect::of(&[PersonField::Title, PersonField::Owner]));
    assert!(wide.has_edit(PersonField::Title));
    assert!(wide.has(PersonField::Owner) && !wide.has_edit(PersonField::Owner));
    assert!(!wide.has(PersonField::Phone));
}

/// What a record may say of its title.
fn arbitrary_title() -> impl Strategy<Value = Sample> {
    let record = prop::sample::select(vec![
        "sales:Contact:C1",
        "sales:Lead:L1",
        "sales-emea:Contact:E1",
        "marketing:contact:H1",
    ]);
    let said = prop::sample::select(vec!["CTO", " cto", "CEO", "", "Unknown"]);
    (record, said, prop::option::of((1..5_u32, prop::bool::ANY))).prop_map(|(record, said, edit)| {
        let sample = title(person(record), said);
        match edit {
            Some((day, by_integration)) => sample.with(|it| {
                let edit = Edit { at: at(&format!("2025-01-{day:02}")), by: None, by_integration };
                it.edits.insert(PersonField::Title, edit);
            }),
            None => sample,
        }
    })
}

proptest! {
    #[test]
    fn the_winner_does_not_depend_on_the_order_of_records(
        samples in prop::collection::vec(arbitrary_title(), 1..5).prop_map(|samples| {
            let mut seen = std::collections::HashSet::new();
            samples.into_iter().filter(|it| seen.insert(it.clone().record().meta.key.clone())).collect::<Vec<_>>()
        })
    ) {
        let there = person_provenance(&one(samples.clone()), &sources(), &Same::default(), &[], Field::Title);
        let back = person_provenance(&one(samples.into_iter().rev()), &sources(), &Same::default(), &[], Field::Title);
        prop_assert_eq!(there, back);
    }
}
