//! A statement cut into words, literals and signs.

use super::Mistake;

/// One piece of a statement and where it starts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) at: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind {
    /// A name or keyword, dots included.
    Word(String),
    Text(String),
    Number(f64),
    /// A date or date-time literal, read later because only its field knows which it must be.
    Moment(String),
    Sign(&'static str),
    End,
}

const SIGNS: [&str; 12] = ["!=", "<>", "<=", ">=", "=", "<", ">", "(", ")", ",", ":", "."];

/// Cuts the whole statement.
pub(super) fn lex(statement: &str) -> Result<Vec<Token>, Mistake> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(next) = statement[at..].chars().next() {
        if next.is_whitespace() {
            at += next.len_utf8();
            continue;
        }
        let (kind, len) = match next {
            '\'' => text(statement, at)?,
            '0'..='9' | '-' | '+' => number_or_moment(statement, at)?,
            _ if next.is_ascii_alphabetic() || next == '_' => {
                let len = statement[at..]
                    .find(|letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.')))
                    .unwrap_or(statement.len() - at);
                (TokenKind::Word(statement[at..at + len].to_owned()), len)
            }
            _ => match SIGNS.iter().find(|sign| statement[at..].starts_with(**sign)) {
                Some(sign) => (TokenKind::Sign(sign), sign.len()),
                None => {
                    return Err(Mistake::malformed(
                        at,
                        format!("line 1:{at} no viable alternative at character '{next}'"),
                    ));
                }
            },
        };
        tokens.push(Token { kind, at });
        at += len;
    }
    tokens.push(Token { kind: TokenKind::End, at: statement.len() });
    Ok(tokens)
}

fn text(statement: &str, start: usize) -> Result<(TokenKind, usize), Mistake> {
    let pattern = follows_like(statement, start);
    let mut value = String::new();
    let mut letters = statement[start + 1..].char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\'' => return Ok((TokenKind::Text(value), at + 2)),
            '\\' => {
                let Some((at, escaped)) = letters.next() else { break };
                match escaped {
                    'n' | 'N' => value.push('\n'),
                    'r' | 'R' => value.push('\r'),
                    't' | 'T' => value.push('\t'),
                    'b' | 'B' => value.push('\u{8}'),
                    'f' | 'F' => value.push('\u{c}'),
                    // A LIKE pattern must still tell an escaped wildcard from a live one.
                    '%' | '_' | '\\' if pattern => value.extend(['\\', escaped]),
                    '%' | '_' | '\\' | '\'' | '"' => value.push(escaped),
                    'u' | 'U' => {
                        let digits: String = letters.by_ref().take(4).map(|(_, digit)| digit).collect();
                        let code = u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 4);
                        value.push(code.and_then(char::from_u32).ok_or_else(|| illegal(start + at))?);
                    }
                    _ => return Err(illegal(start + at)),
                }
            }
            _ => value.push(letter),
        }
    }
    Err(Mistake::malformed(start, "unterminated string literal"))
}

/// Whether the literal is the pattern of a LIKE, in which a backslash keeps its meaning.
fn follows_like(statement: &str, start: usize) -> bool {
    let before = statement[..start].trim_end();
    before.len() >= 4
        && before.is_char_boundary(before.len() - 4)
        && before[before.len() - 4..].eq_ignore_ascii_case("like")
}

fn illegal(at: usize) -> Mistake {
    Mistake::malformed(at, "Invalid string literal. Illegal character sequence in string literal.")
}

fn number_or_moment(statement: &str, at: usize) -> Result<(TokenKind, usize), Mistake> {
    let rest = &statement[at..];
    let len = rest[1..]
        .find(|letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '.' | ':' | '-' | '+')))
        .map_or(rest.len(), |end| end + 1);
    let word = &rest[..len];
    let kind = match word.parse::<f64>() {
        Ok(number) if word.bytes().all(|byte| !byte.is_ascii_alphabetic() || matches!(byte, b'e' | b'E')) => {
            TokenKind::Number(number)
        }
        _ if word.len() >= 10 && word.as_bytes()[4] == b'-' => TokenKind::Moment(word.to_owned()),
        _ => return Err(Mistake::malformed(at, format!("unexpected token: '{word}'"))),
    };
    Ok((kind, len))
}
