//! Writing batches. One bad row fails all, unless every input carries a trace id by which to name it.

use std::collections::HashSet;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::batch::{self, Answer, Id, id_text};
use super::read::{check_unique, kind};
use super::write::{New, checked, checked_changes, insert, written};
use crate::sandbox::hubspot::kind::Kind;
use crate::sandbox::hubspot::portal::{Portal, body};
use crate::sandbox::hubspot::refusal::Refusal;
use crate::sandbox::hubspot::store::Store;
use crate::sandbox::hubspot::store::objects::{Moment, State as RowState};

#[derive(Deserialize)]
struct Inputs<T> {
    inputs: Vec<T>,
}

/// A record to be changed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Changed {
    #[serde(deserialize_with = "id_text")]
    id: String,
    #[serde(default)]
    id_property: Option<String>,
    #[serde(default)]
    properties: Map<String, Value>,
    #[serde(default)]
    object_write_trace_id: Option<String>,
}

type Batch = Result<(StatusCode, Json<Value>), Refusal>;

/// `POST /crm/v3/objects/{type}/batch/create`
pub(crate) async fn create(
    State(portal): State<Arc<Portal>>,
    Path(name): Path<String>,
    bytes: Bytes,
) -> Batch {
    let kind = kind(&name)?;
    let Inputs { inputs }: Inputs<New> = body(&bytes)?;
    batch::check_size(inputs.len())?;
    let moment = portal.moment();
    let mut store = portal.write();
    let mut answer = Answer::new(moment.at, Vec::new());
    let traced = inputs.iter().all(|input| input.object_write_trace_id.is_some());
    if !traced {
        // Nothing is written before everything was found good.
        let mut emails = HashSet::new();
        for input in &inputs {
            let changes = checked(&store, kind, input)?;
            let email =
                changes.iter().find(|(name, _)| name == "email").and_then(|(_, value)| value.as_ref());
            if let Some(email) =
                email.filter(|email| kind == Kind::CONTACTS && !emails.insert((*email).clone()))
            {
                return Err(Refusal::validation(format!("Duplicate email {email} in one batch")));
            }
        }
    }
    for input in &inputs {
        match checked(&store, kind, input) {
            Ok(changes) => {
                let position = insert(&mut store, kind, input, changes, &moment);
                let mut record = written(&store, kind, position, input.properties.keys());
                if let Some(trace) = &input.object_write_trace_id {
                    record["objectWriteTraceId"] = trace.as_str().into();
                }
                answer.push(record);
            }
            Err(refusal) => answer.fail(failure(&refusal, input.object_write_trace_id.as_deref())),
        }
    }
    Ok(answer.finish(StatusCode::CREATED, portal.now()))
}

fn failure(refusal: &Refusal, trace: Option<&str>) -> Value {
    json!({
        "status": "error",
        "category": refusal.category(),
        "message": refusal.message(),
        "context": trace.map_or_else(|| json!({}), |trace| json!({ "objectWriteTraceId": [trace] })),
    })
}

/// `POST /crm/v3/objects/{type}/batch/update`: merged-away ids are not followed.
pub(crate) async fn update(
    State(portal): State<Arc<Portal>>,
    Path(name): Path<String>,
    bytes: Bytes,
) -> Batch {
    let kind = kind(&name)?;
    let Inputs { inputs }: Inputs<Changed> = body(&bytes)?;
    check_inputs(&inputs)?;
    let moment = portal.moment();
    let mut store = portal.write();
    let mut answer = Answer::new(moment.at, Vec::new());
    let mut missing = Vec::new();
    let traced = inputs.iter().all(|input| input.object_write_trace_id.is_some());
    if !traced {
        for input in &inputs {
            if let Some(position) = locate(&store, kind, input)? {
                checked_changes(&store, kind, position, &input.properties)?;
            }
        }
    }
    for input in &inputs {
        match locate(&store, kind, input)? {
            None => missing.push(input.id.clone()),
            Some(position) => match change(&mut store, kind, position, input, &moment) {
                Ok(record) => answer.push(record),
                Err(refusal) => answer.fail(failure(&refusal, input.object_write_trace_id.as_deref())),
            },
        }
    }
    if !missing.is_empty() {
        answer.fail(batch::missing(kind, &missing));
    }
    Ok(answer.finish(StatusCode::OK, portal.now()))
}

