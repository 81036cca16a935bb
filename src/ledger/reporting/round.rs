//! One round: the tables of one door brought from the state they tell to the next, in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{AssertSqlSafe, Postgres, Row as _, Transaction};

use super::layout::run;
use super::names::{literal, quoted, table_of};
use super::{Reporting, State, Table, text};
use crate::domain::hex::hex;
use crate::ledger::error::LedgerError;
use crate::ledger::sql::failed;

const WRITING: &str = "writing the reporting tables";
/// The column that names the place a row hangs on, and the one with the digest of all rows there; 0 to have them written
/// anew. Neither is in what a role sees.
const SPOT: &str = "_spot";
const DIGEST: &str = "_digest";
/// How long a table waits for whoever reads it before it is replaced; who comes meanwhile waits behind.
const PATIENCE: &str = "30s";

/// The tables of one door while they are written. Dropping it takes everything back.
pub struct Round {
    open: Transaction<'static, Postgres>,
    reporting: Reporting,
    door: Door,
}

/// Whose tables are written.
struct Door {
    view: String,
    rules: String,
}

/// A table that is being written.
pub struct Open {
    table: Table,
    /// Where rows go, quoted and in its schema.
    place: String,
    /// It is filled from nothing, beside what is read meanwhile.
    pub is_new: bool,
    rows: i64,
    shape: String,
}

/// The rows that hang on one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The place.
    pub spot: String,
    /// Its rows, a value for each column in PostgreSQL's own writing.
    pub rows: Vec<Vec<Option<String>>>,
}

impl Reporting {
    /// Begins a round of a door for a state of the facts. None where another process writes, where the door tells a later
    /// state, and where somebody was erased since: a later state is to be told then.
    pub async fn begin(&self, door: &super::Door, state: State) -> Result<Option<Round>, LedgerError> {
        let beginning = failed(WRITING);
        let mut open = self.pool.begin().await.map_err(&beginning)?;
        let lock = sqlx::query_scalar("SELECT pg_try_advisory_xact_lock($1)").bind(self.lock);
        if !lock.fetch_one(&mut *open).await.map_err(&beginning)? {
            return Ok(None);
        }
        // Rows without payload were erased here.
        let is_behind = format!(
            "SELECT EXISTS (SELECT 1 FROM {} WHERE view_key = $1 AND sequence > $2)
                 OR EXISTS (SELECT 1 FROM versions WHERE sequence > $2 AND payload IS NULL)",
            self.table("status")
        );
        let is_behind = sqlx::query_scalar(AssertSqlSafe(is_behind)).bind(&*door.view).bind(state.sequence);
        if is_behind.fetch_one(&mut *open).await.map_err(&beginning)? {
            return Ok(None);
        }
        let door = Door { view: door.view.to_string(), rules: door.rules.to_string() };
        Ok(Some(Round { open, reporting: self.clone(), door }))
    }
}

