//! What one upstream is told by the settings. Every number has a default that is safe for a vendor we know little of.

use std::time::Duration;

use reqwest::Url;

/// One upstream: where it is and how hard it may be asked.
#[derive(Debug, Clone)]
pub struct UpstreamConfig {
    /// The source's name, for errors, logs and metrics.
    pub name: String,
    /// Where calls go unless the token names another base.
    pub base_url: Url,
    /// Hosts, besides that of `base_url`, a token may name as base: a whole host, or `.suffix` for any host below.
    /// The scheme must be that of `base_url`, always.
    pub base_hosts: Vec<String>,
    /// The longest one call may keep the vendor busy for us, its retries included.
    pub call_timeout: Duration,
    /// The same for work nobody waits for, whose pages are as large as they get; never less than `call_timeout`.
    pub background_timeout: Duration,
    /// The largest answer, in bytes after decompression.
    pub max_body: usize,
    /// How many calls may be under way at once; at least 1.
    pub concurrency: usize,
    /// Rolling windows, each for the calls that name it.
    pub buckets: Vec<Bucket>,
    /// Calls in any 24 hours, all buckets together; `None` leaves it to what the vendor says.
    pub daily: Option<u64>,
    /// How much of slots, windows and quota work nobody waits for may use.
    pub shares: Shares,
    /// When and how often to try again.
    pub retry: RetryConfig,
    /// When to leave the vendor alone.
    pub breaker: BreakerConfig,
}

impl UpstreamConfig {
    /// The defaults: 5 s a call, 60 s where nobody waits, 16 MiB an answer, 8 at once, no window.
    pub fn new(name: impl Into<String>, base_url: Url) -> Self {
        Self {
            name: name.into(),
            base_url,
            base_hosts: Vec::new(),
            call_timeout: Duration::from_secs(5),
            background_timeout: Duration::from_secs(60),
            max_body: 16 * 1024 * 1024,
            concurrency: 8,
            buckets: Vec::new(),
            daily: None,
            shares: Shares::default(),
            retry: RetryConfig::default(),
            breaker: BreakerConfig::default(),
        }
    }
}

/// A rolling window: at most `max` calls in any `per`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// The name calls use.
    pub name: &'static str,
    /// Calls in any window; at least 1.
    pub max: u32,
    /// The window's length.
    pub per: Duration,
}

/// Percentages of slots, windows and daily quota that work nobody waits for may use. Interactive calls may use all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shares {
    /// For background reads.
    pub background: u8,
    /// For exports; at most `background`.
    pub export: u8,
}

impl Default for Shares {
    fn default() -> Self {
        Self { background: 75, export: 50 }
    }
}

/// Retries, for calls that may be repeated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetryConfig {
    /// Attempts after the first.
    pub max: usize,
    /// The first delay is anywhere between nothing and this; it doubles each time.
    pub first_delay: Duration,
    /// No delay is longer.
    pub longest_delay: Duration,
    /// Retries per call, over ten seconds: 0.2 is a fifth more load at most.
    pub budget: f32,
    /// Retries a second that are always allowed, so that a quiet gateway retries too. Vendors allow some twenty calls a
    /// second; at that rate this floor is what lets nearly all reads survive a third of the calls failing.
    pub floor_per_second: u32,
}

impl Default for RetryConfig {
    fn default() -> Self {
        Self {
            max: 2,
            first_delay: Duration::from_millis(100),
            longest_delay: Duration::from_secs(2),
            budget: 0.2,
            floor_per_second: 4,
        }
    }
}

/// When to stop asking a vendor that fails steadily, and when to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerConfig {
    /// Calls in a row that failed, retries included.
    pub consecutive: u32,
    /// Or: this percentage of the attempts of the last ten seconds...
    pub failing_percent: u32,
    /// ...when there were at least so many.
    pub at_least: u32,
    /// The first pause; doubles while the probe fails. Up to a fifth is added at random.
    pub first_pause: Duration,
    /// No pause is longer, the random part aside.
    pub longest_pause: Duration,
}

impl Default for BreakerConfig {
    fn default() -> Self {
        Self {
            consecutive: 5,
            failing_percent: 50,
            at_least: 20,
            first_pause: Duration::from_secs(5),
            longest_pause: Duration::from_secs(60),
        }
    }
}
