//! Up to two hundred rows in one call, each with its own outcome, or all together.

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value as Json, json};

use super::super::error::Refusal;
use super::super::id::RecordId;
use super::super::store::Savepoint;
use super::super::write;
use super::metadata::find;
use super::rows::{self, Upserted};
use super::{Call, Desk, Outcome, Reply};

const MOST_ROWS: usize = 200;
const MOST_READ: usize = 2000;

/// One row's outcome.
enum Item {
    Done { id: RecordId, created: Option<bool> },
    Refused { id: Option<String>, refusal: Refusal },
}

/// `POST`, `PATCH` and `DELETE composite/sobjects`.
pub(super) fn rows(desk: &mut Desk<'_>, call: &Call) -> Outcome {
    match call.method {
        Method::POST => each_record(desk, call, |desk, record| {
            let object = type_of(desk, record)?;
            let id = desk.writer().create(object, record)?;
            Ok((id, None))
        }),
        Method::PATCH => each_record(desk, call, |desk, record| {
            let object = type_of(desk, record)?;
            let (key, id) = record
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case("id"))
                .and_then(|(name, id)| Some((name.clone(), id.as_str()?.to_owned())))
                .ok_or_else(|| Refusal::bad("MISSING_ARGUMENT", "Id not specified in an update call"))?;
            let row = item_row(desk, object, &id)?;
            let mut body = record.clone();
            body.remove(&key);
            desk.writer().update(object, row, &body)?;
            Ok((desk.store().table(object).id(row), None))
        }),
        Method::DELETE => delete(desk, call),
        _ => Err(Refusal::method(call.method.as_str())),
    }
}

fn delete(desk: &mut Desk<'_>, call: &Call) -> Outcome {
    let ids: Vec<String> =
        call.query.get("ids").unwrap_or_default().split(',').map(|id| id.trim().to_owned()).collect();
    check_count(ids.len())?;
    let all_or_none = call.query.get("allOrNone") == Some("true");
    let before = desk.store().savepoint();
    let items = ids
        .into_iter()
        .map(|text| {
            let outcome = RecordId::parse(&text)
                .ok_or_else(|| Refusal::bad("MALFORMED_ID", format!("malformed id {text}")))
                .and_then(|id| {
                    let place = desk.store().find(&id).ok_or_else(invalid_reference)?;
                    desk.writer().delete(place.0, place.1)?;
                    Ok(id)
                });
            match outcome {
                Ok(id) => Item::Done { id, created: None },
                Err(refusal) => Item::Refused { id: Some(text), refusal },
            }
        })
        .collect();
    Ok(answer(desk, items, all_or_none, before))
}

/// `PATCH composite/sobjects/{type}/{external id field}`.
pub(super) fn upsert(desk: &mut Desk<'_>, call: &Call, object: &str, field: &str) -> Outcome {
    call.needs(&Method::PATCH)?;
    let object = find(desk, object)?;
    let shape = &desk.store().schema.objects[object];
    let Some(no) = shape.field(field).filter(|no| shape.fields[*no].lookup) else {
        return Err(Refusal::new(
            StatusCode::NOT_FOUND,
            "NOT_FOUND",
            format!("Provided external ID field does not exist or is not accessible: {field}"),
        ));
    };
    let key_field = shape.fields[no].clone();
    each_record(desk, call, |desk, record| {
        let (name, value) =
            record.iter().find(|(name, _)| name.eq_ignore_ascii_case(&key_field.name)).ok_or_else(|| {
                Refusal::bad("MISSING_ARGUMENT", format!("{} not specified", key_field.name))
                    .about(&key_field.name)
            })?;
        let key = write::typed(&key_field, value)?;
        let mut body = record.clone();
        body.remove(name);
        match rows::upsert(desk, object, no, &key, &body)? {
            Upserted::Made(id) => Ok((id, Some(true))),
            Upserted::Changed(id) => Ok((id, Some(false))),
            Upserted::Several(_) => {
                Err(Refusal::bad("DUPLICATE_EXTERNAL_ID", "more than one record found for external id field"))
            }
        }
    })
}

