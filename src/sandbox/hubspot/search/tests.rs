//! Search as the vendor's page describes it, put to a portal of six contacts.

use axum::Router;
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::sandbox::hubspot::Options;
use crate::sandbox::hubspot::samples::{call, ids, portal};

fn people() -> Router {
    let contacts = "id|email|hs_additional_emails|firstname|lifecyclestage|hubspotscore|salesforceleadid|createdate|lastmodifieddate|archived_at
        1|ann@acme.com|ann@old.com|Ann|lead|5|00QAAAAAAAAAAAAAA1|2026-01-01T00:00:00Z|2026-01-10T00:00:00Z|
        2|bob@bolt.io||Bob|customer|40||2026-01-02T00:00:00Z|2026-01-09T00:00:00Z|
        3|cat@acme.com||Cat|lead|||2026-01-03T00:00:00Z|2026-01-08T00:00:00Z|
        4|dan@acme.com||Dan|lead|7||2026-01-04T00:00:00Z|2026-01-07T00:00:00Z|2026-02-01T00:00:00Z
        5|eve@cord.net||Eve Ann|opportunity|12.5||2026-01-05T00:00:00Z|2026-01-06T00:00:00Z|
        6|||Fay||100||2026-01-06T00:00:00Z||";
    let associations =
        "from_type|from_id|to_type|to_id|type_id\ncontacts|1|companies|70|1\ncontacts|3|companies|70|279";
    let companies = "id|name|createdate\n70|Acme|2026-01-01T00:00:00Z";
    let options = Options { searches_per_second: 1000, ..Options::default() };
    portal(&[("contacts", contacts), ("companies", companies), ("associations", associations)], options)
}

async fn search(body: Value) -> (StatusCode, Value) {
    call(&people(), "POST /crm/v3/objects/contacts/search", body).await
}

async fn found(filters: Value) -> Vec<String> {
    let (status, answer) = search(json!({ "filterGroups": [{ "filters": filters }] })).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    ids(&answer).into_iter().map(str::to_owned).collect()
}

fn filter(property: &str, operator: &str, value: &str) -> Value {
    json!([{ "propertyName": property, "operator": operator, "value": value }])
}

#[tokio::test]
async fn archived_records_never_appear() {
    let (_, answer) = search(json!({})).await;
    assert_eq!(ids(&answer), ["1", "2", "3", "5", "6"]);
    assert_eq!(answer["total"], 5);
}

#[tokio::test]
async fn text_compares_without_case_and_choices_with_it() {
    assert_eq!(found(filter("email", "EQ", "ANN@Acme.com")).await, ["1"]);
    assert_eq!(found(filter("lifecyclestage", "EQ", "lead")).await, ["1", "3"]);
    assert!(found(filter("lifecyclestage", "EQ", "Lead")).await.is_empty());
}

#[tokio::test]
async fn the_values_of_in_must_be_lower_case() {
    let values =
        |values: Value| json!([{ "propertyName": "salesforceleadid", "operator": "IN", "values": values }]);
    assert_eq!(found(values(json!(["00qaaaaaaaaaaaaaa1"]))).await, ["1"]);
    assert!(found(values(json!(["00QAAAAAAAAAAAAAA1"]))).await.is_empty());
}

#[tokio::test]
async fn numbers_and_instants_compare_as_such() {
    assert_eq!(found(filter("hubspotscore", "GT", "7")).await, ["2", "5", "6"]);
    assert_eq!(found(filter("hubspotscore", "LTE", "12.50")).await, ["1", "5"]);
    let after_the_third = "1767398400000";
    assert_eq!(found(filter("createdate", "GTE", after_the_third)).await, ["3", "5", "6"]);
    assert_eq!(found(filter("createdate", "GTE", "2026-01-03T00:00:00Z")).await, ["3", "5", "6"]);
    assert_eq!(found(filter("hs_object_id", "GT", "3")).await, ["5", "6"]);
    let between =
        json!([{ "propertyName": "hubspotscore", "operator": "BETWEEN", "value": "5", "highValue": "40" }]);
    assert_eq!(found(between).await, ["1", "2", "5"]);
}

