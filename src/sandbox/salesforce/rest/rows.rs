//! Single rows: create, read, change, delete, and the same by an external id.

use axum::http::{Method, StatusCode, header};
use serde_json::{Map, Value as Json, json};

use super::super::error::Refusal;
use super::super::id::RecordId;
use super::super::schema::{self, Kind, ObjectNo};
use super::super::soql;
use super::super::store::{RowNo, Value};
use super::super::write::{self, Writer};
use super::metadata::find;
use super::{Call, Desk, Outcome, Reply};

/// `sobjects/X`: its short description, or a new row.
pub(super) fn object(desk: &mut Desk<'_>, call: &Call, name: &str) -> Outcome {
    let object = find(desk, name)?;
    match call.method {
        Method::GET | Method::HEAD => {
            let shape = &desk.store().schema.objects[object];
            let body = json!({ "objectDescribe": schema::summary(shape, &call.version), "recentItems": [] });
            Ok(Reply::ok(body))
        }
        Method::POST => {
            let id = desk.writer().create(object, call.fields()?)?;
            Ok(created(
                desk,
                call,
                object,
                id,
                json!({ "id": id.to_string(), "success": true, "errors": [] }),
            ))
        }
        _ => Err(Refusal::method(call.method.as_str())),
    }
}

fn created(desk: &Desk<'_>, call: &Call, object: ObjectNo, id: RecordId, body: Json) -> Reply {
    let name = &desk.store().schema.objects[object].name;
    let location = format!("/services/data/v{}/sobjects/{name}/{id}", call.version);
    Reply { headers: vec![(header::LOCATION, location)], ..Reply::with(StatusCode::CREATED, body) }
}

/// `sobjects/X/{id}`.
pub(super) fn row(desk: &mut Desk<'_>, call: &Call, name: &str, id: &str) -> Outcome {
    let object = find(desk, name)?;
    let row = by_id(desk, object, id)?;
    match call.method {
        Method::GET | Method::HEAD => {
            if desk.store().is_deleted(object, row) {
                return Err(Refusal::not_found());
            }
            let fields =
                call.query.get("fields").map(|list| list.split(',').map(str::trim).collect::<Vec<_>>());
            Ok(Reply::ok(record(desk, object, row, fields.as_deref(), &call.version)?))
        }
        Method::PATCH => {
            desk.writer().update(object, row, call.fields()?)?;
            Ok(Reply::empty(StatusCode::NO_CONTENT))
        }
        Method::DELETE => {
            desk.writer().delete(object, row)?;
            Ok(Reply::empty(StatusCode::NO_CONTENT))
        }
        _ => Err(Refusal::method(call.method.as_str())),
    }
}

/// `sobjects/X/{external id field}/{value}`.
pub(super) fn by_key(desk: &mut Desk<'_>, call: &Call, name: &str, field: &str, value: &str) -> Outcome {
    let object = find(desk, name)?;
    let shape = &desk.store().schema.objects[object];
    let Some(no) = shape.field(field).filter(|no| shape.fields[*no].lookup) else {
        return Err(Refusal::new(
            StatusCode::NOT_FOUND,
            "NOT_FOUND",
            format!("Provided external ID field does not exist or is not accessible: {field}"),
        ));
    };
    let key = write::typed(&shape.fields[no], &json!(value))?;
    let holders = holders(desk, object, no, &key);
    if call.method == Method::PATCH || (call.method == Method::POST && no == 0) {
        let body = call.fields()?;
        let update_only = call.query.get("updateOnly") == Some("true");
        if update_only && holders.is_empty() {
            return Err(Refusal::not_found());
        }
        return match upsert(desk, object, no, &key, body)? {
            Upserted::Made(id) => {
                let body = json!({ "id": id.to_string(), "success": true, "errors": [], "created": true });
                Ok(created(desk, call, object, id, body))
            }
            Upserted::Changed(id) => Ok(Reply::ok(
                json!({ "id": id.to_string(), "success": true, "errors": [], "created": false }),
            )),
            Upserted::Several(rows) => Ok(choices(desk, call, object, &rows)),
        };
    }
    match holders[..] {
        [] => Err(Refusal::not_found()),
        [only] => {
            let id = desk.store().table(object).id(only).to_string();
            row(desk, call, name, &id)
        }
        _ => Ok(choices(desk, call, object, &holders)),
    }
}

