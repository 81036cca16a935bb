use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use axum::Router;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::Jwk;

use super::*;
use crate::upstream::Url;

/// A key of the issuer: it signs, and its public half goes into the set.
struct IssuerKey {
    id: &'static str,
    algorithm: Algorithm,
    signing: EncodingKey,
}

impl IssuerKey {
    fn ed(id: &'static str) -> Self {
        let document = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new()).unwrap();
        Self { id, algorithm: Algorithm::EdDSA, signing: EncodingKey::from_ed_der(document.as_ref()) }
    }

    fn ec(id: &'static str) -> Self {
        let document =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        Self { id, algorithm: Algorithm::ES256, signing: EncodingKey::from_ec_der(document.as_ref()) }
    }

    fn rsa(id: &'static str) -> Self {
        let pair = aws_lc_rs::rsa::KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair).unwrap();
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            STANDARD
                .encode(der.as_ref())
                .as_bytes()
                .chunks(64)
                .map(|line| std::str::from_utf8(line).unwrap())
                .collect::<Vec<_>>()
                .join("\n")
        );
        Self { id, algorithm: Algorithm::RS256, signing: EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap() }
    }

    fn public(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.signing, self.algorithm).unwrap();
        jwk.common.key_id = Some(self.id.to_owned());
        serde_json::to_value(jwk).unwrap()
    }

    fn token(&self, subject: &str) -> String {
        self.token_as(self.id, subject)
    }

    fn token_as(&self, id: &str, subject: &str) -> String {
        let header = Header { kid: Some(id.to_owned()), ..header(self.algorithm) };
        jsonwebtoken::encode(&header, &claims(json!({"sub": subject})), &self.signing).unwrap()
    }
}

/// An issuer on loopback whose set of keys can be changed or taken away.
#[derive(Clone)]
struct Issuer {
    set: Arc<Mutex<Option<Value>>>,
    fetches: Arc<AtomicUsize>,
    url: Url,
}

impl Issuer {
    async fn start(keys: &[Value]) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks", listener.local_addr().unwrap()).parse().unwrap();
        let issuer = Self { set: Arc::default(), fetches: Arc::default(), url };
        issuer.publish(keys);
        let served = issuer.clone();
        let answer = move || {
            let served = served.clone();
            async move {
                served.fetches.fetch_add(1, Ordering::SeqCst);
                match served.set.lock().unwrap().clone() {
                    None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
                    Some(set) => ([("cache-control", "max-age=60")], axum::Json(set)).into_response(),
                }
            }
        };
        let router = Router::new().route("/jwks", get(answer));
        tokio::spawn(async move { axum::serve(listener, router).await });
        issuer
    }

    fn publish(&self, keys: &[Value]) {
        *self.set.lock().unwrap() = Some(json!({ "keys": keys }));
    }

    fn fall_silent(&self) {
        *self.set.lock().unwrap() = None;
    }

    fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }

    fn authority(&self, pace: Pace) -> Authority {
        let settings = AuthSettings {
            algorithms: vec![AlgorithmName::Rs256, AlgorithmName::Es256, AlgorithmName::EdDsa],
            keys: IssuerKeys::Url(self.url.clone()),
            ..settings()
        };
        Authority::with_pace(settings, &wire(), pace)
    }
}

fn patient() -> Pace {
    Pace::default()
}

/// Nothing is held back, so that a test need not wait.
fn eager() -> Pace {
    Pace { unknown_key: Duration::ZERO, ..Pace::default() }
}

async fn accepts(authority: &Authority, token: &str) -> bool {
    authority.view_at(token, NOW).await.is_ok()
}

#[tokio::test]
async fn keys_of_every_kind_are_accepted_by_their_id() {
    let keys = [IssuerKey::rsa("r"), IssuerKey::ec("e"), IssuerKey::ed("d")];
    let issuer = Issuer::start(&keys.iter().map(IssuerKey::public).collect::<Vec<_>>()).await;
    let authority = issuer.authority(patient());
    assert!(!authority.is_ready());
    for key in &keys {
        assert!(accepts(&authority, &key.token("u1")).await, "{}", key.id);
    }
    assert!(authority.is_ready());
    assert_eq!(issuer.fetches(), 1);
    assert!(
        !accepts(&authority, &keys[0].token_as("e", "u1")).await,
        "the right id with another key's signature"
    );
}

#[tokio::test]
async fn a_new_key_is_fetched_at_once_and_a_removed_one_is_refused() {
    let (old, new) = (IssuerKey::ed("old"), IssuerKey::ed("new"));
    let issuer = Issuer::start(&[old.public()]).await;
    let authority = issuer.authority(eager());
    let remembered = old.token("u1");
    assert!(accepts(&authority, &remembered).await);
    issuer.publish(&[old.public(), new.public()]);
    assert!(accepts(&authority, &new.token("u1")).await);
    assert!(accepts(&authority, &remembered).await, "the old key stays valid during the rotation");
    issuer.publish(&[new.public()]);
    assert!(!accepts(&authority, &new.token_as("another", "u1")).await);
    assert!(!accepts(&authority, &remembered).await, "a remembered token dies with its key");
    assert!(accepts(&authority, &new.token("u2")).await);
}

