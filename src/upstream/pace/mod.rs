//! When a call may leave: waits its turn behind the gate, or says at once that it will not be in time.
//!
//! Calls of one bucket and class leave in the order they came. Slots are nested: an export also needs one of the export
//! slots and one of the background slots, so there is always room left for somebody who waits.

mod daily;
mod gate;
mod window;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until, timeout_at};
use tracing::{info, warn};

pub(super) use self::gate::Throttle;
use self::gate::{Gate, Place};
use super::breaker::Outcome;
use super::call::Class;
use super::config::UpstreamConfig;
use super::dialect::Quota;
use super::error::ErrorKind;
use super::health::Health;

/// Paces the calls of one upstream.
#[derive(Debug)]
pub(super) struct Pace {
    upstream: Arc<str>,
    gate: Mutex<Gate>,
    slots: Slots,
    queues: HashMap<&'static str, [Queue; 3]>,
    unpaced: [Queue; 3],
}

#[derive(Debug)]
struct Slots {
    all: Arc<Semaphore>,
    background: Arc<Semaphore>,
    export: Arc<Semaphore>,
}

/// The right to have one call under way. Dropped, it is free again.
#[derive(Debug)]
pub struct Slot {
    _held: Vec<OwnedSemaphorePermit>,
}

#[derive(Debug, Default)]
struct Queue {
    turn: tokio::sync::Mutex<()>,
    waiting: AtomicUsize,
}

/// Leave to make one HTTP call now. Whatever happens to it, the gate learns of it, also when it is only dropped.
#[derive(Debug)]
pub(super) struct Pass {
    pace: Arc<Pace>,
    place: Place,
    probe: bool,
    stage: Stage,
    _slot: Slot,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Stage {
    Held,
    Sent,
    Counted,
}

impl Pace {
    pub(super) fn new(config: &UpstreamConfig, upstream: Arc<str>) -> Self {
        let all = config.concurrency.max(1);
        let part = |share: u8| Arc::new(Semaphore::new((all * usize::from(share.min(100)) / 100).max(1)));
        Self {
            upstream,
            gate: Mutex::new(Gate::new(config)),
            slots: Slots {
                all: Arc::new(Semaphore::new(all)),
                background: part(config.shares.background),
                export: part(config.shares.export),
            },
            queues: config.buckets.iter().map(|bucket| (bucket.name, Default::default())).collect(),
            unpaced: Default::default(),
        }
    }

    /// Waits for leave to make one call. Refuses at once what cannot start before `deadline`, and never waits for
    /// an open circuit.
    pub(super) async fn admit(
        self: &Arc<Self>,
        bucket: &'static str,
        class: Class,
        deadline: Instant,
        mut reserved: Option<Slot>,
    ) -> Result<Pass, ErrorKind> {
        let place = Place { bucket, class };
        let queue = &self.queues.get(bucket).unwrap_or(&self.unpaced)[class as usize];
        let ahead = queue.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(queue);
        let open = self.check(place, ahead);
        open.or_else(|why| worth_waiting(why, deadline).map(drop))?;
        let _turn = in_time(deadline, queue.turn.lock()).await?;
        loop {
            if let Err(why) = self.check(place, 0) {
                sleep_until(worth_waiting(why, deadline)?).await;
                continue;
            }
            let slot = match reserved.take() {
                Some(slot) => slot,
                None => in_time(deadline, self.slot(class)).await?,
            };
            let now = Instant::now();
            if now >= deadline {
                return Err(ErrorKind::DeadlineExceeded);
            }
            let taken = self.gate().take(now, place);
            match taken {
                Ok(probe) => {
                    let pace = Arc::clone(self);
                    return Ok(Pass { pace, place, probe, stage: Stage::Held, _slot: slot });
                }
                // While we waited for the slot the gate closed again; the slot goes to someone it is open for.
                Err(why) => worth_waiting(why, deadline)?,
            };
        }
    }

