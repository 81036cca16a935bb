//! Exports that are made while nobody waits: asked for, written into files, fetched by a link, gone after a while.
//!
//! [`Jobs`] answers whoever asks (`asked`), keeps what is known of every export in a folder of its own (`keeping`,
//! `record`, `folder`), works on a few at a time (`at_work`, `run`) and writes rows into parts that lie there under their names once they are whole (`part`, `parts`). A link
//! holds a random key of 256 bits that is kept with the export: whoever has it may fetch, without a token, until the
//! files go.
//!
//! What is always true: an export runs under the view of whoever made it, over one snapshot, and nobody else knows of
//! it; it tells of nobody who was erased, neither later nor already; a process that ended is no reason to ask again,
//! what had not ended begins anew; no file has its name before it is whole and on the disk.

mod asked;
mod at_work;
mod folder;
mod keeping;
mod manifest;
mod part;
mod parts;
mod record;
mod run;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::domain::clock::Clock;
use crate::ledger::entry::Sequence;

use super::Exports;

pub use asked::{CancelRefusal, CreateRefusal, Fetched};
pub use folder::{Folder, OpenError};
pub use record::{ColumnEntry, Export, MANIFEST, Part, Status, Trouble, Wish};
pub use run::Again;

/// How many exports there may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Written at once; others wait.
    pub at_once: usize,
    /// Kept for one subject; more are refused.
    pub per_subject: usize,
    /// What all files together may take.
    pub bytes: u64,
    /// How long files stay.
    pub keep_for: TimeDelta,
}

/// Exports of one process. Cheap to clone.
#[derive(Clone)]
pub struct Jobs(Arc<Inner>);

struct Inner {
    exports: Exports,
    folder: Folder,
    clock: Clock,
    again: Again,
    limits: Limits,
    /// What links begin with.
    address: String,
    known: Mutex<Known>,
    /// One record is written at a time, in the order of what became of it.
    saving: tokio::sync::Mutex<()>,
    news: Notify,
}

#[derive(Default)]
struct Known {
    exports: HashMap<Arc<str>, Kept>,
    /// Whoever was erased up to here must be in no export.
    erased: Sequence,
}

struct Kept {
    export: Export,
    work: Option<Work>,
}

/// A hold on what is being done.
#[derive(Clone)]
struct Work {
    /// It shall stop.
    stop: CancellationToken,
    /// It has.
    done: CancellationToken,
}

impl fmt::Debug for Jobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jobs").finish_non_exhaustive()
    }
}

impl Jobs {
    /// Takes over a directory with what is in it. Links begin with this address, or are relative to the gateway's.
    ///
    /// # Errors
    /// When another process has the directory, or it cannot be used.
    pub fn open(
        exports: Exports,
        clock: Clock,
        again: Again,
        directory: &Path,
        limits: Limits,
        address: String,
    ) -> Result<Self, OpenError> {
        let folder = Folder::open(directory)?;
        let loaded = folder.load().map_err(|cause| OpenError::Unusable(directory.to_owned(), cause))?;
        let kept = |export: Export| (export.id.clone(), Kept { export, work: None });
        let known = Known { exports: loaded.into_iter().map(kept).collect(), erased: 0 };
        Ok(Self(Arc::new(Inner {
            exports,
            folder,
            clock,
            again,
            limits,
            address,
            known: Mutex::new(known),
            saving: tokio::sync::Mutex::default(),
            news: Notify::new(),
        })))
    }

    /// What is known of every export.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The files take as much as they may.
    fn is_full(&self) -> bool {
        let known = self.known();
        let held = known.exports.values().filter(|kept| kept.work.is_some() || kept.export.has_files());
        held.map(|kept| kept.export.bytes).sum::<u64>() >= self.0.limits.bytes
    }
}
