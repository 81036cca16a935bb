//! How a private app's deliveries are signed: version 3, and version 1 beside it for those who read nothing else.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// The headers of a POST of this body to this address, signed at an instant in milliseconds.
pub(super) fn headers(secret: &str, address: &str, body: &str, at: i64) -> [(&'static str, String); 4] {
    let source = format!("POST{}{body}{at}", spelled(address));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(source.as_bytes());
    let version_1 = Sha256::digest(format!("{secret}{body}"));
    let mut hex = String::new();
    for byte in version_1 {
        let _infallible = write!(hex, "{byte:02x}");
    }
    [
        ("x-hubspot-signature-v3", STANDARD.encode(mac.finalize().into_bytes())),
        ("x-hubspot-request-timestamp", at.to_string()),
        ("x-hubspot-signature", hex),
        ("x-hubspot-signature-version", "v1".to_owned()),
    ]
}

/// The address without its fragment, with the twelve escapes written out that the vendor writes out.
fn spelled(address: &str) -> String {
    const PLAIN: &str = ":/?@!$'()*,;";
    let address = address.split_once('#').map_or(address, |(before, _)| before);
    PLAIN.chars().fold(address.to_owned(), |text, letter| {
        let (upper, lower) = (format!("%{:02X}", letter as u32), format!("%{:02x}", letter as u32));
        let letter = letter.to_string();
        text.replace(&upper, &letter).replace(&lower, &letter)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value was made with Python's `hmac`, the other one with its `hashlib`.
    #[test]
    fn a_delivery_is_signed_as_the_vendor_signs() {
        let [v3, timestamp, v1, version] = headers(
            "0b1d9c2e-5f3a-4c77-9a44-3f1c2d7e8b90",
            "https://leadline.example.com/webhooks/marketing",
            "",
            1_774_944_000_000,
        );
        assert_eq!(v3.1, "RidN1dFtAfuRPAE9XIdqhDmCc2pSHC5hEtZZmUbjQmU=");
        assert_eq!(timestamp.1, "1774944000000");
        assert_eq!(v1.1, "5f46d8f90d96b5df59ee0b5c36e7eed5414578fd3bbe7d72dba56f1cb94da295");
        assert_eq!(version.1, "v1");
        assert_eq!(spelled("https://a.example/x%2fy?z=%3A%20#w"), "https://a.example/x/y?z=:%20");
    }
}
