//! Whose rows may be told otherwise since a place in the facts' journal.

use std::collections::BTreeSet;

use crate::domain::id::{NodeId, NodeKind, RecordKey};
use crate::domain::opportunity::StageCategory;
use crate::export::cursor::Table;
use crate::export::tables::{Spot, spot_at};
use crate::facts::Snapshot;
use crate::facts::journal::{self, What};
use crate::ledger::entry::Sequence;

/// What was touched: whose rows are there, and whose are not any more.
#[derive(Clone, Debug, Default)]
pub(super) struct Touched {
    keys: BTreeSet<(Table, RecordKey)>,
    gone_people: BTreeSet<RecordKey>,
}

impl Touched {
    /// These too.
    pub(super) fn extend(&mut self, more: impl IntoIterator<Item = (Table, RecordKey)>) {
        self.keys.extend(more);
    }

    /// The ids of people who are not there any more.
    pub(super) fn gone_people(&self) -> Vec<String> {
        self.gone_people.iter().map(|key| NodeId::new(NodeKind::Person, key.clone()).encode()).collect()
    }

    /// Of these tables, what is there and what is not.
    pub(super) fn within(
        &self,
        snapshot: &Snapshot,
        tables: &[Table],
    ) -> (Vec<Spot>, Vec<(Table, RecordKey)>) {
        let (mut there, mut gone) = (Vec::new(), Vec::new());
        for (table, key) in self.keys.iter().filter(|(table, _)| tables.contains(table)) {
            match snapshot.named(of_journal(*table), key) {
                Some(place) => there.push(spot_at(*table, place)),
                None => gone.push((*table, key.clone())),
            }
        }
        (there, gone)
    }
}

/// What was touched since; none where the journal does not reach back so far. A person's change touches the credits of
/// their opportunities, an opportunity's the histories of its people.
pub(super) fn since(snapshot: &Snapshot, place: (Sequence, usize)) -> Option<Touched> {
    let (facts, mut touched) = (snapshot.facts(), Touched::default());
    for (_, turn) in snapshot.journal().after(place)? {
        touched.keys.insert((of_facts(turn.table), turn.key.clone()));
        if turn.table == journal::Table::People && matches!(turn.what, What::Gone { .. }) {
            touched.gone_people.insert(turn.key.clone());
        }
        let Some(place) = snapshot.named(turn.table, &turn.key) else { continue };
        match turn.table {
            journal::Table::People => {
                let own = facts.opportunities_of(&facts.people[place]).iter();
                let keys = own.map(|it| (Table::Opportunities, facts.opportunity_keys[it.place()].clone()));
                touched.keys.extend(keys);
            }
            journal::Table::Opportunities => {
                let people = facts.people_of(&facts.opportunities[place]).iter();
                touched.keys.extend(people.map(|it| (Table::People, facts.person_keys[it.place()].clone())));
            }
            journal::Table::Accounts => {}
        }
    }
    Some(touched)
}

/// Opportunities that have not ended.
pub(super) fn open_opportunities(snapshot: &Snapshot) -> Vec<(Table, RecordKey)> {
    let facts = snapshot.facts();
    let open = facts.opportunities.iter().enumerate();
    let open = open.filter(|(_, it)| !matches!(it.category, StageCategory::Won | StageCategory::Lost));
    let key = |place: usize| (Table::Opportunities, facts.opportunity_keys[place].clone());
    let named = |(_, key): &(Table, RecordKey)| snapshot.named(journal::Table::Opportunities, key).is_some();
    open.map(|(place, _)| key(place)).filter(named).collect()
}

fn of_facts(table: journal::Table) -> Table {
    match table {
        journal::Table::People => Table::People,
        journal::Table::Accounts => Table::Accounts,
        journal::Table::Opportunities => Table::Opportunities,
    }
}

pub(super) fn of_journal(table: Table) -> journal::Table {
    match table {
        Table::People => journal::Table::People,
        Table::Accounts => journal::Table::Accounts,
        Table::Opportunities => journal::Table::Opportunities,
    }
}
