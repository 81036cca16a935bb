//! Creating, changing, archiving and forgetting one record.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::batch::{Id, id_text};
use super::read::{find, kind};
use super::record::Selection;
use super::values;
use crate::sandbox::hubspot::kind::Kind;
use crate::sandbox::hubspot::portal::{Portal, body};
use crate::sandbox::hubspot::query::Query;
use crate::sandbox::hubspot::refusal::Refusal;
use crate::sandbox::hubspot::store::Store;
use crate::sandbox::hubspot::store::links::{self, End, TypeId};
use crate::sandbox::hubspot::store::objects::{Change, Moment, State as RowState};

/// A record to be made.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct New {
    #[serde(default)]
    pub(crate) properties: Map<String, Value>,
    #[serde(default)]
    pub(crate) associations: Option<Vec<NewAssociation>>,
    #[serde(default)]
    pub(crate) object_write_trace_id: Option<String>,
}

/// An association a record is born with.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct NewAssociation {
    to: Id,
    types: Vec<AssociationType>,
}

/// An association's type as callers name it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AssociationType {
    pub(crate) association_type_id: TypeId,
}

#[derive(Deserialize)]
struct Changes {
    #[serde(default)]
    properties: Map<String, Value>,
}

/// `POST /crm/v3/objects/{type}`
pub(crate) async fn create(
    State(portal): State<Arc<Portal>>,
    Path(name): Path<String>,
    bytes: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let kind = kind(&name)?;
    let new: New = body(&bytes)?;
    let moment = portal.moment();
    let mut store = portal.write();
    let changes = checked(&store, kind, &new)?;
    let position = insert(&mut store, kind, &new, changes, &moment);
    Ok((StatusCode::CREATED, Json(written(&store, kind, position, new.properties.keys()))))
}

/// What a new record would hold, if it may be.
pub(crate) fn checked(store: &Store, kind: Kind, new: &New) -> Result<Vec<Change>, Refusal> {
    let changes = values::check(store, kind, &new.properties)?;
    values::check_required(store, kind, &changes)?;
    values::check_free(store, kind, &changes, None)?;
    for association in new.associations.iter().flatten() {
        ends(store, kind, association)?;
    }
    Ok(changes)
}

/// Makes a record whose values were checked.
pub(crate) fn insert(
    store: &mut Store,
    kind: Kind,
    new: &New,
    mut changes: Vec<Change>,
    moment: &Moment,
) -> usize {
    changes.push(("hs_object_source".into(), Some("INTEGRATION".into())));
    let has = |changes: &[Change], name: &str| changes.iter().any(|(property, _)| property == name);
    for (stage, pipeline) in [("dealstage", "pipeline"), ("hs_pipeline_stage", "hs_pipeline")] {
        if has(&changes, stage) && !has(&changes, pipeline) {
            let only = store.pipelines.get(kind.plural()).and_then(|all| all[0]["id"].as_str());
            changes.push((pipeline.into(), only.map(str::to_owned)));
        }
    }
    let position = store.objects_mut(kind).insert(changes, moment);
    let id = store.objects(kind).rows()[position].id;
    for association in new.associations.iter().flatten() {
        for (to, type_id) in ends(store, kind, association).unwrap_or_default() {
            store.links.add((kind, id), to, type_id);
        }
    }
    position
}

/// The records an association leads to, each with its type; refused if there is no such record or type.
fn ends(store: &Store, kind: Kind, new: &NewAssociation) -> Result<Vec<(End, TypeId)>, Refusal> {
    let mut all = Vec::new();
    for kind_of in &new.types {
        let type_id = kind_of.association_type_id;
        let to = links::leads_to(kind, type_id).ok_or_else(|| {
            Refusal::validation(format!("Association type {type_id} does not begin at {}", kind.plural()))
        })?;
        let id = new.to.id.parse().ok().filter(|id| store.objects(to).find_live(*id).is_some()).ok_or_else(
            || Refusal::validation(format!("{} {} is not valid or does not exist", to.singular(), new.to.id)),
        )?;
        all.push(((to, id), type_id));
    }
    Ok(all)
}

/// `PATCH /crm/v3/objects/{type}/{id}`
pub(crate) async fn update(
    State(portal): State<Arc<Portal>>,
    Path((name, id)): Path<(String, String)>,
    query: Query,
    bytes: Bytes,
) -> Result<Json<Value>, Refusal> {
    let kind = kind(&name)?;
    let asked: Changes = body(&bytes)?;
    let moment = portal.moment();
    let mut store = portal.write();
    let position = find(&store, kind, &id, query.get("idProperty"))?;
    if store.objects(kind).rows()[position].state != RowState::Live {
        return Err(Refusal::not_found());
    }
    let changes = checked_changes(&store, kind, position, &asked.properties)?;
    store.objects_mut(kind).change(position, changes, &moment);
    Ok(Json(written(&store, kind, position, asked.properties.keys())))
}

/// The changes a record would take, if it may.
pub(crate) fn checked_changes(
    store: &Store,
    kind: Kind,
    position: usize,
    properties: &Map<String, Value>,
) -> Result<Vec<Change>, Refusal> {
    let mut changes = values::check(store, kind, properties)?;
    values::check_free(store, kind, &changes, Some(position))?;
    values::keep_lifecycle_forward(store, kind, position, &mut changes);
    Ok(changes)
}

/// What the answer to a write shows: what was written, and what is shown by default.
pub(crate) fn written<'a>(
    store: &Store,
    kind: Kind,
    position: usize,
    names: impl Iterator<Item = &'a String>,
) -> Value {
    let mut names: Vec<String> = names.cloned().collect();
    names.extend(kind.shown().iter().map(|name| (*name).to_owned()));
    Selection::new(store, kind, &names, &[]).show(store, &store.objects(kind).rows()[position])
}

/// `DELETE /crm/v3/objects/{type}/{id}`: done twice, it is done.
pub(crate) async fn archive(
    State(portal): State<Arc<Portal>>,
    Path((name, id)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    let kind = kind(&name)?;
    let now = portal.now();
    let mut store = portal.write();
    let found = id.parse().ok().and_then(|id| store.objects(kind).find_live(id));
    if let Some(position) = found {
        store.objects_mut(kind).archive(position, now);
    }
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Forget {
    #[serde(deserialize_with = "id_text")]
    object_id: String,
    #[serde(default)]
    id_property: Option<String>,
}

/// `POST /crm/v3/objects/contacts/gdpr-delete`
pub(crate) async fn forget(
    State(portal): State<Arc<Portal>>,
    Path(name): Path<String>,
    bytes: Bytes,
) -> Result<StatusCode, Refusal> {
    let kind = kind(&name)?;
    if kind != Kind::CONTACTS {
        return Err(Refusal::not_found());
    }
    let asked: Forget = body(&bytes)?;
    let mut store = portal.write();
    let position = find(&store, kind, &asked.object_id, asked.id_property.as_deref())?;
    store.objects_mut(kind).purge(position);
    Ok(StatusCode::NO_CONTENT)
}
