//! The rows of a dataset, a batch at a time: whoever reads slowly makes it read slowly, and no more than a batch is in
//! memory beside the snapshot it reads from and the order of its places.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::id::RecordKey;
use crate::domain::view::{Sight, View};
use crate::facts::{FactsError, Table};

use super::ask::Ask;
use super::cell::{Cell, Kind};
use super::changes;
use super::column::{ColumnInfo, custom_cell};
use super::cursor::{Position, Question};
use super::dataset::Dataset;
use super::reading::Reading;
use super::refusal::Refusal;
use super::tables::{
    AccountRow, CreditRow, HistoryRow, OpportunityRow, PersonRow, Spot, StageRow, Tabled, TouchRow,
};

/// People, accounts or opportunities whose rows are read at once.
pub const BATCH: usize = 100;
/// The column that is there when it is asked for alone: behind which place to go on.
const CURSOR: &str = "cursor";

/// Does something with the type of a dataset's rows.
macro_rules! rows_of {
    ($dataset:expr, $Row:ident => $what:expr) => {
        rows_of!(@each $dataset, $Row => $what,
            LeadHistory HistoryRow,
            People PersonRow,
            Accounts AccountRow,
            Opportunities OpportunityRow,
            OpportunityStages StageRow,
            Touchpoints TouchRow,
            Attribution CreditRow)
    };
    (@each $dataset:expr, $Row:ident => $what:expr, $($named:ident $row:ident),*) => {
        match $dataset {
            $(Dataset::$named => {
                type $Row = $row;
                $what
            })*
        }
    };
}

/// Rows, in order.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// A cell for each column.
    pub rows: Vec<Vec<Cell>>,
    /// The instant of each row, where it has one.
    pub instants: Vec<Option<DateTime<Utc>>>,
    /// Behind the last row; none where there is none.
    pub cursor: Option<String>,
}

/// A place with the rows that hang on it.
pub(super) struct Hanging {
    pub(super) table: Table,
    pub(super) key: RecordKey,
    pub(super) rows: Vec<Vec<Cell>>,
}

/// Where a column's values come from.
#[derive(Clone, Copy, Debug)]
enum Pick {
    /// The dataset's column of this number.
    Own(usize),
    /// The company's own field of this number.
    Custom(usize),
    Cursor,
}

/// Reads the rows of a dataset as a view sees them.
pub struct Reader {
    reading: Reading,
    ask: Ask,
    question: Question,
    columns: Vec<ColumnInfo>,
    picks: Vec<Pick>,
    spots: Vec<Spot>,
    next: usize,
    resume: Option<Position>,
    left: usize,
}

impl Reader {
    /// A reader of what is asked, at its beginning or behind its cursor.
    ///
    /// # Errors
    /// For columns the view does not have, and for a cursor of another question.
    pub(super) fn new(reading: Reading, ask: Ask) -> Result<Self, Refusal> {
        let (columns, picks) = picked(&reading, &ask)?;
        let since = (ask.updated_since, ask.after_sequence);
        let rows_decided_by = (ask.dataset, ask.from, ask.to, since, reading.view.fingerprint());
        let question = Question::new(&rows_decided_by);
        let resume = ask.cursor.as_deref().map(|cursor| question.read(cursor)).transpose()?;
        let spots = spots_of(&reading, &ask);
        let next = resume.as_ref().map_or(0, |from| {
            let is_before = |spot: &Spot| (spot.table, spot.key(&reading)) < (from.table, &from.key);
            let place = spots.partition_point(is_before);
            // Of what there is but one, the one at the cursor has been read.
            let is_read = |spot: &Spot| {
                from.part.is_empty() && spot.table == from.table && *spot.key(&reading) == from.key
            };
            place + usize::from(spots.get(place).is_some_and(is_read))
        });
        let left = ask.limit.unwrap_or(usize::MAX);
        Ok(Self { reading, ask, question, columns, picks, spots, next, resume, left })
    }

    /// A reader of the rows that hang on these places, every column of them, whatever may be asked for.
    pub(super) fn at(reading: Reading, dataset: Dataset, spots: Vec<Spot>) -> Self {
        let ask = Ask::of(dataset);
        let (columns, picks) = known(&reading, dataset).into_iter().unzip();
        let question = Question::new(&());
        Self { reading, ask, question, columns, picks, spots, next: 0, resume: None, left: usize::MAX }
    }

