//! What the read model costs: the time to start, resident memory, a change, a page, rows of an export.
//!
//! `LEADLINE_BENCH_PEOPLE=1000000 cargo bench --bench read_model` takes so many people (100,000 without it) with ten
//! events each from a ledger that makes them up, so that the figures are those of the read model; `LEADLINE_BENCH_LEDGER`
//! names a file for a SQLite ledger instead, which is made there once and kept. `LEADLINE_BENCH_CHECKPOINT` names a file
//! for the checkpoint: with it a second run shows what a start from that takes.

#![expect(clippy::unwrap_used, reason = "a benchmark that meets the unexpected shall fail where it meets it")]
#![expect(clippy::print_stdout, reason = "the numbers are what it is for")]

mod asked;
mod made_up;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use leadline::domain::clock::Clock;
use leadline::domain::id::SourceName;
use leadline::domain::record::{Side, SourceInfo, Vendor};
use leadline::domain::territory::Company;
use leadline::domain::view::View;
use leadline::export::format::Format;
use leadline::export::{Ask, Dataset, Exports};
use leadline::facts::lists::{By, PeopleAsk, PersonFilter, PersonOrder, StringFilter, Take};
use leadline::facts::{Facts, Rules};
use leadline::ledger::entry::{Batch, CapturedRecord, Observation};
use leadline::ledger::{self, Ledger};
use leadline::unify::identity::rules::IdentityRules;
use leadline::unify::live::CustomFields;

use asked::MadeUp;
use made_up::as_of;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// People whose records and events are written in one transaction.
const AT_ONCE: usize = 1_000;
const ROWS_EXPORTED: usize = 100_000;

#[tokio::main]
async fn main() {
    let people: usize = std::env::var("LEADLINE_BENCH_PEOPLE")
        .map_or(100_000, |text| text.parse().expect("a number of people"));
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = std::env::var_os("LEADLINE_BENCH_CHECKPOINT")
        .map_or_else(|| folder.path().join("facts"), PathBuf::from);
    let made_up = Arc::new(MadeUp::new(people));
    match std::env::var_os("LEADLINE_BENCH_LEDGER").map(PathBuf::from) {
        Some(file) => {
            let ledger = stored(&file, people).await;
            let again = || async { write(&*ledger, vec![again(people / 2)]).await };
            measure(ledger.clone(), &checkpoint, again).await;
        }
        None => measure(made_up.clone(), &checkpoint, || async { made_up.write() }).await,
    }
}

/// The ledger in a file, made where there is none.
async fn stored(file: &Path, people: usize) -> Arc<dyn Ledger> {
    let ledger = ledger::open(&format!("sqlite:{}", file.display())).await.unwrap();
    if ledger.last_sequence().await.unwrap() == 0 {
        let begun = Instant::now();
        fill(&*ledger, people).await;
        let rows = ledger.last_sequence().await.unwrap();
        let seconds = begun.elapsed().as_secs_f64();
        println!(
            "making a ledger of {rows} rows: {seconds:.1} s, {:.0} rows a second",
            rows as f64 / seconds
        );
    }
    println!("the ledger's file: {} MiB", fs::metadata(file).unwrap().len() >> 20);
    ledger
}

/// A record that says something new.
fn again(place: usize) -> Observation {
    let Some(CapturedRecord::Person(lead)) = made_up::records(place).into_iter().next() else {
        unreachable!("a lead comes first")
    };
    let mut lead = Arc::unwrap_or_clone(lead);
    lead.title = Some(format!("Head of Operations since {}", chrono::Utc::now()).into());
    Observation::Record(CapturedRecord::Person(Arc::new(lead)))
}

