//! One timeline from many. Source: domain guide §10.
//!
//! Pure functions over events that were read. What is always true: the order is total and does not depend on the order
//! of arrival, an event has the same id whenever it is read, and folding an echo never loses the record it came from.

mod echo;
mod order;
mod self_check;
pub mod state;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::TimeDelta;

use crate::domain::event::Event;
use crate::domain::id::{NodeId, NodeKind, RecordKey};
use crate::domain::identify;
use crate::domain::record::{Side, SourceInfo};
use crate::unify::merge::same::Same;
use crate::unify::source_order::SourceOrder;

use state::Current;

/// An event written down later than this after it happened is late.
const LATE_AFTER: TimeDelta = TimeDelta::hours(1);

/// One entry of the unified history.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The same whenever the event is read.
    pub id: Arc<str>,
    /// What happened, as the source that knew first tells it.
    pub event: Event,
    /// The records of the copies that other sources hold of it.
    pub echoes: Vec<RecordKey>,
    /// Written down more than an hour after it happened.
    pub is_late: bool,
    /// Whose system it happened in.
    pub side: Side,
    /// True when no vendor recorded it: the history ends with another value than the record holds now.
    pub is_inferred: bool,
}

impl Entry {
    /// The id clients hold of the entry of the history of this person, account or opportunity.
    pub fn node(&self, of: NodeKind, anchor: &RecordKey) -> NodeId {
        let letter = match of {
            NodeKind::Opportunity => 'o',
            NodeKind::Account => 'a',
            _ => 'p',
        };
        let part = Some(format!("{letter}{}", self.id).into());
        NodeId { kind: NodeKind::Event, key: anchor.clone(), part }
    }
}

/// Orders events of any number of records, folds echoes and adds what the histories fail to tell. `same` says which
/// person records are one person; `current` holds the values that the newest entries should lead to.
pub fn timeline(events: Vec<Event>, sources: &[SourceInfo], same: &Same, current: &[Current]) -> Vec<Entry> {
    let order = SourceOrder::new(sources);
    let inferred = self_check::missing_changes(&events, current);
    let entry = |event: Event, is_inferred: bool| Entry {
        id: identify::id_of(&event),
        is_late: event.recorded_at.is_some_and(|recorded| recorded - event.occurred_at > LATE_AFTER),
        side: order.side(&event.source.source),
        event,
        echoes: Vec::new(),
        is_inferred,
    };
    let told = events.into_iter().map(|event| entry(event, false));
    let mut entries = once_each(told.chain(inferred.into_iter().map(|event| entry(event, true))));
    order::sort(&mut entries, &order);
    echo::fold(entries, same)
}

/// Of an event read twice one stays; the record of a second reading is kept with it where it differs.
fn once_each(entries: impl Iterator<Item = Entry>) -> Vec<Entry> {
    let mut places: HashMap<Arc<str>, usize> = HashMap::new();
    let mut kept: Vec<Entry> = Vec::new();
    for entry in entries {
        if let Some(place) = places.get(&entry.id) {
            let held = &mut kept[*place];
            // The smaller key speaks, so that the order of arrival does not matter.
            let (speaks, echoes) = if entry.event.source < held.event.source {
                let echoes = std::mem::replace(held, entry);
                (held, echoes.event.source)
            } else {
                (held, entry.event.source)
            };
            if speaks.event.source != echoes && !speaks.echoes.contains(&echoes) {
                speaks.echoes.push(echoes);
            }
        } else {
            places.insert(entry.id.clone(), kept.len());
            kept.push(entry);
        }
    }
    kept
}

#[cfg(test)]
mod tests;
