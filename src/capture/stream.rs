//! One stream under way: where it is, when it is due, how fast it goes.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use crate::ledger::state::Position;
use crate::source::changes::{Pace, Stream};

use super::Plan;

/// The first wait after an error; it doubles with every further one.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// No wait after an error is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// How far a batch brought a stream.
pub(super) struct Read {
    pub(super) position: Arc<str>,
    pub(super) rows: u64,
    pub(super) caught_up: bool,
}

/// One stream under way.
pub(super) struct Running {
    pub(super) stream: Stream,
    /// Where the next batch begins.
    pub(super) position: Option<Arc<str>>,
    /// It has been read through once.
    pub(super) is_known: bool,
    /// When it is to be read next.
    pub(super) due: Instant,
    /// Rows read in the pass that is under way.
    pub(super) rows: u64,
    /// When this process began the pass, and how many rows it had then; none between two passes.
    pass: Option<(Instant, u64)>,
    failures: u32,
}

impl Running {
    /// A stream where the ledger left it, to be read at that time.
    pub(super) fn resume(stream: Stream, kept: Option<&Position>, due: Instant) -> Self {
        let under_way = kept.filter(|kept| !kept.caught_up);
        Self {
            stream,
            position: kept.map(|kept| kept.position.clone()),
            is_known: kept.is_some_and(|kept| kept.caught_up_at.is_some()),
            due,
            rows: under_way.map_or(0, |kept| kept.rows),
            pass: None,
            failures: 0,
        }
    }

    /// A batch is about to be read.
    pub(super) fn begin(&mut self, now: Instant) {
        self.pass.get_or_insert((now, self.rows));
    }

    /// A batch was written.
    pub(super) fn take(&mut self, batch: &Read, plan: &Plan, now: Instant) {
        self.rows += batch.rows;
        self.position = Some(batch.position.clone());
        self.failures = 0;
        if batch.caught_up {
            let every = plan.every(self.stream.pace);
            let began = self.pass.take().map_or(now, |(began, _)| began);
            self.due = (began + every).max(now);
            self.is_known = true;
            self.rows = 0;
        }
    }

    /// Rows of the whole pass, when the vendor said how many were ahead of this batch.
    pub(super) fn total(&self, ahead: Option<u64>, rows: u64) -> Option<u64> {
        ahead.map(|ahead| self.rows + ahead.max(rows))
    }

    /// Rows a second since this process began the pass.
    pub(super) fn pace(&self, now: Instant) -> Option<f64> {
        let (began, rows) = self.pass?;
        let seconds = (now - began).as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a pace for people to read")]
        (seconds > 0.5).then(|| (self.rows - rows) as f64 / seconds)
    }

    /// How long to wait after yet another error, with what the vendor asks for.
    pub(super) fn pause(&mut self, asked: Option<Duration>) -> Duration {
        let doubled = FIRST_PAUSE.saturating_mul(1 << self.failures.min(16));
        self.failures += 1;
        doubled.min(LONGEST_PAUSE).max(asked.unwrap_or_default())
    }

    /// Where it stood means nothing any more: it is read from its beginning.
    pub(super) fn start_over(&mut self) {
        (self.position, self.pass, self.rows) = (None, None, 0);
    }
}

/// How long a stream may rest still after a start. What tells changes and listings is looked at after every start; what
/// takes a pass over everything keeps its pace.
pub(super) fn left_of(pace: Pace, kept: Option<&Position>, plan: &Plan, now: DateTime<Utc>) -> Duration {
    let through = kept.filter(|kept| kept.caught_up && pace == Pace::Computed);
    let rested = through.and_then(|kept| (now - kept.began_at).to_std().ok());
    rested.map_or(Duration::ZERO, |rested| plan.every(pace).saturating_sub(rested))
}

/// Which stream is read next: one that is due, and of these one that only has to say what changed before one that is
/// read for the first time, each in the order of streams.
pub(super) fn next(streams: &[Running], now: Instant) -> Option<usize> {
    let due = || streams.iter().enumerate().filter(|(_, it)| it.due <= now);
    due().find(|(_, it)| it.is_known).or_else(|| due().next()).map(|(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::SourceName;

    const PLAN: Plan = Plan {
        every: Duration::from_secs(300),
        listings_every: Duration::from_secs(3_600),
        computed_every: Duration::from_secs(86_400),
        keep_events_for: None,
    };

    fn stream(name: &'static str, pace: Pace) -> Running {
        Running::resume(Stream { name, what: name, pace }, None, Instant::now())
    }

    fn batch(rows: u64, caught_up: bool) -> Read {
        Read { position: "p".into(), rows, caught_up }
    }

    #[test]
    fn what_only_has_to_say_what_changed_is_read_before_what_is_read_for_the_first_time() {
        let mut streams = vec![
            stream("users", Pace::Listing),
            stream("leads", Pace::Changes),
            stream("tasks", Pace::Changes),
        ];
        let now = Instant::now();
        assert_eq!(next(&streams, now), Some(0), "the first pass follows the order of streams");
        streams[0].begin(now);
        streams[0].take(&batch(3, true), &PLAN, now);
        assert_eq!(next(&streams, now), Some(1), "users are not due again");
        streams[2].is_known = true;
        assert_eq!(next(&streams, now), Some(2));
        let later = now + PLAN.listings_every;
        assert_eq!(next(&streams, later), Some(0));
    }

    #[test]
    fn after_a_start_only_what_reads_everything_keeps_its_pace() {
        let began_at = "2025-04-01T00:00:00Z".parse().expect("an instant");
        let kept = Position {
            source: SourceName::new("sales"),
            stream: "leads".into(),
            position: "p".into(),
            rows: 0,
            total: None,
            caught_up: true,
            caught_up_at: Some(began_at),
            began_at,
            moved_at: began_at,
        };
        let left = |pace, kept: Option<&Position>, hours: i64| {
            left_of(pace, kept, &PLAN, began_at + chrono::TimeDelta::hours(hours)).as_secs() / 3_600
        };
        assert_eq!(left(Pace::Computed, Some(&kept), 10), 14);
        assert_eq!(left(Pace::Computed, Some(&kept), 30), 0);
        assert_eq!(left(Pace::Computed, None, 10), 0);
        assert_eq!(left(Pace::Listing, Some(&kept), 0), 0);
        let under_way = Position { caught_up: false, ..kept };
        assert_eq!(left(Pace::Computed, Some(&under_way), 10), 0, "it goes on");
    }

    #[test]
    fn the_total_of_a_pass_is_what_was_read_and_what_lies_ahead() {
        let now = Instant::now();
        let mut leads = stream("leads", Pace::Changes);
        assert_eq!(leads.total(Some(5_000), 2_000), Some(5_000));
        leads.begin(now);
        leads.take(&batch(2_000, false), &PLAN, now);
        assert_eq!(leads.total(Some(3_000), 2_000), Some(5_000));
        assert_eq!(leads.total(None, 2_000), None);
        assert_eq!(leads.pace(now + Duration::from_secs(4)), Some(500.0));
    }

    #[test]
    fn waits_double_up_to_a_limit_and_never_undercut_the_vendor() {
        let mut leads = stream("leads", Pace::Changes);
        let waits: Vec<u64> = (0..10).map(|_| leads.pause(None).as_secs()).collect();
        assert_eq!(waits, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(leads.pause(Some(Duration::from_secs(900))).as_secs(), 900);
        leads.take(&batch(1, false), &PLAN, Instant::now());
        assert_eq!(leads.pause(None).as_secs(), 2, "a batch that was read ends the row of errors");
    }
}
