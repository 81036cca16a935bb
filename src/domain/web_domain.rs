//! The registrable domain behind a website or an address: what an organisation owns. Source: domain guide §8.

use std::sync::Arc;

/// Domains whose addresses belong to anybody, so that they say nothing about an organisation.
const FREE_MAIL: [&str; 36] = [
    "126.com",
    "163.com",
    "aol.com",
    "att.net",
    "bluewin.ch",
    "btinternet.com",
    "comcast.net",
    "fastmail.com",
    "free.fr",
    "freenet.de",
    "gmail.com",
    "googlemail.com",
    "hey.com",
    "icloud.com",
    "laposte.net",
    "libero.it",
    "live.com",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "naver.com",
    "orange.fr",
    "pm.me",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "rediffmail.com",
    "rocketmail.com",
    "t-online.de",
    "tutanota.com",
    "verizon.net",
    "web.de",
    "wp.pl",
    "ymail.com",
];

/// Names that hand out addresses under many country domains (`yahoo.co.uk`, `gmx.de`).
const FREE_MAIL_EVERYWHERE: [&str; 5] = ["gmx", "hotmail", "outlook", "yahoo", "yandex"];

/// The registrable part of a website, a host name or an e-mail address: lower-case, without scheme, `www.`, path and
/// port. None where there is no such part, as for a single label, a public suffix or a network address.
pub fn registrable(raw: &str) -> Option<Arc<str>> {
    let lower = raw.trim().to_lowercase();
    let behind_scheme = lower.split_once("://").map_or(lower.as_str(), |(_, rest)| rest);
    let authority = behind_scheme.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host_and_port.split(':').next().unwrap_or_default().trim().trim_end_matches('.');
    let host = host.strip_prefix("www.").unwrap_or(host);
    let ascii = idna::domain_to_ascii_strict(host).ok()?;
    let last = ascii.rsplit('.').next().unwrap_or_default();
    if last.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    psl::domain_str(&ascii).map(Arc::from)
}

/// True for a registrable domain under which anybody can have an address.
pub fn is_free_mail(domain: &str) -> bool {
    let name = domain.split('.').next().unwrap_or_default();
    FREE_MAIL.binary_search(&domain).is_ok() || FREE_MAIL_EVERYWHERE.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_registrable_part_stays() {
        assert_eq!(registrable("shop.eu.example.co.uk").as_deref(), Some("example.co.uk"));
    }

    #[test]
    fn scheme_www_path_and_port_go() {
        for raw in [
            "https://www.Example.com/about?x=1",
            "http://example.com:8080",
            "www.example.com",
            "example.com/",
            " EXAMPLE.com. ",
            "jane@mail.example.com",
            "mailto:jane@example.com",
            "https://user:secret@example.com/a@b",
        ] {
            assert_eq!(registrable(raw).as_deref(), Some("example.com"), "{raw}");
        }
    }

    #[test]
    fn a_name_outside_ascii_becomes_ascii() {
        assert_eq!(registrable("https://müller.example").as_deref(), Some("xn--mller-kva.example"));
    }

    #[test]
    fn what_names_no_organisation_is_none() {
        for raw in ["", "localhost", "co.uk", "192.0.2.1", "n/a", "http://", "not a domain"] {
            assert_eq!(registrable(raw), None, "{raw}");
        }
    }

    #[test]
    fn free_mail_is_known_in_every_country() {
        assert!(is_free_mail("gmail.com"));
        assert!(is_free_mail("yahoo.co.uk"));
        assert!(!is_free_mail("example.com"));
    }

    #[test]
    fn the_list_of_free_mail_is_sorted_for_its_search() {
        assert!(FREE_MAIL.is_sorted());
    }
}
