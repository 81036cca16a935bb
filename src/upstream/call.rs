//! One question to a vendor and its answer, before and after the wire.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::error::{ErrorKind, Fault};

/// One question to a vendor.
#[derive(Debug, Clone)]
pub struct Call {
    /// The HTTP method.
    pub method: Method,
    /// The path below the base URL, beginning with `/`; variable segments through [`encode_segment`].
    pub path: String,
    /// Query pairs, encoded by us; a name may repeat.
    pub query: Vec<(Cow<'static, str>, String)>,
    /// Headers beyond `Authorization`, `Accept` and `Content-Type`, which are ours.
    pub headers: HeaderMap,
    /// What is sent along.
    pub body: Body,
    /// What kind of answer is usable.
    pub expect: Expect,
    /// A stable name for errors, logs and metrics, such as `contacts.batch_read`.
    pub endpoint: &'static str,
    /// The window this call counts in; a name without a configured window is unpaced.
    pub bucket: &'static str,
    /// Whether doing it twice is the same as doing it once.
    pub idempotent: bool,
    /// Who waits for it.
    pub class: Class,
    /// When the answer is of no use any more.
    pub deadline: Instant,
    /// Where its cost is counted.
    pub tally: Tally,
}

impl Call {
    /// An interactive read: idempotent, JSON, no body.
    pub fn get(
        endpoint: &'static str,
        bucket: &'static str,
        path: impl Into<String>,
        deadline: Instant,
    ) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: Body::None,
            expect: Expect::Json,
            endpoint,
            bucket,
            idempotent: true,
            class: Class::Interactive,
            deadline,
            tally: Tally::default(),
        }
    }

    /// A POST of JSON. Not repeated on failure unless `idempotent` is set: many vendors read by POST.
    pub fn post(
        endpoint: &'static str,
        bucket: &'static str,
        path: impl Into<String>,
        body: serde_json::Value,
        deadline: Instant,
    ) -> Self {
        Self {
            method: Method::POST,
            body: Body::Json(body),
            idempotent: false,
            ..Self::get(endpoint, bucket, path, deadline)
        }
    }
}

/// What a call sends along.
#[derive(Debug, Clone, Default)]
pub enum Body {
    /// Nothing.
    #[default]
    None,
    /// A JSON value.
    Json(serde_json::Value),
    /// Form fields, URL-encoded.
    Form(Vec<(Cow<'static, str>, String)>),
}

/// What kind of answer is usable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Expect {
    /// JSON, or an empty body. A success of another type is an error.
    #[default]
    Json,
    /// Any type, such as CSV.
    Anything,
}

/// Who waits for a call. What waits less leaves room for what waits more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Class {
    /// A person waits.
    #[default]
    Interactive,
    /// Refreshes and capture.
    Background,
    /// Long reads for files.
    Export,
}

/// Counts what a request really cost the vendors. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    calls: Arc<AtomicU32>,
    token_calls: Arc<AtomicU32>,
}

impl Tally {
    /// Counts calls in a counter somebody else keeps.
    pub fn counting_in(calls: Arc<AtomicU32>) -> Self {
        Self { calls, token_calls: Arc::default() }
    }

    /// HTTP calls made, retries and replays included.
    pub fn calls(&self) -> u32 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Calls to token endpoints this request caused.
    pub fn token_calls(&self) -> u32 {
        self.token_calls.load(Ordering::Relaxed)
    }

    pub(super) fn count_call(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_token_call(&self) {
        self.token_calls.fetch_add(1, Ordering::Relaxed);
    }
}

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, decompressed.
    pub body: Bytes,
}

impl Reply {
    pub(super) fn parse<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        // serde_json refuses more than 128 levels by itself. Its message may quote the body, so only the
        // place is kept.
        serde_json::from_slice(&self.body).map_err(|error| {
            let kind = if error.is_data() { ErrorKind::UnknownShape } else { ErrorKind::Damaged };
            Fault::because(kind, BadJson { line: error.line(), column: error.column() })
        })
    }
}

#[derive(Debug, thiserror::Error)]
#[error("JSON does not fit at line {line} column {column}")]
struct BadJson {
    line: usize,
    column: usize,
}

/// A typed answer.
#[derive(Debug, Clone)]
pub struct Answer<T> {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, read as JSON.
    pub value: T,
}

/// Everything but letters, digits and the marks that mean nothing in a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Encodes a value as exactly one path segment. `.` and `..` cannot be one and make the call a `BadCall`.
pub fn encode_segment(value: &str) -> String {
    utf8_percent_encode(value, SEGMENT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_cannot_leave_its_place() {
        assert_eq!(encode_segment("a/../b?c#d\r\n"), "a%2F..%2Fb%3Fc%23d%0D%0A");
    }
}
