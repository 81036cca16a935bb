//! One way to speak to two databases: placeholders `$1 …`, texts and whole numbers, rows read by place.

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgPool, PgRow};
use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{AssertSqlSafe, Postgres, Row as _, SqlSafeStr, SqlStr, Sqlite, Transaction};

use super::error::LedgerError;

/// At most so many placeholders in one statement; both databases take more.
const PLACEHOLDERS: usize = 8_000;
/// A connection keeps what it made of a statement for the next time. One that is longer has a list in it, hardly ever
/// comes again as it is, and would be kept at the price of its placeholders.
const LONGEST_KEPT: usize = 2_000;

/// A bound value.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Int(i64),
    MaybeInt(Option<i64>),
    Text(String),
    MaybeText(Option<String>),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        Self::MaybeInt(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        Self::MaybeText(text)
    }
}

/// `values![a, b]`: bound values of whatever they are made of.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::ledger::sql::Value::from($value)),*] };
}
pub(super) use values;

/// The placeholders `$first, … ` of a list of this length.
pub(super) fn placeholders(first: usize, count: usize) -> String {
    let names: Vec<String> = (first..first + count).map(|place| format!("${place}")).collect();
    names.join(", ")
}

/// The placeholders of so many rows of this width, from `$1`: `($1, $2), ($3, $4)`.
pub(super) fn tuples(rows: usize, width: usize) -> String {
    let rows: Vec<String> =
        (0..rows).map(|row| format!("({})", placeholders(1 + row * width, width))).collect();
    rows.join(", ")
}

/// A statement whose placeholders are in order, with `?` for each of them. SQLite looks for a placeholder that has a name
/// among all the others: with thousands of them most of the time of a statement would go there.
fn in_order(sql: SqlStr) -> SqlStr {
    #[cfg(test)]
    tests::hear(&sql);
    let mut parts = sql.as_str().split('$');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for (nth, part) in parts.enumerate() {
        let after = part.trim_start_matches(|it: char| it.is_ascii_digit());
        if part[..part.len() - after.len()] != (nth + 1).to_string() {
            return sql;
        }
        text.push('?');
        text.push_str(after);
    }
    AssertSqlSafe(text).into_sql_str()
}

/// A row, its columns read by place.
pub(super) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    pub(super) fn int(&self, place: usize) -> Result<i64, sqlx::Error> {
        match self {
            Self::Sqlite(row) => row.try_get(place),
            Self::Postgres(row) => row.try_get(place),
        }
    }

    pub(super) fn maybe_int(&self, place: usize) -> Result<Option<i64>, sqlx::Error> {
        match self {
            Self::Sqlite(row) => row.try_get(place),
            Self::Postgres(row) => row.try_get(place),
        }
    }

    pub(super) fn text(&self, place: usize) -> Result<&str, sqlx::Error> {
        match self {
            Self::Sqlite(row) => row.try_get(place),
            Self::Postgres(row) => row.try_get(place),
        }
    }

    pub(super) fn maybe_text(&self, place: usize) -> Result<Option<&str>, sqlx::Error> {
        match self {
            Self::Sqlite(row) => row.try_get(place),
            Self::Postgres(row) => row.try_get(place),
        }
    }
}

/// Binds the values of a statement, whichever database it is for.
macro_rules! bound {
    ($database:ty, $sql:expr, $values:expr) => {{
        let sql = $sql;
        let is_kept = sql.as_str().len() <= LONGEST_KEPT;
        $values.into_iter().fold(
            sqlx::query::<$database>(sql).persistent(is_kept),
            |query, value| match value {
                Value::Int(number) => query.bind(number),
                Value::MaybeInt(number) => query.bind(number),
                Value::Text(text) => query.bind(text),
                Value::MaybeText(text) => query.bind(text),
            },
        )
    }};
}

