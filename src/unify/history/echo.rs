//! Copies of one event in several sources become one entry.

use std::collections::HashMap;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

use crate::domain::email;
use crate::domain::event::{Detail, Direction, Event, EventKind, HistoryPart, Precision};
use crate::domain::id::RecordKey;
use crate::domain::lifecycle::LifecycleStage;
use crate::domain::phone;
use crate::unify::merge::folded;
use crate::unify::merge::same::Same;

use super::Entry;
use super::identify::{field_of, is_withheld};

/// How long after a change its copy may come.
const FIELD_ECHO_WITHIN: TimeDelta = TimeDelta::minutes(30);
/// How far apart the two beginnings of one activity may be.
const ACTIVITY_ECHO_WITHIN: TimeDelta = TimeDelta::seconds(120);

/// Folds echoes into the entries they repeat. Takes and gives entries in their order.
pub(super) fn fold(entries: Vec<Entry>, same: &Same) -> Vec<Entry> {
    let mut alike: HashMap<Likeness, Vec<usize>> = HashMap::new();
    let likenesses: Vec<Option<Likeness>> = entries.iter().map(|it| likeness(&it.event, same)).collect();
    for (nth, likeness) in likenesses.iter().enumerate() {
        if let Some(likeness) = likeness {
            alike.entry(likeness.clone()).or_default().push(nth);
        }
    }
    // For every entry the one it repeats.
    let mut repeats: Vec<Option<usize>> = vec![None; entries.len()];
    for group in alike.values().filter(|group| group.len() > 1) {
        for copy in group {
            repeats[*copy] = original_of(*copy, group, &entries, &repeats);
        }
    }
    let mut echoes: HashMap<usize, Vec<RecordKey>> = HashMap::new();
    for (entry, original) in entries.iter().zip(&repeats) {
        if let Some(original) = original {
            let own = std::iter::once(entry.event.source.clone()).chain(entry.echoes.iter().cloned());
            echoes.entry(*original).or_default().extend(own);
        }
    }
    let mut kept = Vec::with_capacity(entries.len());
    for (nth, mut entry) in entries.into_iter().enumerate() {
        if repeats[nth].is_none() {
            for echo in echoes.remove(&nth).unwrap_or_default() {
                if !entry.echoes.contains(&echo) {
                    entry.echoes.push(echo);
                }
            }
            kept.push(entry);
        }
    }
    kept
}

/// What two entries must have in common for one to be a copy of the other.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Likeness {
    /// The same field of the same person got the same value.
    Change { subject: RecordKey, field: String, value: String },
    /// The same kind of thing was done with the same person, the same way round, about the same subject.
    Activity { person: RecordKey, kind: EventKind, direction: Option<Direction>, subject: String },
}

fn likeness(event: &Event, same: &Same) -> Option<Likeness> {
    let about = event.person.as_ref().or(event.opportunity.as_ref()).or(event.account.as_ref());
    let about = same.of(about.unwrap_or(&event.source)).clone();
    match &event.detail {
        Detail::Activity { direction, subject, .. } if event.kind.part() == HistoryPart::Activities => {
            Some(Likeness::Activity {
                person: about,
                kind: event.kind,
                direction: *direction,
                subject: bare_subject(subject.as_deref().unwrap_or_default()),
            })
        }
        Detail::Field { .. } | Detail::Stage { .. } if !is_withheld(&event.detail) => {
            Some(Likeness::Change {
                subject: about,
                field: field_of(&event.detail)?.to_owned(),
                value: compared_value(&event.detail),
            })
        }
        _ => None,
    }
}

/// The earlier entry that this one is a copy of: of several the nearest in time.
fn original_of(copy: usize, group: &[usize], entries: &[Entry], repeats: &[Option<usize>]) -> Option<usize> {
    let event = &entries[copy].event;
    let is_activity = matches!(event.detail, Detail::Activity { .. });
    if !is_activity && !event.by_integration {
        return None;
    }
    let is_taken = |original: usize| {
        group.iter().any(|other| {
            repeats[*other] == Some(original) && entries[*other].event.source.source == event.source.source
        })
    };
    let candidates = group.iter().copied().filter(|other| {
        let original = &entries[*other].event;
        // At one instant a copy may stand before what a human did; two copies are told apart by their order.
        let is_earlier = *other < copy || (!is_activity && *other != copy && !original.by_integration);
        is_earlier
            && repeats[*other].is_none()
            && original.source.source != event.source.source
            && delay(original, event).is_some_and(|delay| is_within(delay, is_activity))
            && !(is_activity && is_taken(*other))
    });
    candidates.min_by_key(|other| (delay(&entries[*other].event, event).map(|it| it.abs()), *other))
}

fn is_within(delay: TimeDelta, is_activity: bool) -> bool {
    if is_activity {
        delay.abs() <= ACTIVITY_ECHO_WITHIN
    } else {
        delay >= TimeDelta::zero() && delay <= FIELD_ECHO_WITHIN
    }
}

/// How much later the copy is, as exactly as both vendors know; none where one knows only the day.
fn delay(original: &Event, copy: &Event) -> Option<TimeDelta> {
    let step = match original.precision.max(copy.precision) {
        Precision::Millisecond => TimeDelta::milliseconds(1),
        Precision::Second => TimeDelta::seconds(1),
        Precision::Minute => TimeDelta::minutes(1),
        Precision::Day => return None,
    };
    let rounded = |at: DateTime<Utc>| at.duration_trunc(step).unwrap_or(at);
    Some(rounded(copy.occurred_at) - rounded(original.occurred_at))
}

/// The new value as it is compared between vendors.
fn compared_value(detail: &Detail) -> String {
    match detail {
        Detail::Stage { to: LifecycleStage::Other, vendor_to, .. } => folded(vendor_to),
        Detail::Stage { to, .. } => to.name().to_owned(),
        Detail::Field { field, new, .. } => {
            let new = new.as_deref().unwrap_or_default();
            let special = match &**field {
                "email" => email::normalise(new).map(|address| address.to_string()),
                "phone" | "mobile" => phone::comparable(new),
                _ => None,
            };
            special.unwrap_or_else(|| folded(new))
        }
        _ => String::new(),
    }
}

/// A subject without `re:` and `fwd:`, case and spaces.
fn bare_subject(subject: &str) -> String {
    let squeezed: String = subject.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
    let mut rest = squeezed.as_str();
    while let Some(shorter) = ["re:", "fwd:"].iter().find_map(|prefix| rest.strip_prefix(prefix)) {
        rest = shorter;
    }
    rest.to_owned()
}
