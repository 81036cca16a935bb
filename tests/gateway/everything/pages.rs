//! Paging both ways, and pages of a list that changes meanwhile.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::super::running::Running;
use super::super::vendors::Vendors;
use super::{ids, listed, order, whole};

const BOTH_WAYS: &str =
    "query($first: Int, $after: String, $last: Int, $before: String, $order: [PersonOrder!]) {
    people(first: $first, after: $after, last: $last, before: $before, order: $order) { totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor } nodes { id } } }";

async fn page(running: &Running, given: Value) -> Value {
    running.viewer("revops").ask_with(BOTH_WAYS, given).await.fine().at("/people").clone()
}

fn nodes(page: &Value) -> Vec<String> {
    order(page["nodes"].as_array().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_from_the_end_show_the_same_list_backwards() {
    let running = listed(60).await;
    for direction in ["ASC", "DESC"] {
        let order_by = json!([{ "field": "UPDATED_AT", "direction": direction }]);
        let all = whole(&running.viewer("revops"), "people", json!({ "order": order_by }), "").await;
        let (mut backwards, mut before) = (Vec::new(), Value::Null);
        loop {
            let page = page(&running, json!({ "last": 7, "before": before, "order": order_by })).await;
            assert_eq!(page["totalCount"], json!(all.len()));
            assert_eq!(page["pageInfo"]["hasNextPage"], json!(!before.is_null()));
            backwards.splice(0..0, nodes(&page));
            if page["pageInfo"]["hasPreviousPage"] == json!(false) {
                break;
            }
            before = page["pageInfo"]["startCursor"].clone();
        }
        assert_eq!(backwards, order(&all));
    }
    let middle = page(&running, json!({ "first": 30 })).await;
    let (third, tenth) = (&middle["edges"][2]["cursor"], &middle["edges"][9]["cursor"]);
    let between = page(&running, json!({ "first": 50, "after": third, "before": tenth })).await;
    assert_eq!(nodes(&between), nodes(&middle)[3..9]);
    assert_eq!(
        (&between["pageInfo"]["hasPreviousPage"], &between["pageInfo"]["hasNextPage"]),
        (&json!(true), &json!(true))
    );
}

/// Waits until the list has so many people.
async fn wait_for(running: &Running, people: usize) {
    let patience = Instant::now() + Duration::from_secs(30);
    loop {
        let page = page(running, json!({ "first": 0 })).await;
        if page["totalCount"] == json!(people) {
            return;
        }
        assert!(Instant::now() < patience, "{} people, not {people}", page["totalCount"]);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_changes_between_two_pages_shows_nothing_twice_and_loses_nothing() {
    let running = listed(60).await;
    let vendors = Vendors::of(&running).await;
    let before = whole(&running.viewer("revops"), "people", json!({}), "records { object externalId }").await;
    let alone = |person: &&Value| {
        let records = person["records"].as_array().unwrap();
        records.len() == 1 && records[0]["object"] == "contact"
    };
    let (shown, to_come) = before.split_at(before.len() / 2);
    let gone = [shown.iter().find(alone).unwrap(), to_come.iter().find(alone).unwrap()];

    let first = page(&running, json!({ "first": shown.len() })).await;
    assert_eq!(nodes(&first), order(shown));
    for person in gone {
        let path =
            format!("/crm/v3/objects/contacts/{}", person["records"][0]["externalId"].as_str().unwrap());
        vendors.hubspot(Method::DELETE, &path, Value::Null).await;
    }
    let newcomer = json!({ "LastName": "Newcomer", "Company": "Late", "Email": "newcomer@late.example" });
    vendors.salesforce(Method::POST, "/sobjects/Lead", newcomer).await;
    running.capture_again().await;
    wait_for(&running, before.len() - 1).await;

    let after = &first["pageInfo"]["endCursor"];
    let second = page(&running, json!({ "first": 100, "after": after })).await;
    assert_eq!(second["totalCount"], json!(before.len() - 1));
    let mut expected: Vec<String> = order(to_come);
    expected.retain(|id| *id != gone[1]["id"]);
    let all = nodes(&second);
    let (old, new) = all.split_at(expected.len());
    assert_eq!(old, expected);
    assert_eq!(new.len(), 1, "the newcomer, who is the youngest");
    assert!(!ids(&before).contains(&new[0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_goes_on_the_way_it_came_from() {
    let running = listed(60).await;
    let revops = running.viewer("revops");
    let live = "{ people(first: 5, freshness: {captured: false}) { totalCount pageInfo { endCursor } } }";
    let live = revops.ask(live).await.fine();
    assert_eq!(live.at("/people/totalCount"), &Value::Null, "a walk of the vendors counts nobody");
    let goes_on = page(&running, json!({ "first": 5, "after": live.at("/people/pageInfo/endCursor") })).await;
    assert_eq!((&goes_on["totalCount"], nodes(&goes_on).len()), (&Value::Null, 5));

    let counted = page(&running, json!({ "first": 5 })).await;
    let query = "query($after: String) { people(first: 5, after: $after, freshness: {captured: false, maxAgeSeconds: 0}) {
        totalCount nodes { id } } }";
    let next = revops.ask_with(query, json!({ "after": counted["pageInfo"]["endCursor"] })).await.fine();
    assert_eq!(next.at("/people/totalCount"), &counted["totalCount"]);
    let all = whole(&revops, "people", json!({}), "").await;
    assert_eq!(order(next.at("/people/nodes").as_array().unwrap()), order(&all)[5..10]);

    let end = &counted["pageInfo"]["endCursor"];
    for elsewhere in [
        format!("{{ accounts(after: {end}) {{ nodes {{ id }} }} }}"),
        format!("{{ people(after: {end}, filter: {{emailOptOut: true}}) {{ nodes {{ id }} }} }}"),
        format!("{{ people(before: {}) {{ nodes {{ id }} }} }}", live.at("/people/pageInfo/endCursor")),
        "{ people(before: \"nonsense\") { nodes { id } } }".to_owned(),
    ] {
        let answer = revops.ask(&elsewhere).await;
        assert_eq!(answer.code(), "BAD_INPUT", "{elsewhere}: {:#}", answer.body);
        assert!(answer.message().contains("cursor"), "{}", answer.message());
    }
}