#[tokio::test]
async fn a_thousand_unknown_key_ids_cause_one_fetch() {
    let key = IssuerKey::ed("known");
    let issuer = Issuer::start(&[key.public()]).await;
    let authority = issuer.authority(patient());
    let tokens: Vec<String> = (0..1000).map(|number| key.token_as(&format!("k{number}"), "u1")).collect();
    let answers = futures::future::join_all(tokens.iter().map(|token| accepts(&authority, token))).await;
    assert!(answers.iter().all(|accepted| !accepted));
    assert_eq!(issuer.fetches(), 1);
    assert!(accepts(&authority, &key.token("u1")).await, "valid tokens are served all the while");
    assert_eq!(issuer.fetches(), 1);
}

#[tokio::test]
async fn keys_are_kept_while_the_issuer_is_silent_but_not_for_ever() {
    let key = IssuerKey::ed("known");
    let issuer = Issuer::start(&[key.public()]).await;
    let lasting = issuer.authority(eager());
    let short = issuer.authority(Pace { believed: Duration::from_millis(50), ..eager() });
    assert!(accepts(&lasting, &key.token("u1")).await && accepts(&short, &key.token("u1")).await);
    issuer.fall_silent();
    assert!(!accepts(&lasting, &key.token_as("unknown", "u1")).await);
    assert!(accepts(&lasting, &key.token("u2")).await);
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert!(!accepts(&short, &key.token("u1")).await, "not even a remembered token");
}

#[tokio::test]
async fn keys_are_refreshed_in_the_background() {
    let (old, new) = (IssuerKey::ed("old"), IssuerKey::ed("new"));
    let issuer = Issuer::start(&[old.public()]).await;
    let often = Pace { soonest: Duration::from_millis(20), latest: Duration::from_millis(20), ..patient() };
    let authority = issuer.authority(often);
    let refreshing = tokio::spawn({
        let authority = authority.clone();
        async move { authority.keep_keys_fresh().await }
    });
    let within = |token: String| {
        let authority = authority.clone();
        async move {
            for _ in 0..200 {
                if accepts(&authority, &token).await {
                    return true;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            false
        }
    };
    assert!(within(old.token("u1")).await);
    issuer.publish(&[new.public()]);
    assert!(within(new.token("u1")).await);
    assert!(!accepts(&authority, &old.token("u1")).await);
    refreshing.abort();
}

#[tokio::test]
async fn keys_that_may_not_be_used_are_left_out() {
    let mut keys = Vec::new();
    let mut add = |key: &IssuerKey, changes: Value| {
        let mut public = key.public();
        public.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        keys.push(public);
    };
    let good = IssuerKey::ed("good");
    let (encrypting, mismatched) = (IssuerKey::ed("encrypting"), IssuerKey::ec("mismatched"));
    let (unlisted, signing_only) = (IssuerKey::ec("unlisted"), IssuerKey::ed("signing-only"));
    add(&good, json!({"use": "sig"}));
    add(&encrypting, json!({"use": "enc"}));
    add(&mismatched, json!({"alg": "RS256"}));
    add(&unlisted, json!({"alg": "ES384"}));
    add(&signing_only, json!({"key_ops": ["sign"]}));
    let short = URL_SAFE_NO_PAD.encode([0xC1_u8; 128]);
    keys.push(json!({"kty": "RSA", "kid": "short", "n": short, "e": "AQAB"}));
    keys.push(json!({"kty": "oct", "kid": "secret", "k": URL_SAFE_NO_PAD.encode(SECRET)}));
    keys.push(json!({"kty": "unheard of", "kid": "odd"}));
    keys.push(json!("no key at all"));
    let allowed = [AlgorithmName::Rs256, AlgorithmName::Es256, AlgorithmName::EdDsa, AlgorithmName::Hs256];
    let document = json!({ "keys": keys }).to_string();
    let set = crate::auth::jwks::read(document.as_bytes(), &allowed).unwrap();
    assert_eq!(set.keys().collect::<Vec<_>>(), ["good"]);
    assert!(crate::auth::jwks::read(b"<html>", &allowed).is_err());

    let issuer = Issuer::start(&keys).await;
    let authority = issuer.authority(patient());
    assert!(accepts(&authority, &good.token("u1")).await);
    for key in [&encrypting, &mismatched, &unlisted, &signing_only] {
        assert!(!accepts(&authority, &key.token("u1")).await, "{}", key.id);
    }
    let shared = Header { kid: Some("secret".to_owned()), ..header(Algorithm::HS256) };
    let forged =
        jsonwebtoken::encode(&shared, &claims(json!({})), &EncodingKey::from_secret(SECRET.as_bytes()))
            .unwrap();
    assert!(!accepts(&authority, &forged).await, "a public key set holds no shared secret");
}

#[tokio::test]
async fn a_token_without_a_key_id_is_accepted_only_where_there_is_one_key() {
    let (one, two) = (IssuerKey::ed("one"), IssuerKey::ed("two"));
    let token = jsonwebtoken::encode(&header(Algorithm::EdDSA), &claims(json!({})), &one.signing).unwrap();
    let issuer = Issuer::start(&[one.public()]).await;
    assert!(accepts(&issuer.authority(patient()), &token).await);
    let issuer = Issuer::start(&[one.public(), two.public()]).await;
    assert!(!accepts(&issuer.authority(patient()), &token).await);
}
