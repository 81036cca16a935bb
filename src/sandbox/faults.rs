//! What can be made to go wrong at a pretend vendor, and what it was asked.
//!
//! Every emulator ends its `router()` with [`watched`], around the router that holds its routes. That one layer
//! counts the calls by path template and plays the faults that were switched on; the words of a refusal stay the
//! vendor's own, because the emulator hands in a function that says them.
//!
//! ```text
//! faults::watched(Router::new().route(…).with_state(…), faults, refusal)
//!
//! fn refusal(refusal: &Refusal) -> Response { match refusal { Refusal::RateLimited { .. } => …, … } }
//! ```
//!
//! Nothing is ever on by default.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, HashSet};
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, stream};
use http_body_util::BodyExt;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The answer comes `ms` later; other faults may follow.
    Latency,
    /// The vendor's own "too many calls"; `code` chooses among its limits.
    RateLimited,
    /// Any other refusal with `status`, and `code` where the vendor has codes.
    Status,
    /// No answer at all, until the fault is lifted or the caller leaves.
    Hang,
    /// The right answer, broken off half-way through its body.
    CutBody,
    /// A log-in page in HTML, with status 200.
    Html,
    /// A call that carries a token is told that the token has expired.
    ExpiredToken,
    /// Every token used before the switch was thrown is expired from then on; newer ones are fine.
    ExpireTokensInUse,
}

/// One fault, switched on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    /// What goes wrong.
    pub kind: FaultKind,
    /// Milliseconds, for a latency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
    /// The HTTP status, for a status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The vendor's own code or policy, where it has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// How many more calls it hits; none means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// The share of calls it hits, above 0 up to 1; none means each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// Only calls whose path begins so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

impl Switch {
    /// A fault that hits every call.
    pub fn new(kind: FaultKind) -> Self {
        Self { kind, ms: None, status: None, code: None, times: None, rate: None, path: None }
    }

    /// The same, for so many calls only.
    #[must_use]
    pub fn times(self, times: u64) -> Self {
        Self { times: Some(times), ..self }
    }

    /// The same, for paths that begin so only.
    #[must_use]
    pub fn under(self, path: &str) -> Self {
        Self { path: Some(path.into()), ..self }
    }

    fn mistake(&self) -> Option<&'static str> {
        match self.kind {
            FaultKind::Latency if self.ms.is_none() => return Some("a latency needs `ms`"),
            FaultKind::Status if self.status.is_none_or(|code| StatusCode::from_u16(code).is_err()) => {
                return Some("a status needs `status`, from 100 to 999");
            }
            _ => {}
        }
        self.rate
            .is_some_and(|rate| !(rate > 0.0 && rate <= 1.0))
            .then_some("`rate` is above 0 and at most 1")
    }
}

/// A refusal that the vendor words itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Too many calls.
    RateLimited {
        /// Which of the vendor's limits; none means its usual one.
        policy: Option<String>,
    },
    /// The access token of the call has expired.
    ExpiredToken,
    /// Anything else.
    Status {
        /// The HTTP status to answer with.
        status: StatusCode,
        /// The vendor's error code, where the caller chose one.
        code: Option<String>,
    },
}

/// How a vendor words its refusals.
pub type Words = fn(&Refusal) -> Response;

/// The calls counted since the start or the last reset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Calls {
    /// All calls, refused ones included.
    pub total: u64,
    /// The most calls that were being answered at the same time.
    pub peak_in_flight: u64,
    /// Calls by method and path template.
    pub by_endpoint: BTreeMap<String, u64>,
}

/// The switches and counters of one pretend vendor, shared by its router and its admin port.
#[derive(Debug)]
pub struct Faults {
    hash: RandomState,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    switches: Vec<Switch>,
    calls: Calls,
    in_flight: u64,
    /// Hashes of the tokens seen so far, and of those expired by a switch.
    tokens: HashSet<u64>,
    expired: HashSet<u64>,
    dice: ChaCha8Rng,
    /// Ends what hangs when the switches change.
    release: CancellationToken,
}

impl Default for Faults {
    fn default() -> Self {
        let state = State {
            switches: Vec::new(),
            calls: Calls::default(),
            in_flight: 0,
            tokens: HashSet::new(),
            expired: HashSet::new(),
            dice: ChaCha8Rng::seed_from_u64(0),
            release: CancellationToken::new(),
        };
        Self { hash: RandomState::new(), state: Mutex::new(state) }
    }
}

/// What one call is to suffer.
#[derive(Default)]
struct Fate {
    wait: Duration,
    end: Option<End>,
}

enum End {
    Refuse(Refusal),
    Hang(CancellationToken),
    CutBody,
    Html,
}

