//! A download is read no faster than it is taken.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use futures::StreamExt;

use crate::domain::view::View;
use crate::export::format::Format;
use crate::export::tests::world::{Facts, person};
use crate::export::{Ask, BATCH, Dataset};

use super::super::export::{Note, stream};
use super::*;

#[tokio::test]
async fn who_takes_slowly_is_read_for_slowly_and_who_goes_away_not_at_all() {
    let people = 20 * BATCH;
    let facts = Facts::of((0..people).map(|nth| person(nth, None, None))).await;
    let opened = facts.exports().open(&View::system(), Ask::of(Dataset::People)).await.unwrap();
    let writer = Format::Ndjson.writer(opened.reader.columns());
    let slots = Arc::new(Semaphore::new(1));
    let rows = Arc::new(AtomicU64::new(0));
    let note = Note {
        view: View::system(),
        id: "1".into(),
        what: "export people.ndjson".to_owned(),
        started: Instant::now(),
        rows: rows.clone(),
        is_whole: false,
    };
    let slot = slots.clone().try_acquire_owned().unwrap();
    let mut body = stream(opened.reader, writer, slot, note).into_data_stream();
    let (mut taken, mut pieces) = (0_usize, 0_u64);
    for _ in 0..5 {
        let piece = body.next().await.unwrap().unwrap();
        taken += std::str::from_utf8(&piece).unwrap().lines().count();
        pieces += 1;
        // What is read ahead comes to rest: nobody takes more.
        let mut before = u64::MAX;
        while before != rows.load(Ordering::Relaxed) {
            before = rows.load(Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // One piece waits to be taken and one to be put where it waits.
        assert!(before <= (pieces + 2) * BATCH as u64, "{before} rows were read for {pieces} pieces");
    }
    assert_eq!(taken, 5 * BATCH);
    assert!(slots.try_acquire().is_err(), "a download under way holds its slot");
    drop(body);
    while slots.try_acquire().is_err() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(rows.load(Ordering::Relaxed) < people as u64);
}
