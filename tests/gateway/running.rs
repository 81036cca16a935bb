//! Vendors over a world and a gateway in front of them, all in this process, on free ports.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use leadline::app::{Circumstances, Gateway};
use leadline::auth::{AuthSettings, Minted, mint};
use leadline::config;
use leadline::domain::clock::Clock;
use leadline::http::meters::Meters;
use leadline::sandbox::faults::{Faults, Switch};
use leadline::sandbox::world::World;
use leadline::sandbox::{self, Sandbox, credentials, generate};
use serde_json::{Value, json};

use super::answer::Answer;
use super::tables::column;

/// The settings of the demo: what is shown to everybody is what is tested.
const SETTINGS: &str = include_str!("../../deploy/demo.toml");
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

/// The folder of the package.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

impl Running {
    /// Everything over this world, with the demo's settings.
    pub(crate) async fn over(world: World) -> Self {
        Self::with(world, |settings| settings).await
    }

    /// The same with settings changed as text.
    pub(crate) async fn with(world: World, change: impl Fn(String) -> String) -> Self {
        let origin = world.as_of.unwrap();
        let vendors = sandbox::start(sandbox::Options::new(world.clone())).await.unwrap();
        let integration = generate::integration_user(&world);
        let filled = BTreeMap::from([
            ("LISTEN", "127.0.0.1:0".to_owned()),
            ("ADMIN", "127.0.0.1:0".to_owned()),
            ("DEMO_SECRET", SECRET.to_owned()),
            ("SALESFORCE_URL", vendors.salesforce.url.clone()),
            ("SALESFORCE_CLIENT_ID", credentials::SALESFORCE_CLIENT_ID.to_owned()),
            ("SALESFORCE_CLIENT_SECRET", credentials::SALESFORCE_CLIENT_SECRET.to_owned()),
            ("HUBSPOT_URL", vendors.hubspot.url.clone()),
            ("HUBSPOT_TOKEN", credentials::HUBSPOT_TOKEN.to_owned()),
            ("SALESFORCE_INTEGRATION_USER", integration.as_deref().unwrap_or("none").to_owned()),
        ]);
        let settings = config::load(&change(SETTINGS.to_owned()), &|name| filled.get(name).cloned()).unwrap();
        let auth = settings.auth.clone();
        let meters = METERS.get_or_init(|| Meters::install().unwrap()).clone();
        let circumstances = Circumstances {
            clock: Some(Clock::starting_at(origin)),
            meters: Some(meters),
            ..Circumstances::default()
        };
        let gateway = Gateway::start(settings, circumstances).await.unwrap();
        let http = reqwest::Client::builder().build().unwrap();
        let running = Self { world, vendors, gateway, auth, http };
        running.first_check().await;
        running
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
        let policy = self.auth.views.iter().find(|policy| &*policy.key == view).unwrap();
        let minted = Minted {
            subject: format!("test-{view}"),
            team: policy.team.to_string(),
            role: policy.role.to_string(),
            lifetime: Duration::from_secs(3600),
            claims: claims.as_object().unwrap().clone().into_iter().collect(),
        };
        mint(&self.auth, &minted).unwrap()
    }

    fn usual_claims(&self, view: &str) -> Value {
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
