//! What changes at the vendors after the first pass.

use reqwest::Method;
use serde_json::{Value, json};

use crate::running::{Running, committed, company};
use crate::vendors::Vendors;

/// The person of an address as the ledger knows them.
async fn captured(running: &Running, address: &str) -> Value {
    let query = "query($address: EmailAddress!) {
        person(by: {email: $address}, freshness: {captured: true}) {
            id records { object externalId }
            provenance(fields: [TITLE]) { chosen { value } others { value } }
            history(first: 100) { nodes { kind summary } } } }";
    let answer = running.viewer("revops").ask_with(query, json!({ "address": address })).await.fine();
    answer.at("/person").clone()
}

/// Two addresses that both vendors know.
async fn known(running: &Running) -> Vec<(String, Value)> {
    let query = "{ people(first: 40) { nodes { email records { object externalId } } } }";
    let answer = running.viewer("revops").ask(query).await.fine();
    let people = answer.at("/people/nodes").as_array().unwrap();
    let has = |person: &Value, object: &str| {
        person["records"].as_array().unwrap().iter().any(|it| it["object"] == object)
    };
    let both = people.iter().filter(|it| has(it, "Lead") && has(it, "contact") && it["email"].is_string());
    both.map(|it| (it["email"].as_str().unwrap().to_owned(), it["records"].clone())).collect()
}

fn record(records: &Value, object: &str) -> String {
    let found = records.as_array().unwrap().iter().find(|it| it["object"] == object);
    found.unwrap()["externalId"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_at_a_vendor_is_captured_with_its_history() {
    let running = Running::capturing(company(60)).await;
    let vendors = Vendors::of(&running).await;
    let (address, records) = known(&running).await.swap_remove(0);
    let before = running.ledger().last_sequence().await.unwrap();
    running.capture_again().await;
    let idle = running.ledger().last_sequence().await.unwrap();
    assert_eq!(idle, before, "an overlap that tells nothing new leaves nothing");

    let path = format!("/sobjects/Lead/{}", record(&records, "Lead"));
    let entries = |person: &Value| person["history"]["nodes"].as_array().unwrap().len();
    let person_before = captured(&running, &address).await;
    let change = json!({ "Title": "Chief Sounding Officer", "Status": "Nurturing" });
    vendors.salesforce(Method::PATCH, &path, change).await;
    running.capture_again().await;
    let person = captured(&running, &address).await;
    assert!(person["provenance"].to_string().contains("Chief Sounding Officer"), "{person:#}");
    assert!(entries(&person) > entries(&person_before), "what happened is told: {person:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_record_leaves_its_person_and_stays_a_tombstone() {
    let running = Running::capturing(company(60)).await;
    let vendors = Vendors::of(&running).await;
    let (address, records) = known(&running).await.swap_remove(0);
    let (lead, contact) = (record(&records, "Lead"), record(&records, "contact"));
    vendors.hubspot(Method::DELETE, &format!("/crm/v3/objects/contacts/{contact}"), Value::Null).await;
    running.capture_again().await;
    let person = captured(&running, &address).await;
    assert!(person["records"].to_string().contains(&lead), "{person}");
    assert!(!person["records"].to_string().contains(&format!("\"{contact}\"")), "{person}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_and_a_conversion_are_the_same_live_and_captured() {
    let running = Running::capturing(committed("identity")).await;
    for (source, object, id) in [
        ("sales", "Lead", "00Q000000002001EAA"),
        ("marketing", "contact", "1201"),
        ("marketing", "contact", "1501"),
    ] {
        let query = "query($key: RecordKey!, $captured: Boolean!) {
            person(by: {record: $key}, freshness: {captured: $captured}) { id records { object externalId mergedIds } } }";
        let key = json!({ "source": source, "object": object, "externalId": id });
        let mut answers = Vec::new();
        for captured in [false, true] {
            let variables = json!({ "key": key, "captured": captured });
            let answer = running.viewer("revops").ask_with(query, variables).await.fine();
            answers.push(answer.at("/person").clone());
        }
        assert_eq!(answers[0], answers[1]);
    }
}
