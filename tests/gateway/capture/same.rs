//! The live path and the captured one show the same of every person.

use std::collections::BTreeMap;

use leadline::sandbox::world::World;
use serde_json::{Value, json};

use crate::running::{Running, committed, company};

/// Everything there is to know about people: every field, who says so, why their records belong together, what is
/// odd about them, what happened to them and what they are about to buy. What depends on the instant of asking alone is
/// left out: when a record was read, and how long an opportunity has been in its stage.
const EVERYTHING: &str = "
query($after: String, $captured: Boolean!) {
  people(first: 10, after: $after, freshness: {captured: $captured}) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id displayName firstName lastName email phone mobile title lifecycleStage createdAt updatedAt
      emails { address isPrimary sources { name } }
      originalSource { channel subChannel detail isMarketing }
      scores { name value kind source { name } at }
      consent { emailOptOut doNotCall bounced strictestSource { name } }
      owner { id name email }
      account { id name domains industry employees annualRevenue { amount } region isTargetAccount owner { id } }
      records { ...record }
      provenance { ...provenance }
      conflicts { field }
      customFields { key text number boolean date instant values }
      gaps { code }
      identityWarnings { code message records { id } }
      history(first: 100, filter: {includeEchoes: true}) {
        totalCount completeFrom { source { name } from reason }
        nodes {
          id kind occurredAt precision recordedAt isLate isInferred side summary
          source { id } echoes { id } actor { id } campaign { id name } account { id } opportunity { id name }
        }
      }
      opportunities(first: 20) {
        totalCount
        nodes {
          id name stageCategory amount { amount currency } probability closeDate closedAt lossReason createdAt
          account { id } owner { id } pipeline { key } stage { key label } leadSource { channel }
          stageHistory { stageKey enteredAt exitedAt amount { amount } probability }
          contacts { role isPrimary person { id } }
          records { ...record }
        }
      }
    }
  }
}
fragment record on SourceRecord {
  id object externalId url createdAt updatedAt deletedAt mergedIds link { rule matchedOn since } source { name system side }
}
fragment provenance on FieldProvenance {
  field strategy inConflict
  chosen { value changedAt byIntegrationUser source { id } }
  others { value changedAt byIntegrationUser source { id } }
}";

/// Everybody by id, live or from the ledger.
async fn people(running: &Running, captured: bool) -> BTreeMap<String, Value> {
    let nodes = running.viewer("revops").walk("people", EVERYTHING, json!({ "captured": captured })).await;
    nodes.into_iter().map(|node| (node["id"].as_str().unwrap().to_owned(), node)).collect()
}

/// Where two values differ, as paths with both sides.
fn differences(path: &str, live: &Value, captured: &Value, found: &mut Vec<String>) {
    match (live, captured) {
        (Value::Object(live), Value::Object(captured)) if live.len() == captured.len() => {
            for (key, value) in live {
                differences(&format!("{path}.{key}"), value, &captured[key], found);
            }
        }
        (Value::Array(live), Value::Array(captured)) if live.len() == captured.len() => {
            for (place, (live, captured)) in live.iter().zip(captured).enumerate() {
                differences(&format!("{path}[{place}]"), live, captured, found);
            }
        }
        (live, captured) if live == captured => {}
        (live, captured) => found.push(format!("{path}: live {live}, captured {captured}")),
    }
}

/// Compares everybody of a world, and gives how many there are.
async fn compare(world: World) -> usize {
    let running = Running::capturing(world).await;
    for source in &running.capture().status().sources {
        let calls: u64 = source.streams.iter().map(|it| it.calls).sum();
        println!("{}: captured in {calls} calls", source.source);
    }
    // Before anything is read live: what would ask a vendor finds nothing in memory.
    running.reset_calls();
    let captured = people(&running, true).await;
    assert_eq!(running.calls(), 0, "{:?}", running.calls_by_endpoint());
    let live = people(&running, false).await;
    assert_eq!(live.keys().collect::<Vec<_>>(), captured.keys().collect::<Vec<_>>());
    let mut found = Vec::new();
    for (id, live) in &live {
        differences(id, live, &captured[id], &mut found);
    }
    let first: Vec<&String> = found.iter().take(20).collect();
    assert!(found.is_empty(), "{} differences among {} people: {first:#?}", found.len(), live.len());
    let events: usize = captured.values().map(|it| it["history"]["nodes"].as_array().unwrap().len()).sum();
    assert!(events > live.len(), "hardly anything happened to anybody");
    live.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_person_of_a_company_is_the_same_live_and_captured() {
    assert!(compare(company(300)).await > 250);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_case_of_identity_is_the_same_live_and_captured() {
    assert!(compare(committed("identity")).await > 10);
}

/// Takes minutes: `cargo test --test gateway -- --ignored two_thousand`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "two thousand histories read live wait for the vendor's limits"]
async fn two_thousand_people_are_the_same_live_and_captured() {
    let people = compare(company(2_000)).await;
    println!("compared {people} people, no difference");
}
