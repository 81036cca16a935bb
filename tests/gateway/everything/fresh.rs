//! How old a list may be, and what is told while the ledger is being filled.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use leadline::ledger;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::super::capture::brim::Brim;
use super::super::running::{Running, company};
use super::listed;

#[tokio::test(flavor = "multi_thread")]
async fn until_all_is_captured_lists_are_read_live_and_the_rest_says_how_far_it_is() {
    let folder = TempDir::new().unwrap();
    let file = format!("sqlite:{}", folder.path().join("ledger.db").display());
    let brim = Arc::new(Brim::over(ledger::open(&file).await.unwrap(), true));
    let running = Running::about_to_capture(company(30), Some(brim.clone())).await;
    running.capture().watch().wait_for(|status| status.hindrance.is_some()).await.unwrap();
    let revops = running.viewer("revops");
    let simple = revops.ask("{ people(first: 3) { totalCount nodes { id } } }").await.fine();
    assert_eq!(simple.at("/people/nodes").as_array().unwrap().len(), 3);
    assert_eq!(simple.at("/people/totalCount"), &Value::Null);
    for question in [
        "people(filter: {name: {contains: \"a\"}})",
        "people(filter: {lifecycle: {eq: MQL}})",
        "people(last: 3)",
        "people(order: [{field: LAST_ENGAGED_AT, direction: DESC}])",
        "accounts(filter: {isTargetAccount: true})",
        "opportunities(filter: {not: {stageCategory: WON}})",
        "campaigns(order: [{field: SPEND, direction: DESC}])",
    ] {
        let answer = revops.ask(&format!("{{ {question} {{ nodes {{ id }} }} }}")).await;
        assert_eq!(answer.code(), "LEDGER_REQUIRED", "{question}: {:#}", answer.body);
        let told = answer.message();
        for part in ["The ledger is being filled: sales has 0 of", "marketing has 0 of", " rows of "] {
            assert!(told.contains(part), "{question}: {told}");
        }
    }
    brim.is_full.store(false, Ordering::SeqCst);
    running.capture_again().await;
    running.wait_until_counted().await;
    let counted = revops.ask("{ people(filter: {name: {contains: \"a\"}}) { totalCount } }").await.fine();
    assert!(counted.at("/people/totalCount").as_u64().unwrap() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_may_not_be_as_old_as_the_last_capture_is_read_live() {
    let running = listed(40).await;
    let revops = running.viewer("revops");
    let query = "query($freshness: FreshnessInput, $filter: PersonFilter) {
        people(first: 5, freshness: $freshness, filter: $filter) { totalCount nodes { id } } }";
    for (freshness, is_counted) in [
        (json!(null), true),
        (json!({ "captured": true }), true),
        (json!({ "maxAgeSeconds": 86_400 }), true),
        (json!({ "maxAgeSeconds": 0 }), false),
        (json!({ "captured": false }), false),
    ] {
        running.reset_calls();
        let answer = revops.ask_with(query, json!({ "freshness": freshness })).await.fine();
        assert_eq!(answer.at("/people/totalCount").is_number(), is_counted, "{freshness}");
        // What is read live a second time is still in memory.
        let asks_a_vendor = freshness["maxAgeSeconds"] == json!(0);
        assert_eq!(running.calls() > 0, asks_a_vendor, "{freshness}: {:?}", running.calls_by_endpoint());
    }
    let given = json!({ "freshness": { "maxAgeSeconds": 0 }, "filter": { "name": { "contains": "a" } } });
    let answer = revops.ask_with(query, given).await;
    assert_eq!(answer.code(), "LEDGER_REQUIRED");
    assert!(answer.message().contains("older than maxAgeSeconds allows"), "{}", answer.message());
    let given = json!({ "freshness": { "maxAgeSeconds": -1 } });
    assert_eq!(revops.ask_with(query, given).await.code(), "BAD_INPUT");
}
