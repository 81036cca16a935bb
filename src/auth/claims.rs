//! What a verified token says about its bearer, under the issuer's own names.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::settings::{ClaimNames, ClaimPath};
use super::token::Verified;
use crate::domain::view::{Claims, Pii};

/// Reads the claims. One of a wrong type refuses the token: a claim that narrows must not be overlooked.
pub(super) fn read(names: &ClaimNames, verified: &Verified) -> Result<Claims, &'static str> {
    let text = |path| text(&verified.claims, path);
    let list = |path| list(&verified.claims, path);
    let pii = match text(&names.pii)? {
        None => None,
        Some(level) => Some(Pii::from_name(&level).ok_or("its claim pii is no level")?),
    };
    Ok(Claims {
        subject: Arc::from(verified.subject.as_str()),
        tenant: text(&names.tenant)?,
        team: text(&names.team)?.unwrap_or_default(),
        role: text(&names.role)?.unwrap_or_default(),
        scopes: list(&names.scope)?.unwrap_or_default(),
        email: text(&names.email)?.map(address),
        owners: list(&names.owners)?.map(|owners| owners.into_iter().map(address).collect()),
        territories: list(&names.territories)?,
        regions: list(&names.regions)?,
        campaigns: list(&names.campaigns)?,
        pii,
    })
}

fn find<'a>(claims: &'a Value, path: &ClaimPath) -> Option<&'a Value> {
    path.steps().iter().try_fold(claims, |value, step| value.get(step)).filter(|value| !value.is_null())
}

fn text(claims: &Value, path: &ClaimPath) -> Result<Option<Arc<str>>, &'static str> {
    match find(claims, path) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(Arc::from(text.trim()))),
        Some(_) => Err("one of its claims is no text"),
    }
}

/// A list of texts, or one text with several separated by spaces (as `scope` is written).
fn list(claims: &Value, path: &ClaimPath) -> Result<Option<BTreeSet<Arc<str>>>, &'static str> {
    match find(claims, path) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.split_whitespace().map(Arc::from).collect())),
        Some(Value::Array(entries)) => entries
            .iter()
            .map(|entry| entry.as_str().map(Arc::from).ok_or("one of its claims is no list of texts"))
            .collect::<Result<_, _>>()
            .map(Some),
        Some(_) => Err("one of its claims is no list of texts"),
    }
}

/// Addresses are compared in lower case; `source:id` stays as it is, because vendors' ids tell case apart.
fn address(name: Arc<str>) -> Arc<str> {
    if name.contains('@') { Arc::from(name.to_lowercase()) } else { name }
}
