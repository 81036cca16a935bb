//! One request on its way: how long it may take, what it has cost, what was missing, how old its parts are.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::domain::clock::Clock;
use crate::domain::id::SourceName;
use crate::source::ask::Lookup;
use crate::source::cached::CachedAnswer;
use crate::source::error::{SourceError, SourceErrorKind};
use crate::source::reading::{Reading, Urgency};

use super::directory::Directory;

/// What is missing because a source is silent.
#[derive(Clone, Debug, PartialEq)]
pub struct Gap {
    /// The silent source.
    pub source: SourceName,
    /// Why it is silent.
    pub kind: SourceErrorKind,
    /// What an asker should know, in a sentence.
    pub message: String,
    /// Since when it has been silent, where known.
    pub since: Option<DateTime<Utc>>,
}

/// What one source did for a request.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceUse {
    /// The source.
    pub source: SourceName,
    /// Vendor calls made for this request; a batch shared by several requests is counted for one of them.
    pub calls: u32,
    /// The age of the oldest answer used; none when the source was not used.
    pub as_of: Option<DateTime<Utc>>,
    /// An answer past its lifetime was used because the source is silent.
    pub stale: bool,
}

/// One request on its way.
#[derive(Debug)]
pub struct Inquiry {
    clock: Clock,
    deadline: Instant,
    sources: BTreeMap<SourceName, SourceNotes>,
    histories: AtomicUsize,
    /// Everybody, as the sources tell and as was captured.
    pub(super) directories: [OnceCell<Arc<Directory>>; 2],
}

#[derive(Debug)]
struct SourceNotes {
    reading: Reading,
    state: Mutex<SourceState>,
}

#[derive(Debug, Default)]
struct SourceState {
    oldest: Option<Instant>,
    captured: Option<DateTime<Utc>>,
    stale: bool,
    gap: Option<Gap>,
}

impl Inquiry {
    /// A request that may ask these sources until `patience` is over.
    pub fn new<'a>(
        sources: impl IntoIterator<Item = &'a SourceName>,
        patience: Duration,
        clock: Clock,
    ) -> Self {
        let deadline = Instant::now() + patience;
        let notes = |name: &SourceName| {
            let reading = Reading::until(deadline, Urgency::Interactive);
            (name.clone(), SourceNotes { reading, state: Mutex::default() })
        };
        let sources = sources.into_iter().map(notes).collect();
        let directories = [const { OnceCell::const_new() }; 2];
        Self { clock, deadline, sources, histories: AtomicUsize::new(0), directories }
    }

    /// The present instant, by the gateway's clock.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The circumstances under which a source is read for this request.
    pub fn reading(&self, source: &SourceName) -> Reading {
        let own = self.sources.get(source).map(|notes| notes.reading.clone());
        own.unwrap_or_else(|| Reading::until(self.deadline, Urgency::Interactive))
    }

    /// Notes that an answer of this age was used.
    pub fn note_answer<L: Lookup>(&self, source: &SourceName, answer: &CachedAnswer<L>) {
        match answer.as_of {
            Some(as_of) => self.note_captured(source, as_of),
            None => self.note_age(source, answer.found.read_at, answer.stale.is_some()),
        }
    }

    /// Notes that something captured was used that was true at `as_of`.
    pub fn note_captured(&self, source: &SourceName, as_of: DateTime<Utc>) {
        if let Some(notes) = self.sources.get(source) {
            let mut state = notes.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.captured = Some(state.captured.map_or(as_of, |oldest| oldest.min(as_of)));
        }
    }

    /// Notes that something read at `read_at` was used.
    pub fn note_age(&self, source: &SourceName, read_at: Instant, stale: bool) {
        if let Some(notes) = self.sources.get(source) {
            let mut state = notes.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.oldest = Some(state.oldest.map_or(read_at, |oldest| oldest.min(read_at)));
            state.stale |= stale;
        }
    }

    /// Notes that a source did not answer, and gives the gap to show beside what is missing.
    pub fn note_gap(&self, error: &SourceError) -> Gap {
        let gap = Gap {
            source: error.source_name.clone(),
            kind: error.kind.clone(),
            message: gap_sentence(error),
            since: None,
        };
        tracing::warn!(
            source.name = %error.source_name,
            operation = error.operation,
            cause = error.cause.as_ref().map(tracing::field::display),
            "{error}"
        );
        if let Some(notes) = self.sources.get(&error.source_name) {
            notes.state.lock().unwrap_or_else(PoisonError::into_inner).gap.get_or_insert_with(|| gap.clone());
        }
        gap
    }

    /// Every gap of this request, one a source.
    pub fn gaps(&self) -> Vec<Gap> {
        let gap =
            |notes: &SourceNotes| notes.state.lock().unwrap_or_else(PoisonError::into_inner).gap.clone();
        self.sources.values().filter_map(gap).collect()
    }

    /// What every source did for this request.
    pub fn uses(&self) -> Vec<SourceUse> {
        let now = Instant::now();
        let one = |(source, notes): (&SourceName, &SourceNotes)| {
            let state = notes.state.lock().unwrap_or_else(PoisonError::into_inner);
            let age = |read_at: Instant| TimeDelta::from_std(now - read_at).unwrap_or_default();
            let read = state.oldest.map(|oldest| self.clock.now() - age(oldest));
            SourceUse {
                source: source.clone(),
                calls: notes.reading.calls(),
                as_of: read.into_iter().chain(state.captured).min(),
                stale: state.stale,
            }
        };
        self.sources.iter().map(one).collect()
    }

    /// Takes one of the few places for live history; false when this request has used them all.
    pub fn may_read_history(&self, most: usize) -> bool {
        self.histories.fetch_add(1, Ordering::Relaxed) < most
    }
}

fn gap_sentence(error: &SourceError) -> String {
    let source = &error.source_name;
    match &error.kind {
        SourceErrorKind::Unavailable => format!("{source} is not reachable; what only it knows is missing."),
        SourceErrorKind::Limited { retry_after: Some(wait) } => {
            format!("{source} has reached its limit; ask again in {} seconds.", wait.as_secs().max(1))
        }
        SourceErrorKind::Limited { retry_after: None } => {
            format!("{source} has reached its limit; ask again later.")
        }
        SourceErrorKind::DeadlineExceeded => format!("{source} did not answer in time."),
        SourceErrorKind::Unauthorized => {
            format!("{source} refused the gateway's credentials; its operator must renew them.")
        }
        SourceErrorKind::Rejected { code } => format!("{source} refused the question ({code})."),
        SourceErrorKind::BadAnswer => format!("{source} answered something that could not be understood."),
    }
}
