//! The issuer's keys: one shared secret, or a set behind a URL that is read in the background.
//!
//! A set is kept when the issuer is silent, for up to a day: stale keys beat an outage. A key id it does not have
//! causes one fetch for all who wait, and none again for half a minute, so that nobody can make the gateway ask the
//! issuer by inventing key ids.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use jsonwebtoken::DecodingKey;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};
use tracing::{info, warn};

use super::jwks::{self, KeySet, SetKey};
use super::settings::AlgorithmName;
use super::token::TokenHeader;
use crate::upstream::{HeaderMap, Url, Wire};

/// The largest set read.
const MAX_SET: usize = 256 * 1024;
/// How long one fetch may take.
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);

/// How often the issuer is asked for its keys.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// The soonest background refresh, whatever `Cache-Control` says.
    pub soonest: Duration,
    /// The latest: a key the issuer removed is refused at most so much later.
    pub latest: Duration,
    /// At most one fetch for unknown key ids in this time.
    pub unknown_key: Duration,
    /// How long keys are believed while the issuer is silent.
    pub believed: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            soonest: Duration::from_secs(30),
            latest: Duration::from_secs(240),
            unknown_key: Duration::from_secs(30),
            believed: Duration::from_secs(24 * 60 * 60),
        }
    }
}

/// A key to check a token with.
pub(super) struct Key {
    pub(super) algorithm: AlgorithmName,
    pub(super) decoding: DecodingKey,
    /// Changes whenever the set of keys does.
    pub(super) generation: u64,
}

/// Where keys come from.
pub(super) enum Keys {
    Secret(DecodingKey),
    Remote(Box<RemoteKeys>),
}

impl Keys {
    pub(super) fn secret(secret: &SecretString) -> Self {
        Self::Secret(DecodingKey::from_secret(secret.expose_secret().as_bytes()))
    }

    /// The key for a token with this header, if the issuer has one.
    pub(super) async fn find(&self, header: &TokenHeader) -> Option<Key> {
        match self {
            Self::Secret(decoding) => {
                Some(Key { algorithm: AlgorithmName::Hs256, decoding: decoding.clone(), generation: 0 })
            }
            Self::Remote(keys) => keys.find(header.key_id.as_deref()).await,
        }
    }

    /// Which keys are in force; none when there are none.
    pub(super) fn generation(&self) -> Option<u64> {
        match self {
            Self::Secret(_) => Some(0),
            Self::Remote(keys) => keys.current().map(|set| set.generation),
        }
    }
}

/// Keys behind a URL.
pub(super) struct RemoteKeys {
    wire: Wire,
    url: Url,
    algorithms: Vec<AlgorithmName>,
    pace: Pace,
    set: ArcSwapOption<Fetched>,
    generations: AtomicU64,
    /// Held while fetching, so that one fetch serves all who wait.
    fetching: Mutex<Fetches>,
}

#[derive(Default)]
struct Fetches {
    last_for_unknown: Option<Instant>,
    failures: u32,
}

struct Fetched {
    keys: KeySet,
    body: Vec<u8>,
    at: Instant,
    fresh_for: Duration,
    generation: u64,
}

impl RemoteKeys {
    pub(super) fn new(wire: Wire, url: Url, algorithms: Vec<AlgorithmName>, pace: Pace) -> Self {
        Self {
            wire,
            url,
            algorithms,
            pace,
            set: ArcSwapOption::empty(),
            generations: AtomicU64::new(0),
            fetching: Mutex::default(),
        }
    }

    async fn find(&self, key_id: Option<&str>) -> Option<Key> {
        if let Some(key) = self.current().and_then(|set| set.key(key_id)) {
            return Some(key);
        }
        let mut fetches = self.fetching.lock().await;
        if let Some(key) = self.current().and_then(|set| set.key(key_id)) {
            return Some(key);
        }
        if fetches.last_for_unknown.is_some_and(|last| last.elapsed() < self.pace.unknown_key) {
            return None;
        }
        fetches.last_for_unknown = Some(Instant::now());
        self.fetch(&mut fetches).await;
        drop(fetches);
        self.current().and_then(|set| set.key(key_id))
    }

    /// Refreshes the set before it is stale, for as long as it is polled.
    pub(super) async fn keep_fresh(&self) {
        loop {
            let wait = {
                let mut fetches = self.fetching.lock().await;
                let due = self
                    .current()
                    .map_or(Duration::ZERO, |set| set.fresh_for.saturating_sub(set.at.elapsed()));
                if due.is_zero() {
                    self.fetch(&mut fetches).await;
                }
                if fetches.failures == 0 {
                    self.current().map_or(self.pace.soonest, |set| set.fresh_for)
                } else {
                    // 1 s, 2 s, 4 s … up to the soonest regular refresh.
                    Duration::from_secs(1 << fetches.failures.min(6).saturating_sub(1)).min(self.pace.soonest)
                }
            };
            sleep(wait).await;
        }
    }

    /// The set, unless the issuer has been silent for too long.
    fn current(&self) -> Option<Arc<Fetched>> {
        self.set.load_full().filter(|set| set.at.elapsed() < self.pace.believed)
    }

    async fn fetch(&self, fetches: &mut Fetches) {
        let deadline = Instant::now() + FETCH_TIMEOUT;
        let problem = match self.wire.get("jwks", self.url.clone(), MAX_SET, deadline).await {
            Err(error) => error.to_string(),
            Ok(reply) => match jwks::read(&reply.body, &self.algorithms) {
                Err(problem) => problem.to_owned(),
                Ok(keys) if keys.is_empty() => "it has no key that may be used".to_owned(),
                Ok(keys) => {
                    fetches.failures = 0;
                    return self.keep(keys, &reply.body, &reply.headers);
                }
            },
        };
        fetches.failures = fetches.failures.saturating_add(1);
        warn!(error = %problem, "could not read the issuer's keys: {problem}");
    }

    fn keep(&self, keys: KeySet, body: &[u8], headers: &HeaderMap) {
        let before = self.set.load_full();
        let unchanged = before.filter(|before| before.body == body).map(|before| before.generation);
        let generation = unchanged.unwrap_or_else(|| {
            info!(keys = keys.len(), "the issuer has {} usable keys", keys.len());
            self.generations.fetch_add(1, Ordering::Relaxed) + 1
        });
        let fresh_for =
            max_age(headers).unwrap_or(self.pace.latest).clamp(self.pace.soonest, self.pace.latest);
        self.set.store(Some(Arc::new(Fetched {
            keys,
            body: body.to_vec(),
            at: Instant::now(),
            fresh_for,
            generation,
        })));
    }
}

impl Fetched {
    /// The key of that id. A token without an id can only mean the only key there is.
    fn key(&self, key_id: Option<&str>) -> Option<Key> {
        let found: &SetKey = match key_id {
            Some(key_id) => self.keys.get(key_id)?,
            None if self.keys.len() == 1 => self.keys.values().next()?,
            None => return None,
        };
        let SetKey { algorithm, decoding } = found.clone();
        Some(Key { algorithm, decoding, generation: self.generation })
    }
}

/// How long `Cache-Control` lets the set be kept.
fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("cache-control")?.to_str().ok()?.to_lowercase();
    let mut directives = text.split(',').map(str::trim);
    if directives.clone().any(|one| one == "no-store" || one == "no-cache") {
        return Some(Duration::ZERO);
    }
    let seconds = directives.find_map(|one| one.strip_prefix("max-age="))?;
    seconds.trim_matches('"').parse().ok().map(Duration::from_secs)
}
