//! The commands, one file each.

pub(crate) mod check;
pub(crate) mod demo;
pub(crate) mod erase;
pub(crate) mod ledger;
pub(crate) mod sandbox;
pub(crate) mod schema;
pub(crate) mod serve;
pub(crate) mod settings;
pub(crate) mod token;
pub(crate) mod world;
