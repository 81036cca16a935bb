//! A writer that is killed at any moment: what it was told is written is there, whole, and nothing is there twice.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use rand::Rng;

use crate::ledger::entry::{Batch, Entry, RecordKind};
use crate::ledger::open;

use super::fixtures::*;
use super::{Place, on_both};

on_both!(a_killed_writer_loses_nothing_it_was_told_is_written);

/// Names the ledger to the child process.
const LEDGER: &str = "LEADLINE_TEST_CHILD_LEDGER";
const ROUNDS: usize = 10;
const PEOPLE: i64 = 40;

async fn a_killed_writer_loses_nothing_it_was_told_is_written(place: Place) {
    drop(place.open().await);
    for round in 0..ROUNDS {
        let url = place.url.clone();
        let told = tokio::task::spawn_blocking(move || write_and_be_killed(&url)).await.unwrap();
        let ledger = place.open().await;
        let position = ledger.position(&sales(), "leads").await.unwrap();
        let reached: i64 = position.map_or(0, |position| position.position.parse().unwrap());
        assert!(told.is_none_or(|told| told <= reached), "round {round}: told {told:?}, found {reached}");

        // Each batch that is there is there whole: its people and the event of each.
        let (mut seen, mut after) = (HashSet::new(), 0);
        let (mut people, mut events) = (0, 0);
        loop {
            let page = ledger.changes(after, 5_000).await.unwrap();
            let Some(last) = page.last() else { break };
            for entry in &page {
                let (name, count) = match entry {
                    Entry::Record(recorded) => (recorded.key.to_string(), &mut people),
                    Entry::Event(recorded) => (recorded.id.to_string(), &mut events),
                    other => panic!("nobody wrote {other:?}"),
                };
                assert!(seen.insert(name.clone()), "{name} is there twice");
                *count += 1;
            }
            after = last.sequence();
        }
        assert_eq!((people, events), (reached * PEOPLE, reached * PEOPLE), "round {round}");
        assert_eq!(after, ledger.last_sequence().await.unwrap());
        let newest = ledger.heads(RecordKind::Person, 0, 1_000_000).await.unwrap().len() as i64;
        assert_eq!(newest, people);
    }
}

/// Starts a writer, kills it somewhere, and says the last batch it was told is written.
#[expect(clippy::disallowed_methods, reason = "a thread of its own, and the moment of death is to be any")]
fn write_and_be_killed(url: &str) -> Option<i64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "ledger::tests::crash::writes_until_it_is_killed", "--ignored", "--nocapture"])
        .env(LEDGER, url)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (lines, moment) = (rand::rng().random_range(1..15), rand::rng().random_range(0..8_000));
    let mut told = None;
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledged = output.by_ref().map_while(Result::ok).filter_map(|line| {
        let (_, number) = line.split_once("written ")?;
        number.trim().parse::<i64>().ok()
    });
    for _ in 0..lines {
        told = acknowledged.next().or(told);
    }
    // Not a wait for anything: the moment of death is to fall anywhere in the writing of a batch.
    std::thread::sleep(Duration::from_micros(moment));
    child.kill().unwrap();
    child.wait().unwrap();
    // What it said before it died counts.
    acknowledged.last().or(told)
}

#[tokio::test]
#[ignore = "a process of its own that the test above starts and kills"]
async fn writes_until_it_is_killed() {
    let Ok(url) = std::env::var(LEDGER) else { return };
    let ledger = open(&url).await.unwrap();
    let position = ledger.position(&sales(), "leads").await.unwrap();
    let mut number: i64 = position.map_or(0, |position| position.position.parse().unwrap());
    loop {
        let mut observations = Vec::new();
        for person_of_batch in 0..PEOPLE {
            let lead = person("Lead", &format!("{number:06}-{person_of_batch}"), "jane@example.com");
            let viewed = touch(&format!("{number}-{person_of_batch}"), &lead.meta.key, "/pricing", number);
            observations.extend([seen(lead), told(viewed)]);
        }
        number += 1;
        let progress = Some(progress(&number.to_string(), PEOPLE as u64, None, false));
        ledger.append(Batch { progress, ..batch(number, observations) }).await.unwrap();
        let mut out = std::io::stdout();
        writeln!(out, "written {number}").and_then(|()| out.flush()).unwrap();
    }
}
