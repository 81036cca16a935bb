//! What sellers did with a person, and which of it counts. Source: domain guide §4.

use chrono::{DateTime, Utc};

use crate::domain::event::{Detail, Direction, Event, EventKind};
use crate::unify::history::Entry;
use crate::unify::merge::folded;

/// Outcomes of what was planned and did not take place, as vendors write them.
const DID_NOT_HAPPEN: [&str; 13] = [
    "not started",
    "not_started",
    "in progress",
    "in_progress",
    "waiting",
    "waiting on someone else",
    "deferred",
    "scheduled",
    "rescheduled",
    "queued",
    "canceled",
    "cancelled",
    "no_show",
];

/// True for a human's call, a human's message to the person, or a meeting, done and not merely planned.
pub fn is_meaningful(event: &Event) -> bool {
    let Detail::Activity { direction, outcome, automated, .. } = &event.detail else { return false };
    let is_theirs = event.kind == EventKind::SalesEmail && *direction == Some(Direction::Inbound);
    let took_place =
        outcome.as_deref().is_none_or(|outcome| !DID_NOT_HAPPEN.contains(&folded(outcome).as_str()));
    matches!(event.kind, EventKind::Call | EventKind::Meeting | EventKind::SalesEmail)
        && !automated
        && !is_theirs
        && took_place
}

/// Whether the person took part: they wrote or called themselves, or met somebody.
pub(super) fn took_part(event: &Event) -> bool {
    let Detail::Activity { direction, .. } = &event.detail else { return false };
    *direction == Some(Direction::Inbound) || (event.kind == EventKind::Meeting && is_meaningful(event))
}

/// The first meaningful activity up to an instant.
pub fn first_sales_activity(entries: &[Entry], until: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let meaningful = entries.iter().map(|entry| &entry.event).filter(|event| is_meaningful(event));
    meaningful.map(|event| event.occurred_at).filter(|at| *at <= until).min()
}

/// The last time the person did something themselves, up to an instant.
pub fn last_engaged_at(entries: &[Entry], until: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let engaged = entries.iter().map(|entry| &entry.event).filter(|event| super::touch::is_engagement(event));
    engaged.map(|event| event.occurred_at).filter(|at| *at <= until).max()
}
