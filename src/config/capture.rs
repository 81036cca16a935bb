//! `[capture]`: how often the sources are read into the ledger. Without the section they are read live alone.

use std::time::Duration;

use super::gateway::seconds;
use super::section::Section;

const DAY: Duration = Duration::from_secs(86_400);

/// `[capture]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capture {
    /// How often the sources are asked what changed.
    pub every: Duration,
    /// How often listings are read anew of which the vendor cannot say what changed.
    pub listings_every: Duration,
    /// How often records are read anew of which the vendor computes fields.
    pub computed_every: Duration,
    /// Events older than this are dropped; none are when it is not said.
    pub keep_events_for: Option<Duration>,
}

impl Default for Capture {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(300),
            listings_every: Duration::from_secs(3_600),
            computed_every: DAY,
            keep_events_for: None,
        }
    }
}

pub(super) fn capture(root: &Section<'_>) -> Option<Capture> {
    let default = Capture::default();
    let section = root.section("capture")?;
    if !root.has("ledger") {
        section.wrong("needs [ledger]: what is captured is written there");
    }
    let every = section.duration("every", default.every, seconds(1, 86_400));
    let listings_every = section.duration("listings_every", default.listings_every, seconds(1, 7 * 86_400));
    let computed_every = section.duration("computed_every", default.computed_every, seconds(1, 30 * 86_400));
    let keep = section.duration("keep_events_for", Duration::ZERO, DAY..=DAY * 36_500);
    let keep_events_for = (!keep.is_zero()).then_some(keep);
    Some(Capture { every, listings_every, computed_every, keep_events_for })
}
