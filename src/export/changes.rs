//! The feed of changes: what became of the rows a caller sees, to be followed by whoever keeps a copy.
//!
//! Without a cursor it begins with every row the view sees; from there it follows the facts' journal. A row that leaves
//! the view is deleted, one that enters is upserted, one that became part of another is merged. At least once: a change
//! may come again, and taking it twice does no harm. A cursor names the ledger, the question and the view; one that is
//! older than the journal, or was told what the journal does not know since the gateway was killed, has to start over.

use std::collections::BTreeSet;
use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};

use crate::domain::fact::{Bits, Table as Rows};
use crate::domain::id::{NodeId, RecordKey, SourceName};
use crate::domain::view::View;
use crate::facts::journal::{Turn, What};
use crate::facts::{Facts, Snapshot, Table};
use crate::ledger::entry::Sequence;

use super::Exports;
use super::cursor::{Question, letter, table_of};
use super::dataset::Dataset;
use super::reading::Reading;
use super::refusal::Refusal;

const VERSION: &str = "c1";
const BETWEEN: char = '\u{1f}';
/// No cursor is longer.
const LONGEST: usize = 2_000;
const IN_MEMORY: &str = "writing to a string cannot fail";
/// Turns looked at for one page: a view that sees little of them gets a short page rather than a late one.
const MOST_TURNS: usize = 20_000;

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// It is there, as it is now.
    Upsert,
    /// It is gone, or no longer seen.
    Delete,
    /// It is part of another row.
    Merge,
    /// It is there, and what had been told of its past is told otherwise.
    Restate,
}

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Behind this change.
    pub cursor: String,
    /// What became of the row.
    pub operation: Operation,
    /// The row, by the id clients hold.
    pub id: NodeId,
    /// The record of the row it is now, where there is one.
    pub now: Option<RecordKey>,
    /// When that was observed.
    pub observed_at: DateTime<Utc>,
}

/// A page of changes.
#[derive(Clone, Debug)]
pub struct Changes {
    /// In order.
    pub changes: Vec<Change>,
    /// Where to go on, also from a page without any.
    pub next: String,
    /// Nothing follows at present.
    pub caught_up: bool,
}

/// Which changes.
#[derive(Clone, Debug)]
pub struct ChangesAsk {
    /// Behind this cursor; from the beginning without.
    pub after: Option<String>,
    /// From the beginning, rows observed then or later alone.
    pub updated_since: Option<DateTime<Utc>>,
    /// Of these datasets; of all that have changes without.
    pub datasets: Option<Vec<Dataset>>,
    /// At most so many.
    pub first: usize,
}

/// A place in the journal: a sequence, and how many of its turns have been read.
type Place = (i64, usize);

/// Where a reader of the feed is.
#[derive(Clone, Debug, PartialEq)]
enum Position {
    /// Among the rows there were at the beginning: behind this one. The journal follows from the place.
    Rows(Place, Option<(Table, RecordKey)>),
    /// In the journal.
    Turns(Place),
}

impl Exports {
    /// A page of changes as far as a view sees them.
    ///
    /// # Errors
    /// For a question or a cursor that makes no sense, a cursor that has to start over, and until all is captured.
    pub fn changes(&self, view: &View, ask: ChangesAsk) -> Result<Changes, Refusal> {
        let (facts, snapshot) = self.snapshot()?;
        let tables = tables(ask.datasets.as_deref())?;
        let feed = Feed::new(&facts, &snapshot, view, tables, ask.updated_since);
        let position = match &ask.after {
            Some(cursor) => feed.read(cursor)?,
            None => Position::Rows(snapshot.journal().end(), None),
        };
        match position {
            Position::Rows(place, behind) => Ok(feed.rows(place, behind, ask.updated_since, ask.first)),
            Position::Turns(place) => feed.turns(place, ask.first),
        }
    }
}

impl Exports {
    /// Up to where in the order of observation a cursor of the feed tells, whatever its question.
    ///
    /// # Errors
    /// For a text that is no cursor, and for a cursor of another ledger.
    pub(super) fn sequence_of(&self, cursor: &str) -> Result<Sequence, Refusal> {
        let (facts, _) = self.snapshot()?;
        let bad =
            || Refusal::BadInput("It is no nextCursor of an export, and no cursor of changes.".to_owned());
        let text = decoded(cursor).ok_or_else(bad)?;
        let parts: Vec<&str> = text.split(BETWEEN).collect();
        let [VERSION, ledger, _question, _epoch, sequence, ..] = &*parts else { return Err(bad()) };
        if *ledger != facts.ledger_id() {
            let what = "It is a cursor of another ledger; start over without it.";
            return Err(Refusal::StartOver(what.to_owned()));
        }
        sequence.parse().map_err(|_| bad())
    }
}

