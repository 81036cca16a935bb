//! A JWK set (RFC 7517) as the keys we can use of it.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use serde::Deserialize;
use serde_json::Value;

use super::settings::AlgorithmName;

/// The smallest RSA key believed.
const MIN_RSA_BITS: usize = 2048;
/// A set with more keys than this is no key set.
const MAX_KEYS: usize = 64;

/// A key of the set and the one algorithm it may be used with.
#[derive(Clone)]
pub(super) struct SetKey {
    pub(super) algorithm: AlgorithmName,
    pub(super) decoding: DecodingKey,
}

/// The usable keys of a set, by key id; those without one under the empty id.
pub(super) type KeySet = BTreeMap<String, SetKey>;

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

/// Reads a set. A key that cannot be used is left out; a document that is no set is an error.
pub(super) fn read(body: &[u8], allowed: &[AlgorithmName]) -> Result<KeySet, &'static str> {
    let document: Document = serde_json::from_slice(body).map_err(|_| "it is no key set")?;
    if document.keys.len() > MAX_KEYS {
        return Err("it has too many keys");
    }
    let mut set = KeySet::new();
    for entry in document.keys {
        let Ok(jwk) = serde_json::from_value::<Jwk>(entry.clone()) else { continue };
        let Some(key) = usable(&jwk, entry.get("alg"), allowed) else { continue };
        set.entry(jwk.common.key_id.unwrap_or_default()).or_insert(key);
    }
    Ok(set)
}

fn usable(jwk: &Jwk, named: Option<&Value>, allowed: &[AlgorithmName]) -> Option<SetKey> {
    use AlgorithmName::{EdDsa, Es256, Es384, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};
    if jwk.common.public_key_use.as_ref().is_some_and(|purpose| *purpose != PublicKeyUse::Signature) {
        return None;
    }
    if jwk.common.key_operations.as_ref().is_some_and(|all| !all.contains(&KeyOperations::Verify)) {
        return None;
    }
    let fits: &[AlgorithmName] = match &jwk.algorithm {
        AlgorithmParameters::RSA(rsa) if rsa_bits(&rsa.n)? >= MIN_RSA_BITS => {
            &[Rs256, Rs384, Rs512, Ps256, Ps384, Ps512]
        }
        AlgorithmParameters::EllipticCurve(ec) => match ec.curve {
            EllipticCurve::P256 => &[Es256],
            EllipticCurve::P384 => &[Es384],
            _ => return None,
        },
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => &[EdDsa],
        // A shared secret in a public document is no secret.
        _ => return None,
    };
    let algorithm = match named {
        None => *allowed.iter().find(|one| fits.contains(one))?,
        Some(name) => AlgorithmName::from_name(name.as_str()?)
            .filter(|one| fits.contains(one) && allowed.contains(one))?,
    };
    Some(SetKey { algorithm, decoding: DecodingKey::from_jwk(jwk).ok()? })
}

fn rsa_bits(modulus: &str) -> Option<usize> {
    let bytes = URL_SAFE_NO_PAD.decode(modulus).ok()?;
    let first = bytes.iter().position(|byte| *byte != 0)?;
    Some((bytes.len() - first) * 8 - bytes[first].leading_zeros() as usize)
}
