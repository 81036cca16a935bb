//! Associations, version 4, and the one endpoint of version 3 that is still in use.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::kind::Kind;
use super::objects::batch::{Answer, Id};
use super::objects::read::kind;
use super::objects::write::AssociationType;
use super::paging::Here;
use super::portal::{Portal, body};
use super::query::Query;
use super::refusal::Refusal;
use super::store::Store;
use super::store::links::{End, TypeId, label_of, leads_to, types_between, unlabelled};

/// A page of associations holds at most so many.
const PAGE: usize = 500;

/// `GET /crm/v4/objects/{type}/{id}/associations/{to}`
pub(crate) async fn list(
    State(portal): State<Arc<Portal>>,
    Path((from, id, to)): Path<(String, String, String)>,
    query: Query,
    here: Here,
) -> Result<Json<Value>, Refusal> {
    let (from, to) = (kind(&from)?, kind(&to)?);
    let limit = query.limit(PAGE, PAGE)?;
    let after = query.number::<u64>("after")?.unwrap_or_default();
    let store = portal.read();
    let from = record(&store, from, &id)?;
    let linked = store.linked(from, to).into_iter().filter(|(id, _)| *id >= after).collect();
    let (page, next) = page(linked, limit);
    let mut answer = json!({ "results": page.iter().map(shown).collect::<Vec<_>>() });
    if let Some(next) = next {
        answer["paging"] = here.next(&next);
    }
    Ok(Json(answer))
}

/// The first of some associations, and the id at which to go on.
fn page(mut linked: Vec<(u64, Vec<TypeId>)>, limit: usize) -> (Vec<(u64, Vec<TypeId>)>, Option<String>) {
    let next = linked.get(limit).map(|(id, _)| id.to_string());
    linked.truncate(limit);
    (linked, next)
}

/// Here, and nowhere else, an id is a number.
fn shown((id, types): &(u64, Vec<TypeId>)) -> Value {
    let mut types = types.clone();
    types.sort_unstable_by_key(|type_id| label_of(*type_id).is_some());
    json!({ "toObjectId": id, "associationTypes": types.iter().map(|type_id| described(*type_id)).collect::<Vec<_>>() })
}

fn described(type_id: TypeId) -> Value {
    json!({ "category": "HUBSPOT_DEFINED", "typeId": type_id, "label": label_of(type_id) })
}

fn record(store: &Store, kind: Kind, id: &str) -> Result<End, Refusal> {
    let objects = store.objects(kind);
    let id = id.parse().ok().map(|id| objects.surviving(id)).filter(|id| objects.find_live(*id).is_some());
    Ok((kind, id.ok_or_else(Refusal::not_found)?))
}

#[derive(Deserialize)]
struct Inputs<T> {
    inputs: Vec<T>,
}

#[derive(Deserialize)]
struct From {
    #[serde(deserialize_with = "super::objects::batch::id_text")]
    id: String,
    #[serde(default)]
    after: Option<String>,
}