impl Round {
    /// Begins to write a table. One of another shape, or none, is filled from nothing.
    pub async fn open(&mut self, table: Table) -> Result<Open, LedgerError> {
        let opening = failed(WRITING);
        let (shape, name) = (shape_of(&table), table_of(&self.door.view, &table.name));
        let told = format!(
            "SELECT rows FROM {} WHERE view_key = $1 AND dataset = $2 AND shape = $3 AND to_regclass($4) IS NOT NULL",
            self.reporting.table("status")
        );
        let told = sqlx::query_scalar::<_, i64>(AssertSqlSafe(told))
            .bind(&self.door.view)
            .bind(&*table.name)
            .bind(&shape)
            .bind(self.reporting.table(&name));
        if let Some(rows) = told.fetch_optional(&mut *self.open).await.map_err(&opening)? {
            return Ok(Open { place: self.reporting.table(&name), is_new: false, rows, shape, table });
        }
        let place = self.reporting.table(&format!("{name}_next"));
        let column = |column: &super::Column| format!(", {} {}", quoted(&column.name), column.kind.sql());
        let columns: String = table.columns.iter().map(column).collect();
        let make = format!(
            "DROP TABLE IF EXISTS {place};
             CREATE TABLE {place} ({SPOT} text COLLATE \"C\" NOT NULL, {DIGEST} bigint NOT NULL{columns})"
        );
        run(&mut self.open, make).await.map_err(&opening)?;
        Ok(Open { place, is_new: true, rows: 0, shape, table })
    }

    /// Has these places have these rows: what is there already stays, what is there otherwise is replaced.
    pub async fn put(&mut self, at: &mut Open, placed: &[Placed]) -> Result<(), LedgerError> {
        let putting = failed(WRITING);
        let digests: Vec<i64> = placed.iter().map(|it| text::digest(&it.rows)).collect();
        let mut stored: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
        if !at.is_new {
            let spots: Vec<&str> = placed.iter().map(|it| &*it.spot).collect();
            let sql = format!("SELECT DISTINCT {SPOT}, {DIGEST} FROM {} WHERE {SPOT} = ANY($1)", at.place);
            let rows = sqlx::query(AssertSqlSafe(sql)).bind(spots).fetch_all(&mut *self.open).await;
            for row in rows.map_err(&putting)? {
                let spot = row.try_get(0).map_err(&putting)?;
                stored.entry(spot).or_default().insert(row.try_get(1).map_err(&putting)?);
            }
        }
        let (mut gone, mut lines, mut count) = (Vec::new(), Vec::new(), 0);
        for (it, digest) in placed.iter().zip(digests) {
            let is_there = match stored.get(&it.spot) {
                Some(stored) => stored.len() == 1 && stored.contains(&digest) && !it.rows.is_empty(),
                None => it.rows.is_empty(),
            };
            if is_there {
                continue;
            }
            if stored.contains_key(&it.spot) {
                gone.push(it.spot.clone());
            }
            for row in &it.rows {
                text::column(&mut lines, Some(&it.spot));
                lines.push(b'\t');
                text::column(&mut lines, Some(&digest.to_string()));
                for cell in row {
                    lines.push(b'\t');
                    text::column(&mut lines, cell.as_deref());
                }
                lines.push(b'\n');
                count += 1;
            }
        }
        self.remove(at, &gone).await?;
        if count > 0 {
            let copying = format!("COPY {} FROM STDIN", at.place);
            let mut copy = self.open.copy_in_raw(&copying).await.map_err(&putting)?;
            copy.send(lines).await.map_err(&putting)?;
            copy.finish().await.map_err(&putting)?;
            at.rows += count;
        }
        Ok(())
    }

    /// Takes away every row of these places.
    pub async fn remove(&mut self, at: &mut Open, spots: &[String]) -> Result<(), LedgerError> {
        if at.is_new || spots.is_empty() {
            return Ok(());
        }
        let sql = format!("DELETE FROM {} WHERE {SPOT} = ANY($1)", at.place);
        let removed = sqlx::query(AssertSqlSafe(sql)).bind(spots).execute(&mut *self.open).await;
        at.rows -= i64::try_from(removed.map_err(failed(WRITING))?.rows_affected()).unwrap_or(0);
        Ok(())
    }

    /// A page of the places that have rows, in the order of their names.
    pub async fn spots(&mut self, at: &Open, after: &str, limit: i64) -> Result<Vec<String>, LedgerError> {
        let sql =
            format!("SELECT DISTINCT {SPOT} FROM {} WHERE {SPOT} > $1 ORDER BY {SPOT} LIMIT $2", at.place);
        let found = sqlx::query_scalar(AssertSqlSafe(sql)).bind(after).bind(limit);
        found.fetch_all(&mut *self.open).await.map_err(failed(WRITING))
    }

    /// The places whose rows must be written anew, because something was taken out of them.
    pub async fn torn(&mut self, at: &Open) -> Result<Vec<String>, LedgerError> {
        if at.is_new {
            return Ok(Vec::new());
        }
        let sql = format!("SELECT DISTINCT {SPOT} FROM {} WHERE {DIGEST} = 0", at.place);
        let found = sqlx::query_scalar(AssertSqlSafe(sql));
        found.fetch_all(&mut *self.open).await.map_err(failed(WRITING))
    }

    /// The table is written. A new one takes its place, and the view of it is made; waits for whoever reads the old one.
    /// `state` is what all of its rows tell.
    pub async fn close(&mut self, at: Open, state: State) -> Result<(), LedgerError> {
        let closing = failed(WRITING);
        if at.is_new {
            self.replace(&at).await.map_err(&closing)?;
        }
        let told = format!(
            "INSERT INTO {} AS told (view_key, dataset, rows, as_of, sequence, written_at, rules, shape)
             VALUES ($1, $2, $3, $4::timestamptz, $5, clock_timestamp(), $6, $7)
             ON CONFLICT (view_key, dataset) DO UPDATE SET rows = excluded.rows, as_of = excluded.as_of,
                 sequence = excluded.sequence, written_at = excluded.written_at, rules = excluded.rules,
                 shape = excluded.shape",
            self.reporting.table("status")
        );
        let told = sqlx::query(AssertSqlSafe(told))
            .bind(&self.door.view)
            .bind(&*at.table.name)
            .bind(at.rows)
            .bind(state.as_of.to_rfc3339())
            .bind(state.sequence)
            .bind(&self.door.rules)
            .bind(&at.shape);
        told.execute(&mut *self.open).await.map(drop).map_err(&closing)
    }

    async fn replace(&mut self, at: &Open) -> Result<(), sqlx::Error> {
        let name = table_of(&self.door.view, &at.table.name);
        let (own, place) = (self.reporting.table(&name), &at.place);
        let schema = self.reporting.door(&self.door.view);
        let view = format!("{}.{}", quoted(&schema), quoted(&at.table.name));
        let columns: Vec<String> = at.table.columns.iter().map(|column| quoted(&column.name)).collect();
        let comment = |column: &super::Column| {
            format!("COMMENT ON COLUMN {view}.{} IS {};", quoted(&column.name), literal(&column.about))
        };
        let comments: String = at.table.columns.iter().map(comment).collect();
        let make = format!(
            "CREATE INDEX ON {place} ({SPOT}, {DIGEST});
             CREATE INDEX ON {place} ({SPOT}) WHERE {DIGEST} = 0;
             SET LOCAL lock_timeout = '{PATIENCE}';
             DROP VIEW IF EXISTS {view};
             DROP TABLE IF EXISTS {own};
             ALTER TABLE {place} RENAME TO {};
             CREATE VIEW {view} WITH (security_barrier) AS SELECT {} FROM {own};
             COMMENT ON VIEW {view} IS {};
             {comments}",
            quoted(&name),
            columns.join(", "),
            literal(&at.table.about),
        );
        run(&mut self.open, make).await
    }

    /// Shows what was written, and lets the role in.
    pub async fn commit(mut self) -> Result<(), LedgerError> {
        self.reporting.admit(&mut self.open, &self.door.view).await.map_err(failed(WRITING))?;
        self.open.commit().await.map_err(failed(WRITING))
    }
}

/// What makes a table another one: its columns and what is said of them.
fn shape_of(table: &Table) -> String {
    use sha2::{Digest, Sha256};
    let said = format!("{table:?}");
    hex(&Sha256::digest(said)[..8])
}
