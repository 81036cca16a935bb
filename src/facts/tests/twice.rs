//! What is made step by step is what is made from scratch, whatever the steps.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;

use crate::domain::id::RecordKey;
use crate::domain::lifecycle::LifecycleStage;
use crate::domain::opportunity::StageCategory;
use crate::facts::checkpoint::Checkpoint;
use crate::facts::journal::Journal;
use crate::facts::model::Model;
use crate::ledger::entry::CapturedRecord;
use crate::unify::identity::cluster::Reach;
use crate::unify::identity::people::link;
use crate::unify::samples::{account, at, key, person};

use super::told::told;
use super::world::{Step, campaign, form, membership, now, opportunity, rules, small, stage, user};

const RECORDS: [&str; 8] = [
    "sales:Lead:L1",
    "sales:Lead:L2",
    "sales:Contact:C1",
    "sales:Contact:C2",
    "sales:Contact:C3",
    "marketing:contact:1",
    "marketing:contact:2",
    "marketing:contact:3",
];
const ADDRESSES: [&str; 5] =
    ["a@acme.example", "b@acme.example", "c@bolt.example", "info@acme.example", "d@gmail.com"];
const ACCOUNTS: [&str; 4] =
    ["sales:Account:A1", "sales:Account:A2", "marketing:company:K1", "marketing:company:K2"];
const DEALS: [&str; 3] = ["sales:Opportunity:O1", "sales:Opportunity:O2", "marketing:deal:D1"];
const DOMAINS: [&str; 2] = ["acme.example", "bolt.example"];

fn one_of(names: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    proptest::sample::select(names)
}

fn maybe(names: &'static [&'static str]) -> impl Strategy<Value = Option<&'static str>> {
    proptest::option::weighted(0.4, one_of(names))
}

prop_compose! {
    fn any_person()(
        name in one_of(&RECORDS),
        address in maybe(&ADDRESSES),
        refers_to in proptest::option::weighted(0.2, one_of(&RECORDS)),
        converted in proptest::option::weighted(0.3, one_of(&["sales:Contact:C1", "sales:Contact:C2", "sales:Contact:C9"])),
        opened in proptest::option::weighted(0.3, one_of(&DEALS)),
        account in maybe(&ACCOUNTS),
        owner in maybe(&["sales:User:U1", "sales:User:U2", "marketing:owner:1"]),
        merged in proptest::option::weighted(0.1, one_of(&RECORDS)),
        swallowed in proptest::option::weighted(0.1, one_of(&["L1", "L2", "C1", "2", "3", "99"])),
        is_deleted in proptest::bool::weighted(0.1),
        created in 1_u32..28,
        modified in 1_u32..28,
        stage in proptest::option::of(proptest::sample::select(&LifecycleStage::ALL[..])),
    ) -> Step {
        let sample = person(name)
            .created(&format!("2025-01-{created:02}"))
            .modified(&format!("2025-02-{modified:02}"))
            .with(|it| {
                it.email = address.map(Arc::from);
                it.cross_references = refers_to.filter(|other| *other != name).map(key).into_iter().collect();
                it.account = account.map(key);
                it.owner = owner.map(key);
                it.stage = stage;
                it.meta.merged_ids = swallowed.map(Arc::from).into_iter().collect();
            });
        let sample = match converted.filter(|_| name.contains("Lead")) {
            Some(contact) => sample.converted_to(contact)
                .with(|it| it.conversion.as_mut().expect("converted").opportunity = opened.map(key)),
            None => sample,
        };
        let sample = match merged.filter(|other| *other != name) {
            Some(other) if other.split(':').nth(1) == name.split(':').nth(1) => sample.merged_into(other),
            _ if is_deleted => sample.deleted(),
            _ => sample,
        };
        Step::Record(CapturedRecord::Person(sample.record()))
    }
}

prop_compose! {
    fn any_account()(
        name in one_of(&ACCOUNTS),
        domain in maybe(&DOMAINS),
        refers_to in proptest::option::weighted(0.3, one_of(&["sales:Account:A1", "sales:Account:A2"])),
        is_deleted in proptest::bool::weighted(0.1),
    ) -> Step {
        let mut record = account(name, &domain.into_iter().collect::<Vec<_>>(), refers_to.filter(|_| name.contains("company")));
        record.meta.deleted_at = is_deleted.then(|| at("2025-03-01"));
        Step::Record(CapturedRecord::Account(Arc::new(record)))
    }
}