impl Faults {
    /// Replaces all switches.
    ///
    /// # Errors
    /// What is wrong with the first switch that makes no sense; the old ones stay.
    pub fn set(&self, switches: Vec<Switch>) -> Result<(), &'static str> {
        if let Some(mistake) = switches.iter().find_map(Switch::mistake) {
            return Err(mistake);
        }
        let mut state = self.state();
        state.expired = if switches.iter().any(|switch| switch.kind == FaultKind::ExpireTokensInUse) {
            state.tokens.clone()
        } else {
            HashSet::new()
        };
        state.switches = switches;
        std::mem::take(&mut state.release).cancel();
        Ok(())
    }

    /// Switches everything off.
    pub fn clear(&self) {
        self.set(Vec::new()).expect("no switch makes no mistake");
    }

    /// The switches that are still on, with the `times` they have left.
    pub fn switches(&self) -> Vec<Switch> {
        self.state().switches.clone()
    }

    /// What was asked so far.
    pub fn calls(&self) -> Calls {
        self.state().calls.clone()
    }

    /// Starts counting anew.
    pub fn reset_calls(&self) {
        let mut state = self.state();
        state.calls = Calls { peak_in_flight: state.in_flight, ..Calls::default() };
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it holds this lock")
    }

    /// Counts a call and decides what it is to suffer.
    fn admit(&self, endpoint: String, path: &str, headers: &HeaderMap) -> Fate {
        let token = token(headers).map(|token| self.hash.hash_one(token));
        let mut state = self.state();
        state.calls.total += 1;
        *state.calls.by_endpoint.entry(endpoint).or_default() += 1;
        state.in_flight += 1;
        state.calls.peak_in_flight = state.calls.peak_in_flight.max(state.in_flight);
        let fate = state.fate(path, token);
        state.tokens.extend(token);
        fate
    }
}

impl State {
    fn fate(&mut self, path: &str, token: Option<u64>) -> Fate {
        let mut fate = Fate::default();
        for switch in &mut self.switches {
            let aimed = switch.path.as_deref().is_none_or(|prefix| path.starts_with(prefix))
                && switch.times != Some(0)
                && match switch.kind {
                    FaultKind::ExpiredToken => token.is_some(),
                    FaultKind::ExpireTokensInUse => token.is_some_and(|token| self.expired.contains(&token)),
                    _ => true,
                };
            if !aimed || switch.rate.is_some_and(|rate| !self.dice.random_bool(rate)) {
                continue;
            }
            switch.times = switch.times.map(|times| times - 1);
            fate.end = Some(match switch.kind {
                FaultKind::Latency => {
                    fate.wait += Duration::from_millis(switch.ms.unwrap_or_default());
                    continue;
                }
                FaultKind::RateLimited => End::Refuse(Refusal::RateLimited { policy: switch.code.clone() }),
                FaultKind::Status => End::Refuse(Refusal::Status {
                    status: switch
                        .status
                        .and_then(|status| StatusCode::from_u16(status).ok())
                        .expect("a switch is checked before it is thrown"),
                    code: switch.code.clone(),
                }),
                FaultKind::ExpiredToken | FaultKind::ExpireTokensInUse => End::Refuse(Refusal::ExpiredToken),
                FaultKind::Hang => End::Hang(self.release.clone()),
                FaultKind::CutBody => End::CutBody,
                FaultKind::Html => End::Html,
            });
            break;
        }
        self.switches.retain(|switch| switch.times != Some(0));
        fate
    }
}

/// The token a call carries: `Bearer`, or Salesforce's older `OAuth`. Basic credentials are no token.
fn token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("oauth")).then_some(token)
}

/// The router with counting and faults around every route it has so far; add no route after this.
///
/// Calls are counted under `METHOD path-template`, unknown paths under `METHOD (unknown)`. The template is known
/// only where the routes are: a router wrapped in another service is watched before it is wrapped.
pub fn watched(router: Router, faults: &Arc<Faults>, words: Words) -> Router {
    let faults = Arc::clone(faults);
    router.layer(middleware::from_fn(move |request: Request, next: Next| {
        let faults = Arc::clone(&faults);
        async move { suffer(&faults, words, request, next).await }
    }))
}

async fn suffer(faults: &Arc<Faults>, words: Words, request: Request, next: Next) -> Response {
    let template = request.extensions().get::<MatchedPath>().map_or("(unknown)", MatchedPath::as_str);
    let endpoint = format!("{} {template}", request.method());
    let fate = faults.admit(endpoint, request.uri().path(), request.headers());
    let _flight = Flight(faults);
    if !fate.wait.is_zero() {
        tokio::time::sleep(fate.wait).await;
    }
    match fate.end {
        None => next.run(request).await,
        Some(End::Refuse(refusal)) => words(&refusal),
        Some(End::Html) => log_in_page(),
        Some(End::CutBody) => cut(next.run(request).await).await,
        Some(End::Hang(release)) => {
            release.cancelled().await;
            words(&Refusal::Status { status: StatusCode::GATEWAY_TIMEOUT, code: None })
        }
    }
}

/// A call being answered; a caller who leaves ends it too.
struct Flight<'faults>(&'faults Faults);

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.0.state().in_flight -= 1;
    }
}

fn log_in_page() -> Response {
    let page = "<!DOCTYPE html><html><head><title>Log in</title></head><body><form method=\"post\">\
                <label>Username <input name=\"un\"></label></form></body></html>";
    ([(header::CONTENT_TYPE, "text/html; charset=UTF-8")], page).into_response()
}

/// Half of the body under the length of the whole, and then a broken connection.
async fn cut(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let whole = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    parts.headers.remove(header::TRANSFER_ENCODING);
    parts.headers.insert(header::CONTENT_LENGTH, whole.len().into());
    let half = whole.slice(..whole.len() / 2);
    let pieces = stream::iter([Ok(half)]).chain(stream::once(async {
        // An error at once would take the head of the answer with it before it is on the wire.
        tokio::time::sleep(Duration::from_millis(20)).await;
        Err(std::io::Error::new(std::io::ErrorKind::ConnectionAborted, "cut by a fault switch"))
    }));
    Response::from_parts(parts, Body::from_stream(pieces))
}
