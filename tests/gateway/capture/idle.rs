//! What an hour costs the vendors in which nothing happens: counted at the pretend ones, by the clock they share with the
//! gateway, which is moved on round by round.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use leadline::capture::status::StreamProgress;
use leadline::source::changes::Pace;

use crate::running::{Running, SETTINGS, company};

/// The pace that settings have by default.
const EVERY: Duration = Duration::from_secs(300);
const HOUR: Duration = Duration::from_secs(3_600);
const ROUNDS: u32 = 12;
/// Longer than this nothing is waited for: a pass over the listings of a hundred thousand people takes a while.
const PATIENCE: Duration = Duration::from_secs(1_800);

/// Calls of each vendor that read records.
#[derive(Debug, PartialEq, Eq)]
struct Calls {
    salesforce: u64,
    hubspot: u64,
    by_endpoint: BTreeMap<String, u64>,
}

/// Since they were counted from zero.
fn calls(running: &Running) -> Calls {
    let by_endpoint = running.calls_by_endpoint();
    let is_salesforce = |endpoint: &str| endpoint.contains("/services/");
    let (salesforce, hubspot): (Vec<_>, Vec<_>) = by_endpoint.iter().partition(|(it, _)| is_salesforce(it));
    let sum = |calls: Vec<(&String, &u64)>| calls.into_iter().map(|(_, calls)| calls).sum();
    Calls { salesforce: sum(salesforce), hubspot: sum(hubspot), by_endpoint }
}

/// Waits until every stream, or every one that tells what changed, was caught up with since an instant.
async fn caught_up(running: &Running, since: DateTime<Utc>, listings_too: bool) {
    let is_behind = |it: &StreamProgress| {
        let is_awaited = match it.stream.pace {
            Pace::Changes => true,
            Pace::Listing => listings_too,
            Pace::Computed => false,
        };
        is_awaited && it.caught_up_at.is_none_or(|caught_up| caught_up < since)
    };
    let mut status = running.capture().watch();
    let through = status.wait_for(|it| !it.sources.iter().flat_map(|it| &it.streams).any(is_behind));
    let waited = tokio::time::timeout(PATIENCE, through).await;
    assert!(waited.is_ok(), "not read in time: {:?}", running.capture().status());
}

/// What capturing everything costs, and an hour after that, when what is told again by the overlap has passed.
async fn backfill_and_idle_hour(people: usize) -> [Calls; 2] {
    let settings = SETTINGS.replace("every = \"30s\"", "every = \"5m\"");
    let settings = settings.replace("listings_every = \"5m\"", "listings_every = \"1h\"");
    assert!(settings.contains("every = \"5m\"\nlistings_every = \"1h\""), "the demo's pace is another now");
    let (running, clock, hand) = Running::by_hand(company(people), settings).await;
    let backfill = calls(&running);
    hand.forward(HOUR);
    caught_up(&running, clock.now(), true).await;
    let before = running.ledger().last_sequence().await.unwrap();
    running.reset_calls();
    for round in 1..=ROUNDS {
        hand.forward(EVERY);
        caught_up(&running, clock.now(), round == ROUNDS).await;
    }
    assert_eq!(running.ledger().last_sequence().await.unwrap(), before, "nothing happened");
    [backfill, calls(&running)]
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_hour_costs_a_call_for_each_stream_and_round() {
    let [_, hour] = backfill_and_idle_hour(60).await;
    // Twelve rounds and one look at every listing, whose pages alone grow with the company.
    insta::assert_debug_snapshot!(hour, @r#"
    Calls {
        salesforce: 118,
        hubspot: 114,
        by_endpoint: {
            "GET /crm/v3/objects/{type}": 7,
            "GET /crm/v3/owners": 2,
            "GET /email/public/v1/events": 12,
            "GET /marketing/v3/campaigns": 1,
            "GET /marketing/v3/campaigns/{campaign}/budget/totals": 8,
            "GET /services/data/{version}/query": 1,
            "GET /services/data/{version}/queryAll": 96,
            "GET /services/data/{version}/sobjects/{object}/deleted/": 8,
            "POST /crm/v3/objects/{type}/search": 84,
            "POST /services/data/{version}/composite": 13,
        },
    }
    "#);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes of work: prints what a backfill and an idle hour of 100,000 people cost; LEADLINE_PEOPLE names another number"]
async fn an_idle_hour_of_a_large_company() {
    let people = std::env::var("LEADLINE_PEOPLE").ok().and_then(|it| it.parse().ok()).unwrap_or(100_000);
    let [backfill, hour] = backfill_and_idle_hour(people).await;
    eprintln!("{people} people, backfill: {backfill:#?}\nidle hour: {hour:#?}");
}
