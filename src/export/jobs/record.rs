//! One export as it is kept: what was asked, by whom, and what became of it. JSON beside the files it tells of.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::domain::view::{Claims, View};
use crate::export::ask::Ask;
use crate::export::column::ColumnInfo;
use crate::export::dataset::Dataset;
use crate::export::format::Format;
use crate::ledger::entry::Sequence;

/// The file that lists the parts of an export.
pub const MANIFEST: &str = "manifest.json";

/// What became of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// It waits for its turn.
    Queued,
    /// Its files are being written.
    Running,
    /// Its files are whole.
    Completed,
    /// It broke off; parts that are whole may be there.
    Failed,
    /// Whoever made it wants it no more.
    Canceled,
    /// Its files are gone.
    Expired,
}

/// Why there are no files, or not all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Trouble {
    /// The disk is full.
    DiskFull,
    /// The files of all exports together take as much as they may.
    NoRoom,
    /// The files could not be written.
    NotWritten,
    /// The ledger could not be read.
    NotRead,
    /// The settings give whoever made it another view now, or none.
    ViewChanged,
    /// The settings have no such columns any more.
    Refused,
    /// Somebody was erased who may have been in its files.
    Erased,
    /// Its files are not where they were.
    Lost,
    /// Our fault; the log has the details.
    Internal,
}

impl Trouble {
    /// The stable code clients see.
    pub fn code(self) -> &'static str {
        match self {
            Self::DiskFull => "DISK_FULL",
            Self::NoRoom => "NO_ROOM",
            Self::NotWritten => "NOT_WRITTEN",
            Self::NotRead => "NOT_READ",
            Self::ViewChanged => "VIEW_CHANGED",
            Self::Refused => "REFUSED",
            Self::Erased => "ERASED",
            Self::Lost => "LOST",
            Self::Internal => "INTERNAL",
        }
    }
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wish {
    /// The dataset.
    pub dataset: Dataset,
    /// As which files.
    pub format: Format,
    /// Rows whose time is not earlier.
    pub from: Option<DateTime<Utc>>,
    /// Rows whose time is earlier.
    pub to: Option<DateTime<Utc>>,
    /// Rows observed after this place in the order of observation.
    pub after_sequence: Option<Sequence>,
    /// These columns in this order; all the view sees where none are named.
    pub columns: Option<Vec<Arc<str>>>,
    /// Where months begin, by its name.
    #[serde(with = "zone")]
    pub zone: Tz,
}

impl Wish {
    pub(super) fn ask(&self) -> Ask {
        Ask {
            from: self.from,
            to: self.to,
            after_sequence: self.after_sequence,
            columns: self.columns.clone(),
            ..Ask::of(self.dataset)
        }
    }
}

mod zone {
    use chrono_tz::Tz;
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "so serde calls it")]
    pub(super) fn serialize<S: Serializer>(zone: &Tz, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(zone.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Tz, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Whose export it is: nobody else knows of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Owner {
    /// What their token said: who they are, and the view the export runs under.
    pub claims: Claims,
    /// The key of that view.
    pub view: Arc<str>,
    /// What it saw, as one word.
    pub fingerprint: Arc<str>,
}

impl Owner {
    pub(super) fn of(view: &View) -> Self {
        Self {
            claims: view.claims().clone(),
            view: view.key().clone(),
            fingerprint: view.fingerprint().clone(),
        }
    }

    /// The caller is the owner, and sees what the owner saw.
    pub(super) fn is(&self, view: &View) -> bool {
        self.has_subject_of(view) && self.fingerprint == *view.fingerprint()
    }

    /// The caller is the owner, whatever they see now.
    pub(super) fn has_subject_of(&self, view: &View) -> bool {
        let claims = view.claims();
        (&self.claims.tenant, &self.claims.subject) == (&claims.tenant, &claims.subject)
    }
}

/// A column as manifests tell of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnEntry {
    /// Its name.
    pub name: Arc<str>,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: Arc<str>,
    /// Null in some rows.
    pub nullable: bool,
    /// Values are changed, replaced or left out for the view.
    pub masked: bool,
    /// What it says.
    pub description: Arc<str>,
}

impl ColumnEntry {
    pub(super) fn of(column: &ColumnInfo) -> Self {
        Self {
            name: column.name.clone(),
            kind: column.kind.name().into(),
            nullable: column.nullable || column.is_masked(),
            masked: column.is_masked(),
            description: column.about.clone(),
        }
    }
}

/// A file of an export that is whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The name of the file.
    pub name: Arc<str>,
    /// The month of its rows (`2025-01`), where rows have instants.
    pub month: Option<Arc<str>>,
    /// How many rows it has.
    pub rows: u64,
    /// How large the file is.
    pub bytes: u64,
    /// SHA-256 of the file, in hexadecimal digits.
    pub sha256: Arc<str>,
}

