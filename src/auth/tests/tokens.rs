use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;

async fn view_of(token: &str) -> Result<View, Refusal> {
    authority(settings()).view_at(token, NOW).await
}

async fn refused(token: &str) -> &'static str {
    match view_of(token).await {
        Err(Refusal::Unauthenticated(reason)) => reason,
        other => panic!("not refused as unauthenticated: {other:?}"),
    }
}

/// A token with this very header and payload, signed with the right secret.
fn handmade(header: &str, payload: &str) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
    format!("{message}.{signature}")
}

#[tokio::test]
async fn a_valid_token_is_granted_the_view_of_its_team_and_role() {
    let view =
        view_of(&signed(&claims(json!({"email": "Rep@X.io", "scope": "raw:read export"})))).await.unwrap();
    assert_eq!(&**view.key(), "sales_rep");
    assert_eq!(view.claims().email.as_deref(), Some("rep@x.io"));
    assert!(view.has_scope("raw:read") && view.has_scope("export"));
}

#[tokio::test]
async fn tokens_with_wrong_or_missing_standard_claims_are_refused() {
    for changes in [
        json!({"iss": null}),
        json!({"iss": "https://elsewhere.example.com"}),
        json!({"iss": ["https://id.example.com"]}),
        json!({"aud": null}),
        json!({"aud": "another"}),
        json!({"aud": ["another"]}),
        json!({"aud": ["leadline", 7]}),
        json!({"aud": {"leadline": true}}),
        json!({"aud": 7}),
        json!({"sub": null}),
        json!({"sub": ""}),
        json!({"sub": ["u1"]}),
        json!({"exp": null}),
        json!({"exp": "tomorrow"}),
        json!({"exp": NOW - 600}),
        json!({"nbf": NOW + 600}),
        json!({"nbf": "now"}),
        json!({"iat": NOW + 600}),
    ] {
        assert!(view_of(&signed(&claims(changes.clone()))).await.is_err(), "{changes}");
    }
    assert!(view_of(&signed(&claims(json!({"aud": ["other", "leadline"]})))).await.is_ok());
}

#[tokio::test]
async fn clocks_may_differ_by_half_a_minute_and_not_by_more() {
    for (changes, accepted) in [
        (json!({"exp": NOW - 30}), true),
        (json!({"exp": NOW - 90}), false),
        (json!({"nbf": NOW + 30}), true),
        (json!({"nbf": NOW + 90}), false),
        (json!({"iat": NOW + 30}), true),
        (json!({"iat": NOW + 90}), false),
    ] {
        assert_eq!(view_of(&signed(&claims(changes.clone()))).await.is_ok(), accepted, "{changes}");
    }
}

