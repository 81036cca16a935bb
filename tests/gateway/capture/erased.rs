//! Who is erased is gone: from the ledger's files, from every answer that is made of it, and for good.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use leadline::ledger::entry::Entry;
use reqwest::Method;
use serde_json::{Value, json};

use crate::running::{Running, SETTINGS, company, filled};
use crate::vendors::Vendors;

pub(crate) const SURNAME: &str = "Quisquilloso-Zwanzigerle";
pub(crate) const ADDRESS: &str = "quisquilloso.zwanzigerle@distinctive-example.com";

/// Somebody new at both vendors, with a name nobody else has.
pub(crate) async fn somebody(running: &Running) -> (String, String) {
    let vendors = Vendors::of(running).await;
    let lead = json!({ "LastName": SURNAME, "Company": "Distinctive", "Email": ADDRESS });
    let lead = vendors.salesforce(Method::POST, "/sobjects/Lead", lead).await;
    let contact = json!({ "properties": { "lastname": SURNAME, "email": ADDRESS } });
    let contact = vendors.hubspot(Method::POST, "/crm/v3/objects/contacts", contact).await;
    // The vendor's search finds what is new a little later.
    let search = json!({ "filterGroups": [{ "filters": [
        { "propertyName": "email", "operator": "EQ", "value": ADDRESS }] }] });
    let patience = Instant::now() + Duration::from_secs(60);
    while vendors.hubspot(Method::POST, "/crm/v3/objects/contacts/search", search.clone()).await["total"] != 1
    {
        assert!(Instant::now() < patience, "the vendor never finds the new contact");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    (lead["id"].as_str().unwrap().to_owned(), contact["id"].as_str().unwrap().to_owned())
}

async fn captured(running: &Running) -> Value {
    let query = "query($address: EmailAddress!) {
        person(by: {email: $address}, freshness: {captured: true}) { lastName records { object externalId } } }";
    let answer = running.viewer("revops").ask_with(query, json!({ "address": ADDRESS })).await.fine();
    answer.at("/person").clone()
}

/// Whether any file of the ledger holds these bytes, in any case of letters.
pub(crate) fn is_in_files(folder: &Path, needle: &str) -> bool {
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut ledger = files.filter(|it| it.file_name().unwrap().to_string_lossy().starts_with("ledger.db"));
    let needle = needle.to_lowercase();
    ledger.any(|file| {
        let bytes = std::fs::read(file).unwrap().to_ascii_lowercase();
        bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
    })
}

/// Who the ledger says was erased, in the order of observation.
pub(crate) async fn erased_keys(running: &Running) -> Vec<String> {
    let mut keys = Vec::new();
    let mut after = 0;
    loop {
        let page = running.ledger().changes(after, 1_000).await.unwrap();
        let Some(last) = page.last() else { return keys };
        after = last.sequence();
        keys.extend(page.iter().filter_map(|entry| match entry {
            Entry::Erased { key, .. } => Some(key.to_string()),
            _ => None,
        }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_erases_a_person_and_no_later_capture_brings_them_back() {
    let running = Running::capturing(company(20)).await;
    let (lead, contact) = somebody(&running).await;
    running.capture_again().await;
    assert_eq!(captured(&running).await["lastName"], SURNAME);
    assert!(is_in_files(running.folder(), SURNAME) && is_in_files(running.folder(), ADDRESS));

    let url = format!("http://{}/erase", running.gateway.admin);
    let wish = json!({ "person": format!("marketing:contact:{contact}") });
    let answer = running.http().post(&url).json(&wish).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let erased: Value = answer.json().await.unwrap();
    assert!(erased["records"].as_u64().unwrap() >= 2, "both vendors' records go: {erased}");
    for text in [SURNAME, ADDRESS] {
        assert!(!is_in_files(running.folder(), text), "the files still hold `{text}`");
    }
    let keys = erased_keys(&running).await;
    assert!(keys.contains(&format!("sales:Lead:{lead}")), "the feed says who is gone: {keys:?}");

    // The vendors still have them, and tell of them once more.
    let vendors = Vendors::of(&running).await;
    vendors.salesforce(Method::PATCH, &format!("/sobjects/Lead/{lead}"), json!({ "Title": "Back" })).await;
    running.capture_again().await;
    assert_eq!(captured(&running).await, Value::Null);
    assert!(!is_in_files(running.folder(), SURNAME));

    let wish = json!({ "person": "nobody" });
    let refused = running.http().post(&url).json(&wish).send().await.unwrap();
    assert_eq!(refused.status(), 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_erases_through_the_running_gateway_and_without_one() {
    let running = Running::capturing(company(20)).await;
    let (lead, _) = somebody(&running).await;
    running.capture_again().await;
    let leadline = |admin: String, person: String| {
        let file = running.folder().join("leadline.toml");
        std::fs::write(&file, SETTINGS).unwrap();
        let mut env = filled(&running.world, &running.vendors, None);
        env.insert("ADMIN", admin);
        env.insert("LEDGER_FILE", running.folder().join("ledger.db").display().to_string());
        env.insert("EXPORTS", running.folder().join("exports of another").display().to_string());
        let mut command = Command::new(env!("CARGO_BIN_EXE_leadline"));
        command.args(["erase", "--config"]).arg(&file).arg(person).env_clear().envs(env);
        tokio::task::spawn_blocking(move || command.output().unwrap())
    };
    let told = leadline(running.gateway.admin.to_string(), format!("sales:Lead:{lead}")).await.unwrap();
    let said = String::from_utf8_lossy(&told.stdout);
    assert!(told.status.success() && said.starts_with("erased 2 records"), "{said}{told:?}");
    assert_eq!(captured(&running).await, Value::Null);

    let another =
        format!("sales:Lead:{}", crate::tables::column(&running.world, "salesforce", "Lead", "Id")[0]);
    let told = leadline("127.0.0.1:9".to_owned(), another).await.unwrap();
    let said = String::from_utf8_lossy(&told.stdout);
    assert!(told.status.success() && said.starts_with("erased "), "{said}{told:?}");
    let told = leadline("127.0.0.1:9".to_owned(), "nobody".to_owned()).await.unwrap();
    assert!(!told.status.success());
    assert!(String::from_utf8_lossy(&told.stderr).contains("names no person"), "{told:?}");
}
