//! Exports that are made while nobody waits: asked for, written into files, fetched by a link, gone after a while.
//!
//! [`Jobs`] keeps what is known of every export in a folder of its own (`record`, `folder`), works on a few at a time
//! (`run`) and writes rows into parts that lie there under their names once they are whole (`part`, `parts`). A link
//! holds a random key of 256 bits that is kept with the export: whoever has it may fetch, without a token, until the
//! files go.
//!
//! What is always true: an export runs under the view of whoever made it, over one snapshot, and nobody else knows of
//! it; it tells of nobody who was erased, neither later nor already; a process that ended is no reason to ask again,
//! what had not ended begins anew; no file has its name before it is whole and on the disk.

mod folder;
mod manifest;
mod part;
mod parts;
mod record;
mod run;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use futures::FutureExt;
use sha2::{Digest, Sha256};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::domain::clock::Clock;
use crate::domain::view::View;
use crate::ledger::entry::Sequence;

use super::Exports;
use super::refusal::Refusal;

pub use folder::{Folder, OpenError};
pub use record::{ColumnEntry, Export, MANIFEST, Part, Status, Trouble, Wish};
pub use run::Again;

use record::{Owner, Told};
use run::{End, Foreman};

/// How often what has had its time is cleared away.
const SWEEP_EVERY: Duration = Duration::from_secs(30);

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

    /// Up to where the oldest export tells of which there are files, or will be; none where there are none.
    pub fn oldest(&self) -> Option<Sequence> {
        let known = self.known();
        let is_held = |kept: &&Kept| kept.work.is_some() || kept.export.has_files();
        let told = |kept: &Kept| kept.export.told.as_ref().map(|told| told.sequence);
        known.exports.values().filter(is_held).filter_map(told).min()
    }

    /// Somebody was erased: of what told of the time before, no file stays; what is being written begins anew, and
    /// nothing is told any more of a time before this place in the order of observation.
    ///
    /// # Errors
    /// When a file could not be removed.
    pub async fn erased(&self, sequence: Sequence) -> io::Result<()> {
        let is_older = |export: &Export| export.told.as_ref().is_none_or(|told| told.sequence < sequence);
        let at_work: Vec<Work> = {
            let mut known = self.known();
            known.erased = known.erased.max(sequence);
            let older = known.exports.values().filter(|kept| is_older(&kept.export));
            older.filter_map(|kept| kept.work.clone()).collect()
        };
        for work in &at_work {
            work.stop.cancel();
        }
        for work in at_work {
            work.done.cancelled().await;
        }
        // What was at work may have ended whole before it was told to stop.
        let is_told = |kept: &&Kept| kept.export.has_files() && is_older(&kept.export);
        let finished: Vec<Arc<str>> =
            self.known().exports.values().filter(is_told).map(|kept| kept.export.id.clone()).collect();
        for id in finished {
            self.expire(&id, Some(Trouble::Erased)).await?;
        }
        Ok(())
    }

    /// Works on what waits and clears away what has had its time, until told to stop; what is then at work waits for
    /// the next start.
    pub async fn run(self, stop: CancellationToken) {
        let mut at_work = JoinSet::new();
        loop {
            if let Err(error) = self.sweep().await {
                tracing::error!("exports could not be cleared away: {error}");
            }
            while at_work.len() < self.0.limits.at_once
                && let Some((export, work)) = self.next()
            {
                at_work.spawn(self.clone().work(export, work));
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.0.news.notified() => {}
                Some(_) = at_work.join_next() => {}
                () = tokio::time::sleep(SWEEP_EVERY) => {}
            }
        }
        for kept in self.known().exports.values() {
            if let Some(work) = &kept.work {
                work.stop.cancel();
            }
        }
        while at_work.join_next().await.is_some() {}
        self.0.folder.release();
    }

    /// What is to be worked on next: of those who have the fewest at work, what was asked for first.
    fn next(&self) -> Option<(Export, Work)> {
        let mut known = self.known();
        let mut busy: BTreeMap<(Option<Arc<str>>, Arc<str>), usize> = BTreeMap::new();
        let whose = |export: &Export| {
            let claims = &export.owner.claims;
            (claims.tenant.clone(), claims.subject.clone())
        };
        for kept in known.exports.values().filter(|kept| kept.work.is_some()) {
            *busy.entry(whose(&kept.export)).or_default() += 1;
        }
        let waits = |kept: &&mut Kept| kept.export.status == Status::Queued && kept.work.is_none();
        let turn =
            |kept: &&mut Kept| (busy.get(&whose(&kept.export)).copied().unwrap_or(0), kept.export.created_at);
        let kept = known.exports.values_mut().filter(waits).min_by_key(turn)?;
        let work = Work { stop: CancellationToken::new(), done: CancellationToken::new() };
        kept.work = Some(work.clone());
        kept.export.status = Status::Running;
        Some((kept.export.clone(), work))
    }

    async fn work(self, export: Export, work: Work) {
        let id = export.id.clone();
        // A process that ends meanwhile finds on the disk that it had begun.
        let _begun = self.change(&id, |_| {}).await;
        let started = Instant::now();
        let folder = self.0.folder.of(&id);
        let running = run::run(&self, &self.0.exports, folder, &export, &work.stop);
        let end = AssertUnwindSafe(running).catch_unwind().await;
        // The panic's own words went to the log from its hook.
        let end = end.unwrap_or_else(|_panic| End::Broken(Trouble::Internal, Vec::new()));
        self.end(&id, end, started.elapsed()).await;
        if let Some(kept) = self.known().exports.get_mut(&id) {
            kept.work = None;
        }
        work.done.cancel();
        self.0.news.notify_one();
    }

    /// Takes note of how work on an export ended.
    async fn end(&self, id: &str, end: End, took: Duration) {
        let expires_at = self.0.clock.now() + self.0.limits.keep_for;
        let erased = self.known().erased;
        let ended = self.change_with_files(id, |export| {
            if export.status != Status::Running {
                // It was cancelled meanwhile.
                return;
            }
            let is_old = export.told.as_ref().is_some_and(|told| told.sequence < erased);
            match end {
                End::Stopped => return export.wait(),
                _ if is_old => return export.wait(),
                End::Whole(parts) => export.complete(parts),
                End::Broken(trouble, parts) => export.fail(trouble, parts),
            }
            export.expires_at = Some(expires_at);
        });
        if let Some(export) = ended.await {
            note(&export, took);
        }
    }

    /// Clears away what has had its time: first its files, after as long again all that is known of it.
    async fn sweep(&self) -> io::Result<()> {
        let now = self.0.clock.now();
        let (mut old, mut older) = (Vec::new(), Vec::new());
        for kept in self.known().exports.values() {
            let Some(end) = kept.export.expires_at.filter(|end| *end <= now && kept.work.is_none()) else {
                continue;
            };
            let is_older = end + self.0.limits.keep_for <= now;
            let due = if is_older { &mut older } else { &mut old };
            if is_older || kept.export.status != Status::Expired {
                due.push(kept.export.id.clone());
            }
        }
        for id in old {
            self.expire(&id, None).await?;
        }
        for id in older {
            let gone = id.clone();
            self.on_disk(move |folder| folder.remove(&gone)).await?;
            self.known().exports.remove(&id);
        }
        Ok(())
    }

    async fn expire(&self, id: &str, why: Option<Trouble>) -> io::Result<()> {
        let Some(expired) = self.change(id, |export| export.expire(why)).await else { return Ok(()) };
        self.on_disk(move |folder| folder.clear(&expired)).await
    }

    /// Changes what is known of an export and writes it down. What cannot be written down is true all the same: after a
    /// start the export is what it was before, and begins anew or is found without its files.
    async fn change(&self, id: &str, make: impl FnOnce(&mut Export)) -> Option<Export> {
        let _one = self.0.saving.lock().await;
        let export = self.changed(id, make)?;
        let saved = export.clone();
        if let Err(error) = self.on_disk(move |folder| folder.save(&saved)).await {
            tracing::error!("what became of an export could not be written down: {error}");
        }
        Some(export)
    }

    /// The same, where files came or went with it: it is known once they are there. Files that cannot be made sure of are
    /// none.
    async fn change_with_files(&self, id: &str, make: impl FnOnce(&mut Export)) -> Option<Export> {
        let _one = self.0.saving.lock().await;
        let mut export = self.known().exports.get(id)?.export.clone();
        make(&mut export);
        let saved = export.clone();
        let written = self.on_disk(move |folder| {
            folder.clear(&saved)?;
            if saved.has_files() {
                folder.write_manifest(&saved)?;
            }
            folder.save(&saved)
        });
        if let Err(error) = written.await {
            tracing::error!("what became of an export could not be written down: {error}");
            if export.has_files() {
                export.fail(run::trouble(&error), Vec::new());
                let failed = export.clone();
                let cleared = self.on_disk(move |folder| folder.clear(&failed).and(folder.save(&failed)));
                if let Err(error) = cleared.await {
                    tracing::error!("an export that failed could not be cleared away: {error}");
                }
            }
        }
        self.changed(id, |known| *known = export)
    }

    fn changed(&self, id: &str, make: impl FnOnce(&mut Export)) -> Option<Export> {
        let mut known = self.known();
        let kept = known.exports.get_mut(id)?;
        make(&mut kept.export);
        Some(kept.export.clone())
    }

    /// Works on the directory where it holds up nobody.
    async fn on_disk<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Folder) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let inner = self.0.clone();
        let acting = tokio::task::spawn_blocking(move || act(&inner.folder));
        acting.await.expect("working on files does not panic")
    }

    /// The files take as much as they may.
    fn is_full(&self) -> bool {
        let known = self.known();
        let held = known.exports.values().filter(|kept| kept.work.is_some() || kept.export.has_files());
        held.map(|kept| kept.export.bytes).sum::<u64>() >= self.0.limits.bytes
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Foreman for Jobs {
    fn view(&self, export: &Export) -> Option<View> {
        let view = (self.0.again)(export.owner.claims.clone());
        view.filter(|view| *view.fingerprint() == export.owner.fingerprint)
    }

    fn begins(&self, id: &str, told: Told) -> bool {
        let mut known = self.known();
        if told.sequence < known.erased {
            return false;
        }
        if let Some(kept) = known.exports.get_mut(id) {
            kept.export.told = Some(told);
        }
        true
    }

    fn tells(&self, id: &str, rows: u64, bytes: u64) -> bool {
        if let Some(kept) = self.known().exports.get_mut(id) {
            (kept.export.rows, kept.export.bytes) = (rows, bytes);
        }
        !self.is_full()
    }

    fn erased(&self) -> Sequence {
        self.known().erased
    }
}

/// A line of the audit log: who had how much written, and what became of it.
fn note(export: &Export, took: Duration) {
    let outcome = match export.status {
        Status::Completed => "exported",
        Status::Failed => "failed",
        Status::Canceled => "canceled",
        Status::Queued | Status::Running | Status::Expired => "put off",
    };
    let (dataset, format) = (export.wish.dataset.name(), export.wish.format.ending());
    tracing::info!(
        target: "audit",
        {
            who = export.owner.claims.noted(),
            view = &*export.owner.view,
            operation = format!("export {dataset}.{format} into files"),
            outcome,
            rows = export.rows,
            codes = export.trouble.map(Trouble::code),
            duration_ms = took.as_secs_f64() * 1000.0,
        },
        "export {dataset}.{format} into files {outcome}"
    );
}
