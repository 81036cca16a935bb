//! The wire against a pretend vendor on loopback, in real time.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

mod exchange;
mod limits;
mod tokens;

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use secrecy::SecretString;
use serde_json::Value;
use tokio::time::Instant;

use super::*;

type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// A server that answers every request as told and remembers when each came.
struct Vendor {
    base: Url,
    asked: Arc<Mutex<Vec<Instant>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Vendor {
    /// Answers the n-th request, counted from 0, with `answer(n, request)`.
    async fn start<F, A>(answer: F) -> Self
    where
        F: Fn(usize, Request) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = Response> + Send + 'static,
    {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let routes = Router::new().fallback(move |request: Request| -> Answering {
            let n = {
                let mut log = log.lock().unwrap();
                log.push(Instant::now());
                log.len() - 1
            };
            Box::pin(answer(n, request))
        });
        let routes = routes.layer(tower_http::compression::CompressionLayer::new());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let task = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { base, asked, task }
    }

    fn calls(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    fn config(&self) -> UpstreamConfig {
        let mut config = UpstreamConfig::new("sales", self.base.clone());
        config.retry.first_delay = Duration::from_millis(2);
        config
    }

    fn upstream(&self) -> Upstream {
        upstream(&self.config())
    }
}

impl Drop for Vendor {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn upstream(config: &UpstreamConfig) -> Upstream {
    let token = StaticToken(SecretString::from("the-secret-token"));
    Upstream::new(&wire(), config, Arc::new(Plain), Arc::new(token))
}

fn wire() -> Wire {
    Wire::new(Duration::from_secs(2)).unwrap()
}

fn call() -> Call {
    Call::get("people", "api", "/people", Instant::now() + Duration::from_secs(10))
}

async fn ask(upstream: &Upstream) -> Result<Value, ErrorKind> {
    upstream.json(call()).await.map(|answer| answer.value).map_err(|error| error.kind)
}

/// Words its refusals plainly: 429 with an optional `x-daily`, quota in `x-left: remaining/limit`.
struct Plain;

impl Dialect for Plain {
    fn judge(&self, status: StatusCode, headers: &HeaderMap, _body: &[u8]) -> Verdict {
        match status.as_u16() {
            401 => Verdict::TokenExpired,
            403 => Verdict::Unauthorized { code: "NO_ENTRY".to_owned() },
            429 => Verdict::Throttled { wait: None, bucket: None, daily: headers.contains_key("x-daily") },
            500.. => Verdict::Transient,
            400.. => Verdict::Rejected { code: "NO".to_owned(), message: "no ann@example.com".to_owned() },
            _ => Verdict::Ok,
        }
    }

    fn quota(&self, headers: &HeaderMap) -> Option<Quota> {
        let (remaining, limit) = headers.get("x-left")?.to_str().ok()?.split_once('/')?;
        Some(Quota { remaining: remaining.parse().ok()?, limit: limit.parse().ok()?, resets_in: None })
    }
}

fn json(body: &'static str) -> Response {
    ([("content-type", "application/json")], body).into_response()
}

fn status(code: u16) -> Response {
    (axum::http::StatusCode::from_u16(code).unwrap(), json("{}")).into_response()
}
