//! Background capture: from what sources tell of themselves into the ledger, and back to whoever reads it.
//!
//! Each source offers named streams ([`Changes`]). The first pass of a stream tells everything it has, each later one
//! what changed since. Every batch is written together with the position behind it, so capture goes on where it was
//! interrupted, misses nothing and keeps nothing twice. What is captured is read back through the very traits a vendor
//! is read through ([`shelf`]). Uses `source`, `ledger` and `domain`.
//!
//! What is always true:
//! * **Somebody waiting comes first.** Every read is a background read; pacing gives way to interactive ones.
//! * **One process captures**: whoever holds the ledger's lock. The others follow what it writes.
//! * **The vendor's word alone is kept.** What a history fails to tell is inferred when it is read, by the same function
//!   for both paths, and never written down.
//! * **A ledger that cannot be written to stops capture and nothing else.** What could not be written is tried again.

pub mod engine;
mod observe;
pub mod shelf;
pub mod status;
mod stream;
#[cfg(test)]
mod tests;
mod timer;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::domain::id::SourceName;
use crate::ledger::Ledger;
use crate::ledger::entry::Sequence;
use crate::source::changes::{Changes, Pace};

use status::{SourceProgress, Status, StreamProgress};

/// How often the sources are read, and how long events are kept.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How often a stream is asked what changed.
    pub every: Duration,
    /// How often a listing is read anew of which the vendor cannot say what changed.
    pub listings_every: Duration,
    /// How often records are read anew of which the vendor computes fields.
    pub computed_every: Duration,
    /// Events that happened longer ago are dropped; none are when it is not said.
    pub keep_events_for: Option<Duration>,
}

impl Plan {
    /// How long after the beginning of a pass the next one begins.
    fn every(&self, pace: Pace) -> Duration {
        match pace {
            Pace::Changes => self.every,
            Pace::Listing => self.listings_every,
            Pace::Computed => self.computed_every,
        }
    }
}

/// A source that is captured.
#[derive(Clone)]
pub struct Captured {
    /// Its name.
    pub name: SourceName,
    /// What it tells.
    pub changes: Arc<dyn Changes>,
}

/// Capture as everybody else knows it: how far it is, what it last wrote, and the wish to have it look again now.
#[derive(Clone)]
pub struct Capture {
    ledger: Arc<dyn Ledger>,
    status: Arc<watch::Sender<Arc<Status>>>,
    latest: Arc<watch::Sender<Sequence>>,
    rounds: Arc<watch::Sender<u64>>,
}

impl Capture {
    /// Capture of these sources into a ledger, about which nothing is known yet.
    pub fn new<'a>(ledger: Arc<dyn Ledger>, sources: impl IntoIterator<Item = &'a Captured>) -> Self {
        let sources = sources.into_iter().map(SourceProgress::of).collect();
        let status = Status { sources, ..Status::default() };
        Self {
            ledger,
            status: Arc::new(watch::Sender::new(Arc::new(status))),
            latest: Arc::new(watch::Sender::new(0)),
            rounds: Arc::new(watch::Sender::new(0)),
        }
    }

    /// Where everything is written.
    pub fn ledger(&self) -> &Arc<dyn Ledger> {
        &self.ledger
    }

    /// How far every source is.
    pub fn status(&self) -> Arc<Status> {
        self.status.borrow().clone()
    }

    /// Tells whenever the status changed.
    pub fn watch(&self) -> watch::Receiver<Arc<Status>> {
        self.status.subscribe()
    }

    /// Tells whenever the ledger has grown: the last sequence that is known to be in it. In a process that follows it
    /// is asked for every few seconds.
    pub fn latest(&self) -> watch::Receiver<Sequence> {
        self.latest.subscribe()
    }

    /// Has every stream read now, listings too, instead of when it is due. Gives the round's number.
    pub fn read_now(&self) -> u64 {
        let mut number = 0;
        self.rounds.send_modify(|round| {
            *round += 1;
            number = *round;
        });
        number
    }

    /// Waits until every source has been read through since [`read_now`](Self::read_now) gave this number.
    pub async fn round_is_through(&self, number: u64) {
        let mut status = self.watch();
        // The sender lives as long as this does.
        let _never_closed =
            status.wait_for(|status| status.sources.iter().all(|it| it.round >= number)).await;
    }

    /// Waits until every source has been read through once: the ledger then holds all there is.
    pub async fn is_through(&self) {
        let mut status = self.watch();
        let _never_closed = status.wait_for(|status| status.is_whole()).await;
    }

    /// Tells everybody who follows that the ledger has grown up to here.
    pub fn has_grown(&self, last: Sequence) {
        self.latest.send_if_modified(|latest| {
            let is_news = last > *latest;
            *latest = last.max(*latest);
            is_news
        });
    }

    fn note(&self, change: impl FnOnce(&mut Status)) {
        self.status.send_modify(|status| change(Arc::make_mut(status)));
    }

    fn note_stream(&self, source: &SourceName, stream: &str, change: impl FnOnce(&mut StreamProgress)) {
        self.note_source(source, |own| {
            if let Some(own) = own.streams.iter_mut().find(|it| it.stream.name == stream) {
                change(own);
            }
        });
    }

    fn note_source(&self, source: &SourceName, change: impl FnOnce(&mut SourceProgress)) {
        self.note(|status| {
            if let Some(own) = status.sources.iter_mut().find(|it| it.source == *source) {
                change(own);
            }
        });
    }
}
