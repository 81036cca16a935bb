//! What the marketing side delivers: a privacy delete erases, everything else has its record asked again.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use futures::StreamExt;
use hmac::{Hmac, KeyInit, Mac};
use leadline::ledger;
use leadline::sandbox::credentials::HUBSPOT_CLIENT_SECRET;
use leadline::sandbox::hubspot::webhooks::Target;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::Sha256;
use tempfile::TempDir;

use super::capture::brim::Brim;
use super::capture::erased::{erased_keys, is_in_files};
use super::running::{Running, company};
use super::vendors::Vendors;

/// The address as the vendor knows it: a proxy that ends TLS stands before the gateway.
const DOOR: &str = "https://leadline.example.com/webhooks/marketing";
const SURNAME: &str = "Wanderlust-Fortgegangen";
const ADDRESS: &str = "wanderlust.fortgegangen@forgotten-example.com";

/// What settings say of the door.
pub(crate) fn door() -> String {
    format!(
        "\n[sources.marketing.options.webhooks]\nurl = \"{DOOR}\"\nclient_secret = \"{HUBSPOT_CLIENT_SECRET}\"\n"
    )
}

/// From now on the vendor delivers to this gateway.
pub(crate) fn deliver_to(running: &Running) {
    let target = Target::new(DOOR, Some(running.gateway.address)).unwrap();
    running.vendors.webhooks.deliver_to(Some(target));
}

