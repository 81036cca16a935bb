//! Vendors over a world and a gateway in front of them, all in this process, on free ports.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use leadline::app::{Circumstances, Gateway};
use leadline::auth::{AuthSettings, Minted, mint};
use leadline::capture::Capture;
use leadline::config;
use leadline::domain::clock::{Clock, Hand};
use leadline::http::meters::Meters;
use leadline::ledger::Ledger;
use leadline::sandbox::faults::{Faults, Switch};
use leadline::sandbox::world::World;
use leadline::sandbox::{self, Sandbox, credentials, generate};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::answer::Answer;
use super::tables::column;

/// The settings of the demo: what is shown to everybody is what is tested.
pub(crate) const SETTINGS: &str = include_str!("../../deploy/demo.toml");
/// What tokens are signed with.
const SECRET: &str = "a secret of thirty-two bytes or more";
/// When worlds that are made up begin.
const AS_OF: &str = "2026-03-31T08:00:00Z";
/// The views that are built in.
pub(crate) const VIEWS: [&str; 7] =
    ["sales_rep", "sales_manager", "marketing", "revops", "leadership", "bi", "agency"];

/// The numbers of this process can be begun but once.
static METERS: OnceLock<Meters> = OnceLock::new();

/// A running gateway and its vendors.
pub(crate) struct Running {
    pub(crate) world: World,
    pub(crate) vendors: Sandbox,
    pub(crate) gateway: Gateway,
    pub(crate) auth: AuthSettings,
    /// The time, at the vendors and at the gateway.
    pub(crate) clock: Clock,
    settings: String,
    /// Where the ledger is, where there is one; gone with this.
    folder: Option<TempDir>,
    http: reqwest::Client,
}

/// A company of so many people.
pub(crate) fn company(people: usize) -> World {
    generate::generate(people, 1, AS_OF.parse::<DateTime<Utc>>().unwrap())
}

/// A committed world.
pub(crate) fn committed(name: &str) -> World {
    World::load(&root().join("tests/worlds").join(name)).unwrap()
}

/// The settings a committed world carries.
pub(crate) fn world_settings(name: &str) -> String {
    std::fs::read_to_string(root().join("tests/worlds").join(name).join("settings.toml")).unwrap()
}

/// The folder of the package.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// What the demo fills its settings in with.
pub(crate) fn filled(
    world: &World,
    vendors: &Sandbox,
    folder: Option<&TempDir>,
) -> BTreeMap<&'static str, String> {
    let integration = generate::integration_user(world);
    let within =
        |name: &str| folder.map_or_else(String::new, |it| it.path().join(name).display().to_string());
    BTreeMap::from([
        ("LISTEN", "127.0.0.1:0".to_owned()),
        ("ADMIN", "127.0.0.1:0".to_owned()),
        ("DEMO_SECRET", SECRET.to_owned()),
        ("SALESFORCE_URL", vendors.salesforce.url.clone()),
        ("SALESFORCE_CLIENT_ID", credentials::SALESFORCE_CLIENT_ID.to_owned()),
        ("SALESFORCE_CLIENT_SECRET", credentials::SALESFORCE_CLIENT_SECRET.to_owned()),
        ("HUBSPOT_URL", vendors.hubspot.url.clone()),
        ("HUBSPOT_TOKEN", credentials::HUBSPOT_TOKEN.to_owned()),
        ("SALESFORCE_INTEGRATION_USER", integration.as_deref().unwrap_or("none").to_owned()),
        ("LEDGER_FILE", within("ledger.db")),
        ("EXPORTS", within("exports")),
    ])
}

/// The world's own time.
fn clock(world: &World) -> Clock {
    Clock::starting_at(world.as_of.unwrap())
}

/// A gateway with these settings.
async fn gateway(
    filled: &BTreeMap<&'static str, String>,
    settings: &str,
    ledger: Option<Arc<dyn Ledger>>,
    clock: Clock,
) -> (Gateway, AuthSettings) {
    let settings = config::load(settings, &|name| filled.get(name).cloned()).unwrap();
    let auth = settings.auth.clone();
    let circumstances = Circumstances {
        clock: Some(clock),
        meters: Some(METERS.get_or_init(|| Meters::install().unwrap()).clone()),
        ledger,
        ..Circumstances::default()
    };
    (Gateway::start(settings, circumstances).await.unwrap(), auth)
}

impl Running {
    /// Everything over this world, with the demo's settings, and nothing kept.
    pub(crate) async fn over(world: World) -> Self {
        Self::with(world, |settings| settings).await
    }

