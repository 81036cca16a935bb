//! The vocabulary: people, accounts, opportunities, campaigns, their history, and who may see them.
//!
//! Uses nothing of ours, is never asynchronous, and knows neither a vendor's JSON nor a schema. What is always
//! true here: a [`RecordKey`](id::RecordKey) names one row of one configured source, instants are UTC, amounts
//! are exact decimals.

pub mod account;
pub mod campaign;
pub mod case_safe;
pub mod clock;
pub mod custom;
pub mod email;
pub mod event;
pub mod fact;
pub mod hex;
pub mod id;
pub mod identify;
pub mod lead_source;
pub mod lifecycle;
pub mod masking;
pub mod money;
pub mod opportunity;
pub mod person;
pub mod phone;
pub mod record;
pub mod select;
pub mod territory;
pub mod user;
pub mod view;
pub mod web_domain;
