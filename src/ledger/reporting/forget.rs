//! Erasing from the reporting tables: a person's own rows go, and where other rows name them the name goes.

use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use super::lock_of;
use super::names::{base_of, quoted, spot_of, table_of};
use crate::domain::id::{NodeId, NodeKind, RecordKey};
use crate::ledger::error::LedgerError;
use crate::ledger::sql::failed;

/// Columns that name a person, or a touch of theirs by a person's record.
const NAMING: [&str; 2] = ["person_id", "touchpoint_id"];

/// Takes people known by these records out of every reporting table of a ledger, whoever wrote them and whether or not they
/// are still written. Rows that only name them lose the name, and are written anew in the next round. Waits for the
/// round that is under way.
pub(in crate::ledger) async fn forget(
    pool: &PgPool,
    ledger: &str,
    keys: &[RecordKey],
) -> Result<(), LedgerError> {
    let forgetting = failed("erasing from the reporting tables");
    let mut open = pool.begin().await.map_err(&forgetting)?;
    let is_reported = sqlx::query_scalar("SELECT to_regclass('reporting_schemas') IS NOT NULL");
    if !is_reported.fetch_one(&mut *open).await.map_err(&forgetting)? {
        return Ok(());
    }
    let lock = sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(lock_of(ledger));
    lock.execute(&mut *open).await.map_err(&forgetting)?;
    for table in tables(&mut open).await.map_err(&forgetting)? {
        forget_in(&mut open, &table, keys).await.map_err(&forgetting)?;
    }
    open.commit().await.map_err(&forgetting)
}

/// A reporting table: its place, quoted, and those of its columns that name people.
struct Kept {
    status: String,
    view: String,
    dataset: String,
    place: String,
    naming: Vec<&'static str>,
}

/// The tables there are; a schema that somebody removed has none.
async fn tables(on: &mut PgConnection) -> Result<Vec<Kept>, sqlx::Error> {
    let prefixes: Vec<String> =
        sqlx::query_scalar("SELECT prefix FROM reporting_schemas").fetch_all(&mut *on).await?;
    let mut found = Vec::new();
    for prefix in prefixes {
        let base = base_of(&prefix);
        let status = format!("{}.status", quoted(&base));
        let is_there = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL").bind(&status);
        if !is_there.fetch_one(&mut *on).await? {
            continue;
        }
        let told = sqlx::query(AssertSqlSafe(format!("SELECT view_key, dataset FROM {status}")));
        for row in told.fetch_all(&mut *on).await? {
            let (view, dataset): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            let name = table_of(&view, &dataset);
            let columns = sqlx::query_scalar(
                "SELECT column_name::text FROM information_schema.columns
                 WHERE table_schema = $1 AND table_name = $2",
            );
            let columns: Vec<String> = columns.bind(&base).bind(&name).fetch_all(&mut *on).await?;
            if !columns.is_empty() {
                let naming = NAMING.into_iter().filter(|own| columns.iter().any(|it| it == own)).collect();
                let place = format!("{}.{}", quoted(&base), quoted(&name));
                found.push(Kept { status: status.clone(), view, dataset, place, naming });
            }
        }
    }
    Ok(found)
}

async fn forget_in(on: &mut PgConnection, table: &Kept, keys: &[RecordKey]) -> Result<(), sqlx::Error> {
    let spots: Vec<String> = keys.iter().map(|key| spot_of(NodeKind::Person, key)).collect();
    let sql = format!("DELETE FROM {} WHERE _spot = ANY($1)", table.place);
    let gone = sqlx::query(AssertSqlSafe(sql)).bind(spots).execute(&mut *on).await?.rows_affected();
    let sql = format!("UPDATE {} SET rows = rows - $1 WHERE view_key = $2 AND dataset = $3", table.status);
    let told = sqlx::query(AssertSqlSafe(sql)).bind(i64::try_from(gone).unwrap_or(0));
    told.bind(&table.view).bind(&table.dataset).execute(&mut *on).await?;
    if !table.naming.contains(&"person_id") {
        return Ok(());
    }
    let ids: Vec<String> =
        keys.iter().map(|key| NodeId::new(NodeKind::Person, key.clone()).encode()).collect();
    let blank: Vec<String> = table.naming.iter().map(|column| format!("{column} = NULL")).collect();
    let sql =
        format!("UPDATE {} SET _digest = 0, {} WHERE person_id = ANY($1)", table.place, blank.join(", "));
    sqlx::query(AssertSqlSafe(sql)).bind(ids).execute(on).await.map(drop)
}
