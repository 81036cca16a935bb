//! Deliveries to whoever wants to be told: every write as an event, signed and sent to one address of this machine.
//!
//! The vendor's app subscribes to everything here. Events wait a moment and leave in lists of at most a hundred, in no
//! promised order; a list that is not acknowledged within five seconds by any 2xx is sent again, up to ten times, with
//! pauses that grow: tenths of seconds where the vendor takes minutes and hours. Nothing is told while no target is set.
//! The target's address is the one that is signed; the connection may go elsewhere, as behind a proxy that ends TLS, but
//! never to another machine.

mod admin;
mod event;
mod signature;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use reqwest::{Client, Url};
use serde_json::Value;
use tokio::sync::Semaphore;

pub use admin::router;

use super::kind::Kind;
use super::stamp::Millis;
use super::store::news::{Linked, News};
use crate::sandbox::clock::Clock;
use crate::sandbox::credentials::HUBSPOT_CLIENT_SECRET;
use event::Writer;

/// Events of one delivery.
const MOST: usize = 100;
/// Deliveries under way at once.
const AT_ONCE: usize = 10;
/// How often one is sent.
const ATTEMPTS: u32 = 10;
/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long events wait for others.
const GATHERED: Duration = Duration::from_millis(20);
/// The pause before the second attempt; each further one is twice as long, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Where deliveries go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The address as the app's settings have it: what is signed.
    url: Url,
    /// What is connected to instead of the address's own host and port.
    connect: SocketAddr,
}

impl Target {
    /// Deliveries for an address. Without `connect` its own host must be one of this machine.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn new(url: &str, connect: Option<SocketAddr>) -> Result<Self, &'static str> {
        let url: Url = url.parse().map_err(|_| "that is no URL")?;
        let own = || {
            let host = url.host_str()?.trim_matches(['[', ']']);
            let host = if host == "localhost" { "127.0.0.1" } else { host };
            Some(SocketAddr::new(host.parse().ok()?, url.port_or_known_default()?))
        };
        let connect = connect.or_else(own).filter(|address| address.ip().is_loopback());
        let connect = connect.ok_or("deliveries go to this machine alone: 127.0.0.1 or localhost")?;
        Ok(Self { url, connect })
    }
}

impl FromStr for Target {
    type Err = &'static str;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        Self::new(url, None)
    }
}

/// What became of deliveries so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tally {
    /// Events nobody has acknowledged or given up yet.
    pub waiting: usize,
    /// Events of acknowledged deliveries.
    pub acknowledged: usize,
    /// Events that were given up.
    pub given_up: usize,
    /// Attempts that were not acknowledged.
    pub refused: usize,
}

/// The deliveries of one portal.
#[derive(Debug)]
pub struct Webhooks {
    clock: Clock,
    /// Made for the first delivery: most portals never make one.
    client: OnceLock<Client>,
    slots: Semaphore,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    target: Option<Target>,
    queue: Vec<Value>,
    is_gathering: bool,
    writer: Writer,
    tally: Tally,
}

impl Webhooks {
    /// Nothing is delivered until a target is set.
    pub fn new(clock: Clock) -> Arc<Self> {
        let (client, slots) = (OnceLock::new(), Semaphore::new(AT_ONCE));
        Arc::new(Self { clock, client, slots, state: Mutex::default() })
    }

    /// From now on deliveries go there; to nobody when there is no target.
    pub fn deliver_to(&self, target: Option<Target>) {
        self.state().target = target;
    }

    /// Where deliveries go.
    pub fn target(&self) -> Option<Target> {
        self.state().target.clone()
    }

    /// What became of deliveries so far.
    pub fn tally(&self) -> Tally {
        self.state().tally
    }

    /// Tells what happened in a portal.
    pub(super) fn tell(self: &Arc<Self>, portal: u64, at: Millis, news: &[(Kind, News)], linked: &[Linked]) {
        let mut state = self.state();
        if state.target.is_none() {
            return;
        }
        let mut events: Vec<Value> =
            news.iter().flat_map(|(kind, news)| state.writer.events(portal, at, *kind, news)).collect();
        events.extend(linked.iter().filter_map(|linked| state.writer.linked(portal, at, linked)));
        state.tally.waiting += events.len();
        state.queue.append(&mut events);
        if !state.queue.is_empty() && !std::mem::replace(&mut state.is_gathering, true) {
            let own = Arc::clone(self);
            tokio::spawn(async move { own.send_what_gathered().await });
        }
    }

    async fn send_what_gathered(self: Arc<Self>) {
        tokio::time::sleep(GATHERED).await;
        let (queue, target) = {
            let mut state = self.state();
            state.is_gathering = false;
            (std::mem::take(&mut state.queue), state.target.clone())
        };
        for events in queue.chunks(MOST) {
            let (own, target, events) = (Arc::clone(&self), target.clone(), events.to_vec());
            tokio::spawn(async move { own.deliver(target, events).await });
        }
    }

    /// Sends a list until it is acknowledged, or given up.
    async fn deliver(&self, target: Option<Target>, mut events: Vec<Value>) {
        let mut pause = FIRST_PAUSE;
        for attempt in 0..ATTEMPTS {
            for event in &mut events {
                event["attemptNumber"] = attempt.into();
            }
            let Some(target) = &target else { break };
            if self.send(target, &events).await {
                let mut state = self.state();
                state.tally.waiting -= events.len();
                state.tally.acknowledged += events.len();
                return;
            }
            self.state().tally.refused += 1;
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        let mut state = self.state();
        state.tally.waiting -= events.len();
        state.tally.given_up += events.len();
    }

    /// One attempt, and whether it was acknowledged.
    async fn send(&self, target: &Target, events: &[Value]) -> bool {
        let Ok(_slot) = self.slots.acquire().await else { return false };
        let body = Value::from(events).to_string();
        let mut address = target.url.clone();
        let host = address.host_str().unwrap_or_default().to_owned();
        let way = address.set_scheme("http").and_then(|()| address.set_port(Some(target.connect.port())));
        if way.is_err() || address.set_ip_host(target.connect.ip()).is_err() {
            return false;
        }
        let request = self.client.get_or_init(client).post(address).header("host", host);
        let mut request = request.header("content-type", "application/json");
        let signed_at = self.clock.now().timestamp_millis();
        for (name, value) in signature::headers(HUBSPOT_CLIENT_SECRET, target.url.as_str(), &body, signed_at)
        {
            request = request.header(name, value);
        }
        request.body(body).send().await.is_ok_and(|answer| answer.status().is_success())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What deliveries are sent with.
fn client() -> Client {
    let client = Client::builder().no_proxy().timeout(PATIENCE);
    let client = client.redirect(reqwest::redirect::Policy::none());
    client.build().expect("a client without TLS settings of its own can be made")
}
