//! Which rows there are: for every team those it sees live, counted to the last one.

use std::collections::BTreeSet;

use serde_json::json;

use super::super::running::VIEWS;
use super::{ARGUMENTS, ids, listed, whole};

#[tokio::test(flavor = "multi_thread")]
async fn every_team_lists_and_counts_what_it_sees_live() {
    let running = listed(60).await;
    let mut totals = BTreeSet::new();
    for view in VIEWS {
        let viewer = running.viewer(view);
        for (list, _) in ARGUMENTS {
            running.reset_calls();
            let facts = whole(&viewer, list, json!({}), "").await;
            assert_eq!(running.calls(), 0, "{view} {list}: {:?}", running.calls_by_endpoint());
            if list == "campaigns" {
                continue;
            }
            let live = format!(
                "query($after: String) {{ {list}(first: 50, after: $after, freshness: {{captured: false}}) {{
                    pageInfo {{ hasNextPage endCursor }} nodes {{ id }} }} }}"
            );
            let live = viewer.walk(list, &live, json!({})).await;
            assert_eq!(ids(&facts), ids(&live), "{view} {list}");
            totals.insert((list, facts.len()));
        }
    }
    assert!(totals.len() > 6, "teams see different rows: {totals:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_below_a_listed_row_asks_no_vendor_either() {
    let running = listed(60).await;
    running.reset_calls();
    let revops = running.viewer("revops");
    let below = "displayName owner { name } account { name } records { externalId } scores { value }
        opportunities(first: 2) { nodes { name stage { label } } } history(first: 5) { nodes { id } }
        conflicts { field } identityWarnings { code } customFields { key text }";
    let people = whole(&revops, "people", json!({}), below).await;
    assert!(people.iter().any(|person| person["account"]["name"].is_string()));
    let below =
        "name owner { name } people(first: 3) { nodes { id } } opportunities(first: 3) { nodes { id } }";
    whole(&revops, "accounts", json!({}), below).await;
    let below = "name account { name } stage { label } contacts { person { displayName } } isStalled";
    whole(&revops, "opportunities", json!({}), below).await;
    whole(&revops, "campaigns", json!({}), "name channel members(first: 3) { nodes { status } }").await;
    assert_eq!(running.calls(), 0, "{:?}", running.calls_by_endpoint());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_not_seen_is_not_found_by_any_filter_and_not_counted() {
    let running = listed(60).await;
    let everybody = whole(&running.viewer("revops"), "people", json!({}), "owner { id }").await;
    let email = "dana.whitfield@leadline.example";
    let rep = running.viewer_with("sales_rep", json!({ "email": email }));
    let seen = ids(&whole(&rep, "people", json!({}), "").await);
    assert!(!seen.is_empty() && seen.len() < everybody.len());
    let foreign = everybody
        .iter()
        .find(|it| !seen.contains(it["id"].as_str().unwrap()) && it["owner"]["id"].is_string());
    let owner = &foreign.unwrap()["owner"]["id"];
    for filter in [
        json!({ "owner": { "eq": owner } }),
        json!({ "not": { "owner": { "eq": owner } } }),
        json!({ "or": [{ "owner": { "eq": owner } }, { "source": { "isNull": false } }] }),
    ] {
        let found = ids(&whole(&rep, "people", json!({ "filter": filter }), "").await);
        assert!(found.is_subset(&seen), "{filter}");
    }
}
