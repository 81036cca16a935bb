//! The resources, called through the router as a client would.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value as Json, json};
use tower::ServiceExt;

use crate::sandbox::clock::Clock;
use crate::sandbox::credentials::{SALESFORCE_CLIENT_ID, SALESFORCE_CLIENT_SECRET};
use crate::sandbox::faults::{FaultKind, Faults, Switch};
use crate::sandbox::salesforce::soql::tests::world;
use crate::sandbox::salesforce::{Options, router_with};

struct Client {
    router: Router,
    faults: Arc<Faults>,
    token: String,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Json,
}

impl Client {
    async fn with(options: Options) -> Self {
        let faults = Arc::new(Faults::default());
        let clock = Clock::starting_at("2026-03-31T12:00:00Z".parse().unwrap());
        let router = router_with(&world(), clock, &faults, options);
        let mut client = Self { router, faults, token: String::new() };
        let form = format!(
            "grant_type=client_credentials&client_id={SALESFORCE_CLIENT_ID}&client_secret={SALESFORCE_CLIENT_SECRET}"
        );
        let request =
            Request::post("/services/oauth2/token").header("host", "127.0.0.1:8").body(Body::from(form));
        let answer = client.send(request.unwrap()).await;
        assert_eq!(answer.body["instance_url"], "http://127.0.0.1:8");
        assert!(answer.body["issued_at"].is_string() && answer.body["signature"].is_string());
        client.token = answer.body["access_token"].as_str().unwrap().to_owned();
        client
    }

    async fn new() -> Self {
        Self::with(Options::default()).await
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or(Json::Null);
        Answer { status: parts.status, headers: parts.headers, body }
    }

    async fn call(&self, method: &str, path: &str, body: Json) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(format!("/services/data/v65.0{path}"))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .body(if body.is_null() { Body::empty() } else { Body::from(body.to_string()) });
        self.send(request.unwrap()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, Json::Null).await
    }

    async fn query(&self, statement: &str) -> Json {
        let answer = self.get(&format!("/query?q={}", statement.replace('%', "%25").replace(' ', "+"))).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.body["records"].clone()
    }
}

fn lead() -> Json {
    json!({ "LastName": "New", "Company": "New Ltd" })
}

#[tokio::test]
async fn every_counted_call_says_how_much_of_the_day_is_used() {
    let client = Client::with(Options { daily_calls: 2, ..Options::default() }).await;
    let first = client.get("/limits/").await;
    assert_eq!(first.headers["sforce-limit-info"], "api-usage=1/2");
    client.get("/limits").await;
    let refused = client.get("/limits").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.body[0]["errorCode"], "REQUEST_LIMIT_EXCEEDED");
}

#[tokio::test]
async fn a_token_ends_with_its_lifetime() {
    let client = Client::with(Options { token_lifetime: Duration::ZERO, ..Options::default() }).await;
    let answer = client.get("/limits").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        answer.body,
        json!([{ "message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID" }])
    );
    assert_eq!(answer.headers["www-authenticate"], "Token");
}

#[tokio::test]
async fn versions_need_no_token_and_retired_ones_are_gone() {
    let client = Client::new().await;
    let request = Request::get("/services/data/").body(Body::empty());
    let versions = client.send(request.unwrap()).await.body;
    let newest = versions.as_array().unwrap().last().unwrap();
    assert_eq!(*newest, json!({ "label": "Summer '26", "url": "/services/data/v67.0", "version": "67.0" }));
    let request = Request::get("/services/data/v20.0/limits")
        .header("authorization", format!("OAuth {}", client.token));
    let retired = client.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(
        (retired.status, retired.body[0]["errorCode"].as_str()),
        (StatusCode::GONE, Some("UNSUPPORTED_API_VERSION"))
    );
}

#[tokio::test]
async fn metadata_that_did_not_change_is_not_sent_again() {
    let client = Client::new().await;
    let described = client.get("/sobjects/Lead/describe").await;
    let request = Request::get("/services/data/v65.0/sobjects/Lead/describe")
        .header("authorization", format!("Bearer {}", client.token))
        .header("if-modified-since", &described.headers["last-modified"]);
    let again = client.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!((again.status, again.body), (StatusCode::NOT_MODIFIED, Json::Null));
}

#[tokio::test]
async fn a_change_of_owner_is_told_in_two_rows_and_an_unchanged_field_in_none() {
    let client = Client::new().await;
    let path = "/sobjects/Lead/00Q000000000002";
    let body = json!({ "OwnerId": "005000000000002", "LastName": "Pim" });
    assert_eq!(client.call("PATCH", path, body).await.status, StatusCode::NO_CONTENT);
    let rows = client.query("SELECT Field, OldValue, NewValue FROM LeadHistory ORDER BY Id").await;
    let told: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (&row["Field"], &row["OldValue"], &row["NewValue"]))
        .collect();
    assert_eq!(
        told,
        [
            (&json!("Owner"), &json!("Uma Vox"), &json!("Vic Wye")),
            (&json!("Owner"), &json!("005000000000001AAA"), &json!("005000000000002AAA")),
        ]
    );
}

