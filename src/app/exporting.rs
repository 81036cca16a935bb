//! Datasets over the read model: for whoever waits, and into files.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;

use crate::auth::Authority;
use crate::capture::Capture;
use crate::config::Settings;
use crate::domain::clock::Clock;
use crate::export::jobs::{Jobs, Limits, OpenError};
use crate::export::{Exports, Outlook};
use crate::facts::Facts;
use crate::ledger::entry::{Entry, Sequence};
use crate::ledger::error::LedgerError;
use crate::unify::live::Live;

/// Entries of the ledger read at once.
const PAGE: u32 = 1_000;
/// The ledger is looked at so often although this process wrote nothing: another one may have.
const AT_LEAST_EVERY: Duration = Duration::from_secs(60);

/// What opens datasets for callers.
pub(super) fn exports(settings: &Settings, live: &Arc<Live>, facts: Option<Arc<Facts>>) -> Exports {
    let live = live.clone();
    let outlook: Outlook = Arc::new(move || {
        let unsaid = || "Not every source has been captured yet.".to_owned();
        (!live.is_captured()).then(|| live.outlook().unwrap_or_else(unsaid))
    });
    Exports::new(facts, settings.books.agreements.clone().into(), settings.calendar.zone, outlook)
}

/// What the settings say of exports into files.
pub(super) struct Plan {
    settings: Option<crate::config::Exports>,
    address: String,
}

impl Plan {
    pub(super) fn of(settings: &Settings) -> Self {
        let public = settings.server.public_url.as_ref().map(ToString::to_string).unwrap_or_default();
        Self { settings: settings.exports.clone(), address: public.trim_end_matches('/').to_owned() }
    }

    /// Takes over the directory of exports; none where the settings have none.
    pub(super) fn open(
        &self,
        exports: &Exports,
        clock: Clock,
        authority: &Authority,
    ) -> Result<Option<Jobs>, OpenError> {
        let Some(settings) = &self.settings else { return Ok(None) };
        let authority = authority.clone();
        let again = Arc::new(move |claims| authority.again(claims));
        let limits = Limits {
            at_once: settings.at_once,
            per_subject: settings.per_subject,
            bytes: settings.size,
            keep_for: TimeDelta::from_std(settings.keep_for).unwrap_or(TimeDelta::MAX),
        };
        let directory = &settings.directory;
        Jobs::open(exports.clone(), clock, again, directory, limits, self.address.clone()).map(Some)
    }
}

/// Takes from the files whoever was erased, however they were: by a vendor's privacy delete, or through another process
/// over the same ledger, also while this one did not run. Ends with whoever polls it.
pub(super) async fn keep_erased(jobs: Jobs, capture: Capture) {
    let mut latest = capture.latest();
    let mut read = 0;
    loop {
        latest.mark_unchanged();
        if let Some(oldest) = jobs.oldest() {
            match erased_after(&capture, oldest.max(read)).await {
                Ok((last, erased)) => {
                    let gone = match erased {
                        Some(erased) => jobs.erased(erased).await,
                        None => Ok(()),
                    };
                    match gone {
                        Ok(()) => read = last,
                        Err(error) => tracing::error!("who was erased is in an export still: {error}"),
                    }
                }
                Err(error) => tracing::warn!("the ledger could not be read for who was erased: {error}"),
            }
        }
        // The sender lives as long as capture does; without news there is the next look.
        let _news = tokio::time::timeout(AT_LEAST_EVERY, latest.changed()).await;
    }
}

/// Up to where the ledger was read, and where behind `after` somebody was erased last.
async fn erased_after(
    capture: &Capture,
    mut after: Sequence,
) -> Result<(Sequence, Option<Sequence>), LedgerError> {
    let mut erased = None;
    loop {
        let page = capture.ledger().changes(after, PAGE).await?;
        let Some(last) = page.last() else { return Ok((after, erased)) };
        after = last.sequence();
        let found = page.iter().rev().find(|entry| matches!(entry, Entry::Erased { .. }));
        erased = found.map(Entry::sequence).or(erased);
    }
}
