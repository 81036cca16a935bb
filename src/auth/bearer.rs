//! The token of a request: from exactly one `Authorization` header, never from anywhere else.

use super::Refusal;

/// The longest token looked at.
pub(super) const MAX_TOKEN: usize = 8 * 1024;

/// The token in the values of every `Authorization` header of a request (RFC 6750).
pub fn bearer<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Result<&'a str, Refusal> {
    let mut values = values.into_iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(Refusal::Unauthenticated("not exactly one Authorization header"));
    };
    let text = std::str::from_utf8(value)
        .map_err(|_| Refusal::Unauthenticated("the Authorization header is no text"))?;
    let (scheme, token) = text
        .trim()
        .split_once(' ')
        .ok_or(Refusal::Unauthenticated("the Authorization header has no token"))?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refusal::Unauthenticated("the scheme is not Bearer"));
    }
    let token = token.trim_start();
    if token.is_empty() || token.contains([' ', ',']) {
        return Err(Refusal::Unauthenticated("the Authorization header has no single token"));
    }
    if token.len() > MAX_TOKEN {
        return Err(Refusal::Unauthenticated("the token is too long"));
    }
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&'static str]) -> Option<&'static str> {
        bearer(values.iter().map(|value| value.as_bytes())).ok()
    }

    #[test]
    fn the_scheme_ignores_case_and_the_token_stays_as_it_is() {
        assert_eq!(of(&["Bearer abc.DEF"]), Some("abc.DEF"));
        assert_eq!(of(&["bEARER  abc"]), Some("abc"));
    }

    #[test]
    fn anything_but_one_header_with_one_token_is_refused() {
        for values in [&[][..], &["Bearer a", "Bearer a"], &["Basic a"], &["Bearer"], &["Bearer "], &["a"]] {
            assert_eq!(of(values), None, "{values:?}");
        }
        assert_eq!(of(&["Bearer a, Bearer b"]), None);
        assert!(bearer([&b"Bearer \xff"[..]]).is_err());
    }

    #[test]
    fn a_token_beyond_eight_kibibytes_is_refused() {
        let value = format!("Bearer {}", "a".repeat(MAX_TOKEN));
        assert!(bearer([value.as_bytes()]).is_ok());
        let value = format!("Bearer {}", "a".repeat(MAX_TOKEN + 1));
        assert!(bearer([value.as_bytes()]).is_err());
    }
}
