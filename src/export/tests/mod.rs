//! Exports tried without a door.

mod changes;
mod histories;
mod views;
pub(crate) mod world;
