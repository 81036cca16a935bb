//! Whose rows may be told otherwise from one snapshot of the facts to the next, by the facts' journal.

use std::collections::BTreeSet;

use crate::domain::id::RecordKey;
use crate::domain::opportunity::StageCategory;
use crate::export::tables::{Spot, spot_at};
use crate::facts::{Snapshot, Table};

/// What was touched, be it there or not any more.
#[derive(Clone, Debug, Default)]
pub(super) struct Touched {
    keys: BTreeSet<(Table, RecordKey)>,
}

impl Touched {
    /// These too.
    pub(super) fn extend(&mut self, more: impl IntoIterator<Item = (Table, RecordKey)>) {
        self.keys.extend(more);
    }

    /// Of these tables, what is there and what is not.
    pub(super) fn within(
        &self,
        snapshot: &Snapshot,
        tables: &[Table],
    ) -> (Vec<Spot>, Vec<(Table, RecordKey)>) {
        let (mut there, mut gone) = (Vec::new(), Vec::new());
        for (table, key) in self.keys.iter().filter(|(table, _)| tables.contains(table)) {
            match snapshot.named(*table, key) {
                Some(place) => there.push(spot_at(*table, place)),
                None => gone.push((*table, key.clone())),
            }
        }
        (there, gone)
    }
}

/// What was touched from one snapshot to the next; none where the journal does not reach back so far. A person's change
/// touches the credits of their opportunities, an opportunity's the histories of its people: of those they have and of
/// those they had.
pub(super) fn between(old: &Snapshot, new: &Snapshot) -> Option<Touched> {
    let mut touched = Touched::default();
    for (_, turn) in new.journal().after(old.journal().end())? {
        touched.keys.insert((turn.table, turn.key.clone()));
        touched.extend(around(old, turn.table, &turn.key));
        touched.extend(around(new, turn.table, &turn.key));
    }
    Some(touched)
}

/// What hangs together with a row of a snapshot.
fn around(snapshot: &Snapshot, table: Table, key: &RecordKey) -> Vec<(Table, RecordKey)> {
    let (facts, place) = (snapshot.facts(), snapshot.named(table, key));
    match (table, place) {
        (Table::People, Some(place)) => {
            let own = facts.opportunities_of(&facts.people[place]).iter();
            own.map(|it| (Table::Opportunities, facts.opportunity_keys[it.place()].clone())).collect()
        }
        (Table::Opportunities, Some(place)) => {
            let people = facts.people_of(&facts.opportunities[place]).iter();
            people.map(|it| (Table::People, facts.person_keys[it.place()].clone())).collect()
        }
        _ => Vec::new(),
    }
}

/// Opportunities that have not ended.
pub(super) fn open_opportunities(snapshot: &Snapshot) -> Vec<(Table, RecordKey)> {
    let facts = snapshot.facts();
    let open = facts.opportunities.iter().enumerate();
    let open = open.filter(|(_, it)| !matches!(it.category, StageCategory::Won | StageCategory::Lost));
    let key = |place: usize| (Table::Opportunities, facts.opportunity_keys[place].clone());
    let named = |(_, key): &(Table, RecordKey)| snapshot.named(Table::Opportunities, key).is_some();
    open.map(|(place, _)| key(place)).filter(named).collect()
}
