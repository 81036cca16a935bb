//! Logging in: the token endpoint with its grants, and what may be asked about a token.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value as Json, json};
use sha2::Sha256;

use super::super::credentials::{
    SALESFORCE_CLIENT_ID as CLIENT_ID, SALESFORCE_CLIENT_SECRET as CLIENT_SECRET,
    SALESFORCE_PASSWORD as PASSWORD, SALESFORCE_REFRESH_TOKEN as REFRESH_TOKEN,
    SALESFORCE_USERNAME as USERNAME,
};
use super::form::Form;
use super::id::RecordId;
use super::org::Org;
use super::store::Value;

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// A refusal of the token endpoint: an object, unlike every other refusal.
struct Denial(StatusCode, &'static str, &'static str);

impl IntoResponse for Denial {
    fn into_response(self) -> Response {
        answer(self.0, &json!({ "error": self.1, "error_description": self.2 }))
    }
}

const fn bad(error: &'static str, description: &'static str) -> Denial {
    Denial(StatusCode::BAD_REQUEST, error, description)
}

fn answer(status: StatusCode, body: &Json) -> Response {
    let headers =
        [(header::CONTENT_TYPE, "application/json;charset=UTF-8"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, body.to_string()).into_response()
}

/// `POST /services/oauth2/token`.
pub(super) async fn token(State(org): State<Arc<Org>>, headers: HeaderMap, body: Bytes) -> Response {
    grant(&org, &headers, &body).unwrap_or_else(IntoResponse::into_response)
}

fn grant(org: &Org, headers: &HeaderMap, body: &Bytes) -> Result<Response, Denial> {
    let form =
        Form::parse(std::str::from_utf8(body).map_err(|_| bad("invalid_request", "body is not text"))?);
    let kind = form.get("grant_type").ok_or(bad("unsupported_grant_type", "grant type not supported"))?;
    match kind {
        "client_credentials" => {
            check_client(&form, headers, true)?;
            Ok(success(org, headers, org.runs_as, true, None))
        }
        "refresh_token" => {
            let wanted = form.get("refresh_token").ok_or(bad("invalid_request", "missing refresh_token"))?;
            check_client(&form, headers, false)?;
            if wanted != REFRESH_TOKEN {
                return Err(bad("invalid_grant", "expired access/refresh token"));
            }
            Ok(success(org, headers, org.runs_as, true, None))
        }
        "password" => {
            check_client(&form, headers, true)?;
            if form.get("username") != Some(USERNAME) || form.get("password") != Some(PASSWORD) {
                return Err(bad("invalid_grant", "authentication failure"));
            }
            Ok(success(org, headers, org.runs_as, true, Some(REFRESH_TOKEN)))
        }
        JWT_BEARER => {
            let assertion = form.get("assertion").ok_or(bad("invalid_request", "missing assertion"))?;
            let user = check_assertion(org, headers, assertion)?;
            Ok(success(org, headers, user, false, None))
        }
        _ => Err(bad("unsupported_grant_type", "grant type not supported")),
    }
}

/// The client's id and secret, from the form or as Basic credentials.
fn check_client(form: &Form, headers: &HeaderMap, secret_needed: bool) -> Result<(), Denial> {
    let basic = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Basic "))
        .and_then(|encoded| String::from_utf8(STANDARD.decode(encoded).ok()?).ok());
    let (id, secret) = match basic.as_deref().and_then(|pair| pair.split_once(':')) {
        Some((id, secret)) => (Some(id), Some(secret)),
        None => (form.get("client_id"), form.get("client_secret")),
    };
    match id {
        None => Err(bad("invalid_request", "missing client_id")),
        Some(id) if id != CLIENT_ID => Err(bad("invalid_client_id", "client identifier invalid")),
        _ if secret.is_none() && !secret_needed => Ok(()),
        _ if secret == Some(CLIENT_SECRET) => Ok(()),
        _ => Err(bad("invalid_client", "invalid client credentials")),
    }
}

/// The user an assertion speaks for. Its signature is checked if a public key was configured.
fn check_assertion(org: &Org, headers: &HeaderMap, assertion: &str) -> Result<RecordId, Denial> {
    let invalid = || bad("invalid_grant", "invalid assertion");
    if let Some(key) = &org.options.public_key {
        let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        let key = jsonwebtoken::DecodingKey::from_rsa_pem(key.as_bytes()).map_err(|_| invalid())?;
        jsonwebtoken::decode::<Json>(assertion, &key, &validation).map_err(|_| invalid())?;
    }
    let payload = assertion.split('.').nth(1).ok_or_else(invalid)?;
    let payload =
        URL_SAFE_NO_PAD.decode(payload).or_else(|_| URL_SAFE.decode(payload)).map_err(|_| invalid())?;
    let claims: Json = serde_json::from_slice(&payload).map_err(|_| invalid())?;
    if claims["iss"] != CLIENT_ID {
        return Err(bad("invalid_client_id", "client identifier invalid"));
    }
    let own = instance_url(headers);
    let known = ["https://login.salesforce.com", "https://test.salesforce.com", own.as_str()];
    let audiences = claims["aud"].as_array().cloned().unwrap_or_else(|| vec![claims["aud"].clone()]);
    let for_us = |audience: &Json| {
        audience
            .as_str()
            .is_some_and(|url| known.contains(&url.trim_end_matches('/')) || same_host(url, &own))
    };
    if !audiences.iter().any(for_us) {
        return Err(bad("invalid_grant", "audience is invalid"));
    }
    // Some client libraries write the expiry as text.
    let expires =
        claims["exp"].as_i64().or_else(|| claims["exp"].as_str()?.parse().ok()).ok_or_else(invalid)?;
    let good_at = |now: DateTime<Utc>| (0..=300).contains(&(expires - now.timestamp()));
    if !good_at(Utc::now()) && !good_at(org.clock.now()) {
        return Err(bad("invalid_grant", "expired authorization code"));
    }
    let subject = claims["sub"].as_str().or_else(|| claims["prn"].as_str()).ok_or_else(invalid)?;
    if subject.eq_ignore_ascii_case(USERNAME) {
        return Ok(org.runs_as);
    }
    let store = org.store.read().expect("no write panics");
    let users = store.schema.known("User");
    let wanted = Value::text(subject);
    let field = store.schema.known_field(users, "Username");
    let rows = store.table(users).candidates(field, std::iter::once(&wanted)).unwrap_or_default();
    let user = rows.into_iter().find(|row| store.get(users, *row, field).same(&wanted));
    match user {
        Some(row) if store.named(users, row, "IsActive") == Value::Bool(true) => {
            Ok(store.table(users).id(row))
        }
        Some(_) => Err(bad("inactive_user", "user is inactive")),
        None => Err(bad("invalid_grant", "user hasn't approved this consumer")),
    }
}

fn same_host(url: &str, own: &str) -> bool {
    let host = |url: &str| url.split("://").nth(1).map(|rest| rest.trim_end_matches('/').to_owned());
    host(url).is_some() && host(url) == host(own)
}

fn success(org: &Org, headers: &HeaderMap, user: RecordId, signed: bool, refresh: Option<&str>) -> Response {
    let instance = instance_url(headers);
    let id = format!("{instance}/id/{}/{user}", org.id);
    let mut body = json!({
        "access_token": org.log_in(user), "instance_url": instance, "id": id, "token_type": "Bearer",
        "scope": "api",
    });
    if signed {
        let issued_at = org.clock.now().timestamp_millis().to_string();
        let mut mac =
            Hmac::<Sha256>::new_from_slice(CLIENT_SECRET.as_bytes()).expect("any length makes an HMAC key");
        mac.update(format!("{id}{issued_at}").as_bytes());
        body["signature"] = json!(STANDARD.encode(mac.finalize().into_bytes()));
        body["issued_at"] = json!(issued_at);
    }
    if let Some(refresh) = refresh {
        body["refresh_token"] = json!(refresh);
    }
    answer(StatusCode::OK, &body)
}

/// Where this org is reached: wherever the caller found it.
pub(super) fn instance_url(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1");
    format!("http://{host}")
}

/// The token of a data call: `Bearer`, or the older `OAuth`.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("oauth")).then(|| token.trim())
}

