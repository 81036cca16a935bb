//! One source: the stream that is due, batch by batch, until told to stop.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::domain::clock::Clock;
use crate::ledger::entry::{Appended, Batch, Progress};
use crate::ledger::state::{CaptureLock, Position};
use crate::source::changes::{BAD_POSITION, ChangeBatch, Stream};
use crate::source::error::{SourceError, SourceErrorKind};
use crate::source::reading::{Reading, Urgency};

use super::observe::observation;
use super::stream::{Read, Running, left_of, next};
use super::{Capture, Captured, Plan, timer};

/// The longest one batch is waited for: a background read lets every other one go first.
const PATIENCE: Duration = Duration::from_secs(180);
/// How long what could not be written waits before it is tried again.
const FULL_PAUSE: Duration = Duration::from_secs(10);
/// How often the progress of a first pass is told.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// What all sources share.
pub(super) struct Shared {
    pub(super) capture: Capture,
    pub(super) plan: Plan,
    pub(super) clock: Clock,
    pub(super) lock: Mutex<CaptureLock>,
    pub(super) stop: CancellationToken,
}

/// One source being captured.
pub(super) struct Worker {
    shared: Arc<Shared>,
    source: Captured,
    streams: Vec<Running>,
    rounds: watch::Receiver<u64>,
    /// The round that is under way.
    round: u64,
    told: Instant,
}

impl Worker {
    /// A source where the ledger left it.
    pub(super) fn resume(shared: &Arc<Shared>, source: &Captured, kept: &[Position]) -> Self {
        let now = timer::now(&shared.clock);
        let kept_of = |name: &str| kept.iter().find(|it| it.source == source.name && &*it.stream == name);
        let streams = source.changes.streams().into_iter();
        let resumed = |stream: Stream| {
            let kept = kept_of(stream.name);
            Running::resume(stream, kept, now + left_of(stream.pace, kept, &shared.plan, shared.clock.now()))
        };
        let streams = streams.map(resumed).collect();
        let rounds = shared.capture.rounds.subscribe();
        Self { shared: shared.clone(), source: source.clone(), streams, rounds, round: 0, told: now }
    }

    /// Reads whatever is due, until told to stop or until the right to capture is lost.
    pub(super) async fn run(mut self) {
        while !self.shared.stop.is_cancelled() && self.shared.lock.lock().await.is_held().await {
            self.take_up_round();
            match next(&self.streams, self.now()) {
                Some(place) => self.step(place).await,
                None => self.rest().await,
            }
        }
    }

    /// A round that was asked for makes every stream due.
    fn take_up_round(&mut self) {
        let asked = *self.rounds.borrow_and_update();
        if asked > self.round {
            self.round = asked;
            let now = self.now();
            self.streams.iter_mut().for_each(|stream| stream.due = now);
        }
    }

    /// Nothing is due: the round is through.
    async fn rest(&mut self) {
        let round = self.round;
        self.shared.capture.note_source(&self.source.name, |it| it.round = round);
        let due = self.streams.iter().map(|stream| stream.due).min();
        let due = due.unwrap_or_else(|| self.now() + self.shared.plan.every);
        self.wait_until(due).await;
    }

    /// The present of everything that is due.
    fn now(&self) -> Instant {
        timer::now(&self.shared.clock)
    }

    /// Waits until then, until a round is asked for, or until told to stop.
    async fn wait_until(&mut self, due: Instant) {
        let (stop, clock) = (self.shared.stop.clone(), self.shared.clock);
        tokio::select! {
            () = timer::until(&clock, due) => {}
            _ = self.rounds.changed() => {}
            () = stop.cancelled() => {}
        }
    }

    /// One batch of one stream.
    async fn step(&mut self, place: usize) {
        let now = self.now();
        let stream = &mut self.streams[place];
        stream.begin(now);
        let (name, after) = (stream.stream.name, stream.position.clone());
        let reading = Reading::until(Instant::now() + PATIENCE, Urgency::Background);
        let stop = self.shared.stop.clone();
        let read = self.source.changes.read(name, after.as_deref(), &reading);
        let batch = tokio::select! {
            batch = read => {
                let calls = u64::from(reading.calls());
                self.shared.capture.note_stream(&self.source.name, name, |it| it.calls += calls);
                batch
            }
            // What was not read yet is read after the next start.
            () = stop.cancelled() => return,
        };
        match batch {
            Ok(batch) => self.keep(place, batch).await,
            Err(error) => self.bear(place, &error).await,
        }
    }

