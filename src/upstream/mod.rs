//! The wire: client, token refresh, retry, limiter.
