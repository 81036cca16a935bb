//! Pipelines and their stages, as documents: they are few and shown as they are.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Map, Value, json};

use super::kind::Kind;
use super::portal::Portal;
use super::refusal::Refusal;
use super::stamp::{self, Millis};
use super::store::place::StageFact;

/// The world's pipelines, with the vendor's defaults for the object types it does not mention.
pub(crate) fn load(document: Option<&Value>, now: Millis) -> Map<String, Value> {
    let mut all = Map::new();
    all.insert("deals".into(), json!([default_deals()]));
    all.insert("tickets".into(), json!([default_tickets()]));
    all.insert("leads".into(), json!([default_leads()]));
    for (object, pipelines) in document.and_then(Value::as_object).into_iter().flatten() {
        let pipelines = pipelines.get("results").unwrap_or(pipelines);
        let object = Kind::named(object).map_or(object.as_str(), |kind| kind.plural());
        all.insert(object.into(), pipelines.clone());
    }
    for pipeline in all.values_mut().filter_map(Value::as_array_mut).flatten() {
        complete(pipeline, 0, now);
    }
    all
}

/// Fills in what a hand-written pipeline or stage leaves out and client libraries insist on.
fn complete(item: &mut Value, order: usize, now: Millis) {
    let Some(members) = item.as_object_mut() else { return };
    for (member, value) in [
        ("displayOrder", order.into()),
        ("archived", false.into()),
        ("createdAt", stamp::iso(now).into()),
        ("updatedAt", stamp::iso(now).into()),
    ] {
        members.entry(member).or_insert(value);
    }
    if let Some(stages) = members.get_mut("stages").and_then(Value::as_array_mut) {
        for (order, stage) in stages.iter_mut().enumerate() {
            complete(stage, order, now);
            if let Some(stage) = stage.as_object_mut() {
                stage.entry("metadata").or_insert_with(|| json!({}));
                stage.entry("writePermissions").or_insert_with(|| "CRM_PERMISSIONS_ENFORCEMENT".into());
            }
        }
    }
}

/// The ids of all stages of an object type.
pub(crate) fn stages(pipelines: &Map<String, Value>, object: &str) -> Vec<String> {
    stage_values(pipelines, object).filter_map(|stage| text(stage, "id")).map(str::to_owned).collect()
}

/// What each stage of an object type says about its records.
pub(crate) fn stage_facts(pipelines: &Map<String, Value>, object: &str) -> HashMap<String, StageFact> {
    stage_values(pipelines, object)
        .filter_map(|stage| {
            let metadata = stage.get("metadata")?;
            let probability = text(metadata, "probability")?.to_owned();
            let is_closed = text(metadata, "isClosed") == Some("true");
            Some((text(stage, "id")?.to_owned(), StageFact { probability, is_closed }))
        })
        .collect()
}

fn stage_values<'a>(pipelines: &'a Map<String, Value>, object: &str) -> impl Iterator<Item = &'a Value> {
    let pipelines = pipelines.get(object).and_then(Value::as_array);
    pipelines.into_iter().flatten().filter_map(|pipeline| pipeline.get("stages")?.as_array()).flatten()
}

fn text<'a>(value: &'a Value, member: &str) -> Option<&'a str> {
    value.get(member)?.as_str()
}

fn stage(id: &str, label: &str, metadata: Value) -> Value {
    json!({ "id": id, "label": label, "metadata": metadata })
}

fn default_deals() -> Value {
    let deal = |id: &str, label: &str, probability: &str| {
        let closed = if id.starts_with("closed") { "true" } else { "false" };
        stage(id, label, json!({ "probability": probability, "isClosed": closed }))
    };
    json!({ "id": "default", "label": "Sales Pipeline", "stages": [
        deal("appointmentscheduled", "Appointment Scheduled", "0.2"),
        deal("qualifiedtobuy", "Qualified To Buy", "0.4"),
        deal("presentationscheduled", "Presentation Scheduled", "0.6"),
        deal("decisionmakerboughtin", "Decision Maker Bought-In", "0.8"),
        deal("contractsent", "Contract Sent", "0.9"),
        deal("closedwon", "Closed Won", "1.0"),
        deal("closedlost", "Closed Lost", "0.0"),
    ]})
}

fn default_tickets() -> Value {
    let open = json!({ "ticketState": "OPEN", "isClosed": "false" });
    json!({ "id": "0", "label": "Support Pipeline", "stages": [
        stage("1", "New", open.clone()),
        stage("2", "Waiting on contact", open.clone()),
        stage("3", "Waiting on us", open),
        stage("4", "Closed", json!({ "ticketState": "CLOSED", "isClosed": "true" })),
    ]})
}

fn default_leads() -> Value {
    let named = |id: &str, label: &str| stage(id, label, json!({}));
    json!({ "id": "lead-pipeline-id", "label": "Lead pipeline", "stages": [
        named("new-stage-id", "New"),
        named("attempting-stage-id", "Attempting"),
        named("connected-stage-id", "Connected"),
        named("qualified-stage-id", "Qualified"),
        named("unqualified-stage-id", "Unqualified"),
    ]})
}

/// `GET /crm/v3/pipelines/{type}`
pub(crate) async fn list(
    State(portal): State<Arc<Portal>>,
    Path(object): Path<String>,
) -> Result<Json<Value>, Refusal> {
    Ok(Json(json!({ "results": of(&portal, &object)? })))
}

/// `GET /crm/v3/pipelines/{type}/{pipeline}`
pub(crate) async fn get(
    State(portal): State<Arc<Portal>>,
    Path((object, pipeline)): Path<(String, String)>,
) -> Result<Json<Value>, Refusal> {
    find(of(&portal, &object)?, &pipeline).map(Json)
}

/// `GET /crm/v3/pipelines/{type}/{pipeline}/stages`
pub(crate) async fn list_stages(
    State(portal): State<Arc<Portal>>,
    Path((object, pipeline)): Path<(String, String)>,
) -> Result<Json<Value>, Refusal> {
    let mut pipeline = find(of(&portal, &object)?, &pipeline)?;
    Ok(Json(json!({ "results": pipeline["stages"].take() })))
}

/// `GET /crm/v3/pipelines/{type}/{pipeline}/stages/{stage}`
pub(crate) async fn get_stage(
    State(portal): State<Arc<Portal>>,
    Path((object, pipeline, stage)): Path<(String, String, String)>,
) -> Result<Json<Value>, Refusal> {
    let mut pipeline = find(of(&portal, &object)?, &pipeline)?;
    let Value::Array(stages) = pipeline["stages"].take() else { return Err(Refusal::not_found()) };
    find(stages, &stage).map(Json)
}

fn of(portal: &Portal, object: &str) -> Result<Vec<Value>, Refusal> {
    let object = Kind::named(object).map_or(object, |kind| kind.plural());
    let store = portal.read();
    store.pipelines.get(object).and_then(Value::as_array).cloned().ok_or_else(Refusal::not_found)
}

fn find(items: Vec<Value>, id: &str) -> Result<Value, Refusal> {
    items.into_iter().find(|item| text(item, "id") == Some(id)).ok_or_else(Refusal::not_found)
}
