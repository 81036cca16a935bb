//! Statuses, media types and methods of `/graphql`.

use super::*;

#[tokio::test]
async fn an_answer_is_written_in_the_media_type_that_was_accepted() {
    let gate = Gate::open().await;
    for (accept, written) in [
        (GRAPHQL, "application/graphql-response+json; charset=utf-8"),
        (JSON, "application/json; charset=utf-8"),
        ("*/*", "application/json; charset=utf-8"),
    ] {
        let request = gate.client.post(gate.at("/graphql")).bearer_auth(token("lead"));
        let came = send(request.header("accept", accept).json(&json!({ "query": "{ hello }" }))).await;
        assert_eq!((came.status, came.header("content-type")), (StatusCode::OK, written));
        assert_eq!(came.json()["data"]["hello"], "hello you");
    }
}

#[tokio::test]
async fn a_document_that_does_not_run_is_400_in_the_new_media_type_and_200_in_the_old() {
    let gate = Gate::open().await;
    for query in ["{", "{ salary }", "query($n: Int!) { hello }", "mutation"] {
        let new = send(gate.post(query)).await;
        assert_eq!(new.status, StatusCode::BAD_REQUEST, "{query}");
        let request = gate.client.post(gate.at("/graphql")).bearer_auth(token("lead"));
        let old = send(request.header("accept", JSON).json(&json!({ "query": query }))).await;
        assert_eq!(old.status, StatusCode::OK, "{query}");
        assert_eq!(new.json(), old.json());
        assert!(new.json().get("data").is_none(), "{query}");
    }
}

#[tokio::test]
async fn a_partial_answer_is_200() {
    let gate = Gate::open().await;
    let came = send(gate.post("{ known hello }")).await;
    assert_eq!((came.status, came.code().as_str()), (StatusCode::OK, "SOURCE_UNAVAILABLE"));
}

#[tokio::test]
async fn a_question_can_be_asked_by_get_and_a_change_cannot() {
    let gate = Gate::open().await;
    let came = send(gate.get("query A { hello } query B { view }").query(&[("operationName", "B")])).await;
    assert_eq!(came.json()["data"], json!({ "view": "revops" }));
    let query = "query($n: String!) { hello(name: $n) }";
    let came = send(gate.get(query).query(&[("variables", r#"{"n": "there"}"#)])).await;
    assert_eq!(came.json()["data"]["hello"], "hello there");
    let came = send(gate.get("mutation { change }")).await;
    assert_eq!((came.status, came.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "POST"));
    assert_eq!(send(gate.post("mutation { change }")).await.json()["data"]["change"], 1);
}

#[tokio::test]
async fn other_methods_are_405_and_name_the_right_ones() {
    let gate = Gate::open().await;
    for method in ["PUT", "DELETE", "PATCH"] {
        let request = gate.client.request(method.parse().unwrap(), gate.at("/graphql"));
        let came = send(request.bearer_auth(token("lead"))).await;
        assert_eq!((came.status, came.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET, POST"));
    }
}

#[tokio::test]
async fn only_json_is_read() {
    let gate = Gate::open().await;
    for content_type in
        ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1"]
    {
        let request = gate.client.post(gate.at("/graphql")).bearer_auth(token("lead"));
        let came = send(request.header("content-type", content_type).body(r#"{"query": "{hello}"}"#)).await;
        assert_eq!(came.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{content_type}");
    }
    let request = gate.client.post(gate.at("/graphql")).bearer_auth(token("lead"));
    assert_eq!(send(request.body("{}")).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn who_accepts_neither_media_type_gets_406() {
    let gate = Gate::open().await;
    let request = gate.client.post(gate.at("/graphql")).bearer_auth(token("lead"));
    let came = send(request.header("accept", "text/html").json(&json!({ "query": "{ hello }" }))).await;
    assert_eq!(came.status, StatusCode::NOT_ACCEPTABLE);
}

#[tokio::test]
async fn a_malformed_question_is_400_in_our_own_words() {
    let gate = Gate::open().await;
    for body in ["", "{", "[]", r#"[{"query": "{hello}"}]"#, "{}", r#"{"query": 1}"#] {
        let request = gate.client.post(gate.at("/graphql")).bearer_auth(token("lead"));
        let came = send(request.header("content-type", JSON).body(body)).await;
        assert_eq!((came.status, came.code().as_str()), (StatusCode::BAD_REQUEST, "BAD_INPUT"), "{body}");
        assert!(!came.text.contains("Error("), "{}", came.text);
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_413() {
    let gate = Gate::open().await;
    let came = send(gate.post(&"x".repeat(256 * 1024))).await;
    assert_eq!((came.status, came.code().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "BAD_INPUT"));
}

#[tokio::test]
async fn a_panicking_resolver_is_500_and_the_next_question_is_answered() {
    let gate = Gate::open().await;
    let came = send(gate.post("{ panics }").header("x-request-id", "mine-1")).await;
    assert_eq!((came.status, came.code().as_str()), (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL"));
    assert_eq!(came.json()["errors"][0]["extensions"]["requestId"], "mine-1");
    assert_eq!(send(gate.post("{ hello }")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_schema_is_that_of_the_caller() {
    let gate = Gate::open().await;
    let came = send(gate.client.get(gate.at("/schema.graphql")).bearer_auth(token("lead"))).await;
    assert!(came.text.contains("type Query {"), "{}", came.text);
    let came = send(gate.client.get(gate.at("/schema.graphql"))).await;
    assert_eq!(came.status, StatusCode::UNAUTHORIZED);
}
