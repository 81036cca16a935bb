//! The one implementation, over whichever database was opened.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, SubsecRound, Utc};

use crate::domain::event::HistoryPart;
use crate::domain::id::{RecordKey, SourceName};

use super::append::{leave_counter, take_counter};
use super::entry::{Appended, Batch, Entry, RecordKind, Recorded, RecordedEvent, Sequence};
use super::error::LedgerError;
use super::link::Link;
use super::open::create;
use super::reporting::Reporting;
use super::sql::{Database, failed, values};
use super::state::{
    CaptureLock, CapturedFloor, Decision, DecisionDraft, Erasure, Merge, MergeDraft, Position, Tally,
};
use super::{Ledger, append, erase, lock, read, reporting};

/// A ledger in a SQLite file or in PostgreSQL.
pub(super) struct Store {
    pub(super) database: Database,
    pub(super) id: Arc<str>,
    /// The file, where it is one.
    pub(super) path: Option<PathBuf>,
}

#[async_trait]
impl Ledger for Store {
    fn id(&self) -> &str {
        &self.id
    }

    async fn append(&self, batch: Batch) -> Result<Appended, LedgerError> {
        append::append(&self.database, batch).await
    }

    async fn erase(&self, keys: &[RecordKey], at: DateTime<Utc>) -> Result<Erasure, LedgerError> {
        let erasure = erase::erase(&self.database, keys, at.trunc_subsecs(3)).await?;
        if let Database::Postgres(pool) = &self.database {
            reporting::forget(pool, &self.id, keys).await?;
        }
        Ok(erasure)
    }

    async fn drop_events_before(&self, before: DateTime<Utc>) -> Result<u64, LedgerError> {
        erase::drop_events_before(&self.database, before).await
    }

    async fn last_sequence(&self) -> Result<Sequence, LedgerError> {
        read::last_sequence(&self.database).await
    }

    async fn heads(
        &self,
        kind: RecordKind,
        after: Sequence,
        limit: u32,
    ) -> Result<Vec<Recorded>, LedgerError> {
        read::heads(&self.database, kind, after, limit).await
    }

    async fn heads_of(&self, keys: &[RecordKey]) -> Result<Vec<Recorded>, LedgerError> {
        read::heads_of(&self.database, keys).await
    }

