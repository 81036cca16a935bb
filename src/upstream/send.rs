//! One call from start to end: leave, token, exchange, verdict, and whether there is another attempt.
//!
//! A replay after an expired token is no retry: nothing was done yet, so it is safe for any call and costs no budget.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep};

use super::breaker::Outcome;
use super::call::{Answer, Call, Class, Reply};
use super::config::UpstreamConfig;
use super::dialect::{Dialect, Verdict};
use super::error::{ErrorKind, Fault, UpstreamError, VendorText};
use super::health::Health;
use super::observe;
use super::pace::{Pace, Pass, Slot, Throttle};
use super::retry::Retries;
use super::token::{Keeper, Live, Tokens};
use super::wire::{Bounds, Wire, retry_after};

/// The way to one configured source. Cheap to clone; clones share pace, token and health.
#[derive(Clone)]
pub struct Upstream(Arc<Inner>);

struct Inner {
    name: Arc<str>,
    call_timeout: Duration,
    background_timeout: Duration,
    max_body: usize,
    wire: Wire,
    dialect: Arc<dyn Dialect>,
    keeper: Arc<Keeper>,
    pace: Arc<Pace>,
    retries: Retries,
}

/// Makes of a usable answer what the caller wants.
type Read<T> = fn(Reply) -> Result<T, Fault>;

/// How an attempt ended without an answer.
enum Failure {
    /// It never left: pacing or the breaker held it back.
    HeldBack(ErrorKind),
    /// The token ran out before anything was done.
    TokenExpired(Arc<Live>),
    /// Asking again soon changes nothing.
    Final(UpstreamError),
    /// Asking again soon may help.
    Passing(UpstreamError),
}

impl Upstream {
    /// The way to one source. Opens no connection and asks for no token yet.
    pub fn new(
        wire: &Wire,
        config: &UpstreamConfig,
        dialect: Arc<dyn Dialect>,
        tokens: Arc<dyn Tokens>,
    ) -> Self {
        let name: Arc<str> = Arc::from(config.name.as_str());
        Self(Arc::new(Inner {
            call_timeout: config.call_timeout,
            background_timeout: config.background_timeout.max(config.call_timeout),
            max_body: config.max_body,
            wire: wire.clone(),
            dialect,
            keeper: Arc::new(Keeper::new(wire.clone(), config, Arc::clone(&name), tokens)),
            pace: Arc::new(Pace::new(config, Arc::clone(&name))),
            retries: Retries::new(config.retry),
            name,
        }))
    }

    /// The source's name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Makes a call and returns the whole answer the dialect found usable.
    pub async fn send(&self, call: Call) -> Result<Reply, UpstreamError> {
        self.0.run(&call, None, Ok).await
    }

    /// Makes a call and reads its answer as JSON. A damaged answer counts as a failed attempt.
    pub async fn json<T: DeserializeOwned>(&self, call: Call) -> Result<Answer<T>, UpstreamError> {
        self.0.run(&call, None, typed).await
    }

    /// As [`json`](Self::json), in a slot reserved before: for batches that form while all slots are taken.
    pub async fn json_in<T: DeserializeOwned>(
        &self,
        slot: Slot,
        call: Call,
    ) -> Result<Answer<T>, UpstreamError> {
        self.0.run(&call, Some(slot), typed).await
    }

    /// Waits for a free slot and holds it until it is used or dropped.
    pub async fn reserve(&self, class: Class) -> Slot {
        self.0.pace.slot(class).await
    }

    /// How many calls could start now as far as slots go.
    pub fn slots_free(&self) -> usize {
        self.0.pace.slots_free()
    }

    /// How the source is doing.
    pub fn health(&self) -> Health {
        self.0.pace.health(self.0.keeper.is_logged_out())
    }
}

impl std::fmt::Debug for Upstream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Upstream").field(&self.0.name).finish()
    }
}

