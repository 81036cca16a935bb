//! Who is let in: every token that is not valid looks alike from outside, and a valid one needs a view.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use leadline::auth::{AuthSettings, Minted, mint};
use serde_json::{Value, json};

use super::running::{Running, company};

#[tokio::test(flavor = "multi_thread")]
async fn every_token_that_is_not_valid_gets_the_same_401() {
    let running = Running::over(company(20)).await;
    let valid = running.token("revops", json!({}));
    let mint_with = |settings: AuthSettings| {
        let minted = Minted {
            subject: "x".into(),
            team: "revops".into(),
            role: "member".into(),
            lifetime: std::time::Duration::from_secs(600),
            claims: BTreeMap::new(),
        };
        mint(&settings, &minted).unwrap()
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let body = |times: Value| {
        let mut body = json!({ "iss": "leadline-demo", "aud": "leadline", "sub": "x", "team": "revops", "role": "member" });
        body.as_object_mut().unwrap().extend(times.as_object().unwrap().clone());
        body
    };
    let secret = b"a secret of thirty-two bytes or more";
    let signed = |algorithm, secret: &[u8], body: &Value| {
        let header = Header { typ: Some("at+jwt".to_owned()), ..Header::new(algorithm) };
        jsonwebtoken::encode(&header, body, &EncodingKey::from_secret(secret)).unwrap()
    };
    let fine = json!({ "iat": now, "exp": now + 600 });
    assert_eq!(
        running.bearer(&signed(Algorithm::HS256, secret, &body(fine.clone()))).ask("{ now }").await.status,
        200
    );
    let wrong = [
        (
            "expired",
            signed(Algorithm::HS256, secret, &body(json!({ "iat": now - 9_000, "exp": now - 6_000 }))),
        ),
        (
            "not yet valid",
            signed(Algorithm::HS256, secret, &body(json!({ "nbf": now + 6_000, "exp": now + 9_000 }))),
        ),
        ("without an end", signed(Algorithm::HS256, secret, &body(json!({ "iat": now })))),
        ("forged", signed(Algorithm::HS256, b"another secret of thirty-two bytes", &body(fine.clone()))),
        ("another algorithm", signed(Algorithm::HS512, secret, &body(fine))),
        ("wrong audience", mint_with(AuthSettings { audience: "elsewhere".into(), ..running.auth.clone() })),
        ("wrong issuer", mint_with(AuthSettings { issuer: "elsewhere".into(), ..running.auth.clone() })),
        ("broken", valid[..valid.len() - 4].to_owned()),
        ("unsigned", format!("{}.", valid.rsplit_once('.').unwrap().0)),
        ("nonsense", "nonsense".to_owned()),
    ];
    let mut bodies = BTreeSet::new();
    for (what, token) in wrong {
        let request =
            running.http().post(running.url()).bearer_auth(token).json(&json!({ "query": "{ now }" }));
        let response = request.send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), response.headers()["www-authenticate"].to_str().unwrap()),
            (401, "Bearer"),
            "{what}"
        );
        bodies.insert(response.text().await.unwrap());
    }
    let without =
        running.http().post(running.url()).json(&json!({ "query": "{ now }" })).send().await.unwrap();
    assert_eq!(without.status().as_u16(), 401);
    bodies.insert(without.text().await.unwrap());
    assert_eq!(bodies.len(), 1, "nothing can be told from the difference: {bodies:?}");
    assert!(bodies.first().unwrap().contains("UNAUTHENTICATED"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_without_a_view_is_forbidden() {
    let running = Running::over(company(20)).await;
    for (team, role) in [("atlantis", "member"), ("sales", "astronaut"), ("", "")] {
        let minted = Minted {
            subject: "x".into(),
            team: team.into(),
            role: role.into(),
            lifetime: std::time::Duration::from_secs(600),
            claims: BTreeMap::new(),
        };
        let token = mint(&running.auth, &minted).unwrap();
        let answer = running.bearer(&token).ask("{ now }").await;
        assert_eq!((answer.status, answer.code()), (403, "FORBIDDEN"), "{team} {role}");
    }
}
