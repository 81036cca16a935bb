//! A rolling window that is never exceeded as the vendor counts it.
//!
//! The vendor counts a call when it arrives, which we do not see: somewhere between sending and its answer. So a call
//! takes a place before it is sent and keeps it until a whole window after the answer began. Any two calls the
//! vendor saw within one window then hold their places at the same time, and places are limited. A token bucket
//! would let a burst and the refill behind it fall into one window.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Clocks are read in whole milliseconds on both sides.
const GRAIN: Duration = Duration::from_millis(5);

#[derive(Debug)]
pub(super) struct Window {
    max: usize,
    keep: Duration,
    under_way: usize,
    counted: VecDeque<Instant>,
}

impl Window {
    pub(super) fn new(max: u32, per: Duration) -> Self {
        Self { max: max.max(1) as usize, keep: per + GRAIN, under_way: 0, counted: VecDeque::new() }
    }

    /// Takes a place if fewer than `share` percent are taken.
    pub(super) fn take(&mut self, now: Instant, share: u8) -> bool {
        let free = self.used(now) < self.allowed(share);
        self.under_way += usize::from(free);
        free
    }

    /// The vendor has certainly counted a call that took a place.
    pub(super) fn counted(&mut self, now: Instant) {
        self.under_way -= 1;
        self.counted.push_back(now);
    }

    /// A place was taken for a call that never left.
    pub(super) fn give_back(&mut self) {
        self.under_way -= 1;
    }

    /// The earliest instant a call with `ahead` others before it can have a place. It may turn out later, never
    /// earlier unless those ahead give up.
    pub(super) fn opens_at(&mut self, now: Instant, share: u8, ahead: usize) -> Instant {
        let wanted = self.used(now) + ahead + 1;
        let Some(must_leave) = wanted.checked_sub(self.allowed(share)).filter(|count| *count > 0) else {
            return now;
        };
        let (rounds, place) = ((must_leave - 1) / self.max, (must_leave - 1) % self.max);
        let first = self.counted.get(place).map_or(now, |counted| *counted);
        first + self.keep * (1 + u32::try_from(rounds).unwrap_or(u32::MAX >> 8))
    }

    fn allowed(&self, share: u8) -> usize {
        (self.max * usize::from(share.min(100)) / 100).max(1)
    }

    fn used(&mut self, now: Instant) -> usize {
        while self.counted.front().is_some_and(|counted| now >= *counted + self.keep) {
            self.counted.pop_front();
        }
        self.under_way + self.counted.len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_place_is_free_again_one_window_after_the_answer() {
        let (mut window, start) = (Window::new(1, SECOND), Instant::now());
        assert!(window.take(start, 100));
        assert!(!window.take(start + SECOND * 9, 100), "still under way");
        window.counted(start + SECOND * 9);
        assert!(!window.take(start + SECOND * 10, 100));
        assert_eq!(window.opens_at(start + SECOND * 10, 100, 0), start + SECOND * 10 + GRAIN);
        assert!(window.take(start + SECOND * 10 + GRAIN, 100));
    }

    #[test]
    fn those_ahead_are_waited_for() {
        let (mut window, start) = (Window::new(2, SECOND), Instant::now());
        for _ in 0..2 {
            assert!(window.take(start, 100));
            window.counted(start);
        }
        let seconds = |ahead| (window.opens_at(start, 100, ahead) - start).as_secs();
        assert_eq!([0, 1, 2, 3, 4].map(seconds), [1, 1, 2, 2, 3]);
    }

    #[test]
    fn a_share_leaves_room_for_others() {
        let (mut window, now) = (Window::new(4, SECOND), Instant::now());
        assert!(window.take(now, 50) && window.take(now, 50));
        assert!(!window.take(now, 50));
        assert!(window.take(now, 75));
        assert!(window.take(now, 100));
        assert!(!window.take(now, 100));
    }

    proptest! {
        /// Calls that leave as early as they may, arrive anywhere before their answer: no window at the vendor
        /// ever sees more than allowed.
        #[test]
        fn no_rolling_window_at_the_vendor_is_ever_exceeded(
            max in 1_u32..6,
            calls in proptest::collection::vec((0_u64..400, 0_u64..100, 0_u64..1_500), 1..80),
        ) {
            let start = Instant::now();
            let mut window = Window::new(max, SECOND);
            let mut now = start;
            let mut answers: Vec<Instant> = Vec::new();
            let mut arrivals = Vec::new();
            for (gap, arrival_percent, takes) in calls {
                now += Duration::from_millis(gap);
                loop {
                    answers.sort();
                    while answers.first().is_some_and(|answer| *answer <= now) {
                        window.counted(answers.remove(0));
                    }
                    if window.take(now, 100) {
                        break;
                    }
                    now += Duration::from_millis(1);
                }
                let takes = Duration::from_millis(takes);
                answers.push(now + takes);
                arrivals.push(now + takes * u32::try_from(arrival_percent).expect("small") / 100);
            }
            for arrival in &arrivals {
                let seen = arrivals.iter().filter(|a| **a >= *arrival && **a < *arrival + SECOND).count();
                prop_assert!(seen <= max as usize, "{seen} of {max}");
            }
        }
    }
}
