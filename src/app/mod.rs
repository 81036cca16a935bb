//! Composition root: settings in, a running gateway out.
//!
//! May use everyone and is used by nobody but the commands and the tests. It makes the one HTTP client, one source for
//! each configured connection, the live path over them, the engine over that, and the doors in front. Where the settings
//! have a ledger it opens it, puts a shelf beside each captured source, and has capture fill it.

mod counting;
mod erase;
mod exporting;
mod keeping;
mod reporting;
mod webhooks;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::auth::Authority;
use crate::capture::Capture;
use crate::config::{Options, Settings};
use crate::connectors::bridge::Shared;
use crate::connectors::{hubspot, salesforce};
use crate::domain::clock::Clock;
use crate::domain::id::RecordKey;
use crate::domain::view::{Claims, Policy, View};
use crate::export::jobs::OpenError;
use crate::facts::Facts;
use crate::graphql::document::Limits;
use crate::graphql::engine::{Bounds, Engine};
use crate::graphql::{schema, sdl};
use crate::http::meters::Meters;
use crate::http::serve::{Patience, serve};
use crate::http::{self, OfferedToken, Readiness};
use crate::ledger::Ledger;
use crate::ledger::error::LedgerError;
use crate::source::describe::{Finding, Severity};
use crate::source::error::SourceError;
use crate::source::{Memory, Source};
use crate::unify::identity::rules::IdentityRules;
use crate::unify::live::{Arrangements, CustomFields, Live};
use crate::upstream::Wire;

pub use erase::{Eraser, erase_without_gateway};
use reporting::Reporting;
use webhooks::Ears;

/// Longer than this nobody waits for a connection to a vendor.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How often the vendors' metadata is compared with the settings.
const CHECK_EVERY: Duration = Duration::from_secs(600);
/// At most so many batches of one capability of one source at once.
const BATCHES: usize = 4;

