//! Marketing campaigns. Properties are shown only to those who name them, and empty ones not at all.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::objects::batch::{Answer, Id};
use super::paging::{Here, slice};
use super::portal::{Portal, body};
use super::query::Query;
use super::refusal::Refusal;
use super::stamp::{self, Millis};
use super::store::Store;
use super::store::sheet::Line;

/// The columns that are not properties.
const OWN: &[&str] = &["id", "created_at", "updated_at", "archived_at", "assets_json"];

fn shown(campaign: Line, properties: &[String], since: Millis) -> Value {
    let created = campaign.get("created_at").and_then(stamp::parse).unwrap_or(since);
    let updated = campaign.get("updated_at").and_then(stamp::parse).unwrap_or(created);
    let properties: Map<String, Value> = campaign
        .filled()
        .filter(|(name, _)| !OWN.contains(name) && properties.iter().any(|asked| asked == name))
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    json!({
        "id": campaign.get("id"),
        "properties": properties,
        "businessUnits": [{ "id": "0" }],
        "createdAt": stamp::iso(created),
        "updatedAt": stamp::iso(updated),
    })
}

fn live(store: &Store) -> impl Iterator<Item = Line<'_>> {
    store.campaigns.lines().filter(|campaign| campaign.get("archived_at").is_none())
}

fn find<'a>(store: &'a Store, id: &str) -> Result<Line<'a>, Refusal> {
    live(store).find(|campaign| campaign.get("id") == Some(id)).ok_or_else(Refusal::not_found)
}

/// `GET /marketing/v3/campaigns`
pub(crate) async fn list(
    State(portal): State<Arc<Portal>>,
    query: Query,
    here: Here,
) -> Result<Json<Value>, Refusal> {
    let limit = query.limit(50, 100)?;
    let offset = query.number("after")?.unwrap_or_default();
    let properties = query.list("properties");
    let name = query.get("name").unwrap_or_default().to_lowercase();
    let store = portal.read();
    let mut found: Vec<Line> = live(&store)
        .filter(|campaign| campaign.get("hs_name").unwrap_or_default().to_lowercase().contains(&name))
        .collect();
    let sort = query.get("sort").unwrap_or("hs_name");
    let column = match sort.trim_start_matches('-') {
        "createdAt" => "created_at",
        "updatedAt" => "updated_at",
        _ => "hs_name",
    };
    found.sort_by(|a, b| a.get(column).cmp(&b.get(column)));
    if sort.starts_with('-') {
        found.reverse();
    }
    let total = found.len();
    let (page, next) = slice(found, offset, limit);
    let page: Vec<Value> =
        page.into_iter().map(|campaign| shown(campaign, &properties, store.since)).collect();
    let mut answer = json!({ "total": total, "results": page });
    if let Some(next) = next {
        answer["paging"] = here.next(&next.to_string());
    }
    Ok(Json(answer))
}