impl Inner {
    async fn run<T>(&self, call: &Call, mut slot: Option<Slot>, read: Read<T>) -> Result<T, UpstreamError> {
        let mut delays = self.retries.begin();
        let mut left = self.patience(call.class);
        let mut replayed = false;
        let mut last = None;
        let error = loop {
            match self.attempt(call, slot.take(), &mut left, read).await {
                Ok(value) => {
                    self.pace.finished(Outcome::Answered, None);
                    return Ok(value);
                }
                Err(Failure::HeldBack(why)) => {
                    // No time for another attempt: what went wrong before is the better answer.
                    if let Some(error) = last {
                        break error;
                    }
                    observe::held_back(&self.name, call.endpoint, why.code());
                    return Err(self.error(call, why));
                }
                Err(Failure::TokenExpired(live)) => {
                    if self.keeper.expired(&live) && !replayed {
                        replayed = true;
                        continue;
                    }
                    break self.log_out(call, &live, "TOKEN_REFUSED".to_owned());
                }
                Err(Failure::Final(error)) => break error,
                Err(Failure::Passing(error)) => {
                    let delay = if call.idempotent { self.retries.next(&mut delays) } else { None };
                    let in_time = |delay: &Duration| *delay < left && Instant::now() + *delay < call.deadline;
                    let Some(delay) = delay.filter(in_time) else { break error };
                    sleep(delay).await;
                    left -= delay;
                    observe::retried(&self.name, call.endpoint);
                    last = Some(error);
                }
            }
        };
        let outcome = blame(&error.kind);
        // Saying no to one call, or running out of our own time, is no sign of ill health.
        let well = outcome == Outcome::Unknown || matches!(error.kind, ErrorKind::Rejected { .. });
        self.pace.finished(outcome, (!well).then(|| error.kind.code()));
        Err(error)
    }

    /// How long one call may take, its retries included.
    fn patience(&self, class: Class) -> Duration {
        match class {
            Class::Interactive => self.call_timeout,
            Class::Background | Class::Export => self.background_timeout,
        }
    }

    /// One attempt, which may use what is `left` of the call's time.
    async fn attempt<T>(
        &self,
        call: &Call,
        slot: Option<Slot>,
        left: &mut Duration,
        read: Read<T>,
    ) -> Result<T, Failure> {
        let leave = self.pace.admit(call.bucket, call.class, call.deadline, slot).await;
        let mut pass = leave.map_err(Failure::HeldBack)?;
        let started = Instant::now();
        let result = self.ask(call, call.deadline.min(started + *left), &mut pass, read).await;
        *left = left.saturating_sub(started.elapsed());
        pass.end(match &result {
            Ok(_) | Err(Failure::TokenExpired(_)) => Outcome::Answered,
            Err(Failure::HeldBack(kind)) => blame(kind),
            Err(Failure::Final(error) | Failure::Passing(error)) => blame(&error.kind),
        });
        result
    }

    async fn ask<T>(
        &self,
        call: &Call,
        deadline: Instant,
        pass: &mut Pass,
        read: Read<T>,
    ) -> Result<T, Failure> {
        let live = self.keeper.current(deadline, &call.tally).await.map_err(Failure::about)?;
        let request = self.wire.describe(call, &live.base_url, &live.authorization);
        let request = request.map_err(|fault| Failure::Final(fault.at(&self.name, call.endpoint)))?;
        let bounds = Bounds { deadline, max_body: self.max_body, expect: call.expect };
        pass.sent();
        call.tally.count_call();
        let started = Instant::now();
        let answered = |headers: &HeaderMap| {
            let quota = self.dialect.quota(headers);
            if let Some(quota) = quota {
                observe::quota(&self.name, quota.remaining);
            }
            pass.counted(quota);
        };
        let reply = self.wire.exchange(request, bounds, answered).await.map_err(|fault| {
            // A vendor that was given hardly any time is not to blame for taking longer.
            let hurried = deadline < started + self.patience(call.class) / 2;
            match fault.kind {
                ErrorKind::Timeout if hurried => ErrorKind::DeadlineExceeded.into(),
                _ => fault,
            }
        });
        let result = match reply {
            Ok(reply) => self.judge(call, reply, live).and_then(|reply| {
                // Read here, so that an answer that is cut or no JSON is the vendor's failure, not the reader's.
                read(reply).map_err(|fault| Failure::about(fault.at(&self.name, call.endpoint)))
            }),
            Err(fault) => Err(Failure::about(fault.at(&self.name, call.endpoint))),
        };
        let outcome = match &result {
            Ok(_) => "ok",
            Err(Failure::TokenExpired(_)) => "token_expired",
            Err(Failure::HeldBack(kind)) => kind.code(),
            Err(Failure::Final(error) | Failure::Passing(error)) => error.kind.code(),
        };
        observe::exchanged(&self.name, call.endpoint, outcome, started.elapsed());
        result
    }

