//! Why a source did not answer.

use std::time::Duration;

use crate::domain::id::SourceName;

/// A read that a source could not answer.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{source_name} could not answer {operation}: {kind}")]
pub struct SourceError {
    /// The source that was asked.
    pub source_name: SourceName,
    /// What was asked, e.g. `reading people`; a stable phrase without data in it.
    pub operation: &'static str,
    /// What went wrong.
    pub kind: SourceErrorKind,
    /// The cause beneath, for the log.
    #[source]
    pub cause: Option<std::sync::Arc<dyn std::error::Error + Send + Sync>>,
}

/// What went wrong with a read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceErrorKind {
    /// No connection, a server error, an open circuit.
    #[error("it is not reachable")]
    Unavailable,
    /// Its quota is spent or it asked us to slow down.
    #[error("its limit is reached")]
    Limited {
        /// How long until it may be asked again, where known.
        retry_after: Option<Duration>,
    },
    /// It did not answer in time.
    #[error("it did not answer in time")]
    DeadlineExceeded,
    /// It refused our credentials.
    #[error("it refused the configured credentials")]
    Unauthorized,
    /// It refused the request itself: a missing field, a missing scope.
    #[error("it refused the request ({code})")]
    Rejected {
        /// The vendor's own code.
        code: String,
    },
    /// It answered something that is not an answer.
    #[error("its answer could not be understood")]
    BadAnswer,
}

impl SourceErrorKind {
    /// True when the same read may succeed later without anybody changing anything.
    pub fn can_pass(&self) -> bool {
        matches!(self, Self::Unavailable | Self::Limited { .. } | Self::DeadlineExceeded)
    }
}
