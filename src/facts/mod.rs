//! The read model: everybody and everything, compact and in memory, from which lists, metrics and tables answer.
//!
//! [`Facts`] is built from the ledger and kept current by what came after. Records that hang together (by address,
//! reference, conversion, merge, account: `web`) are made into people, accounts and opportunities by the very
//! functions of `unify` that the live path uses (`compose`, `rows`), put into tables of fixed-width rows (`putting`, `tables`), and
//! published as an immutable [`Snapshot`] that readers share. A change recomputes the components it
//! touches and nothing else; the next snapshot shares with the last what did not change, and is swapped in whole. A
//! `checkpoint` of it all lets the next start begin where this one ends.
//!
//! What is always true: what was made step by step is what would be made from scratch; every list takes a
//! [`View`](crate::domain::view::View) and counts only what it sees; identity, survivorship and history are decided
//! nowhere but in `unify`; nothing here asks a vendor.

mod around;
pub mod as_of;
mod bonds;
mod checkpoint;
mod compose;
pub mod engagement;
mod groups;
pub mod journal;
pub mod keeper;
pub mod keys;
pub mod line;
pub mod lists;
mod material;
mod model;
mod moves;
mod naming;
mod putting;
mod reading;
mod rows;
pub mod rules;
mod sharing;
pub mod snapshot;
mod tables;
mod then;
mod together;
mod told;
pub mod visible;
mod web;
pub mod whole;

#[cfg(test)]
mod tests;

pub use checkpoint::remove_checkpoint;
pub use journal::Table;
pub use keeper::{Facts, FactsError, Refreshed};
pub use rules::Rules;
pub use snapshot::Snapshot;
