//! How a person went from stranger to customer, and how a sale went through its stages. Source: domain guide §3, §7.
//!
//! Pure functions over what [`history`](super::history) and [`merge`](super::merge) have made one: the timeline of all
//! records of a person, the sales that are theirs. What is always true: automatic updates only move a person forward;
//! what was filled in is marked so; nothing that happened after `until` is told; equal input gives equal output.

pub mod activity;
pub mod lifecycle;
mod signals;
pub mod stages;
pub mod touch;

#[cfg(test)]
mod tests;
