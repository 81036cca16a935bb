//! The admin port of one pretend vendor: what it was asked, and what shall go wrong next.
//!
//! Bodies are documented in `README.md` beside this file.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use super::faults::{Calls, Faults, Switch};

/// `GET`, `DELETE /calls` and `GET`, `PUT`, `DELETE /faults`.
pub fn router(faults: &Arc<Faults>) -> Router {
    Router::new()
        .route("/calls", get(calls).delete(reset_calls))
        .route("/faults", get(switches).put(throw).delete(clear))
        .with_state(Arc::clone(faults))
}

async fn calls(State(faults): State<Arc<Faults>>) -> Json<Calls> {
    Json(faults.calls())
}

async fn reset_calls(State(faults): State<Arc<Faults>>) -> StatusCode {
    faults.reset_calls();
    StatusCode::NO_CONTENT
}

async fn switches(State(faults): State<Arc<Faults>>) -> Json<Vec<Switch>> {
    Json(faults.switches())
}

async fn throw(State(faults): State<Arc<Faults>>, body: String) -> Response {
    let thrown = serde_json::from_str(&body)
        .map_err(|error| error.to_string())
        .and_then(|switches| faults.set(switches).map_err(str::to_owned));
    match thrown {
        Ok(()) => Json(faults.switches()).into_response(),
        Err(message) => (StatusCode::BAD_REQUEST, Json(json!({ "message": message }))).into_response(),
    }
}

async fn clear(State(faults): State<Arc<Faults>>) -> StatusCode {
    faults.clear();
    StatusCode::NO_CONTENT
}
