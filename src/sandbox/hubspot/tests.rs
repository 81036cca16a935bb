//! The portal through its front door: who is let in, how often, and what the smaller endpoints answer.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::samples::{START, call, ids, portal, world};
use super::{Options, router_with};
use crate::sandbox::clock::Clock;
use crate::sandbox::credentials;
use crate::sandbox::faults::{FaultKind, Faults, Switch};

const TABLES: &[(&str, &str)] = &[
    ("contacts", "id|email|createdate\n1|ann@acme.com|2026-01-01T00:00:00Z\n2|bob@bolt.io|2026-01-02T00:00:00Z"),
    ("companies", "id|name|createdate\n70|Acme|2026-01-01T00:00:00Z\n71|Bolt|2026-01-01T00:00:00Z"),
    ("associations", "from_type|from_id|to_type|to_id|type_id\ncontacts|1|companies|70|1"),
    ("lists", "id|name|object_type_id|processing_type|created_at\n11|Readers|0-1|DYNAMIC|2026-01-01T00:00:00Z\n12|Picked|0-1|MANUAL|2026-01-01T00:00:00Z"),
    ("list_memberships", "list_id|record_id|added_at\n11|2|2026-01-03T00:00:00Z\n11|1|2026-01-04T00:00:00Z"),
    ("forms", "id|name|form_type|created_at\nf-1|Contact us|hubspot|2026-01-01T00:00:00Z\nf-2|Seen|captured|2026-01-01T00:00:00Z"),
    (
        "form_submissions",
        "form_id|submitted_at|email|page_url|values_json
        f-1|2026-01-02T00:00:00Z|ann@acme.com|https://x.example/a|
        f-1|2026-01-05T00:00:00Z|bob@bolt.io|https://x.example/b|[{\"name\":\"firstname\",\"value\":\"Bob\"}]",
    ),
    (
        "email_events",
        "id|created|type|recipient|email_campaign_id|app_id|filtered_event
        e1|2026-01-02T00:00:00Z|SENT|ann@acme.com|401|113|
        e2|2026-01-02T01:00:00Z|OPEN|Ann@Acme.com|401|113|true
        e3|2026-01-03T00:00:00Z|CLICK|ann@acme.com|401|113|
        e4|2026-01-03T00:00:00Z|SENT|bob@bolt.io|401|113|",
    ),
    ("marketing_emails", "id|name|campaign|primary_email_campaign_id|published_at\n301|News|c-1|401|2026-01-02T00:00:00Z"),
    ("campaigns", "id|hs_name|hs_notes|hs_budget_items_sum_amount|hs_spend_items_sum_amount|created_at\nc-1|Winter||500|200.5|2026-01-01T00:00:00Z"),
];

