//! Whether the gateway wants questions: not before tokens can be checked, and not while it stops.

use tokio_util::sync::CancellationToken;

use crate::auth::Authority;

/// Says whether questions can be answered now.
#[derive(Clone)]
pub struct Readiness {
    authority: Authority,
    stop: CancellationToken,
}

impl Readiness {
    /// Ready once the authority can check tokens, until `stop` is called.
    pub fn new(authority: Authority, stop: CancellationToken) -> Self {
        Self { authority, stop }
    }

    /// What keeps it from being ready, if anything.
    pub(super) fn hindrance(&self) -> Option<&'static str> {
        if self.stop.is_cancelled() {
            Some("stopping")
        } else if self.authority.is_ready() {
            None
        } else {
            Some("waiting for the issuer's keys")
        }
    }
}
