//! Tokens: one at a time, fetched once for all who wait, never before it is needed.
//!
//! A connector knows how its vendor hands out tokens ([`Tokens`]); this keeps the current one. A fetch runs in a task of
//! its own, so that a caller who goes away does not end it for the others. After a refusal nobody asks the
//! vendor's login again for a few seconds: a wrong secret must not lock the account.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use reqwest::Url;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::time::{Instant, timeout_at};
use tracing::error;

use super::call::{Expect, Reply, Tally};
use super::config::UpstreamConfig;
use super::error::{ErrorKind, Fault, UpstreamError};
use super::observe;
use super::wire::{Bounds, Wire, retry_after};

/// The endpoint name token calls have in errors and logs.
const ENDPOINT: &str = "token";
/// How long a refusal is believed.
const BELIEVE_REFUSAL: Duration = Duration::from_secs(5);
/// Token answers are small.
const MAX_BODY: usize = 1024 * 1024;

/// Hands out tokens for one source. Implemented by each connector.
#[async_trait]
pub trait Tokens: Send + Sync + 'static {
    /// Gets a new token.
    async fn fetch(&self, http: &TokenHttp) -> Result<Token, UpstreamError>;

    /// Whether another fetch can give another token. If not, an expired one is final.
    fn renewable(&self) -> bool {
        true
    }
}

/// What a vendor handed out.
#[derive(Debug, Clone)]
pub struct Token {
    /// Sent as `Authorization: Bearer`.
    pub bearer: SecretString,
    /// Where the API is, for vendors that say so with the token. Used only if the settings allow its host.
    pub base_url: Option<Url>,
    /// How long it lives, where the vendor says so. Otherwise it is used until refused.
    pub expires_in: Option<Duration>,
}

/// A token from the settings that never changes.
#[derive(Debug, Clone)]
pub struct StaticToken(pub SecretString);

#[async_trait]
impl Tokens for StaticToken {
    async fn fetch(&self, _http: &TokenHttp) -> Result<Token, UpstreamError> {
        Ok(Token { bearer: self.0.clone(), base_url: None, expires_in: None })
    }

    fn renewable(&self) -> bool {
        false
    }
}

/// The way to a token endpoint. Unpaced: vendors do not count logins as API calls.
#[derive(Debug, Clone)]
pub struct TokenHttp {
    wire: Wire,
    upstream: Arc<str>,
    deadline: Instant,
    tally: Tally,
}

impl TokenHttp {
    /// Posts a form (RFC 6749) and returns the success; the `error` code of a refusal becomes `Unauthorized`.
    pub async fn post_form(&self, url: Url, fields: &[(&str, &str)]) -> Result<Reply, UpstreamError> {
        let result = self.post(url, fields).await;
        let outcome = result.as_ref().map_or_else(|fault| fault.kind.code(), |_| "ok");
        observe::token_call(&self.upstream, outcome);
        result.map_err(|fault| fault.at(&self.upstream, ENDPOINT))
    }

    /// Reads the vendor's success body; its shape is the connector's business.
    pub fn read<T: serde::de::DeserializeOwned>(&self, reply: &Reply) -> Result<T, UpstreamError> {
        reply.parse().map_err(|fault| fault.at(&self.upstream, ENDPOINT))
    }

    /// An error of the connector's own, such as a key that cannot sign.
    pub fn refused(&self, code: &str) -> UpstreamError {
        Fault::from(ErrorKind::Unauthorized { code: code.to_owned() }).at(&self.upstream, ENDPOINT)
    }

    async fn post(&self, url: Url, fields: &[(&str, &str)]) -> Result<Reply, Fault> {
        let request = self.wire.describe_form(url, fields)?;
        self.tally.count_token_call();
        let bounds = Bounds { deadline: self.deadline, max_body: MAX_BODY, expect: Expect::Json };
        let reply = self.wire.exchange(request, bounds, |_| ()).await?;
        let status = reply.status.as_u16();
        match status {
            200..=299 => Ok(reply),
            429 => {
                let wait = retry_after(&reply.headers).unwrap_or(BELIEVE_REFUSAL);
                Err(ErrorKind::Throttled { until: Instant::now() + wait }.into())
            }
            500.. => Err(ErrorKind::Failed { status }.into()),
            _ => {
                let refusal: Refusal = reply.parse().unwrap_or_default();
                let code = refusal.error.unwrap_or_else(|| status.to_string());
                Err(ErrorKind::Unauthorized { code: code.chars().take(64).collect() }.into())
            }
        }
    }
}

/// RFC 6749, 5.2.
#[derive(Deserialize, Default)]
struct Refusal {
    error: Option<String>,
}

/// The current token, ready for use.
pub(super) struct Live {
    pub(super) authorization: HeaderValue,
    pub(super) base_url: Url,
    stale_at: Option<Instant>,
}

/// Keeps one source's token.
pub(super) struct Keeper {
    wire: Wire,
    upstream: Arc<str>,
    base_url: Url,
    base_hosts: Vec<String>,
    timeout: Duration,
    tokens: Arc<dyn Tokens>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    live: Option<Arc<Live>>,
    flight: Option<Flight>,
    refused: Option<(Instant, UpstreamError)>,
}

type Flight = Shared<BoxFuture<'static, Result<Arc<Live>, UpstreamError>>>;

