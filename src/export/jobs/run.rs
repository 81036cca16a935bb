//! One export at work: the rows of one snapshot, a batch at a time, into parts.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::domain::view::View;
use crate::export::Opened;
use crate::export::refusal::Refusal;

use super::Jobs;
use super::parts::{Bounds, Parts};
use super::record::{Export, Part, Told, Trouble};

/// How often it is looked whether the facts can be read.
const SOON: Duration = Duration::from_millis(200);
/// The longest rest between two batches.
const LONGEST_REST: Duration = Duration::from_millis(500);

/// How work on an export ended.
pub(super) enum End {
    /// Every row is written.
    Whole(Vec<Part>),
    /// It broke off; these parts are whole.
    Broken(Trouble, Vec<Part>),
    /// It was told to stop.
    Stopped,
}

/// Writes the parts of an export into its folder, at half speed at most: it rests as long as it works.
pub(super) async fn run(
    jobs: &Jobs,
    folder: std::path::PathBuf,
    export: &Export,
    stop: &CancellationToken,
) -> End {
    let Some(view) = jobs.view_again(export) else { return End::Broken(Trouble::ViewChanged, Vec::new()) };
    let opening = open(jobs, &view, export);
    let opened = tokio::select! {
        () = stop.cancelled() => return End::Stopped,
        opened = opening => opened,
    };
    let mut reader = match opened {
        Ok(opened) => opened.reader,
        Err(trouble) => return End::Broken(trouble, Vec::new()),
    };
    let wish = &export.wish;
    let bounds = Bounds::default();
    let mut parts = Parts::new(folder, wish.dataset, wish.format, reader.columns(), wish.zone, bounds);
    let mut rows = 0;
    loop {
        let begun = Instant::now();
        let read = tokio::select! {
            () = stop.cancelled() => return End::Stopped,
            read = reader.next() => read,
        };
        let batch = match read {
            Ok(Some(batch)) => batch,
            Ok(None) => break,
            Err(error) => {
                tracing::error!(cause = ?std::error::Error::source(&error), "an export broke off: {error}");
                return End::Broken(Trouble::NotRead, salvaged(parts).await);
            }
        };
        rows += batch.rows.len() as u64;
        let written;
        (parts, written) = on_the_side(parts, |parts| parts.write(batch)).await;
        if let Err(error) = written {
            return End::Broken(trouble(&error), salvaged(parts).await);
        }
        if !jobs.tells(&export.id, rows, parts.bytes()) {
            return End::Broken(Trouble::NoRoom, salvaged(parts).await);
        }
        tokio::select! {
            () = stop.cancelled() => return End::Stopped,
            () = sleep(begun.elapsed().min(LONGEST_REST)) => {}
        }
    }
    let (parts, finished) = on_the_side(parts, Parts::finish).await;
    match finished {
        Ok(()) => End::Whole(parts.whole()),
        Err(error) => End::Broken(trouble(&error), salvaged(parts).await),
    }
}

/// Opens the rows once the facts are there and tell of nobody who was erased.
async fn open(jobs: &Jobs, view: &View, export: &Export) -> Result<Opened, Trouble> {
    loop {
        // Choosing rows takes a while, so it is not done in vain.
        let is_late_enough = jobs.0.exports.snapshot().map(|(_, it)| it.sequence() >= jobs.erased_up_to());
        let opened = match is_late_enough {
            Ok(true) => jobs.0.exports.open(view, export.wish.ask()).await.map(Some),
            Ok(false) => Ok(None),
            Err(refusal) => Err(refusal),
        };
        match opened {
            Ok(Some(opened)) => {
                let (as_of, sequence) = (opened.as_of, opened.sequence);
                let told = Told { as_of, sequence, next_cursor: opened.reader.mark() };
                if jobs.begins(&export.id, told) {
                    return Ok(opened);
                }
            }
            Ok(None) | Err(Refusal::NotYet(_)) => {}
            Err(Refusal::Unreadable(error)) => {
                tracing::error!(cause = ?std::error::Error::source(&error), "an export was not begun: {error}");
                return Err(Trouble::NotRead);
            }
            Err(refusal) => {
                tracing::info!("an export that was asked for cannot be made any more: {refusal}");
                return Err(Trouble::Refused);
            }
        }
        sleep(SOON).await;
    }
}

/// Does what blocks where it holds up nobody.
async fn on_the_side<T: Send + 'static>(
    mut parts: Parts,
    act: impl FnOnce(&mut Parts) -> T + Send + 'static,
) -> (Parts, T) {
    let acting = tokio::task::spawn_blocking(move || {
        let done = act(&mut parts);
        (parts, done)
    });
    acting.await.expect("writing rows does not panic")
}

async fn salvaged(parts: Parts) -> Vec<Part> {
    on_the_side(parts, Parts::salvage).await.0.whole()
}

/// What an error of the disk is to whoever made the export.
pub(super) fn trouble(error: &std::io::Error) -> Trouble {
    use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    tracing::error!("an export could not be written: {error}");
    match error.kind() {
        StorageFull | QuotaExceeded | FileTooLarge => Trouble::DiskFull,
        _ => Trouble::NotWritten,
    }
}

/// Grants the view that claims of before are given now.
pub type Again = Arc<dyn Fn(crate::domain::view::Claims) -> Option<View> + Send + Sync>;
