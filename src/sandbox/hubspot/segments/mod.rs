//! Lists (the vendor now says segments) and who is in them.

pub(crate) mod members;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::sandbox::hubspot::kind::Kind;
use crate::sandbox::hubspot::portal::{Portal, body};
use crate::sandbox::hubspot::query::Query;
use crate::sandbox::hubspot::refusal::Refusal;
use crate::sandbox::hubspot::stamp::{self, Millis};
use crate::sandbox::hubspot::store::sheet::Sheet;

/// One list.
#[derive(Clone, Debug)]
struct Segment {
    name: String,
    object_type_id: String,
    processing_type: String,
    created: Millis,
    updated: Millis,
    archived: bool,
    members: BTreeMap<u64, Millis>,
    // By instant of joining, then by record.
    joined: BTreeSet<(Millis, u64)>,
}

/// All lists, by id.
#[derive(Debug, Default)]
pub(crate) struct Segments {
    lists: BTreeMap<u64, Segment>,
    // Record to the lists it is in; a record's kind is the list's.
    by_record: BTreeSet<(u64, u64)>,
}

impl Segments {
    pub(crate) fn load(lists: &Sheet, memberships: &Sheet, since: Millis) -> Self {
        let mut segments = Self::default();
        for line in lists.lines() {
            let Some(id) = line.get("id").and_then(|id| id.parse().ok()) else { continue };
            let created = line.get("created_at").and_then(stamp::parse).unwrap_or(since);
            let object = line.get("object_type_id").unwrap_or("0-1");
            let segment = Segment {
                name: line.get("name").unwrap_or_default().to_owned(),
                object_type_id: Kind::named(object).map_or(object, |kind| kind.type_id()).to_owned(),
                processing_type: line.get("processing_type").unwrap_or("DYNAMIC").to_owned(),
                created,
                updated: line.get("updated_at").and_then(stamp::parse).unwrap_or(created),
                archived: false,
                members: BTreeMap::new(),
                joined: BTreeSet::new(),
            };
            segments.lists.insert(id, segment);
        }
        for line in memberships.lines() {
            let (Some(list), Some(record)) = (
                line.get("list_id").and_then(|id| id.parse().ok()),
                line.get("record_id").and_then(|id| id.parse().ok()),
            ) else {
                continue;
            };
            let at = line.get("added_at").and_then(stamp::parse);
            segments.join(list, record, at.unwrap_or(since));
        }
        segments
    }

    fn join(&mut self, list: u64, record: u64, at: Millis) -> bool {
        let Some(segment) = self.lists.get_mut(&list) else { return false };
        if segment.members.contains_key(&record) {
            return false;
        }
        segment.members.insert(record, at);
        segment.joined.insert((at, record));
        self.by_record.insert((record, list));
        true
    }

    fn leave(&mut self, list: u64, record: u64) -> bool {
        let Some(segment) = self.lists.get_mut(&list) else { return false };
        let Some(at) = segment.members.remove(&record) else { return false };
        segment.joined.remove(&(at, record));
        self.by_record.remove(&(record, list));
        true
    }

    fn find(&self, id: &str) -> Result<(u64, &Segment), Refusal> {
        let id = id.parse().map_err(|_| Refusal::not_found())?;
        let segment =
            self.lists.get(&id).filter(|segment| !segment.archived).ok_or_else(Refusal::not_found)?;
        Ok((id, segment))
    }
}

fn shown(id: u64, segment: &Segment) -> Value {
    json!({
        "listId": id.to_string(),
        "listVersion": 1,
        "name": segment.name,
        "objectTypeId": segment.object_type_id,
        "processingType": segment.processing_type,
        "processingStatus": "COMPLETE",
        "createdAt": stamp::iso(segment.created),
        "updatedAt": stamp::iso(segment.updated),
        "filtersUpdatedAt": stamp::iso(segment.created),
        "createdById": "9586504",
        "updatedById": "9586504",
    })
}