/// `/services/oauth2/revoke`.
pub(super) async fn revoke(State(org): State<Arc<Org>>, uri: axum::http::Uri, body: Bytes) -> Response {
    let form = Form::parse(std::str::from_utf8(&body).unwrap_or_default());
    let query = Form::parse(uri.query().unwrap_or_default());
    match form.get("token").or_else(|| query.get("token")) {
        Some(token) if org.log_out(token) || token == REFRESH_TOKEN => StatusCode::OK.into_response(),
        Some(_) => bad("unsupported_token_type", "this token type is not supported").into_response(),
        None => bad("invalid_request", "missing token").into_response(),
    }
}

/// `/services/oauth2/introspect`.
pub(super) async fn introspect(State(org): State<Arc<Org>>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Form::parse(std::str::from_utf8(&body).unwrap_or_default());
    if let Err(denial) = check_client(&form, &headers, true) {
        return Denial(StatusCode::UNAUTHORIZED, denial.1, denial.2).into_response();
    }
    let body = match form.get("token").and_then(|token| org.session(token)) {
        Some(session) => json!({
            "active": true, "scope": "api", "client_id": CLIENT_ID, "username": USERNAME,
            "sub": format!("{}/id/{}/{}", instance_url(&headers), org.id, session.user),
            "token_type": "access_token",
            "exp": Utc::now().timestamp() + org.options.token_lifetime.as_secs().cast_signed(),
        }),
        None => json!({ "active": false }),
    };
    answer(StatusCode::OK, &body)
}