    async fn walk(
        &self,
        source: &SourceName,
        object: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Recorded>, LedgerError> {
        read::walk(&self.database, source, object, after, limit).await
    }

    async fn linked(&self, links: &[Link], kind: RecordKind) -> Result<Vec<(Link, Recorded)>, LedgerError> {
        read::linked(&self.database, links, kind).await
    }

    async fn linked_page(
        &self,
        link: &Link,
        kind: RecordKind,
        after: Option<&RecordKey>,
        limit: u32,
    ) -> Result<Vec<Recorded>, LedgerError> {
        read::linked_page(&self.database, link, kind, after, limit).await
    }

    async fn versions(
        &self,
        key: &RecordKey,
        after: Sequence,
        limit: u32,
    ) -> Result<Vec<Recorded>, LedgerError> {
        read::versions(&self.database, key, after, limit).await
    }

    async fn heads_as_of(&self, keys: &[RecordKey], at: DateTime<Utc>) -> Result<Vec<Recorded>, LedgerError> {
        read::heads_as_of(&self.database, keys, at).await
    }

    async fn events_of(
        &self,
        histories: &[RecordKey],
        parts: &[HistoryPart],
    ) -> Result<Vec<RecordedEvent>, LedgerError> {
        read::events_of(&self.database, histories, parts).await
    }

    async fn changes(&self, after: Sequence, limit: u32) -> Result<Vec<Entry>, LedgerError> {
        read::changes(&self.database, after, limit).await
    }

    async fn positions(&self) -> Result<Vec<Position>, LedgerError> {
        read::positions(&self.database).await
    }

    async fn position(&self, source: &SourceName, stream: &str) -> Result<Option<Position>, LedgerError> {
        read::position(&self.database, source, stream).await
    }

    async fn forget_position(&self, source: &SourceName, stream: &str) -> Result<(), LedgerError> {
        let forgetting = failed("forgetting how far a stream was read");
        let mut writing = self.database.write().await.map_err(&forgetting)?;
        let sql = "DELETE FROM positions WHERE source = $1 AND stream = $2";
        writing.run(sql, values![source.as_str(), stream]).await.map_err(&forgetting)?;
        writing.commit().await.map_err(&forgetting)
    }

    async fn floors(&self, keys: &[RecordKey]) -> Result<Vec<CapturedFloor>, LedgerError> {
        read::floors(&self.database, keys).await
    }

    async fn tallies(&self) -> Result<Vec<Tally>, LedgerError> {
        read::tallies(&self.database).await
    }

    async fn log_merges(&self, merges: &[MergeDraft]) -> Result<Vec<Merge>, LedgerError> {
        let logging = failed("writing down merges");
        let mut writing = self.database.write().await.map_err(&logging)?;
        let mut last = take_counter(&mut writing).await.map_err(&logging)?;
        let mut logged = Vec::new();
        for merge in merges {
            let sql = "INSERT INTO merges (sequence, previous, surviving, rule, merged_at)
                       VALUES ($1, $2, $3, $4, $5) ON CONFLICT (previous, surviving) DO NOTHING";
            let (previous, current) = (merge.previous.to_string(), merge.current.to_string());
            let row = values![last + 1, previous, current, &*merge.rule, merge.at.timestamp_millis()];
            if writing.run(sql, row).await.map_err(&logging)? > 0 {
                last += 1;
                let merge = MergeDraft { at: merge.at.trunc_subsecs(3), ..merge.clone() };
                logged.push(Merge { sequence: last, merge });
            }
        }
        leave_counter(&mut writing, last).await.map_err(&logging)?;
        writing.commit().await.map_err(&logging)?;
        Ok(logged)
    }

    async fn merges(&self, after: Sequence, limit: u32) -> Result<Vec<Merge>, LedgerError> {
        read::merges(&self.database, after, limit).await
    }

    async fn decide(&self, decision: DecisionDraft) -> Result<Decision, LedgerError> {
        let deciding = failed("writing down a decision");
        let mut writing = self.database.write().await.map_err(&deciding)?;
        let sequence = take_counter(&mut writing).await.map_err(&deciding)? + 1;
        let row = values![
            sequence,
            decision.kind.name(),
            decision.left.to_string(),
            decision.right.to_string(),
            &*decision.note,
            &*decision.by,
            decision.at.timestamp_millis(),
        ];
        let into = "decisions (sequence, kind, one_record, other_record, note, decided_by, decided_at)";
        writing.insert(into, vec![row], "").await.map_err(&deciding)?;
        leave_counter(&mut writing, sequence).await.map_err(&deciding)?;
        writing.commit().await.map_err(&deciding)?;
        let decision = DecisionDraft { at: decision.at.trunc_subsecs(3), ..decision };
        Ok(Decision { sequence, decision })
    }

    async fn decisions(&self) -> Result<Vec<Decision>, LedgerError> {
        read::decisions(&self.database).await
    }

    async fn capture_lock(&self) -> Result<Option<CaptureLock>, LedgerError> {
        match (&self.database, &self.path) {
            (Database::Postgres(pool), _) => lock::on_postgres(pool, &self.id).await,
            (Database::Sqlite { .. }, path) => {
                lock::on_sqlite(path.as_deref().expect("a SQLite ledger is a file"))
            }
        }
    }

    async fn backup(&self, file: &Path) -> Result<(), LedgerError> {
        let Database::Sqlite { reading, .. } = &self.database else {
            let why = "a ledger in PostgreSQL is backed up with PostgreSQL's own tools, e.g. pg_dump --format=custom";
            return Err(LedgerError::NoBackup(why.to_owned()));
        };
        let Some(name) = file.to_str() else {
            return Err(LedgerError::NoBackup("the name of the file must be text".to_owned()));
        };
        // SQLite fills an empty file, and keeps who may read it.
        match create(file) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return Err(LedgerError::NoBackup(format!("{name} exists already")));
            }
            made => made.map_err(|cause| LedgerError::File { place: name.to_owned(), cause })?,
        }
        let copied = sqlx::query("VACUUM INTO $1").bind(name).execute(reading).await;
        copied.map(drop).map_err(|error| {
            // Half a copy must not pass for one; if it cannot even be removed, the error says enough.
            let _still_there = std::fs::remove_file(file);
            failed("copying the ledger")(error)
        })
    }

    fn reporting(&self, prefix: &str) -> Option<Reporting> {
        match &self.database {
            Database::Postgres(pool) => Some(Reporting::new(pool, &self.id, prefix)),
            Database::Sqlite { .. } => None,
        }
    }
}
