//! How a value looks to a view that may not see it as it is. Pure text in, text out. Source: domain guide §12.
//!
//! A masked value still tells two people apart in a list; a pseudonym still joins two tables and tells nothing;
//! free text becomes null, because nobody can say what is in it.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::hex::hex;

/// The company's secret for pseudonyms. The same key gives the same pseudonym, in every export and for ever.
#[derive(Clone)]
pub struct PseudonymKey(Arc<[u8]>);

impl PseudonymKey {
    /// A key from its bytes.
    pub fn new(bytes: &[u8]) -> Self {
        Self(Arc::from(bytes))
    }
}

impl fmt::Debug for PseudonymKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PseudonymKey(..)")
    }
}

/// `jane.doe@example.com` as `j***@example.com`; an address of one letter keeps none. None for what is no address.
pub fn mask_email(address: &str) -> Option<String> {
    let (local, domain) = address.trim().rsplit_once('@')?;
    let mut letters = local.chars();
    let first = letters.next()?;
    if letters.next().is_some() {
        Some(format!("{first}***@{domain}"))
    } else {
        Some(format!("***@{domain}"))
    }
}

/// `Jane Doe` as `J. D.`
pub fn mask_name(name: &str) -> Option<String> {
    let initials: Vec<String> = name
        .split_whitespace()
        .filter_map(|word| word.chars().next())
        .map(|first| format!("{first}."))
        .collect();
    if initials.is_empty() { None } else { Some(initials.join(" ")) }
}

/// `+44 20 7946 0958` as `***58`; a number too short to hide behind two digits keeps none.
pub fn mask_phone(phone: &str) -> Option<String> {
    let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
    match digits.len() {
        0 => None,
        1..=5 => Some("***".to_owned()),
        count => Some(format!("***{}{}", digits[count - 2], digits[count - 1])),
    }
}

/// `203.0.113.77` as `203.0.113.0`; of a longer address the first 48 bits stay.
pub fn mask_ip(address: &str) -> Option<String> {
    match address.trim().parse().ok()? {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            Some(IpAddr::from([a, b, c, 0]).to_string())
        }
        IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            Some(IpAddr::from([a, b, c, 0, 0, 0, 0, 0]).to_string())
        }
    }
}

/// `h_` and the first 32 hex digits of the HMAC-SHA-256 of the normalised address. None for what is no address.
pub fn pseudonym(key: &PseudonymKey, normalised_email: &str) -> Option<String> {
    let address = normalised_email.trim();
    if !address.contains('@') {
        return None;
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.0).expect("HMAC takes a key of any length");
    mac.update(address.to_lowercase().as_bytes());
    let digest = mac.finalize().into_bytes();
    Some(format!("h_{}", hex(&digest[..16])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_its_first_letter_and_its_domain() {
        assert_eq!(mask_email("jane.doe@example.com").as_deref(), Some("j***@example.com"));
    }

    #[test]
    fn an_address_of_one_letter_keeps_only_its_domain() {
        assert_eq!(mask_email("a@x.io").as_deref(), Some("***@x.io"));
        assert_eq!(mask_email("not an address"), None);
        assert_eq!(mask_email("@x.io"), None);
    }

    #[test]
    fn a_name_becomes_its_initials() {
        assert_eq!(mask_name("Jane Doe").as_deref(), Some("J. D."));
        assert_eq!(mask_name("Élodie").as_deref(), Some("É."));
        assert_eq!(mask_name("  "), None);
    }

    #[test]
    fn a_phone_keeps_its_last_two_digits() {
        assert_eq!(mask_phone("+44 20 7946 0958").as_deref(), Some("***58"));
        assert_eq!(mask_phone("110").as_deref(), Some("***"));
        assert_eq!(mask_phone("none"), None);
    }

    #[test]
    fn an_ip_address_loses_the_host() {
        assert_eq!(mask_ip("203.0.113.77").as_deref(), Some("203.0.113.0"));
        assert_eq!(mask_ip("2001:db8:7:1::5").as_deref(), Some("2001:db8:7::"));
        assert_eq!(mask_ip("elsewhere"), None);
    }

    #[test]
    fn a_pseudonym_is_the_keyed_hash_of_the_normalised_address() {
        let key = PseudonymKey::new(b"fixture-key");
        let expected = Some("h_6fe7ccbeff627e5a11f37c7e39936200");
        assert_eq!(pseudonym(&key, "jane.doe@example.com").as_deref(), expected);
        assert_eq!(pseudonym(&key, " Jane.Doe@Example.com").as_deref(), expected);
        assert_eq!(pseudonym(&key, "n/a"), None);
        assert_eq!(format!("{key:?}"), "PseudonymKey(..)");
    }
}
