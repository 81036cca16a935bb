//! What readers see: the facts of one instant, immutable, shared by everybody who asks.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::domain::fact::{FactSet, Table};
use crate::domain::id::{NodeId, NodeKind, RecordKey};
use crate::domain::territory::Owner;
use crate::domain::view::View;
use crate::ledger::entry::Sequence;
use crate::metrics::stall::Pace;
use crate::unify::merge::same::Same;

use super::journal::Journal;
use super::keys::{Keys, Row};
use super::line::{AccountLine, CampaignLine, OpportunityLine, PersonLine};
use super::moves::Moves;
use super::rules::Rules;
use super::tables::{Tables, keys_of};
use super::visible::Visible;

/// At most so many views' rows are remembered with a snapshot.
const MOST_VIEWS: usize = 256;

/// The read model at one instant.
pub struct Snapshot {
    pub(super) facts: Arc<FactSet>,
    pub(super) people: Table<Option<Arc<PersonLine>>>,
    pub(super) accounts: Table<Option<Arc<AccountLine>>>,
    pub(super) opportunities: Table<Option<Arc<OpportunityLine>>>,
    pub(super) campaigns: Vec<Arc<CampaignLine>>,
    pub(super) owners: Vec<Owner>,
    pub(super) rules: Arc<Rules>,
    keys: Keys,
    moves: Moves,
    sequence: Sequence,
    journal: Journal,
    visible: Mutex<HashMap<Arc<str>, Arc<Visible>>>,
    pace: OnceLock<Pace>,
    users: OnceLock<Same>,
}

impl Snapshot {
    pub(super) fn new(
        tables: &Tables,
        owners: Vec<Owner>,
        campaigns: Vec<Arc<CampaignLine>>,
        moves: Moves,
        rules: Arc<Rules>,
        sequence: Sequence,
    ) -> Self {
        Self {
            facts: Arc::new(tables.facts.clone()),
            people: tables.people.clone(),
            accounts: tables.accounts.clone(),
            opportunities: tables.opportunities.clone(),
            keys: tables.keys.clone(),
            campaigns,
            owners,
            rules,
            moves,
            sequence,
            journal: Journal::beginning(sequence),
            visible: Mutex::default(),
            pace: OnceLock::new(),
            users: OnceLock::new(),
        }
    }

    /// Which keys of owners mean the same one.
    pub(super) fn users(&self) -> &Same {
        self.users.get_or_init(|| {
            let mut same = Same::default();
            for (owner, first) in self.owners.iter().zip(self.facts.owner_keys.iter()) {
                owner.keys.iter().for_each(|key| same.add(key.clone(), first.clone()));
            }
            same
        })
    }

    /// The facts, for metrics. Which of them a caller may count is told by [`visible`](Self::visible).
    pub fn facts(&self) -> &Arc<FactSet> {
        &self.facts
    }

    /// The last sequence of the ledger that is told here.
    pub fn sequence(&self) -> Sequence {
        self.sequence
    }

    /// What became of rows since the start.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The same, going on from an earlier one; `restated` are histories that are told otherwise since.
    #[must_use]
    pub(super) fn following(mut self, earlier: &Self, restated: &BTreeSet<RecordKey>) -> Self {
        self.journal = earlier.journal.next(earlier, &self, restated);
        self
    }

    /// The same with the journal that led to it.
    #[must_use]
    pub(super) fn resuming(mut self, journal: Journal) -> Self {
        self.journal = journal;
        self
    }

    /// The row a key means: a record's, one merged away, or an anchor that moved since.
    pub fn row_of(&self, key: &RecordKey) -> Option<Row> {
        self.row_named(key).or_else(|| self.moves.way_of(key).find_map(|moved| self.row_named(moved)))
    }

    fn row_named(&self, key: &RecordKey) -> Option<Row> {
        self.keys.get(key, |row| keys_of(row, &self.people, &self.accounts, &self.opportunities))
    }

    /// The person a key means today, as clients name them; none for a key that means nobody.
    pub fn person_of(&self, key: &RecordKey) -> Option<NodeId> {
        match self.row_of(key)? {
            Row::Person(place) => {
                Some(NodeId::new(NodeKind::Person, self.facts.person_keys[place as usize].clone()))
            }
            _ => None,
        }
    }

    /// Anchors by which a person was known before, in the order of keys.
    pub fn previous_anchors(&self, anchor: &RecordKey) -> Vec<RecordKey> {
        let is_free = |key: &RecordKey| match self.row_named(key) {
            Some(Row::Person(place)) => self.facts.person_keys[place as usize] == *anchor,
            Some(_) => false,
            None => true,
        };
        self.moves.before(anchor).into_iter().filter(is_free).collect()
    }

    /// What lists know of the person a key means.
    pub fn person_line(&self, key: &RecordKey) -> Option<&Arc<PersonLine>> {
        match self.row_of(key)? {
            Row::Person(place) => self.people[place as usize].as_ref(),
            _ => None,
        }
    }

    /// Which rows exist for a view. Remembered for the life of the snapshot.
    pub fn visible(&self, view: &View) -> Arc<Visible> {
        let remembered = || self.visible.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = remembered().get(view.fingerprint()) {
            return known.clone();
        }
        let seen = Arc::new(Visible::of(self, view));
        let mut remembered = remembered();
        if remembered.len() >= MOST_VIEWS {
            remembered.clear();
        }
        remembered.insert(view.fingerprint().clone(), seen.clone());
        seen
    }

    /// How long won opportunities stayed in their stages. Measured once, over everything there is: whether one stands
    /// still does not depend on who looks at it.
    pub(super) fn pace(&self) -> &Pace {
        self.pace.get_or_init(|| Pace::measured(&self.facts, self.facts.as_of))
    }
}
