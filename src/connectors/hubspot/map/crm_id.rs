//! The sales system's ids as this vendor's integration stores them: 15 characters whose case matters, or 18. Keys have
//! the long form, so that equal keys mean equal records.

use std::sync::Arc;

/// Two to the fifth letters, by value.
const CHECKSUM: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/// The id in the form keys have; anything but a short id is left as it is.
pub(super) fn canonical(id: &str) -> Arc<str> {
    if id.len() != 15 || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Arc::from(id);
    }
    let checksum = id.as_bytes().chunks(5).map(|five| {
        let bits = five.iter().rev().fold(0, |bits, byte| bits << 1 | usize::from(byte.is_ascii_uppercase()));
        char::from(CHECKSUM[bits])
    });
    Arc::from(id.chars().chain(checksum).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn short_ids_get_their_checksum() {
        for (short, long) in [
            ("001D000000IqhSL", "001D000000IqhSLIAZ"),
            ("00Q5e000001AbCd", "00Q5e000001AbCdEAK"),
            ("003000000000001", "003000000000001AAA"),
            ("0035e00000XyZaB", "0035e00000XyZaBAAV"),
        ] {
            assert_eq!(&*canonical(short), long);
            assert_eq!(&*canonical(long), long);
        }
        assert_eq!(&*canonical("77"), "77");
    }
}
