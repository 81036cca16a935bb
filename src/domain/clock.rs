//! The one clock of a running gateway. Everything that says "now" asks it; deadlines and token lifetimes use
//! monotonic time instead.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// Real time, or a clock started at an instant of one's choice and running at the usual speed.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    started: Instant,
    origin: DateTime<Utc>,
    /// Milliseconds it was moved on by hand; none where it has no hand.
    moved: Option<&'static AtomicU64>,
}

impl Clock {
    /// A clock that shows `origin` now.
    pub fn starting_at(origin: DateTime<Utc>) -> Self {
        Self { started: Instant::now(), origin, moved: None }
    }

    /// The same, to be moved on by hand besides, for trials that cannot wait. Its hand is never given back.
    pub fn with_hand(origin: DateTime<Utc>) -> (Self, Hand) {
        let moved: &AtomicU64 = Box::leak(Box::default());
        (Self { moved: Some(moved), ..Self::starting_at(origin) }, Hand(moved))
    }

    /// A clock that shows the present.
    pub fn real() -> Self {
        Self::starting_at(Utc::now())
    }

    /// The present instant, to the millisecond: nothing in an answer is told finer.
    pub fn now(&self) -> DateTime<Utc> {
        let elapsed = self.started.elapsed() + self.moved();
        (self.origin + TimeDelta::from_std(elapsed).unwrap_or_default()).trunc_subsecs(3)
    }

    /// How far it was moved on by hand.
    pub fn moved(&self) -> Duration {
        self.moved.map_or(Duration::ZERO, |moved| Duration::from_millis(moved.load(Ordering::SeqCst)))
    }

    /// Somebody may move it on by hand.
    pub fn has_hand(&self) -> bool {
        self.moved.is_some()
    }
}

/// Moves a clock on.
#[derive(Clone, Copy, Debug)]
pub struct Hand(&'static AtomicU64);

impl Hand {
    /// Moves every clock on that this is the hand of.
    pub fn forward(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.0.fetch_add(by, Ordering::SeqCst);
    }

    /// How many milliseconds it was moved, for another clock to follow.
    pub fn moved(&self) -> &'static AtomicU64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_with_a_hand_runs_and_is_moved_on() {
        let origin = "2025-04-01T00:00:00Z".parse().expect("an instant");
        let (clock, hand) = Clock::with_hand(origin);
        let before = clock.now();
        hand.forward(Duration::from_secs(3_600));
        let passed = clock.now() - before;
        assert!(
            passed >= TimeDelta::hours(1) && passed < TimeDelta::hours(1) + TimeDelta::minutes(1),
            "{passed}"
        );
        assert_eq!(clock.moved(), Duration::from_secs(3_600));
        assert!(clock.has_hand() && !Clock::starting_at(origin).has_hand());
    }
}