/// Why the gateway cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No HTTP client could be made.
    #[error("no HTTP client can be made")]
    Wire(#[source] reqwest::Error),
    /// A source's options make no sense together.
    #[error("sources.{name}: {message}")]
    Source {
        /// The source.
        name: String,
        /// What is wrong.
        message: String,
    },
    /// An address is taken or not ours.
    #[error("cannot listen on {address}: {cause}; choose another with {setting}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The setting that names it.
        setting: &'static str,
        /// What the system says.
        cause: std::io::Error,
    },
    /// An allowed origin is none.
    #[error("server.allowed_origins: {0}")]
    Origin(#[from] http::NoOrigin),
    /// The ledger cannot be used.
    #[error("ledger: {0}")]
    Ledger(#[from] LedgerError),
    /// The directory of exports cannot be used.
    #[error("exports.directory: {0}")]
    Exports(#[from] OpenError),
    /// The numbers are counted already.
    #[error("the numbers of this process are counted already")]
    Meters(#[from] metrics_exporter_prometheus::BuildError),
}

/// What a start needs beside the settings.
#[derive(Default)]
pub struct Circumstances {
    /// The gateway's clock; the present when none.
    pub clock: Option<Clock>,
    /// The numbers of this process; begun when none are given.
    pub meters: Option<Meters>,
    /// Tokens for the page to offer; for the demo alone.
    pub offered_tokens: Vec<OfferedToken>,
    /// Addresses for the page's examples; for the demo alone.
    pub offered_emails: Vec<String>,
    /// The ledger to use instead of the one the settings name.
    pub ledger: Option<Arc<dyn Ledger>>,
}

/// A running gateway. Dropping it stops it without waiting.
pub struct Gateway {
    /// Where clients connect.
    pub address: SocketAddr,
    /// Where operators connect.
    pub admin: SocketAddr,
    /// How far capture is, where the settings have it.
    pub capture: Option<Capture>,
    facts: Option<Arc<Facts>>,
    stop: CancellationToken,
    end: CancellationToken,
    public_door: TaskTracker,
    admin_door: TaskTracker,
    capturing: TaskTracker,
    exporting: TaskTracker,
}

impl Gateway {
    /// Starts listening and answering.
    ///
    /// # Errors
    /// A sentence about what hinders it.
    pub fn start(
        settings: Settings,
        circumstances: Circumstances,
    ) -> BoxFuture<'static, Result<Self, StartError>> {
        Box::pin(Self::starting(settings, circumstances))
    }

    async fn starting(settings: Settings, circumstances: Circumstances) -> Result<Self, StartError> {
        let wire = Wire::new(CONNECT_TIMEOUT).map_err(StartError::Wire)?;
        let clock = circumstances.clock.unwrap_or_else(Clock::real);
        let ledger = keeping::open(&settings, circumstances.ledger).await?;
        let live = live(&settings, &wire, clock)?;
        let (live, engine_of_capture) = match (&ledger, &settings.capture) {
            (Some(ledger), Some(plan)) => keeping::capturing(live, ledger, plan, clock),
            _ => (Arc::new(live), None),
        };
        let capture = engine_of_capture.as_ref().map(|engine| engine.capture.clone());
        let facts = counting::facts(&settings, &live, capture.as_ref(), clock);
        let numbers = counting::numbers(&settings, facts.clone());
        let exports = exporting::exports(&settings, &live, facts.clone());
        let reporting = ledger.as_ref().and_then(|ledger| Reporting::of(&settings, &**ledger, &exports));
        let meters = circumstances.meters.map_or_else(Meters::install, Ok)?;
        let bounds = bounds(&settings);
        let files = exporting::Plan::of(&settings);
        let public_settings = http::Settings {
            allowed_origins: settings.server.allowed_origins.clone(),
            at_once: usize::try_from(settings.limits.requests).unwrap_or(usize::MAX),
            largest_body: usize::try_from(settings.limits.body).unwrap_or(usize::MAX),
            offered_tokens: circumstances.offered_tokens,
            offered_emails: circumstances.offered_emails,
            ..http::Settings::default()
        };
        let patience = Patience { drain: settings.server.drain, ..Patience::default() };
        let (listen, admin_listen) = (settings.server.listen, settings.server.admin);
        let public_listener = bind(listen, "server.listen (or --port)").await?;
        let admin_listener = bind(admin_listen, "server.admin").await?;
        let address = public_listener.local_addr().unwrap_or(listen);
        let admin = admin_listener.local_addr().unwrap_or(admin_listen);

        let (stop, end) = (CancellationToken::new(), CancellationToken::new());
        let authority = Authority::new(settings.auth, &wire);
        let mut readiness = Readiness::new(authority.clone(), stop.clone());
        let jobs = files.open(&exports, clock, &authority)?;
        let mut engine = Engine::new(schema::schema(), live.clone(), bounds)
            .with_numbers(numbers)
            .with_exports(exports.clone())
            .with_jobs(jobs.clone());
        if let Some(capture) = &capture {
            readiness = readiness.noting(keeping::note(capture, reporting.as_ref().map(Reporting::note)));
            engine = engine.with_capture(capture.clone());
        }
        let engine = Arc::new(engine);
        let datasets = http::Datasets { exports, jobs: jobs.clone() };
        let ears = Arc::new(Ears::new(live.clone(), ledger.clone(), capture.clone()));
        let (asked, ready) = (authority.clone(), readiness.clone());
        let public = http::public(engine, asked, ready, datasets, ears, &public_settings)?;
        let mut admin_doors = http::admin::admin(readiness, meters.clone());
        if let Some(ledger) = &ledger {
            let eraser =
                Eraser::new(live.clone(), ledger.clone(), capture.clone(), facts.clone(), jobs.clone());
            admin_doors = admin_doors.merge(http::admin::erasing(Arc::new(eraser)));
        }

        let (public_door, admin_door) = (TaskTracker::new(), TaskTracker::new());
        public_door.spawn(serve(public_listener, public, patience, stop.clone()));
        admin_door.spawn(serve(admin_listener, admin_doors, patience, end.clone()));
        public_door.close();
        admin_door.close();
        let capturing = TaskTracker::new();
        if let Some(engine) = engine_of_capture {
            capturing.spawn(engine.run(stop.clone()));
        }
        capturing.close();
        if let Some((reporting, capture)) = reporting.zip(capture.clone()) {
            tokio::spawn(end.clone().run_until_cancelled_owned(reporting.keep(capture)));
        }
        let exporting = TaskTracker::new();
        if let Some(jobs) = jobs.clone() {
            exporting.spawn(jobs.run(stop.clone()));
        }
        exporting.close();
        let keeping_files = jobs.zip(capture.clone());
        let keeping_facts = facts.clone().zip(capture.clone());
        let upkeep = end.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = upkeep.cancelled() => {}
                () = async {
                    let counting = async {
                        if let Some((facts, capture)) = keeping_facts {
                            counting::keep_current(facts, capture).await;
                        }
                    };
                    let erasing = async {
                        if let Some((jobs, capture)) = keeping_files {
                            exporting::keep_erased(jobs, capture).await;
                        }
                    };
                    let keys = authority.keep_keys_fresh();
                    tokio::join!(keys, meters.keep_tidy(), keep_checking(live), counting, erasing);
                } => {}
            }
        });
        Ok(Self { address, admin, capture, facts, stop, end, public_door, admin_door, capturing, exporting })
    }

    /// Turns new requests away, waits for those under way, then ends.
    pub async fn stop(self) {
        self.stop.cancel();
        tokio::join!(self.public_door.wait(), self.capturing.wait(), self.exporting.wait());
        if let Some(facts) = &self.facts {
            facts.keep().await;
        }
        // Until here operators were told "not ready".
        self.end.cancel();
        self.admin_door.wait().await;
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.stop.cancel();
        self.end.cancel();
    }
}

