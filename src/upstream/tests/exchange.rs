//! What comes back over the wire, and what is made of it.

use std::error::Error;
use std::fmt::Write;

use axum::body::{Body as HttpBody, Bytes};
use futures::StreamExt;
use futures::stream;

use super::*;

#[tokio::test]
async fn a_call_travels_as_described_and_its_answer_is_read() {
    let vendor = Vendor::start(|_, request| async move {
        let header = |name: &str| request.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(request.uri().to_string(), "/people/a%2Fb?q=x%26y&q=2");
        assert_eq!(header("authorization"), "Bearer the-secret-token");
        assert_eq!(header("accept"), "application/json");
        assert!(header("user-agent").starts_with("leadline/"));
        assert_eq!(header("x-options"), "batchSize=200");
        json(r#"{"total": 3}"#)
    })
    .await;
    let mut call = call();
    call.path = format!("/people/{}", encode_segment("a/b"));
    call.query = vec![("q".into(), "x&y".into()), ("q".into(), "2".into())];
    call.headers.insert("x-options", HeaderValue::from_static("batchSize=200"));
    let tally = call.tally.clone();
    let answer: Answer<Value> = vendor.upstream().json(call).await.unwrap();
    assert_eq!(answer.value["total"], 3);
    assert_eq!((tally.calls(), tally.token_calls()), (1, 0));
}

#[tokio::test]
async fn json_and_forms_are_sent_as_such() {
    let vendor = Vendor::start(|n, request| async move {
        let kind = request.headers()["content-type"].to_str().unwrap().to_owned();
        let body = axum::body::to_bytes(request.into_body(), 1000).await.unwrap();
        let expected: (&str, &[u8]) = match n {
            0 => ("application/json", br#"{"a":1}"#),
            _ => ("application/x-www-form-urlencoded", b"a=%C3%A9&a=2"),
        };
        assert_eq!((kind.as_str(), &body[..]), expected);
        json("{}")
    })
    .await;
    let upstream = vendor.upstream();
    let mut call = Call::post("people", "api", "/people", serde_json::json!({"a": 1}), call().deadline);
    upstream.send(call.clone()).await.unwrap();
    call.body = Body::Form(vec![("a".into(), "é".into()), ("a".into(), "2".into())]);
    upstream.send(call).await.unwrap();
}

#[tokio::test]
async fn a_redirect_is_an_error_and_is_not_followed() {
    let other = Vendor::start(|_, _| async { json("{}") }).await;
    let elsewhere = other.base.to_string();
    let vendor = Vendor::start(move |_, _| {
        let elsewhere = elsewhere.clone();
        async move { axum::response::Redirect::temporary(&elsewhere).into_response() }
    })
    .await;
    assert_eq!(ask(&vendor.upstream()).await, Err(ErrorKind::Redirected { status: 307 }));
    assert_eq!((vendor.calls(), other.calls()), (1, 0));
}

#[tokio::test]
async fn a_login_page_with_status_200_is_an_error() {
    let page = || async { axum::response::Html("<html>Please log in</html>").into_response() };
    let vendor = Vendor::start(move |_, _| page()).await;
    assert_eq!(ask(&vendor.upstream()).await, Err(ErrorKind::NotJson));
}

#[tokio::test]
async fn an_empty_success_and_text_that_was_asked_for_are_fine() {
    let vendor = Vendor::start(|n, _| async move {
        if n == 0 { axum::http::StatusCode::NO_CONTENT.into_response() } else { "a,b\n1,2".into_response() }
    })
    .await;
    let upstream = vendor.upstream();
    assert!(upstream.send(call()).await.unwrap().body.is_empty());
    let mut file = call();
    file.expect = Expect::Anything;
    assert_eq!(&upstream.send(file).await.unwrap().body[..], b"a,b\n1,2");
}

const MEGABYTE: usize = 1 << 20;

/// As many megabytes of blanks, counted as they leave. The vendor compresses them for callers that take it.
fn blanks(megabytes: usize, left: Arc<AtomicUsize>) -> Response {
    let chunks = stream::iter(0..megabytes).map(move |_| {
        left.fetch_add(1, Ordering::SeqCst);
        Ok::<_, std::convert::Infallible>(Bytes::from(vec![b' '; MEGABYTE]))
    });
    ([("content-type", "application/json")], HttpBody::from_stream(chunks)).into_response()
}

#[tokio::test]
async fn an_answer_over_the_cap_is_not_read_to_its_end() {
    let left = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&left);
    let vendor = Vendor::start(move |n, _| {
        let counter = Arc::clone(&counter);
        async move {
            match n {
                0 => ([("content-type", "application/json")], vec![b' '; 3 * MEGABYTE]).into_response(),
                _ => blanks(100, counter),
            }
        }
    })
    .await;
    let mut config = vendor.config();
    config.max_body = 2 * MEGABYTE;
    let upstream = upstream(&config);
    for way in ["announced", "streamed"] {
        let mut plain = call();
        plain.headers.insert("accept-encoding", HeaderValue::from_static("identity"));
        let error = upstream.send(plain).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::TooLarge, "{way}");
        assert!(!error.retry_can_help());
    }
    assert_eq!(vendor.calls(), 2);
    assert!(left.load(Ordering::SeqCst) < 50);
    assert_eq!(upstream.health().state, HealthState::Degraded, "too much is not down");
}

