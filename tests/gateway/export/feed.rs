//! The feed of changes at the GraphQL door.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::running::{Running, VIEWS, committed};
use crate::vendors::Vendors;

use super::download;

const CHANGES: &str = "query($after: ChangeCursor, $first: Int, $datasets: [ExportDataset!]) {
    changes(after: $after, first: $first, datasets: $datasets) {
      nextCursor caughtUp pageInfo { hasNextPage }
      nodes { cursor operation nodeId typename observedAt node { id } } } }";

/// Reads the feed to its end.
async fn follow(running: &Running, view: &str, first: u32, mut after: Value) -> (Vec<Value>, Value) {
    let mut changes = Vec::new();
    loop {
        let given = json!({ "after": after, "first": first });
        let answer = running.viewer(view).ask_with(CHANGES, given).await.fine();
        let page = answer.at("/changes");
        changes.extend(page["nodes"].as_array().unwrap().iter().cloned());
        after = page["nextCursor"].clone();
        if page["caughtUp"] == json!(true) {
            return (changes, after);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_begins_with_what_an_export_of_the_view_gives() {
    let running = Running::counting("q1").await;
    for view in VIEWS {
        let mut exported = BTreeSet::new();
        for dataset in ["people", "accounts", "opportunities"] {
            let rows = download(&running, view, &format!("/{dataset}.ndjson?columns=id")).await.rows();
            exported.extend(rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()));
        }
        let (changes, after) = follow(&running, view, 4, Value::Null).await;
        assert!(changes.iter().all(|it| it["operation"] == "UPSERT" && it["node"]["id"] == it["nodeId"]));
        let told: BTreeSet<String> =
            changes.iter().map(|it| it["nodeId"].as_str().unwrap().to_owned()).collect();
        assert_eq!(told, exported, "{view}");
        assert_eq!(
            follow(&running, view, 100, after).await.0,
            Vec::<Value>::new(),
            "{view}: nothing came since"
        );
    }
    let refused = |given: Value| {
        let viewer = running.viewer("revops");
        async move { viewer.ask_with(CHANGES, given).await.code().to_owned() }
    };
    assert_eq!(refused(json!({ "first": 1_001 })).await, "BAD_INPUT");
    assert_eq!(refused(json!({ "first": 5, "after": "x" })).await, "BAD_INPUT");
    assert_eq!(refused(json!({ "first": 5, "datasets": ["LEAD_HISTORY"] })).await, "BAD_INPUT");
    // A cursor is of one view: another one sees other rows.
    let (_, after) = follow(&running, "bi", 100, Value::Null).await;
    assert_eq!(refused(json!({ "first": 5, "after": after })).await, "BAD_INPUT");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_captured_records_there_is_no_feed() {
    let running = Running::over(committed("q1")).await;
    let answer = running.viewer("revops").ask("{ changes { caughtUp } }").await;
    assert_eq!(answer.codes(), ["LEDGER_REQUIRED"]);
}

/// What became of which row.
fn told(changes: &[Value]) -> Vec<[&Value; 2]> {
    changes.iter().map(|change| [&change["operation"], &change["nodeId"]]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_was_stopped_tells_again_what_came_before() {
    let running = Running::counting("q1").await;
    let (everything, cursor) = follow(&running, "revops", 100, Value::Null).await;
    assert!(!everything.is_empty());
    let query = "{ people(first: 50) { nodes { id records { object externalId } } } }";
    let people = running.viewer("revops").ask(query).await.fine();
    let people = people.at("/people/nodes").as_array().unwrap();
    let contact = |person: &Value| {
        let records = person["records"].as_array().unwrap();
        let found = records.iter().find(|record| record["object"] == "contact");
        found.map(|record| (person["id"].clone(), record["externalId"].as_str().unwrap().to_owned()))
    };
    let (id, contact) = people.iter().find_map(contact).unwrap();
    let path = format!("/crm/v3/objects/contacts/{contact}");
    let change = json!({ "properties": { "jobtitle": "Chief Sounding Officer" } });
    Vendors::of(&running).await.hubspot(Method::PATCH, &path, change).await;
    running.capture_again().await;
    let patience = Instant::now() + Duration::from_secs(60);
    let changes = loop {
        let (changes, _) = follow(&running, "revops", 100, cursor.clone()).await;
        if !changes.is_empty() {
            break changes;
        }
        assert!(Instant::now() < patience, "the change is not told");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(told(&changes), [[&json!("UPSERT"), &id]]);
    // It is not found anew in the ledger, which tells how things are: it was kept with the facts.
    let running = running.restart().await;
    running.wait_until_counted().await;
    assert_eq!(told(&follow(&running, "revops", 100, cursor).await.0), told(&changes));
}