    /// Waits for a slot.
    pub(super) async fn slot(&self, class: Class) -> Slot {
        let Slots { all, background, export } = &self.slots;
        let needed: &[&Arc<Semaphore>] = match class {
            Class::Interactive => &[all],
            Class::Background => &[background, all],
            Class::Export => &[export, background, all],
        };
        let mut held = Vec::with_capacity(needed.len());
        for semaphore in needed {
            let permit = Arc::clone(semaphore).acquire_owned().await;
            held.push(permit.expect("the semaphores are never closed"));
        }
        Slot { _held: held }
    }

    pub(super) fn slots_free(&self) -> usize {
        self.slots.all.available_permits()
    }

    /// The vendor asked for a pause.
    pub(super) fn throttled(&self, throttle: Throttle) -> ErrorKind {
        let now = Instant::now();
        let kind = self.gate().throttled(now, throttle);
        let (name, bucket) = (&self.upstream, throttle.bucket.unwrap_or("all"));
        if let ErrorKind::Throttled { until } | ErrorKind::QuotaSpent { until } = kind {
            let wait_ms = u64::try_from((until - now).as_millis()).unwrap_or(u64::MAX);
            warn!(source.name = %name, bucket, daily = throttle.daily, wait_ms, "{name} asks to wait {wait_ms} ms");
        }
        kind
    }

    /// A call is over, all its retries included.
    pub(super) fn finished(&self, outcome: Outcome, failure: Option<&'static str>) {
        self.tell(|gate| gate.finished(Instant::now(), outcome, failure));
    }

    /// Tells the gate what happened, and the log if that opens or closes the circuit.
    fn tell(&self, what: impl FnOnce(&mut Gate)) {
        let (was_open, is_open) = {
            let mut gate = self.gate();
            let before = gate.breaker.is_open();
            what(&mut gate);
            (before, gate.breaker.is_open())
        };
        let name = &self.upstream;
        match (was_open, is_open) {
            (false, true) => {
                warn!(source.name = %name, "{name} fails steadily and is left alone for a while");
            }
            (true, false) => {
                info!(source.name = %name, "{name} is well again");
            }
            _ => {}
        }
    }

    pub(super) fn health(&self, logged_out: bool) -> Health {
        self.gate().health(Instant::now(), logged_out)
    }

    // The lock must not outlive this line: callers wait on the result.
    fn check(&self, place: Place, ahead: usize) -> Result<(), ErrorKind> {
        self.gate().check(Instant::now(), place, ahead)
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        // Nothing under this lock can leave the gate half changed.
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass {
    /// The call leaves now.
    pub(super) fn sent(&mut self) {
        self.stage = Stage::Sent;
    }

    /// The vendor has spoken, so it has counted the call.
    pub(super) fn counted(&mut self, quota: Option<Quota>) {
        let now = Instant::now();
        let mut gate = self.pace.gate();
        if self.stage == Stage::Sent {
            self.stage = Stage::Counted;
            gate.counted(now, self.place);
        }
        if let Some(quota) = quota {
            gate.heard(now, quota);
        }
    }

    /// What became of the attempt; frees the slot.
    pub(super) fn end(mut self, outcome: Outcome) {
        let probe = std::mem::take(&mut self.probe);
        self.pace.tell(|gate| gate.breaker.attempt(Instant::now(), probe, outcome));
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let now = Instant::now();
        let mut gate = self.pace.gate();
        match self.stage {
            Stage::Held => gate.give_back(self.place),
            Stage::Sent => gate.counted(now, self.place),
            Stage::Counted => {}
        }
        if self.probe {
            gate.breaker.attempt(now, true, Outcome::Unknown);
        }
    }
}

/// Keeps the number of waiting calls right, also when one is given up.
struct Waiting<'a>(&'a Queue);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn in_time<T>(deadline: Instant, work: impl Future<Output = T>) -> Result<T, ErrorKind> {
    timeout_at(deadline, work).await.map_err(|_| ErrorKind::DeadlineExceeded)
}

/// Until when to wait, unless that is too long or waiting is not what one does.
fn worth_waiting(why: ErrorKind, deadline: Instant) -> Result<Instant, ErrorKind> {
    match why {
        ErrorKind::Throttled { until } | ErrorKind::Limited { until } | ErrorKind::QuotaSpent { until }
            if until < deadline =>
        {
            Ok(until)
        }
        _ => Err(why),
    }
}