/// What an upsert did.
pub(super) enum Upserted {
    Made(RecordId),
    Changed(RecordId),
    Several(Vec<RowNo>),
}

/// Changes the row that holds a key, or makes it.
pub(super) fn upsert(
    desk: &mut Desk<'_>,
    object: ObjectNo,
    field: usize,
    key: &Value<'static>,
    body: &Map<String, Json>,
) -> Result<Upserted, Refusal> {
    let name = desk.store().schema.objects[object].fields[field].name.clone();
    if body.keys().any(|given| given.eq_ignore_ascii_case(&name)) {
        let message = format!("The {name} field should not be specified in the sobject data.");
        return Err(Refusal::bad("INVALID_FIELD", message).about(name));
    }
    match holders(desk, object, field, key)[..] {
        [row] => {
            desk.writer().update(object, row, body)?;
            Ok(Upserted::Changed(desk.store().table(object).id(row)))
        }
        [] if field == 0 => Err(Refusal::not_found()),
        [] => {
            let mut body = body.clone();
            let kind = desk.store().schema.objects[object].fields[field].kind;
            body.insert(name, key.json(kind));
            Ok(Upserted::Made(desk.writer().create(object, &body)?))
        }
        ref several => Ok(Upserted::Several(several.to_vec())),
    }
}

fn holders(desk: &Desk<'_>, object: ObjectNo, field: usize, key: &Value<'static>) -> Vec<RowNo> {
    let store = desk.store();
    let table = store.table(object);
    let rows = table.candidates(field, std::iter::once(key)).unwrap_or_default();
    rows.into_iter()
        .filter(|row| table.get(*row, field).same(key) && !store.is_deleted(object, *row))
        .collect()
}

fn choices(desk: &Desk<'_>, call: &Call, object: ObjectNo, rows: &[RowNo]) -> Reply {
    let name = &desk.store().schema.objects[object].name;
    let urls: Vec<String> = rows
        .iter()
        .map(|row| {
            format!(
                "/services/data/v{}/sobjects/{name}/{}",
                call.version,
                desk.store().table(object).id(*row)
            )
        })
        .collect();
    Reply::with(StatusCode::MULTIPLE_CHOICES, json!(urls))
}

/// The row an id of a path names.
pub(super) fn by_id(desk: &Desk<'_>, object: ObjectNo, id: &str) -> Result<RowNo, Refusal> {
    let looks_like_one = matches!(id.len(), 15 | 18) && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match RecordId::parse(id) {
        Some(id) => desk.store().table(object).row_of(&id).ok_or_else(Refusal::not_found),
        None if looks_like_one => Err(Refusal::bad("MALFORMED_ID", format!("malformed id {id}"))),
        None => Err(Refusal::new(
            StatusCode::NOT_FOUND,
            "NOT_FOUND",
            format!("Provided external ID field does not exist or is not accessible: {id}"),
        )),
    }
}

/// A row as a record: all its fields, or those named.
pub(super) fn record(
    desk: &Desk<'_>,
    object: ObjectNo,
    row: RowNo,
    fields: Option<&[&str]>,
    version: &str,
) -> Result<Json, Refusal> {
    let store = desk.store();
    let shape = &store.schema.objects[object];
    let mut record = Map::new();
    record.insert("attributes".into(), soql::attributes(store, object, row, None, version));
    let mut add = |no: usize| {
        let field = &shape.fields[no];
        let value = match field.kind {
            Kind::Address => soql::address(store, object, row, &field.name),
            kind => store.get(object, row, no).json(kind),
        };
        record.insert(field.name.clone(), value);
    };
    match fields {
        None => (0..shape.fields.len()).for_each(add),
        Some(names) => {
            for name in names.iter().filter(|name| !name.is_empty()) {
                let no = shape.field(name).ok_or_else(|| {
                    Refusal::bad(
                        "INVALID_FIELD",
                        format!("No such column '{name}' on sobject of type {}", shape.name),
                    )
                })?;
                add(no);
            }
            add(0);
        }
    }
    Ok(Json::Object(record))
}

impl Desk<'_> {
    pub(super) fn writer(&mut self) -> Writer<'_> {
        let (now, user) = (self.org.clock.now(), self.user);
        Writer { store: self.store_mut(), now, user }
    }
}
