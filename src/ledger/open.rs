//! Finding the ledger an address names, making it on first start, and bringing an older one up to date.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use uuid::Uuid;

use super::Ledger;
use super::error::LedgerError;
use super::sql::{Database, Writing, failed, values};
use super::store::Store;

/// What brings a ledger from one format to the next: for both databases, then what PostgreSQL needs besides.
pub(super) struct Migration {
    common: &'static str,
    postgres: &'static str,
}

/// All of them. The place in the list, from 1, is the format.
pub(super) const MIGRATIONS: [Migration; 2] = [
    Migration {
        common: include_str!("migrations/common/0001_ledger.sql"),
        postgres: include_str!("migrations/postgres/0001_ledger.sql"),
    },
    Migration { common: include_str!("migrations/common/0002_order.sql"), postgres: "" },
];

/// So long a writer waits for another process that writes.
const PATIENCE: Duration = Duration::from_secs(20);
/// So many pages of a SQLite ledger are read at the same time.
const READERS: u32 = 4;
/// So many pages a SQLite ledger's write-ahead log takes before they go to the file: 64 MiB. A page that many batches
/// write goes there once for all of them, and most batches wait for the log alone.
const LOGGED: &str = "16384";
/// Connections to PostgreSQL.
const CONNECTIONS: u32 = 8;
/// Which advisory lock of PostgreSQL is held while tables are made.
const MIGRATING: i64 = 0x4c65_6164_6c69_6e65;

/// Opens the ledger at `sqlite:FILE` or `postgres://…`, and makes it where there is none. An empty file and an empty schema
/// become a ledger; anything else that is none is left as it is.
///
/// # Errors
/// A sentence about what is there instead: no ledger, a newer one, or nothing that answers.
pub fn open(url: &str) -> BoxFuture<'_, Result<Arc<dyn Ledger>, LedgerError>> {
    Box::pin(opening(url, &MIGRATIONS))
}

/// Opens a ledger as a binary does that knows these migrations.
pub(super) async fn opening(url: &str, known: &[Migration]) -> Result<Arc<dyn Ledger>, LedgerError> {
    let store = if let Some(path) = url.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() || path.starts_with(':') || path.contains('?') {
            return Err(LedgerError::Address(url.to_owned()));
        }
        sqlite(Path::new(path), known).await?
    } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        // The parser's own words may hold the password.
        let options =
            PgConnectOptions::from_str(url).map_err(|_| LedgerError::Address("postgres://…".to_owned()))?;
        postgres(options, known).await?
    } else {
        // What is no address may be a password in the wrong place.
        return Err(LedgerError::Address(url.split(':').next().unwrap_or_default().to_owned()));
    };
    Ok(Arc::new(store))
}

pub(super) async fn sqlite(path: &Path, known: &[Migration]) -> Result<Store, LedgerError> {
    let place = path.display().to_string();
    let connecting = failed("opening the file");
    match create(path) {
        Err(cause) if cause.kind() != ErrorKind::AlreadyExists => {
            return Err(LedgerError::File { place, cause });
        }
        _ => {}
    }
    look(path, &place).await?;

    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(PATIENCE)
        .pragma("secure_delete", "ON")
        .disable_statement_logging();
    let writer = options.clone().pragma("cache_size", "-32768").pragma("wal_autocheckpoint", LOGGED);
    let writing = SqlitePoolOptions::new().max_connections(1).connect_with(writer).await;
    let reader = options.pragma("cache_size", "-8192");
    let writing = writing.map_err(&connecting)?;
    let reading = SqlitePoolOptions::new().max_connections(READERS).connect_lazy_with(reader);
    let database = Database::Sqlite { reading, writing };
    let id = bring_up_to_date(&database, &place, known).await?;
    Ok(Store { database, id, path: Some(absolute(path)) })
}

