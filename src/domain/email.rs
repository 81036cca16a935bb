//! E-mail addresses in the one form in which they are compared, looked up and shown. Source: domain guide §8.

use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;

/// The longest address and the longest local part that mail systems carry.
const LONGEST: usize = 254;
const LONGEST_LOCAL: usize = 64;

/// The address in comparable form, or none where the text is no address: trimmed, without surrounding `<>`, composed
/// (NFC), lower-case, the domain in ASCII. Plus-tags and dots stay, because for most mail systems they matter.
pub fn normalise(raw: &str) -> Option<Arc<str>> {
    let trimmed = raw.trim();
    let bare = trimmed.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).map_or(trimmed, str::trim);
    let lower = bare.nfc().collect::<String>().to_lowercase().nfc().collect::<String>();
    let (local, domain) = lower.rsplit_once('@')?;
    if local.is_empty() || local.len() > LONGEST_LOCAL || local.chars().any(is_foreign_to_a_local_part) {
        return None;
    }
    let domain = idna::domain_to_ascii_strict(domain).ok()?;
    if !domain.contains('.') || domain.split('.').any(str::is_empty) {
        return None;
    }
    let address = format!("{local}@{domain}");
    (address.len() <= LONGEST).then(|| Arc::from(address))
}

/// What stands before the `@` of a normalised address.
pub fn local_part(address: &str) -> &str {
    address.rsplit_once('@').map_or(address, |(local, _)| local)
}

/// What stands behind the `@` of a normalised address.
pub fn domain(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_, domain)| domain)
}

fn is_foreign_to_a_local_part(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '@' | '<' | '>' | ',' | ';' | ':' | '"' | '(' | ')')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_trimmed_and_lower_cased() {
        assert_eq!(normalise("  Jane.Doe@Example.COM ").as_deref(), Some("jane.doe@example.com"));
    }

    #[test]
    fn brackets_go_and_plus_tags_stay() {
        assert_eq!(normalise("<jane+news@example.com>").as_deref(), Some("jane+news@example.com"));
        assert_ne!(normalise("<jane+news@example.com>"), normalise("jane@example.com"));
    }

    #[test]
    fn dots_stay() {
        assert_eq!(normalise("j.doe@gmail.com").as_deref(), Some("j.doe@gmail.com"));
    }

    #[test]
    fn a_domain_outside_ascii_becomes_ascii() {
        assert_eq!(normalise("jörg@müller.example").as_deref(), Some("jörg@xn--mller-kva.example"));
        assert_eq!(normalise("jo\u{308}rg@mu\u{308}ller.example"), normalise("JÖRG@MÜLLER.example"));
    }

    #[test]
    fn what_is_no_address_is_none() {
        for raw in [
            "n/a",
            "none@none",
            "",
            "   ",
            "@example.com",
            "a@",
            "a b@example.com",
            "a@b@example.com",
            "a@.com",
        ] {
            assert_eq!(normalise(raw), None, "{raw}");
        }
    }

    #[test]
    fn an_address_falls_into_local_part_and_domain() {
        assert_eq!(local_part("jane@example.com"), "jane");
        assert_eq!(domain("jane@example.com"), "example.com");
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(raw in "\\PC{0,20}@?\\PC{0,20}(\\.com)?") {
            if let Some(once) = normalise(&raw) {
                prop_assert_eq!(normalise(&once), Some(once.clone()));
            }
        }
    }
}
