//! Record ids: fifteen case-sensitive characters, and three more that make them safe where case gets lost.

use std::fmt;

const CHECKSUM: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A record id in its fifteen-character form; ordered as the vendor orders ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RecordId([u8; 15]);

impl RecordId {
    /// Reads the fifteen- or eighteen-character form. Eighteen characters must carry the right checksum, whose
    /// case does not matter.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if !matches!(bytes.len(), 15 | 18) || !bytes.iter().all(u8::is_ascii_alphanumeric) {
            return None;
        }
        let id = Self(bytes[..15].try_into().expect("fifteen bytes were taken"));
        (bytes.len() == 15 || id.checksum().eq_ignore_ascii_case(&bytes[15..])).then_some(id)
    }

    /// Reads an id whatever its checksum says: a world written by hand should not fail for three characters.
    pub(super) fn lenient(text: &str) -> Option<Self> {
        let short = text.get(..15)?;
        if matches!(text.len(), 15 | 18) { Self::parse(short) } else { None }
    }

    /// The id with this prefix and number.
    pub(super) fn numbered(prefix: &str, mut number: u64) -> Self {
        let mut bytes = *b"000000000000000";
        bytes[..3].copy_from_slice(&prefix.as_bytes()[..3]);
        for slot in bytes[3..].iter_mut().rev() {
            *slot = BASE62[(number % 62) as usize];
            number /= 62;
        }
        Self(bytes)
    }

    /// The next id after this one within the same prefix.
    pub(super) fn next(self) -> Self {
        let mut bytes = self.0;
        for slot in bytes[3..].iter_mut().rev() {
            let digit = BASE62.iter().position(|digit| digit == slot).unwrap_or(0);
            if digit + 1 < BASE62.len() {
                *slot = BASE62[digit + 1];
                break;
            }
            *slot = BASE62[0];
        }
        Self(bytes)
    }

    /// The three characters that name the object.
    pub(super) fn prefix(&self) -> &str {
        std::str::from_utf8(&self.0[..3]).expect("ids are made of ASCII letters and digits")
    }

    fn checksum(self) -> [u8; 3] {
        let mut sum = [0; 3];
        for (chunk, slot) in self.0.chunks(5).zip(&mut sum) {
            let bits = chunk.iter().enumerate().fold(0_usize, |bits, (place, byte)| {
                bits | (usize::from(byte.is_ascii_uppercase()) << place)
            });
            *slot = CHECKSUM[bits];
        }
        sum
    }
}

/// Always eighteen characters, as the API writes ids.
impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sum = self.checksum();
        for part in [&self.0[..], &sum[..]] {
            f.write_str(std::str::from_utf8(part).expect("ids are made of ASCII letters and digits"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::RecordId;

    #[test]
    fn the_checksum_marks_the_capital_letters_of_each_five_characters() {
        let id = RecordId::parse("00Dxx0000001gER").expect("fifteen characters are an id");
        assert_eq!(id.to_string(), "00Dxx0000001gEREAY");
        assert_eq!(RecordId::parse("00Dxx0000001gEREAY"), Some(id));
        assert_eq!(RecordId::parse("00Dxx0000001gERAAA"), None);
    }

    #[test]
    fn ids_count_upwards_in_the_order_they_sort() {
        let first = RecordId::numbered("00Q", 61);
        assert_eq!(first.next(), RecordId::numbered("00Q", 62));
        assert!(first < first.next());
    }
}