    /// A reader of all rows the view sees.
    pub(super) fn of_all(reading: Reading, dataset: Dataset) -> Self {
        let spots = spots_of(&reading, &Ask::of(dataset));
        Self::at(reading, dataset, spots)
    }

    /// The columns of every row, in order.
    pub fn columns(&self) -> &[ColumnInfo] {
        &self.columns
    }

    /// The question its rows answer, as one word.
    pub(super) fn question(&self) -> &str {
        self.question.hash()
    }

    /// Where the feed of changes goes on behind what its rows tell.
    pub(super) fn mark(&self) -> String {
        changes::mark(&self.reading, self.ask.dataset)
    }

    /// The next rows; none after the last. A batch may be empty although more follow.
    ///
    /// # Errors
    /// When the ledger could not be read; what was given before stands, and a reader from its cursor goes on.
    pub async fn next(&mut self) -> Result<Option<Batch>, FactsError> {
        if self.next >= self.spots.len() || self.left == 0 {
            return Ok(None);
        }
        let batch = rows_of!(self.ask.dataset, Row => self.read::<Row>().await);
        batch.map(Some)
    }

    async fn read<R: Tabled>(&mut self) -> Result<Batch, FactsError> {
        let end = self.spots.len().min(self.next + BATCH);
        let rows = R::read(&self.reading, &self.spots[self.next..end]).await?;
        let begun = self.resume.take();
        let is_begun = |row: &R| {
            let from = begun.as_ref()?;
            let spot = row.stamp().spot;
            (spot.table == from.table && *spot.key(&self.reading) == from.key).then_some(&from.part)
        };
        // Of rows that hang on the place of the cursor those up to it have been read. Where the row it stood on is
        // gone, all of them are given again rather than some left out.
        let behind = rows.iter().rposition(|row| is_begun(row).is_some_and(|part| row.part() == part));
        let mut batch = Batch::default();
        for row in rows.iter().skip(behind.map_or(0, |place| place + 1)) {
            let stamp = row.stamp();
            if !self.ask.wants(stamp.at, (stamp.observed_at, stamp.sequence)) {
                continue;
            }
            if self.left == 0 {
                self.next = self.spots.len();
                return Ok(batch);
            }
            self.left -= 1;
            let cursor = self.cursor(row);
            batch.rows.push(self.picks.iter().map(|pick| self.cell(row, *pick, &cursor)).collect());
            batch.instants.push(stamp.at);
            batch.cursor = Some(cursor);
        }
        self.next = end;
        Ok(batch)
    }

    /// The next places, each with the rows that hang there; none after the last.
    ///
    /// # Errors
    /// When the ledger could not be read.
    pub(super) async fn next_places(&mut self) -> Result<Option<Vec<Hanging>>, FactsError> {
        if self.next >= self.spots.len() {
            return Ok(None);
        }
        let places = rows_of!(self.ask.dataset, Row => self.places::<Row>().await);
        places.map(Some)
    }

    async fn places<R: Tabled>(&mut self) -> Result<Vec<Hanging>, FactsError> {
        let end = self.spots.len().min(self.next + BATCH);
        let spots = &self.spots[self.next..end];
        let rows = R::read(&self.reading, spots).await?;
        let hanging = |spot: &Spot| Hanging {
            table: spot.table,
            key: spot.key(&self.reading).clone(),
            rows: Vec::new(),
        };
        let mut places: Vec<Hanging> = spots.iter().map(hanging).collect();
        for row in &rows {
            let nth = spots.iter().position(|spot| *spot == row.stamp().spot);
            let nth = nth.expect("a row hangs on a place it was read for");
            places[nth].rows.push(self.picks.iter().map(|pick| self.cell(row, *pick, "")).collect());
        }
        self.next = end;
        Ok(places)
    }

    fn cell<R: Tabled>(&self, row: &R, pick: Pick, cursor: &str) -> Cell {
        let view = &self.reading.view;
        match pick {
            Pick::Own(nth) => {
                let column = &R::columns()[nth];
                column.shows.seen(view, (column.of)(row))
            }
            Pick::Custom(nth) => {
                let field = &R::custom_fields(&self.reading)[nth];
                custom_cell(view, field, row.custom().and_then(|held| held.get(&field.key)))
            }
            Pick::Cursor => cursor.into(),
        }
    }

