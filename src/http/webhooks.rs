//! `POST /webhooks/{source}`: what a vendor tells unasked.
//!
//! No token opens this door and no browser knows it: a delivery proves itself by the vendor's signature, which `app` has
//! checked over the raw bytes before anything is read. A source whose settings say nothing of deliveries has no door, and
//! looks like one that does not exist. Bodies are bounded, and so is how many are taken in at once; who is sent away comes
//! again, as vendors do. A delivery is acknowledged when all it asks for is done, and what was begun is finished although
//! the vendor hangs up.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Router};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::graphql::code::Code;

use super::arrival::RequestId;
use super::media::Media;
use super::{meters, refusal};

/// The largest body: a hundred events, each with a long text in it.
const LARGEST: usize = 2 * 1024 * 1024;
/// At most so many deliveries are taken in at once. HubSpot has ten under way unless told otherwise.
const AT_ONCE: usize = 32;
/// How long a body may take to arrive; a vendor waits five seconds for its answer.
const BODY_DEADLINE: Duration = Duration::from_secs(5);

/// A delivery as it arrived.
pub struct Delivered {
    method: Method,
    headers: HeaderMap,
    body: Bytes,
}

impl Delivered {
    /// The method, in capital letters.
    pub fn method(&self) -> &str {
        self.method.as_str()
    }

    /// The value of a header; none where it is missing, there twice, or no text.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let only = values.next().filter(|_| values.next().is_none())?;
        only.to_str().ok()
    }

    /// The body, byte for byte.
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

/// What was told in a delivery, by what became of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Notices of records that are asked again.
    pub changed: u64,
    /// Notices of records that were erased.
    pub erased: u64,
    /// Notices that concern nothing here.
    pub other: u64,
    /// Records that were erased.
    pub records: u64,
    /// Entries of histories that now tell of nobody.
    pub events: u64,
}

/// Why a delivery was not acted upon.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotHeard {
    /// It does not prove that the vendor sent it, here and now.
    #[error("{told}")]
    NotBelieved {
        /// Why, in a word for the numbers.
        outcome: &'static str,
        /// Why, in a sentence for whoever sent it.
        told: String,
    },
    /// It makes no sense.
    #[error("{0}")]
    Unreadable(String),
    /// It could not be done, and has to be sent again.
    #[error("{0}")]
    Failed(String),
}

/// Understands deliveries; `app` says how.
#[async_trait]
pub trait Hearing: Send + Sync {
    /// Whether a source of this name takes deliveries.
    fn has_door(&self, source: &str) -> bool;

    /// Does what a delivery asks for. When it returns, that is done and lasts.
    ///
    /// # Errors
    /// When it is not believed, makes no sense, or cannot be done.
    async fn hear(&self, source: &str, delivered: &Delivered) -> Result<Heard, NotHeard>;
}

#[derive(Clone)]
struct Door {
    hearing: Arc<dyn Hearing>,
    slots: Arc<Semaphore>,
}

/// The doors of all sources.
pub(super) fn router(hearing: Arc<dyn Hearing>) -> Router {
    let door = Door { hearing, slots: Arc::new(Semaphore::new(AT_ONCE)) };
    Router::new().route("/webhooks/{source}", post(deliver).fallback(by_another_method)).with_state(door)
}

async fn by_another_method() -> Response {
    refusal::method_not_allowed("POST", "Deliveries are sent by POST.")
}

async fn deliver(
    State(door): State<Door>,
    Path(source): Path<String>,
    Extension(request): Extension<RequestId>,
    method: Method,
    headers: HeaderMap,
    body: Body,
) -> Response {
    if !door.hearing.has_door(&source) {
        return refusal::no_such_place();
    }
    let Ok(_slot) = door.slots.try_acquire() else {
        meters::count_delivery(&source, "overloaded");
        return overloaded();
    };
    let body = match read(body).await {
        Ok(body) => body,
        Err(response) => {
            meters::count_delivery(&source, "cut");
            return *response;
        }
    };
    let delivered = Delivered { method, headers, body };
    let (hearing, name) = (door.hearing.clone(), source.clone());
    // In a task of its own: a vendor that no longer waits must not end what was begun.
    let heard = tokio::spawn(async move { hearing.hear(&name, &delivered).await }).await;
    match heard.unwrap_or_else(|_panicked| Err(NotHeard::Failed("it ended half-way".to_owned()))) {
        Ok(heard) => {
            note(&source, &request, heard);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(not_heard) => refuse(&source, &request, &not_heard),
    }
}

async fn read(body: Body) -> Result<Bytes, Box<Response>> {
    let (status, message) = match timeout(BODY_DEADLINE, Limited::new(body, LARGEST).collect()).await {
        Ok(Ok(collected)) => return Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            (StatusCode::PAYLOAD_TOO_LARGE, "The body is larger than 2 MiB.")
        }
        Ok(Err(_broken)) => (StatusCode::BAD_REQUEST, "The body broke off."),
        Err(_elapsed) => (StatusCode::REQUEST_TIMEOUT, "The body took too long to arrive."),
    };
    Err(Box::new(refusal::refuse(status, Media::Json, Code::BadInput, message)))
}

fn overloaded() -> Response {
    let message = "Too many deliveries at once; send it again in a second.";
    let mut response = refusal::refuse(StatusCode::TOO_MANY_REQUESTS, Media::Json, Code::Overloaded, message);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

fn note(source: &str, request: &RequestId, heard: Heard) {
    meters::count_delivery(source, "heard");
    for (kind, notices) in [("changed", heard.changed), ("erased", heard.erased), ("other", heard.other)] {
        meters::count_notices(source, kind, notices);
    }
    if heard.erased > 0 {
        // Who it was must not be told again, not even here.
        tracing::info!(
            target: "audit",
            {
                request.id = &*request.0,
                source.name = source,
                notices = heard.erased,
                records = heard.records,
                events = heard.events,
            },
            "{source} told of privacy deletions, and what was kept of them is erased"
        );
    }
}

fn refuse(source: &str, request: &RequestId, not_heard: &NotHeard) -> Response {
    let (status, code, outcome, told) = match not_heard {
        NotHeard::NotBelieved { outcome, told } => {
            (StatusCode::UNAUTHORIZED, Code::Unauthenticated, *outcome, &**told)
        }
        NotHeard::Unreadable(told) => (StatusCode::BAD_REQUEST, Code::BadInput, "unreadable", &**told),
        NotHeard::Failed(_) => {
            let told = "What was delivered could not be done; send it again.";
            (StatusCode::INTERNAL_SERVER_ERROR, Code::Internal, "failed", told)
        }
    };
    meters::count_delivery(source, outcome);
    let id = &*request.0;
    if let NotHeard::Failed(error) = not_heard {
        tracing::error!(request.id = id, source.name = source, error = %error, "a delivery of {source} could not be done");
    } else {
        tracing::warn!(
            request.id = id,
            source.name = source,
            outcome,
            "a delivery to {source} was refused: {told}"
        );
    }
    refusal::refuse(status, Media::Json, code, told)
}
