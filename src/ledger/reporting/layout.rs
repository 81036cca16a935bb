//! Schemas, roles and the table of what each door tells: made where they are missing, gone with the view they were for.

use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use super::names::{base_of, literal, quoted, table_of};
use super::{Door, Reporting};
use crate::ledger::error::LedgerError;
use crate::ledger::sql::failed;

impl Reporting {
    /// Makes what these doors need and takes away what no door needs any more: a view that lost its door, a dataset it no
    /// longer has. A role whose tables were made by other rules is kept out until they are made anew. Gives what an
    /// administrator has to do before every door opens, in a sentence; none when all is there.
    ///
    /// # Errors
    /// When the schemas may not be made, with the statement that helps in the sentence of the database.
    pub async fn prepare(&self, doors: &[Door]) -> Result<Option<String>, LedgerError> {
        let preparing = failed("making the reporting schemas");
        let mut open = self.pool.begin().await.map_err(&preparing)?;
        let lock = sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(self.lock);
        lock.execute(&mut *open).await.map_err(&preparing)?;
        let told = self.arrange(&mut open, doors).await.map_err(&preparing)?;
        open.commit().await.map_err(&preparing)?;
        Ok(told)
    }

    async fn arrange(&self, on: &mut PgConnection, doors: &[Door]) -> Result<Option<String>, sqlx::Error> {
        let (base, status) = (self.base(), self.table("status"));
        make_schema(on, &base_of(&self.prefix)).await?;
        let make = format!(
            "CREATE TABLE IF NOT EXISTS reporting_schemas (prefix TEXT PRIMARY KEY);
             INSERT INTO reporting_schemas VALUES ({}) ON CONFLICT DO NOTHING;
             CREATE TABLE IF NOT EXISTS {status} (
                 view_key text NOT NULL, dataset text NOT NULL, rows bigint NOT NULL, as_of timestamptz NOT NULL,
                 sequence bigint NOT NULL, written_at timestamptz NOT NULL, rules text NOT NULL, shape text NOT NULL,
                 PRIMARY KEY (view_key, dataset));
             COMMENT ON SCHEMA {base} IS {}",
            literal(&self.prefix),
            literal("Written by Leadline. Ask the schemas beside it: one for each team's view."),
        );
        run(on, make).await?;
        self.remove_what_has_no_door(on, doors).await?;
        let mut missing = Vec::new();
        for door in doors {
            self.make_door(on, door, &mut missing).await?;
        }
        Ok((!missing.is_empty()).then(|| {
            format!(
                "the ledger's user may not create roles; an administrator has to run: {}; the rest follows by itself",
                missing.join("; ")
            )
        }))
    }

    async fn make_door(
        &self,
        on: &mut PgConnection,
        door: &Door,
        missing: &mut Vec<String>,
    ) -> Result<(), sqlx::Error> {
        let name = self.door(&door.view);
        make_schema(on, &name).await?;
        let (schema, view) = (quoted(&name), literal(&door.view));
        let make = format!(
            "CREATE OR REPLACE VIEW {schema}.status WITH (security_barrier) AS
                 SELECT dataset, rows, as_of, sequence, written_at FROM {} WHERE view_key = {view};
             COMMENT ON VIEW {schema}.status IS {};
             COMMENT ON SCHEMA {schema} IS {}",
            self.table("status"),
            literal("How many rows each table has, as of when, and when that was written."),
            literal(&format!(
                "What the view {} sees, as its exports have it. Written by Leadline.",
                door.view
            )),
        );
        run(on, make).await?;
        if !has_role(on, &name).await? {
            let create = format!("CREATE ROLE {} NOLOGIN", quoted(&name));
            let may = "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user";
            if sqlx::query_scalar::<_, bool>(may).fetch_one(&mut *on).await? {
                run(on, create).await?;
            } else {
                missing.push(create);
                return Ok(());
            }
        }
        let told = format!("SELECT 1 FROM {} WHERE view_key = $1 AND rules <> $2", self.table("status"));
        let told = sqlx::query(AssertSqlSafe(told)).bind(&*door.view).bind(&*door.rules);
        if told.fetch_optional(&mut *on).await?.is_some() {
            return run(on, format!("REVOKE ALL ON SCHEMA {schema} FROM {schema}")).await;
        }
        self.admit(on, &door.view).await
    }

    /// Tables for which nobody vouches any more.
    async fn remove_what_has_no_door(
        &self,
        on: &mut PgConnection,
        doors: &[Door],
    ) -> Result<(), sqlx::Error> {
        let status = self.table("status");
        let told = sqlx::query(AssertSqlSafe(format!("SELECT view_key, dataset FROM {status}")));
        for row in told.fetch_all(&mut *on).await? {
            let (view, dataset): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            let door = doors.iter().find(|door| *door.view == *view);
            if door.is_some_and(|door| door.datasets.iter().any(|it| **it == *dataset)) {
                continue;
            }
            let schema = self.door(&view);
            let gone = match door {
                Some(_) => format!("DROP VIEW IF EXISTS {}.{} CASCADE", quoted(&schema), quoted(&dataset)),
                None => format!("DROP SCHEMA IF EXISTS {} CASCADE", quoted(&schema)),
            };
            let table = self.table(&table_of(&view, &dataset));
            let (view, dataset) = (literal(&view), literal(&dataset));
            run(
                on,
                format!(
                    "{gone}; DROP TABLE IF EXISTS {table};
                     DELETE FROM {status} WHERE view_key = {view} AND dataset = {dataset}"
                ),
            )
            .await?;
        }
        Ok(())
    }

    /// Lets the role of a view read what is in its schema, where there is such a role.
    pub(super) async fn admit(&self, on: &mut PgConnection, view: &str) -> Result<(), sqlx::Error> {
        let name = self.door(view);
        if !has_role(on, &name).await? {
            return Ok(());
        }
        let missing = "SELECT NOT has_schema_privilege($1, n.oid, 'USAGE') OR EXISTS (
                           SELECT 1 FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind = 'v'
                           AND NOT has_table_privilege($1, c.oid, 'SELECT'))
                       FROM pg_namespace n WHERE n.nspname = $1";
        if sqlx::query_scalar::<_, bool>(missing).bind(&*name).fetch_one(&mut *on).await? {
            let name = quoted(&name);
            let grant = format!(
                "GRANT USAGE ON SCHEMA {name} TO {name}; GRANT SELECT ON ALL TABLES IN SCHEMA {name} TO {name}"
            );
            run(on, grant).await?;
        }
        Ok(())
    }
}

async fn has_role(on: &mut PgConnection, name: &str) -> Result<bool, sqlx::Error> {
    let found = sqlx::query("SELECT 1 FROM pg_roles WHERE rolname = $1").bind(name);
    Ok(found.fetch_optional(on).await?.is_some())
}

/// Makes a schema where there is none; asked for first, because making needs a right even where nothing is made.
async fn make_schema(on: &mut PgConnection, name: &str) -> Result<(), sqlx::Error> {
    let found = sqlx::query("SELECT 1 FROM pg_namespace WHERE nspname = $1").bind(name);
    if found.fetch_optional(&mut *on).await?.is_none() {
        run(on, format!("CREATE SCHEMA {}", quoted(name))).await?;
    }
    Ok(())
}

/// Statements made of names and literals of ours.
pub(super) async fn run(on: &mut PgConnection, sql: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(on).await.map(drop)
}
