//! The daily quota: our own count against the settings, and what the vendor says of its count.
//!
//! Ours covers any 24 hours, so it holds wherever the vendor's day begins. It starts at nothing with the process; the
//! vendor's word, which covers other users of the same quota too, corrects that with its first answer. Background
//! work and exports stop while some of the quota is left, interactive calls at nothing.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::upstream::dialect::Quota;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Our count is kept by the quarter of an hour.
const GRAIN: Duration = Duration::from_secs(15 * 60);
/// Where the vendor named no reset, one call may look again after this long.
const LOOK_AGAIN: Duration = Duration::from_secs(15 * 60);

#[derive(Debug)]
pub(super) struct Daily {
    limit: Option<u64>,
    ours: VecDeque<(Instant, u64)>,
    theirs: Option<Theirs>,
    spent_until: Option<Instant>,
}

#[derive(Debug, Clone, Copy)]
struct Theirs {
    remaining: u64,
    limit: u64,
    look_again: Instant,
    resets_at: Option<Instant>,
}

impl Daily {
    pub(super) fn new(limit: Option<u64>) -> Self {
        Self { limit, ours: VecDeque::new(), theirs: None, spent_until: None }
    }

    /// Whether a call that may use `share` percent of the quota can leave; otherwise when to look again.
    pub(super) fn check(&mut self, now: Instant, share: u8) -> Result<(), Instant> {
        if let Some(until) = self.spent_until.filter(|until| now < *until) {
            return Err(until);
        }
        let used = self.used(now);
        if let Some(limit) = self.limit
            && used.saturating_add(kept_back(limit, share)) >= limit
        {
            let oldest = self.ours.front().map_or(now, |(start, _)| *start);
            return Err(oldest + DAY + GRAIN);
        }
        match self.theirs {
            Some(theirs) if theirs.remaining <= kept_back(theirs.limit, share) && now < theirs.look_again => {
                Err(theirs.look_again)
            }
            _ => Ok(()),
        }
    }

    /// A call is about to leave.
    pub(super) fn take(&mut self, now: Instant) {
        if self.limit.is_some() {
            match self.ours.back_mut() {
                Some((start, count)) if now < *start + GRAIN => *count += 1,
                _ => self.ours.push_back((now, 1)),
            }
        }
        if let Some(theirs) = &mut self.theirs {
            theirs.remaining = theirs.remaining.saturating_sub(1);
            if now >= theirs.look_again {
                // This call looks; the next one only after its answer, or much later.
                theirs.look_again = now + LOOK_AGAIN;
            }
        }
    }

    /// A call was about to leave and did not.
    pub(super) fn give_back(&mut self) {
        if let Some((_, count)) = self.ours.back_mut() {
            *count = count.saturating_sub(1);
        }
        if let Some(theirs) = &mut self.theirs {
            theirs.remaining = theirs.remaining.saturating_add(1);
        }
    }

    /// What the vendor counted, heard while `under_way` other calls had no answer yet.
    pub(super) fn heard(&mut self, now: Instant, quota: Quota, under_way: u64) {
        let resets_at = quota.resets_in.map(|wait| now + wait.min(DAY));
        self.theirs = Some(Theirs {
            remaining: quota.remaining.saturating_sub(under_way),
            limit: quota.limit,
            look_again: resets_at.unwrap_or(now + LOOK_AGAIN),
            resets_at,
        });
    }

    /// The vendor refused a call for the day's quota.
    pub(super) fn spent(&mut self, now: Instant, wait: Option<Duration>) -> Instant {
        let until = now + wait.unwrap_or(LOOK_AGAIN).min(DAY);
        self.spent_until = Some(until.max(self.spent_until.unwrap_or(until)));
        until
    }

    pub(super) fn remaining(&mut self, now: Instant) -> Option<u64> {
        if self.spent_until.is_some_and(|until| now < until) {
            return Some(0);
        }
        let used = self.used(now);
        let ours = self.limit.map(|limit| limit.saturating_sub(used));
        let theirs = self.theirs.map(|theirs| theirs.remaining);
        ours.into_iter().chain(theirs).min()
    }

    pub(super) fn resets_at(&self) -> Option<Instant> {
        self.spent_until.or(self.theirs.and_then(|theirs| theirs.resets_at))
    }

    pub(super) fn spent_until(&self, now: Instant) -> Option<Instant> {
        self.spent_until.filter(|until| now < *until)
    }

    fn used(&mut self, now: Instant) -> u64 {
        while self.ours.front().is_some_and(|(start, _)| now >= *start + GRAIN + DAY) {
            self.ours.pop_front();
        }
        self.ours.iter().map(|(_, count)| count).sum()
    }
}

fn kept_back(limit: u64, share: u8) -> u64 {
    limit - limit / 100 * u64::from(share.min(100)) - limit % 100 * u64::from(share.min(100)) / 100
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota(remaining: u64) -> Quota {
        Quota { remaining, limit: 100, resets_in: None }
    }

    #[test]
    fn no_24_hours_see_more_than_the_configured_quota() {
        let (mut daily, start) = (Daily::new(Some(3)), Instant::now());
        for hour in [0, 10, 20] {
            let now = start + DAY * hour / 24;
            assert_eq!(daily.check(now, 100), Ok(()));
            daily.take(now);
        }
        let refused = daily.check(start + DAY * 21 / 24, 100).expect_err("three were made");
        assert_eq!(refused, start + DAY + GRAIN);
        assert_eq!(daily.check(refused, 100), Ok(()));
        assert_eq!(daily.remaining(refused), Some(1));
    }

    #[test]
    fn what_waits_less_stops_first() {
        let (mut daily, now) = (Daily::new(None), Instant::now());
        daily.heard(now, quota(50), 0);
        assert_eq!([50, 75, 100].map(|share| daily.check(now, share).is_ok()), [false, true, true]);
        daily.heard(now, quota(25), 0);
        assert_eq!([50, 75, 100].map(|share| daily.check(now, share).is_ok()), [false, false, true]);
        daily.heard(now, quota(2), 2);
        assert!(daily.check(now, 100).is_err(), "the last two are under way");
    }

    #[test]
    fn one_call_looks_again_where_no_reset_is_known() {
        let (mut daily, now) = (Daily::new(None), Instant::now());
        daily.heard(now, quota(0), 0);
        let later = daily.check(now, 100).expect_err("nothing is left");
        assert_eq!(daily.check(later, 50), Ok(()));
        daily.take(later);
        assert!(daily.check(later, 100).is_err(), "one looks, the others wait for what it finds");
        daily.heard(later, quota(100), 0);
        assert_eq!(daily.check(later, 100), Ok(()));
    }

    #[test]
    fn a_refusal_for_the_day_is_obeyed_to_the_end() {
        let (mut daily, now) = (Daily::new(None), Instant::now());
        let until = daily.spent(now, Some(Duration::from_secs(3_600)));
        assert_eq!(daily.check(until.checked_sub(GRAIN).expect("later than now"), 100), Err(until));
        assert_eq!(daily.remaining(now), Some(0));
        assert_eq!(daily.check(until, 100), Ok(()));
    }
}
