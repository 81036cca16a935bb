//! The read model kept current from a ledger.

use std::sync::Arc;

use crate::domain::clock::Clock;
use crate::domain::event::Event;
use crate::domain::id::RecordKey;
use crate::domain::lifecycle::LifecycleStage;
use crate::domain::view::View;
use crate::facts::Facts;
use crate::facts::lists::PeopleAsk;
use crate::ledger::Ledger;
use crate::ledger::entry::{Batch, CapturedRecord, Observation};
use crate::unify::samples::{Sample, at, change, key, person};

use super::world::{form, membership, now, rules, stage};

/// A ledger of its own, gone with the folder.
pub(super) async fn ledger() -> (tempfile::TempDir, Arc<dyn Ledger>) {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", folder.path().join("test.db").display());
    (folder, crate::ledger::open(&url).await.expect("a new ledger"))
}

pub(super) async fn told(ledger: &Arc<dyn Ledger>, observations: Vec<Observation>) {
    let batch = Batch {
        source: key("sales:x:y").source,
        stream: "test".into(),
        observed_at: now(),
        observations,
        progress: None,
    };
    ledger.append(batch).await.expect("it is written");
}

pub(super) fn record(sample: Sample) -> Observation {
    Observation::Record(CapturedRecord::Person(sample.record()))
}

pub(super) fn happened(event: Event) -> Observation {
    Observation::Event { of: event.person.clone().expect("of a person"), event: Arc::new(event) }
}

fn facts(ledger: &Arc<dyn Ledger>) -> Facts {
    Facts::new(ledger.clone(), rules(), Clock::starting_at(now()))
}

fn anchors(facts: &Facts) -> Vec<RecordKey> {
    let snapshot = facts.snapshot().expect("it was built");
    let page = snapshot.people(&View::system(), &PeopleAsk::default()).expect("a page");
    page.entries.into_iter().map(|entry| entry.key).collect()
}

#[tokio::test]
async fn what_comes_after_the_first_build_recomputes_only_what_it_touches() {
    let (_folder, ledger) = ledger().await;
    let lead = || person("sales:Lead:L1").email("ann@x.example").created("2025-01-01");
    let other = person("sales:Lead:L2").email("bob@y.example").created("2025-01-02");
    told(&ledger, vec![record(lead()), record(other), happened(form("sales:Lead:L1", "2025-01-01"))]).await;
    let facts = facts(&ledger);
    assert!(facts.snapshot().is_none());
    assert_eq!(facts.refresh().await.expect("it is read").components, 2);
    let nothing = facts.refresh().await.expect("it is read");
    assert_eq!((nothing.components, nothing.entries), (0, 0));

    let twin = person("marketing:contact:1").email("ann@x.example").created("2025-01-03");
    let campaign = Observation::Record(membership("marketing:campaign:K1", "marketing:contact:1"));
    told(&ledger, vec![record(twin), campaign, happened(form("marketing:contact:1", "2025-02-01"))]).await;
    let done = facts.refresh().await.expect("it is read");
    assert_eq!(done.components, 1);
    assert_eq!(done.sequence, ledger.last_sequence().await.expect("a sequence"));
    assert_eq!(anchors(&facts), [key("sales:Lead:L1"), key("sales:Lead:L2")]);
    let snapshot = facts.snapshot().expect("it was built");
    let line = snapshot.person_line(&key("marketing:contact:1")).expect("a person");
    assert_eq!((line.records, line.campaigns.len()), (2, 1));
    assert_eq!(
        snapshot.facts().touches_of(&snapshot.facts().people[0]).len()
            + snapshot.facts().touches_of(&snapshot.facts().people[1]).len(),
        2
    );
}

#[tokio::test]
async fn an_anchor_that_moved_is_written_down_and_known_after_a_restart() {
    let (_folder, ledger) = ledger().await;
    told(&ledger, vec![record(person("sales:Lead:L1").email("ann@x.example").created("2025-01-01"))]).await;
    let first = facts(&ledger);
    first.refresh().await.expect("it is read");
    told(&ledger, vec![record(person("marketing:contact:1").email("ann@x.example").created("2023-01-01"))])
        .await;
    first.refresh().await.expect("it is read");
    let restarted = facts(&ledger);
    restarted.refresh().await.expect("it is read");
    for facts in [&first, &restarted] {
        let snapshot = facts.snapshot().expect("it was built");
        assert_eq!(snapshot.previous_anchors(&key("marketing:contact:1")), [key("sales:Lead:L1")]);
    }
}

#[tokio::test]
async fn who_was_erased_is_nobody_any_more() {
    let (_folder, ledger) = ledger().await;
    told(&ledger, vec![record(person("sales:Lead:L1").email("ann@x.example"))]).await;
    let facts = facts(&ledger);
    facts.refresh().await.expect("it is read");
    ledger.erase(&[key("sales:Lead:L1")], now()).await.expect("it is erased");
    facts.refresh().await.expect("it is read");
    assert!(anchors(&facts).is_empty());
    assert!(facts.snapshot().expect("it was built").row_of(&key("sales:Lead:L1")).is_none());
}

#[tokio::test]
async fn a_person_is_told_as_known_at_an_instant() {
    let (_folder, ledger) = ledger().await;
    let lead = person("sales:Lead:L1").created("2025-01-01").with(|it| {
        it.owner = Some(key("sales:User:U2"));
        it.stage = Some(LifecycleStage::Mql);
    });
    let mql = stage("sales:Lead:L1", "2025-02-10", LifecycleStage::Inquiry, LifecycleStage::Mql);
    let owner = change("2025-03-01", "sales:Lead:L1", "owner", "U1", "U2");
    told(&ledger, vec![record(lead), happened(mql), happened(owner)]).await;
    let facts = facts(&ledger);
    facts.refresh().await.expect("it is read");
    let at_instant = async |when: &str| {
        facts.person_as_of(&View::system(), &key("sales:Lead:L1"), at(when)).await.expect("it is read")
    };
    let then = at_instant("2025-02-15").await.expect("they were there");
    assert_eq!((then.stage, then.owner), (Some(LifecycleStage::Mql), Some(key("sales:User:U1"))));
    assert!(then.is_complete);
    let earlier = at_instant("2025-02-01").await.expect("they were there");
    assert_eq!(earlier.stage, Some(LifecycleStage::Inquiry));
    assert_eq!(at_instant("2025-03-02").await.expect("they were there").owner, Some(key("sales:User:U2")));
    assert_eq!(at_instant("2024-12-31").await, None);
}