fn any_category() -> impl Strategy<Value = StageCategory> {
    proptest::sample::select(vec![StageCategory::Open, StageCategory::Won, StageCategory::Lost])
}

fn any_step() -> impl Strategy<Value = Step> {
    let deal = (one_of(&DEALS), maybe(&ACCOUNTS), maybe(&RECORDS), any_category()).prop_map(
        |(name, account, contact, category)| Step::Record(opportunity(name, account, contact, category)),
    );
    let moved = (one_of(&RECORDS), 1_u32..28, proptest::sample::select(&LifecycleStage::ALL[..])).prop_map(
        |(name, day, to)| {
            Step::Event(stage(name, &format!("2025-02-{day:02}"), LifecycleStage::Inquiry, to).into())
        },
    );
    let sent = (one_of(&RECORDS), 1_u32..28)
        .prop_map(|(name, day)| Step::Event(form(name, &format!("2025-02-{day:02}")).into()));
    let joined = (one_of(&["sales:Campaign:K1", "sales:Campaign:K2"]), one_of(&RECORDS))
        .prop_map(|(campaign, person)| Step::Record(membership(campaign, person)));
    let planned = one_of(&["sales:Campaign:K1", "sales:Campaign:K2"])
        .prop_map(|name| Step::Record(campaign(name, "A campaign")));
    let hired = (
        one_of(&["sales:User:U1", "sales:User:U2", "marketing:owner:1"]),
        maybe(&["u@own.example", "v@own.example"]),
    )
        .prop_map(|(name, address)| Step::Record(user(name, address)));
    let erased = one_of(&RECORDS).prop_map(|name| Step::Erased(key(name)));
    prop_oneof![
        8 => any_person(), 3 => any_account(), 3 => deal, 4 => moved, 2 => sent, 2 => joined, 1 => planned, 1 => hired,
        1 => erased,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn facts_after_changes_are_the_facts_made_from_scratch(
        steps in proptest::collection::vec(
            (any_step(), proptest::bool::weighted(0.4), proptest::bool::weighted(0.2)), 1..40,
        ),
    ) {
        let mut world = super::world::World::default();
        let mut model = world.model_of_everything();
        let mut last = world.publish(&mut model).0;
        for (step, is_looked_at, is_restarted) in steps {
            world.take(step, Some(&mut model));
            if is_looked_at || is_restarted {
                last = world.publish(&mut model).0;
                prop_assert_eq!(told(&last), told(&world.snapshot()));
            }
            if is_restarted {
                let was = told(&last);
                model = read_back(&model);
                last = world.publish(&mut model).0;
                prop_assert_eq!(told(&last), was);
            }
        }
        drop(last);
        let snapshot = world.publish(&mut model).0;
        prop_assert_eq!(told(&snapshot), told(&world.snapshot()));

        let rules = rules();
        let everybody = link(&world.people(), &rules.sources, &rules.identity, &Reach::default());
        let whole: BTreeSet<(RecordKey, Vec<RecordKey>, BTreeSet<_>)> = everybody
            .iter()
            .map(|it| (it.anchor.clone(), it.keys().cloned().collect(), it.warnings.iter().map(|it| it.code).collect()))
            .collect();
        let ambiguous = crate::unify::identity::cluster::WarningCode::AmbiguousAccount;
        let in_parts: BTreeSet<(RecordKey, Vec<RecordKey>, BTreeSet<_>)> = snapshot
            .people
            .iter()
            .enumerate()
            .filter_map(|(place, line)| Some((place, line.as_ref()?)))
            .map(|(place, line)| {
                let warnings = line.warnings.iter().copied().filter(|it| *it != ambiguous).collect();
                (snapshot.facts().person_keys[place].clone(), line.keys.to_vec(), warnings)
            })
            .collect();
        prop_assert_eq!(in_parts, whole);
    }
}

/// The model as a restart finds it.
fn read_back(model: &Model) -> Model {
    let folder = tempfile::tempdir().expect("a folder");
    let checkpoint = Checkpoint::new(folder.path().join("facts"), "a ledger", &rules());
    checkpoint.write(model, 7, 0, &Journal::default()).expect("it is written");
    let restored = checkpoint.read(&rules()).expect("it is read").expect("there is one");
    assert_eq!(restored.sequence, 7);
    restored.model
}

#[test]
fn two_owners_are_in_conflict_as_soon_as_both_are_known() {
    let mut world = super::world::World::default();
    let owned = |name: &str, owner: &str| {
        let owner = key(owner);
        let record = person(name).email("zoe@far.example").with(|it| it.owner = Some(owner)).record();
        Step::Record(CapturedRecord::Person(record))
    };
    world.take(owned("sales:Lead:L1", "sales:User:U2"), None);
    world.take(owned("marketing:contact:1", "marketing:owner:1"), None);
    let mut model = world.model_of_everything();
    let _unknown = world.publish(&mut model);
    for name in ["sales:User:U2", "marketing:owner:1"] {
        world.take(Step::Record(user(name, None)), Some(&mut model));
        assert_eq!(told(&world.publish(&mut model).0), told(&world.snapshot()), "with {name}");
    }
}

#[test]
fn a_change_recomputes_its_component_and_nothing_else() {
    let mut world = small();
    world.take(
        Step::Record(CapturedRecord::Person(person("sales:Lead:L5").email("zoe@far.example").record())),
        None,
    );
    let mut model = world.model_of_everything();
    assert_eq!(world.publish(&mut model).1, 2, "everybody at the account, and one who is not");
    world.take(Step::Event(form("sales:Lead:L5", "2025-02-02").into()), Some(&mut model));
    assert_eq!(world.publish(&mut model).1, 1);
    assert_eq!(world.publish(&mut model).1, 0);
}

#[test]
fn what_lies_ahead_is_told_once_its_time_has_come() {
    let mut world = small();
    world.take(Step::Event(form("marketing:contact:7", "2025-04-02T12:00:00Z").into()), None);
    let mut model = world.model_of_everything();
    let touches = |snapshot: &crate::facts::Snapshot| {
        let person = snapshot.row_of(&key("marketing:contact:7"));
        let Some(crate::facts::keys::Row::Person(place)) = person else { panic!("a person") };
        snapshot.facts().people[place as usize].touches.len()
    };
    assert_eq!(touches(&world.publish(&mut model).0), 1);
    model.move_to(now() + chrono::TimeDelta::hours(30));
    assert_eq!(world.publish(&mut model).1, 0);
    model.move_to(now() + chrono::TimeDelta::hours(40));
    assert_eq!(touches(&world.publish(&mut model).0), 2);
}

#[test]
fn an_anchor_that_moved_still_resolves_and_is_told_as_a_previous_id() {
    let mut world = super::world::World::default();
    let record = |name: &str, created: &str| {
        Step::Record(CapturedRecord::Person(person(name).email("a@x.example").created(created).record()))
    };
    world.take(record("sales:Lead:L1", "2025-01-01"), None);
    let mut model = world.model_of_everything();
    world.publish(&mut model);
    world.take(record("marketing:contact:1", "2023-01-01"), Some(&mut model));
    let open = model.open(usize::MAX);
    assert_eq!(open.len(), 1);
    let snapshot = world.publish_open(&mut model, &open);
    let anchor = key("marketing:contact:1");
    assert_eq!(snapshot.person_of(&key("sales:Lead:L1")).map(|id| id.key), Some(anchor.clone()));
    assert_eq!(snapshot.previous_anchors(&anchor), [key("sales:Lead:L1")]);
    // The lead is deleted: its id means the person it was all the same.
    let gone = person("sales:Lead:L1").email("a@x.example").deleted().record();
    world.take(Step::Record(CapturedRecord::Person(gone)), Some(&mut model));
    let snapshot = world.publish(&mut model).0;
    assert_eq!(snapshot.person_of(&key("sales:Lead:L1")).map(|id| id.key), Some(anchor));
}
