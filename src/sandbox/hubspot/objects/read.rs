//! Reading one record, a page of them, or a batch.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::batch;
use super::record::Selection;
use crate::sandbox::hubspot::kind::Kind;
use crate::sandbox::hubspot::paging::Here;
use crate::sandbox::hubspot::portal::{Portal, body};
use crate::sandbox::hubspot::query::Query;
use crate::sandbox::hubspot::refusal::Refusal;
use crate::sandbox::hubspot::store::Store;
use crate::sandbox::hubspot::store::objects::{Objects, State as RowState};

/// The kind a path names.
pub(crate) fn kind(name: &str) -> Result<Kind, Refusal> {
    Kind::named(name).ok_or_else(|| Refusal::validation(format!("Unable to infer object type from: {name}")))
}

/// `GET /crm/v3/objects/{type}`: live records, or archived ones only, ascending by id.
pub(crate) async fn list(
    State(portal): State<Arc<Portal>>,
    Path(name): Path<String>,
    query: Query,
    here: Here,
) -> Result<Json<Value>, Refusal> {
    let kind = kind(&name)?;
    let history = query.list("propertiesWithHistory");
    let limit = query.limit(10, if history.is_empty() { 100 } else { 50 })?;
    let after = query.number::<u64>("after")?.unwrap_or_default();
    let archived = query.flag("archived");
    let store = portal.read();
    let selection = Selection::new(&store, kind, &query.list("properties"), &history)
        .with_associations(associations(&query)?);
    let objects = store.objects(kind);
    let mut rows = objects.rows()[objects.position_from(after)..].iter().filter(|row| match row.state {
        RowState::Live => !archived,
        RowState::Archived(_) => archived,
        RowState::Gone => false,
    });
    let page: Vec<Value> = rows.by_ref().take(limit).map(|row| selection.show(&store, row)).collect();
    let mut answer = json!({ "results": page });
    // The cursor is the id of the first record of the next page.
    if let Some(next) = rows.next() {
        answer["paging"] = here.next(&next.id.to_string());
    }
    Ok(Json(answer))
}

/// `GET /crm/v3/objects/{type}/{id}`: by id, by the id it had before a merge, or by a unique property.
pub(crate) async fn get(
    State(portal): State<Arc<Portal>>,
    Path((name, id)): Path<(String, String)>,
    query: Query,
) -> Result<Json<Value>, Refusal> {
    let kind = kind(&name)?;
    let store = portal.read();
    let position = find(&store, kind, &id, query.get("idProperty"))?;
    let row = &store.objects(kind).rows()[position];
    if (row.state == RowState::Live) == query.flag("archived") {
        return Err(Refusal::not_found());
    }
    let selection =
        Selection::new(&store, kind, &query.list("properties"), &query.list("propertiesWithHistory"))
            .with_associations(associations(&query)?);
    Ok(Json(selection.show(&store, row)))
}

/// A record by what a path calls it; merged-away ids lead to the survivor.
pub(crate) fn find(store: &Store, kind: Kind, id: &str, id_property: Option<&str>) -> Result<usize, Refusal> {
    let objects = store.objects(kind);
    match check_unique(store, kind, id_property)? {
        Some(property) => objects.find_by(property, id),
        None => id.parse().ok().and_then(|id| objects.find(objects.surviving(id))),
    }
    .ok_or_else(Refusal::not_found)
}

/// The unique property by which records are meant; none for the plain id.
pub(crate) fn check_unique<'a>(
    store: &Store,
    kind: Kind,
    id_property: Option<&'a str>,
) -> Result<Option<&'a str>, Refusal> {
    match id_property {
        None | Some("" | "hs_object_id") => Ok(None),
        Some(property) if store.schema(kind).get(property).is_some_and(|known| known.unique) => {
            Ok(Some(property))
        }
        Some(property) => Err(Refusal::validation(format!(
            "Invalid id property \"{property}\": it does not exist or does not have unique values"
        ))),
    }
}

fn associations(query: &Query) -> Result<Vec<Kind>, Refusal> {
    query.list("associations").iter().map(|name| kind(name)).collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BatchRead {
    inputs: Vec<batch::Id>,
    #[serde(default)]
    properties: Vec<String>,
    #[serde(default)]
    properties_with_history: Vec<String>,
    #[serde(default)]
    id_property: Option<String>,
}

/// `POST /crm/v3/objects/{type}/batch/read`: what is missing is told beside what was found, with status 207.
pub(crate) async fn batch_read(
    State(portal): State<Arc<Portal>>,
    Path(name): Path<String>,
    query: Query,
    bytes: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let kind = kind(&name)?;
    let asked: BatchRead = body(&bytes)?;
    let started = portal.now();
    if !asked.properties_with_history.is_empty() && asked.inputs.len() > 50 {
        return Err(Refusal::validation(
            "The maximum number of inputs supported in a batch request for property histories is 50",
        ));
    }
    batch::check_size(asked.inputs.len())?;
    let store = portal.read();
    let id_property = check_unique(&store, kind, asked.id_property.as_deref())?;
    let selection = Selection::new(&store, kind, &asked.properties, &asked.properties_with_history);
    let objects = store.objects(kind);
    let archived = query.flag("archived");
    let mut shown = Vec::new();
    let mut positions = Vec::new();
    let mut missing: Vec<String> = Vec::new();
    for input in asked.inputs {
        let found = locate(objects, id_property, &input.id)
            .filter(|position| (objects.rows()[*position].state == RowState::Live) != archived);
        match found {
            Some(position) if positions.contains(&position) => {}
            Some(position) => {
                positions.push(position);
                shown.push(selection.show(&store, &objects.rows()[position]));
            }
            None if missing.contains(&input.id) => {}
            None => missing.push(input.id),
        }
    }
    let mut answer = batch::Answer::new(started, shown);
    if !missing.is_empty() {
        answer.fail(batch::missing(kind, &missing));
    }
    Ok(answer.finish(StatusCode::OK, portal.now()))
}

/// A record of a batch: unlike a single read, a batch does not follow merges.
fn locate(objects: &Objects, id_property: Option<&str>, id: &str) -> Option<usize> {
    match id_property {
        Some(property) => objects.find_by(property, id),
        None => objects.find(id.parse().ok()?),
    }
}
