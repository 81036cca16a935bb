//! A vendor of one test's own, to count and read the calls that reach it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{OriginalUri, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::connectors::bridge::Shared;
use crate::domain::clock::Clock;
use crate::domain::id::SourceName;
use crate::domain::record::{Side, SourceInfo, Vendor};
use crate::source::reading::Reading;
use crate::upstream::Wire;

use super::portal::Portal;

/// A call that reached the vendor.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) path: String,
    pub(super) query: String,
    pub(super) body: Value,
}

type Answers = dyn Fn(&Seen) -> (u16, Value) + Send + Sync;

struct Inner {
    seen: Mutex<Vec<Seen>>,
    answers: Box<Answers>,
}

/// A running vendor. Ends when dropped.
pub(super) struct Fake {
    url: String,
    inner: Arc<Inner>,
    server: JoinHandle<()>,
}

impl Fake {
    pub(super) async fn start(answers: impl Fn(&Seen) -> (u16, Value) + Send + Sync + 'static) -> Self {
        let inner = Arc::new(Inner { seen: Mutex::default(), answers: Box::new(answers) });
        let router = Router::new().fallback(answer).with_state(inner.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("a bound port"));
        let server = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("the vendor runs");
        });
        Self { url, inner, server }
    }

    /// An account at this vendor, with more options in TOML.
    pub(super) fn portal(&self, more: &str) -> Arc<Portal> {
        let url = &self.url;
        let text = format!("base_url = \"{url}\"\naccess_token = \"pat-test\"\n{more}");
        super::portal(info(), toml::from_str(&text).expect("good options"), &shared()).expect("a portal")
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.inner.seen.lock().expect("no test panics while it holds this").clone()
    }

    pub(super) fn paths(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.path).collect()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.server.abort();
    }
}

pub(super) fn info() -> SourceInfo {
    SourceInfo {
        name: SourceName::new("marketing"),
        label: "Marketing".into(),
        vendor: Vendor::HubSpot,
        side: Side::Marketing,
        rank: 1,
    }
}

pub(super) fn shared() -> Shared {
    Shared { wire: Wire::new(Duration::from_secs(2)).expect("TLS works here"), clock: Clock::real() }
}

pub(super) fn reading() -> Reading {
    Reading::interactive(Duration::from_secs(10))
}

async fn answer(
    State(inner): State<Arc<Inner>>,
    OriginalUri(uri): OriginalUri,
    body: Bytes,
) -> impl IntoResponse {
    let seen = Seen {
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    let (status, answer) = (inner.answers)(&seen);
    inner.seen.lock().expect("no test panics while it holds this").push(seen);
    let status = StatusCode::from_u16(status).expect("a status");
    (status, [(header::CONTENT_TYPE, "application/json")], answer.to_string())
}