/// Where the feed goes on behind what is read here: of the dataset's own rows where they have changes, else of all.
pub(super) fn mark(reading: &Reading, dataset: Dataset) -> String {
    let own = tables(Some(&[dataset]));
    let tables = own.unwrap_or_else(|_| BTreeSet::from(Table::ALL));
    let feed = Feed::new(&reading.facts, &reading.snapshot, &reading.view, tables, None);
    let told = (reading.snapshot.sequence(), 0);
    feed.write(&Position::Turns(reading.snapshot.journal().end().max(told)))
}

/// The datasets whose rows have changes.
fn tables(datasets: Option<&[Dataset]>) -> Result<BTreeSet<Table>, Refusal> {
    let table = |dataset: &Dataset| match dataset {
        Dataset::People => Ok(Table::People),
        Dataset::Accounts => Ok(Table::Accounts),
        Dataset::Opportunities => Ok(Table::Opportunities),
        other => Err(Refusal::BadInput(format!(
            "datasets names {}; PEOPLE, ACCOUNTS and OPPORTUNITIES have changes. A changed row's other rows are read \
             by it; exports with updated_since tell what was observed since.",
            other.name().to_uppercase()
        ))),
    };
    match datasets {
        Some(datasets) => datasets.iter().map(table).collect(),
        None => Ok(BTreeSet::from(Table::ALL)),
    }
}

/// What a reader is told whom the journal cannot tell what they missed.
fn expired() -> Refusal {
    Refusal::StartOver(
        "The gateway has been started without what it had told, or too much has changed. Start over without after."
            .into(),
    )
}

struct Feed<'a> {
    snapshot: &'a Snapshot,
    view: &'a View,
    ledger: String,
    question: Question,
    tables: BTreeSet<Table>,
}

impl<'a> Feed<'a> {
    fn new(
        facts: &Facts,
        snapshot: &'a Snapshot,
        view: &'a View,
        tables: BTreeSet<Table>,
        since: Option<DateTime<Utc>>,
    ) -> Self {
        let question = Question::new(&(&tables, since, view.fingerprint()));
        Self { snapshot, view, ledger: facts.ledger_id().to_owned(), question, tables }
    }

    /// Rows of the beginning, in the order of tables and keys.
    fn rows(
        &self,
        place: Place,
        mut behind: Option<(Table, RecordKey)>,
        since: Option<DateTime<Utc>>,
        first: usize,
    ) -> Changes {
        let mut changes = Vec::new();
        for table in self.tables.iter().copied() {
            if behind.as_ref().is_some_and(|(own, _)| *own > table) {
                continue;
            }
            let after = behind.as_ref().filter(|(own, _)| *own == table).map(|(_, key)| key);
            let left = first - changes.len();
            let (rows, is_whole) = self.next_rows(table, after, since, left);
            for (key, observed_at) in rows {
                behind = Some((table, key.clone()));
                changes.push(Change {
                    cursor: self.write(&Position::Rows(place, behind.clone())),
                    operation: Operation::Upsert,
                    id: NodeId::new(table.kind(), key.clone()),
                    now: Some(key),
                    observed_at,
                });
            }
            if !is_whole {
                let next = self.write(&Position::Rows(place, behind));
                return Changes { changes, next, caught_up: false };
            }
        }
        let next = Position::Turns(place);
        let caught_up = place == self.snapshot.journal().end();
        Changes { changes, next: self.write(&next), caught_up }
    }

    /// The next rows of a table behind a key that the view sees, and whether these are all.
    fn next_rows(
        &self,
        table: Table,
        after: Option<&RecordKey>,
        since: Option<DateTime<Utc>>,
        most: usize,
    ) -> (Vec<(RecordKey, DateTime<Utc>)>, bool) {
        let (visible, facts) = (self.snapshot.visible(self.view), self.snapshot.facts());
        let observed_at = |place: usize| match table {
            Table::People => facts.people[place].observed_at,
            Table::Accounts => facts.accounts[place].observed_at,
            Table::Opportunities => facts.opportunities[place].observed_at,
        };
        let (bits, keys): (&Bits, &Rows<RecordKey>) = match table {
            Table::People => (&visible.sight.people, &facts.person_keys),
            Table::Accounts => (&visible.accounts, &facts.account_keys),
            Table::Opportunities => (&visible.sight.opportunities, &facts.opportunity_keys),
        };
        let mut places: Vec<usize> = bits
            .places()
            .filter(|place| after.is_none_or(|after| keys[*place] > *after))
            .filter(|place| since.is_none_or(|since| observed_at(*place) >= since))
            .collect();
        let is_whole = places.len() <= most;
        if !is_whole {
            // Only the page is sorted.
            places.select_nth_unstable_by(most, |a, b| keys[*a].cmp(&keys[*b]));
            places.truncate(most);
        }
        places.sort_unstable_by(|a, b| keys[*a].cmp(&keys[*b]));
        (places.into_iter().map(|place| (keys[place].clone(), observed_at(place))).collect(), is_whole)
    }

