//! Whether and when a failed attempt is followed by another.
//!
//! Full jitter (anywhere between nothing and the growing bound), so that callers that failed together do not come
//! back together; and a budget over all calls of the source, so that retries cannot double a sick vendor's load.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tower::retry::budget::{Budget, TpsBudget};

use super::config::RetryConfig;

pub(super) struct Retries {
    config: RetryConfig,
    budget: TpsBudget,
}

/// The delays of one call.
pub(super) struct Delays(ExponentialBackoff);

impl Retries {
    pub(super) fn new(config: RetryConfig) -> Self {
        let budget = TpsBudget::new(Duration::from_secs(10), config.floor_per_second, config.budget);
        Self { config, budget }
    }

    /// A call begins; it earns its share of the budget.
    pub(super) fn begin(&self) -> Delays {
        self.budget.deposit();
        let bounds = ExponentialBuilder::new()
            .with_min_delay(self.config.first_delay)
            .with_max_delay(self.config.longest_delay)
            .with_max_times(self.config.max);
        Delays(bounds.build())
    }

    /// The delay before another attempt, or `None`: tried often enough, or the budget is spent.
    pub(super) fn next(&self, delays: &mut Delays) -> Option<Duration> {
        let bound = delays.0.next()?;
        self.budget.withdraw().then(|| bound.mul_f64(rand::random_range(0.0..=1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retries(floor_per_second: u32) -> Retries {
        Retries::new(RetryConfig { floor_per_second, ..RetryConfig::default() })
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_is_tried_again_twice_at_most_within_growing_bounds() {
        let retries = retries(100);
        let mut delays = retries.begin();
        assert!(retries.next(&mut delays).expect("a first retry") <= Duration::from_millis(100));
        assert!(retries.next(&mut delays).expect("a second retry") <= Duration::from_millis(200));
        assert_eq!(retries.next(&mut delays), None);
    }

    #[tokio::test(start_paused = true)]
    async fn retries_add_a_fifth_and_the_floor_and_no_more() {
        let retries = retries(1);
        let granted = (0..1_000).filter(|_| retries.next(&mut retries.begin()).is_some()).count();
        assert!((200..=210).contains(&granted), "{granted} of 1000");
    }

    #[tokio::test(start_paused = true)]
    async fn a_quiet_gateway_may_still_retry() {
        let retries = retries(1);
        assert!(retries.next(&mut retries.begin()).is_some());
    }
}
