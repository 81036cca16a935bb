//! The doors: GraphQL over HTTP, a view's schema, datasets as files, what vendors deliver, health, the page.
//!
//! Layers, outermost first: request id and access log, caught panics, security headers, cross-origin rules, then for
//! the GraphQL routes alone: overload, forged cross-site requests, authentication. A request carries its token in
//! `Authorization` and nowhere else; there is no cookie. Uses `auth` for who asks, `graphql` and `export` for what is answered.
//! Always true here: a refusal has the shape of a GraphQL error with a stable code, and no text that came from inside.

pub mod admin;
mod arrival;
mod ask;
mod audit;
mod caller;
mod erase;
mod export;
mod files;
mod media;
pub mod meters;
mod overload;
mod page;
mod question;
mod range;
mod ready;
mod refusal;
mod schema;
pub mod serve;
pub mod webhooks;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use axum::http::header::{
    AUTHORIZATION, CONTENT_TYPE, ETAG, HeaderName, REFERRER_POLICY, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderValue, Method};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::CorsLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::auth::Authority;
use crate::export::Exports;
use crate::export::jobs::Jobs;
use crate::graphql::engine::Engine;

use webhooks::Hearing;

pub use ready::Readiness;

/// How the public doors behave.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Origins of other hosts whose pages may ask, as a browser writes them: `https://dashboards.example.com`.
    pub allowed_origins: Vec<String>,
    /// Questions answered at once; more are sent away.
    pub at_once: usize,
    /// Datasets downloaded at once; more are sent away.
    pub downloads: usize,
    /// The largest body of a question.
    pub largest_body: usize,
    /// How long a body may take to arrive.
    pub body_deadline: Duration,
    /// Tokens for the page to offer. For the demo alone; without any, nothing offers them.
    pub offered_tokens: Vec<OfferedToken>,
    /// Addresses both vendors know, for the examples of a page that offers tokens.
    pub offered_emails: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            allowed_origins: Vec::new(),
            at_once: 512,
            downloads: 8,
            largest_body: 256 * 1024,
            body_deadline: Duration::from_secs(10),
            offered_tokens: Vec::new(),
            offered_emails: Vec::new(),
        }
    }
}

/// A token the page of a demo offers.
#[derive(Clone, Debug, serde::Serialize)]
pub struct OfferedToken {
    /// The view it grants.
    pub view: String,
    /// The token.
    pub token: String,
}

/// An entry of the allowed origins that no browser would send.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0:?} is no origin; write it as a browser does, such as https://dashboards.example.com")]
pub struct NoOrigin(pub String);

/// Datasets: for whoever waits, and written into files.
#[derive(Clone)]
pub struct Datasets {
    /// Opens them.
    pub exports: Exports,
    /// Knows the files; none where none are written.
    pub jobs: Option<Jobs>,
}

/// What the handlers of the public doors share.
#[derive(Clone)]
struct Doors {
    engine: Arc<Engine>,
    authority: Authority,
    slots: Arc<Semaphore>,
    exports: Exports,
    jobs: Option<Jobs>,
    downloads: Arc<Semaphore>,
    largest_body: usize,
    body_deadline: Duration,
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The public doors.
///
/// # Errors
/// When an allowed origin is none.
pub fn public(
    engine: Arc<Engine>,
    authority: Authority,
    readiness: Readiness,
    datasets: Datasets,
    hearing: Arc<dyn Hearing>,
    settings: &Settings,
) -> Result<Router, NoOrigin> {
    let doors = Doors {
        engine,
        authority,
        slots: Arc::new(Semaphore::new(settings.at_once)),
        exports: datasets.exports,
        jobs: datasets.jobs,
        downloads: Arc::new(Semaphore::new(settings.downloads)),
        largest_body: settings.largest_body,
        body_deadline: settings.body_deadline,
    };
    let mut csrf = CsrfLayer::new();
    let mut origins: Vec<HeaderValue> = Vec::new();
    for origin in &settings.allowed_origins {
        csrf = csrf.add_trusted_origin(origin).map_err(|_| NoOrigin(origin.clone()))?;
        origins.push(origin.parse().map_err(|_| NoOrigin(origin.clone()))?);
    }
    let csrf = csrf.with_rejection_response(|_reason| refusal::cross_site());
    let asking = Router::new()
        .route("/graphql", get(ask::by_get).post(ask::by_post).fallback(ask::by_another_method))
        .route("/schema.graphql", get(schema::of_view))
        .route("/export", get(export::list))
        .route("/export/{file}", get(export::file))
        .route_layer(from_fn_with_state(doors.clone(), caller::authenticate))
        .route_layer(csrf)
        .route_layer(from_fn_with_state(doors.clone(), overload::shed))
        .with_state(doors.clone());
    // Whoever has the link needs no token. What is zipped already is not zipped again, and any piece of it can be had.
    let files = Router::new()
        .route("/export/files/{id}/{key}/{file}", get(files::file))
        .route_layer(from_fn_with_state(doors.clone(), overload::shed))
        .with_state(doors);
    let mut open = page::router().merge(admin::health(readiness));
    if !settings.offered_tokens.is_empty() {
        let offer = json!({ "tokens": settings.offered_tokens, "emails": settings.offered_emails });
        open = open.route("/demo/tokens", get(async move || Json(offer)));
    }
    let mut router = asking
        .merge(open)
        .layer(CompressionLayer::new())
        .merge(files)
        .merge(webhooks::router(hearing))
        .fallback(async || refusal::no_such_place());
    if !origins.is_empty() {
        let cors = CorsLayer::new()
            .allow_origin(origins)
            .allow_methods([Method::GET, Method::POST])
            .allow_headers([AUTHORIZATION, CONTENT_TYPE, REQUEST_ID])
            .expose_headers([
                REQUEST_ID,
                RETRY_AFTER,
                ETAG,
                export::NEXT_CURSOR,
                export::NEXT_SINCE,
                export::AS_OF,
            ])
            .max_age(Duration::from_secs(600));
        router = router.layer(cors);
    }
    let router = router
        .layer(header(X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(X_FRAME_OPTIONS, "DENY"))
        .layer(header(REFERRER_POLICY, "no-referrer"))
        .layer(header(axum::http::header::CACHE_CONTROL, "no-store"))
        .layer(CatchPanicLayer::custom(refusal::panicked))
        .layer(from_fn(arrival::note));
    Ok(router)
}

/// Sets the header where a handler has not.
fn header(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}
