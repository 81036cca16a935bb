//! Logging in: once for all, again when needed, and never in a loop.

use async_trait::async_trait;

use super::*;

/// Fetches `token-1`, `token-2`, … from a pretend login server.
struct Login {
    at: Url,
    base: Option<Url>,
    expires_in: Option<Duration>,
}

#[derive(serde::Deserialize)]
struct Granted {
    access_token: String,
}

#[async_trait]
impl Tokens for Login {
    async fn fetch(&self, http: &TokenHttp) -> Result<Token, UpstreamError> {
        let fields = [("grant_type", "client_credentials"), ("client_secret", "hush&hush")];
        let reply = http.post_form(self.at.clone(), &fields).await?;
        let granted: Granted = http.read(&reply)?;
        let bearer = SecretString::from(granted.access_token);
        Ok(Token { bearer, base_url: self.base.clone(), expires_in: self.expires_in })
    }
}

async fn login_server() -> Vendor {
    Vendor::start(|n, request| async move {
        let body = axum::body::to_bytes(request.into_body(), 1000).await.unwrap();
        assert_eq!(&body[..], b"grant_type=client_credentials&client_secret=hush%26hush");
        tokio::time::sleep(Duration::from_millis(60)).await;
        axum::Json(serde_json::json!({ "access_token": format!("token-{}", n + 1) })).into_response()
    })
    .await
}

/// An API that takes only the tokens `accepts` says.
async fn api(accepts: impl Fn(&str) -> bool + Clone + Send + Sync + 'static) -> Vendor {
    Vendor::start(move |_, request| {
        let token = request.headers()["authorization"].to_str().unwrap().replace("Bearer ", "");
        let accepted = accepts(&token);
        async move { if accepted { json("{}") } else { status(401) } }
    })
    .await
}

fn logged_in(vendor: &Vendor, login: &Vendor) -> Upstream {
    let login = Login { at: login.base.clone(), base: None, expires_in: None };
    Upstream::new(&wire(), &vendor.config(), Arc::new(Plain), Arc::new(login))
}

#[tokio::test]
async fn a_hundred_callers_log_in_once() {
    let (login, vendor) = (login_server().await, api(|token| token == "token-1").await);
    let upstream = logged_in(&vendor, &login);
    let calls: Vec<Call> = (0..100).map(|_| call()).collect();
    let tallies: Vec<Tally> = calls.iter().map(|call| call.tally.clone()).collect();
    let answers = futures::future::join_all(calls.into_iter().map(|call| upstream.send(call))).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!((login.calls(), vendor.calls()), (1, 100));
    assert_eq!(tallies.iter().map(Tally::token_calls).sum::<u32>(), 1, "one of them paid for it");
    assert!(tallies.iter().all(|tally| tally.calls() == 1));
}

#[tokio::test]
async fn when_the_token_runs_out_it_is_renewed_once_and_every_call_replayed_once() {
    let (login, vendor) = (login_server().await, api(|token| token != "token-1").await);
    let upstream = logged_in(&vendor, &login);
    let write = || Call::post("people.create", "api", "/people", Value::Null, call().deadline);
    let answers = futures::future::join_all((0..8).map(|_| upstream.send(write()))).await;
    assert!(answers.iter().all(Result::is_ok), "a replay is safe also for writes: nothing was done");
    assert_eq!((login.calls(), vendor.calls()), (2, 16));
}

#[tokio::test]
async fn a_new_token_that_is_refused_too_is_final() {
    let (login, vendor) = (login_server().await, api(|_| false).await);
    let upstream = logged_in(&vendor, &login);
    let error = upstream.send(call()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unauthorized { code: "TOKEN_REFUSED".to_owned() });
    assert_eq!((login.calls(), vendor.calls()), (2, 2));
    assert!(upstream.send(call()).await.is_err());
    assert_eq!((login.calls(), vendor.calls()), (2, 2), "nobody hammers at a closed door");
    assert_eq!(upstream.health().state, HealthState::Down);
}

#[tokio::test]
async fn a_fixed_token_is_not_replayed() {
    let vendor = api(|_| false).await;
    assert!(matches!(ask(&vendor.upstream()).await, Err(ErrorKind::Unauthorized { .. })));
    assert_eq!(vendor.calls(), 1);
}

