//! Who is in a list, and in which lists someone is.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::sandbox::hubspot::kind::Kind;
use crate::sandbox::hubspot::paging::Here;
use crate::sandbox::hubspot::portal::{Portal, body};
use crate::sandbox::hubspot::query::Query;
use crate::sandbox::hubspot::refusal::Refusal;
use crate::sandbox::hubspot::stamp;

/// `GET /crm/v3/lists/{list}/memberships`: ascending by record.
pub(crate) async fn list(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    query: Query,
    here: Here,
) -> Result<Json<Value>, Refusal> {
    let limit = query.limit(100, 250)?;
    let after: u64 = query.number("after")?.unwrap_or_default();
    let store = portal.read();
    let (_, segment) = store.segments.find(&id)?;
    let mut rest = segment.members.range(after..);
    let page: Vec<Value> = rest
        .by_ref()
        .take(limit)
        .map(|(record, at)| json!({ "recordId": record.to_string(), "membershipTimestamp": stamp::iso(*at) }))
        .collect();
    let mut answer = json!({ "results": page, "total": segment.members.len() });
    if let Some((next, _)) = rest.next() {
        answer["paging"] = here.next(&next.to_string());
    }
    Ok(Json(answer))
}

/// `GET /crm/v3/lists/{list}/memberships/join-order`
pub(crate) async fn by_joining(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    query: Query,
    here: Here,
) -> Result<Json<Value>, Refusal> {
    let limit = query.limit(100, 250)?;
    let offset: usize = query.number("after")?.unwrap_or_default();
    let store = portal.read();
    let (_, segment) = store.segments.find(&id)?;
    let page: Vec<Value> = segment
        .joined
        .iter()
        .skip(offset)
        .take(limit)
        .map(|(at, record)| json!({ "recordId": record.to_string(), "membershipTimestamp": stamp::iso(*at) }))
        .collect();
    let mut answer = json!({ "results": page, "total": segment.members.len() });
    if segment.joined.len() > offset.saturating_add(limit) {
        answer["paging"] = here.next(&(offset + limit).to_string());
    }
    Ok(Json(answer))
}

/// `GET /crm/v3/lists/records/{type}/{record}/memberships`
pub(crate) async fn lists_of(
    State(portal): State<Arc<Portal>>,
    Path((object, record)): Path<(String, u64)>,
) -> Json<Value> {
    let object = Kind::named(&object).map_or(object.as_str(), |kind| kind.type_id());
    let store = portal.read();
    let segments = &store.segments;
    let results: Vec<Value> = segments
        .by_record
        .range((record, 0)..=(record, u64::MAX))
        .filter_map(|(_, list)| Some((list, segments.lists.get(list)?)))
        .filter(|(_, list)| !list.archived && list.object_type_id == object)
        .map(|(id, list)| {
            let at = list.members.get(&record).copied().map(stamp::iso);
            json!({
                "listId": id.to_string(),
                "listVersion": 1,
                "isPublicList": false,
                "firstAddedTimestamp": at,
                "lastAddedTimestamp": at,
            })
        })
        .collect();
    Json(json!({ "results": results, "total": results.len() }))
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Moves {
    record_ids_to_add: Vec<Value>,
    record_ids_to_remove: Vec<Value>,
}

/// `PUT /crm/v3/lists/{list}/memberships/add`
pub(crate) async fn add(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    bytes: Bytes,
) -> Result<Json<Value>, Refusal> {
    let moves = Moves { record_ids_to_add: body(&bytes)?, ..Moves::default() };
    apply(&portal, &id, &moves)
}

/// `PUT /crm/v3/lists/{list}/memberships/remove`
pub(crate) async fn remove(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    bytes: Bytes,
) -> Result<Json<Value>, Refusal> {
    let moves = Moves { record_ids_to_remove: body(&bytes)?, ..Moves::default() };
    apply(&portal, &id, &moves)
}

/// `PUT /crm/v3/lists/{list}/memberships/add-and-remove`
pub(crate) async fn add_and_remove(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    bytes: Bytes,
) -> Result<Json<Value>, Refusal> {
    apply(&portal, &id, &body(&bytes)?)
}

fn apply(portal: &Portal, id: &str, moves: &Moves) -> Result<Json<Value>, Refusal> {
    let now = portal.now();
    let mut store = portal.write();
    let (list, segment) = store.segments.find(id)?;
    if segment.processing_type == "DYNAMIC" {
        return Err(Refusal::validation("Memberships of a DYNAMIC list follow from its filters"));
    }
    let kind = Kind::named(&segment.object_type_id);
    let number = |id: &Value| id.as_u64().or_else(|| id.as_str()?.parse().ok());
    let (mut added, mut removed, mut absent) = (Vec::new(), Vec::new(), Vec::new());
    for id in &moves.record_ids_to_add {
        let record =
            number(id).filter(|id| kind.is_some_and(|kind| store.objects(kind).find_live(*id).is_some()));
        match record {
            None => absent.push(id.clone()),
            Some(record) => {
                if store.segments.join(list, record, now) {
                    added.push(record.to_string());
                }
            }
        }
    }
    for record in moves.record_ids_to_remove.iter().filter_map(number) {
        if store.segments.leave(list, record) {
            removed.push(record.to_string());
        }
    }
    // The odd spelling is the vendor's.
    Ok(Json(json!({
        "recordsIdsAdded": added,
        "recordsIdsRemoved": removed,
        "recordIdsMissing": absent,
    })))
}
