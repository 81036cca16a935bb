//! What happens to every call before its endpoint sees it: token, scopes, limits; and the headers after it.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::limits::Remaining;
use super::portal::Portal;
use super::refusal::Refusal;
use super::{scopes, stamp};

/// Lets a call through, or refuses it as the vendor would.
pub(crate) async fn guard(State(portal): State<Arc<Portal>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    // Searches are counted on their own, and their answers say nothing about limits.
    let is_search = path.ends_with("/search") && path.contains("/objects/");
    let caller = match authenticate(&portal, &request) {
        Ok(caller) => caller,
        Err(refusal) => return refusal.into_response(),
    };
    let burst = if caller.is_app {
        portal.options.calls_per_ten_seconds
    } else {
        portal.options.oauth_calls_per_ten_seconds
    };
    let admitted = portal.limits().admit(&caller.token, burst, is_search, portal.now(), &portal.options);
    let (mut response, remaining) = match admitted {
        Ok(remaining) => (next.run(request).await, remaining),
        Err(policy) => (Refusal::limited(policy).into_response(), Remaining { burst: 0, today: 0 }),
    };
    if !is_search {
        let day = caller.is_app.then_some(portal.options.calls_per_day);
        announce(response.headers_mut(), burst, day, remaining);
    }
    response
}

struct Caller {
    token: String,
    is_app: bool,
}

fn authenticate(portal: &Portal, request: &Request) -> Result<Caller, Refusal> {
    let token = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(Refusal::unauthenticated)?;
    let tokens = portal.tokens();
    let grant = tokens.grant(token).ok_or_else(Refusal::unauthenticated)?;
    let now = portal.now();
    if let Some(expires_at) = grant.expires_at.filter(|expires_at| *expires_at <= now) {
        return Err(Refusal::expired((now - expires_at) / 1000, &stamp::iso(expires_at)));
    }
    let needed = scopes::needed(request.method(), request.uri().path());
    if !needed.is_empty() && !needed.iter().any(|scope| grant.scopes.contains(scope)) {
        return Err(Refusal::missing_scopes(&needed));
    }
    Ok(Caller { token: token.to_owned(), is_app: grant.expires_at.is_none() })
}

fn announce(headers: &mut HeaderMap, burst: usize, day: Option<u64>, remaining: Remaining) {
    headers.insert("x-hubspot-ratelimit-max", HeaderValue::from(burst));
    headers.insert("x-hubspot-ratelimit-remaining", HeaderValue::from(remaining.burst));
    headers.insert("x-hubspot-ratelimit-interval-milliseconds", HeaderValue::from(10_000));
    if let Some(day) = day {
        headers.insert("x-hubspot-ratelimit-daily", HeaderValue::from(day));
        headers.insert("x-hubspot-ratelimit-daily-remaining", HeaderValue::from(remaining.today));
    }
}
