//! The operators' listener: is it alive, does it want questions, what do its numbers say.

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;

use super::meters::Meters;
use super::ready::Readiness;

pub use super::erase::{EraseRefusal, Erased, Erasing, erasing};

/// Health and numbers. It has no authentication: it listens where operators alone connect.
pub fn admin(readiness: Readiness, meters: Meters) -> Router {
    health(readiness).route(
        "/metrics",
        get(async move || ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], meters.render())),
    )
}

/// `/livez` answers while the process runs; `/readyz` while it wants questions. Ready is also who cannot capture: the
/// second line then says why.
pub(super) fn health(readiness: Readiness) -> Router {
    Router::new().route("/livez", get(async || "ok\n")).route(
        "/readyz",
        get(async move || match readiness.hindrance() {
            None => {
                let note = readiness.note().map_or_else(String::new, |note| format!("{note}\n"));
                (StatusCode::OK, format!("ready\n{note}"))
            }
            Some(hindrance) => (StatusCode::SERVICE_UNAVAILABLE, format!("{hindrance}\n")),
        }),
    )
}
