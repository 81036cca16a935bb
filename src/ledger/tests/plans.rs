//! How SQLite finds rows: by an index, however many there are.

use sqlx::{AssertSqlSafe, Row};

use crate::domain::event::HistoryPart;
use crate::ledger::Ledger;
use crate::ledger::entry::{Batch, Observation, RecordKind, history_of_address};
use crate::ledger::link::Link;
use crate::ledger::open::{self, MIGRATIONS};
use crate::ledger::sql::tests::{heard, listen};
use crate::ledger::state::{DecisionDraft, DecisionKind, MergeDraft};
use crate::ledger::store::Store;

use super::Place;
use super::fixtures::*;

/// Tables that may be read whole: they hold a row for a stream, a count, a decision of somebody's, and so on, or one row of
/// them is read.
const SMALL: [&str; 5] = ["leadline_ledger", "positions", "tallies", "decisions", "erased"];
/// What a statement brings along.
const BROUGHT: [&str; 2] = ["told", "asked"];

#[tokio::test]
async fn no_statement_reads_a_table_from_end_to_end() {
    let place = Place::sqlite();
    let file = place.folder.as_ref().unwrap().path().join("leadline.db");
    let store = open::sqlite(&file, &MIGRATIONS).await.unwrap();
    listen();
    write(&store).await;
    read(&store).await;
    take_away(&store).await;
    let mut statements = heard();
    statements.sort_unstable();
    statements.dedup();
    assert!(statements.len() > 40, "{} statements were heard", statements.len());

    let mut writer = store.database.writer().await.unwrap().unwrap();
    let mut scans = Vec::new();
    for sql in statements {
        let plan = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")));
        for step in plan.fetch_all(&mut *writer).await.unwrap() {
            let step: &str = step.get(3);
            let Some(of) = step.strip_prefix("SCAN ") else { continue };
            let table = of.split(' ').next().unwrap();
            let is_list = of.contains("CONSTANT ROW") || of.contains("VALUES CLAUSE");
            if !is_list && !SMALL.contains(&table) && !BROUGHT.contains(&table) {
                scans.push(format!("{step}: {sql}"));
            }
        }
    }
    assert!(scans.is_empty(), "{scans:#?}");
}

fn lead() -> crate::domain::id::RecordKey {
    key("Lead", "00Q1")
}

async fn write(store: &Store) {
    let observations = vec![
        seen(person("Lead", "00Q1", "jane@example.com")),
        seen(membership("00v1", "7011", lead())),
        told(touch("v1", &lead(), "/", 1)),
        told(task("00T1", &lead(), "Call", 2)),
        Observation::Floor(floor_of("Lead", "00Q1")),
    ];
    let progress = Some(progress("1", 1, None, false));
    store.append(Batch { progress, ..batch(1, observations) }).await.unwrap();
    let gone = |object, id| Observation::Gone { key: key(object, id), at: at(3) };
    let observations = vec![
        seen(person("Lead", "00Q1", "other@example.com")),
        told(touch("v1", &lead(), "/pricing", 1)),
        gone("Task", "00T1"),
        gone("CampaignMember", "00v1"),
    ];
    store.append(batch(4, observations)).await.unwrap();
    let current = key("Contact", "0031");
    let merge = MergeDraft { previous: lead(), current: current.clone(), rule: "EMAIL".into(), at: at(5) };
    store.log_merges(&[merge]).await.unwrap();
    let decision = DecisionDraft {
        kind: DecisionKind::Split,
        left: lead(),
        right: current,
        note: "two people".into(),
        by: "jane".into(),
        at: at(6),
    };
    store.decide(decision).await.unwrap();
}

async fn read(store: &Store) {
    let keys = [lead(), key("Lead", "00Q2")];
    let address = history_of_address(&sales(), "jane@example.com");
    store.last_sequence().await.unwrap();
    store.heads(RecordKind::Person, 0, 10).await.unwrap();
    store.heads_of(&keys).await.unwrap();
    store.walk(&sales(), "Lead", Some("00Q0"), 10).await.unwrap();
    for link in [Link::Email("other@example.com".into()), Link::ConvertedInto(key("Contact", "0031"))] {
        store.linked(std::slice::from_ref(&link), RecordKind::Person).await.unwrap();
        store.linked_page(&link, RecordKind::Person, Some(&keys[0]), 10).await.unwrap();
    }
    store.versions(&keys[0], 0, 10).await.unwrap();
    store.heads_as_of(&keys, at(9)).await.unwrap();
    store.events_of(&[lead(), address], &HistoryPart::ALL).await.unwrap();
    store.events_of(&[lead()], &[HistoryPart::Changes]).await.unwrap();
    store.changes(0, 10).await.unwrap();
    store.positions().await.unwrap();
    store.position(&sales(), "leads").await.unwrap();
    store.floors(&keys).await.unwrap();
    store.tallies().await.unwrap();
    store.merges(0, 10).await.unwrap();
    store.decisions().await.unwrap();
}

async fn take_away(store: &Store) {
    store.forget_position(&sales(), "leads").await.unwrap();
    store.drop_events_before(at(0)).await.unwrap();
    store.erase(&[lead()], at(20)).await.unwrap();
    let erased = Observation::Erased { key: key("Lead", "00Q2") };
    store.append(batch(21, vec![seen(person("Lead", "00Q1", "")), erased])).await.unwrap();
}
