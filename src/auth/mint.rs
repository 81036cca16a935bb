//! Development tokens, for the demo and `leadline token`. Only where the settings hold a shared secret.

use std::collections::BTreeMap;
use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use super::settings::{AuthSettings, IssuerKeys};

/// What a development token says.
#[derive(Clone, Debug)]
pub struct Minted {
    /// The subject.
    pub subject: String,
    /// The team.
    pub team: String,
    /// The role within it.
    pub role: String,
    /// How long it is valid.
    pub lifetime: Duration,
    /// Further claims under our own names: `email`, `owners`, `territories`, `campaigns`, `pii`, `scope`, …
    pub claims: BTreeMap<String, Value>,
}

/// A token these settings accept, or none where they hold no secret to sign with.
pub fn mint(settings: &AuthSettings, minted: &Minted) -> Option<String> {
    let IssuerKeys::Secret(secret) = &settings.keys else { return None };
    let now = super::now();
    let mut body = json!({
        "iss": settings.issuer,
        "aud": settings.audience,
        "sub": minted.subject,
        "iat": now,
        "exp": now + minted.lifetime.as_secs(),
        "jti": uuid::Uuid::new_v4().to_string(),
    });
    let names = &settings.claims;
    let own = [("team", Value::from(minted.team.as_str())), ("role", Value::from(minted.role.as_str()))];
    let tenant = settings.tenant.as_ref().map(|tenant| ("tenant", Value::from(&**tenant)));
    let further = minted.claims.iter().map(|(name, value)| (name.as_str(), value.clone()));
    for (name, value) in own.into_iter().chain(tenant).chain(further) {
        let path = match name {
            "tenant" => names.tenant.steps(),
            "team" => names.team.steps(),
            "role" => names.role.steps(),
            "scope" => names.scope.steps(),
            "email" => names.email.steps(),
            "territories" => names.territories.steps(),
            "regions" => names.regions.steps(),
            "owners" => names.owners.steps(),
            "campaigns" => names.campaigns.steps(),
            "pii" => names.pii.steps(),
            other => vec![other.to_owned()],
        };
        put(&mut body, &path, value);
    }
    let header = Header { typ: Some("at+jwt".to_owned()), ..Header::new(Algorithm::HS256) };
    let key = EncodingKey::from_secret(secret.expose_secret().as_bytes());
    Some(jsonwebtoken::encode(&header, &body, &key).expect("HS256 signs any JSON object"))
}

/// Sets the value at the path, making objects on the way.
fn put(body: &mut Value, path: &[String], value: Value) {
    let Some((first, rest)) = path.split_first() else { return };
    if !body.is_object() {
        *body = Value::Object(Map::new());
    }
    let members = body.as_object_mut().expect("it was just made an object");
    if rest.is_empty() {
        members.insert(first.clone(), value);
    } else {
        put(members.entry(first.clone()).or_insert(Value::Null), rest, value);
    }
}
