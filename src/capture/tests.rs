//! The loop itself, over a source that says what a test has it say.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::domain::clock::Clock;
use crate::domain::id::{RecordKey, SourceName};
use crate::ledger;
use crate::source::changes::{BAD_POSITION, Change, ChangeBatch, Changes, Pace, Stream};
use crate::source::error::{SourceError, SourceErrorKind};
use crate::source::reading::{Reading, Urgency};
use crate::unify::samples;

use super::engine::Engine;
use super::{Capture, Captured, Plan};

/// A source of one stream that says one thing after the other, and then that nothing changed.
struct Script {
    said: Mutex<VecDeque<Result<ChangeBatch, SourceErrorKind>>>,
    /// From where each batch was asked.
    asked: Mutex<Vec<Option<String>>>,
}

#[async_trait]
impl Changes for Script {
    fn streams(&self) -> Vec<Stream> {
        vec![Stream { name: "people", what: "people", pace: Pace::Changes }]
    }

    async fn read(
        &self,
        _stream: &str,
        after: Option<&str>,
        reading: &Reading,
    ) -> Result<ChangeBatch, SourceError> {
        assert_eq!(reading.urgency, Urgency::Background, "somebody waiting comes first");
        self.asked.lock().unwrap().push(after.map(str::to_owned));
        let said =
            self.said.lock().unwrap().pop_front().unwrap_or_else(|| Ok(batch("end", true, Vec::new())));
        said.map_err(|kind| SourceError {
            source_name: source(),
            operation: "reading changes",
            kind,
            cause: None,
        })
    }
}

fn source() -> SourceName {
    SourceName::new("sales")
}

fn batch(position: &str, caught_up: bool, changes: Vec<Change>) -> ChangeBatch {
    ChangeBatch { changes, position: position.into(), caught_up, rows: 1, total: None }
}

/// A capture under way.
struct Running {
    script: Arc<Script>,
    capture: Capture,
    stop: CancellationToken,
    _folder: TempDir,
}

async fn capture(said: Vec<Result<ChangeBatch, SourceErrorKind>>) -> Running {
    let folder = TempDir::new().unwrap();
    let ledger = ledger::open(&format!("sqlite:{}", folder.path().join("l.db").display())).await.unwrap();
    let script = Arc::new(Script { said: Mutex::new(said.into()), asked: Mutex::default() });
    let sources = vec![Captured { name: source(), changes: script.clone() }];
    let capture = Capture::new(ledger, &sources);
    let every = Duration::from_secs(3_600);
    let plan = Plan { every, listings_every: every, computed_every: every, keep_events_for: None };
    let engine = Engine { capture: capture.clone(), sources, plan, clock: Clock::real() };
    let stop = CancellationToken::new();
    tokio::spawn(engine.run(stop.clone()));
    Running { script, capture, stop, _folder: folder }
}

fn person() -> (RecordKey, Change) {
    let record = samples::person("sales:Lead:L1").record();
    (record.meta.key.clone(), Change::Person(Box::new(Arc::unwrap_or_clone(record))))
}

#[tokio::test]
async fn a_position_that_means_nothing_any_more_begins_the_stream_anew() {
    let refused = SourceErrorKind::Rejected { code: BAD_POSITION.to_owned() };
    let (key, told) = person();
    let running = capture(vec![
        Ok(batch("old", true, vec![told.clone()])),
        Err(refused),
        Ok(batch("new", true, vec![told])),
    ])
    .await;
    running.capture.is_through().await;
    running.capture.round_is_through(running.capture.read_now()).await;
    assert_eq!(*running.script.asked.lock().unwrap(), [None, Some("old".to_owned()), None]);
    let ledger = running.capture.ledger();
    assert_eq!(ledger.versions(&key, 0, 10).await.unwrap().len(), 1, "told twice, kept once");
    assert_eq!(&*ledger.position(&source(), "people").await.unwrap().unwrap().position, "new");
    running.stop.cancel();
}

#[tokio::test]
async fn what_the_ledger_got_is_told_to_those_who_follow() {
    let (_, told) = person();
    let running = capture(vec![Ok(batch("1", true, vec![told]))]).await;
    let mut latest = running.capture.latest();
    let last = *latest.wait_for(|last| *last > 0).await.unwrap();
    assert_eq!(last, running.capture.ledger().last_sequence().await.unwrap());
    running.stop.cancel();
}
