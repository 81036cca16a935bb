//! Bounds on the raw text, before a parser sees it.

use super::super::code::Code;
use super::{Limits, Refusal};

/// Counts bytes, tokens, open brackets and directives.
///
/// # Errors
/// The first bound that is passed.
pub fn check(text: &str, limits: &Limits) -> Result<(), Refusal> {
    let too_much = |what: &str, most: usize| {
        Err(Refusal::new(Code::TooComplex, format!("The document has more than {most} {what}.")))
    };
    if text.len() > limits.bytes {
        return too_much("bytes", limits.bytes);
    }
    let bytes = text.as_bytes();
    let (mut tokens, mut open, mut directives) = (0_usize, 0_usize, 0_usize);
    let mut at = 0;
    while at < bytes.len() {
        let next = match bytes[at] {
            b' ' | b'\t' | b'\r' | b'\n' | b',' | 0xEF | 0xBB | 0xBF => {
                at += 1;
                continue;
            }
            b'#' => {
                at += bytes[at..].iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len() - at);
                continue;
            }
            b'"' => at + string_length(&bytes[at..]),
            byte if is_word(byte) => {
                at + bytes[at..].iter().position(|byte| !is_word(*byte)).unwrap_or(bytes.len() - at)
            }
            b'{' | b'[' | b'(' => {
                open += 1;
                at + 1
            }
            b'}' | b']' | b')' => {
                open = open.saturating_sub(1);
                at + 1
            }
            b'@' => {
                directives += 1;
                at + 1
            }
            _ => at + 1,
        };
        tokens += 1;
        if tokens > limits.tokens {
            return too_much("tokens", limits.tokens);
        }
        if open > limits.brackets {
            return too_much("open brackets", limits.brackets);
        }
        if directives > limits.directives {
            return too_much("directives", limits.directives);
        }
        at = next;
    }
    Ok(())
}

/// Names and numbers; a number's sign and point go with it.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'+')
}

/// The length of a string literal with its quotes; the rest of the text where it has no end.
fn string_length(text: &[u8]) -> usize {
    if text.starts_with(b"\"\"\"") {
        let mut at = 3;
        while at < text.len() {
            if text[at..].starts_with(b"\\\"\"\"") {
                at += 4;
            } else if text[at..].starts_with(b"\"\"\"") {
                return at + 3;
            } else {
                at += 1;
            }
        }
        return text.len();
    }
    let mut at = 1;
    while at < text.len() {
        match text[at] {
            b'\\' => at += 2,
            b'"' | b'\n' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}
