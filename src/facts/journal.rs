//! What became of rows from one snapshot to the next: which are told otherwise, which went, and how each had been seen.
//!
//! A [`Journal`] is found by comparing snapshots, not by what was written: a row that was made anew and says the same is
//! no turn, and one whose records were not touched but whose account changed hands is. With each turn stands what
//! decided who saw the row before, so that whoever saw it can be told that they no longer do. It begins with the
//! first snapshot and is kept in memory and in checkpoints.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::fact::{Ix, OwnerFact};
use crate::domain::id::{NodeKind, RecordKey};
use crate::domain::opportunity::StageCategory;
use crate::domain::territory::{Owner, Place};
use crate::domain::view::{AccountRow, OpportunityRow, PersonRow, View};
use crate::ledger::entry::Sequence;

use super::checkpoint::{FrameReader, FrameWriter};
use super::keys::Row;
use super::snapshot::Snapshot;

/// At most so many turns are kept; the oldest go first.
const MOST: usize = 200_000;

/// The table of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each name is the table's")]
pub enum Table {
    People,
    Accounts,
    Opportunities,
}

impl Table {
    /// Every one, in the order in which they are gone through.
    pub const ALL: [Self; 3] = [Self::People, Self::Accounts, Self::Opportunities];

    /// The kind of its rows in ids.
    pub fn kind(self) -> NodeKind {
        match self {
            Self::People => NodeKind::Person,
            Self::Accounts => NodeKind::Account,
            Self::Opportunities => NodeKind::Opportunity,
        }
    }
}

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum What {
    /// It came, or is told otherwise.
    Changed {
        /// What had been told of its past is told otherwise, or no longer.
        restated: bool,
    },
    /// It is no longer there.
    Gone {
        /// The anchor of the row that its key means now.
        now: Option<RecordKey>,
    },
}

/// One row's turn.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Turn {
    /// The ledger was told up to here.
    pub sequence: Sequence,
    /// When the newest of what the row tells was read, or the row was found gone.
    pub observed_at: DateTime<Utc>,
    /// The row's table.
    pub table: Table,
    /// The anchor by which it is, or was, named.
    pub key: RecordKey,
    /// What became of it.
    pub what: What,
    before: Option<Seen>,
}

impl Turn {
    /// Whether the view saw the row before.
    pub fn was_seen(&self, view: &View) -> bool {
        self.before.as_ref().is_some_and(|before| before.by(view))
    }
}

/// The turns since the start, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    /// Tells one journal from those of other starts.
    epoch: i64,
    /// Everything that came after this is here.
    from: Sequence,
    /// Up to here, what readers of other starts were told is what this one knows of.
    known: Sequence,
    turns: Vec<Arc<Vec<Turn>>>,
}

impl Journal {
    pub(super) fn beginning(sequence: Sequence) -> Self {
        Self { epoch: epoch(), from: sequence, known: sequence, turns: Vec::new() }
    }

    /// Writes it into a checkpoint.
    pub(super) fn save(&self, out: &mut FrameWriter) -> io::Result<()> {
        out.put(&self.from)?;
        out.put_all(self.turns.iter())
    }

    /// Reads it from the checkpoint of a sequence. Turns that came later are lost, and may come out otherwise when
    /// they are found anew: who was told of them has to start over.
    pub(super) fn restore(from: &mut FrameReader, known: Sequence) -> io::Result<Self> {
        let mut journal = Self { epoch: epoch(), from: from.take()?, known, turns: Vec::new() };
        from.take_all(|turns| journal.turns.push(turns))?;
        Ok(journal)
    }

    /// Tells this journal from those of other starts.
    pub fn epoch(&self) -> i64 {
        self.epoch
    }

    /// The place from which a reader goes on whom a journal of this epoch has told up to there; none for one who was
    /// told what this journal knows nothing of.
    pub fn going_on(&self, epoch: i64, (sequence, read): (Sequence, usize)) -> Option<(Sequence, usize)> {
        if epoch == self.epoch {
            return Some((sequence, read));
        }
        // How many turns of a sequence were read says nothing of its turns in another journal.
        (sequence <= self.known).then_some((sequence, 0))
    }

    /// The end: the last sequence that has turns, and how many it has.
    pub fn end(&self) -> (Sequence, usize) {
        let Some(last) = self.turns.last().and_then(|turns| turns.last()) else { return (self.from, 0) };
        (last.sequence, self.all().filter(|turn| turn.sequence == last.sequence).count())
    }

    /// The turns behind a place: a sequence and how many of its turns have been read. None where older ones are gone.
    pub fn after(&self, place: (Sequence, usize)) -> Option<impl Iterator<Item = (usize, &Turn)>> {
        let (sequence, read) = place;
        if sequence < self.from {
            return None;
        }
        let (mut at, mut nth) = (sequence, 0);
        let numbered = self.all().filter(move |turn| turn.sequence >= sequence).map(move |turn| {
            if turn.sequence != at {
                (at, nth) = (turn.sequence, 0);
            }
            nth += 1;
            (nth, turn)
        });
        Some(numbered.filter(move |(nth, turn)| turn.sequence > sequence || *nth > read))
    }

