//! The feed of changes: whoever follows it has what an export gives, whatever happens and whatever the view.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;

use crate::domain::id::{NodeId, NodeKind, RecordKey};
use crate::domain::view::{Claims, Policy, Rows, View};
use crate::export::{Ask, Cell, Change, ChangesAsk, Dataset, Operation, Refusal};
use crate::ledger::entry::{CapturedRecord, Observation};
use crate::unify::samples::{account, at, key, opportunity, person};

use super::views::company;
use super::world::{Facts, person as lead};

const PEOPLE: [&str; 5] =
    ["sales:Lead:L1", "sales:Lead:L2", "sales:Contact:C1", "marketing:contact:1", "marketing:contact:2"];
const ADDRESSES: [&str; 3] = ["a@acme.example", "b@acme.example", "c@bolt.example"];
const ACCOUNTS: [&str; 2] = ["sales:Account:A1", "marketing:company:K1"];
const DEALS: [&str; 2] = ["sales:Opportunity:O1", "sales:Opportunity:O2"];
const OWNERS: [&str; 3] = ["sales:User:U1", "sales:User:U2", "sales:User:U3"];
const COUNTRIES: [&str; 2] = ["Germany", "United States"];

#[derive(Clone, Debug)]
enum Step {
    Told(Vec<Observation>),
    Erased(RecordKey),
    /// The gateway is stopped and started.
    Stopped,
    /// The gateway is killed and started.
    Killed,
    /// Bringing the facts up to the ledger is broken off.
    BrokenOff,
}

fn any_person() -> impl Strategy<Value = Observation> {
    let parts = (
        select(&PEOPLE[..]),
        proptest::option::of(select(&ADDRESSES[..])),
        proptest::option::of(select(&OWNERS[..])),
        proptest::option::of(select(&COUNTRIES[..])),
        proptest::option::weighted(0.5, select(&ACCOUNTS[..])),
        proptest::bool::weighted(0.15),
        1_u32..28,
    );
    parts.prop_map(|(name, address, owner, country, account, is_deleted, day)| {
        let sample = person(name).created("2025-01-02").modified(&format!("2025-02-{day:02}"));
        let sample = address.map_or(sample.clone(), |address| sample.email(address));
        let sample = if is_deleted { sample.deleted() } else { sample };
        let record = sample.with(|it| {
            it.owner = owner.map(key);
            it.country = country.map(Into::into);
            it.account = account.map(key);
        });
        Observation::Record(CapturedRecord::Person(record.record()))
    })
}

fn any_account() -> impl Strategy<Value = Observation> {
    let parts = (select(&ACCOUNTS[..]), proptest::option::of(select(&OWNERS[..])), any::<bool>());
    parts.prop_map(|(name, owner, has_domain)| {
        let domains: &[&str] = if has_domain { &["acme.example"] } else { &[] };
        let mut record = account(name, domains, None);
        record.owner = owner.map(key);
        Observation::Record(CapturedRecord::Account(record.into()))
    })
}

fn any_deal() -> impl Strategy<Value = Observation> {
    let owner = proptest::option::of(select(&OWNERS[..]));
    let parts = (select(&DEALS[..]), owner, proptest::option::of(select(&ACCOUNTS[..])), any::<bool>());
    parts.prop_map(|(name, owner, account, is_deleted)| {
        let mut record = opportunity(name, None);
        record.owner = owner.map(key);
        record.account = account.map(key);
        record.meta.deleted_at = is_deleted.then(|| at("2025-03-01"));
        Observation::Record(CapturedRecord::Opportunity(record.into()))
    })
}

fn any_step() -> impl Strategy<Value = Step> {
    let told = prop_oneof![4 => any_person(), 2 => any_account(), 2 => any_deal()];
    prop_oneof![
        8 => proptest::collection::vec(told, 1..4).prop_map(Step::Told),
        1 => select(&PEOPLE[..]).prop_map(|name| Step::Erased(key(name))),
        1 => Just(Step::Stopped),
        1 => Just(Step::Killed),
        1 => Just(Step::BrokenOff),
    ]
}

fn any_view() -> impl Strategy<Value = View> {
    let rows = || select(vec![Rows::All, Rows::Own, Rows::Territory, Rows::None]);
    let owners = proptest::sample::subsequence(vec!["sales:U1", "sales:U2"], 0..=2);
    (rows(), rows(), rows(), owners, any::<bool>()).prop_map(
        |(people, accounts, opportunities, owners, is_emea)| {
            let policy = Policy { people, accounts, opportunities, ..View::system().policy().clone() };
            let territories = is_emea.then(|| ["emea".into()].into());
            let owners = Some(owners.into_iter().map(Into::into).collect());
            let claims = Claims { owners, territories, ..Claims::default() };
            View::grant(policy.into(), company().into(), None, claims)
        },
    )
}

