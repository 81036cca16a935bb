//! What a vendor tells unasked: the capability behind `POST /webhooks/{source}`.
//!
//! A delivery is believed only when it proves that the vendor sent it, to this source, just now; that is decided over its
//! raw bytes, before anything in it is read. What it tells is taken as a hint (a record changed: ask again) and once as
//! an order: a record that its owner had deleted for privacy. Deliveries come twice, late and in any order, and nothing
//! here depends on it.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::id::RecordKey;

/// What was sent to the door of a source.
pub struct Delivery<'a> {
    /// The method, in capital letters.
    pub method: &'a str,
    /// The value of a header, by its name in small letters; none where it is missing, there twice, or no text.
    pub header: &'a (dyn Fn(&str) -> Option<&'a str> + Sync),
    /// The body, byte for byte.
    pub body: &'a [u8],
    /// When it arrived, by the gateway's clock.
    pub received_at: DateTime<Utc>,
}

/// One thing a delivery tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Records changed, or came, or went: what is remembered of them is to be asked again.
    Changed {
        /// The vendor's ids, in canonical form.
        ids: Vec<Arc<str>>,
        /// They may now be found by what did not find them before: an address, an account, a list.
        found_otherwise: bool,
    },
    /// A record was deleted for its owner's privacy: what is kept of it must go.
    Erased(RecordKey),
    /// Nothing that is kept here.
    Other,
}

/// Why a delivery is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It does not say who sent it.
    #[error("The delivery carries no signature of the kind this source wants.")]
    Unsigned,
    /// Somebody else sent it, or to somewhere else, or other bytes.
    #[error("The signature is not that of this body at this address.")]
    Forged,
    /// It was signed too long ago, or is yet to be.
    #[error("The delivery was signed more than five minutes ago, or will be.")]
    Stale,
    /// The vendor sent it, and it makes no sense.
    #[error("The delivery is signed, but is no list of events.")]
    Unreadable,
}

/// A capability that understands what its vendor delivers.
pub trait Notices: Send + Sync {
    /// Checks who sent a delivery, and then reads it.
    ///
    /// # Errors
    /// When it is not believed; then nothing of it may be acted upon.
    fn read(&self, delivery: &Delivery<'_>) -> Result<Vec<Notice>, Refused>;
}