    fn all(&self) -> impl Iterator<Item = &Turn> {
        self.turns.iter().flat_map(|turns| turns.iter())
    }

    /// The journal with what became of rows since: `restated` are the histories that are told otherwise.
    pub(super) fn next(&self, old: &Snapshot, new: &Snapshot, restated: &BTreeSet<RecordKey>) -> Self {
        let mut found: BTreeMap<(Table, RecordKey), Turn> = BTreeMap::new();
        for table in Table::ALL {
            compare(table, old, new, &mut found);
        }
        for key in restated {
            let Some((table, place)) = new.row_of(key).map(table_of) else { continue };
            let key = new.anchor(table, place).clone();
            let changed = || changed(new, table, place, Some(Seen::of(new, table, place)));
            let turn = found.entry((table, key)).or_insert_with(changed);
            turn.what = What::Changed { restated: true };
        }
        let mut next = self.clone();
        if !found.is_empty() {
            next.turns.push(Arc::new(found.into_values().collect()));
        }
        let mut kept: usize = next.turns.iter().map(|turns| turns.len()).sum();
        while kept > MOST && next.turns.len() > 1 {
            let oldest = next.turns.remove(0);
            kept -= oldest.len();
            // Of a sequence that is not here to the full, nothing is.
            next.from = oldest.last().map_or(next.from, |turn| turn.sequence + 1);
        }
        next
    }
}

/// A number no other start has.
fn epoch() -> i64 {
    uuid::Uuid::new_v4().as_u64_pair().1 as i64
}

/// What decides who sees a row, whoever asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Seen {
    table: Table,
    owner: Option<Owner>,
    place: Arc<Place>,
    /// Of a person.
    campaigns: Vec<RecordKey>,
    /// Of an account or an opportunity.
    team: Vec<Owner>,
}

impl Seen {
    fn of(snapshot: &Snapshot, table: Table, place: usize) -> Self {
        let facts = &snapshot.facts;
        let owner = |owner: Option<Ix<OwnerFact>>| owner.map(|it| snapshot.owners[it.place()].clone());
        let team = |account: usize| {
            let own = facts.accounts[account].opportunities.of(&facts.account_opportunities);
            let open = own.iter().map(|ix| &facts.opportunities[ix.place()]);
            let open = open.filter(|it| it.category == StageCategory::Open);
            open.filter_map(|it| owner(it.owner)).collect::<Vec<Owner>>()
        };
        let line_of = |account: usize| snapshot.accounts[account].as_ref().map(|it| it.place.clone());
        match table {
            Table::People => {
                let fact = &facts.people[place];
                let campaigns = fact.campaigns.of(&facts.person_campaigns);
                let keys = |it: &Ix<_>| snapshot.campaign_keys(*it).to_vec();
                Self {
                    table,
                    owner: owner(fact.owner),
                    place: snapshot.people[place].as_ref().map(|it| it.place.clone()).unwrap_or_default(),
                    campaigns: campaigns.iter().flat_map(keys).collect(),
                    team: Vec::new(),
                }
            }
            Table::Accounts => Self {
                table,
                owner: owner(facts.accounts[place].owner),
                place: line_of(place).unwrap_or_default(),
                campaigns: Vec::new(),
                team: team(place),
            },
            Table::Opportunities => {
                let fact = &facts.opportunities[place];
                let account = fact.account.map(Ix::place);
                let mut team = account.map(team).unwrap_or_default();
                team.extend(account.and_then(|account| owner(facts.accounts[account].owner)));
                Self {
                    table,
                    owner: owner(fact.owner),
                    place: account.and_then(line_of).unwrap_or_default(),
                    campaigns: Vec::new(),
                    team,
                }
            }
        }
    }

    fn by(&self, view: &View) -> bool {
        let (owner, place) = (self.owner.as_ref(), Some(&*self.place));
        match self.table {
            Table::People => view.sees_person(&PersonRow { owner, place, campaigns: &self.campaigns }),
            Table::Accounts => view.sees_account(&AccountRow { owner, team: &self.team, place }),
            Table::Opportunities => {
                view.sees_opportunity(&OpportunityRow { owner, account_team: &self.team, place })
            }
        }
    }
}

impl Snapshot {
    /// The key a row is named by.
    fn anchor(&self, table: Table, place: usize) -> &RecordKey {
        match table {
            Table::People => &self.facts.person_keys[place],
            Table::Accounts => &self.facts.account_keys[place],
            Table::Opportunities => &self.facts.opportunity_keys[place],
        }
    }

    /// The place of the row that is named by a key, and not merely meant by it.
    pub fn named(&self, table: Table, key: &RecordKey) -> Option<usize> {
        let (own, place) = self.row_of(key).map(table_of)?;
        (own == table && self.anchor(table, place) == key).then_some(place)
    }

    fn rows(&self, table: Table) -> usize {
        match table {
            Table::People => self.people.len(),
            Table::Accounts => self.accounts.len(),
            Table::Opportunities => self.opportunities.len(),
        }
    }

