//! One token: its header read with suspicion, its signature and its standard claims checked.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::keys::Key;
use super::settings::{AlgorithmName, AuthSettings};

/// How many seconds the issuer's clock may be ahead of ours or behind.
pub(super) const LEEWAY: u64 = 30;

/// Header members that would let a token choose its own key or change what is signed.
const REFUSED_MEMBERS: [&str; 6] = ["crit", "jwk", "jku", "x5u", "x5c", "b64"];

/// What is taken from a token's header. Nothing of it is believed; it only says which key to try.
#[derive(Debug)]
pub(super) struct TokenHeader {
    pub(super) algorithm: AlgorithmName,
    pub(super) key_id: Option<String>,
}

/// A token whose signature and standard claims hold.
#[derive(Debug)]
pub(super) struct Verified {
    pub(super) subject: String,
    pub(super) expires_at: u64,
    /// Every claim, the standard ones too.
    pub(super) claims: Value,
}

/// Reads the header of a token, and refuses what RFC 8725 warns of.
pub(super) fn read_header(token: &str) -> Result<TokenHeader, &'static str> {
    let mut parts = token.split('.');
    let (Some(header), Some(_), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err("it has not three parts");
    };
    let Members(members) = decode_part(header).ok_or("its header is no object, or has a member twice")?;
    if REFUSED_MEMBERS.iter().any(|member| members.contains_key(*member)) {
        return Err("its header has a member that is refused");
    }
    let text = |member: &str| members.get(member).map(Value::as_str);
    let kind = text("typ").flatten().ok_or("it has no type")?;
    if !["at+jwt", "application/at+jwt"].iter().any(|accepted| kind.eq_ignore_ascii_case(accepted)) {
        return Err("it is no access token");
    }
    let algorithm =
        text("alg").flatten().and_then(AlgorithmName::from_name).ok_or("its algorithm is unknown")?;
    let key_id = match text("kid") {
        None => None,
        Some(Some(key_id)) => Some(key_id.to_owned()),
        Some(None) => return Err("its key id is no text"),
    };
    Ok(TokenHeader { algorithm, key_id })
}

/// Checks signature, issuer, audience, subject and times.
pub(super) fn verify(
    token: &str,
    header: &TokenHeader,
    key: &Key,
    settings: &AuthSettings,
    now: u64,
) -> Result<Verified, &'static str> {
    if header.algorithm != key.algorithm || !settings.algorithms.contains(&key.algorithm) {
        return Err("its algorithm is not that of its key");
    }
    let (message, signature) = token.rsplit_once('.').ok_or("it has not three parts")?;
    let (_, payload) = message.split_once('.').ok_or("it has not three parts")?;
    let signed =
        jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key.decoding, key.algorithm.library());
    if !signed.unwrap_or(false) {
        return Err("its signature does not hold");
    }
    let Members(claims) = decode_part(payload).ok_or("its claims are no object, or have a member twice")?;
    let text = |claim: &str| claims.get(claim).and_then(Value::as_str);
    if text("iss") != Some(settings.issuer.as_str()) {
        return Err("it is from another issuer");
    }
    let for_us = match claims.get("aud") {
        Some(Value::String(audience)) => *audience == settings.audience,
        Some(Value::Array(several)) => {
            several.iter().all(Value::is_string)
                && several.iter().any(|one| one.as_str() == Some(settings.audience.as_str()))
        }
        _ => false,
    };
    if !for_us {
        return Err("it is for another audience");
    }
    let subject = text("sub").filter(|subject| !subject.is_empty()).ok_or("it has no subject")?.to_owned();
    let expires_at = claims.get("exp").and_then(seconds).ok_or("it has no expiry")?;
    if now > expires_at.saturating_add(LEEWAY) {
        return Err("it has expired");
    }
    for (claim, refusal) in [("nbf", "it is not valid yet"), ("iat", "it was issued in the future")] {
        if let Some(value) = claims.get(claim) {
            let instant = seconds(value).ok_or("one of its times is no time")?;
            if instant > now + LEEWAY {
                return Err(refusal);
            }
        }
    }
    Ok(Verified { subject, expires_at, claims: Value::Object(claims.into_iter().collect()) })
}

/// A NumericDate of RFC 7519: whole seconds, or with a fraction that is dropped.
fn seconds(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| {
        let number = value.as_f64().filter(|number| (0.0..1e15).contains(number))?;
        Some(number as u64)
    })
}

fn decode_part(part: &str) -> Option<Members> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// The members of a JSON object, none of them twice: two readers must not see two tokens in one.
struct Members(BTreeMap<String, Value>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = BTreeMap::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    if members.insert(name, value).is_some() {
                        return Err(A::Error::custom("a member twice"));
                    }
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}
