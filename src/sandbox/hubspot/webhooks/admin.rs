//! `GET`, `PUT` and `DELETE /webhooks` of the admin listener: where deliveries go, and what became of them.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Target, Webhooks};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    url: String,
    #[serde(default)]
    connect: Option<SocketAddr>,
}

/// The doors of an admin listener.
pub fn router(webhooks: &Arc<Webhooks>) -> Router {
    Router::new().route("/webhooks", get(show).put(set).delete(clear)).with_state(Arc::clone(webhooks))
}

async fn show(State(webhooks): State<Arc<Webhooks>>) -> Json<Value> {
    let target = webhooks.target().map(|it| json!({ "url": it.url.as_str(), "connect": it.connect }));
    Json(json!({ "target": target, "events": webhooks.tally() }))
}

async fn set(State(webhooks): State<Arc<Webhooks>>, body: String) -> Response {
    let target = serde_json::from_str(&body)
        .map_err(|error| error.to_string())
        .and_then(|Wish { url, connect }| Target::new(&url, connect).map_err(str::to_owned));
    match target {
        Ok(target) => {
            webhooks.deliver_to(Some(target));
            StatusCode::NO_CONTENT.into_response()
        }
        Err(message) => (StatusCode::BAD_REQUEST, Json(json!({ "message": message }))).into_response(),
    }
}

async fn clear(State(webhooks): State<Arc<Webhooks>>) -> StatusCode {
    webhooks.deliver_to(None);
    StatusCode::NO_CONTENT
}