async fn get(portal: &Router, path: &str) -> Value {
    let (status, answer) = call(portal, &format!("GET {path}"), Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

async fn send(portal: &Router, request: Request<Body>) -> (StatusCode, HeaderMap, Value) {
    let response = portal.clone().oneshot(request).await.expect("a router always answers");
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.expect("the body is in memory").to_bytes();
    (parts.status, parts.headers, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

async fn get_as(portal: &Router, token: &str, path: &str) -> (StatusCode, HeaderMap, Value) {
    let request = Request::get(path).header("authorization", format!("Bearer {token}"));
    send(portal, request.body(Body::empty()).expect("the call is well-formed")).await
}

async fn ask_for_token(portal: &Router, form: &str) -> (StatusCode, Value) {
    let request =
        Request::post("/oauth/v1/token").header("content-type", "application/x-www-form-urlencoded");
    let (status, _, answer) =
        send(portal, request.body(Body::from(form.to_owned())).expect("the call is well-formed")).await;
    (status, answer)
}

fn refresh() -> String {
    format!(
        "grant_type=refresh_token&client_id={}&client_secret={}&refresh_token={}",
        credentials::HUBSPOT_CLIENT_ID,
        credentials::HUBSPOT_CLIENT_SECRET,
        credentials::HUBSPOT_REFRESH_TOKEN
    )
}

const ANN: &str = "/crm/v3/objects/contacts/1";

#[tokio::test]
async fn strangers_stay_outside_and_narrow_tokens_see_little() {
    let portal = portal(TABLES, Options::default());
    let (status, _, answer) = get_as(&portal, "pat-na1-stranger", ANN).await;
    assert_eq!((status, &answer["category"]), (StatusCode::UNAUTHORIZED, &json!("INVALID_AUTHENTICATION")));
    let (status, ..) = get_as(&portal, credentials::HUBSPOT_NARROW_TOKEN, ANN).await;
    assert_eq!(status, StatusCode::OK);
    let (status, _, answer) =
        get_as(&portal, credentials::HUBSPOT_NARROW_TOKEN, "/crm/v3/objects/companies/70").await;
    assert_eq!((status, &answer["category"]), (StatusCode::FORBIDDEN, &json!("MISSING_SCOPES")));
    assert_eq!(
        answer["errors"][0]["context"]["requiredGranularScopes"],
        json!(["crm.objects.companies.read"])
    );
}

#[tokio::test]
async fn an_access_token_ends_and_the_refresh_token_stays() {
    let portal = portal(TABLES, Options { access_token_lifetime: Duration::ZERO, ..Options::default() });
    let (status, tokens) = ask_for_token(&portal, &refresh()).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    assert_eq!(tokens["refresh_token"], credentials::HUBSPOT_REFRESH_TOKEN);
    let token = tokens["access_token"].as_str().unwrap_or_default();
    let (status, _, answer) = get_as(&portal, token, ANN).await;
    assert_eq!((status, &answer["category"]), (StatusCode::UNAUTHORIZED, &json!("EXPIRED_AUTHENTICATION")));
    assert_eq!(answer["message"], "The OAuth token used to make this call expired 0 second(s) ago.");
    assert!(answer["context"]["expire time"][0].is_string());
}

#[tokio::test]
async fn refused_log_ins_say_why() {
    let portal = portal(TABLES, Options::default());
    for (wrong, status) in [
        (refresh().replace(credentials::HUBSPOT_REFRESH_TOKEN, "other"), "BAD_REFRESH_TOKEN"),
        (refresh().replace(credentials::HUBSPOT_CLIENT_ID, "other"), "BAD_CLIENT_ID"),
        (refresh().replace(credentials::HUBSPOT_CLIENT_SECRET, "other"), "BAD_CLIENT_SECRET"),
    ] {
        let (code, answer) = ask_for_token(&portal, &wrong).await;
        assert_eq!((code, &answer["status"]), (StatusCode::BAD_REQUEST, &json!(status)));
    }
    let code = refresh().replace("refresh_token&", "authorization_code&code=once&redirect_uri=x&");
    assert_eq!(ask_for_token(&portal, &code).await.0, StatusCode::OK);
    assert_eq!(ask_for_token(&portal, &code).await.1["status"], "EXPIRED_AUTH_CODE");
}

#[tokio::test]
async fn headers_tell_what_is_left_except_on_searches() {
    let portal = portal(TABLES, Options { calls_per_ten_seconds: 2, ..Options::default() });
    let token = credentials::HUBSPOT_TOKEN;
    let (_, headers, _) = get_as(&portal, token, ANN).await;
    assert_eq!(headers["x-hubspot-ratelimit-max"], "2");
    assert_eq!(headers["x-hubspot-ratelimit-remaining"], "1");
    assert_eq!(headers["x-hubspot-ratelimit-interval-milliseconds"], "10000");
    assert_eq!(headers["x-hubspot-ratelimit-daily-remaining"], "624999");
    get_as(&portal, token, ANN).await;
    let (status, _, answer) = get_as(&portal, token, ANN).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer["policyName"], "TEN_SECONDLY_ROLLING");
    assert_eq!(answer["errorType"], "RATE_LIMIT");
    assert_eq!(answer["message"], "You have reached your ten_secondly_rolling limit.");
    let search =
        Request::post("/crm/v3/objects/contacts/search").header("authorization", format!("Bearer {token}"));
    let (status, headers, _) = send(&portal, search.body(Body::from("{}")).expect("well-formed")).await;
    assert_eq!(status, StatusCode::OK, "searches are counted apart");
    assert!(headers.get("x-hubspot-ratelimit-max").is_none());

    let (_, tokens) = ask_for_token(&portal, &refresh()).await;
    let (_, headers, _) = get_as(&portal, tokens["access_token"].as_str().unwrap_or_default(), ANN).await;
    assert_eq!(headers["x-hubspot-ratelimit-max"], "110");
    assert!(headers.get("x-hubspot-ratelimit-daily").is_none());
}

#[tokio::test]
async fn faults_speak_the_vendors_words() {
    let faults = Arc::new(Faults::default());
    let start = START.parse().expect("the start is an instant");
    let portal = router_with(&world(TABLES), Clock::starting_at(start), &faults, Options::default());
    let daily = Switch { code: Some("DAILY".into()), ..Switch::new(FaultKind::RateLimited) };
    faults.set(vec![daily]).expect("the switch makes sense");
    let (status, answer) = call(&portal, &format!("GET {ANN}"), Value::Null).await;
    assert_eq!((status, &answer["policyName"]), (StatusCode::TOO_MANY_REQUESTS, &json!("DAILY")));
    assert_eq!(faults.calls().by_endpoint.keys().collect::<Vec<_>>(), ["GET /crm/v3/objects/{type}/{id}"]);
}

#[tokio::test]
async fn associations_are_read_made_and_removed_from_either_side() {
    let portal = portal(TABLES, Options::default());
    let page = get(&portal, "/crm/v4/objects/contacts/1/associations/companies").await;
    assert_eq!(
        page["results"],
        json!([{ "toObjectId": 70, "associationTypes": [
            { "category": "HUBSPOT_DEFINED", "typeId": 279, "label": null },
            { "category": "HUBSPOT_DEFINED", "typeId": 1, "label": "Primary" },
        ]}])
    );
    let types = json!([{ "associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1 }]);
    let (status, made) =
        call(&portal, "PUT /crm/v4/objects/contacts/1/associations/companies/71", types).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(made["labels"], json!(["Primary"]));
    let (status, batch) = call(
        &portal,
        "POST /crm/associations/2026-03/companies/contacts/batch/read",
        json!({ "inputs": [{ "id": "70" }, { "id": "71" }, { "id": "72" }] }),
    )
    .await;
    assert_eq!(status, StatusCode::MULTI_STATUS);
    let types =
        |result: usize| batch["results"][result]["to"][0]["associationTypes"].as_array().map(Vec::len);
    assert_eq!((types(0), types(1)), (Some(1), Some(2)), "the primary company is another one now");
    assert_eq!(batch["errors"][0]["context"]["fromObjectId"], json!(["72"]));
    let wrong = json!([{ "associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 3 }]);
    let (status, _) = call(&portal, "PUT /crm/v4/objects/contacts/1/associations/companies/71", wrong).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    call(&portal, "DELETE /crm/v4/objects/companies/71/associations/contacts/1", Value::Null).await;
    let page = get(&portal, "/crm/v4/objects/contacts/1/associations/companies").await;
    assert_eq!(page["results"].as_array().map(Vec::len), Some(1));
    let labels = get(&portal, "/crm/v4/associations/contacts/companies/labels").await;
    assert_eq!(labels["results"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn lists_know_their_members_and_members_their_lists() {
    let portal = portal(TABLES, Options::default());
    let members = get(&portal, "/crm/v3/lists/11/memberships?limit=1").await;
    assert_eq!(members["results"][0]["recordId"], "1");
    assert_eq!(members["paging"]["next"]["after"], "2");
    let joined = get(&portal, "/crm/v3/lists/11/memberships/join-order").await;
    assert_eq!(joined["results"][0]["recordId"], "2");
    let (status, _) = call(&portal, "PUT /crm/v3/lists/11/memberships/add", json!(["1"])).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "a dynamic list cannot be written");
    let (_, moved) = call(&portal, "PUT /crm/v3/lists/12/memberships/add", json!(["1", "99"])).await;
    assert_eq!(moved["recordsIdsAdded"], json!(["1"]));
    assert_eq!(moved["recordIdsMissing"], json!(["99"]));
    let lists = get(&portal, "/crm/v3/lists/records/0-1/1/memberships").await;
    let ids: Vec<&Value> =
        lists["results"].as_array().into_iter().flatten().map(|list| &list["listId"]).collect();
    assert_eq!(ids, ["11", "12"]);
    let (_, found) = call(&portal, "POST /crm/v3/lists/search", json!({ "query": "read" })).await;
    assert_eq!(found["lists"][0]["additionalProperties"]["hs_list_size"], "2");
}

#[tokio::test]
async fn submissions_come_newest_first_and_name_the_address() {
    let portal = portal(TABLES, Options::default());
    let page = get(&portal, "/form-integrations/v1/submissions/forms/f-1?limit=1").await;
    assert_eq!(page["results"][0]["submittedAt"], 1_767_571_200_000_i64);
    assert_eq!(
        page["results"][0]["values"][0],
        json!({ "name": "email", "value": "bob@bolt.io", "objectTypeId": "0-1" })
    );
    let after = page["paging"]["next"]["after"].as_str().unwrap_or_default();
    let last =
        get(&portal, &format!("/form-integrations/v1/submissions/forms/f-1?limit=1&after={after}")).await;
    assert!(last.get("paging").is_none());
    let (status, _) =
        call(&portal, "GET /form-integrations/v1/submissions/forms/f-1?limit=51", Value::Null).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(ids(&get(&portal, "/marketing/v3/forms").await), ["f-1"]);
    assert_eq!(ids(&get(&portal, "/marketing/v3/forms?formTypes=all").await), ["f-1", "f-2"]);
}

#[tokio::test]
async fn events_are_found_by_recipient_type_and_window() {
    let portal = portal(TABLES, Options::default());
    let of = async |query: &str| -> Vec<String> {
        let answer = get(&portal, &format!("/email/public/v1/events?{query}")).await;
        let events = answer["events"].as_array().into_iter().flatten();
        events.filter_map(|event| event["id"].as_str()).map(str::to_owned).collect()
    };
    assert_eq!(of("recipient=ann@acme.com").await, ["e3", "e2", "e1"]);
    assert_eq!(of("recipient=ann%40acme.com&excludeFilteredEvents=true").await, ["e3", "e1"]);
    assert_eq!(of("eventType=SENT").await, ["e4", "e1"]);
    assert_eq!(of("recipient=ann@acme.com&startTimestamp=1767398400000").await, ["e3"]);
    let first = get(&portal, "/email/public/v1/events?limit=3").await;
    assert_eq!(first["hasMore"], true);
    let offset = first["offset"].as_str().unwrap_or_default();
    assert_eq!(of(&format!("limit=3&offset={offset}")).await, ["e1"]);
}

#[tokio::test]
async fn campaigns_show_only_what_is_asked_and_filled() {
    let portal = portal(TABLES, Options::default());
    let bare = get(&portal, "/marketing/v3/campaigns").await;
    assert_eq!(bare["results"][0]["properties"], json!({}));
    let named = get(&portal, "/marketing/campaigns/2026-03?properties=hs_name,hs_notes").await;
    assert_eq!(named["results"][0]["properties"], json!({ "hs_name": "Winter" }));
    let assets = get(&portal, "/marketing/v3/campaigns/c-1/assets/MARKETING_EMAIL").await;
    assert_eq!(ids(&assets), ["301"]);
    let budget = get(&portal, "/marketing/v3/campaigns/c-1/budget/totals").await;
    assert_eq!(budget["remainingBudget"], 299.5);
    let statistics = get(
        &portal,
        "/marketing/v3/emails/statistics/list?startTimestamp=2026-01-01T00:00:00Z&endTimestamp=2026-02-01T00:00:00Z",
    )
    .await;
    assert_eq!(statistics["aggregate"]["counters"]["sent"], 2);
}
