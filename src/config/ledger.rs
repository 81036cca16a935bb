//! `[ledger]`: where captured records and events are kept. Without the section nothing is kept and the gateway is live only.

use secrecy::{ExposeSecret, SecretString};

use super::section::Section;

/// `[ledger]`
#[derive(Clone, Debug)]
pub struct Ledger {
    /// `sqlite:FILE`, relative to the working directory, or `postgres://…`, which may hold a password.
    pub url: SecretString,
}

/// Where a ledger is kept when nobody says where.
const DEFAULT: &str = "sqlite:leadline.db";

pub(super) fn ledger(root: &Section<'_>) -> Option<Ledger> {
    let section = root.section("ledger")?;
    let url = section.secret("url").unwrap_or_else(|| SecretString::from(DEFAULT));
    let said = url.expose_secret();
    let is_file = said.strip_prefix("sqlite:").is_some_and(|file| !file.trim_matches('/').is_empty());
    if !is_file && !said.starts_with("postgres://") && !said.starts_with("postgresql://") {
        // Not repeated: what stands there may be a password.
        section.wrong_at("url", "must be sqlite:FILE or postgres://USER@HOST/DATABASE");
    }
    Some(Ledger { url })
}
