//! Property definitions and their groups.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::kind::Kind;
use super::objects::batch::{self, Answer};
use super::objects::read::kind;
use super::portal::{Portal, body};
use super::query::Query;
use super::refusal::Refusal;
use super::stamp::Millis;
use super::store::Store;
use super::store::schema::{Property, ValueType};

/// `GET /crm/v3/properties/{type}`
pub(crate) async fn list(
    State(portal): State<Arc<Portal>>,
    Path(name): Path<String>,
    query: Query,
) -> Result<Json<Value>, Refusal> {
    let kind = kind(&name)?;
    let archived = query.flag("archived");
    let store = portal.read();
    let all: Vec<Value> = store
        .schema(kind)
        .properties
        .values()
        .filter(|property| property.archived == archived)
        .map(Property::json)
        .collect();
    Ok(Json(json!({ "results": all })))
}

/// `GET /crm/v3/properties/{type}/{property}`
pub(crate) async fn get(
    State(portal): State<Arc<Portal>>,
    Path((name, property)): Path<(String, String)>,
    query: Query,
) -> Result<Json<Value>, Refusal> {
    let kind = kind(&name)?;
    let store = portal.read();
    let found = store.schema(kind).properties.get(&property);
    let found =
        found.filter(|found| found.archived == query.flag("archived")).ok_or_else(Refusal::not_found)?;
    Ok(Json(found.json()))
}

