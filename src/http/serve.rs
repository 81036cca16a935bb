//! Listens, and lets go gracefully.
//!
//! A connection has ten seconds to say what it wants, also between requests and also when it says nothing at all;
//! there are only so many at once; stopping means no new connections, then time for the requests under way.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// How connections are held.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How long the head of a request may take to arrive.
    pub headers: Duration,
    /// How long requests under way are waited for when stopping.
    pub drain: Duration,
    /// Connections at once.
    pub connections: usize,
}

impl Default for Patience {
    fn default() -> Self {
        Self { headers: Duration::from_secs(10), drain: Duration::from_secs(25), connections: 4096 }
    }
}

/// The largest head of a request.
const LARGEST_HEAD: usize = 64 * 1024;
/// How long to wait when the system has no more sockets to give.
const OUT_OF_SOCKETS: Duration = Duration::from_millis(100);

/// Serves until `stop` is called and the requests under way are answered, or their time is up.
pub async fn serve(listener: TcpListener, app: Router, patience: Patience, stop: CancellationToken) {
    let slots = Arc::new(Semaphore::new(patience.connections));
    let connections = TaskTracker::new();
    let cut = CancellationToken::new();
    loop {
        let accept = async {
            let slot = slots.clone().acquire_owned().await.expect("the semaphore is never closed");
            (slot, listener.accept().await)
        };
        let (slot, accepted) = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accept => accepted,
        };
        let stream = match accepted {
            Ok((stream, _peer)) => stream,
            Err(error) => {
                tracing::warn!(error = %error, "could not accept a connection: {error}");
                tokio::time::sleep(OUT_OF_SOCKETS).await;
                continue;
            }
        };
        let (app, stop, cut) = (app.clone(), stop.clone(), cut.clone());
        connections.spawn(async move {
            tokio::select! {
                () = hold(stream, app, patience.headers, stop) => {}
                () = cut.cancelled() => {}
            }
            drop(slot);
        });
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(patience.drain, connections.wait()).await.is_err() {
        tracing::warn!(connections = connections.len(), "stopped with requests under way");
        cut.cancel();
        connections.wait().await;
    }
}

/// Answers one connection's requests, one after the other.
async fn hold(stream: TcpStream, app: Router, headers: Duration, stop: CancellationToken) {
    // Answers are written whole; waiting to fill a packet would only delay them.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let app = app.clone();
        async move {
            Ok::<_, Infallible>(
                app.oneshot(request.map(axum::body::Body::new)).await.unwrap_or_else(|never| match never {}),
            )
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(headers)
        .max_buf_size(LARGEST_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // A client that went away or was too slow is no news.
        tracing::debug!(error = %error, "a connection ended: {error}");
    }
}
