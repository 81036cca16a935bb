//! A pretend Salesforce: log-in, describe, queries, writes and change feeds over the world's `salesforce` tables.
//!
//! A call travels `oauth` (who asks) → `rest` (which resource) → `soql` or `write` (what happens) → `store` (the
//! rows). What is and is not like the vendor's own is in `README.md` beside this file.

mod error;
mod form;
mod id;
mod oauth;
mod org;
mod rest;
mod schema;
mod soap;
mod soql;
mod store;
mod write;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::response::Response;
use axum::routing::{any, get, post};
use tower_http::compression::CompressionLayer;

use super::clock::Clock;
use super::faults::{self, Faults};
use super::world::World;

use self::error::Refusal;
use self::org::Org;

/// What an administrator of the pretend org can choose.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long a token lives after its last use.
    pub token_lifetime: Duration,
    /// Calls a day.
    pub daily_calls: u64,
    /// Query results a user may have open for paging.
    pub open_cursors: usize,
    /// PEM of the key that JWT assertions must be signed with; without it only their claims are checked.
    pub public_key: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            token_lifetime: Duration::from_secs(2 * 60 * 60),
            daily_calls: 5_000_000,
            open_cursors: 10,
            public_key: None,
        }
    }
}

/// The vendor's whole public interface over the world's `salesforce` tables.
pub fn router(world: &World, clock: Clock, faults: &Arc<Faults>) -> Router {
    router_with(world, clock, faults, Options::default())
}

/// The same with the administrator's choices.
pub fn router_with(world: &World, clock: Clock, faults: &Arc<Faults>, options: Options) -> Router {
    let org = Arc::new(Org::new(world, clock, options));
    let mut router = Router::new()
        .route("/services/oauth2/token", post(oauth::token))
        .route("/services/oauth2/revoke", any(oauth::revoke))
        .route("/services/oauth2/introspect", post(oauth::introspect))
        .route("/services/oauth2/userinfo", any(oauth::user_info))
        .route("/id/{org}/{user}", get(oauth::identity));
    router = router.route("/services/Soap/u/{version}", post(soap::serve));
    for template in rest::TEMPLATES {
        // Clients differ in whether they end a path with a slash.
        router = router.route(template, any(rest::serve)).route(&format!("{template}/"), any(rest::serve));
    }
    let router = router.fallback(rest::serve).with_state(org).layer(CompressionLayer::new().gzip(true));
    faults::watched(router, faults, refused)
}

/// A fault in this vendor's words.
fn refused(refusal: &faults::Refusal) -> Response {
    rest::refuse(&match refusal {
        faults::Refusal::RateLimited { policy } => match policy.as_deref() {
            Some("ConcurrentRequests") => Refusal::concurrent_requests(),
            _ => Refusal::total_requests(),
        },
        faults::Refusal::ExpiredToken => Refusal::session(),
        faults::Refusal::Status { status, code } => Refusal::injected(*status, code.as_deref()),
    })
}
