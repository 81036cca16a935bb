//! What writing costs: rows a second, and what reaches the disk for what is kept, as the ledger grows.
//!
//! `LEADLINE_BENCH_PEOPLE=300000 cargo bench --bench ledger` writes so many people (20,000 without it) as a first capture
//! does, into a SQLite ledger in a folder of its own under `TMPDIR`: first people in the order of their ids, each with the
//! events their record tells; then activities in the order of theirs, each in the history of anybody.

#![expect(clippy::unwrap_used, reason = "a benchmark that meets the unexpected shall fail where it meets it")]
#![expect(clippy::print_stdout, reason = "the numbers are what it is for")]

mod made_up;

use std::fs;
use std::sync::Arc;
use std::time::Instant;

use leadline::domain::event::Event;
use leadline::domain::id::{RecordKey, SourceName};
use leadline::ledger::entry::{Batch, Observation, Progress};
use leadline::ledger::{self, Ledger};

use made_up::{as_of, events, key, records};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// People of a batch: what one search of HubSpot finds.
const PEOPLE: usize = 200;
/// Activities of a batch, as HubSpot's searches find them.
const ACTIVITIES: usize = 1_000;
/// Of ten events, so many come with the person.
const WITH_RECORD: usize = 7;
/// Parts of the way, each measured for itself.
const PARTS: usize = 4;

#[tokio::main]
async fn main() {
    let people: usize = std::env::var("LEADLINE_BENCH_PEOPLE")
        .map_or(20_000, |text| text.parse().expect("a number of people"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("leadline.db");
    let ledger = ledger::open(&format!("sqlite:{}", file.display())).await.unwrap();
    let begun = Instant::now();
    let written = written_bytes();

    let everybody: Vec<usize> = (0..people).collect();
    pour("people", &*ledger, everybody.chunks(PEOPLE), |place, batch| {
        batch.extend(records(place).into_iter().map(Observation::Record));
        batch.extend(events(place).into_iter().take(WITH_RECORD).map(|event| told(place, event)));
    })
    .await;

    let activities: Vec<usize> = (0..people * (made_up::EVENTS - WITH_RECORD)).collect();
    pour("activities", &*ledger, activities.chunks(ACTIVITIES), |number, batch| {
        // A prime scatters them over everybody.
        let place = number * 7_919 % people;
        let mut event = events(place).remove(WITH_RECORD + number / people);
        event.source = key("marketing", "call", number);
        event.vendor_id = Some(number.to_string().into());
        batch.push(told(place, event));
    })
    .await;

    // An erasure, of nobody too, brings what is left in the write-ahead log into the file.
    ledger.erase(&[], as_of()).await.unwrap();
    let (kept, written) = (fs::metadata(&file).unwrap().len(), written_bytes() - written);
    println!(
        "{people} people: {:.0} s, a file of {} MiB, {} MiB written: {:.1} times the file",
        begun.elapsed().as_secs_f64(),
        kept >> 20,
        written >> 20,
        written as f64 / kept as f64,
    );
}

fn told(place: usize, event: Event) -> Observation {
    let of: RecordKey = key("marketing", "contact", place);
    Observation::Event { of, event: Arc::new(event) }
}

/// Writes batches, and says of each part of the way how it went.
async fn pour<'a>(
    what: &str,
    ledger: &dyn Ledger,
    batches: impl ExactSizeIterator<Item = &'a [usize]>,
    tell: impl Fn(usize, &mut Vec<Observation>),
) {
    let (mut part, all) = (1, batches.len());
    let (mut writing, mut rows, mut written) = (0.0, 0, written_bytes());
    for (nth, numbers) in (1..).zip(batches) {
        let mut observations = Vec::new();
        for number in numbers {
            tell(*number, &mut observations);
        }
        rows += observations.len();
        let begun = Instant::now();
        write(ledger, what, nth, observations).await;
        writing += begun.elapsed().as_secs_f64();
        if nth * PARTS >= part * all {
            let bytes = written_bytes() - written;
            println!(
                "{what}, part {part} of {PARTS}: {:.0} rows a second, {:.0} bytes written a row",
                rows as f64 / writing,
                bytes as f64 / rows as f64,
            );
            (part, writing, rows, written) = (part + 1, 0.0, 0, written_bytes());
        }
    }
}

async fn write(ledger: &dyn Ledger, stream: &str, nth: usize, observations: Vec<Observation>) {
    let progress = Progress {
        position: nth.to_string().into(),
        rows: observations.len() as u64,
        ahead: None,
        caught_up: false,
    };
    let batch = Batch {
        source: SourceName::new("marketing"),
        stream: stream.into(),
        observed_at: as_of(),
        observations,
        progress: Some(progress),
    };
    ledger.append(batch).await.unwrap();
}

/// What this process has had written, as Linux counts it; 0 elsewhere.
fn written_bytes() -> u64 {
    let counted = fs::read_to_string("/proc/self/io").unwrap_or_default();
    let bytes = counted.lines().find_map(|line| line.strip_prefix("wchar: "));
    bytes.and_then(|text| text.parse().ok()).unwrap_or(0)
}
