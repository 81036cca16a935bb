//! Which source wins a field, and what the others say. Source: domain guide §9.
//!
//! Pure functions over a cluster. What is always true: a blank value never wins, every value comes with the record it
//! was taken from, and two values that mean the same are no conflict.

pub mod account;
mod believed;
mod blank;
pub mod opportunity;
pub mod person;
mod person_field;
pub mod provenance;
pub mod same;
pub mod stage;
mod weigh;

pub(in crate::unify) use blank::folded;

#[cfg(test)]
mod tests;
