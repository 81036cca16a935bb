//! The rows and columns of each dataset, one file each.
//!
//! A row type says how it is read for a handful of places of the facts, and lists its columns with what each says. What
//! is always true: rows hang on people, accounts or opportunities the view sees; a row reads the merged values and the
//! timeline that GraphQL shows, by the same functions; what a column may show is decided by its `Shows`, and where each
//! value has a rule of its own by the row itself.

mod accounts;
mod attribution;
mod history;
mod opportunities;
mod people;
mod stages;
mod touchpoints;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::custom::{CustomFieldInfo, CustomValue};
use crate::domain::id::{RecordKey, SourceName};
use crate::facts::{FactsError, Table};
use crate::ledger::entry::Sequence;

use super::cell::{Cell, Kind};
use super::column::Column;
use super::reading::Reading;

pub(super) use accounts::AccountRow;
pub(super) use attribution::CreditRow;
pub(super) use history::HistoryRow;
pub(super) use opportunities::OpportunityRow;
pub(super) use people::PersonRow;
pub(super) use stages::StageRow;
pub(super) use touchpoints::TouchRow;

/// A place of the facts on which rows hang.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) table: Table,
    pub(super) place: u32,
}

impl Spot {
    pub(super) fn key(self, reading: &Reading) -> &RecordKey {
        let (facts, place) = (reading.set(), self.place as usize);
        match self.table {
            Table::People => &facts.person_keys[place],
            Table::Accounts => &facts.account_keys[place],
            Table::Opportunities => &facts.opportunity_keys[place],
        }
    }

    /// When the newest of what hangs here was observed, and where that stands in the order of observation.
    pub(super) fn observed(self, reading: &Reading) -> (DateTime<Utc>, Sequence) {
        let (facts, place) = (reading.set(), self.place as usize);
        match self.table {
            Table::People => (facts.people[place].observed_at, facts.people[place].sequence),
            Table::Accounts => (facts.accounts[place].observed_at, facts.accounts[place].sequence),
            Table::Opportunities => {
                (facts.opportunities[place].observed_at, facts.opportunities[place].sequence)
            }
        }
    }
}

/// A row of a dataset.
pub(super) trait Tabled: Sized + Send + Sync + 'static {
    /// What its rows hang on, in the order in which they come.
    const TABLES: &'static [Table];

    /// Its columns, in order.
    fn columns() -> &'static [Column<Self>];

    /// The fields of the company's own that have columns too.
    fn custom_fields(_reading: &Reading) -> &[CustomFieldInfo] {
        &[]
    }

    /// The values of those fields.
    fn custom(&self) -> Option<&BTreeMap<Arc<str>, CustomValue>> {
        None
    }

    /// Where it hangs, and what it says of its own making.
    fn stamp(&self) -> &Stamp;

    /// Which of the rows that hang there; empty where there is but one.
    #[expect(clippy::unnecessary_literal_bound, reason = "rows that have parts own their names")]
    fn part(&self) -> &str {
        ""
    }

    /// The rows that hang on these spots, in order.
    fn read(reading: &Reading, spots: &[Spot]) -> impl Future<Output = Result<Vec<Self>, FactsError>> + Send;
}

/// Where a row hangs, and what it says of its own making.
#[derive(Clone, Debug)]
pub(super) struct Stamp {
    /// Where it hangs.
    pub(super) spot: Spot,
    /// What `from` and `to` are about.
    pub(super) at: Option<DateTime<Utc>>,
    /// What `updated_since` is about.
    pub(super) observed_at: DateTime<Utc>,
    /// Where that stands in the order of observation.
    pub(super) sequence: Sequence,
    source: Arc<str>,
    policy_version: Arc<str>,
}

impl Stamp {
    /// Of a row that tells no more than what it hangs on.
    fn of(reading: &Reading, spot: Spot, at: DateTime<Utc>) -> Self {
        Self::told_by(reading, spot, at, &spot.key(reading).source, spot.observed(reading))
    }

    /// Of a row that a source told by itself.
    fn told_by(
        reading: &Reading,
        spot: Spot,
        at: DateTime<Utc>,
        source: &SourceName,
        (observed_at, sequence): (DateTime<Utc>, Sequence),
    ) -> Self {
        let (source, policy_version) = (Arc::from(source.as_str()), reading.view.fingerprint().clone());
        Self { spot, at: Some(at), observed_at, sequence, source, policy_version }
    }
}

const fn source<R: Tabled>() -> Column<R> {
    Column::new("source", Kind::Text, "The configured source of the record it is named by.", |row: &R| {
        (&row.stamp().source).into()
    })
}

const fn observed_at<R: Tabled>() -> Column<R> {
    Column::new(
        "observed_at",
        Kind::Instant,
        "When the newest of what it is made of was read; what updated_since is about.",
        |row: &R| row.stamp().observed_at.into(),
    )
}

const fn sequence<R: Tabled>() -> Column<R> {
    Column::new(
        "sequence",
        Kind::Integer,
        "Place in the order of observation of the newest of what it is made of.",
        |row: &R| row.stamp().sequence.into(),
    )
}

const fn policy_version<R: Tabled>() -> Column<R> {
    Column::new(
        "policy_version",
        Kind::Text,
        "Tells what the view may see: equal in rows seen by equal rules.",
        |row: &R| (&row.stamp().policy_version).into(),
    )
}

/// The name of a thing that has one.
fn name(text: Option<&'static str>) -> Cell {
    text.into()
}

fn places(spots: &[Spot], table: Table) -> Vec<usize> {
    spots.iter().filter(|spot| spot.table == table).map(|spot| spot.place as usize).collect()
}

/// The spot at a place of a table.
pub(super) fn spot_at(table: Table, place: usize) -> Spot {
    Spot { table, place: u32::try_from(place).expect("a table holds fewer than 2^32 rows") }
}
