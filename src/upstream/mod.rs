//! The wire: how any connector talks to its vendor, and the only place that opens an outgoing connection.
//!
//! A connector describes a [`Call`] and how its vendor words refusals (a [`Dialect`]) and hands out tokens
//! ([`Tokens`]); an [`Upstream`], one per configured source, does the rest in this order, outermost first:
//!
//! 1. **deadline**: nothing outlives the request it was made for, nor the call timeout;
//! 2. **retry** (`retry`): at most two more attempts, only for calls that may be repeated, with full jitter and
//!    a budget over all calls;
//! 3. **pacing** (`pace`): what the vendor said (a pause, a spent quota), the configured windows and daily
//!    quota, the breaker, and a slot. Whatever cannot start in time fails at once and says when it could;
//! 4. **token** (`token`): one refresh for all callers, one replay after a token ran out;
//! 5. **exchange** (`wire`): one HTTP call: no redirects, no proxy, bodies read under a cap.
//!
//! It uses nothing of ours and knows no vendor. Always true of it: no more calls leave than the configured
//! windows, quota and slots allow, as the vendor counts them; none leave before the instant the vendor named;
//! no error carries a token, a query string or the text of a body.
//!
//! Time inside is monotonic ([`tokio::time::Instant`]); who shows an instant to people adds it to its clock.

mod breaker;
mod call;
mod config;
mod dialect;
mod error;
mod health;
mod observe;
mod pace;
mod retry;
mod send;
mod token;
mod wire;

#[cfg(test)]
mod tests;

pub use call::{Answer, Body, Call, Class, Expect, Reply, Tally, encode_segment};
pub use config::{BreakerConfig, Bucket, RetryConfig, Shares, UpstreamConfig};
pub use dialect::{Dialect, Quota, Verdict};
pub use error::{ErrorKind, UpstreamError, VendorText};
pub use health::{Health, HealthState};
pub use pace::Slot;
pub use send::Upstream;
pub use token::{StaticToken, Token, TokenHttp, Tokens};
pub use wire::Wire;

pub use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
pub use reqwest::{Method, StatusCode, Url};