    /// What the vendor meant.
    fn judge(&self, call: &Call, reply: Reply, live: Arc<Live>) -> Result<Reply, Failure> {
        let status = reply.status.as_u16();
        let asked_to_wait = retry_after(&reply.headers);
        match self.dialect.judge(reply.status, &reply.headers, &reply.body) {
            Verdict::Ok => Ok(reply),
            Verdict::TokenExpired => Err(Failure::TokenExpired(live)),
            Verdict::Throttled { wait, bucket, daily } => {
                let wait = wait.max(asked_to_wait);
                let kind = self.pace.throttled(Throttle { wait, bucket, daily });
                Err(Failure::about(self.error(call, kind)))
            }
            Verdict::Transient => {
                if asked_to_wait.is_some() {
                    self.pace.throttled(Throttle { wait: asked_to_wait, bucket: None, daily: false });
                }
                Err(Failure::Passing(self.error(call, ErrorKind::Failed { status })))
            }
            Verdict::Rejected { code, message } => {
                let message = VendorText::new(&message);
                Err(Failure::Final(self.error(call, ErrorKind::Rejected { status, code, message })))
            }
            Verdict::Unauthorized { code } => Err(Failure::Final(self.log_out(call, &live, code))),
        }
    }

    fn log_out(&self, call: &Call, live: &Arc<Live>, code: String) -> UpstreamError {
        let error = self.error(call, ErrorKind::Unauthorized { code });
        self.keeper.refused(live, &error);
        error
    }

    fn error(&self, call: &Call, kind: ErrorKind) -> UpstreamError {
        Fault::from(kind).at(&self.name, call.endpoint)
    }
}

impl Failure {
    fn about(error: UpstreamError) -> Self {
        if error.retry_can_help() { Self::Passing(error) } else { Self::Final(error) }
    }
}

fn typed<T: DeserializeOwned>(reply: Reply) -> Result<Answer<T>, Fault> {
    let value = reply.parse()?;
    Ok(Answer { status: reply.status, headers: reply.headers, value })
}

/// What an error says about the vendor's well-being.
fn blame(kind: &ErrorKind) -> Outcome {
    match kind {
        ErrorKind::Unreachable
        | ErrorKind::Timeout
        | ErrorKind::Failed { .. }
        | ErrorKind::Redirected { .. }
        | ErrorKind::NotJson
        | ErrorKind::Damaged => Outcome::Failed,
        ErrorKind::DeadlineExceeded
        | ErrorKind::BadCall
        | ErrorKind::Limited { .. }
        | ErrorKind::CircuitOpen { .. } => Outcome::Unknown,
        ErrorKind::Throttled { .. }
        | ErrorKind::QuotaSpent { .. }
        | ErrorKind::Unauthorized { .. }
        | ErrorKind::Rejected { .. }
        | ErrorKind::UnknownShape
        | ErrorKind::TooLarge => Outcome::Answered,
    }
}