/// `POST /crm/v4/associations/{from}/{to}/batch/read`
pub(crate) async fn batch_read(
    State(portal): State<Arc<Portal>>,
    Path((from, to)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    read(&portal, &from, &to, &bytes, |from, linked, next| {
        let mut result =
            json!({ "from": { "id": from }, "to": linked.iter().map(shown).collect::<Vec<_>>() });
        if let Some(next) = next {
            result["paging"] = json!({ "next": { "after": next } });
        }
        result
    })
}

/// `POST /crm/v3/associations/{from}/{to}/batch/read`
pub(crate) async fn batch_read_v3(
    State(portal): State<Arc<Portal>>,
    Path((from, to)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let (one, other) = (kind(&from)?, kind(&to)?);
    let name = format!("{}_to_{}", one.singular(), other.singular());
    read(&portal, &from, &to, &bytes, |from, linked, _| {
        let to: Vec<Value> =
            linked.iter().map(|(id, _)| json!({ "id": id.to_string(), "type": name })).collect();
        json!({ "from": { "id": from }, "to": to })
    })
}

fn read(
    portal: &Portal,
    from: &str,
    to: &str,
    bytes: &Bytes,
    shape: impl Fn(&str, &[(u64, Vec<TypeId>)], Option<String>) -> Value,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let (from, to) = (kind(from)?, kind(to)?);
    let Inputs { inputs }: Inputs<From> = body(bytes)?;
    if inputs.len() > 1000 {
        return Err(Refusal::validation(format!("A batch has at most 1000 inputs, not {}", inputs.len())));
    }
    let store = portal.read();
    let mut answer = Answer::new(portal.now(), Vec::new());
    for input in &inputs {
        let after: u64 = input.after.as_deref().and_then(|after| after.parse().ok()).unwrap_or_default();
        let linked: Vec<_> = record(&store, from, &input.id)
            .map(|from| store.linked(from, to))
            .unwrap_or_default()
            .into_iter()
            .filter(|(id, _)| *id >= after)
            .collect();
        if linked.is_empty() {
            answer.fail(json!({
                "status": "error",
                "category": "OBJECT_NOT_FOUND",
                "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
                "message": format!("No {} is associated with {} {}.", to.singular(), from.singular(), input.id),
                "context": { "fromObjectId": [input.id], "fromObjectType": [from.singular()], "toObjectType": [to.singular()] },
            }));
        } else {
            let (linked, next) = page(linked, PAGE);
            answer.push(shape(&input.id, &linked, next));
        }
    }
    Ok(answer.finish(StatusCode::OK, portal.now()))
}

#[derive(Deserialize)]
struct Link {
    from: Id,
    to: Id,
    #[serde(default)]
    types: Vec<AssociationType>,
}

/// `POST /crm/v4/associations/{from}/{to}/batch/create`
pub(crate) async fn batch_create(
    State(portal): State<Arc<Portal>>,
    Path((from, to)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let (from, to) = (kind(&from)?, kind(&to)?);
    let mut answer = Answer::new(portal.now(), Vec::new());
    let mut store = portal.write();
    for link in links(&bytes)? {
        let types: Vec<TypeId> = link.types.iter().map(|kind| kind.association_type_id).collect();
        match add(&mut store, (from, &link.from.id), (to, &link.to.id), &types) {
            Ok(linked) => answer.push(linked),
            Err(refusal) => answer.fail(failure(&refusal, &link)),
        }
    }
    Ok(answer.finish(StatusCode::CREATED, portal.now()))
}

/// `POST /crm/v4/associations/{from}/{to}/batch/associate/default`
pub(crate) async fn batch_create_default(
    State(portal): State<Arc<Portal>>,
    Path((from, to)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let (from, to) = (kind(&from)?, kind(&to)?);
    let types: Vec<TypeId> = unlabelled(from, to).collect();
    let mut answer = Answer::new(portal.now(), Vec::new());
    let mut store = portal.write();
    for link in links(&bytes)? {
        match add(&mut store, (from, &link.from.id), (to, &link.to.id), &types) {
            Ok(_) => both_ways((from, &link.from.id), (to, &link.to.id))
                .into_iter()
                .for_each(|one| answer.push(one)),
            Err(refusal) => answer.fail(failure(&refusal, &link)),
        }
    }
    Ok(answer.finish(StatusCode::OK, portal.now()))
}

fn links(bytes: &Bytes) -> Result<Vec<Link>, Refusal> {
    let Inputs { inputs }: Inputs<Link> = body(bytes)?;
    if inputs.len() > 2000 {
        return Err(Refusal::validation(format!("A batch has at most 2000 inputs, not {}", inputs.len())));
    }
    Ok(inputs)
}

fn failure(refusal: &Refusal, link: &Link) -> Value {
    json!({
        "status": "error",
        "category": refusal.category(),
        "message": refusal.message(),
        "context": { "fromObjectId": [link.from.id], "toObjectId": [link.to.id] },
    })
}

fn add(
    store: &mut Store,
    (from_kind, from): (Kind, &str),
    (to_kind, to): (Kind, &str),
    types: &[TypeId],
) -> Result<Value, Refusal> {
    if types.is_empty() {
        return Err(Refusal::validation("An association needs a type"));
    }
    if let Some(wrong) = types.iter().find(|type_id| leads_to(from_kind, **type_id) != Some(to_kind)) {
        return Err(Refusal::validation(format!(
            "Association type {wrong} does not lead from {} to {}",
            from_kind.plural(),
            to_kind.plural()
        )));
    }
    let (from, to) = (record(store, from_kind, from)?, record(store, to_kind, to)?);
    for type_id in types {
        store.links.add(from, to, *type_id);
    }
    let labels: Vec<&str> = types.iter().filter_map(|type_id| label_of(*type_id)).collect();
    Ok(json!({
        "fromObjectTypeId": from_kind.type_id(),
        "fromObjectId": from.1,
        "toObjectTypeId": to_kind.type_id(),
        "toObjectId": to.1,
        "labels": labels,
    }))
}

fn both_ways((from_kind, from): (Kind, &str), (to_kind, to): (Kind, &str)) -> Vec<Value> {
    let one = |(from_kind, from): (Kind, &str), (to_kind, to): (Kind, &str)| {
        let spec = unlabelled(from_kind, to_kind).next();
        json!({
            "from": { "id": from },
            "to": { "id": to },
            "associationSpec": { "associationCategory": "HUBSPOT_DEFINED", "associationTypeId": spec },
        })
    };
    vec![one((from_kind, from), (to_kind, to)), one((to_kind, to), (from_kind, from))]
}

#[derive(Deserialize)]
struct Unlink {
    from: Id,
    to: Vec<Id>,
}

/// `POST /crm/v4/associations/{from}/{to}/batch/archive`
pub(crate) async fn batch_archive(
    State(portal): State<Arc<Portal>>,
    Path((from, to)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<StatusCode, Refusal> {
    let (from, to) = (kind(&from)?, kind(&to)?);
    let Inputs { inputs }: Inputs<Unlink> = body(&bytes)?;
    let mut store = portal.write();
    for input in &inputs {
        for target in &input.to {
            if let (Ok(one), Ok(other)) = (input.from.id.parse(), target.id.parse()) {
                store.links.remove((from, one), (to, other));
            }
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /crm/v4/associations/{from}/{to}/batch/labels/archive`
pub(crate) async fn batch_archive_labels(
    State(portal): State<Arc<Portal>>,
    Path((from, to)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<StatusCode, Refusal> {
    let (from, to) = (kind(&from)?, kind(&to)?);
    let mut store = portal.write();
    for link in links(&bytes)? {
        let types: Vec<TypeId> = link.types.iter().map(|kind| kind.association_type_id).collect();
        if let (Ok(one), Ok(other)) = (link.from.id.parse(), link.to.id.parse()) {
            store.links.remove_types((from, one), (to, other), &types);
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `PUT /crm/v4/objects/{type}/{id}/associations/{to}/{other}`
pub(crate) async fn create(
    State(portal): State<Arc<Portal>>,
    Path((from, id, to, other)): Path<(String, String, String, String)>,
    bytes: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let (from, to) = (kind(&from)?, kind(&to)?);
    let types: Vec<AssociationType> = body(&bytes)?;
    let types: Vec<TypeId> = types.iter().map(|kind| kind.association_type_id).collect();
    let mut store = portal.write();
    Ok((StatusCode::CREATED, Json(add(&mut store, (from, &id), (to, &other), &types)?)))
}

/// `PUT /crm/v4/objects/{type}/{id}/associations/default/{to}/{other}`
pub(crate) async fn create_default(
    State(portal): State<Arc<Portal>>,
    Path((from, id, to, other)): Path<(String, String, String, String)>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let (from, to) = (kind(&from)?, kind(&to)?);
    let types: Vec<TypeId> = unlabelled(from, to).collect();
    let started = portal.now();
    let mut store = portal.write();
    add(&mut store, (from, &id), (to, &other), &types)?;
    Ok(Answer::new(started, both_ways((from, &id), (to, &other))).finish(StatusCode::OK, portal.now()))
}

/// `DELETE /crm/v4/objects/{type}/{id}/associations/{to}/{other}`
pub(crate) async fn delete(
    State(portal): State<Arc<Portal>>,
    Path((from, id, to, other)): Path<(String, String, String, String)>,
) -> Result<StatusCode, Refusal> {
    let (from, to) = (kind(&from)?, kind(&to)?);
    if let (Ok(one), Ok(other)) = (id.parse(), other.parse()) {
        portal.write().links.remove((from, one), (to, other));
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /crm/v4/associations/{from}/{to}/labels`
pub(crate) async fn labels(Path((from, to)): Path<(String, String)>) -> Result<Json<Value>, Refusal> {
    let types = types_between(kind(&from)?, kind(&to)?);
    Ok(Json(json!({ "results": types.into_iter().map(described).collect::<Vec<_>>() })))
}
