//! How far capture is, for operators, for the page of sources, and for whoever must know whether all is there.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::domain::id::SourceName;
use crate::ledger::state::Position;
use crate::source::changes::{Pace, Stream};

use super::Captured;

/// How far capture is.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// What this process does.
    pub role: Role,
    /// What keeps the ledger from being written, in a sentence.
    pub hindrance: Option<Arc<str>>,
    /// Every captured source, in the order of the settings.
    pub sources: Vec<SourceProgress>,
}

/// What a process does about capture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// It has not found out yet.
    #[default]
    Waiting,
    /// It captures.
    Capturing,
    /// Another one captures; it reads what that one writes.
    Following,
}

/// How far one source is.
#[derive(Clone, Debug)]
pub struct SourceProgress {
    /// The source.
    pub source: SourceName,
    /// Its streams, in the order they are first read.
    pub streams: Vec<StreamProgress>,
    /// Why it is not read at present, in a sentence.
    pub message: Option<Arc<str>>,
    /// The last round asked for that is through.
    pub(super) round: u64,
}

/// How far one stream is.
#[derive(Clone, Debug)]
pub struct StreamProgress {
    /// The stream.
    pub stream: Stream,
    /// Vendor rows read in the pass that is under way, or in the last one.
    pub rows: u64,
    /// Rows of that pass, where the vendor says.
    pub total: Option<u64>,
    /// Vendor calls that this process made for it.
    pub calls: u64,
    /// Rows a second in the pass that is under way.
    pub rows_per_second: Option<f64>,
    /// When a pass was last through; none while the first one is under way.
    pub caught_up_at: Option<DateTime<Utc>>,
    /// Why it is not read at present, in a sentence.
    pub message: Option<Arc<str>>,
}

impl Status {
    /// Every source has been read through once, so that the ledger holds all there is.
    pub fn is_whole(&self) -> bool {
        self.sources.iter().all(SourceProgress::is_whole)
    }

    /// How far one source is.
    pub fn of(&self, source: &SourceName) -> Option<&SourceProgress> {
        self.sources.iter().find(|it| it.source == *source)
    }

    /// As of when all that is captured is true; none before it is whole.
    pub fn as_of(&self) -> Option<DateTime<Utc>> {
        let all: Option<Vec<DateTime<Utc>>> = self.sources.iter().map(SourceProgress::as_of).collect();
        all?.into_iter().min()
    }

    /// How far it is until all is there, in a sentence; none when it is.
    pub fn outlook(&self) -> Option<String> {
        let behind: Vec<String> = self.sources.iter().filter_map(SourceProgress::outlook).collect();
        (!behind.is_empty()).then(|| format!("The ledger is being filled: {}.", behind.join("; ")))
    }

    /// Takes over what the ledger says of every stream.
    pub(super) fn take_over(&mut self, positions: &[Position]) {
        for source in &mut self.sources {
            for stream in &mut source.streams {
                let own = positions
                    .iter()
                    .find(|it| it.source == source.source && &*it.stream == stream.stream.name);
                if let Some(own) = own {
                    (stream.rows, stream.total) = (own.rows, own.total);
                    stream.caught_up_at = own.caught_up_at;
                }
            }
        }
    }
}

impl SourceProgress {
    pub(super) fn of(captured: &Captured) -> Self {
        let streams = captured.changes.streams().into_iter().map(StreamProgress::of).collect();
        Self { source: captured.name.clone(), streams, message: None, round: 0 }
    }

    /// Every stream has been read through once.
    pub fn is_whole(&self) -> bool {
        self.streams.iter().all(|stream| stream.caught_up_at.is_some())
    }

    /// When it was last caught up with; none before it was once. Listings that are read rarely do not count.
    pub fn as_of(&self) -> Option<DateTime<Utc>> {
        let told = |it: &&StreamProgress| it.stream.pace == Pace::Changes;
        let all: Option<Vec<DateTime<Utc>>> = self.streams.iter().map(|it| it.caught_up_at).collect();
        let changing = self.streams.iter().filter(told).filter_map(|it| it.caught_up_at).min();
        all.and_then(|all| changing.or_else(|| all.into_iter().min()))
    }