/// What the facts told of an export's rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// The present of the rows.
    pub as_of: DateTime<Utc>,
    /// The last sequence of the ledger that the rows tell.
    pub sequence: Sequence,
    /// Where what comes later begins.
    pub next_cursor: String,
}

/// One export.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Export {
    /// Its name: random, and the name of its folder.
    pub id: Arc<str>,
    /// What a link to its files must know: random.
    pub key: Arc<str>,
    /// Whose it is.
    pub owner: Owner,
    /// What was asked for.
    pub wish: Wish,
    /// What became of it.
    pub status: Status,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When its files go, once it has ended.
    pub expires_at: Option<DateTime<Utc>>,
    /// The columns of every row.
    pub columns: Vec<ColumnEntry>,
    /// Of which state of the facts it tells, once it runs.
    pub told: Option<Told>,
    /// Rows written so far.
    pub rows: u64,
    /// Bytes of its files.
    pub bytes: u64,
    /// Its files, once it has ended.
    pub parts: Vec<Part>,
    /// Why there are no files, or not all.
    pub trouble: Option<Trouble>,
}

impl Export {
    /// It neither waits nor runs.
    pub fn has_ended(&self) -> bool {
        !matches!(self.status, Status::Queued | Status::Running)
    }

    /// There are files to fetch.
    pub fn has_files(&self) -> bool {
        matches!(self.status, Status::Completed | Status::Failed) && !self.parts.is_empty()
    }

    /// It waits, is being written, or has files at that instant.
    pub(super) fn is_kept_at(&self, now: DateTime<Utc>) -> bool {
        !self.has_ended() || (self.has_files() && self.expires_at.is_none_or(|end| now < end))
    }

    /// The same as it stands at an instant: what has had its time is expired, whether or not it was cleared away yet.
    pub(super) fn at(mut self, now: DateTime<Utc>) -> Self {
        if self.has_ended() && self.expires_at.is_some_and(|end| end <= now) {
            self.status = Status::Expired;
        }
        self
    }

    /// It waits as if it had never run.
    pub(super) fn wait(&mut self) {
        self.status = Status::Queued;
        self.told = None;
        (self.rows, self.bytes) = (0, 0);
        self.parts.clear();
    }

    /// Its files are whole, and all of them.
    pub(super) fn complete(&mut self, parts: Vec<Part>) {
        self.end(Status::Completed, parts);
    }

    /// It broke off; these files are whole.
    pub(super) fn fail(&mut self, trouble: Trouble, parts: Vec<Part>) {
        self.end(Status::Failed, parts);
        self.trouble = Some(trouble);
    }

    fn end(&mut self, status: Status, parts: Vec<Part>) {
        self.status = status;
        self.rows = parts.iter().map(|part| part.rows).sum();
        self.bytes = parts.iter().map(|part| part.bytes).sum();
        self.parts = parts;
    }

    /// Its files are gone.
    pub(super) fn expire(&mut self, why: Option<Trouble>) {
        self.status = Status::Expired;
        self.trouble = why.or(self.trouble);
        self.parts.clear();
    }
}