    /// The same with settings changed as text; what they say of a ledger, last of all, is left out.
    pub(crate) async fn with(world: World, change: impl Fn(String) -> String) -> Self {
        let live_alone = |text: &str| text.split("[ledger]").next().unwrap_or_default().to_owned();
        Self::start(world, live_alone(&change(live_alone(SETTINGS))), None, None).await
    }

    /// Everything over this world, captured into a ledger. After the first pass only what [`Self::capture_again`] asks
    /// for is read.
    pub(crate) async fn capturing(world: World) -> Self {
        Self::capturing_with(world, "").await
    }

    /// The same with more said at the end of the settings.
    pub(crate) async fn capturing_with(world: World, more: &str) -> Self {
        let running = Self::about_to_capture_with(world, None, more).await;
        running.wait_until_captured().await;
        running
    }

    /// Everything over a committed world under the settings it carries, captured and ready to be counted.
    pub(crate) async fn counting(world: &str) -> Self {
        Self::counting_with(world, "").await
    }

    /// The same with more said at the end of the settings.
    pub(crate) async fn counting_with(world: &str, more: &str) -> Self {
        let settings = world_settings(world) + more;
        let folder = TempDir::new().unwrap();
        let running = Self::start(committed(world), settings, Some(folder), None).await;
        running.wait_until_captured().await;
        running.wait_until_counted().await;
        running
    }

