//! The token endpoint in all its spellings, and what one can ask about a token.

use std::sync::Arc;

use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::portal::Portal;
use super::query::Query;
use super::refusal::Refusal;
use crate::sandbox::credentials;

const APP_ID: u64 = 1_160_452;
const USER_ID: u64 = 9_586_504;
const USER: &str = "admin@leadline.example";
const HUB_DOMAIN: &str = "leadline.example";

/// `POST /oauth/v1/token`
pub(crate) async fn token(
    State(portal): State<Arc<Portal>>,
    OriginalUri(uri): OriginalUri,
    form: String,
) -> Result<Json<Value>, Refusal> {
    let form = Query::parse(&form);
    let field = |name: &str| form.get(name).unwrap_or_default();
    if field("client_id") != credentials::HUBSPOT_CLIENT_ID {
        return Err(refuse("BAD_CLIENT_ID", "invalid_client", "missing or unknown client id"));
    }
    if field("client_secret") != credentials::HUBSPOT_CLIENT_SECRET {
        return Err(refuse("BAD_CLIENT_SECRET", "invalid_client", "missing or invalid client secret"));
    }
    let mut tokens = portal.tokens();
    let refresh_token = match field("grant_type") {
        "refresh_token" => field("refresh_token").to_owned(),
        "authorization_code" if field("redirect_uri").is_empty() => {
            return Err(refuse("BAD_REDIRECT_URI", "invalid_request", "missing redirect uri"));
        }
        "authorization_code" if field("code").is_empty() => {
            return Err(refuse("BAD_AUTH_CODE", "invalid_grant", "missing or unknown auth code"));
        }
        // Nobody clicks through a consent page here: any code is good once.
        "authorization_code" => tokens.redeem(field("code")).ok_or_else(|| {
            refuse("EXPIRED_AUTH_CODE", "invalid_grant", "auth code is expired or was used before")
        })?,
        other => {
            let message = format!("unsupported grant type: {other}");
            return Err(refuse("BAD_GRANT_TYPE", "unsupported_grant_type", &message));
        }
    };
    let scopes = tokens.refreshable(&refresh_token).cloned().ok_or_else(|| {
        refuse("BAD_REFRESH_TOKEN", "invalid_grant", "refresh token is invalid, expired or revoked")
    })?;
    let lifetime = portal.options.access_token_lifetime;
    let expires_at = portal.now() + lifetime.as_millis() as i64;
    let mut answer = json!({
        "token_type": "bearer",
        "refresh_token": refresh_token,
        "access_token": tokens.issue(scopes.clone(), expires_at),
        "expires_in": lifetime.as_secs(),
    });
    if !uri.path().starts_with("/oauth/v1/") {
        answer["hub_id"] = portal.options.portal_id.into();
        answer["scopes"] = scopes.into();
        answer["user_id"] = USER_ID.into();
        answer["token_use"] = "access_token".into();
    }
    Ok(Json(answer))
}

/// `GET /oauth/v1/access-tokens/{token}`
pub(crate) async fn access_token(
    State(portal): State<Arc<Portal>>,
    Path(token): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let grant = portal.tokens().grant(&token).cloned();
    let left = grant.as_ref().and_then(|grant| grant.expires_at).map(|at| (at - portal.now()) / 1000);
    let (Some(grant), Some(left)) = (grant, left.filter(|left| *left > 0)) else {
        return Err(Refusal::new(
            StatusCode::NOT_FOUND,
            "OBJECT_NOT_FOUND",
            "access token is expired or unknown",
        ));
    };
    Ok(Json(json!({
        "token": token,
        "user": USER,
        "hub_domain": HUB_DOMAIN,
        "scopes": grant.scopes,
        "hub_id": portal.options.portal_id,
        "app_id": APP_ID,
        "expires_in": left,
        "user_id": USER_ID,
        "token_type": "access",
        "signed_access_token": {},
    })))
}

/// `GET /oauth/v1/refresh-tokens/{token}`
pub(crate) async fn refresh_token(
    State(portal): State<Arc<Portal>>,
    Path(token): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let tokens = portal.tokens();
    let scopes = tokens.refreshable(&token).ok_or_else(Refusal::not_found)?;
    Ok(Json(json!({
        "token": token,
        "user": USER,
        "hub_domain": HUB_DOMAIN,
        "scopes": scopes,
        "hub_id": portal.options.portal_id,
        "client_id": credentials::HUBSPOT_CLIENT_ID,
        "user_id": USER_ID,
        "token_type": "refresh",
    })))
}

/// `DELETE /oauth/v1/refresh-tokens/{token}`
pub(crate) async fn revoke_refresh_token(
    State(portal): State<Arc<Portal>>,
    Path(token): Path<String>,
) -> StatusCode {
    portal.tokens().revoke(&token);
    StatusCode::NO_CONTENT
}

/// `POST /oauth/v3/token/introspect`
pub(crate) async fn introspect(State(portal): State<Arc<Portal>>, form: String) -> Json<Value> {
    let form = Query::parse(&form);
    let token = form.get("token").unwrap_or_default();
    let tokens = portal.tokens();
    let left = tokens
        .grant(token)
        .and_then(|grant| grant.expires_at)
        .map(|at| (at - portal.now()) / 1000)
        .filter(|left| *left > 0);
    let scopes = tokens.grant(token).map(|grant| &grant.scopes).or_else(|| tokens.refreshable(token));
    let active = left.is_some() || tokens.refreshable(token).is_some();
    if !active {
        return Json(json!({ "active": false }));
    }
    Json(json!({
        "active": true,
        "scopes": scopes,
        "hub_id": portal.options.portal_id,
        "client_id": credentials::HUBSPOT_CLIENT_ID,
        "expires_in": left,
        "token_use": if left.is_some() { "access_token" } else { "refresh_token" },
    }))
}

/// `POST /oauth/v3/token/revoke`
pub(crate) async fn revoke(State(portal): State<Arc<Portal>>, form: String) -> StatusCode {
    if let Some(token) = Query::parse(&form).get("token") {
        portal.tokens().revoke(token);
    }
    StatusCode::NO_CONTENT
}

/// The vendor's mixture of an OAuth error and its own envelope.
fn refuse(status: &str, error: &str, message: &str) -> Refusal {
    Refusal::validation(message)
        .with("status", status.into())
        .with("error", error.into())
        .with("error_description", message.into())
}