/// Somebody who keeps a copy.
struct Follower {
    view: View,
    after: Option<String>,
    first: usize,
    has: BTreeSet<String>,
    /// The gateway was killed since the last page.
    may_start_over: bool,
}

impl Follower {
    /// Reads so many pages, or to the end; from the beginning, when told to start over.
    fn follow(&mut self, facts: &Facts, pages: usize) -> Vec<Change> {
        let mut all = Vec::new();
        for _ in 0..pages {
            let ask = ChangesAsk {
                after: self.after.clone(),
                updated_since: None,
                datasets: None,
                first: self.first,
            };
            let page = match facts.exports().changes(&self.view, ask) {
                Err(Refusal::StartOver(_)) if self.may_start_over => {
                    (self.after, self.may_start_over) = (None, false);
                    self.has.clear();
                    continue;
                }
                page => page.expect("the feed goes on"),
            };
            assert!(page.changes.len() <= self.first);
            for change in &page.changes {
                let id = change.id.encode();
                match change.operation {
                    Operation::Upsert | Operation::Restate => self.has.insert(id),
                    Operation::Delete | Operation::Merge => self.has.remove(&id),
                };
            }
            self.after = Some(page.next);
            all.extend(page.changes);
            if page.caught_up {
                break;
            }
        }
        all
    }
}

async fn exported(facts: &Facts, view: &View) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for dataset in [Dataset::People, Dataset::Accounts, Dataset::Opportunities] {
        let mut opened = facts.exports().open(view, Ask::of(dataset)).await.expect("a dataset");
        while let Some(batch) = opened.reader.next().await.expect("rows") {
            for row in batch.rows {
                let Cell::Text(id) = &row[0] else { panic!("a row without an id") };
                ids.insert(id.to_string());
            }
        }
    }
    ids
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn whoever_follows_the_feed_has_what_an_export_gives(
        steps in proptest::collection::vec((any_step(), 0_usize..4), 2..14),
        view in any_view(),
        first in 1_usize..5,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let mut facts = Facts::of_company(company(), []).await;
            let mut follower = Follower { view: view.clone(), first, ..everything() };
            let mut late = Follower { view: view.clone(), first: 1_000, ..everything() };
            for (step, pages) in steps {
                match step {
                    Step::Told(observations) => facts.told(observations).await,
                    Step::Erased(key) => facts.erased(&key).await,
                    Step::Stopped => {
                        facts.kept().await;
                        facts = facts.restarted().await;
                    }
                    Step::Killed => {
                        facts = facts.restarted().await;
                        follower.may_start_over = true;
                    }
                    Step::BrokenOff => facts.broken_off(),
                }
                // Some changes are read half-way, some not at all before the next come.
                follower.follow(&facts, pages);
            }
            follower.follow(&facts, usize::MAX);
            let now = exported(&facts, &view).await;
            prop_assert_eq!(&follower.has, &now);
            late.follow(&facts, usize::MAX);
            prop_assert_eq!(&late.has, &now, "the feed from its beginning");
            prop_assert_eq!(follower.follow(&facts, 1), vec![], "and nothing more");
            Ok(())
        })?;
    }
}

fn everything() -> Follower {
    Follower { view: View::system(), after: None, first: 100, has: BTreeSet::new(), may_start_over: false }
}

fn told(changes: &[Change]) -> Vec<(Operation, String)> {
    changes.iter().map(|change| (change.operation, change.id.key.to_string())).collect()
}

#[tokio::test]
async fn two_people_who_become_one_are_merged_and_who_is_erased_is_deleted() {
    let one = person("sales:Lead:L1").email("a@acme.example").created("2025-01-02");
    let other = person("marketing:contact:1").email("b@acme.example").created("2025-01-01");
    let record =
        |sample: crate::unify::samples::Sample| Observation::Record(CapturedRecord::Person(sample.record()));
    let facts = Facts::of([record(one), record(other)]).await;
    let mut follower = everything();
    assert_eq!(follower.follow(&facts, 9).len(), 2);
    let other = person("marketing:contact:1").email("a@acme.example").created("2025-01-01");
    facts.told([record(other)]).await;
    let changes = follower.follow(&facts, 9);
    let operations: Vec<Operation> = changes.iter().map(|change| change.operation).collect();
    assert!(operations.contains(&Operation::Merge) && operations.contains(&Operation::Upsert), "{changes:?}");
    let merged = changes.iter().find(|change| change.operation == Operation::Merge).expect("a merge");
    let [survivor] = follower.has.iter().collect::<Vec<_>>()[..] else { panic!("{:?}", follower.has) };
    let now = merged.now.clone().expect("it is part of another");
    assert_eq!(NodeId::new(NodeKind::Person, now).encode(), *survivor);
    facts.erased(&key("sales:Lead:L1")).await;
    facts.erased(&key("marketing:contact:1")).await;
    follower.follow(&facts, 9);
    assert_eq!(follower.has, BTreeSet::new());
}

