//! `[reporting]`: tables for BI tools that speak to PostgreSQL themselves. Without the section there are none.

use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;

use super::gateway::seconds;
use super::ledger::Ledger;
use super::section::Section;
use crate::domain::view::Policy;

/// `[reporting]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reporting {
    /// What the names of schemas and roles begin with.
    pub prefix: Arc<str>,
    /// How often the tables are brought up to what is known.
    pub every: Duration,
    /// How often everything is looked at anew, and not only what is known to have changed.
    pub whole_every: Duration,
}

impl Default for Reporting {
    fn default() -> Self {
        Self {
            prefix: Arc::from("leadline"),
            every: Duration::from_secs(60),
            whole_every: Duration::from_secs(86_400),
        }
    }
}

/// The longest prefix, and the longest key of a view that has tables: PostgreSQL cuts names off after 63 bytes.
const LONGEST_PREFIX: usize = 20;
const LONGEST_VIEW: usize = 38;

pub(super) fn reporting(
    root: &Section<'_>,
    ledger: Option<&Ledger>,
    views: &[Arc<Policy>],
) -> Option<Reporting> {
    let default = Reporting::default();
    let section = root.section("reporting")?;
    if !root.has("capture") {
        section.wrong("needs [capture]: the tables are made of what is captured");
    }
    if ledger.is_none_or(|ledger| ledger.url.expose_secret().starts_with("sqlite:")) {
        section.wrong("needs a [ledger] in PostgreSQL: url = \"postgres://USER@HOST/DATABASE\"");
    }
    let prefix = section.text("prefix").map_or(default.prefix, |said| Arc::from(said.text));
    let is_name = prefix.starts_with(|c: char| c.is_ascii_lowercase())
        && prefix.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !is_name || prefix.len() > LONGEST_PREFIX {
        section.wrong_at(
            "prefix",
            format!("must be at most {LONGEST_PREFIX} small letters, digits and _, a letter first"),
        );
    }
    for view in views.iter().filter(|view| view.sees_every_row() && view.key.len() > LONGEST_VIEW) {
        section
            .wrong(format!("the view {} has a name too long for a table: at most {LONGEST_VIEW}", view.key));
    }
    let every = section.duration("every", default.every, seconds(1, 86_400));
    let whole_every = section.duration("whole_every", default.whole_every, seconds(60, 30 * 86_400));
    Some(Reporting { prefix, every, whole_every })
}
