//! Which piece of a file is asked for: one range of RFC 9110 §14. What is no range, or are several, asks for the whole.

use axum::http::HeaderValue;

/// What is asked for of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of it.
    Whole,
    /// From a byte up to another, which is not included.
    Piece { from: u64, to: u64 },
    /// What lies behind its end.
    Nothing,
}

/// Reads the header `Range` for a file of this length.
pub(super) fn wanted(range: Option<&HeaderValue>, length: u64) -> Wanted {
    let text = range.and_then(|value| value.to_str().ok());
    text.and_then(|text| read(text, length)).unwrap_or(Wanted::Whole)
}

fn read(text: &str, length: u64) -> Option<Wanted> {
    let (unit, range) = text.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = range.trim().split_once('-')?;
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|letter| letter.is_ascii_digit());
        // A number too large to be read lies behind every end.
        is_number.then(|| text.parse().unwrap_or(u64::MAX))
    };
    let (from, to) = match (first.trim(), last.trim()) {
        ("", last) => (length.saturating_sub(number(last)?), length),
        (first, "") => (number(first)?, length),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            if last < first {
                return None;
            }
            (first, last.saturating_add(1).min(length))
        }
    };
    Some(if from < to { Wanted::Piece { from, to } } else { Wanted::Nothing })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_ten(range: &str) -> Wanted {
        wanted(HeaderValue::from_str(range).ok().as_ref(), 10)
    }

    #[test]
    fn one_range_is_a_piece_and_what_lies_behind_the_end_is_nothing() {
        for (range, from, to) in [
            ("bytes=0-0", 0, 1),
            ("bytes=2-5", 2, 6),
            ("bytes=4-", 4, 10),
            ("bytes=-3", 7, 10),
            ("bytes=-99", 0, 10),
            ("bytes=8-99999999999999999999999", 8, 10),
            ("Bytes = 9-9", 9, 10),
        ] {
            assert_eq!(of_ten(range), Wanted::Piece { from, to }, "{range}");
        }
        for range in ["bytes=10-", "bytes=-0", "bytes=99999999999999999999999-"] {
            assert_eq!(of_ten(range), Wanted::Nothing, "{range}");
        }
    }

    #[test]
    fn what_is_no_single_range_asks_for_the_whole() {
        assert_eq!(wanted(None, 10), Wanted::Whole);
        for range in
            ["", "bytes", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,4-5", "lines=0-1", "bytes=+1-2"]
        {
            assert_eq!(of_ten(range), Wanted::Whole, "{range}");
        }
    }
}