    fn turns(&self, place: Place, first: usize) -> Result<Changes, Refusal> {
        let journal = self.snapshot.journal();
        let turns = journal.after(place).ok_or_else(expired)?;
        let (mut changes, mut at) = (Vec::new(), place);
        for (looked, (nth, turn)) in turns.enumerate() {
            if changes.len() >= first || looked >= MOST_TURNS {
                return Ok(Changes { changes, next: self.write(&Position::Turns(at)), caught_up: false });
            }
            at = (turn.sequence, nth);
            if let Some((operation, now)) = self.told(turn) {
                changes.push(Change {
                    cursor: self.write(&Position::Turns(at)),
                    operation,
                    id: NodeId::new(turn.table.kind(), turn.key.clone()),
                    now,
                    observed_at: turn.observed_at,
                });
            }
        }
        // What the facts tell is told: a later start of the gateway finds this reader at the end.
        let at = at.max((self.snapshot.sequence(), 0));
        Ok(Changes { changes, next: self.write(&Position::Turns(at)), caught_up: true })
    }

    /// What a turn is to this view, by what the row is now; nothing where the view neither saw nor sees it.
    fn told(&self, turn: &Turn) -> Option<(Operation, Option<RecordKey>)> {
        if !self.tables.contains(&turn.table) {
            return None;
        }
        let was_seen = turn.was_seen(self.view);
        if self.sees(turn.table, &turn.key) {
            let is_restated = turn.what == What::Changed { restated: true };
            let operation = if is_restated && was_seen { Operation::Restate } else { Operation::Upsert };
            return Some((operation, Some(turn.key.clone())));
        }
        if !was_seen {
            return None;
        }
        match &turn.what {
            What::Gone { now: Some(now) } if self.sees(turn.table, now) => {
                Some((Operation::Merge, Some(now.clone())))
            }
            _ => Some((Operation::Delete, None)),
        }
    }

    fn sees(&self, table: Table, key: &RecordKey) -> bool {
        let visible = self.snapshot.visible(self.view);
        let bits = match table {
            Table::People => &visible.sight.people,
            Table::Accounts => &visible.accounts,
            Table::Opportunities => &visible.sight.opportunities,
        };
        self.snapshot.named(table, key).is_some_and(|place| bits.has(place))
    }

    fn write(&self, position: &Position) -> String {
        let epoch = self.snapshot.journal().epoch();
        let (Position::Rows(place, _) | Position::Turns(place)) = position;
        let mut text = format!("{VERSION}{BETWEEN}{}{BETWEEN}{}", self.ledger, self.question.hash());
        let says = write!(text, "{BETWEEN}{epoch}{BETWEEN}{}{BETWEEN}{}", place.0, place.1);
        says.expect(IN_MEMORY);
        match position {
            Position::Turns(_) => {}
            Position::Rows(_, None) => write!(text, "{BETWEEN}-").expect(IN_MEMORY),
            Position::Rows(_, Some((table, key))) => {
                let RecordKey { source, object, id } = key;
                let letter = letter(*table);
                let says = write!(text, "{BETWEEN}{letter}{BETWEEN}{source}{BETWEEN}{object}{BETWEEN}{id}");
                says.expect(IN_MEMORY);
            }
        }
        URL_SAFE_NO_PAD.encode(text)
    }

    fn read(&self, cursor: &str) -> Result<Position, Refusal> {
        let bad = || Refusal::BadInput("after is no cursor of this gateway.".into());
        let text = decoded(cursor).ok_or_else(bad)?;
        let parts: Vec<&str> = text.split(BETWEEN).collect();
        let [VERSION, ledger, question, epoch, sequence, read, rest @ ..] = &*parts else {
            return Err(bad());
        };
        if *ledger != self.ledger {
            return Err(Refusal::StartOver(
                "after is a cursor of another ledger; start over without it.".into(),
            ));
        }
        if *question != self.question.hash() {
            return Err(Refusal::BadInput(
                "after belongs to other datasets, another updatedSince, or another view.".into(),
            ));
        }
        let (Ok(epoch), Ok(sequence), Ok(read)) =
            (epoch.parse::<i64>(), sequence.parse::<i64>(), read.parse())
        else {
            return Err(bad());
        };
        let place = self.snapshot.journal().going_on(epoch, (sequence, read)).ok_or_else(expired)?;
        if sequence > self.snapshot.sequence() {
            return Err(Refusal::StartOver("after is ahead of the ledger; start over without it.".into()));
        }
        match rest {
            [] => Ok(Position::Turns(place)),
            ["-"] => Ok(Position::Rows(place, None)),
            [letter, source, object, id] => {
                let table = table_of(letter).ok_or_else(bad)?;
                Ok(Position::Rows(
                    place,
                    Some((table, RecordKey::new(&SourceName::new(source), *object, *id))),
                ))
            }
            _ => Err(bad()),
        }
    }
}

/// The text of a cursor; none for a text that is none.
fn decoded(cursor: &str) -> Option<String> {
    let bytes = (cursor.len() <= LONGEST).then(|| URL_SAFE_NO_PAD.decode(cursor).ok()).flatten();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok())
}
