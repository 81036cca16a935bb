//! Exports tried without a door.

mod changes;
mod views;
pub(crate) mod world;
