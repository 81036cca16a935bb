//! Tables for whoever asks the database itself: a reporting schema beside a ledger in PostgreSQL.
//!
//! A [`Door`] is a team's view of the datasets. For each there is one schema of SQL views (`leadline_bi.people`) and one
//! role of the same name that may read them and nothing else; an administrator grants the role to a login. What the SQL
//! views show are tables of the schema `leadline_reporting`, one for each view and dataset (`bi_people`), which hold the
//! very cells that somebody gave for that view: masked and pseudonym values as they are to be seen, rows that are not
//! seen left out. So a role cannot see more than its view does whatever it asks, and nothing is computed when it asks.
//! The price is room: a dataset is kept as many times as there are doors. Knows neither datasets nor how a view sees.
//!
//! What is always true:
//! * **A round is whole.** All tables of a door change in one transaction and tell one state of the facts; a table of
//!   another shape is filled beside the old one and takes its place at the end. Who reads meanwhile reads what was.
//! * **What has not changed is not written.** With each row stands a digest of all rows that hang on the same place.
//! * **Never back.** A round older than what a door tells, or than an erasure, is not begun; one process at a time writes.
//! * **Whoever was erased is gone when erasing returns**, gateway or not (`forget`).

mod forget;
mod layout;
mod names;
mod round;
mod text;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use sqlx::postgres::PgPool;

pub(super) use forget::forget;
pub use names::{at_spot, spot_of};
pub use round::{Open, Placed, Round};

use super::entry::Sequence;

/// The reporting schema of one ledger.
#[derive(Clone)]
pub struct Reporting {
    pool: PgPool,
    prefix: Arc<str>,
    lock: i64,
}

/// A team's view of the datasets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// The view's key.
    pub view: Arc<str>,
    /// What decides how it sees, as one text. While tables are made by other rules the role is kept out.
    pub rules: Arc<str>,
    /// The datasets the view has.
    pub datasets: Vec<Arc<str>>,
}

/// A table as it is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The dataset.
    pub name: Arc<str>,
    /// What its rows are.
    pub about: Arc<str>,
    /// Its columns, in order.
    pub columns: Vec<Column>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: Arc<str>,
    /// What it holds.
    pub kind: Kind,
    /// What it says.
    pub about: Arc<str>,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each name says it")]
pub enum Kind {
    Text,
    Instant,
    Day,
    Integer,
    Decimal,
    Boolean,
}

impl Kind {
    fn sql(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Instant => "timestamptz",
            Self::Day => "date",
            Self::Integer => "bigint",
            Self::Decimal => "numeric",
            Self::Boolean => "boolean",
        }
    }
}

/// Which state of the facts a round tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// The last sequence of the ledger in it.
    pub sequence: Sequence,
    /// Its present.
    pub as_of: DateTime<Utc>,
}

impl Reporting {
    pub(super) fn new(pool: &PgPool, ledger: &str, prefix: &str) -> Self {
        Self { pool: pool.clone(), prefix: Arc::from(prefix), lock: lock_of(ledger) }
    }
}

/// The advisory lock whose holder writes, or erases from, the tables of a ledger.
fn lock_of(ledger: &str) -> i64 {
    let digest = Sha256::digest(format!("leadline reporting {ledger}"));
    i64::from_be_bytes(digest[..8].try_into().expect("a digest has more than eight bytes"))
}