/// `POST /crm/v3/objects/{type}/batch/upsert`
pub(crate) async fn upsert(
    State(portal): State<Arc<Portal>>,
    Path(name): Path<String>,
    bytes: Bytes,
) -> Batch {
    let kind = kind(&name)?;
    let Inputs { inputs }: Inputs<Changed> = body(&bytes)?;
    check_inputs(&inputs)?;
    let moment = portal.moment();
    let mut store = portal.write();
    let news: Vec<New> = inputs.iter().map(as_new).collect();
    for (input, new) in inputs.iter().zip(&news) {
        if check_unique(&store, kind, input.id_property.as_deref())?.is_none() {
            return Err(Refusal::validation(
                "An upsert needs the idProperty of a property with unique values",
            ));
        }
        match locate(&store, kind, input)? {
            Some(position) => checked_changes(&store, kind, position, &input.properties)?,
            None => checked(&store, kind, new)?,
        };
    }
    let mut answer = Answer::new(moment.at, Vec::new());
    for (input, new) in inputs.iter().zip(&news) {
        let found = locate(&store, kind, input)?;
        let mut record = if let Some(position) = found {
            change(&mut store, kind, position, input, &moment)?
        } else {
            let changes = checked(&store, kind, new)?;
            let position = insert(&mut store, kind, new, changes, &moment);
            written(&store, kind, position, new.properties.keys())
        };
        record["new"] = found.is_none().into();
        answer.push(record);
    }
    Ok(answer.finish(StatusCode::OK, portal.now()))
}

/// The record an upsert makes where it finds none: it has the value it was looked for by.
fn as_new(input: &Changed) -> New {
    let mut properties = input.properties.clone();
    if let Some(property) = &input.id_property {
        properties.entry(property.clone()).or_insert_with(|| input.id.clone().into());
    }
    New { properties, associations: None, object_write_trace_id: None }
}

/// `POST /crm/v3/objects/{type}/batch/archive`
pub(crate) async fn archive(
    State(portal): State<Arc<Portal>>,
    Path(name): Path<String>,
    bytes: Bytes,
) -> Result<StatusCode, Refusal> {
    let kind = kind(&name)?;
    let Inputs { inputs }: Inputs<Id> = body(&bytes)?;
    batch::check_size(inputs.len())?;
    let now = portal.now();
    let mut store = portal.write();
    for id in inputs.iter().filter_map(|input| input.id.parse().ok()) {
        if let Some(position) = store.objects(kind).find_live(id) {
            store.objects_mut(kind).archive(position, now);
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

fn check_inputs(inputs: &[Changed]) -> Result<(), Refusal> {
    batch::check_size(inputs.len())?;
    let mut seen = HashSet::new();
    match inputs.iter().find(|input| !seen.insert(input.id.to_lowercase())) {
        Some(twice) => {
            Err(Refusal::validation(format!("Duplicate IDs found in batch input: [{}]", twice.id)))
        }
        None => Ok(()),
    }
}

fn locate(store: &Store, kind: Kind, input: &Changed) -> Result<Option<usize>, Refusal> {
    let objects = store.objects(kind);
    let found = match check_unique(store, kind, input.id_property.as_deref())? {
        Some(property) => objects.find_by(property, &input.id),
        None => input.id.parse().ok().and_then(|id| objects.find(id)),
    };
    Ok(found.filter(|position| objects.rows()[*position].state == RowState::Live))
}

fn change(
    store: &mut Store,
    kind: Kind,
    position: usize,
    input: &Changed,
    moment: &Moment,
) -> Result<Value, Refusal> {
    let changes = checked_changes(store, kind, position, &input.properties)?;
    store.objects_mut(kind).change(position, changes, moment);
    Ok(written(store, kind, position, input.properties.keys()))
}
