//! Why the ledger could not do what it was asked.

use super::entry::Sequence;

/// Why the ledger could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The address is none of ours.
    #[error("`{0}` is no place for a ledger: write sqlite:FILE or postgres://USER@HOST/DATABASE")]
    Address(String),
    /// What is there is something else.
    #[error("{place} is not a ledger of Leadline: {found}")]
    NotALedger {
        /// The file or database.
        place: String,
        /// What is there instead.
        found: String,
    },
    /// A later version of Leadline wrote it.
    #[error(
        "{place} was written by a newer Leadline (format {found}; this one knows {known}): run that version, or \
         restore the backup made before the upgrade"
    )]
    Newer {
        /// The file or database.
        place: String,
        /// Its format.
        found: i64,
        /// The newest format this binary knows.
        known: i64,
    },
    /// There is no room left. Nothing of the batch was written; reading goes on.
    #[error("the disk of the ledger is full: make room, and capture goes on by itself")]
    Full,
    /// A backup cannot be made so.
    #[error("no backup was made: {0}")]
    NoBackup(String),
    /// A stored row cannot be read.
    #[error("row {sequence} of the ledger cannot be read")]
    Unreadable {
        /// Its place; 0 where the row has none.
        sequence: Sequence,
        /// What is wrong with it.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file system refused.
    #[error("{place}: {cause}")]
    File {
        /// The file.
        place: String,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The database failed while it was asked to do this.
    #[error("the ledger failed while {operation}")]
    Store {
        /// What it was asked to do.
        operation: &'static str,
        /// What the database says.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
}