async fn measure<W: Future<Output = ()>>(
    ledger: Arc<dyn Ledger>,
    checkpoint: &Path,
    write_again: impl Fn() -> W,
) {
    let origin = if checkpoint.exists() { "the checkpoint" } else { "the ledger" };
    let before = resident_mib();
    let facts =
        Facts::new(ledger, rules(), Clock::starting_at(as_of())).with_checkpoint(checkpoint.to_owned());
    let begun = Instant::now();
    let built = facts.refresh().await.unwrap();
    println!(
        "start from {origin}: {:.1} s, {} rows read and {} components made; {} MiB resident more than before, {} MiB at the most",
        begun.elapsed().as_secs_f64(),
        built.entries,
        built.components,
        resident_mib() - before,
        status_mib("VmHWM:"),
    );

    let snapshot = facts.snapshot().unwrap();
    let view = View::system();
    let filter = PersonFilter {
        domain: Some(StringFilter { eq: Some("company7.example".into()), ..StringFilter::default() }),
        ..PersonFilter::default()
    };
    let order = vec![By { field: PersonOrder::CreatedAt, descending: true }];
    for (what, filter) in [("everybody", None), ("a domain's people", Some(filter))] {
        let ask = PeopleAsk { filter, order: order.clone(), take: Take::First(50), ..PeopleAsk::default() };
        let begun = Instant::now();
        let page = snapshot.people(&view, &ask).unwrap();
        println!(
            "a page of 50 of {what} by creation: {:.1} ms of {} people",
            begun.elapsed().as_secs_f64() * 1_000.0,
            page.total
        );
    }
    drop(snapshot);

    let facts = Arc::new(facts);
    let exports = Exports::new(Some(facts.clone()), [].into(), chrono_tz::Tz::UTC, Arc::new(|| None));
    for dataset in [Dataset::People, Dataset::LeadHistory, Dataset::Touchpoints] {
        export(&exports, &view, dataset).await;
    }

    let begun = Instant::now();
    facts.keep().await;
    println!(
        "a checkpoint: {:.1} s, {} MiB; {} MiB at the most",
        begun.elapsed().as_secs_f64(),
        fs::metadata(checkpoint).unwrap().len() >> 20,
        status_mib("VmHWM:"),
    );

    write_again().await;
    let begun = Instant::now();
    let refreshed = facts.refresh().await.unwrap();
    println!(
        "a change of one person: {:.1} ms, {} component made; {} MiB at the most",
        begun.elapsed().as_secs_f64() * 1_000.0,
        refreshed.components,
        status_mib("VmHWM:"),
    );
}

/// Reads a dataset and writes it as NDJSON, up to so many rows.
async fn export(exports: &Exports, view: &View, dataset: Dataset) {
    let begun = Instant::now();
    let mut reader = exports.open(view, Ask::of(dataset)).await.unwrap().reader;
    let opened = begun.elapsed();
    let mut writer = Format::Ndjson.writer(reader.columns());
    let (begun, mut rows, mut bytes) = (Instant::now(), 0, 0);
    while rows < ROWS_EXPORTED
        && let Some(batch) = reader.next().await.unwrap()
    {
        rows += batch.rows.len();
        bytes += writer.write(&batch.rows).len();
    }
    println!(
        "export of {}: {:.0} rows a second ({rows} rows, {} MiB), the first after {:.1} ms",
        dataset.name(),
        rows as f64 / begun.elapsed().as_secs_f64(),
        bytes >> 20,
        opened.as_secs_f64() * 1_000.0,
    );
}

fn rules() -> Rules {
    let source = |name: &str, vendor, side, rank| SourceInfo {
        name: SourceName::new(name),
        label: name.into(),
        vendor,
        side,
        rank,
    };
    Rules {
        sources: vec![
            source("sales", Vendor::Salesforce, Side::Sales, 0),
            source("marketing", Vendor::HubSpot, Side::Marketing, 1),
        ],
        identity: IdentityRules::default(),
        campaigns: Vec::new(),
        fields: CustomFields::default(),
        company: Company::default(),
        zone: chrono_tz::Tz::UTC,
    }
}

/// Writes them all.
async fn fill(ledger: &dyn Ledger, people: usize) {
    let mut batch = Vec::new();
    for place in 0..people {
        batch.extend(made_up::records(place).into_iter().map(Observation::Record));
        let of = made_up::key("marketing", "contact", place);
        let events = made_up::events(place).into_iter();
        batch.extend(events.map(|event| Observation::Event { of: of.clone(), event: Arc::new(event) }));
        if place % AT_ONCE == AT_ONCE - 1 || place + 1 == people {
            write(ledger, std::mem::take(&mut batch)).await;
        }
    }
}

async fn write(ledger: &dyn Ledger, observations: Vec<Observation>) {
    let batch = Batch {
        source: SourceName::new("sales"),
        stream: "bench".into(),
        observed_at: as_of(),
        observations,
        progress: None,
    };
    ledger.append(batch).await.unwrap();
}

fn resident_mib() -> i64 {
    status_mib("VmRSS:")
}

fn status_mib(name: &str) -> i64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse::<i64>().ok()).unwrap_or(0) / 1024
}