#[tokio::test]
async fn a_small_body_that_unpacks_to_a_large_one_is_refused() {
    let vendor = Vendor::start(|_, request| async move {
        assert!(request.headers()["accept-encoding"].to_str().unwrap().contains("gzip"));
        blanks(6, Arc::default())
    })
    .await;
    let mut config = vendor.config();
    config.max_body = 2 * MEGABYTE;
    assert_eq!(ask(&upstream(&config)).await, Err(ErrorKind::TooLarge));
}

#[tokio::test]
async fn a_body_cut_short_is_damaged() {
    let vendor = Vendor::start(|_, _| async {
        let begun = stream::iter([Ok(Bytes::from_static(b"[1, 2"))]);
        let cut = stream::once(async {
            tokio::time::sleep(Duration::from_millis(10)).await;
            Err(std::io::Error::other("cut"))
        });
        let chunks = begun.chain(cut);
        ([("content-type", "application/json")], HttpBody::from_stream(chunks)).into_response()
    })
    .await;
    assert_eq!(ask(&vendor.upstream()).await, Err(ErrorKind::Damaged));
    assert_eq!(vendor.calls(), 3, "worth another try");
}

#[tokio::test]
async fn json_that_is_none_or_too_deep_is_damaged_and_another_shape_is_named_so() {
    let vendor = Vendor::start(|n, _| async move {
        let text = match n {
            0..3 => "[1, 2".to_owned(),
            3..6 => "[".repeat(100_000),
            _ => r#"{"email": "ann@example.com"}"#.to_owned(),
        };
        ([("content-type", "application/json")], text).into_response()
    })
    .await;
    let upstream = vendor.upstream();
    assert_eq!(ask(&upstream).await, Err(ErrorKind::Damaged));
    assert_eq!(ask(&upstream).await, Err(ErrorKind::Damaged));
    let error = upstream.json::<std::collections::HashMap<String, u32>>(call()).await.unwrap_err();
    assert_eq!((&error.kind, vendor.calls()), (&ErrorKind::UnknownShape, 7));
    assert!(!told(&error).contains("ann@"));
}

#[tokio::test]
async fn a_vendor_that_hangs_drips_or_stops_is_left_at_the_deadline() {
    let vendor = Vendor::start(|n, _| async move {
        let drip = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Some((Ok::<_, std::io::Error>(Bytes::from_static(b" ")), ()))
        });
        match n {
            0 => std::future::pending().await,
            1 => ([("content-type", "application/json")], HttpBody::from_stream(drip)).into_response(),
            _ => {
                let stops = stream::once(async { Ok::<_, std::io::Error>(Bytes::from_static(b"[")) });
                let stops = stops.chain(stream::pending());
                ([("content-type", "application/json")], HttpBody::from_stream(stops)).into_response()
            }
        }
    })
    .await;
    let mut config = vendor.config();
    config.call_timeout = Duration::from_millis(150);
    let upstream = upstream(&config);
    for n in 1..=3 {
        let before = Instant::now();
        assert_eq!(ask(&upstream).await, Err(ErrorKind::Timeout));
        let took = before.elapsed();
        assert!(took >= Duration::from_millis(150) && took < Duration::from_secs(2), "{took:?}");
        assert_eq!(vendor.calls(), n, "its time is used up, so there is no second attempt");
        assert_eq!(upstream.slots_free(), 8, "nothing is left behind");
    }
    let mut hurried = call();
    hurried.deadline = Instant::now() + Duration::from_millis(20);
    let error = upstream.send(hurried).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::DeadlineExceeded, "not the vendor's fault");
}

#[tokio::test]
async fn no_error_tells_secrets_or_people() {
    let mut config = UpstreamConfig::new("sales", "http://127.0.0.1:9/".parse().unwrap());
    config.retry.max = 0;
    let mut call = call();
    call.query = vec![("email".into(), "ann@example.com".into())];
    let error = upstream(&config).send(call.clone()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unreachable);
    assert!(error.source().is_some(), "the cause is kept");
    let vendor = Vendor::start(|_, _| async { status(400) }).await;
    let rejected = vendor.upstream().send(call).await.unwrap_err();
    assert_eq!(rejected.to_string(), "people of sales: answered 400 NO");
    for error in [error, rejected] {
        let text = told(&error);
        assert!(!text.contains("ann@") && !text.contains("secret"), "{text}");
    }
}

#[tokio::test]
async fn a_path_that_would_leave_its_place_is_not_sent() {
    let vendor = Vendor::start(|_, _| async { json("{}") }).await;
    let mut call = call();
    call.path = format!("/people/{}", encode_segment(".."));
    assert_eq!(vendor.upstream().send(call).await.unwrap_err().kind, ErrorKind::BadCall);
    assert_eq!(vendor.calls(), 0);
}

/// Everything an error says, with its causes.
fn told(error: &UpstreamError) -> String {
    let mut text = format!("{error} {error:?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        write!(text, " {error} {error:?}").unwrap();
        cause = error.source();
    }
    text
}

#[tokio::test]
async fn work_nobody_waits_for_may_take_longer() {
    let vendor = Vendor::start(|_, _| async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        json("{}")
    })
    .await;
    let mut config = vendor.config();
    config.call_timeout = Duration::from_millis(100);
    let upstream = upstream(&config);
    assert_eq!(ask(&upstream).await, Err(ErrorKind::Timeout));
    let background = Call { class: Class::Background, ..call() };
    assert!(upstream.send(background).await.is_ok());
}
