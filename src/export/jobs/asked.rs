//! What callers may ask: to have an export made, how it stands, to end it, and for its files.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::domain::view::View;
use crate::export::refusal::Refusal;
use crate::ledger::entry::Sequence;

use super::record::{ColumnEntry, Export, MANIFEST, Owner, Status, Wish};
use super::{Jobs, Kept};

/// Why an export is not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateRefusal {
    /// What is asked cannot be answered.
    #[error(transparent)]
    Rows(#[from] Refusal),
    /// The subject has as many as may be kept.
    #[error(
        "You have {0} exports, and no more are kept: cancel one you need no more, or wait until one expires."
    )]
    TooMany(usize),
    /// All of them together take as much as they may.
    #[error("The files of exports take all the room they may; ask again when some have expired.")]
    Full,
    /// It could not be written down.
    #[error("The gateway has no room to write exports down.")]
    NoRoom(#[source] io::Error),
}

/// Why an export is not cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelRefusal {
    /// The caller has no such export.
    Unknown,
    /// It has ended, and there are no files.
    Gone,
}

/// A file that a link leads to.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// Where it lies.
    pub path: PathBuf,
    /// Its name.
    pub name: Arc<str>,
    /// SHA-256, where it never changes.
    pub sha256: Option<Arc<str>>,
    /// Who had the export made, as logs name them.
    pub maker: String,
    /// Under which view.
    pub view: Arc<str>,
}

impl Jobs {
    /// The zone a day of a question begins in where none is named.
    pub fn zone(&self) -> chrono_tz::Tz {
        self.0.exports.zone()
    }

    /// Up to where a cursor of the feed or of another export tells.
    ///
    /// # Errors
    /// For a text that is no cursor, or one of another ledger.
    pub fn sequence_of(&self, cursor: &str) -> Result<Sequence, Refusal> {
        self.0.exports.sequence_of(cursor)
    }

    /// Takes note of what somebody wishes. It is written down before this returns.
    ///
    /// # Errors
    /// When it cannot be answered, or there are too many already.
    pub async fn create(&self, view: &View, wish: Wish) -> Result<Export, CreateRefusal> {
        let columns = self.0.exports.columns(view, &wish.ask())?;
        let now = self.0.clock.now();
        // Between counting and writing down, nobody else writes down.
        let _one = self.0.saving.lock().await;
        let is_theirs = |kept: &&Kept| kept.export.owner.has_subject_of(view) && kept.export.is_kept_at(now);
        let theirs = self.known().exports.values().filter(is_theirs).count();
        if theirs >= self.0.limits.per_subject {
            return Err(CreateRefusal::TooMany(theirs));
        }
        if self.is_full() {
            return Err(CreateRefusal::Full);
        }
        let random = || Uuid::new_v4().simple().to_string();
        let export = Export {
            id: random().into(),
            key: (random() + &random()).into(),
            owner: Owner::of(view),
            wish,
            status: Status::Queued,
            created_at: now,
            expires_at: None,
            columns: columns.iter().map(ColumnEntry::of).collect(),
            told: None,
            rows: 0,
            bytes: 0,
            parts: Vec::new(),
            trouble: None,
        };
        let begun = export.clone();
        let written = self.on_disk(move |folder| folder.begin(&begun)).await;
        written.map_err(CreateRefusal::NoRoom)?;
        self.known().exports.insert(export.id.clone(), Kept { export: export.clone(), work: None });
        self.0.news.notify_one();
        Ok(export)
    }

    /// An export of the caller's, as it stands; nobody else's is found.
    pub fn find(&self, view: &View, id: &str) -> Option<Export> {
        let found = self.known().exports.get(id).map(|kept| kept.export.clone());
        found.filter(|export| export.owner.is(view)).map(|export| export.at(self.0.clock.now()))
    }

    /// Ends an export, whether it waits, is being written, or has files: nothing stays of them.
    ///
    /// # Errors
    /// When the caller has no such export, or there is nothing to end.
    pub async fn cancel(&self, view: &View, id: &str) -> Result<Export, CancelRefusal> {
        let found = self.find(view, id).ok_or(CancelRefusal::Unknown)?;
        let ends = self.0.clock.now() + self.0.limits.keep_for;
        let mut was_kept = false;
        let canceled = self.change(&found.id, |export| {
            was_kept = export.is_kept_at(self.0.clock.now());
            if was_kept {
                export.wait();
                (export.status, export.expires_at) = (Status::Canceled, Some(ends));
            }
        });
        let canceled = canceled.await.ok_or(CancelRefusal::Unknown)?;
        if !was_kept {
            return Err(CancelRefusal::Gone);
        }
        let work = self.known().exports.get(id).and_then(|kept| kept.work.clone());
        if let Some(work) = work {
            // Who works on it clears it away.
            work.stop.cancel();
            return Ok(canceled);
        }
        let gone = canceled.clone();
        if let Err(error) = self.on_disk(move |folder| folder.clear(&gone)).await {
            tracing::error!("an export that was cancelled could not be cleared away: {error}");
        }
        Ok(canceled)
    }

    /// The address of an export's manifest, with the key that opens it.
    pub fn link(&self, export: &Export) -> String {
        self.link_to(export, MANIFEST)
    }

    /// The address of one of its files.
    pub fn link_to(&self, export: &Export, file: &str) -> String {
        format!("{}/export/files/{}/{}/{file}", self.0.address, export.id, export.key)
    }

    /// The file a link leads to, for whoever holds its key.
    pub fn fetch(&self, id: &str, key: &str, file: &str) -> Option<Fetched> {
        let export = self.known().exports.get(id)?.export.clone().at(self.0.clock.now());
        // Compared by their digests, so that the time it takes tells nothing.
        if Sha256::digest(key) != Sha256::digest(&*export.key) || !export.has_files() {
            return None;
        }
        let path = self.0.folder.of(id).join(file);
        let (name, sha256) = if file == MANIFEST {
            (MANIFEST.into(), None)
        } else {
            let part = export.parts.iter().find(|part| *part.name == *file)?;
            (part.name.clone(), Some(part.sha256.clone()))
        };
        Some(Fetched { path, name, sha256, maker: export.owner.claims.noted(), view: export.owner.view })
    }
}