#[tokio::test]
async fn negative_operators_leave_out_records_without_the_property() {
    assert_eq!(found(filter("lifecyclestage", "NEQ", "lead")).await, ["2", "5"]);
    let has = |operator: &str| json!([{ "propertyName": "hubspotscore", "operator": operator }]);
    assert_eq!(found(has("HAS_PROPERTY")).await, ["1", "2", "5", "6"]);
    assert_eq!(found(has("NOT_HAS_PROPERTY")).await, ["3"]);
}

#[tokio::test]
async fn tokens_are_words_and_may_have_wildcards() {
    assert_eq!(found(filter("firstname", "CONTAINS_TOKEN", "ann")).await, ["1", "5"]);
    assert_eq!(found(filter("email", "CONTAINS_TOKEN", "*@acme.com")).await, ["1", "3"]);
    assert_eq!(found(filter("email", "CONTAINS_TOKEN", "acme")).await, ["1", "3"]);
    assert!(found(filter("email", "CONTAINS_TOKEN", "acm")).await.is_empty());
}

#[tokio::test]
async fn associated_records_are_found_by_a_pseudo_property() {
    assert_eq!(found(filter("associations.company", "EQ", "70")).await, ["1", "3"]);
}

#[tokio::test]
async fn groups_are_alternatives_and_filters_conditions() {
    let (_, answer) = search(json!({ "filterGroups": [
        { "filters": [
            { "propertyName": "lifecyclestage", "operator": "EQ", "value": "lead" },
            { "propertyName": "hubspotscore", "operator": "HAS_PROPERTY" },
        ]},
        { "filters": [{ "propertyName": "firstname", "operator": "EQ", "value": "bob" }] },
    ]}))
    .await;
    assert_eq!(ids(&answer), ["1", "2"]);
}

#[tokio::test]
async fn a_query_looks_at_the_usual_properties() {
    let (_, answer) = search(json!({ "query": "old.com" })).await;
    assert_eq!(ids(&answer), ["1"]);
}

#[tokio::test]
async fn one_sort_in_either_spelling_and_the_valueless_last() {
    for sort in [json!("-hubspotscore"), json!({ "propertyName": "hubspotscore", "direction": "DESCENDING" })]
    {
        let (_, answer) = search(json!({ "sorts": [sort] })).await;
        assert_eq!(ids(&answer), ["6", "2", "5", "1", "3"]);
    }
    let (_, answer) = search(json!({ "sorts": ["lastmodifieddate"], "limit": 2 })).await;
    assert_eq!(ids(&answer), ["5", "6"], "what was never modified counts from its creation");
    let (status, _) = search(json!({ "sorts": ["email", "createdate"] })).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn pages_are_offsets() {
    let (_, first) = search(json!({ "limit": 3 })).await;
    assert_eq!(first["paging"]["next"]["after"], "3");
    let (_, last) = search(json!({ "limit": 3, "after": "3" })).await;
    assert_eq!(ids(&last), ["5", "6"]);
    assert!(last.get("paging").is_none());
}

#[tokio::test]
async fn every_limit_of_the_vendor_is_a_refusal() {
    let filter = json!({ "propertyName": "firstname", "operator": "HAS_PROPERTY" });
    let group = |filters: usize| json!({ "filters": vec![filter.clone(); filters] });
    for refused in [
        json!({ "limit": 201 }),
        json!({ "limit": 200, "after": "9801" }),
        json!({ "after": "next" }),
        json!({ "filterGroups": vec![group(1); 6] }),
        json!({ "filterGroups": [group(7)] }),
        json!({ "filterGroups": vec![group(5); 4] }),
        json!({ "query": "x".repeat(3000) }),
        json!({ "filterGroups": [{ "filters": [{ "propertyName": "nope", "operator": "EQ", "value": "1" }] }] }),
        json!({ "filterGroups": [{ "filters": [{ "propertyName": "email", "operator": "LIKE", "value": "1" }] }] }),
        json!({ "filterGroups": [{ "filters": [{ "propertyName": "email", "operator": "IN", "value": "1" }] }] }),
        json!({ "filterGroups": [{ "filters": [{ "propertyName": "createdate", "operator": "GT", "value": "soon" }] }] }),
    ] {
        let (status, answer) = search(refused.clone()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{refused} got {answer}");
        assert_eq!(answer["category"], "VALIDATION_ERROR");
    }
    let (status, _) = search(json!({ "limit": 200, "after": "9800" })).await;
    assert_eq!(status, StatusCode::OK, "the last page there can be");
}
