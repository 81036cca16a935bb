#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod asking;
mod connections;
mod delivering;
mod exporting;
mod layers;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Client, RequestBuilder, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::serve::{Patience, serve};
use super::*;
use crate::auth::{AlgorithmName, AuthSettings, ClaimNames, IssuerKeys, Minted, install_crypto, mint};
use crate::domain::view::{Policy, View};
use crate::graphql::engine::tests::engine;

const JSON: &str = "application/json";
const GRAPHQL: &str = "application/graphql-response+json";

/// A gateway's public doors on a port of their own, over the engine's small test schema.
struct Gate {
    address: SocketAddr,
    client: Client,
    stop: CancellationToken,
    served: JoinHandle<()>,
}

fn auth_settings() -> AuthSettings {
    let everything = View::system().policy().clone();
    let policy = |key: &str, role: &str| {
        Arc::new(Policy { key: key.into(), team: "ops".into(), role: role.into(), ..everything.clone() })
    };
    AuthSettings {
        issuer: "https://id.example.com".to_owned(),
        audience: "leadline".to_owned(),
        algorithms: vec![AlgorithmName::Hs256],
        keys: IssuerKeys::Secret(SecretString::from("0123456789abcdef0123456789abcdef")),
        tenant: None,
        claims: ClaimNames::default(),
        views: vec![policy("revops", "lead")],
        company: Arc::default(),
        pseudonym_key: None,
    }
}

/// Nothing is captured.
fn no_exports() -> Datasets {
    let exports = Exports::new(None, [].into(), chrono_tz::Tz::UTC, Arc::new(|| None));
    Datasets { exports, jobs: None }
}

/// A token of this role; only `lead` has a view.
fn token(role: &str) -> String {
    install_crypto();
    let minted = Minted {
        subject: "user-1".to_owned(),
        team: "ops".to_owned(),
        role: role.to_owned(),
        lifetime: Duration::from_secs(600),
        claims: BTreeMap::new(),
    };
    mint(&auth_settings(), &minted).unwrap()
}

impl Gate {
    async fn open() -> Self {
        Self::open_with(&Settings::default(), Patience::default()).await
    }

    async fn open_with(settings: &Settings, patience: Patience) -> Self {
        install_crypto();
        let wire = crate::upstream::Wire::new(Duration::from_secs(1)).unwrap();
        let authority = Authority::new(auth_settings(), &wire);
        let stop = CancellationToken::new();
        let readiness = Readiness::new(authority.clone(), stop.clone());
        let (engine, doors) = (Arc::new(engine()), Arc::new(delivering::Doors));
        let app = public(engine, authority, readiness, no_exports(), doors, settings).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let served = tokio::spawn(serve(listener, app, patience, stop.clone()));
        let client = Client::builder().no_proxy().build().unwrap();
        Self { address, client, stop, served }
    }

    fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A question that would be answered.
    fn post(&self, query: &str) -> RequestBuilder {
        self.client
            .post(self.at("/graphql"))
            .bearer_auth(token("lead"))
            .header("accept", GRAPHQL)
            .json(&json!({ "query": query }))
    }

    fn get(&self, query: &str) -> RequestBuilder {
        let request = self.client.get(self.at("/graphql")).bearer_auth(token("lead"));
        request.header("accept", GRAPHQL).query(&[("query", query)])
    }
}

/// What came back.
struct Came {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Came {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    fn code(&self) -> String {
        self.json()["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

async fn send(request: RequestBuilder) -> Came {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    Came { status, headers, text: response.text().await.unwrap() }
}
