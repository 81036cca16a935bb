//! Which events are whose.

use std::collections::{BTreeSet, HashMap};

use crate::domain::event::Event;
use crate::domain::id::RecordKey;

use super::bonds::histories_of_addresses;
use super::compose::Work;
use super::material::Seen;

/// The events of everything in a component.
pub(super) struct Told<'a> {
    pub(super) of_people: Vec<Vec<Event>>,
    pub(super) of_deals: Vec<Vec<Event>>,
    pub(super) seen_of_people: Vec<Seen>,
    pub(super) seen_of_deals: Vec<Seen>,
    work: &'a Work<'a>,
}

impl<'a> Told<'a> {
    pub(super) fn of(work: &'a Work<'a>) -> Self {
        let (people, deals) = (work.people.len(), work.deals.len());
        let mut told = Self {
            of_people: vec![Vec::new(); people],
            of_deals: vec![Vec::new(); deals],
            seen_of_people: vec![Seen::NEVER; people],
            seen_of_deals: vec![Seen::NEVER; deals],
            work,
        };
        let mut by_address: HashMap<RecordKey, BTreeSet<usize>> = HashMap::new();
        for (place, cluster) in work.people.iter().enumerate() {
            for history in cluster.members.iter().flat_map(|it| histories_of_addresses(&it.record)) {
                by_address.entry(history).or_default().insert(place);
            }
        }
        let mut events: Vec<_> = work.material.events.iter().collect();
        events.sort_by_key(|event| event.sequence);
        for recorded in events {
            let (event, seen) = (&recorded.event, Seen::of_event(recorded));
            let by_address = by_address.get(&recorded.of).into_iter().flatten();
            for place in told.work.person_of.get(&recorded.of).into_iter().chain(by_address) {
                told.of_people[*place].push((**event).clone());
                told.seen_of_people[*place] = told.seen_of_people[*place].latest(seen);
            }
            if let Some(place) = told.work.deal_of.get(&recorded.of) {
                told.of_deals[*place].push((**event).clone());
                told.seen_of_deals[*place] = told.seen_of_deals[*place].latest(seen);
            }
        }
        told
    }
}
