//! The vendor's signature, version 3: base64 of HMAC-SHA256 under the app's secret over method, address, body and the
//! instant of signing, one after the other.
//!
//! Versions 1 and 2 are plain hashes that name no instant and can be sent again for ever: where version 3 is missing,
//! nothing else stands for it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::source::notices::{Delivery, Refused};

/// How far the instant of signing may lie from ours, either way.
const WINDOW: TimeDelta = TimeDelta::minutes(5);
const SIGNATURE: &str = "x-hubspot-signature-v3";
const TIMESTAMP: &str = "x-hubspot-request-timestamp";
/// What the vendor writes plainly in the address before it signs; everything else stays encoded.
const DECODED: [(&str, char); 12] = [
    ("3A", ':'),
    ("2F", '/'),
    ("3F", '?'),
    ("40", '@'),
    ("21", '!'),
    ("24", '$'),
    ("27", '\''),
    ("28", '('),
    ("29", ')'),
    ("2A", '*'),
    ("2C", ','),
    ("3B", ';'),
];

/// Who signs, and for which address.
pub(super) struct Signed {
    key: Hmac<Sha256>,
    address: String,
}

impl Signed {
    /// Deliveries to this address, as the vendor calls it, under this secret.
    pub(super) fn new(address: &str, secret: &SecretString) -> Self {
        let key = Hmac::new_from_slice(secret.expose_secret().as_bytes());
        Self { key: key.expect("HMAC takes a key of any length"), address: as_signed(address) }
    }

    /// Whether the vendor signed these very bytes for this address just now.
    pub(super) fn check(&self, delivery: &Delivery<'_>) -> Result<(), Refused> {
        let header = |name| (delivery.header)(name).ok_or(Refused::Unsigned);
        let (signature, timestamp) = (header(SIGNATURE)?, header(TIMESTAMP)?);
        let signature = STANDARD.decode(signature).map_err(|_| Refused::Forged)?;
        let mut mac = self.key.clone();
        for part in [delivery.method.as_bytes(), self.address.as_bytes(), delivery.body, timestamp.as_bytes()]
        {
            mac.update(part);
        }
        // Compares in constant time.
        mac.verify_slice(&signature).map_err(|_| Refused::Forged)?;
        let signed_at: i64 = timestamp.parse().map_err(|_| Refused::Stale)?;
        let apart = delivery.received_at.timestamp_millis().saturating_sub(signed_at).unsigned_abs();
        if apart > WINDOW.num_milliseconds().unsigned_abs() { Err(Refused::Stale) } else { Ok(()) }
    }
}

/// An address as the vendor spells it in what it signs: some characters plain, and without its fragment.
fn as_signed(address: &str) -> String {
    let address = address.split('#').next().unwrap_or_default();
    let mut signed = String::with_capacity(address.len());
    let mut rest = address;
    while let Some(place) = rest.find('%') {
        let (before, from) = rest.split_at(place);
        signed.push_str(before);
        let code = from.get(1..3).unwrap_or_default();
        let plain = DECODED.iter().find(|(known, _)| code.eq_ignore_ascii_case(known));
        let (letter, read) = plain.map_or(('%', 1), |(_, letter)| (*letter, 3));
        signed.push(letter);
        rest = &from[read..];
    }
    signed + rest
}