fn with_size(id: u64, segment: &Segment) -> Value {
    let mut list = shown(id, segment);
    list["size"] = segment.members.len().into();
    list
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Search {
    query: Option<String>,
    offset: usize,
    count: Option<usize>,
    processing_types: Option<Vec<String>>,
    object_type_id: Option<String>,
    list_ids: Option<Vec<String>>,
    additional_properties: Vec<String>,
}

/// `POST /crm/v3/lists/search`
pub(crate) async fn search(State(portal): State<Arc<Portal>>, bytes: Bytes) -> Result<Json<Value>, Refusal> {
    let asked: Search = body(&bytes)?;
    let count = asked.count.unwrap_or(20);
    if count > 500 {
        return Err(Refusal::validation(format!("Invalid count {count}: it must be at most 500")));
    }
    let words = asked.query.unwrap_or_default().to_lowercase();
    let among = |asked: &Option<Vec<String>>, value: &str| {
        asked.as_ref().is_none_or(|asked| asked.is_empty() || asked.iter().any(|one| one == value))
    };
    let store = portal.read();
    let found: Vec<(&u64, &Segment)> = store
        .segments
        .lists
        .iter()
        .filter(|(id, segment)| {
            !segment.archived
                && segment.name.to_lowercase().contains(&words)
                && among(&asked.processing_types, &segment.processing_type)
                && among(&asked.list_ids, &id.to_string())
                && asked.object_type_id.as_ref().is_none_or(|object| *object == segment.object_type_id)
        })
        .collect();
    let total = found.len();
    let page: Vec<Value> = found
        .into_iter()
        .skip(asked.offset)
        .take(count)
        .map(|(id, segment)| {
            let mut list = shown(*id, segment);
            list["additionalProperties"] = additional(segment, &asked.additional_properties);
            list
        })
        .collect();
    let end = asked.offset.saturating_add(page.len());
    Ok(Json(json!({ "lists": page, "hasMore": end < total, "offset": end, "total": total })))
}

fn additional(segment: &Segment, asked: &[String]) -> Value {
    let mut all = Map::new();
    all.insert("hs_list_size".into(), segment.members.len().to_string().into());
    all.insert("hs_list_reference_count".into(), "0".into());
    if let Some((at, _)) = segment.joined.last() {
        all.insert("hs_last_record_added_at".into(), at.to_string().into());
    }
    // The size is always told, the others only to those who ask.
    all.retain(|name, _| name == "hs_list_size" || asked.contains(name));
    Value::Object(all)
}

/// `GET /crm/v3/lists?listIds=`
pub(crate) async fn many(State(portal): State<Arc<Portal>>, query: Query) -> Json<Value> {
    let store = portal.read();
    let lists: Vec<Value> = query
        .list("listIds")
        .iter()
        .filter_map(|id| store.segments.find(id).ok())
        .map(|(id, segment)| with_size(id, segment))
        .collect();
    Json(json!({ "lists": lists }))
}

/// `GET /crm/v3/lists/{list}`
pub(crate) async fn get(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let store = portal.read();
    let (id, segment) = store.segments.find(&id)?;
    Ok(Json(json!({ "list": with_size(id, segment) })))
}

/// `GET /crm/v3/lists/object-type-id/{type}/name/{name}`
pub(crate) async fn named(
    State(portal): State<Arc<Portal>>,
    Path((object, name)): Path<(String, String)>,
) -> Result<Json<Value>, Refusal> {
    let store = portal.read();
    let (id, segment) = store
        .segments
        .lists
        .iter()
        .find(|(_, list)| !list.archived && list.object_type_id == object && list.name == name)
        .ok_or_else(Refusal::not_found)?;
    Ok(Json(json!({ "list": with_size(*id, segment) })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewList {
    name: String,
    object_type_id: String,
    processing_type: String,
}

/// `POST /crm/v3/lists`
pub(crate) async fn create(State(portal): State<Arc<Portal>>, bytes: Bytes) -> Result<Json<Value>, Refusal> {
    let asked: NewList = body(&bytes)?;
    let now = portal.now();
    let mut store = portal.write();
    let lists = &mut store.segments.lists;
    if lists.values().any(|list| list.name == asked.name && list.object_type_id == asked.object_type_id) {
        return Err(Refusal::validation(format!("List name {} is already in use", asked.name)));
    }
    let id = lists.last_key_value().map_or(1, |(last, _)| last + 1);
    let segment = Segment {
        name: asked.name,
        object_type_id: asked.object_type_id,
        processing_type: asked.processing_type,
        created: now,
        updated: now,
        archived: false,
        members: BTreeMap::new(),
        joined: BTreeSet::new(),
    };
    let list = with_size(id, &segment);
    lists.insert(id, segment);
    Ok(Json(json!({ "list": list })))
}

/// `DELETE /crm/v3/lists/{list}`
pub(crate) async fn delete(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    set_archived(&portal, &id, true)
}

/// `PUT /crm/v3/lists/{list}/restore`
pub(crate) async fn restore(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    set_archived(&portal, &id, false)
}

fn set_archived(portal: &Portal, id: &str, archived: bool) -> Result<StatusCode, Refusal> {
    let mut store = portal.write();
    let list = id.parse().ok().and_then(|id: u64| store.segments.lists.get_mut(&id));
    list.ok_or_else(Refusal::not_found)?.archived = archived;
    Ok(StatusCode::NO_CONTENT)
}
