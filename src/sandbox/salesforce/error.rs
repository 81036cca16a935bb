//! What the vendor answers when it refuses: an array of code and message, and the HTTP status that goes with it.

use std::borrow::Cow;

use axum::http::StatusCode;
use serde_json::{Value as Json, json};

/// One refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) code: Cow<'static, str>,
    pub(super) message: String,
    pub(super) fields: Vec<String>,
}

impl Refusal {
    /// A refusal of the caller's input.
    pub(super) fn bad(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code: Cow::Borrowed(code), message: message.into(), fields: Vec::new() }
    }

    pub(super) fn about(mut self, field: impl Into<String>) -> Self {
        self.fields.push(field.into());
        self
    }

    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", "The requested resource does not exist")
    }

    pub(super) fn method(method: &str) -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "METHOD_NOT_ALLOWED",
            format!("HTTP Method '{method}' not allowed. Allowed are HEAD,GET,POST,PATCH,DELETE"),
        )
    }

    pub(super) fn session() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "INVALID_SESSION_ID", "Session expired or invalid")
    }

    pub(super) fn malformed_json(detail: &str) -> Self {
        Self::bad("JSON_PARSER_ERROR", detail)
    }

    /// As data calls answer it: one entry of the error array.
    pub(super) fn entry(&self) -> Json {
        let mut entry = json!({ "message": self.message, "errorCode": self.code });
        if !self.fields.is_empty() {
            entry["fields"] = json!(self.fields);
        }
        entry
    }

    /// As the rows of a collection answer it: `statusCode`, and `fields` even when there are none.
    pub(super) fn item(&self) -> Json {
        json!({ "statusCode": self.code, "message": self.message, "fields": self.fields })
    }
}

impl Refusal {
    pub(super) fn total_requests() -> Self {
        Self::new(StatusCode::FORBIDDEN, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    }

    pub(super) fn concurrent_requests() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "REQUEST_LIMIT_EXCEEDED",
            "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
        )
    }

    /// A refusal that somebody wants to see, with the vendor's usual code for its status.
    pub(super) fn injected(status: StatusCode, code: Option<&str>) -> Self {
        let usual = match status.as_u16() {
            400 => "UNABLE_TO_LOCK_ROW",
            401 => "INVALID_SESSION_ID",
            403 => "API_DISABLED_FOR_ORG",
            404 => "NOT_FOUND",
            503 => "SERVER_UNAVAILABLE",
            _ => "UNKNOWN_EXCEPTION",
        };
        let refusal =
            Self::new(status, usual, status.canonical_reason().unwrap_or("An unexpected error occurred."));
        match code {
            Some(code) => Self { code: Cow::Owned(code.to_owned()), ..refusal },
            None => refusal,
        }
    }
}
