//! The one clock of a running gateway. Everything that says "now" asks it; deadlines and token lifetimes use
//! monotonic time instead.

use std::time::Instant;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// Real time, or a clock started at an instant of one's choice and running at the usual speed.
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

    /// A clock that shows the present.
    pub fn real() -> Self {
        Self::starting_at(Utc::now())
    }

    /// The present instant, to the millisecond: nothing in an answer is told finer.
    pub fn now(&self) -> DateTime<Utc> {
        (self.origin + TimeDelta::from_std(self.started.elapsed()).unwrap_or_default()).trunc_subsecs(3)
    }
}
