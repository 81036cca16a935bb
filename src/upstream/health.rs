//! How an upstream is doing, for people and probes.

use tokio::time::Instant;

/// A snapshot; instants are monotonic, the reader adds them to its clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The short answer.
    pub state: HealthState,
    /// The last usable answer.
    pub last_success: Option<Instant>,
    /// The last failure and its [`ErrorKind::code`](super::ErrorKind::code).
    pub last_failure: Option<(Instant, &'static str)>,
    /// No call leaves before, because the vendor or the breaker said so.
    pub paused_until: Option<Instant>,
    /// Calls left today, the lower of what the vendor says and what the settings allow.
    pub quota_remaining: Option<u64>,
    /// When the vendor's count starts anew, where known.
    pub quota_resets_at: Option<Instant>,
}

/// The short answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HealthState {
    /// Answering, or not asked yet.
    Ok,
    /// Answering, but the last call failed.
    Degraded,
    /// Waiting, because the vendor said so or the quota is spent.
    Throttled,
    /// Left alone after steady failures, or not logged in.
    Down,
}
