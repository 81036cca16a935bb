//! How strict, how slow to index and how forgetful the pretend HubSpot is.

use std::time::Duration;

/// The portal's limits and habits; the default is a private app on a Professional account.
#[derive(Clone, Debug)]
pub struct Options {
    /// The portal's number.
    pub portal_id: u64,
    /// Calls in any ten seconds, for each private-app token.
    pub calls_per_ten_seconds: usize,
    /// The same for each OAuth token.
    pub oauth_calls_per_ten_seconds: usize,
    /// Calls a day of all private apps together.
    pub calls_per_day: u64,
    /// Searches in any second.
    pub searches_per_second: usize,
    /// How long a write stays invisible to searches.
    pub indexing_delay: Duration,
    /// How long an OAuth access token lives.
    pub access_token_lifetime: Duration,
    /// Whether a merge makes a new record, or keeps the primary one's id.
    pub merge_makes_a_new_id: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            portal_id: 62_515,
            calls_per_ten_seconds: 190,
            oauth_calls_per_ten_seconds: 110,
            calls_per_day: 625_000,
            searches_per_second: 5,
            indexing_delay: Duration::from_secs(5),
            access_token_lifetime: Duration::from_secs(1800),
            merge_makes_a_new_id: true,
        }
    }
}
