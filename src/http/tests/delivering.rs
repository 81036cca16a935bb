//! The door for what vendors deliver, over a listener that believes what says please.

use async_trait::async_trait;

use super::super::webhooks::{Delivered, Heard, Hearing, NotHeard};
use super::*;

/// One source, `marketing`, that takes deliveries.
pub(super) struct Doors;

#[async_trait]
impl Hearing for Doors {
    fn has_door(&self, source: &str) -> bool {
        source == "marketing"
    }

    async fn hear(&self, _source: &str, delivered: &Delivered) -> Result<Heard, NotHeard> {
        if delivered.header("x-please") != Some("yes") {
            let told = "Say please.".to_owned();
            return Err(NotHeard::NotBelieved { outcome: "forged", told });
        }
        match delivered.body() {
            b"nonsense" => Err(NotHeard::Unreadable("That is nonsense.".to_owned())),
            b"too much" => Err(NotHeard::Failed("the disk of secret-host is full".to_owned())),
            b"panic" => panic!("a test wants it"),
            _ => Ok(Heard { changed: 1, ..Heard::default() }),
        }
    }
}

fn delivery(gate: &Gate, source: &str, body: &'static str) -> RequestBuilder {
    gate.client.post(gate.at(&format!("/webhooks/{source}"))).header("x-please", "yes").body(body)
}

#[tokio::test]
async fn a_delivery_needs_no_token_and_is_acknowledged_without_a_body() {
    let gate = Gate::open().await;
    let came = send(delivery(&gate, "marketing", "[]")).await;
    assert_eq!((came.status, came.text.as_str()), (StatusCode::NO_CONTENT, ""));
    let from_a_page = delivery(&gate, "marketing", "[]").header("origin", "https://evil.example");
    assert_eq!(send(from_a_page).await.status, StatusCode::NO_CONTENT, "its signature says who it is from");
}

#[tokio::test]
async fn a_refused_delivery_is_told_why_in_a_status_and_a_sentence() {
    let gate = Gate::open().await;
    let unsigned = gate.client.post(gate.at("/webhooks/marketing")).body("[]");
    for (request, status, code) in [
        (unsigned, StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"),
        (
            delivery(&gate, "marketing", "[]").header("x-please", "yes"),
            StatusCode::UNAUTHORIZED,
            "UNAUTHENTICATED",
        ),
        (delivery(&gate, "marketing", "nonsense"), StatusCode::BAD_REQUEST, "BAD_INPUT"),
        (delivery(&gate, "marketing", "too much"), StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL"),
        (delivery(&gate, "marketing", "panic"), StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL"),
        (gate.client.get(gate.at("/webhooks/marketing")), StatusCode::METHOD_NOT_ALLOWED, "BAD_INPUT"),
    ] {
        let came = send(request).await;
        assert_eq!((came.status, came.code().as_str()), (status, code));
        assert!(!came.text.contains("secret-host"), "{}", came.text);
    }
}

#[tokio::test]
async fn a_source_without_a_door_looks_like_none() {
    let gate = Gate::open().await;
    let nowhere = send(gate.client.post(gate.at("/nowhere"))).await;
    for source in ["sales", "nobody", "marketing/more"] {
        let came = send(delivery(&gate, source, "[]")).await;
        assert_eq!((came.status, &came.text), (StatusCode::NOT_FOUND, &nowhere.text), "{source}");
    }
}

#[tokio::test]
async fn a_delivery_has_a_largest_size_larger_than_that_of_a_question() {
    let gate = Gate::open().await;
    let sized = |size: usize| delivery(&gate, "marketing", "").body("x".repeat(size));
    assert_eq!(send(sized(1024 * 1024)).await.status, StatusCode::NO_CONTENT);
    assert_eq!(send(sized(2 * 1024 * 1024 + 1)).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}
