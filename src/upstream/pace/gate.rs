//! Everything that can hold a call back, in one place under one lock. Pure: the caller brings the time and waits.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::daily::Daily;
use super::window::Window;
use crate::upstream::breaker::{Breaker, Outcome};
use crate::upstream::call::Class;
use crate::upstream::config::{Shares, UpstreamConfig};
use crate::upstream::dialect::Quota;
use crate::upstream::error::ErrorKind;
use crate::upstream::health::{Health, HealthState};

/// A vendor that says "too many" without saying how long: the first pause, doubled while it goes on.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct Gate {
    shares: Shares,
    windows: HashMap<&'static str, Window>,
    daily: Daily,
    pub(super) breaker: Breaker,
    paused_until: Option<Instant>,
    bucket_paused_until: HashMap<&'static str, Instant>,
    throttled_in_a_row: u32,
    refused_until: Option<Instant>,
    under_way: u64,
    last_success: Option<Instant>,
    last_failure: Option<(Instant, &'static str)>,
}

/// How a call names its place in the queue.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) bucket: &'static str,
    pub(super) class: Class,
}

/// What the vendor said about asking too much.
#[derive(Debug, Clone, Copy)]
pub(in crate::upstream) struct Throttle {
    pub(in crate::upstream) wait: Option<Duration>,
    pub(in crate::upstream) bucket: Option<&'static str>,
    pub(in crate::upstream) daily: bool,
}

impl Gate {
    pub(super) fn new(config: &UpstreamConfig) -> Self {
        let windows = config.buckets.iter().map(|bucket| (bucket.name, Window::new(bucket.max, bucket.per)));
        Self {
            shares: config.shares,
            windows: windows.collect(),
            daily: Daily::new(config.daily),
            breaker: Breaker::new(config.breaker),
            paused_until: None,
            bucket_paused_until: HashMap::new(),
            throttled_in_a_row: 0,
            refused_until: None,
            under_way: 0,
            last_success: None,
            last_failure: None,
        }
    }

    /// Whether a call with `ahead` others before it could leave now; otherwise why not and until when.
    pub(super) fn check(&mut self, now: Instant, place: Place, ahead: usize) -> Result<(), ErrorKind> {
        self.breaker.check(now).map_err(|until| ErrorKind::CircuitOpen { until })?;
        let pauses = [self.paused_until, self.bucket_paused_until.get(place.bucket).copied()];
        if let Some(until) = pauses.into_iter().flatten().max().filter(|until| now < *until) {
            return Err(ErrorKind::Throttled { until });
        }
        let share = self.share(place.class);
        self.daily.check(now, share).map_err(|until| ErrorKind::QuotaSpent { until })?;
        if let Some(window) = self.windows.get_mut(place.bucket) {
            let until = window.opens_at(now, share, ahead);
            if now < until {
                return Err(ErrorKind::Limited { until });
            }
        }
        Ok(())
    }

    /// Takes everything a call needs but its slot. `true`: it is the breaker's probe.
    pub(super) fn take(&mut self, now: Instant, place: Place) -> Result<bool, ErrorKind> {
        self.check(now, place, 0)?;
        let share = self.share(place.class);
        let probe = self.breaker.admit(now).map_err(|until| ErrorKind::CircuitOpen { until })?;
        if let Some(window) = self.windows.get_mut(place.bucket) {
            let taken = window.take(now, share);
            debug_assert!(taken, "the check found room in the window");
        }
        self.daily.take(now);
        self.under_way += 1;
        Ok(probe)
    }

    /// The vendor has certainly counted the call.
    pub(super) fn counted(&mut self, now: Instant, place: Place) {
        self.under_way -= 1;
        if let Some(window) = self.windows.get_mut(place.bucket) {
            window.counted(now);
        }
    }

    /// The call never left.
    pub(super) fn give_back(&mut self, place: Place) {
        self.under_way -= 1;
        self.daily.give_back();
        if let Some(window) = self.windows.get_mut(place.bucket) {
            window.give_back();
        }
    }

    pub(super) fn heard(&mut self, now: Instant, quota: Quota) {
        let others = self.under_way;
        self.daily.heard(now, quota, others);
    }

    /// Obeys the vendor; the answer is when it may be asked again.
    pub(super) fn throttled(&mut self, now: Instant, throttle: Throttle) -> ErrorKind {
        if throttle.daily {
            return ErrorKind::QuotaSpent { until: self.daily.spent(now, throttle.wait) };
        }
        let pause = throttle.wait.unwrap_or_else(|| {
            let growing = FIRST_PAUSE * 2_u32.pow(self.throttled_in_a_row.min(6));
            growing.min(LONGEST_PAUSE).mul_f64(rand::random_range(1.0..1.2))
        });
        // Calls that were under way together are refused together: that is one refusal, not many.
        if self.refused_until.is_none_or(|until| now >= until) {
            self.throttled_in_a_row += 1;
        }
        let until = now + pause;
        self.refused_until = Some(until);
        match throttle.bucket {
            Some(bucket) => {
                let paused = self.bucket_paused_until.entry(bucket).or_insert(until);
                *paused = until.max(*paused);
            }
            None => self.paused_until = Some(until.max(self.paused_until.unwrap_or(until))),
        }
        ErrorKind::Throttled { until }
    }

    /// What became of a call, all its retries included.
    pub(super) fn finished(&mut self, now: Instant, outcome: Outcome, failure: Option<&'static str>) {
        self.breaker.call(now, outcome);
        if let Some(code) = failure {
            self.last_failure = Some((now, code));
        } else if outcome == Outcome::Answered {
            self.last_success = Some(now);
            self.throttled_in_a_row = 0;
        }
    }

    pub(super) fn health(&mut self, now: Instant, logged_out: bool) -> Health {
        let pause = self.paused_until.filter(|until| now < *until);
        let spent = self.daily.spent_until(now);
        let quota_remaining = self.daily.remaining(now);
        let failed_last = match (self.last_failure, self.last_success) {
            (Some((failed, _)), Some(succeeded)) => failed > succeeded,
            (failed, _) => failed.is_some(),
        };
        let state = if logged_out || self.breaker.is_open() {
            HealthState::Down
        } else if pause.is_some() || quota_remaining == Some(0) {
            HealthState::Throttled
        } else if failed_last {
            HealthState::Degraded
        } else {
            HealthState::Ok
        };
        Health {
            state,
            last_success: self.last_success,
            last_failure: self.last_failure,
            paused_until: pause.into_iter().chain(spent).chain(self.breaker.paused_until()).max(),
            quota_remaining,
            quota_resets_at: self.daily.resets_at().filter(|at| now < *at),
        }
    }

    fn share(&self, class: Class) -> u8 {
        match class {
            Class::Interactive => 100,
            Class::Background => self.shares.background,
            Class::Export => self.shares.export.min(self.shares.background),
        }
    }
}
