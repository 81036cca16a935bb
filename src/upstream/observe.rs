//! The numbers an operator sees about the wire. Labels are names of ours only, so their number is bounded.

use std::sync::Arc;
use std::time::Duration;

const CALLS: &str = "leadline_upstream_calls_total";
const CALL_SECONDS: &str = "leadline_upstream_call_seconds";
const HELD_BACK: &str = "leadline_upstream_held_back_total";
const RETRIES: &str = "leadline_upstream_retries_total";
const TOKEN_CALLS: &str = "leadline_upstream_token_calls_total";
const QUOTA: &str = "leadline_upstream_quota_remaining";

/// One exchange happened.
pub(super) fn exchanged(source: &Arc<str>, endpoint: &'static str, outcome: &'static str, took: Duration) {
    metrics::counter!(CALLS, "source" => Arc::clone(source), "endpoint" => endpoint, "outcome" => outcome)
        .increment(1);
    metrics::histogram!(CALL_SECONDS, "source" => Arc::clone(source), "endpoint" => endpoint, "outcome" => outcome)
        .record(took.as_secs_f64());
}

/// A call was not even tried, or given up while waiting its turn.
pub(super) fn held_back(source: &Arc<str>, endpoint: &'static str, reason: &'static str) {
    metrics::counter!(HELD_BACK, "source" => Arc::clone(source), "endpoint" => endpoint, "reason" => reason)
        .increment(1);
}

/// An attempt follows a failed one.
pub(super) fn retried(source: &Arc<str>, endpoint: &'static str) {
    metrics::counter!(RETRIES, "source" => Arc::clone(source), "endpoint" => endpoint).increment(1);
}

/// A token endpoint was asked.
pub(super) fn token_call(source: &Arc<str>, outcome: &'static str) {
    metrics::counter!(TOKEN_CALLS, "source" => Arc::clone(source), "outcome" => outcome).increment(1);
}

/// The vendor said how much is left.
pub(super) fn quota(source: &Arc<str>, remaining: u64) {
    metrics::gauge!(QUOTA, "source" => Arc::clone(source)).set(remaining as f64);
}