#[tokio::test]
async fn credentials_refused_for_good_are_not_renewed() {
    let login = login_server().await;
    let vendor = Vendor::start(|_, _| async { status(403) }).await;
    let upstream = logged_in(&vendor, &login);
    for _ in 0..3 {
        let refused = ErrorKind::Unauthorized { code: "NO_ENTRY".to_owned() };
        assert_eq!(ask(&upstream).await, Err(refused));
    }
    assert_eq!((login.calls(), vendor.calls()), (1, 1));
}

#[tokio::test]
async fn a_token_is_renewed_before_it_runs_out() {
    let (login, vendor) = (login_server().await, api(|_| true).await);
    let lives = Some(Duration::from_secs(1));
    let tokens = Login { at: login.base.clone(), base: None, expires_in: lives };
    let upstream = Upstream::new(&wire(), &vendor.config(), Arc::new(Plain), Arc::new(tokens));
    ask(&upstream).await.unwrap();
    ask(&upstream).await.unwrap();
    assert_eq!(login.calls(), 1);
    tokio::time::sleep(Duration::from_millis(910)).await;
    ask(&upstream).await.unwrap();
    assert_eq!((login.calls(), vendor.calls()), (2, 3), "without a refused call in between");
}

#[tokio::test]
async fn a_refused_login_names_the_vendors_code_and_is_not_repeated_at_once() {
    let login = Vendor::start(|_, _| async {
        let body = json(r#"{"error":"invalid_client","error_description":"of ann@example.com"}"#);
        (axum::http::StatusCode::BAD_REQUEST, body).into_response()
    })
    .await;
    let vendor = api(|_| true).await;
    let upstream = logged_in(&vendor, &login);
    for _ in 0..3 {
        let refused = ErrorKind::Unauthorized { code: "invalid_client".to_owned() };
        assert_eq!(ask(&upstream).await, Err(refused));
    }
    assert_eq!((login.calls(), vendor.calls()), (1, 0));
}

#[tokio::test]
async fn a_login_that_fails_in_passing_is_tried_again() {
    let login = Vendor::start(|n, _| async move {
        if n == 0 { status(503) } else { json(r#"{"access_token":"token-1"}"#) }
    })
    .await;
    let vendor = api(|_| true).await;
    assert!(ask(&logged_in(&vendor, &login)).await.is_ok());
    assert_eq!((login.calls(), vendor.calls()), (2, 1));
}

#[tokio::test]
async fn a_caller_who_goes_away_does_not_end_the_login_for_others() {
    let (login, vendor) = (login_server().await, api(|_| true).await);
    let upstream = logged_in(&vendor, &login);
    let mut hurried = call();
    hurried.deadline = Instant::now() + Duration::from_millis(10);
    let (gone, stayed) = tokio::join!(upstream.send(hurried), ask(&upstream));
    assert_eq!(gone.unwrap_err().kind, ErrorKind::DeadlineExceeded);
    assert!(stayed.is_ok());
    assert_eq!(login.calls(), 1);
}

#[tokio::test]
async fn the_api_is_where_the_token_says_if_the_settings_allow_it() {
    let (login, home, moved) = (login_server().await, api(|_| true).await, api(|_| true).await);
    let tokens = || Login { at: login.base.clone(), base: Some(moved.base.clone()), expires_in: None };
    let strict = Upstream::new(&wire(), &home.config(), Arc::new(Plain), Arc::new(tokens()));
    let refused = ErrorKind::Unauthorized { code: "BASE_URL_NOT_ALLOWED".to_owned() };
    assert_eq!(ask(&strict).await, Err(refused));
    assert_eq!((home.calls(), moved.calls()), (0, 0));
    let mut config = home.config();
    config.base_hosts = vec!["127.0.0.1".to_owned()];
    let open = Upstream::new(&wire(), &config, Arc::new(Plain), Arc::new(tokens()));
    assert!(ask(&open).await.is_ok());
    assert_eq!((home.calls(), moved.calls()), (0, 1));
}
