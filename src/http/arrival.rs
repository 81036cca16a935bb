//! What happens to every request first and last: an id, a line in the access log, a place in the numbers.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;
use uuid::Uuid;

use super::{REQUEST_ID, meters};

/// The longest id taken from a client.
const LONGEST_ID: usize = 64;

/// Names a request, in the log and to the client.
#[derive(Clone, Debug)]
pub(super) struct RequestId(pub(super) Arc<str>);

/// Gives the request its id, and notes what became of it. The address is noted without what stands behind the
/// question mark, which may hold a document.
pub(super) async fn note(mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id =
        request.headers().get(REQUEST_ID).and_then(brought).unwrap_or_else(|| Uuid::new_v4().to_string());
    let header = HeaderValue::from_str(&id).expect("an id is made of letters, digits and hyphens");
    request.extensions_mut().insert(RequestId(Arc::from(id.as_str())));
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    let in_flight = meters::InFlight::begin();
    // Every line written for this request carries its id.
    let span = tracing::info_span!("request", request.id = id);
    let mut response = next.run(request).instrument(span).await;
    drop(in_flight);
    response.headers_mut().insert(REQUEST_ID, header);
    let status = response.status().as_u16();
    let took = started.elapsed();
    meters::count_request(&route, status, took);
    let duration_ms = took.as_secs_f64() * 1000.0;
    tracing::info!(
        target: "access",
        {
            request.id = id,
            http.method = %method,
            http.route = route,
            http.status = status,
            duration_ms,
        },
        "{method} {route} {status}"
    );
    response
}

/// An id the client brought, when it is one.
fn brought(value: &HeaderValue) -> Option<String> {
    let text = value.to_str().ok()?;
    let fine = (1..=LONGEST_ID).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    fine.then(|| text.to_owned())
}
