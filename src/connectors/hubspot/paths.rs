//! Where things are. Since 2026 the vendor spells most paths with a date instead of a version; the shapes are the same.
//! What has no dated spelling yet keeps its classic one.

/// The spelling the settings chose.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Paths {
    /// `/crm/v3/objects/…`
    Classic,
    /// `/crm/objects/2026-03/…`
    Dated(String),
}

impl Paths {
    /// The spelling of a version; none for what is no version of this vendor.
    pub(super) fn of(version: &str) -> Option<Self> {
        if version == "v3" {
            return Some(Self::Classic);
        }
        let (date, preview) = version.split_once("-beta").map_or((version, ""), |(date, rest)| (date, rest));
        let (year, month) = date.split_once('-')?;
        let digits = |text: &str, count| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
        (digits(year, 4) && digits(month, 2) && preview.is_empty()).then(|| Self::Dated(version.to_owned()))
    }

    pub(super) fn object(&self, object: &str) -> String {
        self.crm("objects", "v3", object)
    }

    pub(super) fn properties(&self, object: &str) -> String {
        self.crm("properties", "v3", object)
    }

    pub(super) fn associations(&self, from: &str, to: &str) -> String {
        match self {
            Self::Classic => format!("/crm/v4/associations/{from}/{to}/batch/read"),
            Self::Dated(date) => format!("/crm/associations/{date}/{from}/{to}/batch/read"),
        }
    }

    pub(super) fn campaigns(&self) -> String {
        match self {
            Self::Classic => "/marketing/v3/campaigns".to_owned(),
            Self::Dated(date) => format!("/marketing/campaigns/{date}"),
        }
    }

    pub(super) fn token(&self) -> String {
        match self {
            Self::Classic => "/oauth/v1/token".to_owned(),
            Self::Dated(date) => format!("/oauth/{date}/token"),
        }
    }

    fn crm(&self, area: &str, classic: &str, rest: &str) -> String {
        match self {
            Self::Classic => format!("/crm/{classic}/{area}/{rest}"),
            Self::Dated(date) => format!("/crm/{area}/{date}/{rest}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_known_and_nothing_else() {
        assert_eq!(Paths::of("v3").expect("known").object("contacts"), "/crm/v3/objects/contacts");
        let dated = Paths::of("2026-03").expect("known");
        assert_eq!(dated.object("contacts"), "/crm/objects/2026-03/contacts");
        assert_eq!(dated.associations("a", "b"), "/crm/associations/2026-03/a/b/batch/read");
        assert!(Paths::of("2026-09-beta").is_some());
        for wrong in ["v1", "", "2026-3", "2026/03", "../03", "2026-03-beta2"] {
            assert_eq!(Paths::of(wrong), None, "{wrong}");
        }
    }
}