    /// Where a row's line lies in memory; none for a free place. A row that was not made anew keeps it.
    fn address(&self, table: Table, place: usize) -> Option<usize> {
        match table {
            Table::People => self.people.get(place)?.as_ref().map(|it| Arc::as_ptr(it).addr()),
            Table::Accounts => self.accounts.get(place)?.as_ref().map(|it| Arc::as_ptr(it).addr()),
            Table::Opportunities => self.opportunities.get(place)?.as_ref().map(|it| Arc::as_ptr(it).addr()),
        }
    }

    fn key_of_account(&self, account: Option<Ix<crate::domain::fact::AccountFact>>) -> Option<&RecordKey> {
        account.map(|it| &self.facts.account_keys[it.place()])
    }

    fn key_of_person(&self, person: Option<Ix<crate::domain::fact::PersonFact>>) -> Option<&RecordKey> {
        person.map(|it| &self.facts.person_keys[it.place()])
    }
}

fn table_of(row: Row) -> (Table, usize) {
    match row {
        Row::Person(place) => (Table::People, place as usize),
        Row::Account(place) => (Table::Accounts, place as usize),
        Row::Opportunity(place) => (Table::Opportunities, place as usize),
    }
}

fn compare(table: Table, old: &Snapshot, new: &Snapshot, found: &mut BTreeMap<(Table, RecordKey), Turn>) {
    let is_same = |place: usize| old.address(table, place) == new.address(table, place);
    for place in (0..old.rows(table)).filter(|place| !is_same(*place)) {
        if old.address(table, place).is_none() {
            continue;
        }
        let (key, before) = (old.anchor(table, place), Seen::of(old, table, place));
        let turn = match new.named(table, key) {
            Some(now) => {
                let is_told_alike = says_the_same(table, (old, place), (new, now));
                if is_told_alike && before == Seen::of(new, table, now) {
                    continue;
                }
                changed(new, table, now, Some(before))
            }
            None => Turn {
                sequence: new.sequence(),
                observed_at: new.facts.as_of,
                table,
                key: key.clone(),
                what: What::Gone { now: now_named(new, table, key) },
                before: Some(before),
            },
        };
        found.insert((table, key.clone()), turn);
    }
    for place in (0..new.rows(table)).filter(|place| !is_same(*place)) {
        if new.address(table, place).is_none() {
            continue;
        }
        let key = new.anchor(table, place);
        if old.named(table, key).is_none() {
            found.insert((table, key.clone()), changed(new, table, place, None));
        }
    }
}

fn changed(new: &Snapshot, table: Table, place: usize, before: Option<Seen>) -> Turn {
    let facts = &new.facts;
    let observed_at = match table {
        Table::People => facts.people[place].observed_at,
        Table::Accounts => facts.accounts[place].observed_at,
        Table::Opportunities => facts.opportunities[place].observed_at,
    };
    let key = new.anchor(table, place).clone();
    let what = What::Changed { restated: false };
    Turn { sequence: new.sequence(), observed_at, table, key, what, before }
}

fn now_named(new: &Snapshot, table: Table, key: &RecordKey) -> Option<RecordKey> {
    let (own, place) = new.row_of(key).map(table_of)?;
    (own == table).then(|| new.anchor(table, place).clone())
}

/// Whether two rows say the same, places in tables aside.
fn says_the_same(table: Table, (old, was): (&Snapshot, usize), (new, is): (&Snapshot, usize)) -> bool {
    let (then, now) = (&old.facts, &new.facts);
    match table {
        Table::People => {
            let (a, b) = (&then.people[was], &now.people[is]);
            old.people[was] == new.people[is]
                && (a.sequence, a.created_at, a.updated_at) == (b.sequence, b.created_at, b.updated_at)
                && (a.stage, a.passes.len(), a.periods.len()) == (b.stage, b.passes.len(), b.periods.len())
                && (a.touches.len(), a.opportunities.len()) == (b.touches.len(), b.opportunities.len())
                && (a.owner, a.territory) == (b.owner, b.territory)
                && old.key_of_account(a.account) == new.key_of_account(b.account)
        }
        Table::Accounts => {
            let (a, b) = (&then.accounts[was], &now.accounts[is]);
            old.accounts[was] == new.accounts[is]
                && (a.sequence, a.created_at, a.updated_at) == (b.sequence, b.created_at, b.updated_at)
                && (a.owner, a.territory, a.is_target) == (b.owner, b.territory, b.is_target)
        }
        Table::Opportunities => {
            let (a, b) = (&then.opportunities[was], &now.opportunities[is]);
            old.opportunities[was] == new.opportunities[is]
                && (a.sequence, a.created_at, a.updated_at) == (b.sequence, b.created_at, b.updated_at)
                && (a.category, a.closed, a.amount) == (b.category, b.closed, b.amount)
                && (a.owner, a.territory, a.stages.len()) == (b.owner, b.territory, b.stages.len())
                && old.key_of_account(a.account) == new.key_of_account(b.account)
                && old.key_of_person(a.lead) == new.key_of_person(b.lead)
        }
    }
}
