//! The vendor's error envelope, and every refusal this portal can give.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// A request that was not served, as the vendor would say it.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    members: Map<String, Value>,
}

/// Which of the three limits a caller has run into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    /// The calls of the last ten seconds.
    TenSecondlyRolling,
    /// The searches of the last second.
    Secondly,
    /// The calls since midnight in the account's time zone.
    Daily,
}

impl Refusal {
    /// A refusal with its status, category and sentence.
    pub(crate) fn new(status: StatusCode, category: &str, message: impl Into<String>) -> Self {
        let mut members = Map::new();
        members.insert("status".into(), "error".into());
        members.insert("message".into(), message.into().into());
        members.insert("correlationId".into(), correlation_id().into());
        members.insert("category".into(), category.into());
        Self { status, members }
    }

    /// 400: the request itself is wrong.
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", message)
    }

    /// 404: no such record.
    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "OBJECT_NOT_FOUND", "resource not found")
    }

    /// 409: the record exists already; the sentence ends with its id.
    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "CONFLICT", message)
    }

    /// 401: no token, or one that was never issued.
    pub(crate) fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "INVALID_AUTHENTICATION",
            "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find \
             more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview",
        )
    }

    /// 401: the token was good once.
    pub(crate) fn expired(seconds_ago: i64, expired_at: &str) -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "EXPIRED_AUTHENTICATION",
            format!("The OAuth token used to make this call expired {seconds_ago} second(s) ago."),
        )
        .with("context", json!({ "expire time": [expired_at] }))
    }

    /// 403: the token lacks every one of the scopes that would do.
    pub(crate) fn missing_scopes(any_of: &[String]) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "MISSING_SCOPES",
            "This app hasn't been granted all required scopes to make this call. Read more about required \
             scopes here: https://developers.hubspot.com/scopes.",
        )
        .with(
            "errors",
            json!([{
                "message": "One or more of the following scopes are required.",
                "context": { "requiredGranularScopes": any_of },
            }]),
        )
        .with("links", json!({ "scopes": "https://developers.hubspot.com/scopes" }))
    }

    /// 429, with both the older and the newer marker: clients look for one or the other.
    pub(crate) fn limited(policy: Policy) -> Self {
        let (name, message) = match policy {
            Policy::TenSecondlyRolling => {
                ("TEN_SECONDLY_ROLLING", "You have reached your ten_secondly_rolling limit.")
            }
            Policy::Secondly => ("SECONDLY", "You have reached your secondly limit."),
            Policy::Daily => ("DAILY", "You have reached your daily limit."),
        };
        Self::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITS", message)
            .with("errorType", "RATE_LIMIT".into())
            .with("policyName", name.into())
            .with("requestId", correlation_id().into())
    }

    /// The same refusal with one more member in its envelope.
    pub(crate) fn with(mut self, member: &str, value: Value) -> Self {
        self.members.insert(member.into(), value);
        self
    }

    /// The sentence.
    pub(crate) fn message(&self) -> &str {
        self.members.get("message").and_then(Value::as_str).unwrap_or_default()
    }

    /// The category, such as `VALIDATION_ERROR`.
    pub(crate) fn category(&self) -> &str {
        self.members.get("category").and_then(Value::as_str).unwrap_or_default()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(Value::Object(self.members))).into_response()
    }
}

/// An id for support to ask about: unique within the process, and without meaning.
pub(crate) fn correlation_id() -> String {
    static CALLS: AtomicU64 = AtomicU64::new(1);
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    format!("019cd9fe-d093-7d4f-99bc-{call:012x}")
}