/// `GET composite/sobjects/{type}?ids=&fields=`, and the same with both in a body.
pub(super) fn read(desk: &mut Desk<'_>, call: &Call, object: &str) -> Outcome {
    let object = find(desk, object)?;
    let list = |json: &Json| -> Vec<String> {
        json.as_array().into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
    };
    let split = |name: &str| -> Vec<String> {
        let text = call.query.get(name).unwrap_or_default();
        text.split(',').filter(|part| !part.is_empty()).map(|part| part.trim().to_owned()).collect()
    };
    let (ids, fields) = match call.method {
        Method::GET => (split("ids"), split("fields")),
        Method::POST => {
            let body = call.fields()?;
            let get = |name: &str| body.get(name).map(list).unwrap_or_default();
            (get("ids"), get("fields"))
        }
        _ => return Err(Refusal::method(call.method.as_str())),
    };
    if ids.len() > MOST_READ {
        return Err(Refusal::bad(
            "EXCEEDED_ID_LIMIT",
            format!("record limit reached. cannot submit more than {MOST_READ} records in this request"),
        ));
    }
    if fields.is_empty() {
        return Err(Refusal::bad("MISSING_ARGUMENT", "The fields parameter is required"));
    }
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    let shape = &desk.store().schema.objects[object];
    if let Some(name) = fields.iter().find(|name| shape.field(name).is_none()) {
        let message = format!("No such column '{name}' on sobject of type {}", shape.name);
        return Err(Refusal::bad("INVALID_FIELD", message));
    }
    let records = ids
        .iter()
        .map(|id| {
            let id = RecordId::parse(id)
                .ok_or_else(|| Refusal::bad("MALFORMED_ID", format!("malformed id {id}")))?;
            match desk.store().table(object).row_of(&id) {
                Some(row) if !desk.store().is_deleted(object, row) => {
                    rows::record(desk, object, row, Some(&fields), &call.version)
                }
                _ => Ok(Json::Null),
            }
        })
        .collect::<Result<Vec<_>, Refusal>>()?;
    Ok(Reply::ok(Json::Array(records)))
}

fn each_record(
    desk: &mut Desk<'_>,
    call: &Call,
    mut write: impl FnMut(&mut Desk<'_>, &Map<String, Json>) -> Result<(RecordId, Option<bool>), Refusal>,
) -> Outcome {
    let body = call.fields()?;
    let records = body
        .get("records")
        .and_then(Json::as_array)
        .ok_or_else(|| Refusal::malformed_json("Unexpected parameter encountered: records is needed"))?;
    check_count(records.len())?;
    let all_or_none = body.get("allOrNone").and_then(Json::as_bool).unwrap_or(false);
    let before = desk.store().savepoint();
    let items = records
        .iter()
        .map(|record| {
            let outcome = match record.as_object() {
                Some(record) => write(desk, record),
                None => Err(Refusal::malformed_json("A record is an object")),
            };
            match outcome {
                Ok((id, created)) => Item::Done { id, created },
                Err(refusal) => Item::Refused { id: None, refusal },
            }
        })
        .collect();
    Ok(answer(desk, items, all_or_none, before))
}

fn check_count(count: usize) -> Result<(), Refusal> {
    if count <= MOST_ROWS {
        return Ok(());
    }
    Err(Refusal::bad(
        "EXCEEDED_ID_LIMIT",
        format!("record limit reached. cannot submit more than {MOST_ROWS} records in this request"),
    ))
}

fn type_of(desk: &Desk<'_>, record: &Map<String, Json>) -> Result<usize, Refusal> {
    let name = record.get("attributes").and_then(|attributes| attributes["type"].as_str());
    let name = name.ok_or_else(|| {
        Refusal::bad("INVALID_INPUT", "Invalid value for attributes: the type of the record is missing")
    })?;
    desk.store()
        .schema
        .find(name)
        .ok_or_else(|| Refusal::bad("INVALID_TYPE", format!("sObject type '{name}' is not supported.")))
}

fn item_row(desk: &Desk<'_>, object: usize, id: &str) -> Result<u32, Refusal> {
    let id = RecordId::parse(id).ok_or_else(|| Refusal::bad("MALFORMED_ID", format!("malformed id {id}")))?;
    desk.store().table(object).row_of(&id).ok_or_else(invalid_reference)
}

fn invalid_reference() -> Refusal {
    Refusal::bad("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
}

/// The outcomes in the order of the rows; with `allOrNone` one failure takes the others back.
fn answer(desk: &mut Desk<'_>, items: Vec<Item>, all_or_none: bool, before: Savepoint) -> Reply {
    let failed = items.iter().any(|item| matches!(item, Item::Refused { .. }));
    let taken_back = all_or_none && failed;
    if taken_back {
        desk.store_mut().roll_back(before);
    }
    let rolled_back = json!({
        "statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "message": "Record rolled back because not all records were valid and the request was using AllOrNone header",
        "fields": [],
    });
    let results: Vec<Json> = items
        .into_iter()
        .map(|item| match item {
            Item::Done { .. } if taken_back => json!({ "success": false, "errors": [rolled_back] }),
            Item::Done { id, created } => {
                let mut done = json!({ "id": id.to_string(), "success": true, "errors": [] });
                if let Some(created) = created {
                    done["created"] = json!(created);
                }
                done
            }
            Item::Refused { id, refusal } => {
                let mut refused = json!({ "success": false, "errors": [refusal.item()] });
                if let Some(id) = id {
                    refused["id"] = json!(id);
                }
                refused
            }
        })
        .collect();
    Reply::ok(Json::Array(results))
}