    /// Waits until numbers can be told of what was captured.
    pub(crate) async fn wait_until_counted(&self) {
        let query = "{ metric(input: {kind: LEAD_QUALITY, period: {start: \"2025-01-01\", end: \"2025-01-01\"}}) { status } }";
        let patience = Instant::now() + Duration::from_secs(120);
        loop {
            let answer = self.viewer("revops").ask(query).await;
            if answer.codes().is_empty() {
                return;
            }
            assert_eq!(answer.codes(), ["LEDGER_REQUIRED"], "{:#}", answer.body);
            assert!(Instant::now() < patience, "nothing can be counted: {:#}", answer.body);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The same while the first pass is under way; into this ledger where one is given.
    pub(crate) async fn about_to_capture(world: World, ledger: Option<Arc<dyn Ledger>>) -> Self {
        Self::about_to_capture_with(world, ledger, "").await
    }

    /// The same with more said at the end of the settings.
    pub(crate) async fn about_to_capture_with(
        world: World,
        ledger: Option<Arc<dyn Ledger>>,
        more: &str,
    ) -> Self {
        let seldom = SETTINGS.replace("every = \"30s\"", "every = \"1d\"");
        let seldom = seldom.replace("listings_every = \"5m\"", "listings_every = \"7d\"");
        assert!(seldom.contains("\"1d\"") && seldom.contains("\"7d\""), "the demo's pace is another now");
        // Whole histories of many people are asked for at once, live and captured.
        let patient = seldom.replace("[auth]", "request_timeout = \"120s\"\n\n[auth]");
        let patient = patient.replace("label = \"HubSpot\"", "label = \"HubSpot\"\ntimeout = \"60s\"");
        let settings = patient + "\n[limits]\ncost = 1000000\n" + more;
        Self::start(world, settings, Some(TempDir::new().unwrap()), ledger).await
    }

    async fn start(
        world: World,
        settings: String,
        folder: Option<TempDir>,
        ledger: Option<Arc<dyn Ledger>>,
    ) -> Self {
        let (options, clock) = (sandbox::Options::new(world.clone()), clock(&world));
        Self::start_at(world, options, clock, settings, folder, ledger).await
    }

    /// Everything over this world, captured at this pace, with clocks that one hand moves on.
    pub(crate) async fn by_hand(world: World, settings: String) -> (Self, Clock, Hand) {
        let (clock, hand) = Clock::with_hand(world.as_of.unwrap());
        let mut options = sandbox::Options::new(world.clone());
        options.clock = options.clock.following(hand.moved());
        let folder = Some(TempDir::new().unwrap());
        let running = Self::start_at(world, options, clock, settings, folder, None).await;
        // Of a large company that takes a while.
        let captured = tokio::time::timeout(Duration::from_secs(3_600), running.capture().is_through()).await;
        assert!(captured.is_ok(), "not captured in time: {:?}", running.capture().status());
        (running, clock, hand)
    }

    async fn start_at(
        world: World,
        options: sandbox::Options,
        clock: Clock,
        settings: String,
        folder: Option<TempDir>,
        ledger: Option<Arc<dyn Ledger>>,
    ) -> Self {
        let vendors = sandbox::start(options).await.unwrap();
        let filled = filled(&world, &vendors, folder.as_ref());
        let (gateway, auth) = gateway(&filled, &settings, ledger, clock).await;
        let http = reqwest::Client::builder().build().unwrap();
        let running = Self { world, vendors, gateway, auth, clock, settings, folder, http };
        running.first_check().await;
        running
    }

    /// A gateway over vendors that run already and a ledger in this folder.
    pub(crate) async fn taking_over(world: World, vendors: Sandbox, folder: TempDir) -> Self {
        let filled = filled(&world, &vendors, Some(&folder));
        let clock = clock(&world);
        let (gateway, auth) = gateway(&filled, SETTINGS, None, clock).await;
        let (settings, http) = (SETTINGS.to_owned(), reqwest::Client::builder().build().unwrap());
        Self { world, vendors, gateway, auth, clock, settings, folder: Some(folder), http }
    }

    /// Stops the gateway and starts another over the same vendors and the same ledger.
    pub(crate) async fn restart(self) -> Self {
        self.restart_after(async |_, _, _| {}).await
    }

    /// The same, with something that happens while no gateway runs.
    pub(crate) async fn restart_after(self, meanwhile: impl AsyncFnOnce(&World, &Sandbox, &TempDir)) -> Self {
        let Self { world, vendors, gateway: before, settings, folder, http, .. } = self;
        before.stop().await;
        meanwhile(&world, &vendors, folder.as_ref().unwrap()).await;
        let filled = filled(&world, &vendors, folder.as_ref());
        let clock = clock(&world);
        let (gateway, auth) = gateway(&filled, &settings, None, clock).await;
        Self { world, vendors, gateway, auth, clock, settings, folder, http }
    }

    /// Waits until every source has been read through once.
    pub(crate) async fn wait_until_captured(&self) {
        let patience = Duration::from_secs(240);
        let captured = tokio::time::timeout(patience, self.capture().is_through()).await;
        assert!(captured.is_ok(), "not captured in time: {:?}", self.capture().status());
    }

    /// Has every stream read again, and waits until it was.
    pub(crate) async fn capture_again(&self) {
        let round = self.capture().read_now();
        let patience = Duration::from_secs(240);
        let read = tokio::time::timeout(patience, self.capture().round_is_through(round)).await;
        assert!(read.is_ok(), "not read again in time: {:?}", self.capture().status());
    }

    /// How far capture is.
    pub(crate) fn capture(&self) -> &Capture {
        self.gateway.capture.as_ref().unwrap()
    }

    /// The ledger everything is captured into.
    pub(crate) fn ledger(&self) -> &dyn Ledger {
        &**self.capture().ledger()
    }

    /// Where the ledger's files are.
    pub(crate) fn folder(&self) -> &Path {
        self.whole_folder().path()
    }

    /// The same, which is gone once it is dropped.
    pub(crate) fn whole_folder(&self) -> &TempDir {
        self.folder.as_ref().unwrap()
    }

    /// Waits until the gateway has had its first look at the vendors' metadata, one source after the other: it ends
    /// with the marketing side's campaigns. From then on every call counted is somebody's question.
    async fn first_check(&self) {
        let patience = Instant::now() + Duration::from_secs(20);
        while !self.hubspot().calls().by_endpoint.keys().any(|endpoint| endpoint.ends_with("/campaigns")) {
            assert!(Instant::now() < patience, "the gateway never looked at the vendors' metadata");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// The caller of a built-in view, with the claims such a team's tokens have.
    pub(crate) fn viewer(&self, view: &str) -> Viewer<'_> {
        self.viewer_with(view, self.usual_claims(view))
    }

    /// The caller of a built-in view, with these claims.
    pub(crate) fn viewer_with(&self, view: &str, claims: Value) -> Viewer<'_> {
        Viewer { running: self, token: self.token(view, claims) }
    }

    /// Whoever holds this token.
    pub(crate) fn bearer(&self, token: &str) -> Viewer<'_> {
        Viewer { running: self, token: token.to_owned() }
    }

    /// A token for a view.
    pub(crate) fn token(&self, view: &str, claims: Value) -> String {
        self.token_of(&format!("test-{view}"), view, claims)
    }

    /// The same for somebody else.
    pub(crate) fn token_of(&self, subject: &str, view: &str, claims: Value) -> String {
        let policy = self.auth.views.iter().find(|policy| &*policy.key == view).unwrap();
        let minted = Minted {
            subject: subject.to_owned(),
            team: policy.team.to_string(),
            role: policy.role.to_string(),
            lifetime: Duration::from_secs(3600),
            claims: claims.as_object().unwrap().clone().into_iter().collect(),
        };
        mint(&self.auth, &minted).unwrap()
    }

    /// The claims tokens of such a team have.
    pub(crate) fn usual_claims(&self, view: &str) -> Value {
        let campaigns = column(&self.world, "salesforce", "Campaign", "Id");
        match view {
            "sales_rep" => json!({
                "email": "dana.whitfield@leadline.example",
                "territories": ["emea", "americas", "apac"],
            }),
            "sales_manager" => {
                json!({ "email": "morgan.hale@leadline.example", "territories": ["emea"] })
            }
            "revops" => json!({ "scope": "raw:read identity:write" }),
            "agency" => {
                let granted: Vec<String> = campaigns.iter().take(3).map(|id| format!("sales:{id}")).collect();
                json!({ "campaigns": granted })
            }
            _ => json!({}),
        }
    }

    /// Where questions are sent.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/graphql", self.gateway.address)
    }

