//! Is the source well, and does it have the fields we need?

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::error::SourceError;

/// How a source is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It answers.
    Ok,
    /// It answers some calls.
    Degraded,
    /// It asked us to slow down, or its quota is spent.
    Throttled,
    /// It does not answer, or lacks a field we cannot do without.
    Down,
}

/// How a source is doing, with figures.
#[derive(Clone, Debug, PartialEq)]
pub struct HealthReport {
    /// How it is doing.
    pub health: Health,
    /// When it last answered.
    pub last_answer_at: Option<DateTime<Utc>>,
    /// Calls left of its daily quota, as the vendor last told.
    pub quota_remaining: Option<u64>,
    /// When that quota begins anew, where known.
    pub quota_resets_at: Option<DateTime<Utc>>,
    /// What an operator should know, in a sentence.
    pub message: Option<String>,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Something is left out of answers.
    Warning,
    /// The source cannot be used.
    Error,
}

/// One thing a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What was found and what to do about it, in a sentence.
    pub message: String,
}

/// Every connector can say how its source is doing.
#[async_trait]
pub trait Describe: Send + Sync {
    /// How it is doing, from what its calls have shown; asks nothing.
    fn health(&self) -> HealthReport;

    /// Logs in, reads the vendor's metadata, and compares it with what is configured: scopes, required and
    /// optional fields, custom fields, limits. A missing optional field is dropped from later reads.
    ///
    /// # Errors
    /// When the source could not be asked at all.
    async fn check(&self) -> Result<Vec<Finding>, SourceError>;
}