    /// Writes a batch, however long that takes.
    async fn keep(&mut self, place: usize, batch: ChangeBatch) {
        let stream = &self.streams[place];
        let total = stream.total(batch.total, batch.rows);
        let ChangeBatch { changes, position, caught_up, rows, total: ahead } = batch;
        let read = Read { position, rows, caught_up };
        let observed_at = self.shared.clock.now();
        let progress = Progress { position: read.position.clone(), rows, ahead, caught_up };
        let batch = Batch {
            source: self.source.name.clone(),
            stream: stream.stream.name.into(),
            observed_at,
            observations: changes.into_iter().map(|it| observation(&self.source.name, it)).collect(),
            progress: Some(progress),
        };
        let Some(appended) = self.append(batch).await else { return };
        let now = self.now();
        let stream = &mut self.streams[place];
        let was_known = stream.is_known;
        let rows_of_pass = stream.rows + rows;
        let pace = stream.pace(now);
        stream.take(&read, &self.shared.plan, now);
        let name = stream.stream.name;
        self.shared.capture.note_source(&self.source.name, |source| source.message = None);
        self.shared.capture.note_stream(&self.source.name, name, |own| {
            (own.rows, own.total, own.message) = (rows_of_pass, total, None);
            own.rows_per_second = pace.filter(|_| !caught_up);
            if caught_up {
                own.caught_up_at = Some(observed_at);
            }
        });
        self.tell(place, was_known, caught_up, appended.entries.len());
    }

    /// Appends a batch; where the ledger cannot be written to, tries again until it can. None when told to stop before.
    async fn append(&self, batch: Batch) -> Option<Appended> {
        let capture = &self.shared.capture;
        let mut rounds = self.rounds.clone();
        loop {
            match capture.ledger.append(batch.clone()).await {
                Ok(appended) => {
                    if capture.status.borrow().hindrance.is_some() {
                        tracing::info!("the ledger can be written again; capture goes on");
                        capture.note(|status| status.hindrance = None);
                    }
                    capture.has_grown(appended.last);
                    return Some(appended);
                }
                Err(error) => {
                    let told: Arc<str> = error.to_string().into();
                    if capture.status.borrow().hindrance.as_ref() != Some(&told) {
                        let cause = std::error::Error::source(&error).map(tracing::field::display);
                        tracing::error!(cause, "capture has stopped: {error}");
                        capture.note(|status| status.hindrance = Some(told));
                    }
                }
            }
            tokio::select! {
                () = sleep(FULL_PAUSE) => {}
                _ = rounds.changed() => {}
                () = self.shared.stop.cancelled() => return None,
            }
        }
    }

    /// A batch could not be read. What may pass holds up the source, anything else its stream alone.
    async fn bear(&mut self, place: usize, error: &SourceError) {
        let stream = &mut self.streams[place];
        let name = stream.stream.name;
        if error.kind == (SourceErrorKind::Rejected { code: BAD_POSITION.to_owned() })
            && stream.position.is_some()
        {
            tracing::warn!(source.name = %self.source.name, stream = name, "{}: {name} is read anew", self.source.name);
            stream.start_over();
            // The position is replaced with the first batch; should that never be written, this is met again.
            return;
        }
        let asked = match &error.kind {
            SourceErrorKind::Limited { retry_after } => *retry_after,
            _ => None,
        };
        let can_pass = error.kind.can_pass();
        let wait = stream.pause(asked);
        let wait = if can_pass { wait } else { wait.max(self.shared.plan.every) };
        tracing::warn!(
            source.name = %self.source.name,
            stream = name,
            cause = error.cause.as_ref().map(tracing::field::display),
            "could not capture {name}: {error}; trying again in {} s",
            wait.as_secs()
        );
        let message: Arc<str> = error.to_string().into();
        if can_pass {
            let message = Some(message.clone());
            self.shared.capture.note_source(&self.source.name, |source| source.message = message);
        }
        self.shared.capture.note_stream(&self.source.name, name, |own| own.message = Some(message));
        let due = self.now() + wait;
        if can_pass {
            self.wait_until(due).await;
        } else {
            self.streams[place].due = due;
        }
    }

    /// Progress in a line: of a first pass now and then and at its end, later only of news.
    fn tell(&mut self, place: usize, was_known: bool, caught_up: bool, news: usize) {
        let (source, stream) = (&self.source.name, &self.streams[place].stream);
        if was_known {
            tracing::debug!(source.name = %source, stream = stream.name, "{source}: {news} news of {}", stream.what);
            return;
        }
        let now = self.now();
        if !caught_up && now - self.told < TELL_EVERY {
            return;
        }
        self.told = now;
        let status = self.shared.capture.status();
        let progress = status.of(source).and_then(|it| it.streams.iter().find(|it| it.stream == *stream));
        let Some(progress) = progress else { return };
        tracing::info!(source.name = %source, stream = stream.name, rows = progress.rows, "captured from {source}: {progress}");
        if status.is_whole() {
            tracing::info!(
                "the ledger holds everything; what changes is read every {} s",
                self.shared.plan.every.as_secs()
            );
        }
    }
}