#[tokio::test]
async fn forged_signatures_and_other_algorithms_are_refused() {
    let good = signed(&claims(json!({})));
    let (message, signature) = good.rsplit_once('.').unwrap();
    let turned: String = signature.chars().rev().collect();
    assert_eq!(refused(&format!("{message}.{turned}")).await, "its signature does not hold");
    assert_eq!(refused(&format!("{message}.")).await, "its signature does not hold");

    let stranger = EncodingKey::from_secret(b"another secret of thirty-two byte");
    let forged = jsonwebtoken::encode(&header(Algorithm::HS256), &claims(json!({})), &stranger).unwrap();
    assert_eq!(refused(&forged).await, "its signature does not hold");

    let ours = EncodingKey::from_secret(SECRET.as_bytes());
    for algorithm in [Algorithm::HS384, Algorithm::HS512] {
        let token = jsonwebtoken::encode(&header(algorithm), &claims(json!({})), &ours).unwrap();
        assert_eq!(refused(&token).await, "its algorithm is unknown");
    }
    let none = handmade(r#"{"alg":"none","typ":"at+jwt"}"#, &claims(json!({})).to_string());
    assert_eq!(refused(&none).await, "its algorithm is unknown");
    let rs = handmade(r#"{"alg":"RS256","typ":"at+jwt"}"#, &claims(json!({})).to_string());
    assert_eq!(refused(&rs).await, "its algorithm is not that of its key");
}

#[tokio::test]
async fn a_header_that_could_choose_its_own_key_or_rules_is_refused() {
    let payload = claims(json!({})).to_string();
    for member in ["crit", "jwk", "jku", "x5u", "x5c", "b64"] {
        let header = format!(r#"{{"alg":"HS256","typ":"at+jwt","{member}":[]}}"#);
        assert_eq!(refused(&handmade(&header, &payload)).await, "its header has a member that is refused");
    }
    let twice = r#"{"alg":"HS256","typ":"at+jwt","alg":"HS256"}"#;
    assert_eq!(refused(&handmade(twice, &payload)).await, "its header is no object, or has a member twice");
    for header in [r#"["HS256"]"#, "HS256", r#"{"alg":"HS256","typ":"at+jwt","kid":7}"#, ""] {
        assert!(view_of(&handmade(header, &payload)).await.is_err(), "{header}");
    }
}

#[tokio::test]
async fn claims_given_twice_are_refused() {
    let payload = claims(json!({})).to_string().replacen('{', r#"{"team":"revops","#, 1);
    let token = handmade(r#"{"alg":"HS256","typ":"at+jwt"}"#, &payload);
    assert_eq!(refused(&token).await, "its claims are no object, or have a member twice");
}

#[tokio::test]
async fn an_id_token_is_no_access_token() {
    let payload = claims(json!({})).to_string();
    assert_eq!(refused(&handmade(r#"{"alg":"HS256","typ":"JWT"}"#, &payload)).await, "it is no access token");
    assert_eq!(refused(&handmade(r#"{"alg":"HS256"}"#, &payload)).await, "it has no type");
    assert!(view_of(&handmade(r#"{"alg":"HS256","typ":"application/AT+JWT"}"#, &payload)).await.is_ok());
}

#[tokio::test]
async fn what_is_no_token_is_refused() {
    for text in ["", "a", "a.b", "a.b.c", "a.b.c.d", "...", "ü.ü.ü", &"a".repeat(9000)] {
        assert!(matches!(view_of(text).await, Err(Refusal::Unauthenticated(_))), "{text}");
    }
}

#[tokio::test]
async fn a_team_or_role_without_a_view_is_forbidden() {
    for changes in [
        json!({"team": null}),
        json!({"role": null}),
        json!({"team": "legal"}),
        json!({"role": "ceo"}),
        json!({"role": "lead"}),
    ] {
        let answer = view_of(&signed(&claims(changes.clone()))).await;
        assert!(matches!(answer, Err(Refusal::Forbidden(_))), "{changes}: {answer:?}");
    }
    let mut twice = settings();
    twice.views.push(policy("another", "sales", "rep"));
    let answer = authority(twice).view_at(&signed(&claims(json!({}))), NOW).await;
    assert!(matches!(answer, Err(Refusal::Forbidden(_))));
}

#[tokio::test]
async fn a_claim_of_the_wrong_type_refuses_the_token_rather_than_narrow_nothing() {
    for changes in [
        json!({"team": ["sales"]}),
        json!({"territories": 7}),
        json!({"regions": {"emea": true}}),
        json!({"owners": ["a@x.io", 7]}),
        json!({"pii": "some"}),
        json!({"pii": true}),
    ] {
        let answer = view_of(&signed(&claims(changes.clone()))).await;
        assert!(matches!(answer, Err(Refusal::Unauthenticated(_))), "{changes}: {answer:?}");
    }
}

#[tokio::test]
async fn claims_narrow_the_view_and_never_widen_it() {
    let masked = Policy { pii: Pii::Masked, people: Rows::All, ..(*policy("m", "sales", "rep")).clone() };
    let one = authority(AuthSettings { views: vec![Arc::new(masked)], ..settings() });
    let level =
        async |pii: &str| one.view_at(&signed(&claims(json!({"pii": pii}))), NOW).await.unwrap().pii();
    assert_eq!(level("full").await, Pii::Masked);
    assert_eq!(level("pseudonym").await, Pii::Pseudonym);
    assert_eq!(level("none").await, Pii::None);
}

#[tokio::test]
async fn a_token_of_another_tenant_is_refused() {
    let ours = authority(AuthSettings { tenant: Some(Arc::from("acme")), ..settings() });
    let of = async |changes| ours.view_at(&signed(&claims(changes)), NOW).await.is_ok();
    assert!(of(json!({"tenant": "acme"})).await);
    assert!(!of(json!({"tenant": "other"})).await);
    assert!(!of(json!({})).await);
}

#[tokio::test]
async fn claims_are_found_by_name_by_url_and_by_pointer() {
    let names = ClaimNames {
        team: ClaimPath::new("https://example.com/team"),
        role: ClaimPath::new("/realm/roles~1main"),
        ..ClaimNames::default()
    };
    let mapped = AuthSettings { claims: names, ..settings() };
    let foreign = claims(json!({
        "team": null, "role": null, "https://example.com/team": "sales", "realm": {"roles/main": "rep"},
    }));
    let view = authority(mapped.clone()).view_at(&signed(&foreign), NOW).await.unwrap();
    assert_eq!(&**view.key(), "sales_rep");

    let minted = Minted {
        subject: "dev".to_owned(),
        team: "sales".to_owned(),
        role: "rep".to_owned(),
        lifetime: Duration::from_secs(60),
        claims: BTreeMap::from([("pii".to_owned(), json!("masked"))]),
    };
    let token = mint(&mapped, &minted).unwrap();
    let view = authority(mapped).view(&token).await.unwrap();
    assert_eq!((&**view.key(), view.pii()), ("sales_rep", Pii::Masked));
}

#[tokio::test]
async fn a_remembered_token_still_expires() {
    let one = authority(settings());
    let token = signed(&claims(json!({"exp": NOW + 10})));
    assert!(one.view_at(&token, NOW).await.is_ok());
    assert!(one.view_at(&token, NOW + 40).await.is_ok());
    assert!(one.view_at(&token, NOW + 41).await.is_err());
}

#[tokio::test]
async fn a_minted_token_is_valid_for_its_lifetime() {
    let minted = Minted {
        subject: "dev".to_owned(),
        team: "revops".to_owned(),
        role: "lead".to_owned(),
        lifetime: Duration::from_secs(43_200),
        claims: BTreeMap::new(),
    };
    let one = authority(settings());
    let token = mint(&settings(), &minted).unwrap();
    assert!(one.view(&token).await.is_ok());
    assert!(one.view_at(&token, now() + 43_300).await.is_err());
    let value = format!("bearer {token}");
    assert!(one.view_of_headers([value.as_bytes()]).await.is_ok());
    assert!(one.view_of_headers([]).await.is_err());
}
