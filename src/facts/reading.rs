//! From keys to what was captured of them: records, memberships and histories of groups of records, each read at once.

use std::collections::{BTreeSet, HashMap};

use crate::domain::event::HistoryPart;
use crate::domain::id::RecordKey;
use crate::ledger::Ledger;
use crate::ledger::entry::{CapturedRecord, RecordKind, Recorded, Sequence};
use crate::ledger::error::LedgerError;
use crate::ledger::link::Link;

use super::material::Material;

/// Versions of one record read at once.
const VERSIONS: u32 = 200;

/// What is read of groups of records beside the records themselves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    /// The campaigns people are members of.
    pub(super) memberships: bool,
    /// These parts of their histories.
    pub(super) parts: &'a [HistoryPart],
    /// Nothing observed later than this.
    pub(super) until: Option<Sequence>,
}

/// The material of each group of records, in their order.
pub(super) async fn materials(
    ledger: &dyn Ledger,
    groups: &[&[RecordKey]],
    wanted: Wanted<'_>,
) -> Result<Vec<Material>, LedgerError> {
    let mut materials: Vec<Material> = groups.iter().map(|_| Material::default()).collect();
    let place_of: HashMap<&RecordKey, usize> = groups
        .iter()
        .enumerate()
        .flat_map(|(place, keys)| keys.iter().map(move |key| (key, place)))
        .collect();
    let keys: Vec<RecordKey> = groups.iter().flat_map(|keys| keys.iter().cloned()).collect();
    for recorded in ledger.heads_of(&keys).await? {
        let Some(place) = place_of.get(&recorded.key) else { continue };
        if let Some(recorded) = as_observed(ledger, recorded, wanted.until).await? {
            materials[*place].add(recorded);
        }
    }
    // An address may be that of people who do not hang together: its history is everybody's.
    let mut whose: HashMap<RecordKey, BTreeSet<usize>> = HashMap::new();
    let mut members = Vec::new();
    for (place, material) in materials.iter().enumerate() {
        for key in material.histories() {
            whose.entry(key).or_default().insert(place);
        }
        members.extend(material.keys_of_people().into_iter().map(Link::OfPerson));
    }
    if wanted.memberships {
        for (_, recorded) in ledger.linked(&members, RecordKind::Membership).await? {
            let CapturedRecord::Membership(membership) = &recorded.record else { continue };
            for place in whose.get(&membership.person).into_iter().flatten() {
                materials[*place].add(recorded.clone());
            }
        }
    }
    let histories: Vec<RecordKey> = whose.keys().cloned().collect();
    for event in ledger.events_of(&histories, wanted.parts).await? {
        // What was told otherwise since is no longer known as it was told first.
        let is_later = wanted.until.is_some_and(|until| event.sequence > until) && !event.restated;
        for place in whose.get(&event.of).into_iter().flatten().filter(|_| !is_later) {
            materials[*place].events.push(event.clone());
        }
    }
    Ok(materials)
}

/// The record as it had been observed by then; none before it was, or once it is erased.
async fn as_observed(
    ledger: &dyn Ledger,
    head: Recorded,
    until: Option<Sequence>,
) -> Result<Option<Recorded>, LedgerError> {
    let Some(until) = until.filter(|until| head.sequence > *until) else { return Ok(Some(head)) };
    let (mut found, mut after) = (None, 0);
    loop {
        let page = ledger.versions(&head.key, after, VERSIONS).await?;
        let is_last = page.len() < VERSIONS as usize;
        for version in page {
            if version.sequence > until {
                return Ok(found);
            }
            after = version.sequence;
            found = Some(version);
        }
        if is_last {
            return Ok(found);
        }
    }
}
