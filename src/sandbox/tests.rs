#![expect(clippy::unwrap_used, reason = "a test that cannot reach its own loopback has failed")]

use std::time::Instant;

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};

use super::faults::{FaultKind, Refusal, Switch, watched};
use super::*;

/// A vendor of three routes, with its admin listener, as `start` serves the real ones.
struct Stand {
    url: String,
    admin: String,
    faults: Arc<Faults>,
    client: reqwest::Client,
    _ending: DropGuard,
}

impl Stand {
    async fn open() -> Self {
        let faults = Arc::new(Faults::default());
        let ending = CancellationToken::new();
        let routes = Router::new()
            .route("/token", get(|| async { "fresh" }))
            .route("/things/{id}", get(|Path(id): Path<String>| async move { Json(json!({ "id": id })) }));
        let doors =
            Doors { public: listen("stand", 0).await.unwrap(), admin: listen("stand", 0).await.unwrap() };
        let Endpoint { url, admin, faults } = doors.endpoint(&faults);
        answer(doors.public, watched(routes, &faults, words), &faults, &ending);
        answer(doors.admin, admin::router(&faults), &faults, &ending);
        Self { url, admin, faults, client: reqwest::Client::new(), _ending: ending.drop_guard() }
    }

    async fn get(&self, path: &str) -> reqwest::Response {
        self.client.get(format!("{}{path}", self.url)).send().await.unwrap()
    }

    async fn status_with(&self, token: &str) -> u16 {
        let call = self.client.get(format!("{}/things/1", self.url)).bearer_auth(token);
        call.send().await.unwrap().status().as_u16()
    }

    /// Throws switches over the admin port and returns its status.
    async fn throw(&self, switches: Value) -> u16 {
        let call = self.client.put(format!("{}/faults", self.admin)).body(switches.to_string());
        call.send().await.unwrap().status().as_u16()
    }
}

/// Waits until a vendor has been asked something.
async fn asked(faults: &Faults) {
    let asked = async {
        while faults.calls().total == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), asked).await.unwrap();
}

fn words(refusal: &Refusal) -> Response {
    match refusal {
        Refusal::RateLimited { policy } => {
            (StatusCode::TOO_MANY_REQUESTS, policy.clone().unwrap_or_else(|| "usual".into())).into_response()
        }
        Refusal::ExpiredToken => (StatusCode::UNAUTHORIZED, "expired").into_response(),
        Refusal::Status { status, code } => (*status, code.clone().unwrap_or_default()).into_response(),
    }
}

#[tokio::test]
async fn calls_are_counted_by_path_template() {
    let stand = Stand::open().await;
    for path in ["/things/1", "/things/2", "/token", "/nowhere"] {
        stand.get(path).await;
    }
    let calls: Value =
        stand.client.get(format!("{}/calls", stand.admin)).send().await.unwrap().json().await.unwrap();
    assert_eq!(
        calls,
        json!({ "total": 4, "peakInFlight": 1, "byEndpoint": {
            "GET (unknown)": 1, "GET /things/{id}": 2, "GET /token": 1,
        } })
    );
    stand.client.delete(format!("{}/calls", stand.admin)).send().await.unwrap();
    assert_eq!(stand.faults.calls().total, 0);
}

#[tokio::test]
async fn a_switch_hits_so_many_calls_on_its_path_and_is_gone() {
    let stand = Stand::open().await;
    let switch = json!([{ "kind": "rate_limited", "code": "DAILY", "times": 2, "path": "/things" }]);
    assert_eq!(stand.throw(switch).await, 200);
    assert_eq!(stand.get("/token").await.status(), 200);
    let refused = stand.get("/things/1").await;
    assert_eq!((refused.status().as_u16(), refused.text().await.unwrap().as_str()), (429, "DAILY"));
    assert_eq!(stand.faults.switches()[0].times, Some(1));
    assert_eq!(stand.get("/things/1").await.status(), 429);
    assert_eq!(stand.get("/things/1").await.status(), 200);
    assert_eq!(stand.faults.switches(), []);
}

#[tokio::test]
async fn a_rate_hits_about_its_share() {
    let stand = Stand::open().await;
    stand.throw(json!([{ "kind": "status", "status": 503, "rate": 0.3 }])).await;
    let mut hit = 0;
    for _ in 0..200 {
        hit += i32::from(stand.get("/token").await.status() == 503);
    }
    assert!((40..80).contains(&hit), "{hit}");
}

#[tokio::test]
async fn switches_that_make_no_sense_are_refused_and_the_old_ones_stay() {
    let stand = Stand::open().await;
    stand.faults.set(vec![Switch::new(FaultKind::Html)]).unwrap();
    for switches in [
        json!([{ "kind": "status" }]),
        json!([{ "kind": "status", "status": 99 }]),
        json!([{ "kind": "latency" }]),
        json!([{ "kind": "hang", "rate": 0 }]),
        json!([{ "kind": "hang", "time": 1 }]),
        json!([{ "kind": "storm" }]),
    ] {
        assert_eq!(stand.throw(switches).await, 400);
    }
    assert_eq!(stand.faults.switches().len(), 1);
}

