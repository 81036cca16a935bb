//! A few exports at a time are worked on, in turn for everybody, and what became of each is noted.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::domain::view::View;
use crate::ledger::entry::Sequence;

use super::record::{Export, Status, Told, Trouble};
use super::run::{self, End};
use super::{Jobs, Kept, Work};

/// How often what has had its time is cleared away.
const SWEEP_EVERY: Duration = Duration::from_secs(30);

impl Jobs {
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
        let running = run::run(&self, folder, &export, &work.stop);
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

    /// The view of whoever made the export; none where they have another now, or none.
    pub(super) fn view_again(&self, export: &Export) -> Option<View> {
        let view = (self.0.again)(export.owner.claims.clone());
        view.filter(|view| *view.fingerprint() == export.owner.fingerprint)
    }

    /// The export tells what the facts told then. False where somebody was erased since: it must be read anew.
    pub(super) fn begins(&self, id: &str, told: Told) -> bool {
        let mut known = self.known();
        if told.sequence < known.erased {
            return false;
        }
        if let Some(kept) = known.exports.get_mut(id) {
            kept.export.told = Some(told);
        }
        true
    }

    /// So many rows are written, and so many bytes. False where no more may be.
    pub(super) fn tells(&self, id: &str, rows: u64, bytes: u64) -> bool {
        if let Some(kept) = self.known().exports.get_mut(id) {
            (kept.export.rows, kept.export.bytes) = (rows, bytes);
        }
        !self.is_full()
    }

    /// What is told must not be older than this.
    pub(super) fn erased_up_to(&self) -> Sequence {
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
