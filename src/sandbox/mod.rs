//! The other end of the wire: vendors to run on one's own machine, for the demo, the tests and the benchmarks.
//!
//! Speaks only HTTP and shares no code with the connectors, so that neither can hide the other's mistake. The
//! vendors' own client libraries are its test suite (`tests/clients`). Its data is a [`World`].

pub mod admin;
pub mod clock;
pub mod credentials;
pub mod faults;
pub mod generate;
pub mod hubspot;
pub mod salesforce;
#[cfg(test)]
mod tests;
pub mod world;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use futures::future::BoxFuture;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use clock::Clock;
use faults::Faults;
use hubspot::webhooks::{Target, Webhooks};
use world::World;

/// How long answers under way may take once the sandbox is asked to stop.
const PATIENCE: Duration = Duration::from_secs(2);

/// What to start, and where. Port 0 takes any free one.
#[derive(Clone, Debug)]
pub struct Options {
    /// Everything the vendors know.
    pub world: World,
    /// The time at the vendors.
    pub clock: Clock,
    /// Port of the pretend Salesforce.
    pub salesforce_port: u16,
    /// Port of its admin listener.
    pub salesforce_admin_port: u16,
    /// Port of the pretend HubSpot.
    pub hubspot_port: u16,
    /// Port of its admin listener.
    pub hubspot_admin_port: u16,
    /// Where the pretend HubSpot delivers what happens there, from the start.
    pub hubspot_webhooks: Option<Target>,
}

impl Options {
    /// Both vendors over a world, on free ports, at the world's own time.
    pub fn new(world: World) -> Self {
        let clock = Clock::starting_at(world.as_of.unwrap_or_else(chrono::Utc::now));
        Self {
            world,
            clock,
            salesforce_port: 0,
            salesforce_admin_port: 0,
            hubspot_port: 0,
            hubspot_admin_port: 0,
            hubspot_webhooks: None,
        }
    }
}

/// Running vendors. They end with [`Sandbox::stop`], or when this is dropped.
#[derive(Debug)]
pub struct Sandbox {
    /// The pretend Salesforce.
    pub salesforce: Endpoint,
    /// The pretend HubSpot.
    pub hubspot: Endpoint,
    /// What the pretend HubSpot delivers, and where.
    pub webhooks: Arc<Webhooks>,
    servers: Vec<JoinHandle<()>>,
    ending: DropGuard,
}

/// Where a running vendor listens.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The vendor's own address, without a trailing slash.
    pub url: String,
    /// The address of its admin listener.
    pub admin: String,
    /// Its switches and counters, for callers in the same process.
    pub faults: Arc<Faults>,
}

/// Why the sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// Somebody else listens there.
    #[error("port {port} for the pretend {what} is already taken; choose another, or 0 for any free one")]
    PortTaken {
        /// The port asked for.
        port: u16,
        /// Who was to listen there.
        what: &'static str,
    },
    /// The machine does not let us listen there.
    #[error("cannot listen on port {port} for the pretend {what}")]
    Listen {
        /// The port asked for.
        port: u16,
        /// Who was to listen there.
        what: &'static str,
        /// What the machine said.
        source: std::io::Error,
    },
}

/// Starts both vendors and their admin listeners on loopback.
///
/// # Errors
/// A port that cannot be had; then nothing was started.
pub fn start(options: Options) -> BoxFuture<'static, Result<Sandbox, SandboxError>> {
    Box::pin(starting(options))
}

async fn starting(options: Options) -> Result<Sandbox, SandboxError> {
    let Options { mut world, clock, .. } = options;
    let salesforce = Doors {
        public: listen("Salesforce", options.salesforce_port).await?,
        admin: listen("Salesforce's admin listener", options.salesforce_admin_port).await?,
    };
    let hubspot = Doors {
        public: listen("HubSpot", options.hubspot_port).await?,
        admin: listen("HubSpot's admin listener", options.hubspot_admin_port).await?,
    };
    let ending = CancellationToken::new();
    let mut servers = Vec::new();
    let mut serve = |doors: Doors, faults: &Arc<Faults>, vendor: Router, admin: Router| {
        let endpoint = doors.endpoint(faults);
        servers.push(answer(doors.public, vendor, faults, &ending));
        servers.push(answer(doors.admin, admin, faults, &ending));
        endpoint
    };
    let faults = Arc::new(Faults::default());
    let vendor = salesforce::router(&world, clock, &faults);
    let salesforce = serve(salesforce, &faults, vendor, admin::router(&faults));
    // Each vendor has poured the world into a store of its own: what is in two places need not be in three.
    world.vendors.remove("salesforce");
    let (faults, webhooks) = (Arc::new(Faults::default()), Webhooks::new(clock));
    webhooks.deliver_to(options.hubspot_webhooks);
    let habits = hubspot::Options::default();
    let vendor = hubspot::telling(&world, clock, &faults, habits, Arc::clone(&webhooks));
    let admin = admin::router(&faults).merge(hubspot::webhooks::router(&webhooks));
    let hubspot = serve(hubspot, &faults, vendor, admin);
    Ok(Sandbox { salesforce, hubspot, webhooks, servers, ending: ending.drop_guard() })
}

impl Sandbox {
    /// Stops listening, finishes the answers under way, and returns when all has ended.
    pub async fn stop(self) {
        let Self { servers, ending, .. } = self;
        drop(ending);
        for mut server in servers {
            if tokio::time::timeout(PATIENCE, &mut server).await.is_err() {
                server.abort();
            }
        }
    }
}

/// The two listeners of one vendor.
struct Doors {
    public: TcpListener,
    admin: TcpListener,
}

impl Doors {
    fn endpoint(&self, faults: &Arc<Faults>) -> Endpoint {
        Endpoint { url: url(&self.public), admin: url(&self.admin), faults: Arc::clone(faults) }
    }
}

fn url(listener: &TcpListener) -> String {
    format!("http://{}", listener.local_addr().expect("a bound listener has an address"))
}

async fn listen(what: &'static str, port: u16) -> Result<TcpListener, SandboxError> {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await.map_err(|source| {
        if source.kind() == std::io::ErrorKind::AddrInUse {
            SandboxError::PortTaken { port, what }
        } else {
            SandboxError::Listen { port, what, source }
        }
    })
}

/// Serves until the end; then lifts the faults, so that nothing hangs beyond it.
fn answer(
    listener: TcpListener,
    router: Router,
    faults: &Arc<Faults>,
    ending: &CancellationToken,
) -> JoinHandle<()> {
    let ended = ending.clone();
    let faults = Arc::clone(faults);
    let end = async move {
        ended.cancelled().await;
        faults.clear();
    };
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(end).await {
            tracing::error!(%error, "a sandbox listener ended");
        }
    })
}
