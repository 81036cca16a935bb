//! A vendor falls silent, answers nonsense, or says no: what is missing is told, what is there stays.

use std::time::{Duration, Instant};

use leadline::sandbox::faults::{FaultKind, Switch};
use serde_json::{Value, json};

use super::answer::Answer;
use super::running::{Running, company};
use super::tables::{live, plain_addresses};

const ASK: &str = "query($email: EmailAddress!) {
  viewer { view }
  person(by: {email: $email}) {
    id displayName email title records { source { name } } gaps { source { name } code message } } }";

/// Vendors that take no patience: what hangs is given up soon.
fn impatient(settings: String) -> String {
    settings
        .replace("label = \"HubSpot\"", "label = \"HubSpot\"\ntimeout = \"1500ms\"")
        .replace("label = \"Salesforce\"", "label = \"Salesforce\"\ntimeout = \"1500ms\"")
}

async fn start() -> (Running, String) {
    let running = Running::with(company(40), impatient).await;
    let email = plain_addresses(&running.world, 1).remove(0);
    (running, email)
}

fn status(status: u16) -> Switch {
    Switch { status: Some(status), ..Switch::new(FaultKind::Status) }
}

/// The marketing side is silent, and the sales side tells what it knows.
async fn only_sales_speaks(running: &Running, email: &str, codes: &[&str]) -> Answer {
    let answer = running.viewer("revops").ask_with(ASK, json!({ "email": email })).await.fine();
    let person = answer.at("/person");
    assert!(person["displayName"].is_string() && person["email"] == json!(email), "{person:#}");
    assert_eq!(person["records"], json!([{ "source": { "name": "sales" } }]));
    let [gap] = person["gaps"].as_array().unwrap().as_slice() else { panic!("{person:#}") };
    assert_eq!(gap["source"]["name"], "marketing");
    assert!(codes.contains(&gap["code"].as_str().unwrap()), "{gap}");
    assert!(gap["message"].as_str().unwrap().ends_with('.'), "a sentence: {gap}");
    let [(source, code)] = answer.gaps()[..] else { panic!("{:#}", answer.body) };
    assert_eq!((source, code), ("marketing", gap["code"].as_str().unwrap()));
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_is_down_leaves_a_gap_and_no_error() {
    let (running, email) = start().await;
    running.break_hubspot(status(503));
    only_sales_speaks(&running, &email, &["SOURCE_UNAVAILABLE"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_hangs_is_given_up_in_time() {
    let (running, email) = start().await;
    running.break_hubspot(Switch::new(FaultKind::Hang));
    let begun = Instant::now();
    only_sales_speaks(&running, &email, &["SOURCE_UNAVAILABLE", "DEADLINE_EXCEEDED"]).await;
    assert!(begun.elapsed() < Duration::from_secs(9), "it took {:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_answers_a_page_in_html_has_not_answered() {
    let (running, email) = start().await;
    running.break_hubspot(Switch::new(FaultKind::Html));
    only_sales_speaks(&running, &email, &["SOURCE_UNAVAILABLE"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_whose_answer_breaks_off_has_not_answered() {
    let (running, email) = start().await;
    running.break_hubspot(Switch::new(FaultKind::CutBody));
    only_sales_speaks(&running, &email, &["SOURCE_UNAVAILABLE"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_refuses_the_credentials_leaves_a_gap_too() {
    let (running, email) = start().await;
    running.break_hubspot(Switch::new(FaultKind::ExpiredToken));
    only_sales_speaks(&running, &email, &["SOURCE_REJECTED"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_whose_quota_is_spent_says_so() {
    let (running, email) = start().await;
    running.break_hubspot(Switch { code: Some("DAILY".to_owned()), ..Switch::new(FaultKind::RateLimited) });
    only_sales_speaks(&running, &email, &["SOURCE_LIMITED"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_of_the_sales_side_leaves_what_marketing_knows() {
    let (running, email) = start().await;
    running.break_salesforce(status(503));
    let answer = running.viewer("revops").ask_with(ASK, json!({ "email": email })).await.fine();
    assert_eq!(answer.at("/person/records"), &json!([{ "source": { "name": "marketing" } }]));
    assert_eq!(answer.gaps(), [("sales", "SOURCE_UNAVAILABLE")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_is_told_where_the_only_source_that_could_know_is_silent() {
    let running = Running::with(company(80), impatient).await;
    let email = plain_addresses(&running.world, 1).remove(0);
    let sales: Vec<String> = ["Lead", "Contact"]
        .iter()
        .flat_map(|table| live(&running.world, "salesforce", table))
        .filter_map(|row| row.get("Email").map(str::to_lowercase))
        .collect();
    let of_marketing = live(&running.world, "hubspot", "contacts")
        .iter()
        .filter_map(|row| row.get("email").map(str::to_lowercase))
        .find(|email| !sales.contains(email))
        .unwrap();
    running.break_hubspot(status(503));
    let query = "query($of: EmailAddress!, $both: EmailAddress!) {
        lonely: person(by: {email: $of}) { displayName } known: person(by: {email: $both}) { displayName }
        several: peopleByEmail(emails: [$of, $both]) { displayName } viewer { view } }";
    let answer = running.viewer("revops").ask_with(query, json!({ "of": of_marketing, "both": email })).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.codes(), ["SOURCE_UNAVAILABLE", "SOURCE_UNAVAILABLE"], "{:#}", answer.body);
    let mut paths: Vec<String> = answer.errors().iter().map(|error| error["path"].to_string()).collect();
    paths.sort();
    assert_eq!(paths, ["[\"lonely\"]", "[\"several\",0]"]);
    assert!(answer.at("/known/displayName").is_string() && answer.at("/several/1/displayName").is_string());
    assert_eq!((answer.at("/lonely"), answer.at("/viewer/view")), (&Value::Null, &json!("revops")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_before_is_served_while_the_vendor_is_silent_and_said_to_be_stale() {
    let running = Running::with(company(40), |settings| {
        // Nothing stays fresh for longer than it takes to ask again.
        impatient(settings).replace("side = \"marketing\"", "side = \"marketing\"\ncache = \"1s\"")
    })
    .await;
    let email = plain_addresses(&running.world, 1).remove(0);
    let revops = running.viewer("revops");
    let ask = |freshness: &str| {
        format!(
            "{{ person(by: {{email: \"{email}\"}}, freshness: {freshness}) {{ title records {{ source {{ name }} }} gaps {{ code }} }} }}"
        )
    };
    let before = revops.ask(&ask("{maxAgeSeconds: 60}")).await.fine();
    running.break_hubspot(status(503));
    let stale = revops.ask(&ask("{maxAgeSeconds: 0}")).await.fine();
    assert_eq!(stale.at("/person/records"), before.at("/person/records"));
    assert_eq!(stale.at("/person/title"), before.at("/person/title"));
    let freshness = stale.books()["freshness"].as_array().unwrap();
    let of = |name: &str| freshness.iter().find(|it| it["source"] == name).unwrap()["stale"].clone();
    assert_eq!((of("marketing"), of("sales")), (json!(true), json!(false)));
    let refused = revops.ask(&ask("{maxAgeSeconds: 0, allowStale: false}")).await.fine();
    assert_eq!(refused.at("/person/gaps"), &json!([{ "code": "SOURCE_UNAVAILABLE" }]));
    assert_eq!(refused.at("/person/records"), &json!([{ "source": { "name": "sales" } }]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_is_renewed_once_and_the_call_repeated() {
    let (running, email) = start().await;
    let revops = running.viewer("revops");
    let ask = format!(
        "{{ person(by: {{email: \"{email}\"}}, freshness: {{maxAgeSeconds: 0}}) {{ records {{ source {{ name }} }} gaps {{ code }} }} }}"
    );
    let before = revops.ask(&ask).await.fine();
    running.break_salesforce(Switch::new(FaultKind::ExpireTokensInUse));
    running.reset_calls();
    let asks = (0..8).map(|_| revops.ask(&ask));
    for answer in futures::future::join_all(asks).await {
        let answer = answer.fine();
        assert_eq!(answer.data(), before.data());
    }
    let calls = running.salesforce().calls().by_endpoint;
    let renewed: u64 =
        calls.iter().filter(|(endpoint, _)| endpoint.contains("oauth2/token")).map(|(_, n)| n).sum();
    assert_eq!(renewed, 1, "everybody waits for one new token: {calls:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_says_too_many_calls_is_asked_again_later() {
    let running = Running::over(company(40)).await;
    let email = plain_addresses(&running.world, 1).remove(0);
    let switch = Switch { code: Some("SECONDLY".to_owned()), ..Switch::new(FaultKind::RateLimited) };
    running.break_hubspot(switch.times(1).under("/crm/v3/objects/contacts"));
    let answer = running.viewer("revops").ask_with(ASK, json!({ "email": email })).await.fine();
    assert_eq!(answer.at("/person/records").as_array().unwrap().len(), 2, "{:#}", answer.body);
    assert_eq!(answer.gaps(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hiccup_is_repeated_and_nobody_hears_of_it() {
    let running = Running::over(company(40)).await;
    let email = plain_addresses(&running.world, 1).remove(0);
    running.break_hubspot(status(502).times(1).under("/crm/v3/objects/contacts"));
    let answer = running.viewer("revops").ask_with(ASK, json!({ "email": email })).await.fine();
    assert_eq!((answer.at("/person/records").as_array().unwrap().len(), answer.gaps()), (2, vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_ends_its_page_where_a_source_is_silent_and_goes_on_from_there_later() {
    let (running, _) = start().await;
    let revops = running.viewer("revops");
    let query = "query($after: String) { people(first: 20, after: $after) {
        pageInfo { hasNextPage endCursor } gaps { source { name } code } nodes { id } } }";
    let whole = revops.walk("people", query, json!({})).await;
    let fresh = "query($after: String) { people(first: 20, after: $after, freshness: {maxAgeSeconds: 0, allowStale: false}) {
        pageInfo { hasNextPage endCursor } gaps { source { name } code } nodes { id } } }";
    let first = revops.ask_with(fresh, json!({})).await.fine();
    let end = first.at("/people/pageInfo/endCursor");
    running.break_salesforce(status(503));
    let broken = revops.ask_with(fresh, json!({ "after": end })).await.fine();
    assert_eq!(broken.at("/people/nodes"), &json!([]));
    assert_eq!(broken.at("/people/pageInfo"), &json!({ "hasNextPage": true, "endCursor": end }));
    assert_eq!(
        broken.at("/people/gaps"),
        &json!([{ "source": { "name": "sales" }, "code": "SOURCE_UNAVAILABLE" }])
    );
    running.salesforce().clear();
    let mut seen: Vec<Value> = first.at("/people/nodes").as_array().unwrap().clone();
    let mut after = end.clone();
    // The source may be left alone for a while before it is tried again.
    let patience = Instant::now() + Duration::from_secs(60);
    loop {
        assert!(Instant::now() < patience, "the list never went on");
        let page = revops.ask_with(fresh, json!({ "after": after })).await.fine();
        seen.extend(page.at("/people/nodes").as_array().unwrap().iter().cloned());
        after = page.at("/people/pageInfo/endCursor").clone();
        if page.at("/people/pageInfo/hasNextPage") == &json!(false) {
            break;
        }
    }
    assert_eq!(seen, whole);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_whose_second_source_is_silent_still_ends_with_a_gap_and_not_with_half_of_it() {
    let (running, _) = start().await;
    running.break_hubspot(status(503));
    let revops = running.viewer("revops");
    let query = "query($after: String) { people(first: 100, after: $after) {
        pageInfo { hasNextPage endCursor } gaps { source { name } } nodes { id records { source { name } } } } }";
    let (mut after, mut people) = (Value::Null, 0);
    loop {
        let page = revops.ask_with(query, json!({ "after": after })).await.fine();
        people += page.at("/people/nodes").as_array().unwrap().len();
        assert_eq!(page.at("/people/pageInfo/hasNextPage"), &json!(true), "what is not read is not the end");
        assert!(!page.gaps().is_empty());
        let end = page.at("/people/pageInfo/endCursor").clone();
        if end == after {
            break;
        }
        after = end;
    }
    assert!(people > 0, "what the other side knows is listed");
}
