//! What the settings and the people of the company say about identity.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::email;
use crate::domain::id::RecordKey;

/// Role names that several people read: they link nothing.
const BLOCKED_LOCAL_PARTS: [&str; 9] =
    ["info", "sales", "contact", "admin", "office", "support", "noreply", "no-reply", "test"];

/// Which addresses link, and what was decided by hand.
#[derive(Clone, Debug)]
pub struct IdentityRules {
    /// Local parts that belong to a role; lower-case.
    pub blocked_local_parts: BTreeSet<Arc<str>>,
    /// Addresses that stand for "none"; normalised.
    pub placeholders: BTreeSet<Arc<str>>,
    /// Domains that ignore what follows a `+`.
    pub domains_ignoring_tags: BTreeSet<Arc<str>>,
    /// Domains that ignore dots in the local part.
    pub domains_ignoring_dots: BTreeSet<Arc<str>>,
    /// Merges and splits by hand, in any order; a later one wins over an earlier one.
    pub overrides: Vec<Override>,
}

impl Default for IdentityRules {
    fn default() -> Self {
        Self {
            blocked_local_parts: BLOCKED_LOCAL_PARTS.into_iter().map(Arc::from).collect(),
            placeholders: BTreeSet::new(),
            domains_ignoring_tags: BTreeSet::new(),
            domains_ignoring_dots: BTreeSet::new(),
            overrides: Vec::new(),
        }
    }
}

/// A decision of a human about who is who.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// What was decided.
    pub action: OverrideAction,
    /// The records it is about.
    pub records: Vec<RecordKey>,
    /// When.
    pub since: DateTime<Utc>,
    /// By whom.
    pub by: Option<RecordKey>,
    /// Why.
    pub note: Arc<str>,
}

/// What a human decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OverrideAction {
    /// The records are one person.
    Merge,
    /// The records are as many people; a single record is apart from every other.
    Split,
}

impl IdentityRules {
    /// The built-in rules with more blocked names: a bare name (`info`) blocks that local part everywhere, a whole
    /// address (`nobody@example.com`) is a placeholder.
    #[must_use]
    pub fn with_blocked<S: AsRef<str>>(mut self, blocked: impl IntoIterator<Item = S>) -> Self {
        for entry in blocked {
            let entry = entry.as_ref();
            match email::normalise(entry) {
                Some(address) => self.placeholders.insert(address),
                None => self.blocked_local_parts.insert(Arc::from(entry.trim().to_lowercase())),
            };
        }
        self
    }

    /// True for a normalised address that must not link records.
    pub fn is_blocked(&self, address: &str) -> bool {
        self.blocked_local_parts.contains(without_tag(email::local_part(address)))
            || self.placeholders.contains(address)
    }

    /// What two normalised addresses must have in common to be the same mailbox.
    pub fn mailbox(&self, address: &Arc<str>) -> Arc<str> {
        let domain = email::domain(address);
        let ignores_tags = self.domains_ignoring_tags.contains(domain);
        let ignores_dots = self.domains_ignoring_dots.contains(domain);
        if !ignores_tags && !ignores_dots {
            return address.clone();
        }
        let mut local = email::local_part(address).to_owned();
        if ignores_tags {
            local.truncate(without_tag(&local).len());
        }
        if ignores_dots {
            local.retain(|c| c != '.');
        }
        Arc::from(format!("{local}@{domain}"))
    }
}

/// `info+berlin` is still the role `info`.
fn without_tag(local: &str) -> &str {
    local.split_once('+').map_or(local, |(name, _)| name)
}
