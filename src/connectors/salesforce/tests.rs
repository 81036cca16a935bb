//! The connector against a pretend org: which calls leave, and that answers are whole.

mod fake;
mod people;
mod sandbox;
