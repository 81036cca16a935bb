//! `POST /erase` of the operators' listener: a person goes, for good.

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What an erasure took away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// Records that were here.
    pub records: u64,
    /// Entries of histories that now tell of nobody.
    pub events: u64,
}

/// Why nobody was erased.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EraseRefusal {
    /// It names nobody.
    #[error("that names no person: give source:object:id, or the id of a person from GraphQL")]
    Unknown,
    /// There is nothing to erase from.
    #[error("these settings have no [ledger]: nothing is kept that could be erased")]
    NoLedger,
    /// It could not be done.
    #[error("{0}")]
    Failed(String),
}

/// Erases people; `app` says how.
#[async_trait]
pub trait Erasing: Send + Sync {
    /// Erases the person that is named so.
    ///
    /// # Errors
    /// When it names nobody, or cannot be done.
    async fn erase(&self, named: &str) -> Result<Erased, EraseRefusal>;
}

/// Who is to go.
#[derive(Deserialize)]
struct Wish {
    /// A record as `source:object:id`, or the id of a person from GraphQL.
    person: String,
}

/// The door. It has no authentication: it listens where operators alone connect.
pub fn erasing(eraser: Arc<dyn Erasing>) -> Router {
    Router::new().route("/erase", post(erase)).with_state(eraser)
}

async fn erase(State(eraser): State<Arc<dyn Erasing>>, Json(wish): Json<Wish>) -> Response {
    match eraser.erase(&wish.person).await {
        Ok(erased) => {
            // Who it was must not be told again, not even here.
            tracing::info!(
                target: "audit",
                records = erased.records,
                events = erased.events,
                "a person was erased"
            );
            Json(erased).into_response()
        }
        Err(refusal) => {
            let status = match refusal {
                EraseRefusal::Unknown => StatusCode::BAD_REQUEST,
                EraseRefusal::NoLedger => StatusCode::CONFLICT,
                EraseRefusal::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
            };
            (status, Json(json!({ "message": refusal.to_string() }))).into_response()
        }
    }
}
