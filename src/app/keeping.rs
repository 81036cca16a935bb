//! The ledger, and capture into it.

use std::sync::Arc;

use secrecy::ExposeSecret;

use crate::capture::engine::Engine;
use crate::capture::shelf::shelf_of;
use crate::capture::status::Role;
use crate::capture::{Capture, Captured, Plan};
use crate::config::{self, Settings};
use crate::domain::clock::Clock;
use crate::ledger::{self, Ledger};
use crate::unify::live::Live;

use super::{StartError, reporting};

/// The ledger the settings name, or the one that is given; none where there is neither.
pub(super) async fn open(
    settings: &Settings,
    given: Option<Arc<dyn Ledger>>,
) -> Result<Option<Arc<dyn Ledger>>, StartError> {
    match (given, &settings.ledger) {
        (Some(given), _) => Ok(Some(given)),
        (None, Some(settings)) => Ok(Some(ledger::open(settings.url.expose_secret()).await?)),
        (None, None) => Ok(None),
    }
}

/// Puts a shelf beside every source that tells what it has, and gives what fills them.
pub(super) fn capturing(
    live: Live,
    ledger: &Arc<dyn Ledger>,
    settings: &config::Capture,
    clock: Clock,
) -> (Arc<Live>, Option<Engine>) {
    let (live, capture, sources) = shelved(live, ledger);
    let live = Arc::new(live);
    let plan = Plan {
        every: settings.every,
        listings_every: settings.listings_every,
        computed_every: settings.computed_every,
        keep_events_for: settings.keep_events_for,
    };
    (live, Some(Engine { capture, sources, plan, clock }))
}

/// The same sources with a shelf beside each that tells what it has.
pub(super) fn shelved(live: Live, ledger: &Arc<dyn Ledger>) -> (Live, Capture, Vec<Captured>) {
    let told = |source: &crate::source::Source| {
        Some(Captured { name: source.info.name.clone(), changes: source.changes.clone()? })
    };
    let sources: Vec<Captured> = live.described().filter_map(told).collect();
    let capture = Capture::new(ledger.clone(), &sources);
    let captured = live.described().filter(|source| source.changes.is_some());
    let shelves = captured.map(|source| shelf_of(source, &capture)).collect();
    (live.with_shelves(shelves), capture, sources)
}

/// What operators are told of capture while the gateway is ready: reading goes on whatever becomes of it. Then what they
/// are told of the reporting schema.
pub(super) fn note(
    capture: &Capture,
    reporting: Option<reporting::Note>,
) -> Arc<dyn Fn() -> Option<String> + Send + Sync> {
    let capture = capture.clone();
    Arc::new(move || {
        let status = capture.status();
        let stopped = status.hindrance.as_ref().map(|why| format!("capture has stopped: {why}"));
        let following = || (status.role == Role::Following).then(|| "another process captures".to_owned());
        let reported = || reporting.as_ref().and_then(reporting::Note::told);
        stopped.or_else(|| status.outlook()).or_else(reported).or_else(following)
    })
}