/// Connections to the one or the other. A SQLite file has one connection that writes, and some that read meanwhile.
pub(super) enum Database {
    Sqlite { reading: SqlitePool, writing: SqlitePool },
    Postgres(PgPool),
}

impl Database {
    /// Rows that a question finds.
    pub(super) async fn rows(
        &self,
        sql: impl SqlSafeStr,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, sqlx::Error> {
        let sql: SqlStr = sql.into_sql_str();
        match self {
            Self::Sqlite { reading, .. } => {
                let rows = bound!(Sqlite, in_order(sql), values).fetch_all(reading).await?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            Self::Postgres(pool) => {
                let rows = bound!(Postgres, sql, values).fetch_all(pool).await?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    /// Begins to write. On SQLite one at a time, whatever process it is; on PostgreSQL whoever takes the counter's row
    /// first.
    pub(super) async fn write(&self) -> Result<Writing, sqlx::Error> {
        match self {
            Self::Sqlite { writing, .. } => Ok(Writing::Sqlite(writing.begin_with("BEGIN IMMEDIATE").await?)),
            Self::Postgres(pool) => Ok(Writing::Postgres(pool.begin().await?)),
        }
    }

    /// The connection that writes, outside a transaction; SQLite alone.
    pub(super) async fn writer(&self) -> Result<Option<PoolConnection<Sqlite>>, sqlx::Error> {
        match self {
            Self::Sqlite { writing, .. } => Ok(Some(writing.acquire().await?)),
            Self::Postgres(_) => Ok(None),
        }
    }
}

/// A transaction that writes. Dropping it takes everything back.
pub(super) enum Writing {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Writing {
    /// Rows that a question finds, or a statement returns.
    pub(super) async fn rows(
        &mut self,
        sql: impl SqlSafeStr,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, sqlx::Error> {
        let sql: SqlStr = sql.into_sql_str();
        match self {
            Self::Sqlite(open) => {
                let rows = bound!(Sqlite, in_order(sql), values).fetch_all(&mut **open).await?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            Self::Postgres(open) => {
                let rows = bound!(Postgres, sql, values).fetch_all(&mut **open).await?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    /// Changes rows and says how many.
    pub(super) async fn run(&mut self, sql: impl SqlSafeStr, values: Vec<Value>) -> Result<u64, sqlx::Error> {
        let sql: SqlStr = sql.into_sql_str();
        match self {
            Self::Sqlite(open) => {
                Ok(bound!(Sqlite, in_order(sql), values).execute(&mut **open).await?.rows_affected())
            }
            Self::Postgres(open) => {
                Ok(bound!(Postgres, sql, values).execute(&mut **open).await?.rows_affected())
            }
        }
    }

    /// Rows of a question with a list: `{list}` in it becomes placeholders, as often as the list needs statements.
    pub(super) async fn rows_among(&mut self, sql: &str, keys: &[String]) -> Result<Vec<Row>, sqlx::Error> {
        let mut found = Vec::new();
        for some in keys.chunks(PLACEHOLDERS) {
            let sql = sql.replace("{list}", &placeholders(1, some.len()));
            let values = some.iter().map(|key| Value::from(key.as_str())).collect();
            found.extend(self.rows(AssertSqlSafe(sql), values).await?);
        }
        Ok(found)
    }

    /// Changes rows by a list, as [`rows_among`](Self::rows_among) finds them.
    pub(super) async fn run_among(&mut self, sql: &str, keys: &[String]) -> Result<u64, sqlx::Error> {
        let mut changed = 0;
        for some in keys.chunks(PLACEHOLDERS) {
            let sql = sql.replace("{list}", &placeholders(1, some.len()));
            let values = some.iter().map(|key| Value::from(key.as_str())).collect();
            changed += self.run(AssertSqlSafe(sql), values).await?;
        }
        Ok(changed)
    }

    /// Rows of a question with a list of pairs: `{list}` in it becomes `($1, $2), ($3, $4) …`, the rows of a `VALUES`. To be
    /// joined with: SQLite looks `(a, b) IN (VALUES …)` up in no index.
    pub(super) async fn rows_among_pairs(
        &mut self,
        sql: &str,
        pairs: &[[String; 2]],
    ) -> Result<Vec<Row>, sqlx::Error> {
        let mut found = Vec::new();
        for some in pairs.chunks(PLACEHOLDERS / 2) {
            let sql = sql.replace("{list}", &tuples(some.len(), 2));
            let values = some.iter().flatten().map(|text| Value::from(text.as_str())).collect();
            found.extend(self.rows(AssertSqlSafe(sql), values).await?);
        }
        Ok(found)
    }

    /// Inserts rows of equal length in as few statements as they fit in. `into` names table and columns, `then` says
    /// what to do about rows that are there.
    pub(super) async fn insert(
        &mut self,
        into: &str,
        rows: Vec<Vec<Value>>,
        then: &str,
    ) -> Result<(), sqlx::Error> {
        let Some(width) = rows.first().map(Vec::len) else { return Ok(()) };
        // What fails takes the whole transaction back. Only if told so SQLite does without a copy of every page a
        // statement touches, in a temporary file, for taking back the statement alone.
        let insert = match self {
            Self::Sqlite(_) => "INSERT OR FAIL",
            Self::Postgres(_) => "INSERT",
        };
        let mut rows = rows.into_iter();
        loop {
            let some: Vec<Vec<Value>> = rows.by_ref().take(PLACEHOLDERS / width).collect();
            if some.is_empty() {
                return Ok(());
            }
            let sql = format!("{insert} INTO {into} VALUES {} {then}", tuples(some.len(), width));
            self.run(AssertSqlSafe(sql), some.into_iter().flatten().collect()).await?;
        }
    }

    /// Several statements without values.
    pub(super) async fn script(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(open) => sqlx::raw_sql(sql).execute(&mut **open).await.map(drop),
            Self::Postgres(open) => sqlx::raw_sql(sql).execute(&mut **open).await.map(drop),
        }
    }

    /// Makes it last.
    pub(super) async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(open) => open.commit().await,
            Self::Postgres(open) => open.commit().await,
        }
    }
}

/// What the database says, in the ledger's words.
pub(super) fn failed(operation: &'static str) -> impl Fn(sqlx::Error) -> LedgerError {
    move |error| {
        let code = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .unwrap_or_default()
            .into_owned();
        // SQLITE_FULL, and PostgreSQL's disk_full.
        if code == "13" || code == "53100" {
            return LedgerError::Full;
        }
        LedgerError::Store { operation, cause: Box::new(error) }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::cell::RefCell;

    use super::*;

    thread_local! {
        /// The statements that SQLite was asked, where a test listens on this thread.
        static HEARD: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
    }

    pub(super) fn hear(sql: &SqlStr) {
        HEARD.with_borrow_mut(|heard| heard.iter_mut().for_each(|heard| heard.push(sql.as_str().to_owned())));
    }

    /// Begins to listen.
    pub(in crate::ledger) fn listen() {
        HEARD.set(Some(Vec::new()));
    }

    /// Ends listening and tells what was heard.
    pub(in crate::ledger) fn heard() -> Vec<String> {
        HEARD.take().unwrap_or_default()
    }

    #[test]
    fn placeholders_in_order_lose_their_names_and_others_keep_them() {
        let told = |sql: &'static str| in_order(sql.into_sql_str()).as_str().to_owned();
        assert_eq!(told("SELECT 1"), "SELECT 1");
        assert_eq!(told("VALUES ($1, $2), ($3, $4)"), "VALUES (?, ?), (?, ?)");
        for kept in ["a = $2 AND b = $1", "a = $1 OR b = $1", "a = $1 LIMIT $3"] {
            assert_eq!(told(kept), kept);
        }
    }
}
