//! What bad input gets: a stable code and a sentence, never a guess.

use leadline::config;
use leadline::domain::id::{NodeId, NodeKind, RecordKey, SourceName};
use reqwest::header::{ACCEPT, ALLOW, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::{Value, json};

use super::running::{Running, company};

#[test]
fn settings_with_five_mistakes_are_told_all_five_with_their_lines() {
    let text = r#"[server]
listen = "nowhere"

[auth]
issuer = "me"
audience = "leadline"
hs256_secret = "0123456789abcdef0123456789abcdef"
pseudonym_key = "a key"

[sources.sales]
vendor = "sugarforce"
side = "sales"

[sources.marketing]
vendor = "hubspot"
side = "marketing"
timeout = "eight seconds"

[sources.marketing.options]
access_token = "t"
acess_tokens = "t"

[stages.sale]
"Working" = "SAL"
"#;
    let mistakes = config::load(text, &|_| None).err().unwrap();
    let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    let lines: Vec<usize> = mistakes.iter().map(|mistake| mistake.line).collect();
    assert_eq!(lines, [2, 11, 17, 21, 23], "{told:#?}");
    for (mistake, path) in mistakes.iter().zip([
        "server.listen",
        "sources.sales",
        "sources.marketing.timeout",
        "sources.marketing.options",
        "stages",
    ]) {
        assert!(mistake.path.starts_with(path) && !mistake.message.is_empty(), "{mistake}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_that_cannot_be_run_are_refused_with_a_stable_code() {
    let running = Running::over(company(20)).await;
    let revops = running.viewer("revops");
    let many = |text: &str, times: usize| text.repeat(times);
    let aliases: Vec<String> = (0..60).map(|n| format!("a{n}: now")).collect();
    for (code, document) in [
        ("PARSE_FAILED", "{ viewer { view }".to_owned()),
        ("PARSE_FAILED", "not graphql".to_owned()),
        ("PARSE_FAILED", String::new()),
        ("VALIDATION_FAILED", "{ nonsense }".to_owned()),
        ("VALIDATION_FAILED", "{ viewer }".to_owned()),
        ("VALIDATION_FAILED", "{ person(by: {telepathy: \"x\"}) { id } }".to_owned()),
        ("VALIDATION_FAILED", "mutation { nothing }".to_owned()),
        ("VALIDATION_FAILED", "subscription { nothing }".to_owned()),
        ("TOO_COMPLEX", format!("{{ {} }}", many("now ", 3_000))),
        ("TOO_COMPLEX", format!("{{ {} }}", aliases.join(" "))),
        ("TOO_COMPLEX", format!("{{ {} id {} }}", many("node(id: \"x\") { ... on Person { account { ", 20), many("} } } ", 20))),
        ("TOO_COMPLEX", "{ people(first: 100) { nodes { history(first: 100) { nodes { person { history(first: 100) { nodes { id } } } } } } } }".to_owned()),
        ("TOO_COMPLEX", format!("{{ now }} # {}", many("x", 40_000))),
        ("TOO_COMPLEX", format!("{{ now {} }}", many("@skip(if: false) ", 30))),
    ] {
        let answer = revops.ask(&document).await;
        assert_eq!(answer.status, 400, "{code}: {:#}", answer.body);
        assert!(answer.codes().iter().all(|own| *own == code), "{code}: {:#}", answer.body);
        assert!(!answer.message().is_empty() && answer.body.get("data").is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn arguments_that_make_no_sense_are_refused_where_they_stand() {
    let running = Running::over(company(20)).await;
    let revops = running.viewer("revops");
    let account =
        NodeId::new(NodeKind::Account, RecordKey::new(&SourceName::new("sales"), "Account", "001")).encode();
    let addresses = format!("[{}]", "\"a@b.example\", ".repeat(101));
    for field in [
        "person(by: {email: \"not an address\"}) { id }".to_owned(),
        "person(by: {email: \"\"}) { id }".to_owned(),
        "person(by: {id: \"nonsense\"}) { id }".to_owned(),
        "person(by: {id: \"\"}) { id }".to_owned(),
        format!("person(by: {{id: \"{account}\"}}) {{ id }}"),
        "node(id: \"%%%\") { id }".to_owned(),
        "opportunity(id: \"nonsense\") { id }".to_owned(),
        "campaign(id: \"nonsense\") { id }".to_owned(),
        "account(by: {domain: \"no domain\"}) { id }".to_owned(),
        "person(by: {email: \"a@b.example\"}, freshness: {maxAgeSeconds: -1}) { id }".to_owned(),
        "people(filter: {owner: {eq: \"nonsense\"}}) { nodes { id } }".to_owned(),
        format!("people(filter: {{owner: {{eq: \"{account}\"}}}}) {{ nodes {{ id }} }}"),
    ] {
        let answer = revops.ask(&format!("{{ asked: {field} now }}")).await;
        assert_eq!((answer.status, answer.code()), (200, "BAD_INPUT"), "{field}: {:#}", answer.body);
        assert_eq!(answer.errors()[0]["path"][0], "asked");
        assert!(
            answer.at("/asked").is_null() && answer.at("/now").is_string(),
            "siblings are intact: {:#}",
            answer.body
        );
    }
    let many = revops.ask(&format!("{{ peopleByEmail(emails: {addresses}) {{ id }} }}")).await;
    assert_eq!(many.code(), "BAD_INPUT", "{:#}", many.body);
    let one_wrong =
        revops.ask("{ peopleByEmail(emails: [\"no address\", \"nobody@nowhere.example\"]) { id } }").await;
    assert_eq!((one_wrong.code(), one_wrong.at("/peopleByEmail")), ("BAD_INPUT", &json!([null, null])));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_unknown_is_null_and_no_error() {
    let running = Running::over(company(20)).await;
    let revops = running.viewer("revops");
    let id =
        |kind, object, id| NodeId::new(kind, RecordKey::new(&SourceName::new("sales"), object, id)).encode();
    let elsewhere =
        NodeId::new(NodeKind::Person, RecordKey::new(&SourceName::new("atlantis"), "Lead", "1")).encode();
    for field in [
        format!("person(by: {{id: \"{}\"}}) {{ id }}", id(NodeKind::Person, "Lead", "00Q000000009999AAA")),
        format!("person(by: {{id: \"{}\"}}) {{ id }}", id(NodeKind::Person, "Lead", "not a vendor id")),
        format!("node(id: \"{}\") {{ id }}", id(NodeKind::Opportunity, "Opportunity", "006000000009999AAA")),
        format!("node(id: \"{elsewhere}\") {{ id }}"),
        "person(by: {email: \"nobody@nowhere.example\"}) { id }".to_owned(),
        "person(by: {record: {source: \"atlantis\", object: \"Lead\", externalId: \"1\"}}) { id }".to_owned(),
        "person(by: {record: {source: \"sales\", object: \"Unicorn\", externalId: \"1\"}}) { id }".to_owned(),
        "person(by: {record: {source: \"marketing\", object: \"contact\", externalId: \"' OR 1=1\"}}) { id }"
            .to_owned(),
        "account(by: {domain: \"nobody.example\"}) { id }".to_owned(),
        "record(source: \"sales\", object: \"Lead\", externalId: \"00Q000000009999AAA\") { id }".to_owned(),
    ] {
        let answer = revops.ask(&format!("{{ asked: {field} }}")).await.fine();
        assert!(answer.at("/asked").is_null(), "{field}: {:#}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_text_of_a_caller_changes_what_a_vendor_is_asked() {
    let running = Running::over(company(20)).await;
    let revops = running.viewer("revops");
    for text in
        ["') OR Name LIKE '%", "\\') OR (Id != null", "%", "_", "x' --", "\u{0}", "𝕏\u{202e}", "{{7*7}}"]
    {
        let answer = revops.ask_with(
            "query($s: String!) { opportunities(filter: {name: {eq: $s}}) { nodes { id } } }",
            json!({ "s": text }),
        );
        let answer = answer.await.fine();
        assert_eq!(answer.at("/opportunities/nodes"), &json!([]), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_door_refuses_what_is_no_question() {
    let running = Running::over(company(20)).await;
    let token = running.token("revops", json!({}));
    let json_type = "application/json";
    for (status, content_type, body) in [
        (400, json_type, "nonsense".to_owned()),
        (400, json_type, "[]".to_owned()),
        (400, json_type, "{}".to_owned()),
        (400, json_type, json!({ "query": 7 }).to_string()),
        (400, json_type, json!({ "query": "{ now }", "variables": [] }).to_string()),
        (415, "text/plain", json!({ "query": "{ now }" }).to_string()),
        (415, "application/x-www-form-urlencoded", "query={now}".to_owned()),
        (
            413,
            json_type,
            json!({ "query": "{ now }", "variables": { "x": "x".repeat(300_000) } }).to_string(),
        ),
    ] {
        let post = running.http().post(running.url()).bearer_auth(&token).header(CONTENT_TYPE, content_type);
        let response = post.header(ACCEPT, json_type).body(body.clone()).send().await.unwrap();
        let (answered, answer): (u16, Value) = (response.status().as_u16(), response.json().await.unwrap());
        let start: String = body.chars().take(60).collect();
        assert_eq!(
            (answered, &answer["errors"][0]["extensions"]["code"]),
            (status, &json!("BAD_INPUT")),
            "{start}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn get_only_reads_and_other_methods_are_turned_away() {
    let running = Running::over(company(20)).await;
    let token = running.token("revops", json!({}));
    let get = |query: &str| {
        running
            .http()
            .get(running.url())
            .bearer_auth(&token)
            .query(&[("query", query)])
            .header(ACCEPT, "application/graphql-response+json")
            .send()
    };
    let read = get("{ viewer { view } }").await.unwrap();
    assert_eq!(read.status().as_u16(), 200);
    let read: Value = read.json().await.unwrap();
    assert_eq!(read["data"]["viewer"]["view"], "revops");
    let change = get("mutation { nothing }").await.unwrap();
    assert!([400, 405].contains(&change.status().as_u16()), "a change by GET: {}", change.status());
    let change: Value = change.json().await.unwrap();
    assert_eq!(change["errors"][0]["extensions"]["code"], "VALIDATION_FAILED");
    let put = running.http().put(running.url()).bearer_auth(&token).body("{}").send().await.unwrap();
    assert_eq!((put.status().as_u16(), put.headers()[ALLOW].to_str().unwrap()), (405, "GET, POST"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_origin_may_not_ask() {
    let running = Running::over(company(20)).await;
    let mut headers = HeaderMap::new();
    let bearer = format!("Bearer {}", running.token("revops", json!({})));
    headers.insert(AUTHORIZATION, HeaderValue::from_str(&bearer).unwrap());
    headers.insert("origin", HeaderValue::from_static("https://evil.example"));
    headers.insert("sec-fetch-site", HeaderValue::from_static("cross-site"));
    let post = running.http().post(running.url()).headers(headers).json(&json!({ "query": "{ now }" }));
    let response = post.send().await.unwrap();
    assert_eq!(response.status().as_u16(), 403);
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["errors"][0]["extensions"]["code"], "FORBIDDEN");
}
