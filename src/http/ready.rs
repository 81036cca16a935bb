//! Whether the gateway wants questions: not before tokens can be checked, and not while it stops.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::auth::Authority;

/// Says whether questions can be answered now.
#[derive(Clone)]
pub struct Readiness {
    authority: Authority,
    stop: CancellationToken,
    note: Option<Arc<dyn Fn() -> Option<String> + Send + Sync>>,
}

impl Readiness {
    /// Ready once the authority can check tokens, until `stop` is called.
    pub fn new(authority: Authority, stop: CancellationToken) -> Self {
        Self { authority, stop, note: None }
    }

    /// The same, with what operators should know although it is ready.
    #[must_use]
    pub fn noting(self, note: Arc<dyn Fn() -> Option<String> + Send + Sync>) -> Self {
        Self { note: Some(note), ..self }
    }

    /// What operators should know although it is ready.
    pub(super) fn note(&self) -> Option<String> {
        self.note.as_ref().and_then(|note| note())
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