/// One source for each configured connection, and the live path over them.
///
/// # Errors
/// When the options of a source make no sense together.
pub fn live(settings: &Settings, wire: &Wire, clock: Clock) -> Result<Live, StartError> {
    let shared = Shared { wire: wire.clone(), clock };
    let share = settings.cache.size / settings.sources.len().max(1) as u64;
    let mut sources = Vec::with_capacity(settings.sources.len());
    for source in &settings.sources {
        let wrong = |message: String| StartError::Source { name: source.info.name.to_string(), message };
        let connection = match source.options.clone() {
            Options::Salesforce(options) => salesforce::connect(source.info.clone(), *options, &shared)
                .map_err(|error| wrong(error.to_string()))?,
            Options::HubSpot(options) => hubspot::connect(source.info.clone(), *options, &shared)
                .map_err(|error| wrong(error.to_string()))?,
        };
        sources.push(Source::new(connection, Memory { bytes: share, fresh: source.cache, slots: BATCHES }));
    }
    let renamed = settings
        .sources
        .iter()
        .flat_map(|source| source.previous_names.iter().map(|old| (old.clone(), source.info.name.clone())));
    let arrangements = Arrangements {
        fields: custom_fields(settings),
        campaigns: campaign_groups(settings),
        renamed: renamed.collect(),
        zone: settings.calendar.zone,
        patience: settings.server.request_timeout,
    };
    Ok(Live::new(sources, identity_rules(settings), arrangements, clock))
}

/// Which addresses link.
fn identity_rules(settings: &Settings) -> IdentityRules {
    let identity = &settings.identity;
    let mut rules = IdentityRules::default();
    rules.blocked_local_parts.extend(identity.blocked.iter().cloned());
    rules.placeholders.extend(identity.placeholders.iter().cloned());
    rules.domains_ignoring_tags.clone_from(&identity.ignore_tags);
    rules.domains_ignoring_dots.clone_from(&identity.ignore_dots);
    rules
}

/// The company's own fields.
fn custom_fields(settings: &Settings) -> CustomFields {
    let infos =
        |fields: &[crate::config::CustomField]| fields.iter().map(|field| field.info.clone()).collect();
    CustomFields {
        person: infos(&settings.fields.person),
        account: infos(&settings.fields.account),
        opportunity: infos(&settings.fields.opportunity),
    }
}

/// Records of several sources that are one campaign.
fn campaign_groups(settings: &Settings) -> Vec<Vec<RecordKey>> {
    let group = |group: &crate::config::CampaignGroup| {
        group.records.iter().map(|(source, id)| RecordKey::new(source, "", id)).collect()
    };
    settings.campaigns.iter().map(group).collect()
}

/// The contract as a view of these rules knows it; the whole contract when none is given.
pub fn contract(policy: Option<&Arc<Policy>>) -> String {
    let whole = schema::contract();
    let Some(policy) = policy else { return sdl::print(&whole) };
    let view = View::grant(policy.clone(), Arc::default(), None, Claims::default());
    sdl::print(&sdl::without(&whole, &sdl::hidden_from(&view)))
}

/// Asks every configured source what `leadline check --connect` wants to know.
///
/// # Errors
/// When the options of a source make no sense together.
pub fn check_connections(settings: &Settings) -> BoxFuture<'_, Result<Checks, StartError>> {
    Box::pin(checks(settings))
}

/// What each source found, by its name.
pub type Checks = Vec<(String, Result<Vec<Finding>, SourceError>)>;

async fn checks(settings: &Settings) -> Result<Checks, StartError> {
    let wire = Wire::new(CONNECT_TIMEOUT).map_err(StartError::Wire)?;
    let live = live(settings, &wire, Clock::real())?;
    let checks = live
        .described()
        .map(|source| async { (source.info.name.to_string(), source.describe.check().await) });
    Ok(futures::future::join_all(checks).await)
}

fn bounds(settings: &Settings) -> Bounds {
    let limits = &settings.limits;
    let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let document = Limits {
        bytes: size(limits.document),
        tokens: size(limits.tokens),
        directives: size(limits.directives),
        selections: limits.selections,
        depth: limits.depth,
        aliases: limits.aliases,
        cost: limits.cost,
        ..Limits::default()
    };
    Bounds { document, deadline: settings.server.request_timeout }
}

async fn bind(address: SocketAddr, setting: &'static str) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|cause| StartError::Listen { address, setting, cause })
}

/// Compares every vendor's metadata with the settings, now and then. The gateway serves meanwhile: a source that lacks
/// what it cannot do without says so of itself.
async fn keep_checking(live: Arc<Live>) {
    loop {
        for source in live.described() {
            match source.describe.check().await {
                Ok(findings) => {
                    for finding in &findings {
                        tell(source.info.name.as_str(), finding);
                    }
                }
                Err(error) => {
                    tracing::warn!(source.name = %source.info.name, "could not check {}: {error}", source.info.name);
                }
            }
        }
        tokio::time::sleep(CHECK_EVERY).await;
    }
}

fn tell(source: &str, finding: &Finding) {
    let message = &finding.message;
    match finding.severity {
        Severity::Info => tracing::debug!(source.name = source, "{source}: {message}"),
        Severity::Warning => tracing::warn!(source.name = source, "{source}: {message}"),
        Severity::Error => tracing::error!(source.name = source, "{source}: {message}"),
    }
}
