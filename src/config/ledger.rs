//! `[ledger]`: where captured records and events are kept. Without the section nothing is kept and the gateway is live only.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};

use super::section::Section;

/// `[ledger]`
#[derive(Clone, Debug)]
pub struct Ledger {
    /// `sqlite:FILE`, relative to the working directory, or `postgres://…`, which may hold a password.
    pub url: SecretString,
    /// Where the read model made of it is kept, so that the next start need not make it again.
    pub checkpoint: Option<PathBuf>,
}

/// Where a ledger is kept when nobody says where.
const DEFAULT: &str = "sqlite:leadline.db";
/// What follows a ledger's file in the name of its checkpoint when nobody names another.
const BESIDE: &str = ".facts";

pub(super) fn ledger(root: &Section<'_>) -> Option<Ledger> {
    let section = root.section("ledger")?;
    let url = section.secret("url").unwrap_or_else(|| SecretString::from(DEFAULT));
    let said = url.expose_secret();
    let file = said.strip_prefix("sqlite:").map(|file| file.strip_prefix("//").unwrap_or(file));
    let is_file = file.is_some_and(|file| !file.trim_matches('/').is_empty());
    if !is_file && !said.starts_with("postgres://") && !said.starts_with("postgresql://") {
        // Not repeated: what stands there may be a password.
        section.wrong_at("url", "must be sqlite:FILE or postgres://USER@HOST/DATABASE");
    }
    if section.text("checkpoint").is_some_and(|named| Some(named.text) == file) {
        section.wrong_at("checkpoint", "is the ledger's own file");
    }
    let beside = file.map(|file| PathBuf::from(format!("{file}{BESIDE}")));
    let checkpoint = section.text("checkpoint").map(|named| PathBuf::from(named.text)).or(beside);
    Some(Ledger { url, checkpoint })
}
