//! How one vendor words its answers: the part of the wire that differs between vendors.
//!
//! A dialect only reads what came back. It never waits, asks or decides what happens next: the same verdict has
//! the same consequence whoever the vendor is.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;

/// Reads one vendor's answers. Implemented by each connector.
pub trait Dialect: Send + Sync + 'static {
    /// What an answer means. Must expect any body: empty, HTML, cut.
    fn judge(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Verdict;

    /// What the headers say about the daily quota, if anything.
    fn quota(&self, _headers: &HeaderMap) -> Option<Quota> {
        None
    }
}

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// A usable answer, whatever its status.
    Ok,
    /// The token ran out before anything was done: get another and replay.
    TokenExpired,
    /// Too many calls. A `Retry-After` header is read for every dialect; the later of both counts.
    Throttled {
        /// How long the vendor asks to wait. Nothing named: a growing pause is chosen.
        wait: Option<Duration>,
        /// The window that is full; `None` pauses the whole source.
        bucket: Option<&'static str>,
        /// It is the daily quota.
        daily: bool,
    },
    /// The vendor's own trouble; the same call may succeed in a moment.
    Transient,
    /// Understood and refused for good.
    Rejected {
        /// The vendor's code.
        code: String,
        /// The vendor's sentence; reaches the log at most.
        message: String,
    },
    /// The credentials are refused in a way a new token does not cure.
    Unauthorized {
        /// The vendor's code.
        code: String,
    },
}

/// The daily quota as the vendor counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Calls left.
    pub remaining: u64,
    /// Calls a day.
    pub limit: u64,
    /// When the count starts anew, where the vendor says so.
    pub resets_in: Option<Duration>,
}
