//! The account itself, and how much of its daily quota is used.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::portal::Portal;
use super::stamp;

/// `GET /account-info/v3/details`
pub(crate) async fn details(State(portal): State<Arc<Portal>>) -> Json<Value> {
    Json(json!({
        "portalId": portal.options.portal_id,
        "accountType": "STANDARD",
        "timeZone": "UTC",
        "companyCurrency": portal.read().currency,
        "additionalCurrencies": [],
        "utcOffset": "+00:00",
        "utcOffsetMilliseconds": 0,
        "uiDomain": "app.hubspot.com",
        "dataHostingLocation": "na1",
    }))
}

/// `GET /account-info/v3/api-usage/daily/private-apps`
pub(crate) async fn usage(State(portal): State<Arc<Portal>>) -> Json<Value> {
    let now = portal.now();
    let midnight = (now.div_euclid(86_400_000) + 1) * 86_400_000;
    Json(json!({ "results": [{
        "name": "private-apps-api-calls-daily",
        "usageLimit": portal.options.calls_per_day,
        "currentUsage": portal.limits().today(),
        "collectedAt": stamp::iso(now),
        "fetchStatus": "SUCCESS",
        "resetsAt": stamp::iso(midnight),
    }]}))
}