#[tokio::test]
async fn what_says_the_same_is_no_change_and_a_change_elsewhere_that_moves_a_row_is_one() {
    let facts = Facts::of([lead(1, Some("sales:User:U1"), None), lead(2, Some("sales:User:U2"), None)]).await;
    let policy = Policy { people: Rows::Own, ..View::system().policy().clone() };
    let claims = Claims { owners: Some(["sales:U1".into()].into()), ..Claims::default() };
    let view = View::grant(policy.into(), std::sync::Arc::default(), None, claims);
    let mut follower = Follower { view, ..everything() };
    assert_eq!(told(&follower.follow(&facts, 9)), [(Operation::Upsert, "sales:Lead:00001".to_owned())]);
    facts.told([lead(1, Some("sales:User:U1"), None)]).await;
    assert_eq!(told(&follower.follow(&facts, 9)), []);
    facts.told([lead(1, Some("sales:User:U2"), None), lead(2, Some("sales:User:U1"), None)]).await;
    let changes = told(&follower.follow(&facts, 9));
    assert_eq!(
        changes,
        [
            (Operation::Delete, "sales:Lead:00001".to_owned()),
            (Operation::Upsert, "sales:Lead:00002".to_owned())
        ]
    );
}

#[tokio::test]
async fn a_cursor_outlives_a_stop_and_one_that_was_told_more_than_is_known_has_to_start_over() {
    let facts = Facts::of([lead(1, None, None)]).await;
    let mut follower = everything();
    follower.follow(&facts, 9);
    let ask = |after: &Option<String>| ChangesAsk {
        after: after.clone(),
        updated_since: None,
        datasets: None,
        first: 10,
    };
    let early = follower.after.clone();
    let elsewhere = Facts::of([lead(1, None, None)]).await;
    let refused = elsewhere.exports().changes(&View::system(), ask(&early));
    assert!(matches!(refused, Err(Refusal::StartOver(_))), "another ledger");

    facts.told([lead(2, None, None)]).await;
    facts.kept().await;
    facts.told([lead(3, None, None)]).await;
    follower.follow(&facts, 9);
    // Killed: what came after the checkpoint is found anew.
    let late = facts.restarted().await;
    let page = late.exports().changes(&View::system(), ask(&early)).expect("it goes on");
    assert_eq!(page.changes.len(), 2);
    let refused = late.exports().changes(&View::system(), ask(&follower.after));
    assert!(matches!(refused, Err(Refusal::StartOver(_))), "it was told of the third lead already");
    // Stopped: nothing is lost.
    late.kept().await;
    let later = late.restarted().await;
    for page in [&early, &Some(page.next)] {
        later.exports().changes(&View::system(), ask(page)).expect("it goes on");
    }
}

#[tokio::test]
async fn a_cursor_outlives_a_look_at_the_ledger_that_was_broken_off() {
    let facts = Facts::of([lead(1, None, None)]).await;
    facts.kept().await;
    facts.told([lead(2, None, None)]).await;
    let mut follower = everything();
    follower.follow(&facts, 9);
    facts.broken_off();
    facts.told([lead(3, None, None)]).await;
    let changes = told(&follower.follow(&facts, 9));
    assert_eq!(changes, [(Operation::Upsert, "sales:Lead:00003".to_owned())]);
}

#[tokio::test]
async fn a_cursor_belongs_to_its_question_and_history_has_no_changes() {
    let facts = Facts::of([lead(1, None, None)]).await;
    let mut follower = everything();
    follower.follow(&facts, 9);
    let ask = |after, datasets| ChangesAsk { after, updated_since: None, datasets, first: 10 };
    for ask in [ask(follower.after, Some(vec![Dataset::People])), ask(None, Some(vec![Dataset::LeadHistory]))]
    {
        assert!(matches!(facts.exports().changes(&View::system(), ask), Err(Refusal::BadInput(_))));
    }
}
