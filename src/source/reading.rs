//! For whom and until when a source is read.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// How urgent a read is. Under a short quota the first class is served before the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// A person waits for it.
    Interactive,
    /// The gateway keeps itself up to date.
    Background,
    /// A table is being written for another tool.
    Export,
}

/// The circumstances of one read: passed to every connector call.
#[derive(Clone, Debug)]
pub struct Reading {
    /// When what it is for began.
    pub began: Instant,
    /// Nothing is waited for beyond this instant.
    pub deadline: Instant,
    /// Who waits.
    pub urgency: Urgency,
    calls: Arc<AtomicU32>,
}

impl Reading {
    /// A read somebody waits for, for at most `patience`.
    pub fn interactive(patience: Duration) -> Self {
        Self::until(Instant::now() + patience, Urgency::Interactive)
    }

    /// A read that ends at `deadline`.
    pub fn until(deadline: Instant, urgency: Urgency) -> Self {
        Self { began: Instant::now(), deadline, urgency, calls: Arc::default() }
    }

    /// Adds to the number of vendor calls this read has cost. Retries count, token requests do not.
    pub fn count_calls(&self, calls: u32) {
        self.calls.fetch_add(calls, Ordering::Relaxed);
    }

    /// How many vendor calls it has cost so far.
    pub fn calls(&self) -> u32 {
        self.calls.load(Ordering::Relaxed)
    }

    /// The shared counter itself, for the layer that makes the calls.
    pub fn counter(&self) -> Arc<AtomicU32> {
        self.calls.clone()
    }
}
