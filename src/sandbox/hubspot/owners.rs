//! The people and queues records belong to. Records name an owner's id; histories name a user's.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::paging::{Here, slice};
use super::portal::Portal;
use super::query::Query;
use super::refusal::Refusal;
use super::stamp::{self, Millis};
use super::store::sheet::Line;

fn shown(owner: Line, since: Millis) -> Value {
    let user = owner.get("userId").and_then(|id| id.parse::<u64>().ok());
    let archived = owner.get("archived_at").is_some();
    let created = owner.get("createdAt").and_then(stamp::parse).unwrap_or(since);
    let updated = owner.get("updatedAt").and_then(stamp::parse).unwrap_or(created);
    let mut shown = json!({
        "id": owner.get("id"),
        "type": owner.get("type").unwrap_or("PERSON"),
        "firstName": owner.get("firstName").unwrap_or_default(),
        "lastName": owner.get("lastName").unwrap_or_default(),
        // Who has left is no user any more, and histories still name the number.
        "userId": user.filter(|_| !archived),
        "userIdIncludingInactive": user,
        "createdAt": stamp::iso(created),
        "updatedAt": stamp::iso(updated),
        "archived": archived,
    });
    if let Some(email) = owner.get("email") {
        shown["email"] = email.into();
    }
    if let Some(teams) = owner.get("teams_json").and_then(|json| serde_json::from_str::<Value>(json).ok()) {
        shown["teams"] = teams;
    }
    shown
}

/// `GET /crm/v3/owners`
pub(crate) async fn list(
    State(portal): State<Arc<Portal>>,
    query: Query,
    here: Here,
) -> Result<Json<Value>, Refusal> {
    let limit = query.limit(100, 500)?;
    let offset = query.number("after")?.unwrap_or_default();
    let store = portal.read();
    let owners = store
        .owners
        .lines()
        .filter(|owner| owner.get("archived_at").is_some() == query.flag("archived"))
        .filter(|owner| {
            query
                .get("email")
                .is_none_or(|asked| owner.get("email").is_some_and(|email| email.eq_ignore_ascii_case(asked)))
        })
        .collect();
    let (page, next) = slice(owners, offset, limit);
    let page: Vec<Value> = page.into_iter().map(|owner| shown(owner, store.since)).collect();
    let mut answer = json!({ "results": page });
    if let Some(next) = next {
        answer["paging"] = here.next(&next.to_string());
    }
    Ok(Json(answer))
}

/// `GET /crm/v3/owners/{owner}`
pub(crate) async fn get(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Json<Value>, Refusal> {
    let column = match query.get("idProperty") {
        None | Some("id") => "id",
        Some("userId") => "userId",
        Some(other) => return Err(Refusal::validation(format!("idProperty is id or userId, not {other}"))),
    };
    let store = portal.read();
    let owner = store
        .owners
        .lines()
        .find(|owner| {
            owner.get(column) == Some(&id) && owner.get("archived_at").is_some() == query.flag("archived")
        })
        .ok_or_else(Refusal::not_found)?;
    Ok(Json(shown(owner, store.since)))
}
