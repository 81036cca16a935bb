//! Ids whose case matters, and the longer form that survives a system which ignores case.
//!
//! A sales CRM shows an id with 15 letters and digits, or with three more that keep its case; whoever copied one from
//! it, a person or another system, may hold either. Everywhere in the gateway such an id has 18 characters, so that
//! equal ids mean equal rows. Source: Salesforce, "15-character and 18-character ids".

use std::sync::Arc;

/// How many characters tell the row; the rest keep their case.
const SHORT: usize = 15;
/// The letters of the checksum, by value.
const CHECKSUM: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/// True for 15 or 18 letters and digits.
pub fn is_id(text: &str) -> bool {
    matches!(text.len(), 15 | 18) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The 18-character form; none for what is no such id, or whose checksum does not fit.
pub fn canonical(text: &str) -> Option<Arc<str>> {
    if !is_id(text) {
        return None;
    }
    let (base, given) = text.split_at(SHORT);
    let mut whole = String::with_capacity(18);
    whole.push_str(base);
    for group in base.as_bytes().chunks(5) {
        let bits = group.iter().enumerate().filter(|(_, letter)| letter.is_ascii_uppercase());
        let value = bits.fold(0, |sum, (place, _)| sum | 1 << place);
        whole.push(char::from(CHECKSUM[value]));
    }
    (given.is_empty() || whole[SHORT..].eq_ignore_ascii_case(given)).then(|| Arc::from(whole))
}

/// The 15-character form of an id in its long form; none for any other text.
pub fn short(id: &str) -> Option<&str> {
    let is_long = id.len() == 18 && canonical(id).is_some_and(|whole| *whole == *id);
    is_long.then(|| &id[..SHORT])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_ids_get_their_checksum_and_lose_it_again() {
        for (brief, long) in [
            ("001D000000IqhSL", "001D000000IqhSLIAZ"),
            ("00Q5e000001AbCd", "00Q5e000001AbCdEAK"),
            ("003000000000001", "003000000000001AAA"),
            ("0035e00000XyZaB", "0035e00000XyZaBAAV"),
        ] {
            assert_eq!(canonical(brief).as_deref(), Some(long));
            assert_eq!(canonical(long).as_deref(), Some(long));
            assert_eq!(short(long), Some(brief));
            assert_eq!(short(brief), None);
        }
    }

    #[test]
    fn what_is_no_id_has_no_form() {
        for text in ["", "001", "001D000000IqhSLIAA", "001D000000Iqh-L", "001D000000IqhSLIA", "ä01D000000Iqh"]
        {
            assert_eq!((canonical(text), short(text)), (None, None), "{text}");
        }
    }
}
