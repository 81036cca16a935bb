#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod jwks;
mod tokens;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::*;
use crate::domain::masking::PseudonymKey;
use crate::domain::territory::Company;
use crate::domain::view::{Pii, Rows};

const SECRET: &str = "0123456789abcdef0123456789abcdef";
/// The instant the tests of times take for now.
const NOW: u64 = 1_750_000_000;

fn policy(key: &str, team: &str, role: &str) -> Arc<Policy> {
    let everything = View::system().policy().clone();
    Arc::new(Policy { key: key.into(), team: team.into(), role: role.into(), ..everything })
}

fn settings() -> AuthSettings {
    AuthSettings {
        issuer: "https://id.example.com".to_owned(),
        audience: "leadline".to_owned(),
        algorithms: vec![AlgorithmName::Hs256],
        keys: IssuerKeys::Secret(SecretString::from(SECRET)),
        tenant: None,
        claims: ClaimNames::default(),
        views: vec![policy("sales_rep", "sales", "rep"), policy("revops", "revops", "lead")],
        company: Arc::new(Company::default()),
        pseudonym_key: Some(PseudonymKey::new(b"fixture-key")),
    }
}

fn wire() -> Wire {
    Wire::new(Duration::from_secs(1)).unwrap()
}

fn authority(settings: AuthSettings) -> Authority {
    Authority::new(settings, &wire())
}

/// Claims that every rule accepts at `NOW`, with some replaced; null takes one away.
fn claims(changes: Value) -> Value {
    let mut claims = json!({
        "iss": "https://id.example.com", "aud": "leadline", "sub": "u1",
        "exp": NOW + 600, "team": "sales", "role": "rep",
    });
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => claims.as_object_mut().unwrap().remove(name),
            value => claims.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    claims
}

fn header(algorithm: Algorithm) -> Header {
    Header { typ: Some("at+jwt".to_owned()), ..Header::new(algorithm) }
}

fn signed(claims: &Value) -> String {
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    jsonwebtoken::encode(&header(Algorithm::HS256), claims, &key).unwrap()
}
