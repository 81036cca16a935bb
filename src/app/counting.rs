//! The read model beside a ledger, and the numbers over it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::capture::Capture;
use crate::config::Settings;
use crate::domain::clock::Clock;
use crate::facts::{Facts, Rules};
use crate::graphql::numbers::Numbers;
use crate::metrics::period::Calendar;
use crate::unify::live::Live;

use super::{campaign_groups, custom_fields, identity_rules};

/// What is written within such a time is taken over together.
const PAUSE: Duration = Duration::from_secs(1);
/// Facts are brought to the present so often although nothing was written: time itself changes some of them.
const AT_LEAST_EVERY: Duration = Duration::from_secs(60);
/// So often their checkpoint is written, if they changed: what a start after a crash has to make again at the most.
const KEPT_EVERY: Duration = Duration::from_secs(3_600);

/// The read model of what is captured; none where nothing is.
pub(super) fn facts(
    settings: &Settings,
    live: &Live,
    capture: Option<&Capture>,
    clock: Clock,
) -> Option<Arc<Facts>> {
    let rules = Rules {
        sources: live.sources().to_vec(),
        identity: identity_rules(settings),
        campaigns: campaign_groups(settings),
        fields: custom_fields(settings),
        company: (**settings.company()).clone(),
        zone: settings.calendar.zone,
    };
    let facts = Facts::new(capture?.ledger().clone(), rules, clock);
    let checkpoint = settings.ledger.as_ref().and_then(|ledger| ledger.checkpoint.clone());
    Some(Arc::new(match checkpoint {
        Some(file) => facts.with_checkpoint(file),
        None => facts,
    }))
}

/// The numbers over that read model.
pub(super) fn numbers(settings: &Settings, facts: Option<Arc<Facts>>) -> Arc<Numbers> {
    let calendar = Calendar { zone: settings.calendar.zone, fiscal_start: settings.calendar.fiscal_start };
    Arc::new(Numbers::new(facts, settings.books.clone(), calendar))
}

/// Brings the facts up to the ledger once everything is captured, and whenever it grows, and writes their checkpoint
/// now and then. Ends with whoever polls it.
pub(super) async fn keep_current(facts: Arc<Facts>, capture: Capture) {
    capture.is_through().await;
    let mut latest = capture.latest();
    let mut kept: Option<Instant> = None;
    loop {
        latest.mark_unchanged();
        match facts.refresh().await {
            Ok(_) if kept.is_none_or(|at| at.elapsed() >= KEPT_EVERY) => {
                facts.keep().await;
                kept = Some(Instant::now());
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(error = %error, cause = ?std::error::Error::source(&error), "the facts are not current");
            }
        }
        tokio::time::sleep(PAUSE).await;
        // The sender lives as long as capture does; without news there is the next look.
        let _news = tokio::time::timeout(AT_LEAST_EVERY, latest.changed()).await;
    }
}