/// An empty file that its owner alone may read: what is in a ledger is personal.
///
/// # Errors
/// When there is a file already, too.
pub(super) fn create(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Looks at a file without changing it, and refuses what is no ledger.
async fn look(path: &Path, place: &str) -> Result<(), LedgerError> {
    let not_a_ledger =
        |found: &str| LedgerError::NotALedger { place: place.to_owned(), found: found.to_owned() };
    let options =
        SqliteConnectOptions::new().filename(path).busy_timeout(PATIENCE).disable_statement_logging();
    let looking = failed("looking at the file");
    let mut connection: SqliteConnection = match options.connect().await {
        Ok(connection) => connection,
        Err(error) if is_no_database(&error) => return Err(not_a_ledger("it is no SQLite file")),
        Err(error) => return Err(looking(error)),
    };
    let tables: Result<Vec<String>, sqlx::Error> =
        sqlx::query_scalar("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            .fetch_all(&mut connection)
            .await;
    match tables {
        Ok(tables) if tables.is_empty() || tables.iter().any(|table| table == "leadline_ledger") => Ok(()),
        Ok(tables) => Err(not_a_ledger(&format!("it holds the table {}", tables.join(", ")))),
        Err(error) if is_no_database(&error) => Err(not_a_ledger("it is no SQLite file")),
        Err(error) => Err(looking(error)),
    }
}

/// SQLITE_NOTADB.
fn is_no_database(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|code| code == "26")
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

async fn postgres(options: PgConnectOptions, known: &[Migration]) -> Result<Store, LedgerError> {
    let place = format!(
        "postgres://{}/{}",
        options.get_host(),
        options.get_database().unwrap_or_else(|| options.get_username())
    );
    let options = options.application_name("leadline").disable_statement_logging();
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(PATIENCE)
        .connect_with(options)
        .await
        .map_err(failed("connecting"))?;
    let database = Database::Postgres(pool);
    let id = bring_up_to_date(&database, &place, known).await?;
    Ok(Store { database, id, path: None })
}

/// Applies what is missing in one transaction and returns the ledger's name.
async fn bring_up_to_date(
    database: &Database,
    place: &str,
    known: &[Migration],
) -> Result<Arc<str>, LedgerError> {
    let newest = known.len() as i64;
    let migrating = failed("bringing the tables up to date");
    let mut writing = database.write().await.map_err(&migrating)?;
    if let Writing::Postgres(_) = &writing {
        writing.rows("SELECT pg_advisory_xact_lock($1)", values![MIGRATING]).await.map_err(&migrating)?;
    }
    let is_there = match &writing {
        Writing::Sqlite(_) => {
            "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'leadline_ledger'"
        }
        Writing::Postgres(_) => {
            "SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'leadline_ledger'"
        }
    };
    let is_there = writing.rows(is_there, vec![]).await.map_err(&migrating)?;
    let is_there = is_there.first().map_or(Ok(0), |row| row.int(0)).map_err(&migrating)? > 0;
    let format = if is_there {
        let rows = writing.rows("SELECT format FROM leadline_ledger", vec![]).await.map_err(&migrating)?;
        rows.first().map_or(Ok(0), |row| row.int(0)).map_err(&migrating)?
    } else {
        0
    };
    if format > newest {
        return Err(LedgerError::Newer { place: place.to_owned(), found: format, known: newest });
    }
    for migration in known.iter().skip(format as usize) {
        writing.script(migration.common).await.map_err(&migrating)?;
        if let Writing::Postgres(_) = &writing {
            writing.script(migration.postgres).await.map_err(&migrating)?;
        }
    }
    if !is_there {
        let (id, secret) = (Uuid::new_v4(), [Uuid::new_v4().simple(), Uuid::new_v4().simple()]);
        let secret = format!("{}{}", secret[0], secret[1]);
        let row = values![1, newest, id.to_string(), secret, 0];
        let into = "leadline_ledger (one, format, id, erasure_key, sequence)";
        writing.insert(into, vec![row], "").await.map_err(&migrating)?;
    } else if format < newest {
        writing.run("UPDATE leadline_ledger SET format = $1", values![newest]).await.map_err(&migrating)?;
    }
    let rows = writing.rows("SELECT id FROM leadline_ledger", vec![]).await.map_err(&migrating)?;
    let id = rows.first().ok_or_else(|| LedgerError::NotALedger {
        place: place.to_owned(),
        found: "its table has no row".to_owned(),
    })?;
    let id = Arc::from(id.text(0).map_err(&migrating)?);
    writing.commit().await.map_err(&migrating)?;
    Ok(id)
}
