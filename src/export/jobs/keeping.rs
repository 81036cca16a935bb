//! What is known of exports and lies on the disk stays one: every change is written down, and what has had its time, or
//! tells of somebody who was erased, goes.

use std::io;
use std::sync::Arc;

use crate::ledger::entry::Sequence;

use super::folder::Folder;
use super::record::{Export, Status, Trouble};
use super::{Jobs, Kept, Work, run};

impl Jobs {
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

    /// Clears away what has had its time: first its files, after as long again all that is known of it.
    pub(super) async fn sweep(&self) -> io::Result<()> {
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
    pub(super) async fn change(&self, id: &str, make: impl FnOnce(&mut Export)) -> Option<Export> {
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
    pub(super) async fn change_with_files(&self, id: &str, make: impl FnOnce(&mut Export)) -> Option<Export> {
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
    pub(super) async fn on_disk<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Folder) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let inner = self.0.clone();
        let acting = tokio::task::spawn_blocking(move || act(&inner.folder));
        acting.await.expect("working on files does not panic")
    }
}
