//! Slow clients are cut, and stopping waits for the requests under way.

use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;

fn hurried() -> Patience {
    Patience { headers: Duration::from_millis(200), ..Patience::default() }
}

/// Everything the gateway says until it hangs up, and when it did.
async fn until_cut(mut stream: TcpStream) -> (String, Duration) {
    let started = Instant::now();
    let mut said = Vec::new();
    let reading = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut said)).await;
    assert!(reading.is_ok(), "the connection was never cut");
    (String::from_utf8_lossy(&said).into_owned(), started.elapsed())
}

#[tokio::test]
async fn a_silent_socket_is_cut() {
    let gate = Gate::open_with(&Settings::default(), hurried()).await;
    let stream = TcpStream::connect(gate.address).await.unwrap();
    assert_eq!(until_cut(stream).await.0, "");
}

#[tokio::test]
async fn half_a_head_is_cut() {
    let gate = Gate::open_with(&Settings::default(), hurried()).await;
    for start in ["P", "POST /graphql HTTP/1.1\r\nhost: x\r\n"] {
        let mut stream = TcpStream::connect(gate.address).await.unwrap();
        stream.write_all(start.as_bytes()).await.unwrap();
        let (said, _) = until_cut(stream).await;
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 408"), "{said}");
    }
}

#[tokio::test]
async fn a_connection_that_falls_silent_after_a_request_is_cut() {
    let gate = Gate::open_with(&Settings::default(), hurried()).await;
    let mut stream = TcpStream::connect(gate.address).await.unwrap();
    stream.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let (said, _) = until_cut(stream).await;
    assert!(said.starts_with("HTTP/1.1 200") && said.ends_with("ok\n"), "{said}");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_408() {
    let settings = Settings { body_deadline: Duration::from_millis(200), ..Settings::default() };
    let gate = Gate::open_with(&settings, Patience::default()).await;
    let mut stream = TcpStream::connect(gate.address).await.unwrap();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\nauthorization: Bearer {}\r\n\r\n{{",
        token("lead")
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let (said, _) = until_cut(stream).await;
    assert!(said.starts_with("HTTP/1.1 408"), "{said}");
}

#[tokio::test]
async fn connections_over_the_cap_wait_for_a_free_place() {
    let patience = Patience { connections: 1, ..hurried() };
    let gate = Gate::open_with(&Settings::default(), patience).await;
    let _silent = TcpStream::connect(gate.address).await.unwrap();
    assert_eq!(send(gate.client.get(gate.at("/livez"))).await.status, StatusCode::OK);
}

#[tokio::test]
async fn stopping_answers_the_request_under_way_and_takes_no_new_one() {
    let gate = Gate::open().await;
    let under_way = tokio::spawn(send(gate.post("{ slow }")));
    while !crate::graphql::engine::tests::slow_has_begun() {
        tokio::task::yield_now().await;
    }
    gate.stop.cancel();
    let came = under_way.await.unwrap();
    assert_eq!(came.json()["data"]["slow"], 1);
    gate.served.await.unwrap();
    assert!(TcpStream::connect(gate.address).await.is_err());
}

#[tokio::test]
async fn stopping_does_not_wait_for_ever() {
    let patience = Patience { drain: Duration::from_millis(100), ..Patience::default() };
    let gate = Gate::open_with(&Settings::default(), patience).await;
    let mut stream = TcpStream::connect(gate.address).await.unwrap();
    let body = r#"{"query": "{ hangs }"}"#;
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\nauthorization: Bearer {}\r\n\r\n{body}",
        body.len(),
        token("lead")
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(send(gate.client.get(gate.at("/livez"))).await.status, StatusCode::OK);
    gate.stop.cancel();
    tokio::time::timeout(Duration::from_secs(10), gate.served).await.unwrap().unwrap();
    assert_eq!(until_cut(stream).await.0, "");
}
