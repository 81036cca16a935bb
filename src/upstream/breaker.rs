//! Leaves a vendor alone that fails steadily, and finds out when it is well again.
//!
//! Two rules open the circuit: so many *calls* in a row that failed with all their retries, or so many percent of
//! the *attempts* of the last ten seconds. Counting attempts in the first rule would open it now and then on a
//! vendor that answers two calls of three, which the retries can serve. After a pause one call probes; the others
//! fail at once until it is back. Pure: the caller brings the time.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::config::BreakerConfig;

/// The attempts looked at.
const SPAN: Duration = Duration::from_secs(10);
/// They are counted by the second.
const GRAIN: Duration = Duration::from_secs(1);
/// What a caller is told while a probe is under way.
const PROBE_GUESS: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Breaker {
    config: BreakerConfig,
    state: State,
    failed_in_a_row: u32,
    seconds: VecDeque<Second>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Closed,
    Open { until: Instant, pause: Duration },
    Probing { pause: Duration },
}

#[derive(Debug)]
struct Second {
    start: Instant,
    attempts: u32,
    failed: u32,
}

/// What became of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The vendor spoke, also when it said no.
    Answered,
    /// It did not, or said nothing usable.
    Failed,
    /// We shall never know: the caller went away, or had too little time left to blame the vendor.
    Unknown,
}

impl Breaker {
    pub(super) fn new(config: BreakerConfig) -> Self {
        Self { config, state: State::Closed, failed_in_a_row: 0, seconds: VecDeque::new() }
    }

    /// Whether a call may leave now; otherwise when to try again.
    pub(super) fn check(&self, now: Instant) -> Result<(), Instant> {
        match self.state {
            State::Closed => Ok(()),
            State::Open { until, .. } if now >= until => Ok(()),
            State::Open { until, .. } => Err(until),
            State::Probing { .. } => Err(now + PROBE_GUESS),
        }
    }

    /// Lets one attempt pass. `true`: it is the probe, and its outcome must be told.
    pub(super) fn admit(&mut self, now: Instant) -> Result<bool, Instant> {
        self.check(now)?;
        let State::Open { pause, .. } = self.state else { return Ok(false) };
        self.state = State::Probing { pause };
        Ok(true)
    }

    /// What became of an attempt.
    pub(super) fn attempt(&mut self, now: Instant, probe: bool, outcome: Outcome) {
        match (self.state, outcome) {
            (State::Probing { .. }, Outcome::Answered) if probe => self.close(),
            (State::Probing { pause }, Outcome::Failed) if probe => {
                self.open(now, (pause * 2).min(self.config.longest_pause));
            }
            // Nothing learnt: the next call probes at once.
            (State::Probing { pause }, Outcome::Unknown) if probe => {
                self.state = State::Open { until: now, pause };
            }
            (State::Closed, Outcome::Answered | Outcome::Failed) => {
                self.count(now, outcome == Outcome::Failed);
            }
            // An attempt from before the circuit opened says nothing about now.
            _ => {}
        }
    }

    /// What became of a call, all its retries included.
    pub(super) fn call(&mut self, now: Instant, outcome: Outcome) {
        match outcome {
            Outcome::Answered => self.failed_in_a_row = 0,
            Outcome::Unknown => {}
            Outcome::Failed => {
                self.failed_in_a_row += 1;
                if self.state == State::Closed && self.failed_in_a_row >= self.config.consecutive {
                    self.open(now, self.config.first_pause);
                }
            }
        }
    }

    /// Open, or not yet sure of being well.
    pub(super) fn is_open(&self) -> bool {
        self.state != State::Closed
    }

    pub(super) fn paused_until(&self) -> Option<Instant> {
        if let State::Open { until, .. } = self.state { Some(until) } else { None }
    }

    fn count(&mut self, now: Instant, failed: bool) {
        while self.seconds.front().is_some_and(|second| now >= second.start + SPAN) {
            self.seconds.pop_front();
        }
        if self.seconds.back().is_none_or(|second| now >= second.start + GRAIN) {
            self.seconds.push_back(Second { start: now, attempts: 0, failed: 0 });
        }
        let current = self.seconds.back_mut().expect("one was pushed if there was none");
        current.attempts += 1;
        current.failed += u32::from(failed);
        let attempts: u32 = self.seconds.iter().map(|second| second.attempts).sum();
        let failures: u32 = self.seconds.iter().map(|second| second.failed).sum();
        let too_many = failures * 100 >= attempts * self.config.failing_percent;
        if failed && attempts >= self.config.at_least && too_many {
            self.open(now, self.config.first_pause);
        }
    }

