//! The reporting schema against a PostgreSQL, where the environment names one.

mod kept;
mod scene;