#[derive(Clone, Deserialize)]
struct Choice {
    label: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct New {
    name: String,
    label: String,
    #[serde(rename = "type")]
    value_type: String,
    field_type: String,
    group_name: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    options: Vec<Choice>,
    #[serde(default)]
    has_unique_value: bool,
}

/// `POST /crm/v3/properties/{type}`
pub(crate) async fn create(
    State(portal): State<Arc<Portal>>,
    Path(name): Path<String>,
    bytes: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let kind = kind(&name)?;
    let new: New = body(&bytes)?;
    let now = portal.now();
    let mut store = portal.write();
    Ok((StatusCode::CREATED, Json(add(&mut store, kind, new, now)?)))
}

fn add(store: &mut Store, kind: Kind, new: New, now: Millis) -> Result<Value, Refusal> {
    let schema = store.schema_mut(kind);
    if schema.get(&new.name).is_some() {
        return Err(Refusal::conflict(format!("A property named '{}' already exists.", new.name)));
    }
    if !schema.groups.contains_key(&new.group_name) {
        return Err(Refusal::validation(format!("Property group {} does not exist", new.group_name)));
    }
    let value_type = ValueType::named(&new.value_type)
        .ok_or_else(|| Refusal::validation(format!("Unknown property type {}", new.value_type)))?;
    // The last of the ten unique properties an object may have.
    if new.has_unique_value && schema.properties.values().filter(|property| property.unique).count() >= 10 {
        return Err(Refusal::validation("An object has at most 10 properties with unique values"));
    }
    let property = Property {
        name: new.name.to_lowercase(),
        label: new.label,
        description: new.description.unwrap_or_default(),
        group: new.group_name,
        value_type,
        field_type: new.field_type,
        options: new.options.into_iter().map(|choice| (choice.value, choice.label)).collect(),
        read_only: false,
        unique: new.has_unique_value,
        standard: false,
        archived: false,
        changed: now,
    };
    let shown = property.json();
    schema.properties.insert(property.name.clone(), property);
    Ok(shown)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Changes {
    label: Option<String>,
    description: Option<String>,
    group_name: Option<String>,
    options: Option<Vec<Choice>>,
}

/// `PATCH /crm/v3/properties/{type}/{property}`
pub(crate) async fn update(
    State(portal): State<Arc<Portal>>,
    Path((name, property)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<Json<Value>, Refusal> {
    let kind = kind(&name)?;
    let changes: Changes = body(&bytes)?;
    let now = portal.now();
    let mut store = portal.write();
    let property = store.schema_mut(kind).properties.get_mut(&property).ok_or_else(Refusal::not_found)?;
    if let Some(label) = changes.label {
        property.label = label;
    }
    if let Some(description) = changes.description {
        property.description = description;
    }
    if let Some(group) = changes.group_name {
        property.group = group;
    }
    if let Some(options) = changes.options {
        property.options = options.into_iter().map(|choice| (choice.value, choice.label)).collect();
    }
    property.changed = now;
    Ok(Json(property.json()))
}

/// `DELETE /crm/v3/properties/{type}/{property}`
pub(crate) async fn archive(
    State(portal): State<Arc<Portal>>,
    Path((name, property)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    let kind = kind(&name)?;
    put_away(&mut portal.write(), kind, &property)?;
    Ok(StatusCode::NO_CONTENT)
}

fn put_away(store: &mut Store, kind: Kind, property: &str) -> Result<(), Refusal> {
    let property = store.schema_mut(kind).properties.get_mut(property).ok_or_else(Refusal::not_found)?;
    if property.standard {
        return Err(Refusal::validation(format!("{} is a standard property and stays", property.name)));
    }
    property.archived = true;
    Ok(())
}

#[derive(Deserialize)]
struct Inputs<T> {
    inputs: Vec<T>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

/// `POST /crm/v3/properties/{type}/batch/read`
pub(crate) async fn batch_read(
    State(portal): State<Arc<Portal>>,
    Path(name): Path<String>,
    bytes: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let kind = kind(&name)?;
    let Inputs { inputs }: Inputs<Named> = body(&bytes)?;
    batch::check_size(inputs.len())?;
    let store = portal.read();
    let schema = store.schema(kind);
    let found = inputs.iter().filter_map(|input| schema.get(&input.name)).map(Property::json).collect();
    let missing: Vec<String> = inputs
        .iter()
        .filter(|input| schema.get(&input.name).is_none())
        .map(|input| input.name.clone())
        .collect();
    let mut answer = Answer::new(portal.now(), found);
    if !missing.is_empty() {
        answer.fail(json!({
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": "Could not find some properties.",
            "context": { "names": missing },
        }));
    }
    Ok(answer.finish(StatusCode::OK, portal.now()))
}

/// `POST /crm/v3/properties/{type}/batch/create`
pub(crate) async fn batch_create(
    State(portal): State<Arc<Portal>>,
    Path(name): Path<String>,
    bytes: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let kind = kind(&name)?;
    let Inputs { inputs }: Inputs<New> = body(&bytes)?;
    batch::check_size(inputs.len())?;
    let now = portal.now();
    let mut store = portal.write();
    let mut answer = Answer::new(now, Vec::new());
    for new in inputs {
        let name = new.name.clone();
        match add(&mut store, kind, new, now) {
            Ok(shown) => answer.push(shown),
            Err(refusal) => answer.fail(json!({
                "status": "error",
                "category": refusal.category(),
                "message": refusal.message(),
                "context": { "names": [name] },
            })),
        }
    }
    Ok(answer.finish(StatusCode::CREATED, portal.now()))
}

/// `POST /crm/v3/properties/{type}/batch/archive`
pub(crate) async fn batch_archive(
    State(portal): State<Arc<Portal>>,
    Path(name): Path<String>,
    bytes: Bytes,
) -> Result<StatusCode, Refusal> {
    let kind = kind(&name)?;
    let Inputs { inputs }: Inputs<Named> = body(&bytes)?;
    let mut store = portal.write();
    for input in &inputs {
        put_away(&mut store, kind, &input.name)?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /crm/v3/properties/{type}/groups`
pub(crate) async fn groups(
    State(portal): State<Arc<Portal>>,
    Path(name): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let kind = kind(&name)?;
    let store = portal.read();
    let groups: Vec<Value> =
        store.schema(kind).groups.iter().map(|(name, label)| group(name, label)).collect();
    Ok(Json(json!({ "results": groups })))
}

fn group(name: &str, label: &str) -> Value {
    json!({ "name": name, "label": label, "displayOrder": -1, "archived": false })
}

#[derive(Deserialize)]
struct NewGroup {
    name: String,
    label: String,
}

/// `POST /crm/v3/properties/{type}/groups`
pub(crate) async fn create_group(
    State(portal): State<Arc<Portal>>,
    Path(name): Path<String>,
    bytes: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let kind = kind(&name)?;
    let new: NewGroup = body(&bytes)?;
    let mut store = portal.write();
    let groups = &mut store.schema_mut(kind).groups;
    if groups.contains_key(&new.name) {
        return Err(Refusal::conflict(format!("A property group named '{}' already exists.", new.name)));
    }
    groups.insert(new.name.clone(), new.label.clone());
    Ok((StatusCode::CREATED, Json(group(&new.name, &new.label))))
}
