//! Copies of one event in several sources become one entry.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

use crate::domain::email;
use crate::domain::event::{Detail, Direction, Event, EventKind, HistoryPart, Precision};
use crate::domain::id::{RecordKey, SourceName};
use crate::domain::lifecycle::LifecycleStage;
use crate::domain::phone;
use crate::unify::merge::folded;
use crate::unify::merge::same::Same;

use super::Entry;
use crate::domain::identify::{field_of, is_withheld};

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
    // An activity has at most one copy in each other source: a second one is another activity.
    let mut copied: HashSet<(usize, &SourceName)> = HashSet::new();
    for group in alike.values().filter(|group| group.len() > 1) {
        for nth in 0..group.len() {
            let source = &entries[group[nth]].event.source.source;
            let original = candidates(nth, group, &entries)
                .filter(|(_, other)| repeats[*other].is_none() && !copied.contains(&(*other, source)))
                .min();
            if let Some((_, original)) = original {
                repeats[group[nth]] = Some(original);
                if is_activity(&entries[original].event) {
                    copied.insert((original, source));
                }
            }
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

/// How far an instant may be rounded and still be compared.
const COARSEST_CLOCK: TimeDelta = TimeDelta::minutes(1);

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

/// The entries that one of a group may be a copy of, each with how far it is away in time.
fn candidates<'g>(
    nth: usize,
    group: &'g [usize],
    entries: &'g [Entry],
) -> impl Iterator<Item = (TimeDelta, usize)> + 'g {
    let event = &entries[group[nth]].event;
    let within = if is_activity(event) { ACTIVITY_ECHO_WITHIN } else { FIELD_ECHO_WITHIN };
    let may_be_copy = is_activity(event) || event.by_integration;
    // A coarse clock may round what was later to before; nothing is further off than that.
    let is_near = move |other: &&usize| {
        (entries[**other].event.occurred_at - event.occurred_at).abs() <= within + COARSEST_CLOCK
    };
    let earlier = group[..nth].iter().rev().take_while(is_near);
    // At one instant a copy may stand before what a human did; two copies are told apart by their order.
    let later = group[nth + 1..]
        .iter()
        .take_while(is_near)
        .filter(move |other| !is_activity(event) && !entries[**other].event.by_integration);
    earlier.chain(later).copied().filter(move |_| may_be_copy).filter_map(move |other| {
        let original = &entries[other].event;
        let delay = delay(original, event)?;
        let is_in_time = if is_activity(event) {
            delay.abs() <= within
        } else {
            delay >= TimeDelta::zero() && delay <= within
        };
        (is_in_time && original.source.source != event.source.source).then_some((delay.abs(), other))
    })
}

fn is_activity(event: &Event) -> bool {
    matches!(event.detail, Detail::Activity { .. })
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
