#![doc = include_str!("ARCHITECTURE.md")]

// In the order a request travels.
pub mod app;
pub mod config;
pub mod telemetry;

pub mod http;

pub mod auth;

pub mod graphql;

pub mod export;

pub mod facts;

pub mod unify;

pub mod metrics;

pub mod capture;

pub mod ledger;

pub mod domain;

pub mod source;

pub mod connectors;

pub mod upstream;

pub mod sandbox;