    fn open(&mut self, now: Instant, pause: Duration) {
        let until = now + pause.mul_f64(rand::random_range(1.0..1.2));
        self.state = State::Open { until, pause };
        self.seconds.clear();
    }

    fn close(&mut self) {
        self.state = State::Closed;
        self.failed_in_a_row = 0;
        self.seconds.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaker() -> (Breaker, Instant) {
        (Breaker::new(BreakerConfig::default()), Instant::now())
    }

    fn fail(breaker: &mut Breaker, now: Instant, calls: u32) {
        for _ in 0..calls {
            breaker.attempt(now, false, Outcome::Failed);
            breaker.call(now, Outcome::Failed);
        }
    }

    fn pause(breaker: &Breaker, now: Instant) -> Duration {
        breaker.paused_until().expect("the circuit is open") - now
    }

    #[test]
    fn five_failed_calls_in_a_row_open_the_circuit_and_four_do_not() {
        let (mut breaker, now) = breaker();
        fail(&mut breaker, now, 4);
        breaker.call(now, Outcome::Answered);
        fail(&mut breaker, now, 4);
        assert_eq!(breaker.check(now), Ok(()));
        fail(&mut breaker, now, 1);
        assert!(breaker.check(now).is_err());
        assert!((5.0..6.0).contains(&pause(&breaker, now).as_secs_f64()));
    }

    #[test]
    fn half_of_twenty_attempts_within_ten_seconds_open_it() {
        let (mut breaker, start) = breaker();
        for n in 0..19 {
            let outcome = if n % 2 == 0 { Outcome::Answered } else { Outcome::Failed };
            breaker.attempt(start + Duration::from_millis(n * 400), false, outcome);
        }
        let late = start + Duration::from_millis(7_600);
        assert_eq!(breaker.check(late), Ok(()));
        breaker.attempt(late, false, Outcome::Failed);
        assert!(breaker.check(late).is_err());
    }

    #[test]
    fn old_failures_are_forgotten() {
        let (mut breaker, start) = breaker();
        for n in 0..100 {
            breaker.attempt(start + Duration::from_millis(n * 1_100), false, Outcome::Failed);
        }
        assert!(!breaker.is_open(), "never twenty in ten seconds");
    }

    #[test]
    fn one_probe_at_a_time_and_pauses_double_up_to_a_minute() {
        let (mut breaker, mut now) = breaker();
        fail(&mut breaker, now, 5);
        for expected in [10.0, 20.0, 40.0, 60.0, 60.0] {
            now = breaker.paused_until().expect("open");
            assert_eq!(breaker.admit(now), Ok(true));
            assert!(breaker.admit(now).is_err(), "one probe only");
            breaker.attempt(now, true, Outcome::Failed);
            let seconds = pause(&breaker, now).as_secs_f64();
            assert!((expected..expected * 1.2).contains(&seconds), "{seconds} after {expected}");
        }
    }

    #[test]
    fn one_good_probe_closes_it_and_an_abandoned_one_leaves_room_for_the_next() {
        let (mut breaker, mut now) = breaker();
        fail(&mut breaker, now, 5);
        now = breaker.paused_until().expect("open");
        assert_eq!(breaker.admit(now), Ok(true));
        breaker.attempt(now, true, Outcome::Unknown);
        assert_eq!(breaker.admit(now), Ok(true));
        breaker.attempt(now, true, Outcome::Answered);
        assert_eq!(breaker.admit(now), Ok(false));
        assert!(!breaker.is_open());
    }

    #[test]
    fn a_late_answer_from_before_does_not_close_it() {
        let (mut breaker, now) = breaker();
        fail(&mut breaker, now, 5);
        breaker.attempt(now, false, Outcome::Answered);
        breaker.call(now, Outcome::Answered);
        assert!(breaker.check(now).is_err());
    }
}