/// `/services/oauth2/userinfo`.
pub(super) async fn user_info(State(org): State<Arc<Org>>, headers: HeaderMap) -> Response {
    let Some(session) = bearer(&headers).and_then(|token| org.session(token)) else {
        return (StatusCode::FORBIDDEN, "Bad_OAuth_Token").into_response();
    };
    identity_of(&org, &headers, session.user)
}

/// `/id/{org}/{user}`.
pub(super) async fn identity(
    State(org): State<Arc<Org>>,
    Path((of, user)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    if bearer(&headers).and_then(|token| org.session(token)).is_none() {
        return (StatusCode::FORBIDDEN, "Bad_OAuth_Token").into_response();
    }
    match (RecordId::parse(&of), RecordId::parse(&user)) {
        (Some(of), Some(user)) if of == org.id => identity_of(&org, &headers, user),
        _ => (StatusCode::NOT_FOUND, "Bad_Id").into_response(),
    }
}

fn identity_of(org: &Org, headers: &HeaderMap, user: RecordId) -> Response {
    let store = org.store.read().expect("no write panics");
    let users = store.schema.known("User");
    let Some(row) = store.table(users).row_of(&user) else {
        return (StatusCode::NOT_FOUND, "Bad_Id").into_response();
    };
    let text = |field: &str| store.named(users, row, field).to_string();
    let instance = instance_url(headers);
    let id = format!("{instance}/id/{}/{user}", org.id);
    let rest = format!("{instance}/services/data/v{{version}}/");
    let body = json!({
        "id": id, "sub": id, "user_id": user.to_string(), "organization_id": org.id.to_string(),
        "asserted_user": true, "username": text("Username"), "preferred_username": text("Username"),
        "nick_name": text("Alias"), "nickname": text("Alias"), "display_name": text("Name"), "name": text("Name"),
        "first_name": text("FirstName"), "last_name": text("LastName"), "email": text("Email"),
        "email_verified": true, "active": true, "user_type": "STANDARD", "language": "en_US", "locale": "en_US",
        "utcOffset": 0, "zoneinfo": "GMT",
        "urls": {
            "rest": rest, "sobjects": format!("{rest}sobjects/"), "query": format!("{rest}query/"),
            "profile": format!("{instance}/{user}"),
        },
    });
    answer(StatusCode::OK, &body)
}
