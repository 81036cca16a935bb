//! How many calls are still allowed: the last ten seconds, the last second for searches, and today.

use std::collections::{HashMap, VecDeque};

use super::options::Options;
use super::refusal::Policy;
use super::stamp::Millis;

const DAY: Millis = 24 * 60 * 60 * 1000;
const TEN_SECONDS: Millis = 10_000;
const SECOND: Millis = 1_000;

/// The calls counted so far.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    bursts: HashMap<String, VecDeque<Millis>>,
    searches: VecDeque<Millis>,
    day: i64,
    today: u64,
}

/// What is left after an admitted call, for its headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Remaining {
    pub(crate) burst: usize,
    pub(crate) today: u64,
}

impl Limits {
    /// The calls since midnight.
    pub(crate) fn today(&self) -> u64 {
        self.today
    }

    /// Admits a call of a token, or says which limit it ran into. A refused call counts only against the day.
    pub(crate) fn admit(
        &mut self,
        token: &str,
        burst_limit: usize,
        is_search: bool,
        now: Millis,
        options: &Options,
    ) -> Result<Remaining, Policy> {
        // The account's time zone is UTC.
        let day = now.div_euclid(DAY);
        if day != self.day {
            self.day = day;
            self.today = 0;
        }
        if self.today >= options.calls_per_day {
            return Err(Policy::Daily);
        }
        self.today += 1;
        let today = options.calls_per_day - self.today;
        if is_search {
            admit(&mut self.searches, options.searches_per_second, SECOND, now)
                .map(|burst| Remaining { burst, today })
                .ok_or(Policy::Secondly)
        } else {
            if self.bursts.len() > 1000 {
                self.bursts.retain(|_, calls| calls.back().is_some_and(|last| now - last < TEN_SECONDS));
            }
            let calls = self.bursts.entry(token.to_owned()).or_default();
            admit(calls, burst_limit, TEN_SECONDS, now)
                .map(|burst| Remaining { burst, today })
                .ok_or(Policy::TenSecondlyRolling)
        }
    }
}

/// Notes a call in a rolling window and says how many are left, or refuses it.
fn admit(calls: &mut VecDeque<Millis>, limit: usize, window: Millis, now: Millis) -> Option<usize> {
    while calls.front().is_some_and(|first| now - first >= window) {
        calls.pop_front();
    }
    if calls.len() >= limit {
        return None;
    }
    calls.push_back(now);
    Some(limit - calls.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_rolls() {
        let options = Options::default();
        let mut limits = Limits::default();
        for call in 0..3 {
            assert!(limits.admit("a", 3, false, call * 1000, &options).is_ok());
        }
        assert_eq!(limits.admit("a", 3, false, 9_999, &options), Err(Policy::TenSecondlyRolling));
        assert!(limits.admit("b", 3, false, 9_999, &options).is_ok(), "another token has its own bucket");
        assert!(limits.admit("a", 3, false, 10_000, &options).is_ok(), "the first call is ten seconds old");
        assert_eq!(limits.admit("a", 3, false, 10_500, &options), Err(Policy::TenSecondlyRolling));
    }

    #[test]
    fn searches_have_a_bucket_of_their_own() {
        let options = Options { searches_per_second: 2, ..Options::default() };
        let mut limits = Limits::default();
        assert!(limits.admit("a", 1, true, 0, &options).is_ok());
        assert!(limits.admit("b", 1, true, 0, &options).is_ok());
        assert_eq!(limits.admit("a", 1, true, 999, &options), Err(Policy::Secondly));
        assert!(limits.admit("a", 1, false, 999, &options).is_ok());
        assert!(limits.admit("a", 1, true, 1000, &options).is_ok());
    }

    #[test]
    fn the_day_ends_at_midnight() {
        let options = Options { calls_per_day: 1, ..Options::default() };
        let mut limits = Limits::default();
        assert!(limits.admit("a", 9, false, DAY - 1, &options).is_ok());
        assert_eq!(limits.admit("a", 9, false, DAY - 1, &options), Err(Policy::Daily));
        assert!(limits.admit("a", 9, false, DAY, &options).is_ok());
    }
}
