//! What the past tells of everybody: who they were, and who somebody should look at.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use leadline::ledger;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::super::capture::brim::Brim;
use super::super::running::{Running, company};
use super::super::vendors::Vendors;
use super::{ids, listed, whole};

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_people_as_of_an_instant_is_read_together() {
    let folder = TempDir::new().unwrap();
    let file = format!("sqlite:{}", folder.path().join("ledger.db").display());
    let brim = Arc::new(Brim::over(ledger::open(&file).await.unwrap(), false));
    let running = Running::about_to_capture(company(40), Some(brim.clone())).await;
    running.wait_until_captured().await;
    running.wait_until_counted().await;
    let revops = running.viewer("revops");
    let then =
        "people(first: 30) { nodes { asOf(at: \"2026-01-15T00:00:00Z\") { lifecycleStage complete } } }";
    let before = brim.histories.load(Ordering::SeqCst);
    let answer = revops.ask(&format!("{{ {then} }}")).await.fine();
    let told = answer.at("/people/nodes").as_array().unwrap();
    assert!(told.iter().filter(|it| it["asOf"]["lifecycleStage"].is_string()).count() > 10, "{told:?}");
    let read = brim.histories.load(Ordering::SeqCst) - before;
    assert!(read <= 6, "{read} readings of histories for {} people", told.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_somebody_should_look_at_is_everybody_with_a_conflict_or_a_warning() {
    let running = listed(120).await;
    let revops = running.viewer("revops");
    let what = "conflicts { field } identityWarnings { code }";
    let all = whole(&revops, "people", json!({}), what).await;
    let is_some = |node: &Value, list: &str| !node[list].as_array().unwrap().is_empty();
    let expected: Vec<Value> = all
        .iter()
        .filter(|it| is_some(it, "conflicts") || is_some(it, "identityWarnings"))
        .cloned()
        .collect();
    assert!(!expected.is_empty() && expected.len() < all.len());
    running.reset_calls();
    let query = "query($after: String) { identityReview(first: 7, after: $after) {
        totalCount pageInfo { hasNextPage endCursor } nodes { id } } }";
    let found = revops.walk("identityReview", query, json!({})).await;
    assert_eq!((ids(&found), found.len()), (ids(&expected), expected.len()));
    assert_eq!(running.calls(), 0, "{:?}", running.calls_by_endpoint());
    let seller = running.viewer("sales_rep").ask("{ identityReview { totalCount } }").await;
    assert_eq!(seller.codes(), ["VALIDATION_FAILED"], "what systems disagree on is hidden from sellers");
}

#[tokio::test(flavor = "multi_thread")]
async fn stalled_opportunities_are_those_that_say_so() {
    let running = listed(900).await;
    let revops = running.viewer("revops");
    let all = whole(&revops, "opportunities", json!({}), "isStalled stageCategory").await;
    let mut told = 0;
    for wanted in [true, false] {
        let filter = json!({ "filter": { "isStalled": wanted } });
        let found = ids(&whole(&revops, "opportunities", filter, "").await);
        let expected: Vec<Value> =
            all.iter().filter(|it| it["isStalled"] == json!(wanted)).cloned().collect();
        assert_eq!(found, ids(&expected), "{wanted}");
        told += found.len();
    }
    assert!(told > 0, "nobody can tell of any");
    assert!(all.iter().all(|it| it["stageCategory"] == "OPEN" || it["isStalled"].is_null()));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_became_one_with_somebody_older_keeps_their_former_id() {
    let running = listed(60).await;
    let vendors = Vendors::of(&running).await;
    let what = "email createdAt previousIds records { object externalId }";
    let people = whole(&running.viewer("revops"), "people", json!({}), what).await;
    assert!(people.iter().all(|person| person["previousIds"] == json!([])));
    let alone = |person: &&Value, object: &str| {
        let records = person["records"].as_array().unwrap();
        records.len() == 1 && records[0]["object"] == object && person["email"].is_string()
    };
    // The oldest first: somebody known to marketing alone, and a lead who came later.
    let older = people.iter().position(|it| alone(&it, "contact")).unwrap();
    let younger = people[older..].iter().find(|it| alone(it, "Lead")).unwrap();
    let older = &people[older];
    let path = format!("/sobjects/Lead/{}", younger["records"][0]["externalId"].as_str().unwrap());
    vendors.salesforce(Method::PATCH, &path, json!({ "Email": older["email"] })).await;
    running.capture_again().await;
    let query = "query($id: ID!) { person(by: {id: $id}, freshness: {captured: true}) { id previousIds } }";
    let patience = Instant::now() + Duration::from_secs(30);
    loop {
        let answer = running.viewer("revops").ask_with(query, json!({ "id": younger["id"] })).await.fine();
        if answer.at("/person/previousIds") == &json!([younger["id"]]) {
            assert_eq!(answer.at("/person/id"), &older["id"], "the former id leads to them");
            return;
        }
        assert!(Instant::now() < patience, "{:#}", answer.body);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
