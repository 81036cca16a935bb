//! What stands before a question: tokens, origins, ids, overload.

use super::*;

#[tokio::test]
async fn every_reason_for_a_401_looks_alike() {
    let gate = Gate::open().await;
    let forged = format!("{}x", token("lead"));
    let mut seen = Vec::new();
    for authorization in [None, Some("Basic abc"), Some("Bearer"), Some("Bearer abc"), Some(forged.as_str())]
    {
        let mut request = gate.client.post(gate.at("/graphql")).json(&json!({ "query": "{ hello }" }));
        if let Some(value) = authorization {
            let value = if value == forged { format!("Bearer {value}") } else { value.to_owned() };
            request = request.header("authorization", value);
        }
        let came = send(request).await;
        assert_eq!(came.header("www-authenticate"), "Bearer");
        assert_eq!((came.status, came.code().as_str()), (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"));
        seen.push(came.text);
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:?}");
}

#[tokio::test]
async fn a_token_without_a_view_is_403() {
    let gate = Gate::open().await;
    let request = gate.client.post(gate.at("/graphql")).bearer_auth(token("janitor"));
    let came = send(request.json(&json!({ "query": "{ hello }" }))).await;
    assert_eq!((came.status, came.code().as_str()), (StatusCode::FORBIDDEN, "FORBIDDEN"));
}

#[tokio::test]
async fn a_token_in_the_address_is_not_looked_at() {
    let gate = Gate::open().await;
    let request = gate.client.get(gate.at("/graphql"));
    let request = request.query(&[("query", "{ hello }"), ("access_token", &token("lead"))]);
    assert_eq!(send(request).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_request_keeps_the_id_it_brought_or_is_given_one() {
    let gate = Gate::open().await;
    let came = send(gate.post("{ hello }").header("x-request-id", "build-7.a_b")).await;
    assert_eq!(came.header("x-request-id"), "build-7.a_b");
    for not_an_id in ["with space", "<script>", &"x".repeat(65)] {
        let came = send(gate.post("{ hello }").header("x-request-id", not_an_id)).await;
        assert_eq!(came.header("x-request-id").len(), 36, "{not_an_id}");
    }
    assert_eq!(send(gate.client.get(gate.at("/nowhere"))).await.header("x-request-id").len(), 36);
}

#[tokio::test]
async fn answers_are_not_kept_or_guessed_at_and_the_page_speaks_to_its_own_origin_alone() {
    let gate = Gate::open().await;
    let came = send(gate.post("{ hello }").header("origin", gate.at(""))).await;
    assert_eq!(came.header("cache-control"), "no-store");
    assert_eq!(came.header("x-content-type-options"), "nosniff");
    assert!(came.headers.get("access-control-allow-origin").is_none());
    let page = send(gate.client.get(gate.at("/"))).await;
    assert!(page.header("content-security-policy").starts_with("default-src 'self'"));
    for file in ["/page.js", "/page.css", "/icon.svg"] {
        assert_eq!(send(gate.client.get(gate.at(file))).await.status, StatusCode::OK);
        assert!(page.text.contains(file));
    }
    assert!(!page.text.contains("http://") && !page.text.contains("https://"));
}

#[tokio::test]
async fn pages_of_other_origins_may_not_ask() {
    let gate = Gate::open().await;
    for (name, value) in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
        let came = send(gate.post("{ hello }").header(name, value)).await;
        assert_eq!((came.status, came.code().as_str()), (StatusCode::FORBIDDEN, "FORBIDDEN"), "{name}");
        assert!(came.headers.get("access-control-allow-origin").is_none());
    }
}

#[tokio::test]
async fn pages_of_an_allowed_origin_may_ask() {
    let origin = "https://dashboards.example.com";
    let settings = Settings { allowed_origins: vec![origin.to_owned()], ..Settings::default() };
    let gate = Gate::open_with(&settings, Patience::default()).await;
    let came = send(gate.post("{ hello }").header("origin", origin)).await;
    assert_eq!((came.status, came.header("access-control-allow-origin")), (StatusCode::OK, origin));
    let preflight = gate.client.request(reqwest::Method::OPTIONS, gate.at("/graphql"));
    let preflight = preflight.header("origin", origin).header("access-control-request-method", "POST");
    let came = send(preflight.header("access-control-request-headers", "authorization,content-type")).await;
    assert_eq!((came.status, came.header("access-control-allow-origin")), (StatusCode::OK, origin));
}

#[tokio::test]
async fn an_allowed_origin_that_is_none_is_named() {
    let wire = crate::upstream::Wire::new(Duration::from_secs(1)).unwrap();
    let authority = Authority::new(auth_settings(), &wire);
    let readiness = Readiness::new(authority.clone(), CancellationToken::new());
    let settings = Settings { allowed_origins: vec!["example.com/x".to_owned()], ..Settings::default() };
    let doors = Arc::new(delivering::Doors);
    let refused =
        public(Arc::new(engine()), authority, readiness, no_exports(), doors, &settings).unwrap_err();
    assert!(refused.to_string().contains("example.com/x"));
}

#[tokio::test]
async fn too_many_questions_at_once_are_sent_away_and_health_still_answers() {
    let settings = Settings { at_once: 1, ..Settings::default() };
    let gate = Gate::open_with(&settings, Patience::default()).await;
    let hanging = tokio::spawn(send(gate.post("{ hangs }")));
    let came = loop {
        let came = send(gate.post("{ hello }")).await;
        if came.status != StatusCode::OK {
            break came;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!((came.status, came.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "1"));
    assert_eq!(came.code(), "OVERLOADED");
    assert_eq!(send(gate.client.get(gate.at("/livez"))).await.status, StatusCode::OK);
    hanging.abort();
}

#[tokio::test]
async fn tokens_are_offered_only_where_there_are_some() {
    let gate = Gate::open().await;
    assert_eq!(send(gate.client.get(gate.at("/demo/tokens"))).await.status, StatusCode::NOT_FOUND);
    let offered = OfferedToken { view: "revops".to_owned(), token: token("lead") };
    let settings = Settings { offered_tokens: vec![offered], ..Settings::default() };
    let gate = Gate::open_with(&settings, Patience::default()).await;
    let came = send(gate.client.get(gate.at("/demo/tokens"))).await;
    assert_eq!(came.json()["tokens"][0]["view"], "revops");
}

#[tokio::test]
async fn health_and_numbers_are_told_to_operators() {
    use tower::ServiceExt;
    let wire = crate::upstream::Wire::new(Duration::from_secs(1)).unwrap();
    let stop = CancellationToken::new();
    let readiness = Readiness::new(Authority::new(auth_settings(), &wire), stop.clone());
    let meters = meters::Meters::install().unwrap();
    meters::count_request("/graphql", 200, Duration::from_millis(3));
    let app = admin::admin(readiness, meters);
    let ask = async |path: &str| {
        let request = axum::extract::Request::get(path).body(axum::body::Body::empty()).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status.as_u16(), String::from_utf8(body.to_vec()).unwrap())
    };
    assert_eq!(ask("/readyz").await.0, 200);
    assert!(ask("/metrics").await.1.contains("leadline_http_request_duration_seconds_bucket"));
    stop.cancel();
    assert_eq!(ask("/readyz").await, (503, "stopping\n".to_owned()));
    assert_eq!(ask("/livez").await.0, 200);
}
