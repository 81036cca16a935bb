//! `[auth]`: which tokens are believed.

use std::sync::Arc;

use secrecy::ExposeSecret;

use super::section::Section;
use crate::auth::{AlgorithmName, AuthSettings, ClaimNames, ClaimPath, IssuerKeys};
use crate::domain::masking::PseudonymKey;
use crate::domain::territory::Company;
use crate::domain::view::{Pii, Policy};
use crate::upstream::Url;

/// The shortest secret tokens may be signed with (RFC 7518, 3.2).
const SHORTEST_SECRET: usize = 32;

pub(super) fn read(
    root: &Section<'_>,
    views: Vec<Arc<Policy>>,
    company: Arc<Company>,
) -> Option<AuthSettings> {
    let Some(section) = root.section("auth") else {
        if !root.has("auth") {
            root.wrong_at("auth", "is missing");
        }
        return None;
    };
    let issuer = section.required_text("issuer").map(|said| said.text.to_owned());
    let audience = section.required_text("audience").map(|said| said.text.to_owned());
    let keys = keys(&section);
    let algorithms = algorithms(&section, keys.as_ref());
    let pseudonym_key = section.secret("pseudonym_key");
    if pseudonym_key.is_none() && !section.has("pseudonym_key") && !section.has("pseudonym_key_file") {
        // A claim can lower any view to a pseudonym; that view then shows null. A view that always does needs the key.
        if let Some(view) = views.iter().find(|view| view.pii == Pii::Pseudonym) {
            section.wrong_at("pseudonym_key", format!("is missing; the view {} shows pseudonyms", view.key));
        }
    }
    let tenant = section.text("tenant").map(|said| Arc::from(said.text));
    let claims = section.section("claims").map(|claims| names(&claims)).unwrap_or_default();
    Some(AuthSettings {
        issuer: issuer?,
        audience: audience?,
        algorithms,
        keys: keys?,
        tenant,
        claims,
        views,
        company,
        pseudonym_key: pseudonym_key.map(|key| PseudonymKey::new(key.expose_secret().as_bytes())),
    })
}

fn keys(section: &Section<'_>) -> Option<IssuerKeys> {
    let has_secret = section.has("hs256_secret") || section.has("hs256_secret_file");
    let secret = section.secret("hs256_secret");
    let url = section.parsed::<Url>("jwks_url", "URL");
    if has_secret && section.has("jwks_url") {
        section.wrong_at("jwks_url", "give either a secret or a URL of keys, not both");
    }
    if !has_secret && !section.has("jwks_url") {
        section.wrong("has no keys: give jwks_url, hs256_secret_file or hs256_secret");
    }
    if let Some(secret) = secret {
        let length = secret.expose_secret().len();
        if length < SHORTEST_SECRET {
            let key = if section.has("hs256_secret") { "hs256_secret" } else { "hs256_secret_file" };
            section.wrong_at(key, format!("has {length} bytes; HS256 needs at least {SHORTEST_SECRET}"));
        }
        return Some(IssuerKeys::Secret(secret));
    }
    let url = url?;
    if url.scheme() != "https" && !is_loopback(&url) {
        section.wrong_at("jwks_url", "must be https");
    }
    Some(IssuerKeys::Url(url))
}

/// True for a host on this machine, where a plain connection is no risk.
pub(super) fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    })
}

fn algorithms(section: &Section<'_>, keys: Option<&IssuerKeys>) -> Vec<AlgorithmName> {
    let with_secret = matches!(keys, Some(IssuerKeys::Secret(_)));
    let Some(said) = section.texts("algorithms") else {
        return if with_secret { vec![AlgorithmName::Hs256] } else { vec![AlgorithmName::Rs256] };
    };
    if said.is_empty() {
        section.wrong_at("algorithms", "names none");
    }
    let mut algorithms = Vec::new();
    for one in said {
        let Some(algorithm) = section.chosen("algorithms", &one, &AlgorithmName::ALL, AlgorithmName::name)
        else {
            continue;
        };
        if keys.is_some() && (algorithm == AlgorithmName::Hs256) != with_secret {
            section.wrong_there(
                "algorithms",
                one.place,
                if with_secret {
                    "a secret is for HS256 alone"
                } else {
                    "HS256 needs a secret, not a URL of public keys"
                },
            );
        }
        algorithms.push(algorithm);
    }
    algorithms
}

fn names(section: &Section<'_>) -> ClaimNames {
    let own = ClaimNames::default();
    let path = |key: &str, own: ClaimPath| section.text(key).map_or(own, |said| ClaimPath::new(said.text));
    ClaimNames {
        tenant: path("tenant", own.tenant),
        team: path("team", own.team),
        role: path("role", own.role),
        scope: path("scope", own.scope),
        email: path("email", own.email),
        territories: path("territories", own.territories),
        regions: path("regions", own.regions),
        owners: path("owners", own.owners),
        campaigns: path("campaigns", own.campaigns),
        pii: path("pii", own.pii),
    }
}