impl Keeper {
    pub(super) fn new(
        wire: Wire,
        config: &UpstreamConfig,
        upstream: Arc<str>,
        tokens: Arc<dyn Tokens>,
    ) -> Self {
        Self {
            wire,
            upstream,
            base_url: config.base_url.clone(),
            base_hosts: config.base_hosts.clone(),
            timeout: config.call_timeout,
            tokens,
            state: Mutex::default(),
        }
    }

    /// The current token; fetches one, together with everyone else who waits, if there is none.
    pub(super) async fn current(
        self: &Arc<Self>,
        deadline: Instant,
        tally: &Tally,
    ) -> Result<Arc<Live>, UpstreamError> {
        let flight = {
            let now = Instant::now();
            let mut state = self.state();
            if let Some(live) = &state.live
                && live.stale_at.is_none_or(|stale_at| now < stale_at)
            {
                return Ok(Arc::clone(live));
            }
            if let Some((until, refusal)) = &state.refused
                && now < *until
            {
                return Err(refusal.clone());
            }
            state.flight.get_or_insert_with(|| self.depart(tally.clone())).clone()
        };
        timeout_at(deadline, flight)
            .await
            .unwrap_or_else(|_| Err(Fault::from(ErrorKind::DeadlineExceeded).at(&self.upstream, ENDPOINT)))
    }

    /// The vendor says this token ran out. `false`: there is no other to be had.
    pub(super) fn expired(&self, live: &Arc<Live>) -> bool {
        let mut state = self.state();
        // Somebody may have replaced it while this call was under way.
        state.live.take_if(|current| Arc::ptr_eq(current, live));
        self.tokens.renewable()
    }

    /// The vendor refused this token, and another is no help: nobody asks again for a while.
    pub(super) fn refused(&self, live: &Arc<Live>, error: &UpstreamError) {
        self.report(error);
        self.expired(live);
        self.state().refused = Some((Instant::now() + BELIEVE_REFUSAL, error.clone()));
    }

    pub(super) fn is_logged_out(&self) -> bool {
        self.state().refused.as_ref().is_some_and(|(until, _)| Instant::now() < *until)
    }

    fn depart(self: &Arc<Self>, tally: Tally) -> Flight {
        let keeper = Arc::clone(self);
        let task = tokio::spawn(async move {
            let result = keeper.fetch(tally).await;
            keeper.land(&result);
            result
        });
        let (upstream, keeper) = (Arc::clone(&self.upstream), Arc::clone(self));
        async move {
            task.await.unwrap_or_else(|crash| {
                // Only a panic inside the connector's `fetch` ends the task early.
                let crashed = Err(Fault::because(ErrorKind::Damaged, crash).at(&upstream, ENDPOINT));
                keeper.land(&crashed);
                crashed
            })
        }
        .boxed()
        .shared()
    }

    async fn fetch(&self, tally: Tally) -> Result<Arc<Live>, UpstreamError> {
        let deadline = Instant::now() + self.timeout;
        let (wire, upstream) = (self.wire.clone(), Arc::clone(&self.upstream));
        let http = TokenHttp { wire, upstream, deadline, tally };
        let token = timeout_at(deadline, self.tokens.fetch(&http))
            .await
            .unwrap_or_else(|_| Err(Fault::from(ErrorKind::Timeout).at(&self.upstream, ENDPOINT)))?;
        let base_url = match token.base_url {
            Some(base) if !self.allows(&base) => return Err(http.refused("BASE_URL_NOT_ALLOWED")),
            Some(base) => base,
            None => self.base_url.clone(),
        };
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", token.bearer.expose_secret()))
            .map_err(|_| http.refused("TOKEN_NOT_USABLE"))?;
        authorization.set_sensitive(true);
        // A little early, so that it does not run out on the way.
        let lives =
            token.expires_in.map(|lives| lives.saturating_sub((lives / 10).min(Duration::from_secs(60))));
        let stale_at = lives.and_then(|lives| Instant::now().checked_add(lives));
        Ok(Arc::new(Live { authorization, base_url, stale_at }))
    }

    fn land(&self, result: &Result<Arc<Live>, UpstreamError>) {
        let mut state = self.state();
        state.flight = None;
        match result {
            Ok(live) => {
                state.live = Some(Arc::clone(live));
                state.refused = None;
            }
            Err(error) => {
                let until = match error.kind {
                    ErrorKind::Unauthorized { .. } => {
                        self.report(error);
                        Instant::now() + BELIEVE_REFUSAL
                    }
                    ErrorKind::Throttled { until } => until,
                    _ => return,
                };
                state.refused = Some((until, error.clone()));
            }
        }
    }

    fn report(&self, error: &UpstreamError) {
        let name = &self.upstream;
        error!(source.name = %name, endpoint = error.endpoint, "{error}");
    }

    /// A token may move the API to another host of the same vendor, never to another scheme or a host nobody named.
    fn allows(&self, base: &Url) -> bool {
        let Some(host) = base.host_str() else { return false };
        let named = self.base_hosts.iter().any(|allowed| match allowed.strip_prefix('.') {
            Some(suffix) => host.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('.')),
            None => host == allowed,
        });
        let same = base.origin() == self.base_url.origin();
        base.scheme() == self.base_url.scheme() && (named || same)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing under this lock can leave the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper").field("upstream", &self.upstream).finish_non_exhaustive()
    }
}
