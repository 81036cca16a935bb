//! Capture through the front door: both vendors into a ledger, and out of it again without asking them.

pub(crate) mod brim;
mod changed;
pub(crate) mod erased;
mod idle;
mod interrupted;
mod same;

use std::collections::{BTreeMap, BTreeSet};

use leadline::ledger::entry::{Entry, RecordKind};
use serde_json::{Value, json};

use super::answer::each;
use super::running::{Running, company};

/// Everybody, by id alone.
const EVERYBODY: &str = "query($after: String, $captured: Boolean!) {
    people(first: 100, after: $after, freshness: {captured: $captured}) {
        pageInfo { hasNextPage endCursor } nodes { id } } }";

/// The ids of everybody, live or from the ledger.
async fn everybody(running: &Running, captured: bool) -> BTreeSet<String> {
    let nodes = running.viewer("revops").walk("people", EVERYBODY, json!({ "captured": captured })).await;
    let ids: BTreeSet<String> = nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), nodes.len(), "nobody is listed twice");
    ids
}

/// How many entries of each kind the ledger has, and that each stands in it once.
async fn tally(running: &Running) -> BTreeMap<String, usize> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut after = 0;
    loop {
        let page = running.ledger().changes(after, 1_000).await.unwrap();
        let Some(last) = page.last() else { return counts };
        after = last.sequence();
        for entry in page {
            let (kind, name) = match entry {
                Entry::Record(it) => (it.record.kind().name().to_owned(), it.key.to_string()),
                Entry::Event(it) => ("EVENT".to_owned(), format!("{} of {}", it.id, it.of)),
                other => {
                    (format!("{other:?}").split(' ').next().unwrap().to_owned(), other.sequence().to_string())
                }
            };
            assert!(seen.insert(format!("{kind} {name}")), "{kind} {name} is there twice");
            *counts.entry(kind).or_default() += 1;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_captured_once_and_told_without_asking_a_vendor() {
    let running = Running::capturing(company(60)).await;
    let counts = tally(&running).await;
    for source in &running.capture().status().sources {
        for it in &source.streams {
            println!("{} {}: {} rows in {} calls", source.source, it.stream.name, it.rows, it.calls);
        }
    }
    for kind in RecordKind::ALL {
        assert!(counts.contains_key(kind.name()), "nothing of {} was captured: {counts:?}", kind.name());
    }
    assert!(counts["EVENT"] > 100, "{counts:?}");
    running.reset_calls();
    let captured = everybody(&running, true).await;
    assert_eq!(running.calls(), 0, "{:?}", running.calls_by_endpoint());
    assert_eq!(captured, everybody(&running, false).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_from_the_ledger_says_as_of_when_it_is_true() {
    let running = Running::capturing(company(20)).await;
    let query = "{ people(first: 1, freshness: {captured: true}) { nodes { displayName owner { name } } } }";
    let answer = running.viewer("revops").ask(query).await.fine();
    let captured = running.capture().status();
    for told in answer.body["extensions"]["leadline"]["freshness"].as_array().unwrap() {
        let source = captured.sources.iter().find(|it| it.source.as_str() == told["source"]).unwrap();
        let as_of: chrono::DateTime<chrono::Utc> = told["asOf"].as_str().unwrap().parse().unwrap();
        assert_eq!((as_of - source.as_of().unwrap()).num_seconds(), 0, "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sources_tell_how_far_each_stream_is() {
    let running = Running::capturing(company(30)).await;
    let query = "{ sources { source { name } capture { stream rows total caughtUp freshAsOf message } } }";
    let answer = running.viewer("revops").ask(query).await.fine();
    for source in answer.at("/sources").as_array().unwrap() {
        let streams = source["capture"].as_array().unwrap();
        assert!(streams.len() > 5, "{source}");
        for stream in streams {
            assert_eq!(stream["caughtUp"], json!(true), "{stream}");
            assert!(stream["freshAsOf"].is_string() && stream["message"].is_null(), "{stream}");
        }
    }
    let leads = |stream: &&Value| stream["stream"] == "leads";
    let sales = answer.at("/sources/0/capture").as_array().unwrap();
    assert!(sales.iter().find(leads).unwrap()["rows"].as_i64().unwrap() > 0, "{sales:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_ledger_nothing_is_told_of_capture_and_nothing_is_answered_from_it() {
    let running = Running::over(company(20)).await;
    let viewer = running.viewer("revops");
    let answer = viewer.ask("{ sources { capture { stream } } }").await.fine();
    assert_eq!(each(answer.at("/sources"), "capture"), [&Value::Null, &Value::Null]);
    let answer = viewer.ask("{ people(first: 1, freshness: {captured: true}) { nodes { id } } }").await;
    assert_eq!(answer.codes(), ["LEDGER_REQUIRED"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_ten_histories_are_answered_when_all_is_captured() {
    let query = "{ people(first: 30) { nodes { history(first: 3) { nodes { id } } } } }";
    let live = Running::over(company(60)).await;
    let refused = live.viewer("revops").ask(query).await.fine_or_ledger();
    assert!(!refused.codes().is_empty(), "live, some of the histories are refused");
    let captured = Running::capturing(company(60)).await;
    let answer = captured.viewer("revops").ask(query).await.fine();
    let people = answer.at("/people/nodes").as_array().unwrap();
    assert!(people.len() > 10);
    assert!(people.iter().all(|person| person["history"]["nodes"].is_array()));
}