    fn cursor<R: Tabled>(&self, row: &R) -> String {
        let spot = row.stamp().spot;
        let key = spot.key(&self.reading).clone();
        self.question.write(&Position { table: spot.table, key, part: row.part().to_owned() })
    }
}

/// The columns a view has of a dataset, whatever is asked for.
pub(super) fn columns_of(reading: &Reading, dataset: Dataset) -> Vec<ColumnInfo> {
    known(reading, dataset).into_iter().map(|(column, _)| column).collect()
}

fn known(reading: &Reading, dataset: Dataset) -> Vec<(ColumnInfo, Pick)> {
    rows_of!(dataset, Row => known_of::<Row>(reading))
}

fn known_of<R: Tabled>(reading: &Reading) -> Vec<(ColumnInfo, Pick)> {
    let view: &View = &reading.view;
    let own = R::columns().iter().enumerate();
    let own = own.map(|(nth, column)| (ColumnInfo::of(column, view), Pick::Own(nth)));
    let fields = R::custom_fields(reading).iter().enumerate().filter(|(_, field)| view.knows(field));
    let custom = fields.map(|(nth, field)| (ColumnInfo::of_custom(field, view), Pick::Custom(nth)));
    own.filter(|(column, _)| column.sight != Sight::Hidden).chain(custom).collect()
}

/// The columns of what is asked.
///
/// # Errors
/// For columns the view does not have.
pub(super) fn columns_asked(reading: &Reading, ask: &Ask) -> Result<Vec<ColumnInfo>, Refusal> {
    Ok(picked(reading, ask)?.0)
}

fn picked(reading: &Reading, ask: &Ask) -> Result<(Vec<ColumnInfo>, Vec<Pick>), Refusal> {
    let known = known(reading, ask.dataset);
    let Some(wanted) = &ask.columns else { return Ok(known.into_iter().unzip()) };
    let mut picked: Vec<(ColumnInfo, Pick)> = Vec::new();
    for name in wanted {
        if picked.iter().any(|(column, _)| column.name == *name) {
            return Err(Refusal::BadInput(format!("columns names {} twice.", shown(name))));
        }
        if &**name == CURSOR {
            picked.push((cursor_column(), Pick::Cursor));
            continue;
        }
        let Some(found) = known.iter().find(|(column, _)| column.name == *name) else {
            let names: Vec<&str> = known.iter().map(|(column, _)| &*column.name).collect();
            let names = names.join(", ");
            return Err(Refusal::BadInput(format!(
                "columns names {}; there are {names}, and {CURSOR}.",
                shown(name)
            )));
        };
        picked.push(found.clone());
    }
    Ok(picked.into_iter().unzip())
}

fn cursor_column() -> ColumnInfo {
    ColumnInfo {
        name: Arc::from(CURSOR),
        kind: Kind::Text,
        nullable: false,
        sight: Sight::Full,
        about: Arc::from("Behind this row: the parameter cursor that goes on after it."),
    }
}

fn shown(name: &str) -> String {
    let shown: String = name.chars().filter(|letter| !letter.is_control()).take(60).collect();
    format!("`{shown}`")
}

fn spots_of(reading: &Reading, ask: &Ask) -> Vec<Spot> {
    rows_of!(ask.dataset, Row => spots::<Row>(reading, ask))
}

/// What the rows of a dataset hang on.
pub(super) fn tables_of(dataset: Dataset) -> &'static [Table] {
    rows_of!(dataset, Row => Row::TABLES)
}

/// What the rows hang on: what the view sees and may have been observed late enough, in the order of tables and keys.
fn spots<R: Tabled>(reading: &Reading, ask: &Ask) -> Vec<Spot> {
    let mut spots = Vec::new();
    for table in R::TABLES {
        let visible = match table {
            Table::People => &reading.visible.sight.people,
            Table::Accounts => &reading.visible.accounts,
            Table::Opportunities => &reading.visible.sight.opportunities,
        };
        let is_late_enough = |spot: &Spot| ask.is_new(spot.observed(reading));
        let from = spots.len();
        spots.extend(
            visible.places().map(|place| super::tables::spot_at(*table, place)).filter(is_late_enough),
        );
        spots[from..].sort_unstable_by(|a: &Spot, b: &Spot| a.key(reading).cmp(b.key(reading)));
    }
    spots
}
