//! When what is due is due: monotonic time, and what the gateway's clock was moved on by hand besides.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::domain::clock::Clock;

/// How often a clock with a hand is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The present of everything that is due.
pub(super) fn now(clock: &Clock) -> Instant {
    Instant::now() + clock.moved()
}

/// Waits until it is that late.
pub(super) async fn until(clock: &Clock, due: Instant) {
    loop {
        let left = due.saturating_duration_since(now(clock));
        if left.is_zero() {
            return;
        }
        sleep(if clock.has_hand() { left.min(LOOK_EVERY) } else { left }).await;
    }
}
