//! A pretend HubSpot: one portal, its data in memory, behind the vendor's own paths.
//!
//! `README.md` beside this file says what is emulated and what is not. A request passes `guard` (token, scopes,
//! limits), its endpoint reads or changes the `store`, and a `refusal` is worded as the vendor words it.

mod account;
mod associations;
mod campaigns;
mod events;
mod forms;
mod guard;
mod kind;
mod limits;
mod marketing_emails;
mod oauth;
mod objects;
mod options;
mod owners;
mod paging;
mod pipelines;
mod portal;
mod properties;
mod query;
mod refusal;
mod routes;
#[cfg(test)]
mod samples;
mod scopes;
mod search;
mod segments;
mod stamp;
mod store;
#[cfg(test)]
mod tests;
mod tokens;
pub mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::response::{IntoResponse, Response};

pub use options::Options;
use portal::Portal;
use refusal::{Policy, Refusal};
use store::Store;
use webhooks::Webhooks;

use super::clock::Clock;
use super::faults::{self, Faults};
use super::world::World;

/// The vendor's whole public interface over the world's `hubspot` tables, with the usual limits.
pub fn router(world: &World, clock: Clock, faults: &Arc<Faults>) -> Router {
    router_with(world, clock, faults, Options::default())
}

/// The same with limits and habits of one's own.
pub fn router_with(world: &World, clock: Clock, faults: &Arc<Faults>, options: Options) -> Router {
    telling(world, clock, faults, options, Webhooks::new(clock))
}

/// The same, and what happens there is told to whom these deliveries go.
pub fn telling(
    world: &World,
    clock: Clock,
    faults: &Arc<Faults>,
    options: Options,
    webhooks: Arc<Webhooks>,
) -> Router {
    let store = Store::load(world, clock.now().timestamp_millis());
    let portal = Arc::new(Portal::new(store, clock, options, webhooks));
    faults::watched(routes::all(&portal), faults, refused)
}

/// How this vendor words the refusals that a fault switch asks for.
fn refused(refusal: &faults::Refusal) -> Response {
    let refusal = match refusal {
        faults::Refusal::RateLimited { policy } => Refusal::limited(match policy.as_deref() {
            Some("SECONDLY") => Policy::Secondly,
            Some("DAILY") => Policy::Daily,
            _ => Policy::TenSecondlyRolling,
        }),
        faults::Refusal::ExpiredToken => {
            Refusal::expired(1, &stamp::iso(chrono::Utc::now().timestamp_millis()))
        }
        faults::Refusal::Status { status, code } => {
            let category = code.as_deref().unwrap_or("INTERNAL_ERROR");
            Refusal::new(*status, category, status.canonical_reason().unwrap_or("internal error"))
        }
    };
    refusal.into_response()
}
