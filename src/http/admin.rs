//! The operators' listener: is it alive, does it want questions, what do its numbers say.

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;

use super::meters::Meters;
use super::ready::Readiness;

/// Health and numbers. It has no authentication: it listens where operators alone connect.
pub fn admin(readiness: Readiness, meters: Meters) -> Router {
    health(readiness).route(
        "/metrics",
        get(async move || ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], meters.render())),
    )
}

/// `/livez` answers while the process runs; `/readyz` while it wants questions.
pub(super) fn health(readiness: Readiness) -> Router {
    Router::new().route("/livez", get(async || "ok\n")).route(
        "/readyz",
        get(async move || match readiness.hindrance() {
            None => (StatusCode::OK, "ready\n".to_owned()),
            Some(hindrance) => (StatusCode::SERVICE_UNAVAILABLE, format!("{hindrance}\n")),
        }),
    )
}