    /// What is still to be read of it, in words; none when nothing is.
    fn outlook(&self) -> Option<String> {
        let left: Vec<&StreamProgress> = self.streams.iter().filter(|it| it.caught_up_at.is_none()).collect();
        let first = left.first()?;
        let through = self.streams.len() - left.len();
        Some(format!("{} has {through} of {} parts, now {first}", self.source, self.streams.len()))
    }
}

impl StreamProgress {
    fn of(stream: Stream) -> Self {
        let (rows, calls) = (0, 0);
        let (total, rows_per_second, caught_up_at, message) = (None, None, None, None);
        Self { stream, rows, total, calls, rows_per_second, caught_up_at, message }
    }

    /// How long the pass will still take at its present pace, where that can be told.
    pub fn remaining(&self) -> Option<Duration> {
        let left = self.total?.saturating_sub(self.rows);
        let pace = self.rows_per_second.filter(|pace| *pace > 0.0)?;
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        Duration::try_from_secs_f64(left as f64 / pace).ok()
    }
}

impl fmt::Display for StreamProgress {
    /// `12000 of 30000 leads, 1200 a second, about 15 s left`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.rows)?;
        if let Some(total) = self.total.filter(|total| *total >= self.rows) {
            write!(f, " of {total}")?;
        }
        write!(f, " rows of {}", self.stream.what)?;
        if let Some(pace) = self.rows_per_second {
            write!(f, ", {pace:.0} a second")?;
        }
        match self.remaining() {
            Some(left) => write!(f, ", about {} s left", left.as_secs().max(1)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(name: &'static str, is_whole: bool, caught_up_at: Option<&str>) -> StreamProgress {
        let pace = if is_whole { Pace::Listing } else { Pace::Changes };
        let stream = StreamProgress::of(Stream { name, what: name, pace });
        StreamProgress { caught_up_at: caught_up_at.map(|at| at.parse().expect("an instant")), ..stream }
    }

    fn source(streams: Vec<StreamProgress>) -> SourceProgress {
        SourceProgress { source: SourceName::new("sales"), streams, message: None, round: 0 }
    }

    #[test]
    fn a_source_is_as_old_as_the_stream_caught_up_with_the_longest_ago_listings_aside() {
        let (early, late, rarely) = ("2025-01-01T10:00:00Z", "2025-01-01T10:05:00Z", "2025-01-01T09:00:00Z");
        let whole = source(vec![
            stream("leads", false, Some(late)),
            stream("contacts", false, Some(early)),
            stream("users", true, Some(rarely)),
        ]);
        assert!(whole.is_whole());
        assert_eq!(whole.as_of(), early.parse().ok());
        let listings = source(vec![stream("users", true, Some(rarely))]);
        assert_eq!(listings.as_of(), rarely.parse().ok());
    }

    #[test]
    fn nothing_is_as_of_any_instant_before_all_of_it_was_read() {
        let behind =
            source(vec![stream("leads", false, Some("2025-01-01T10:00:00Z")), stream("users", true, None)]);
        assert!(!behind.is_whole());
        assert_eq!(behind.as_of(), None);
        let status = Status { sources: vec![behind], ..Status::default() };
        assert_eq!(status.as_of(), None);
        let outlook = status.outlook().expect("a sentence");
        assert_eq!(outlook, "The ledger is being filled: sales has 1 of 2 parts, now 0 rows of users.");
    }

    #[test]
    fn an_estimate_needs_a_total_and_a_pace() {
        let mut leads = stream("leads", false, None);
        leads.rows = 12_000;
        assert_eq!((leads.remaining(), leads.to_string().as_str()), (None, "12000 rows of leads"));
        (leads.total, leads.rows_per_second) = (Some(30_000), Some(1_200.0));
        assert_eq!(leads.remaining(), Some(Duration::from_secs(15)));
        assert_eq!(leads.to_string(), "12000 of 30000 rows of leads, 1200 a second, about 15 s left");
    }
}
