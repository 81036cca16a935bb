//! The one clock of a running sandbox: real time, or started at an instant of one's choice.

use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};

/// A clock that began at a chosen instant and runs at the usual speed.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    started: Instant,
    origin: DateTime<Utc>,
}

impl Clock {
    /// A clock that shows `origin` now.
    pub fn starting_at(origin: DateTime<Utc>) -> Self {
        Self { started: Instant::now(), origin }
    }

    /// The present instant of this sandbox.
    pub fn now(&self) -> DateTime<Utc> {
        self.origin + TimeDelta::from_std(self.started.elapsed()).unwrap_or_default()
    }
}