/// Waits until the vendor has nothing more to tell.
pub(crate) async fn all_told(running: &Running) {
    let patience = Instant::now() + Duration::from_secs(60);
    while running.vendors.webhooks.tally().waiting > 0 {
        assert!(Instant::now() < patience, "{:?}", running.vendors.webhooks.tally());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A gateway without a ledger that believes what it read for a day, and has a door.
async fn remembering() -> Running {
    Running::with(company(20), |settings| {
        settings.replace("label = \"HubSpot\"", "label = \"HubSpot\"\ncache = \"1d\"") + &door()
    })
    .await
}

/// A contact with a name nobody else has, at the marketing side alone.
async fn contact(running: &Running, surname: &str, address: &str) -> String {
    let vendors = Vendors::of(running).await;
    let properties = json!({ "lastname": surname, "email": address, "jobtitle": "Gardener" });
    let made =
        vendors.hubspot(Method::POST, "/crm/v3/objects/contacts", json!({ "properties": properties })).await;
    // The vendor's search, by which capture finds what is new, finds it a little later.
    let search = json!({ "filterGroups": [{ "filters": [
        { "propertyName": "email", "operator": "EQ", "value": address }] }] });
    let patience = Instant::now() + Duration::from_secs(60);
    while vendors.hubspot(Method::POST, "/crm/v3/objects/contacts/search", search.clone()).await["total"] != 1
    {
        assert!(Instant::now() < patience, "the vendor never finds the new contact");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    made["id"].as_str().unwrap().to_owned()
}

async fn change_title(running: &Running, contact: &str, title: &str) {
    let path = format!("/crm/v3/objects/contacts/{contact}");
    let change = json!({ "properties": { "jobtitle": title } });
    Vendors::of(running).await.hubspot(Method::PATCH, &path, change).await;
}

/// Has the vendor forget a contact for privacy.
pub(crate) async fn forget(running: &Running, contact: &str) {
    let wish = json!({ "objectId": contact });
    Vendors::of(running).await.hubspot(Method::POST, "/crm/v3/objects/contacts/gdpr-delete", wish).await;
}

async fn person(running: &Running, by: Value, captured: bool) -> Value {
    let query = "query($by: PersonKey!, $captured: Boolean!) {
        person(by: $by, freshness: {captured: $captured}) { id lastName title } }";
    let given = json!({ "by": by, "captured": captured });
    running.viewer("revops").ask_with(query, given).await.fine().at("/person").clone()
}

fn by_address() -> Value {
    json!({ "email": ADDRESS })
}

fn by_record(contact: &str) -> Value {
    json!({ "record": { "source": "marketing", "object": "contact", "externalId": contact } })
}

/// A delivery signed as the vendor signs, so many milliseconds from now.
fn signed(running: &Running, source: &str, body: &str, apart: i64) -> reqwest::RequestBuilder {
    let now = running.clock.now() + TimeDelta::milliseconds(apart);
    let at = now.timestamp_millis().to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(HUBSPOT_CLIENT_SECRET.as_bytes()).unwrap();
    mac.update(format!("POST{DOOR}{body}{at}").as_bytes());
    let url = format!("http://{}/webhooks/{source}", running.gateway.address);
    let request = running.http().post(url).body(body.to_owned()).header("x-hubspot-request-timestamp", at);
    request.header("x-hubspot-signature-v3", STANDARD.encode(mac.finalize().into_bytes()))
}

async fn status(request: reqwest::RequestBuilder) -> StatusCode {
    request.send().await.unwrap().status()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_privacy_delete_erases_the_contact_everywhere_and_for_good() {
    let running = Running::capturing_with(company(20), &door()).await;
    running.wait_until_counted().await;
    let id = contact(&running, SURNAME, ADDRESS).await;
    running.capture_again().await;
    let node = person(&running, by_address(), true).await["id"].clone();
    assert_eq!(person(&running, by_address(), false).await["lastName"], SURNAME);
    assert!(is_in_files(running.folder(), SURNAME) && is_in_files(running.folder(), ADDRESS));
    let feed = Feed::of(&running).until("UPSERT", &node).await;

    deliver_to(&running);
    forget(&running, &id).await;
    all_told(&running).await;
    let tally = running.vendors.webhooks.tally();
    assert_eq!((tally.acknowledged, tally.refused), (2, 0), "it is told as a deletion too");
    for text in [SURNAME, ADDRESS] {
        assert!(!is_in_files(running.folder(), text), "the files still hold `{text}`");
    }
    assert_eq!(erased_keys(&running).await, [format!("marketing:contact:{id}")]);
    for (by, captured) in
        [(by_address(), true), (by_address(), false), (by_record(&id), true), (by_record(&id), false)]
    {
        assert_eq!(person(&running, by.clone(), captured).await, Value::Null, "{by} {captured}");
    }
    feed.until("DELETE", &node).await;

    running.capture_again().await;
    assert_eq!(person(&running, by_address(), true).await, Value::Null);
    assert!(!is_in_files(running.folder(), SURNAME));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_merged_into_a_contact_is_forgotten_with_it() {
    let running = Running::capturing_with(company(20), &door()).await;
    let (one, other) = ("Erstgenannt-Vormals", "Zweitgenannt-Vormals");
    let primary = contact(&running, one, "erstgenannt@forgotten-example.com").await;
    let merged = contact(&running, other, "zweitgenannt@forgotten-example.com").await;
    running.capture_again().await;
    let vendors = Vendors::of(&running).await;
    let wish = json!({ "primaryObjectId": primary, "objectIdToMerge": merged });
    let now = vendors.hubspot(Method::POST, "/crm/v3/objects/contacts/merge", wish).await;
    let now = now["id"].as_str().unwrap().to_owned();
    // Searches, by which capture finds it, lag behind.
    let patience = Instant::now() + Duration::from_secs(60);
    while person(&running, by_record(&now), true).await.is_null() {
        assert!(Instant::now() < patience, "the merged contact is never captured");
        tokio::time::sleep(Duration::from_millis(500)).await;
        running.capture_again().await;
    }
    deliver_to(&running);
    forget(&running, &now).await;
    all_told(&running).await;
    for text in [one, other, "erstgenannt@", "zweitgenannt@"] {
        assert!(!is_in_files(running.folder(), text), "the files still hold `{text}`");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_privacy_delete_that_cannot_be_done_is_refused_until_it_can() {
    let folder = TempDir::new().unwrap();
    let file = format!("sqlite:{}", folder.path().join("ledger.db").display());
    let brim = Arc::new(Brim::over(ledger::open(&file).await.unwrap(), false));
    let running = Running::about_to_capture_with(company(20), Some(brim.clone()), &door()).await;
    running.wait_until_captured().await;
    let id = contact(&running, SURNAME, ADDRESS).await;
    running.capture_again().await;
    assert_eq!(person(&running, by_address(), true).await["lastName"], SURNAME);

    brim.is_full.store(true, Ordering::SeqCst);
    deliver_to(&running);
    forget(&running, &id).await;
    let patience = Instant::now() + Duration::from_secs(30);
    while running.vendors.webhooks.tally().refused == 0 {
        assert!(Instant::now() < patience, "{:?}", running.vendors.webhooks.tally());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(running.vendors.webhooks.tally().acknowledged, 0);
    brim.is_full.store(false, Ordering::SeqCst);
    all_told(&running).await;
    assert_eq!(running.vendors.webhooks.tally().acknowledged, 2);
    assert_eq!(person(&running, by_address(), true).await, Value::Null);
    assert!(!is_in_files(folder.path(), SURNAME));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_has_the_next_read_see_what_is_new_however_long_answers_are_believed() {
    let running = remembering().await;
    let id = contact(&running, SURNAME, ADDRESS).await;
    let title = async || {
        let titles = [by_address(), by_record(&id)].map(|by| person(&running, by, false));
        let [one, other] = futures::future::join_all(titles).await.try_into().unwrap();
        assert_eq!(one["title"], other["title"]);
        one["title"].clone()
    };
    assert_eq!(title().await, "Gardener");
    change_title(&running, &id, "Sower").await;
    assert_eq!(title().await, "Gardener", "nobody told us, and it is remembered");
    deliver_to(&running);
    change_title(&running, &id, "Reaper").await;
    all_told(&running).await;
    assert_eq!(title().await, "Reaper");
    running.reset_calls();
    assert_eq!(title().await, "Reaper");
    assert_eq!(running.calls(), 0, "and is remembered again: {:?}", running.calls_by_endpoint());

    forget(&running, &id).await;
    all_told(&running).await;
    assert_eq!(title().await, Value::Null, "without a ledger memory forgets");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_new_is_found_although_it_was_known_that_nobody_is_there() {
    let running = remembering().await;
    assert_eq!(person(&running, by_address(), false).await, Value::Null);
    deliver_to(&running);
    contact(&running, SURNAME, ADDRESS).await;
    all_told(&running).await;
    assert_eq!(person(&running, by_address(), false).await["lastName"], SURNAME);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_signed_for_this_door_just_now_changes_nothing() {
    let running = Running::capturing_with(company(20), &door()).await;
    let id = contact(&running, SURNAME, ADDRESS).await;
    running.capture_again().await;
    assert_eq!(person(&running, by_record(&id), false).await["lastName"], SURNAME);
    let before = running.ledger().last_sequence().await.unwrap();
    let order =
        json!([{ "subscriptionType": "contact.privacyDeletion", "objectId": id.parse::<u64>().unwrap() }]);
    let order = order.to_string();
    running.reset_calls();

    let unsigned = running.http().post(format!("http://{}/webhooks/marketing", running.gateway.address));
    assert_eq!(status(unsigned.body(order.clone())).await, StatusCode::UNAUTHORIZED);
    let other_body = signed(&running, "marketing", "[]", 0).body(order.clone());
    assert_eq!(status(other_body).await, StatusCode::UNAUTHORIZED);
    for apart in [-310_000, 310_000] {
        let stale = signed(&running, "marketing", &order, apart);
        assert_eq!(status(stale).await, StatusCode::UNAUTHORIZED, "{apart} ms");
    }
    for source in ["sales", "nobody"] {
        assert_eq!(status(signed(&running, source, &order, 0)).await, StatusCode::NOT_FOUND, "{source}");
    }
    for nonsense in ["", "{}", "nonsense", "[{\"subscriptionType\": \"contact.privacyDeletion\"}]"] {
        let request = signed(&running, "marketing", nonsense, 0);
        assert_eq!(status(request).await, StatusCode::BAD_REQUEST, "{nonsense}");
    }
    assert_eq!(person(&running, by_record(&id), false).await["lastName"], SURNAME);
    assert_eq!(running.calls(), 0, "nothing was forgotten: {:?}", running.calls_by_endpoint());
    assert_eq!(running.ledger().last_sequence().await.unwrap(), before);
    assert_eq!(status(signed(&running, "marketing", &order, 0)).await, StatusCode::NO_CONTENT);
    assert_eq!(person(&running, by_address(), true).await, Value::Null, "the same order, signed rightly");
    let again = signed(&running, "marketing", &order, 0);
    assert_eq!(status(again).await, StatusCode::NO_CONTENT, "told twice, done once");
    assert_eq!(erased_keys(&running).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_of_notices_is_taken_in_without_a_call_to_the_vendor() {
    let running = remembering().await;
    let id = contact(&running, SURNAME, ADDRESS).await;
    assert_eq!(person(&running, by_record(&id), false).await["title"], "Gardener");
    change_title(&running, &id, "Reaper").await;
    running.reset_calls();
    let kinds = ["propertyChange", "deletion", "restore", "creation", "merge", "levitation"];
    let event = |nth: usize| {
        let kind = kinds[nth % kinds.len()];
        json!({ "subscriptionType": format!("contact.{kind}"), "objectId": id.parse::<u64>().unwrap(), "propertyName": "jobtitle" })
    };
    let deliveries = (0..2_000).map(|nth| {
        let body = Value::from((0..5).map(|more| event(nth + more)).collect::<Vec<_>>()).to_string();
        status(signed(&running, "marketing", &body, 0))
    });
    let told: Vec<StatusCode> = futures::stream::iter(deliveries).buffer_unordered(10).collect().await;
    assert!(told.iter().all(|status| *status == StatusCode::NO_CONTENT), "ten at once, as the vendor does");
    assert_eq!(running.calls(), 0, "{:?}", running.calls_by_endpoint());
    assert_eq!(person(&running, by_record(&id), false).await["title"], "Reaper");
    let first = running.calls();
    assert!((1..=10).contains(&first), "as a first read costs: {:?}", running.calls_by_endpoint());
    assert_eq!(person(&running, by_record(&id), false).await["title"], "Reaper");
    assert_eq!(running.calls(), first);
}

/// A reader of the feed of changes.
struct Feed<'a> {
    running: &'a Running,
    after: Value,
}

impl<'a> Feed<'a> {
    fn of(running: &'a Running) -> Self {
        Self { running, after: Value::Null }
    }

    /// Reads on until this became of a node.
    async fn until(mut self, operation: &str, node: &Value) -> Self {
        let query = "query($after: ChangeCursor) { changes(after: $after, first: 1000) {
            nextCursor nodes { operation nodeId } } }";
        let patience = Instant::now() + Duration::from_secs(60);
        loop {
            let given = json!({ "after": self.after });
            let answer = self.running.viewer("revops").ask_with(query, given).await.fine();
            self.after = answer.at("/changes/nextCursor").clone();
            let changes = answer.at("/changes/nodes").as_array().unwrap().clone();
            if changes.iter().any(|it| it["operation"] == operation && it["nodeId"] == *node) {
                return self;
            }
            assert!(Instant::now() < patience, "the feed never says {operation} of {node}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
