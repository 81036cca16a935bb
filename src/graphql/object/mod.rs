//! The types of the schema, one file each. Resolvers hold no logic: they ask `unify` and show what it answers.

pub mod account;
pub mod campaign;
pub mod custom;
pub mod export;
pub mod history;
pub mod lead_source;
pub mod money;
pub mod opportunity;
pub mod past;
pub mod person;
pub mod person_field;
pub mod provenance;
pub mod record;
pub mod source;
pub mod user;
pub mod warning;