/// `GET /marketing/v3/campaigns/{campaign}`
pub(crate) async fn get(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Json<Value>, Refusal> {
    let store = portal.read();
    let campaign = find(&store, &id)?;
    let mut answer = shown(campaign, &query.list("properties"), store.since);
    let with_metrics = query.get("startDate").is_some() && query.get("endDate").is_some();
    let assets: Map<String, Value> = assets(&store, campaign, with_metrics)
        .into_iter()
        .map(|(kind, items)| (kind, json!({ "results": items })))
        .collect();
    answer["assets"] = Value::Object(assets);
    Ok(Json(answer))
}

#[derive(Deserialize)]
struct BatchRead {
    inputs: Vec<Id>,
    #[serde(default)]
    properties: Vec<String>,
}

/// `POST /marketing/v3/campaigns/batch/read`
pub(crate) async fn batch_read(
    State(portal): State<Arc<Portal>>,
    query: Query,
    bytes: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let asked: BatchRead = body(&bytes)?;
    if asked.inputs.len() > 50 {
        return Err(Refusal::validation(format!(
            "A batch has at most 50 inputs, not {}",
            asked.inputs.len()
        )));
    }
    let mut properties = query.list("properties");
    properties.extend(asked.properties);
    let store = portal.read();
    let mut answer = Answer::new(portal.now(), Vec::new());
    for input in &asked.inputs {
        match find(&store, &input.id) {
            Ok(campaign) => answer.push(shown(campaign, &properties, store.since)),
            Err(refusal) => answer.fail(json!({
                "status": "error",
                "category": refusal.category(),
                "message": refusal.message(),
                "context": { "ids": [input.id] },
            })),
        }
    }
    Ok(answer.finish(StatusCode::OK, portal.now()))
}

/// The campaign's parts by type: those the world lists, and the marketing e-mails that name the campaign.
fn assets(store: &Store, campaign: Line, with_metrics: bool) -> Map<String, Value> {
    let mut assets: Map<String, Value> =
        campaign.get("assets_json").and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
    let mails: Vec<Value> = store
        .marketing_emails
        .lines()
        .filter(|mail| mail.get("campaign").is_some() && mail.get("campaign") == campaign.get("id"))
        .map(|mail| {
            let mut asset = json!({ "id": mail.get("id"), "name": mail.get("name") });
            if with_metrics {
                let sent = mail
                    .get("primary_email_campaign_id")
                    .map(|id| store.events.counts(id))
                    .unwrap_or_default();
                let count = |kind: &str| sent.get(kind).copied().unwrap_or_default();
                asset["metrics"] =
                    json!({ "SENT": count("SENT"), "OPEN": count("OPEN"), "CLICK": count("CLICK") });
            }
            asset
        })
        .collect();
    if !mails.is_empty() {
        assets.insert("MARKETING_EMAIL".into(), mails.into());
    }
    assets
}

/// `GET /marketing/v3/campaigns/{campaign}/assets/{assetType}`
pub(crate) async fn assets_of_type(
    State(portal): State<Arc<Portal>>,
    Path((id, kind)): Path<(String, String)>,
    query: Query,
    here: Here,
) -> Result<Json<Value>, Refusal> {
    let limit = query.limit(10, 100)?;
    let offset = query.number("after")?.unwrap_or_default();
    let store = portal.read();
    let with_metrics = query.get("startDate").is_some() && query.get("endDate").is_some();
    let kind = if kind == "EMAIL" { "MARKETING_EMAIL" } else { &kind };
    let mut all = assets(&store, find(&store, &id)?, with_metrics);
    let Value::Array(items) = all.remove(kind).unwrap_or_else(|| json!([])) else {
        return Err(Refusal::not_found());
    };
    let (page, next) = slice(items, offset, limit);
    let mut answer = json!({ "results": page });
    if let Some(next) = next {
        answer["paging"] = here.next(&next.to_string());
    }
    Ok(Json(answer))
}

/// `GET /marketing/v3/campaigns/{campaign}/budget/totals`
pub(crate) async fn budget(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let store = portal.read();
    let campaign = find(&store, &id)?;
    let created = campaign.get("created_at").and_then(stamp::parse).unwrap_or(store.since);
    let amount = |column: &str| campaign.get(column).and_then(|amount| amount.parse::<f64>().ok());
    let item = |name: &str, amount: f64| {
        json!([{
            "id": "1", "name": name, "amount": amount, "description": "", "order": 0,
            "createdAt": created, "updatedAt": created,
        }])
    };
    let items =
        |name: &str, amount: Option<f64>| amount.map_or_else(|| json!([]), |amount| item(name, amount));
    let (budget, spend) = (amount("hs_budget_items_sum_amount"), amount("hs_spend_items_sum_amount"));
    Ok(Json(json!({
        "budgetTotal": budget.unwrap_or_default(),
        "spendTotal": spend.unwrap_or_default(),
        "remainingBudget": budget.unwrap_or_default() - spend.unwrap_or_default(),
        "currencyCode": campaign.get("hs_currency_code").unwrap_or(&store.currency),
        "budgetItems": items("Budget", budget),
        "spendItems": items("Spend", spend),
    })))
}
