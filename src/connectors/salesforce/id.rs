//! Salesforce ids: 15 letters and digits whose case matters, or the same with three more that keep the case.
//!
//! Everywhere in the gateway an id has 18 characters, so that equal ids mean equal rows.

use std::sync::Arc;

/// The letters of the checksum, by value.
const CHECKSUM: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/// True for 15 or 18 letters and digits.
pub(super) fn is_id(text: &str) -> bool {
    matches!(text.len(), 15 | 18) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The 18-character form; none for what is no id, or whose checksum does not fit.
pub(super) fn canonical(text: &str) -> Option<Arc<str>> {
    if !is_id(text) {
        return None;
    }
    let (base, given) = text.split_at(15);
    let mut whole = String::with_capacity(18);
    whole.push_str(base);
    for group in base.as_bytes().chunks(5) {
        let bits = group.iter().enumerate().filter(|(_, letter)| letter.is_ascii_uppercase());
        let value = bits.fold(0, |sum, (place, _)| sum | 1 << place);
        whole.push(char::from(CHECKSUM[value]));
    }
    (given.is_empty() || whole[15..].eq_ignore_ascii_case(given)).then(|| Arc::from(whole))
}

/// The object an id is of, told by its first three characters; none for objects we never name.
pub(super) fn object_of(id: &str) -> Option<&'static str> {
    Some(match id.get(..3)? {
        "001" => "Account",
        "003" => "Contact",
        "005" => "User",
        "006" => "Opportunity",
        "00G" => "Group",
        "00Q" => "Lead",
        "701" => "Campaign",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_ids_get_their_checksum() {
        for (short, long) in [
            ("001D000000IqhSL", "001D000000IqhSLIAZ"),
            ("00Q5e000001AbCd", "00Q5e000001AbCdEAK"),
            ("003000000000001", "003000000000001AAA"),
            ("0035e00000XyZaB", "0035e00000XyZaBAAV"),
        ] {
            assert_eq!(canonical(short).as_deref(), Some(long));
            assert_eq!(canonical(long).as_deref(), Some(long));
        }
    }

    #[test]
    fn what_is_no_id_has_no_form() {
        for text in ["", "001", "001D000000IqhSLIAA", "001D000000Iqh-L", "001D000000IqhSLIA", "ä01D000000Iqh"]
        {
            assert_eq!(canonical(text), None, "{text}");
        }
    }

    #[test]
    fn the_first_characters_tell_the_object() {
        assert_eq!(object_of("00Q5e000001AbCdEAK"), Some("Lead"));
        assert_eq!(object_of("00G5e000001AbCdEAK"), Some("Group"));
        assert_eq!(object_of("a0"), None);
    }
}
