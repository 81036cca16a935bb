//! A pretend org: a script says which rows a query finds, and every call is written down.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::connectors::bridge::Shared;
use crate::domain::clock::Clock;
use crate::domain::id::SourceName;
use crate::domain::record::{Side, SourceInfo, Vendor};
use crate::source::Connection;
use crate::source::reading::Reading;
use crate::upstream::Wire;

/// Which rows a query finds.
type Script = fn(soql: &str) -> Vec<Value>;

/// What an org without some field looks like.
#[derive(Default)]
pub(super) struct Lacking {
    /// The field; queries for it are refused.
    pub(super) field: Option<&'static str>,
    /// What the org says of its objects.
    pub(super) describes: BTreeMap<&'static str, Value>,
}

struct Org {
    script: Script,
    page: usize,
    /// What was asked: one line a call, the queries of a composite call in one line.
    calls: Mutex<Vec<String>>,
    rest: Mutex<BTreeMap<String, Vec<Value>>>,
    lacking: Lacking,
}

/// A running pretend org and a connection to it.
pub(super) struct Fake {
    pub(super) connection: Connection,
    pub(super) source: SourceName,
    org: Arc<Org>,
}

impl Fake {
    pub(super) async fn start(script: Script, page: usize, options: Value) -> Self {
        Self::lacking(script, page, options, Lacking::default()).await
    }

    pub(super) async fn lacking(script: Script, page: usize, options: Value, lacking: Lacking) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let org = Arc::new(Org { script, page, calls: Mutex::default(), rest: Mutex::default(), lacking });
        let token = json!({"access_token": "00D!token", "instance_url": base.clone()});
        let app = Router::new()
            .route("/services/oauth2/token", post(async move || Json(token)))
            .route("/services/data/v62.0/query", get(query))
            .route("/services/data/v62.0/queryAll", get(query))
            .route("/services/data/v62.0/query/{locator}", get(more))
            .route("/services/data/v62.0/sobjects/{object}/describe", get(describe))
            .route(
                "/services/data/v62.0/limits",
                get(async || Json(json!({"DailyApiRequests": {"Max": 10, "Remaining": 7}}))),
            )
            .route("/services/data/v62.0/composite", post(composite))
            .with_state(org.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let mut all = json!({"login_url": base, "client_id": "app", "client_secret": "secret"});
        for (key, value) in options.as_object().expect("a table of options") {
            all[key] = value.clone();
        }
        let options = serde_json::from_value(all).expect("options of a test");
        let source = SourceName::new("sales");
        let info = SourceInfo {
            name: source.clone(),
            label: Arc::from("Sales"),
            vendor: Vendor::Salesforce,
            side: Side::Sales,
            rank: 0,
        };
        let wire = Wire::new(Duration::from_secs(1)).expect("a client");
        let shared = Shared { wire, clock: Clock::real() };
        let connection = super::super::connect(info, options, &shared).expect("a connection");
        Self { connection, source, org }
    }

    pub(super) fn calls(&self) -> Vec<String> {
        self.org.calls.lock().expect("no test panicked here").clone()
    }
}

pub(super) fn reading() -> Reading {
    Reading::interactive(Duration::from_secs(5))
}

fn answer(org: &Org, soql: &str) -> (StatusCode, Value) {
    if org.lacking.field.is_some_and(|field| soql.contains(field)) {
        let refusal = json!([{"errorCode": "INVALID_FIELD", "message": "No such column"}]);
        return (StatusCode::BAD_REQUEST, refusal);
    }
    (StatusCode::OK, paged(org, (org.script)(soql)))
}

/// The first page of some rows; the others wait under a locator, as they do below a row with many children.
fn paged(org: &Org, mut rows: Vec<Value>) -> Value {
    for row in &mut rows {
        for member in row.as_object_mut().expect("a row is an object").values_mut() {
            if let Some(children) = member.get("records").and_then(Value::as_array).cloned() {
                *member = paged(org, children);
            }
        }
    }
    let total = rows.len();
    if total <= org.page {
        return json!({"totalSize": total, "done": true, "records": rows});
    }
    let rest = rows.split_off(org.page);
    let mut kept = org.rest.lock().expect("no test panicked here");
    let locator = format!("01g{:015}-{}", kept.len(), org.page);
    kept.insert(locator.clone(), rest);
    let url = format!("/services/data/v62.0/query/{locator}");
    json!({"totalSize": total, "done": false, "nextRecordsUrl": url, "records": rows})
}

fn continued(org: &Org, locator: &str) -> Value {
    let rest = org.rest.lock().expect("no test panicked here").remove(locator).expect("a known locator");
    paged(org, rest)
}

fn write_down(org: &Org, line: impl Into<String>) {
    org.calls.lock().expect("no test panicked here").push(line.into());
}

async fn query(
    State(org): State<Arc<Org>>,
    Query(pairs): Query<BTreeMap<String, String>>,
) -> (StatusCode, Json<Value>) {
    write_down(&org, pairs["q"].clone());
    let (status, body) = answer(&org, &pairs["q"]);
    (status, Json(body))
}

async fn more(State(org): State<Arc<Org>>, Path(locator): Path<String>) -> Json<Value> {
    write_down(&org, "more");
    Json(continued(&org, &locator))
}

async fn describe(State(org): State<Arc<Org>>, Path(object): Path<String>) -> (StatusCode, Json<Value>) {
    write_down(&org, format!("describe {object}"));
    match org.lacking.describes.get(&*object) {
        Some(body) => (StatusCode::OK, Json(body.clone())),
        None => {
            (StatusCode::NOT_FOUND, Json(json!([{"errorCode": "NOT_FOUND", "message": "no such thing"}])))
        }
    }
}

async fn composite(State(org): State<Arc<Org>>, Json(body): Json<Value>) -> Json<Value> {
    let mut asked = Vec::new();
    let mut responses = Vec::new();
    for request in body["compositeRequest"].as_array().expect("a list of requests") {
        let url = request["url"].as_str().expect("a url");
        let (status, body) = if let Some((_, encoded)) = url.split_once("?q=") {
            let soql = percent_encoding::percent_decode_str(encoded).decode_utf8_lossy().into_owned();
            asked.push(soql.clone());
            answer(&org, &soql)
        } else {
            asked.push("more".to_owned());
            (StatusCode::OK, continued(&org, url.rsplit('/').next().expect("a locator")))
        };
        let (status, id) = (status.as_u16(), &request["referenceId"]);
        responses.push(json!({"body": body, "httpHeaders": {}, "httpStatusCode": status, "referenceId": id}));
    }
    write_down(&org, asked.join(" + "));
    // The order of the answers is not promised.
    responses.reverse();
    Json(json!({"compositeResponse": responses}))
}
