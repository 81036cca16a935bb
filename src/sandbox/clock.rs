//! The one clock of a running sandbox: real time, or started at an instant of one's choice.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};

/// A clock that began at a chosen instant and runs at the usual speed.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    started: Instant,
    origin: DateTime<Utc>,
    /// Milliseconds it was moved on besides; none where nobody moves it.
    moved: Option<&'static AtomicU64>,
}

impl Clock {
    /// A clock that shows `origin` now.
    pub fn starting_at(origin: DateTime<Utc>) -> Self {
        Self { started: Instant::now(), origin, moved: None }
    }

    /// The same, moved on by as many milliseconds as are said there.
    #[must_use]
    pub fn following(self, moved: &'static AtomicU64) -> Self {
        Self { moved: Some(moved), ..self }
    }

    /// The present instant of this sandbox.
    pub fn now(&self) -> DateTime<Utc> {
        let moved = self.moved.map_or(0, |moved| moved.load(Ordering::SeqCst));
        let elapsed = self.started.elapsed() + Duration::from_millis(moved);
        self.origin + TimeDelta::from_std(elapsed).unwrap_or_default()
    }
}
