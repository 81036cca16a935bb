//! What is exported is what GraphQL shows, view by view: the same rows, and in them the same values.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::running::{Running, VIEWS};

use super::download;

const PEOPLE: &str =
    "query($after: String) { people(first: 100, after: $after, freshness: {captured: true}) {
    pageInfo { hasNextPage endCursor }
    nodes { id displayName firstName lastName email phone title account { id } owner { id } lifecycleStage
            createdAt updatedAt } } }";

const OPPORTUNITIES: &str = "query($after: String) { opportunities(first: 100, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { id name account { id } owner { id } stageCategory closeDate createdAt updatedAt } } }";

const ACCOUNTS: &str = "query($after: String) { accounts(first: 100, after: $after) {
    pageInfo { hasNextPage endCursor } nodes { id name industry region owner { id } } } }";

const HISTORY: &str = "query($id: ID!) { node(id: $id) { ... on Person { history(first: 100) {
    nodes { __typename id kind occurredAt isLate campaign { id }
            ... on FieldChange { field oldValue newValue } ... on StageEvent { stageFrom stageTo }
            ... on Touchpoint { channel } } } } } }";

fn by_id(rows: Vec<Value>) -> BTreeMap<String, Value> {
    rows.into_iter().map(|row| (row["id"].as_str().unwrap().to_owned(), row)).collect()
}

/// The same instant is written with and without milliseconds.
fn alike(exported: &Value, shown: &Value) -> bool {
    let instant =
        |value: &Value| value.as_str().and_then(|it| it.parse::<chrono::DateTime<chrono::Utc>>().ok());
    exported == shown || (instant(exported).is_some() && instant(exported) == instant(shown))
}

fn compare(view: &str, exported: Vec<Value>, shown: Vec<Value>, pairs: &[(&str, &str)]) {
    let (exported, shown) = (by_id(exported), by_id(shown));
    assert_eq!(exported.keys().collect::<Vec<_>>(), shown.keys().collect::<Vec<_>>(), "the rows of {view}");
    for (id, row) in &exported {
        for (column, pointer) in pairs {
            let other = shown[id].pointer(pointer).unwrap_or(&Value::Null);
            let own = row.get(*column).unwrap_or(&Value::Null);
            assert!(alike(own, other), "{view}, {column} of {id}: {own} is not {other}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_view_is_given_the_rows_and_values_that_graphql_shows_it() {
    let running = Running::counting("q1").await;
    for view in VIEWS {
        let viewer = running.viewer(view);
        let shown = viewer.walk_tolerant("people", PEOPLE).await;
        let exported = download(&running, view, "/people.ndjson").await.rows();
        let pairs = [
            ("display_name", "/displayName"),
            ("first_name", "/firstName"),
            ("last_name", "/lastName"),
            ("email", "/email"),
            ("phone", "/phone"),
            ("title", "/title"),
            ("account_id", "/account/id"),
            ("owner_id", "/owner/id"),
            ("lifecycle_stage", "/lifecycleStage"),
            ("created_at", "/createdAt"),
            ("updated_at", "/updatedAt"),
        ];
        compare(view, exported, shown, &pairs);
        let shown = viewer.walk_tolerant("opportunities", OPPORTUNITIES).await;
        let exported = download(&running, view, "/opportunities.ndjson").await.rows();
        let pairs = [
            ("name", "/name"),
            ("account_id", "/account/id"),
            ("owner_id", "/owner/id"),
            ("stage_category", "/stageCategory"),
            ("close_date", "/closeDate"),
            ("created_at", "/createdAt"),
        ];
        compare(view, exported, shown, &pairs);
        let shown = viewer.walk_tolerant("accounts", ACCOUNTS).await;
        let exported = download(&running, view, "/accounts.ndjson").await.rows();
        let pairs =
            [("name", "/name"), ("industry", "/industry"), ("region", "/region"), ("owner_id", "/owner/id")];
        compare(view, exported, shown, &pairs);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_is_told_entry_by_entry_as_graphql_tells_it() {
    let running = Running::counting("q1").await;
    for view in ["revops", "marketing", "bi", "sales_rep"] {
        let told = download(&running, view, "/lead_history.ndjson").await.rows();
        let people = download(&running, view, "/people.ndjson?columns=id").await.rows();
        assert!(!people.is_empty(), "{view}");
        for person in people {
            let answer = running.viewer(view).ask_with(HISTORY, json!({ "id": person["id"] })).await;
            let shown = answer.at("/node/history/nodes").as_array().unwrap().clone();
            // What an opportunity's history tells names the person too.
            let is_of_deal =
                |row: &Value| row["anchor_key"].as_str().unwrap().starts_with("sales:Opportunity:");
            let is_own = |row: &&Value| row["person_id"] == person["id"] && !is_of_deal(row);
            let own: Vec<Value> = told.iter().filter(is_own).map(with_id).collect();
            let pairs = [
                ("kind", "/kind"),
                ("occurred_at", "/occurredAt"),
                ("is_late", "/isLate"),
                ("campaign_id", "/campaign/id"),
                ("stage_from", "/stageFrom"),
                ("stage_to", "/stageTo"),
                ("channel", "/channel"),
            ];
            compare(view, own.clone(), shown.clone(), &pairs);
            let (own, shown) = (by_id(own), by_id(shown));
            for (id, row) in own.iter().filter(|(id, _)| shown[*id]["__typename"] == "FieldChange") {
                assert_eq!(
                    (&row["old_value"], &row["new_value"]),
                    (&shown[id]["oldValue"], &shown[id]["newValue"])
                );
            }
        }
    }
}

fn with_id(row: &Value) -> Value {
    let mut row = row.clone();
    row["id"] = row["event_id"].clone();
    row
}
