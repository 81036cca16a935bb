//! The one order of a timeline: instant, kind, source, record; changes of one field at one instant by their values.

use std::collections::BTreeMap;

use crate::domain::event::{Detail, Event, EventKind};
use crate::unify::source_order::SourceOrder;

use super::Entry;
use crate::domain::identify::{field_of, id_of, new_value_of, old_value_of};

/// Sorts entries. A day stands at its end already, because its event carries that instant.
pub(super) fn sort(entries: &mut [Entry], order: &SourceOrder<'_>) {
    entries.sort_by(|a, b| {
        let place = |entry: &Entry| (entry.event.occurred_at, kind_rank(entry.event.kind));
        let by_source = || order.place(&a.event.source).cmp(&order.place(&b.event.source));
        let by_field = || field_of(&a.event.detail).cmp(&field_of(&b.event.detail));
        place(a).cmp(&place(b)).then_with(by_source).then_with(by_field).then_with(|| a.id.cmp(&b.id))
    });
    let mut start = 0;
    while start < entries.len() {
        let is_same_change = |entry: &Entry| {
            let (a, b) = (&entries[start].event, &entry.event);
            a.occurred_at == b.occurred_at
                && kind_rank(a.kind) == kind_rank(b.kind)
                && a.source == b.source
                && field_of(&a.detail).is_some()
                && field_of(&a.detail) == field_of(&b.detail)
        };
        let length = entries[start..].iter().take_while(|entry| is_same_change(entry)).count().max(1);
        if length > 1 {
            let together = &mut entries[start..start + length];
            let details: Vec<&Detail> = together.iter().map(|entry| &entry.event.detail).collect();
            let linked: Vec<Entry> =
                linked_by_values(&details).into_iter().map(|nth| together[nth].clone()).collect();
            together.clone_from_slice(&linked);
        }
        start += length;
    }
}

/// What comes first among things that happened at one instant.
fn kind_rank(kind: EventKind) -> u8 {
    match kind {
        EventKind::RecordCreated | EventKind::OpportunityCreated => 0,
        EventKind::FieldChange | EventKind::OwnerChange | EventKind::ScoreChange => 1,
        EventKind::StageChange | EventKind::LeadConverted | EventKind::RecordMerged => 2,
        EventKind::OpportunityWon | EventKind::OpportunityLost | EventKind::RecordDeleted => 5,
        // Handoffs have place 4.
        _ => 3,
    }
}

/// The changes of one field of one record in the order in which they happened.
pub(super) fn in_order<'e>(changes: impl Iterator<Item = &'e Event>) -> Vec<&'e Event> {
    let mut changes: Vec<&Event> = changes.collect();
    changes.sort_by_cached_key(|event| (event.occurred_at, id_of(event)));
    let mut ordered = Vec::with_capacity(changes.len());
    for together in changes.chunk_by(|a, b| a.occurred_at == b.occurred_at) {
        let details: Vec<&Detail> = together.iter().map(|event| &event.detail).collect();
        ordered.extend(linked_by_values(&details).into_iter().map(|nth| together[nth]));
    }
    ordered
}

/// Puts changes of one field at one instant into the order in which one's new value is the next one's old value: a
/// path through the values that uses every change once, as far as there is one. Gives their places in that order.
fn linked_by_values(changes: &[&Detail]) -> Vec<usize> {
    if changes.len() < 2 {
        return (0..changes.len()).collect();
    }
    let old = |nth: usize| old_value_of(changes[nth]).unwrap_or_default().to_owned();
    let new = |nth: usize| new_value_of(changes[nth]).unwrap_or_default();
    let mut leaving: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut surplus: BTreeMap<String, i64> = BTreeMap::new();
    for nth in (0..changes.len()).rev() {
        leaving.entry(old(nth)).or_default().push(nth);
        *surplus.entry(old(nth)).or_default() += 1;
        *surplus.entry(new(nth)).or_default() -= 1;
    }
    let mut ordered: Vec<usize> = Vec::with_capacity(changes.len());
    while ordered.len() < changes.len() {
        let is_left = |value: &String| leaving.get(value).is_some_and(|changes| !changes.is_empty());
        // Where more changes leave a value than lead to it, a path begins.
        let begins =
            surplus.iter().find(|(value, surplus)| **surplus > 0 && is_left(value)).map(|(value, _)| value);
        let begins = begins.or_else(|| leaving.keys().find(|value| is_left(value)));
        let begins = begins.expect("a change that is not yet ordered leaves some value").clone();
        let path = walk(begins, &mut leaving, new);
        for nth in &path {
            *surplus.entry(old(*nth)).or_default() -= 1;
            *surplus.entry(new(*nth)).or_default() += 1;
        }
        ordered.extend(path);
    }
    ordered
}

/// Walks on while there is a way; where it ends too early, goes back to the last value with another way and fits the
/// detour in (Hierholzer's way through a graph).
fn walk(
    begins: String,
    leaving: &mut BTreeMap<String, Vec<usize>>,
    new: impl Fn(usize) -> String,
) -> Vec<usize> {
    let mut path = Vec::new();
    let mut stack: Vec<(String, Option<usize>)> = vec![(begins, None)];
    while let Some((value, _)) = stack.last() {
        if let Some(next) = leaving.get_mut(value).and_then(Vec::pop) {
            stack.push((new(next), Some(next)));
        } else if let Some((_, Some(done))) = stack.pop() {
            path.push(done);
        }
    }
    path.reverse();
    path
}
