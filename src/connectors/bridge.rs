//! Between the contracts and the wire: how the circumstances of a read become those of a call, and how a failure on
//! the wire becomes the reason a source gives. The same whoever the vendor is.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use crate::domain::clock::Clock;
use crate::domain::id::SourceName;
use crate::source::describe::{Health, HealthReport};
use crate::source::error::{SourceError, SourceErrorKind};
use crate::source::reading::{Reading, Urgency};
use crate::upstream::{self, Call, Class, ErrorKind, HealthState, Tally, Upstream, UpstreamError, Wire};

/// What the composition root gives every connector.
#[derive(Clone, Debug)]
pub struct Shared {
    /// The one HTTP client.
    pub wire: Wire,
    /// What time it is.
    pub clock: Clock,
}

/// Adds what calls have cost to the read they were made for, also when the read is given up half-way.
#[derive(Debug)]
pub struct Meter<'a> {
    reading: &'a Reading,
    tally: Tally,
}

impl<'a> Meter<'a> {
    /// A meter for one read.
    pub fn new(reading: &'a Reading) -> Self {
        Self { reading, tally: Tally::default() }
    }

    /// Gives a call the deadline and the urgency of the read, and counts it.
    #[must_use]
    pub fn put_on(&self, call: Call) -> Call {
        let class = match self.reading.urgency {
            Urgency::Interactive => Class::Interactive,
            Urgency::Background => Class::Background,
            Urgency::Export => Class::Export,
        };
        Call { class, deadline: self.reading.deadline, tally: self.tally.clone(), ..call }
    }
}

impl Drop for Meter<'_> {
    fn drop(&mut self) {
        self.reading.count_calls(self.tally.calls());
    }
}

/// Why the source did not answer, told from what went wrong on the wire.
pub fn source_error(source: &SourceName, operation: &'static str, error: UpstreamError) -> SourceError {
    let kind = match &error.kind {
        ErrorKind::Timeout | ErrorKind::DeadlineExceeded => SourceErrorKind::DeadlineExceeded,
        ErrorKind::Throttled { until } | ErrorKind::Limited { until } | ErrorKind::QuotaSpent { until } => {
            SourceErrorKind::Limited { retry_after: Some(until.saturating_duration_since(Instant::now())) }
        }
        ErrorKind::Unauthorized { .. } => SourceErrorKind::Unauthorized,
        ErrorKind::Rejected { code, .. } => SourceErrorKind::Rejected { code: code.clone() },
        ErrorKind::BadCall => SourceErrorKind::Rejected { code: "BAD_CALL".to_owned() },
        ErrorKind::NotJson | ErrorKind::Damaged | ErrorKind::UnknownShape | ErrorKind::TooLarge => {
            SourceErrorKind::BadAnswer
        }
        _ => SourceErrorKind::Unavailable,
    };
    SourceError { source_name: source.clone(), operation, kind, cause: Some(Arc::new(error)) }
}

/// How the source is doing, from what its calls have shown.
pub fn health(upstream: &Upstream, clock: Clock) -> HealthReport {
    let now = Instant::now();
    let seen = upstream.health();
    let health = match seen.state {
        HealthState::Ok => Health::Ok,
        HealthState::Degraded => Health::Degraded,
        HealthState::Throttled => Health::Throttled,
        HealthState::Down => Health::Down,
    };
    HealthReport {
        health,
        last_answer_at: seen.last_success.map(|at| instant_of(at, now, clock.now())),
        quota_remaining: seen.quota_remaining,
        quota_resets_at: seen.quota_resets_at.map(|at| instant_of(at, now, clock.now())),
        message: message(&seen),
    }
}

fn message(seen: &upstream::Health) -> Option<String> {
    match (seen.state, seen.last_failure) {
        (HealthState::Ok, _) | (_, None) => None,
        (_, Some((_, code))) => Some(format!("the last failure was: {}", code.replace('_', " "))),
    }
}

/// The wall-clock instant of a monotonic one.
fn instant_of(at: Instant, now: Instant, shown: DateTime<Utc>) -> DateTime<Utc> {
    let apart = |distance| TimeDelta::from_std(distance).unwrap_or_default();
    if at >= now { shown + apart(at - now) } else { shown - apart(now - at) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn an_instant_of_the_machine_becomes_one_of_the_clock() {
        let now = Instant::now();
        let shown = Clock::real().now();
        let minute = Duration::from_secs(60);
        assert_eq!(instant_of(now + minute, now, shown), shown + TimeDelta::seconds(60));
        assert_eq!(instant_of(now - minute, now, shown), shown - TimeDelta::seconds(60));
    }
}
