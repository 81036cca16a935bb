//! A pretend HubSpot.

use std::sync::Arc;

use axum::Router;

use super::clock::Clock;
use super::faults::Faults;
use super::world::World;

/// The vendor's whole public interface over the world's `hubspot` tables.
pub fn router(_world: &World, _clock: Clock, _faults: &Arc<Faults>) -> Router {
    Router::new()
}