    /// The client questions are sent with.
    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Switches and counters of the sales side.
    pub(crate) fn salesforce(&self) -> &Faults {
        &self.vendors.salesforce.faults
    }

    /// Switches and counters of the marketing side.
    pub(crate) fn hubspot(&self) -> &Faults {
        &self.vendors.hubspot.faults
    }

    /// Makes the marketing side go wrong.
    pub(crate) fn break_hubspot(&self, switch: Switch) {
        self.hubspot().set(vec![switch]).unwrap();
    }

    /// Makes the sales side go wrong.
    pub(crate) fn break_salesforce(&self, switch: Switch) {
        self.salesforce().set(vec![switch]).unwrap();
    }

    /// Counts from nought.
    pub(crate) fn reset_calls(&self) {
        self.salesforce().reset_calls();
        self.hubspot().reset_calls();
    }

    /// The calls of both vendors that read records.
    pub(crate) fn calls(&self) -> u64 {
        self.calls_by_endpoint().values().sum()
    }

    /// The same by endpoint: tokens, metadata and the vendors' own limits aside.
    pub(crate) fn calls_by_endpoint(&self) -> BTreeMap<String, u64> {
        let all = [self.salesforce().calls(), self.hubspot().calls()];
        let all = all.into_iter().flat_map(|calls| calls.by_endpoint);
        let is_aside = |endpoint: &str| {
            ["/oauth", "/describe", "/limits", "/properties", "account-info", "/pipelines", "/token"]
                .iter()
                .any(|part| endpoint.contains(part))
        };
        all.filter(|(endpoint, _)| !is_aside(endpoint)).collect()
    }
}

/// Somebody with a token.
#[derive(Clone)]
pub(crate) struct Viewer<'a> {
    running: &'a Running,
    token: String,
}

impl Viewer<'_> {
    /// Asks a question without variables.
    pub(crate) async fn ask(&self, query: &str) -> Answer {
        self.ask_with(query, json!({})).await
    }

    /// Asks a question.
    pub(crate) async fn ask_with(&self, query: &str, variables: Value) -> Answer {
        self.send(&json!({ "query": query, "variables": variables })).await
    }

    /// Sends a body.
    pub(crate) async fn send(&self, body: &Value) -> Answer {
        let request = self.running.http.post(self.running.url()).bearer_auth(&self.token).json(body);
        let response = request.header("accept", "application/graphql-response+json").send().await.unwrap();
        let status = response.status().as_u16();
        let body = response.json().await.unwrap();
        Answer { status, body }
    }

    /// The same for a question of which the view denies some fields: they are null.
    pub(crate) async fn walk_tolerant(&self, field: &str, query: &str) -> Vec<Value> {
        let (mut nodes, mut after) = (Vec::new(), Value::Null);
        loop {
            let answer = self.ask_with(query, json!({ "after": after })).await;
            assert!(answer.codes().iter().all(|code| *code == "FIELD_DENIED"), "{:#}", answer.body);
            let page = &answer.body["data"][field];
            nodes.extend(page["nodes"].as_array().unwrap().iter().cloned());
            if page["pageInfo"]["hasNextPage"] == json!(false) {
                return nodes;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
    }

    /// Follows `endCursor` from the first page to the last, and gives every node. The question takes `$after` and
    /// asks one connection, `field`, for `pageInfo { hasNextPage endCursor }` and `nodes`.
    pub(crate) async fn walk(&self, field: &str, query: &str, variables: Value) -> Vec<Value> {
        let mut nodes = Vec::new();
        let mut after = Value::Null;
        for _ in 0..1_000 {
            let mut given = variables.clone();
            given["after"] = after.clone();
            let answer = self.ask_with(query, given).await.fine();
            let page = &answer.data()[field];
            nodes.extend(page["nodes"].as_array().unwrap().iter().cloned());
            if page["pageInfo"]["hasNextPage"] == json!(false) {
                return nodes;
            }
            let end = page["pageInfo"]["endCursor"].clone();
            assert_ne!(end, after, "a page that ends where it began never ends");
            after = end;
        }
        panic!("a list of a thousand pages");
    }
}
