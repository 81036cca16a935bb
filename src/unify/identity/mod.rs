//! Which records are one person, one account, one opportunity. Source: domain guide §8.
//!
//! Pure functions: records and settings in, clusters out; no clock, no reading. What is always true: the result never
//! depends on the order in which records arrive, no record is in two clusters, and a dropped link leaves a warning.
//! Reading goes in rounds: [`open_lookups`](lookups::open_lookups) says what is still worth asking, [`link`](people::link)
//! says what was found.

pub mod accounts;
mod aliases;
mod by_email;
pub mod cluster;
mod forest;
pub mod lookups;
pub mod opportunities;
pub mod people;
mod records;
pub mod rules;

#[cfg(test)]
mod tests;
