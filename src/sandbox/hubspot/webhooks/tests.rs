use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::json;

use super::*;
use crate::sandbox::faults::Faults;
use crate::sandbox::hubspot::samples::{START, call, world};
use crate::sandbox::hubspot::{Options, telling};

const TABLES: &[(&str, &str)] = &[(
    "contacts",
    "id|email|createdate
     1|ann@example.com|2026-01-01T00:00:00Z
     2|ben@example.com|2026-01-02T00:00:00Z",
)];

/// Somebody who is told, and refuses the first so many deliveries.
struct Ear {
    heard: Mutex<Vec<(HeaderMap, Vec<Value>)>>,
    refuses: AtomicUsize,
}

async fn hear(Shared(ear): Shared<Arc<Ear>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let events = serde_json::from_slice(&body).expect("a list of events");
    ear.heard.lock().expect("no test panics holding it").push((headers, events));
    let refused = ear.refuses.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
    if refused.is_ok() { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::NO_CONTENT }
}

/// A portal that delivers to an ear.
async fn portal(refuses: usize) -> (Router, Arc<Webhooks>, Arc<Ear>) {
    let ear = Arc::new(Ear { heard: Mutex::default(), refuses: AtomicUsize::new(refuses) });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/here", listener.local_addr().expect("a bound port"));
    let server = Router::new().route("/here", post(hear)).with_state(ear.clone());
    tokio::spawn(async move { axum::serve(listener, server).await.expect("the ear listens") });
    let clock = Clock::starting_at(START.parse().expect("an instant"));
    let webhooks = Webhooks::new(clock);
    let (faults, told) = (Arc::new(Faults::default()), webhooks.clone());
    let portal = telling(&world(TABLES), clock, &faults, Options::default(), told);
    webhooks.deliver_to(Some(url.parse().expect("a target on this machine")));
    (portal, webhooks, ear)
}

async fn settled(webhooks: &Webhooks) -> Tally {
    for _ in 0..2_000 {
        if webhooks.tally().waiting == 0 {
            return webhooks.tally();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("not settled: {:?}", webhooks.tally());
}

fn kinds(ear: &Ear) -> Vec<String> {
    let heard = ear.heard.lock().expect("no test panics holding it");
    let events = heard.iter().flat_map(|(_, events)| events);
    events.map(|event| event["subscriptionType"].as_str().expect("a text").to_owned()).collect()
}

#[tokio::test]
async fn every_write_is_told_in_the_vendors_words() {
    let (portal, webhooks, ear) = portal(0).await;
    let contact = "/crm/v3/objects/contacts";
    call(&portal, &format!("PATCH {contact}/1"), json!({ "properties": { "firstname": "Ann" } })).await;
    call(&portal, &format!("PATCH {contact}/1"), json!({ "properties": { "firstname": "Ann" } })).await;
    call(
        &portal,
        &format!("POST {contact}/merge"),
        json!({ "primaryObjectId": "1", "objectIdToMerge": "2" }),
    )
    .await;
    settled(&webhooks).await;
    let told = kinds(&ear);
    assert_eq!(told.iter().filter(|kind| *kind == "contact.merge").count(), 1, "{told:?}");
    assert_eq!(told[0], "contact.propertyChange");
    let (headers, first) = ear.heard.lock().expect("no test panics holding it")[0].clone();
    assert_eq!(first[0]["objectId"], 1);
    assert_eq!((&first[0]["propertyName"], &first[0]["propertyValue"]), (&json!("firstname"), &json!("Ann")));
    assert_eq!(first.iter().filter(|it| it["propertyValue"] == "Ann").count(), 1, "told when it changed");
    for name in ["x-hubspot-signature-v3", "x-hubspot-request-timestamp", "x-hubspot-signature"] {
        assert!(headers.contains_key(name), "{name}");
    }
    ear.heard.lock().expect("no test panics holding it").clear();
    call(&portal, &format!("POST {contact}/gdpr-delete"), json!({ "objectId": "3" })).await;
    settled(&webhooks).await;
    assert_eq!(kinds(&ear), ["contact.privacyDeletion", "contact.deletion"]);
}

#[tokio::test]
async fn a_list_has_a_hundred_events_at_most_and_is_sent_until_it_is_acknowledged() {
    let (portal, webhooks, ear) = portal(2).await;
    let inputs: Vec<Value> =
        (0..100).map(|n| json!({ "properties": { "email": format!("p{n}@example.com") } })).collect();
    call(&portal, "POST /crm/v3/objects/contacts/batch/create", json!({ "inputs": inputs })).await;
    let tally = settled(&webhooks).await;
    assert_eq!((tally.refused, tally.given_up), (2, 0));
    assert!(tally.acknowledged >= 200, "creation and properties: {tally:?}");
    let heard = ear.heard.lock().expect("no test panics holding it");
    assert!(heard.iter().all(|(_, events)| (1..=100).contains(&events.len())));
    assert!(heard.iter().any(|(_, events)| events[0]["attemptNumber"] == 1), "the second attempt says so");
}

#[test]
fn deliveries_leave_for_this_machine_alone() {
    for fine in ["http://127.0.0.1:8080/webhooks/marketing", "http://localhost:8080/x", "http://[::1]:1/x"] {
        assert!(Target::new(fine, None).is_ok(), "{fine}");
    }
    for elsewhere in ["https://leadline.example.com/x", "http://192.0.2.1/x", "nonsense"] {
        assert!(Target::new(elsewhere, None).is_err(), "{elsewhere}");
    }
    let named = "https://leadline.example.com/x";
    assert!(Target::new(named, Some(([127, 0, 0, 1], 8080).into())).is_ok());
    assert!(Target::new(named, Some(([192, 0, 2, 1], 8080).into())).is_err());
}