#[tokio::test]
async fn a_cut_body_breaks_off_under_its_whole_length() {
    let stand = Stand::open().await;
    stand.throw(json!([{ "kind": "cut_body" }])).await;
    let answer = stand.get("/things/123").await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.content_length(), Some(r#"{"id":"123"}"#.len() as u64));
    assert!(answer.bytes().await.is_err());
}

#[tokio::test]
async fn a_log_in_page_comes_with_200() {
    let stand = Stand::open().await;
    stand.throw(json!([{ "kind": "html" }])).await;
    let answer = stand.get("/things/1").await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/html; charset=UTF-8");
}

#[tokio::test]
async fn latency_adds_up_before_the_answer() {
    let stand = Stand::open().await;
    stand.throw(json!([{ "kind": "latency", "ms": 30 }, { "kind": "latency", "ms": 20 }])).await;
    let asked = Instant::now();
    assert_eq!(stand.get("/things/1").await.status(), 200);
    assert!(asked.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn what_hangs_is_let_go_when_the_switch_goes() {
    let stand = Stand::open().await;
    stand.throw(json!([{ "kind": "hang" }])).await;
    let call = tokio::spawn(stand.client.get(format!("{}/things/1", stand.url)).send());
    asked(&stand.faults).await;
    assert!(!call.is_finished());
    stand.client.delete(format!("{}/faults", stand.admin)).send().await.unwrap();
    assert_eq!(call.await.unwrap().unwrap().status(), 504);
}

#[tokio::test]
async fn only_calls_with_a_token_hear_that_it_expired() {
    let stand = Stand::open().await;
    stand.throw(json!([{ "kind": "expired_token", "times": 1 }])).await;
    assert_eq!(stand.get("/token").await.status(), 200);
    assert_eq!(stand.status_with("one").await, 401);
    assert_eq!(stand.status_with("one").await, 200);
}

#[tokio::test]
async fn tokens_in_use_expire_and_newer_ones_work() {
    let stand = Stand::open().await;
    assert_eq!(stand.status_with("old").await, 200);
    stand.throw(json!([{ "kind": "expire_tokens_in_use" }])).await;
    assert_eq!(stand.status_with("old").await, 401);
    assert_eq!(stand.status_with("new").await, 200);
    assert_eq!(stand.status_with("old").await, 401);
}

#[tokio::test]
async fn both_vendors_start_on_free_ports_and_stop() {
    let world = generate::generate(20, 1, chrono::Utc::now());
    let sandbox = start(Options::new(world)).await.unwrap();
    let urls =
        [&sandbox.salesforce, &sandbox.hubspot].map(|vendor| [vendor.url.clone(), vendor.admin.clone()]);
    let client = reqwest::Client::new();
    for url in urls.as_flattened() {
        assert!(client.get(url).send().await.is_ok(), "{url}");
    }
    sandbox.hubspot.faults.reset_calls();
    sandbox.hubspot.faults.set(vec![Switch::new(FaultKind::Hang)]).unwrap();
    let hanging = tokio::spawn(client.get(format!("{}/crm/v3/owners", urls[1][0])).send());
    asked(&sandbox.hubspot.faults).await;
    sandbox.stop().await;
    assert!(hanging.await.unwrap().is_ok());
    let fresh = reqwest::Client::new();
    for url in urls.as_flattened() {
        assert!(fresh.get(url).send().await.is_err(), "{url}");
    }
}

#[tokio::test]
async fn a_port_already_taken_is_said_in_a_sentence() {
    let other = listen("other", 0).await.unwrap();
    let port = other.local_addr().unwrap().port();
    let options = Options { hubspot_port: port, ..Options::new(World::default()) };
    assert_eq!(
        start(options).await.unwrap_err().to_string(),
        format!(
            "port {port} for the pretend HubSpot is already taken; choose another, or 0 for any free one"
        )
    );
}

#[tokio::test]
async fn people_made_for_showing_are_found_at_both_vendors() {
    let world = generate::generate(200, 1, chrono::Utc::now());
    let emails = generate::showcase_emails(&world, 20);
    let sandbox = start(Options::new(world)).await.unwrap();
    let client = reqwest::Client::new();

    let credentials = [
        ("grant_type", "client_credentials"),
        ("client_id", credentials::SALESFORCE_CLIENT_ID),
        ("client_secret", credentials::SALESFORCE_CLIENT_SECRET),
    ];
    let token = client.post(format!("{}/services/oauth2/token", sandbox.salesforce.url)).form(&credentials);
    let token: Value = token.send().await.unwrap().json().await.unwrap();
    let mut found = 0;
    for object in ["Lead", "Contact"] {
        let listed = emails.join("','");
        let soql = format!("SELECT Id, Name, Owner.Name FROM {object} WHERE Email IN ('{listed}')");
        let query = client.get(format!("{}/services/data/v65.0/query", sandbox.salesforce.url));
        let query = query.query(&[("q", soql)]).bearer_auth(token["access_token"].as_str().unwrap());
        let answer: Value = query.send().await.unwrap().json().await.unwrap();
        assert!(answer["records"][0]["Owner"]["Name"].is_string(), "{answer}");
        found += answer["totalSize"].as_u64().unwrap();
    }
    assert_eq!(found, 20);

    let inputs: Vec<Value> = emails.iter().map(|email| json!({ "id": email })).collect();
    let read = client.post(format!("{}/crm/v3/objects/contacts/batch/read", sandbox.hubspot.url));
    let read = read.bearer_auth(credentials::HUBSPOT_TOKEN).header("content-type", "application/json").body(
        json!({
            "inputs": inputs, "idProperty": "email", "properties": ["lifecyclestage", "hubspotscore"],
            "propertiesWithHistory": ["jobtitle"],
        })
        .to_string(),
    );
    let answer: Value = read.send().await.unwrap().json().await.unwrap();
    let records = answer["results"].as_array().unwrap();
    assert_eq!(records.len(), 20, "{answer}");
    for record in records {
        assert!(record["properties"]["lifecyclestage"].is_string(), "{record}");
        let history = record["propertiesWithHistory"]["jobtitle"].as_array().unwrap();
        assert!(!history.is_empty(), "{record}");
    }
    sandbox.stop().await;
}