#[tokio::test]
async fn a_failed_write_leaves_nothing_behind() {
    let client = Client::new().await;
    let before = client.query("SELECT COUNT(Id) FROM Lead").await;
    let records = json!({ "allOrNone": true, "records": [
        { "attributes": { "type": "Lead" }, "LastName": "A", "Company": "A" },
        { "attributes": { "type": "Lead" }, "LastName": "B" },
    ] });
    let rows = client.call("POST", "/composite/sobjects", records).await.body;
    assert_eq!(rows[0]["errors"][0]["statusCode"], "ALL_OR_NONE_OPERATION_ROLLED_BACK");
    assert_eq!(client.query("SELECT COUNT(Id) FROM Lead").await, before);
    assert_eq!(client.query("SELECT Id FROM LeadHistory").await, json!([]));
}

#[tokio::test]
async fn composite_reads_take_several_queries_in_one_call() {
    let client = Client::new().await;
    let query = |id: &str, q: &str| {
        json!({
            "referenceId": id, "method": "GET", "url": format!("/services/data/v65.0/query?q={}", q.replace(' ', "+")),
        })
    };
    let body = json!({ "compositeRequest": [
        query("leads", "SELECT Id FROM Lead WHERE Email IN ('dee@ode.example')"),
        query("wrong", "SELECT Nope FROM Lead"),
        query("contacts", "SELECT Id FROM Contact WHERE Email = 'ann@acme.example'"),
    ] });
    let parts = client.call("POST", "/composite", body).await.body["compositeResponse"].clone();
    assert_eq!(parts[0]["body"]["totalSize"], 1);
    assert_eq!(parts[1]["httpStatusCode"], 400);
    assert_eq!(parts[1]["body"][0]["errorCode"], "INVALID_FIELD");
    assert_eq!(parts[2]["body"]["records"][0]["Id"], "003000000000001AAA");
}

#[tokio::test]
async fn a_converted_lead_becomes_a_contact_and_can_be_changed_no_more() {
    let client = Client::new().await;
    let xml = format!(
        "<e:Envelope><e:Header><SessionHeader><sessionId>{}</sessionId></SessionHeader></e:Header><e:Body><convertLead>\
         <leadConverts><convertedStatus>Closed - Converted</convertedStatus><leadId>00Q000000000001EAA</leadId>\
         </leadConverts></convertLead></e:Body></e:Envelope>",
        client.token
    );
    let request = Request::post("/services/Soap/u/65.0").body(Body::from(xml)).unwrap();
    assert_eq!(client.send(request).await.status, StatusCode::OK);
    let lead = client
        .query("SELECT IsConverted, Status, ConvertedContact.Email, ConvertedOpportunity.StageName FROM Lead WHERE Id = '00Q000000000001'")
        .await;
    assert_eq!(lead[0]["IsConverted"], true);
    assert_eq!(lead[0]["ConvertedContact"]["Email"], "dee@ode.example");
    assert_eq!(lead[0]["ConvertedOpportunity"]["StageName"], "Prospecting");
    let task = client.query("SELECT Who.Type FROM Task WHERE Subject = 'Call Dee'").await;
    assert_eq!(task[0]["Who"]["Type"], "Contact");
    let change = client.call("PATCH", "/sobjects/Lead/00Q000000000001", json!({ "Title": "x" })).await;
    assert_eq!(change.body[0]["errorCode"], "CANNOT_UPDATE_CONVERTED_LEAD");
}

#[tokio::test]
async fn faults_speak_the_vendors_words_and_calls_are_counted_by_resource() {
    let client = Client::new().await;
    let concurrent =
        Switch { code: Some("ConcurrentRequests".into()), ..Switch::new(FaultKind::RateLimited).times(1) };
    client.faults.set(vec![concurrent]).unwrap();
    let refused = client.get("/sobjects/Lead/00Q000000000001").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.body[0]["message"], "ConcurrentRequests (Concurrent API Requests) Limit exceeded.");
    client.faults.set(vec![Switch::new(FaultKind::ExpiredToken).times(1)]).unwrap();
    assert_eq!(client.get("/limits").await.body[0]["errorCode"], "INVALID_SESSION_ID");
    let calls = client.faults.calls().by_endpoint;
    assert_eq!(calls["GET /services/data/{version}/sobjects/{object}/{id}"], 1);
}

#[tokio::test]
async fn bodies_that_are_no_json_or_no_object_are_refused() {
    let client = Client::new().await;
    let answer = client.call("POST", "/sobjects/Lead", json!([lead()])).await;
    assert_eq!(answer.body[0]["errorCode"], "JSON_PARSER_ERROR");
    let missing = client.call("POST", "/sobjects/Lead", Json::Null).await;
    assert_eq!(missing.body[0]["errorCode"], "JSON_PARSER_ERROR");
    let nowhere = client.call("POST", "/sobjects/Nope", lead()).await;
    assert_eq!(
        (nowhere.status, nowhere.body[0]["errorCode"].as_str()),
        (StatusCode::NOT_FOUND, Some("NOT_FOUND"))
    );
}
