//! What can go wrong on the wire, in words that are safe to show and to log.
//!
//! Never inside: a token, a query string, a body. The vendor's own sentence is kept apart in a [`VendorText`],
//! which prints nothing unless asked for the log, and then without e-mail addresses.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use tokio::time::Instant;

pub(super) type Cause = Arc<dyn Error + Send + Sync>;

/// One call that got no usable answer.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{endpoint} of {upstream}: {kind}")]
pub struct UpstreamError {
    /// The configured source, as in logs and metrics.
    pub upstream: Arc<str>,
    /// The stable name of the endpoint asked.
    pub endpoint: &'static str,
    /// What went wrong.
    pub kind: ErrorKind,
    pub(super) source: Option<Cause>,
}

/// What went wrong, coarse enough to act on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No connection, or it broke before an answer came.
    #[error("cannot be reached")]
    Unreachable,
    /// The vendor did not finish its answer in the time a call may take.
    #[error("did not answer in time")]
    Timeout,
    /// The request's own deadline passed before the vendor could be asked or had answered.
    #[error("the request ran out of time")]
    DeadlineExceeded,
    /// The vendor asked for a pause.
    #[error("the vendor asks to wait")]
    Throttled {
        /// When it may be asked again.
        until: Instant,
    },
    /// Our own pacing: the configured window has no room before the deadline.
    #[error("the configured rate leaves no room in time")]
    Limited {
        /// When there would be room.
        until: Instant,
    },
    /// The day's quota, or this class's share of it, is used up.
    #[error("the daily quota is spent")]
    QuotaSpent {
        /// When to look again.
        until: Instant,
    },
    /// The vendor failed steadily and is left alone for a while.
    #[error("left alone after repeated failures")]
    CircuitOpen {
        /// When one call will try again.
        until: Instant,
    },
    /// Not logged in, or a fresh token was refused too.
    #[error("refused our credentials ({code})")]
    Unauthorized {
        /// The vendor's code, such as `invalid_client`.
        code: String,
    },
    /// The vendor understood and refused.
    #[error("answered {status} {code}")]
    Rejected {
        /// The HTTP status.
        status: u16,
        /// The vendor's code, such as `INVALID_FIELD`.
        code: String,
        /// The vendor's sentence, for the log only.
        message: VendorText,
    },
    /// The vendor failed on its side.
    #[error("failed with status {status}")]
    Failed {
        /// The HTTP status.
        status: u16,
    },
    /// It pointed elsewhere; redirects are never followed.
    #[error("answered with a redirect ({status})")]
    Redirected {
        /// The HTTP status.
        status: u16,
    },
    /// A success that is not JSON, such as a login page.
    #[error("answered something that is not JSON")]
    NotJson,
    /// The body ended early, is not valid JSON, or is nested too deeply.
    #[error("the answer is damaged")]
    Damaged,
    /// Valid JSON of another shape than the connector knows.
    #[error("the answer has an unknown shape")]
    UnknownShape,
    /// The body is larger than one answer may be.
    #[error("the answer is larger than allowed")]
    TooLarge,
    /// The call itself cannot be sent: a path that would leave its place, or a header that is none.
    #[error("the call is not well formed")]
    BadCall,
}

impl UpstreamError {
    /// Whether asking the same thing again, later, can succeed without anyone changing anything.
    pub fn retry_can_help(&self) -> bool {
        match self.kind {
            ErrorKind::Unauthorized { .. }
            | ErrorKind::Rejected { .. }
            | ErrorKind::Redirected { .. }
            | ErrorKind::UnknownShape
            | ErrorKind::TooLarge
            | ErrorKind::BadCall => false,
            ErrorKind::Unreachable
            | ErrorKind::Timeout
            | ErrorKind::DeadlineExceeded
            | ErrorKind::Throttled { .. }
            | ErrorKind::Limited { .. }
            | ErrorKind::QuotaSpent { .. }
            | ErrorKind::CircuitOpen { .. }
            | ErrorKind::Failed { .. }
            | ErrorKind::NotJson
            | ErrorKind::Damaged => true,
        }
    }

    /// When asking again makes sense, where that is known.
    pub fn retry_at(&self) -> Option<Instant> {
        match self.kind {
            ErrorKind::Throttled { until }
            | ErrorKind::Limited { until }
            | ErrorKind::QuotaSpent { until }
            | ErrorKind::CircuitOpen { until } => Some(until),
            _ => None,
        }
    }
}

impl ErrorKind {
    /// A short stable name, for metrics, logs and `health`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::DeadlineExceeded => "deadline_exceeded",
            Self::Throttled { .. } => "throttled",
            Self::Limited { .. } => "limited",
            Self::QuotaSpent { .. } => "quota_spent",
            Self::CircuitOpen { .. } => "circuit_open",
            Self::Unauthorized { .. } => "unauthorized",
            Self::Rejected { .. } => "rejected",
            Self::Failed { .. } => "failed",
            Self::Redirected { .. } => "redirected",
            Self::NotJson => "not_json",
            Self::Damaged => "damaged",
            Self::UnknownShape => "unknown_shape",
            Self::TooLarge => "too_large",
            Self::BadCall => "bad_call",
        }
    }
}

/// A failure that does not know yet which call it belongs to.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) kind: ErrorKind,
    pub(super) cause: Option<Cause>,
}

impl Fault {
    pub(super) fn because(kind: ErrorKind, cause: impl Error + Send + Sync + 'static) -> Self {
        Self { kind, cause: Some(Arc::new(cause)) }
    }

    pub(super) fn at(self, upstream: &Arc<str>, endpoint: &'static str) -> UpstreamError {
        UpstreamError { upstream: Arc::clone(upstream), endpoint, kind: self.kind, source: self.cause }
    }
}

impl From<ErrorKind> for Fault {
    fn from(kind: ErrorKind) -> Self {
        Self { kind, cause: None }
    }
}

/// A sentence the vendor wrote. It may quote what was asked, so it never prints by itself.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct VendorText(String);

impl VendorText {
    const LONGEST: usize = 300;

    /// Keeps the sentence, shortened.
    pub fn new(text: &str) -> Self {
        Self(text.chars().take(Self::LONGEST).collect())
    }

    /// The sentence on one line with everything that looks like an e-mail address taken out.
    pub fn for_log(&self) -> String {
        let words = self.0.split_whitespace();
        words.map(|word| if word.contains('@') { "…" } else { word }).collect::<Vec<_>>().join(" ")
    }

    /// Whether the sentence contains a phrase: vendors tell some errors apart by their text alone.
    pub fn contains(&self, phrase: &str) -> bool {
        self.0.contains(phrase)
    }
}

impl fmt::Debug for VendorText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vendors_sentence_never_prints_by_itself() {
        let text = VendorText::new("no such user ann@example.com\nhere");
        let error = Fault::from(ErrorKind::Rejected { status: 400, code: "NO_USER".into(), message: text })
            .at(&Arc::from("sales"), "query");
        assert!(!format!("{error} {error:?}").contains("ann"));
        let ErrorKind::Rejected { message, .. } = error.kind else { panic!("built as rejected") };
        assert_eq!(message.for_log(), "no such user … here");
    }
}
