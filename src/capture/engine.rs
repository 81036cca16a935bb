//! The one process that captures, and those that follow it.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use futures::future::join_all;
use tokio::sync::Mutex;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::domain::clock::Clock;
use crate::ledger::error::LedgerError;
use crate::ledger::state::CaptureLock;

use super::status::Role;
use super::worker::{Shared, Worker};
use super::{Capture, Captured, Plan, timer};

/// How often a process that follows looks what was written, and whether it may capture now.
const FOLLOW_EVERY: Duration = Duration::from_secs(2);
/// How often old events are dropped.
const DROP_EVERY: Duration = Duration::from_secs(3_600);

/// What is captured, and how often.
pub struct Engine {
    /// What everybody else sees of it.
    pub capture: Capture,
    /// The sources.
    pub sources: Vec<Captured>,
    /// How often.
    pub plan: Plan,
    /// The gateway's clock.
    pub clock: Clock,
}

impl Engine {
    /// Captures, or follows whoever does, until told to stop; then ends between two batches.
    pub async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match self.follow().await {
                Ok(Some(lock)) => self.capture(lock, &stop).await,
                Ok(None) => {}
                Err(error) => {
                    tracing::error!("capture cannot begin: {error}");
                    self.capture.note(|status| status.hindrance = Some(error.to_string().into()));
                }
            }
            tokio::select! {
                () = sleep(FOLLOW_EVERY) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Takes over what the ledger says, and the right to capture where nobody has it.
    async fn follow(&self) -> Result<Option<CaptureLock>, LedgerError> {
        let ledger = &self.capture.ledger;
        let lock = ledger.capture_lock().await?;
        let positions = ledger.positions().await?;
        let role = if lock.is_some() { Role::Capturing } else { Role::Following };
        let before = self.capture.status().role;
        if role != before {
            let told = if lock.is_some() { "this process captures" } else { "another process captures" };
            tracing::info!("{told}");
        }
        self.capture.note(|status| {
            (status.role, status.hindrance) = (role, None);
            status.take_over(&positions);
        });
        self.capture.has_grown(ledger.last_sequence().await?);
        Ok(lock)
    }

    /// Captures all sources at once until told to stop or until the right is lost.
    async fn capture(&self, lock: CaptureLock, stop: &CancellationToken) {
        let positions = match self.capture.ledger.positions().await {
            Ok(positions) => positions,
            Err(error) => return tracing::error!("capture cannot begin: {error}"),
        };
        // Ends with this round of capturing, however it ends.
        let stop = stop.child_token();
        let shared = Arc::new(Shared {
            capture: self.capture.clone(),
            plan: self.plan,
            clock: self.clock,
            lock: Mutex::new(lock),
            stop: stop.clone(),
        });
        let workers = self.sources.iter().map(|source| Worker::resume(&shared, source, &positions).run());
        let all = async {
            join_all(workers).await;
            stop.cancel();
        };
        tokio::join!(all, self.drop_old_events(&stop));
    }

    /// Drops events that are older than the settings keep them for.
    async fn drop_old_events(&self, stop: &CancellationToken) {
        let Some(keep) = self.plan.keep_events_for.and_then(|keep| TimeDelta::from_std(keep).ok()) else {
            return;
        };
        while !stop.is_cancelled() {
            match self.capture.ledger.drop_events_before(self.clock.now() - keep).await {
                Ok(0) => {}
                Ok(events) => {
                    tracing::info!(events, "dropped {events} events older than {} days", keep.num_days());
                }
                Err(error) => tracing::error!("old events could not be dropped: {error}"),
            }
            let next = timer::now(&self.clock) + DROP_EVERY;
            tokio::select! {
                () = timer::until(&self.clock, next) => {}
                () = stop.cancelled() => {}
            }
        }
    }
}
