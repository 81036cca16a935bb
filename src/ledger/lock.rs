//! One process captures at a time: an advisory lock of PostgreSQL, or a locked file beside a SQLite ledger.

use std::fs::{File, TryLockError};
use std::path::Path;

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use sqlx::postgres::PgPool;

use super::error::LedgerError;
use super::sql::failed;
use super::state::{CaptureLock, Holding};

/// Tries for the lock of a ledger on PostgreSQL. The session that holds it is a connection of its own.
pub(super) async fn on_postgres(pool: &PgPool, ledger: &str) -> Result<Option<CaptureLock>, LedgerError> {
    let locking = failed("asking for the right to capture");
    let mut connection = pool.acquire().await.map_err(&locking)?.detach();
    let digest = Sha256::digest(format!("leadline capture {ledger}"));
    let number = i64::from_be_bytes(digest[..8].try_into().expect("a digest has more than eight bytes"));
    let is_ours: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
        .bind(number)
        .fetch_one(&mut connection)
        .await
        .map_err(&locking)?;
    Ok(is_ours.then(|| CaptureLock::new(Session(connection))))
}

struct Session(PgConnection);

#[async_trait]
impl Holding for Session {
    async fn is_held(&mut self) -> bool {
        sqlx::query("SELECT 1").execute(&mut self.0).await.is_ok()
    }
}

/// Tries for the lock of the ledger in a file. The system gives it back when the process ends, however it ends.
pub(super) fn on_sqlite(ledger: &Path) -> Result<Option<CaptureLock>, LedgerError> {
    let mut name = ledger.as_os_str().to_owned();
    name.push(".capture");
    let refused = |cause| LedgerError::File { place: name.display().to_string(), cause };
    let file = File::options().create(true).truncate(false).write(true).open(&name).map_err(refused)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(CaptureLock::new(Locked { _file: file }))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(cause)) => Err(refused(cause)),
    }
}

struct Locked {
    _file: File,
}

#[async_trait]
impl Holding for Locked {
    async fn is_held(&mut self) -> bool {
        true
    }
}
