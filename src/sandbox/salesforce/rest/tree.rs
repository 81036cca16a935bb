//! `composite/tree`: parents with their children, made together or not at all.

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value as Json, json};

use super::super::error::Refusal;
use super::super::id::RecordId;
use super::super::schema::ObjectNo;
use super::metadata::find;
use super::{Call, Desk, Outcome, Reply};

const MOST_RECORDS: usize = 200;
const DEEPEST: usize = 5;

/// `POST composite/tree/{type}`.
pub(super) fn tree(desk: &mut Desk<'_>, call: &Call, name: &str) -> Outcome {
    call.needs(&Method::POST)?;
    let object = find(desk, name)?;
    let records = records_of(call.body()?)?;
    let before = desk.store().savepoint();
    let mut grower = Grower { desk, made: Vec::new(), refused: Vec::new(), seen: 0 };
    for record in records {
        grower.plant(object, record, None, 1)?;
    }
    let Grower { made, refused, .. } = grower;
    if refused.is_empty() {
        let results: Vec<Json> = made
            .iter()
            .map(|(reference, id)| json!({ "referenceId": reference, "id": id.to_string() }))
            .collect();
        let body = json!({ "hasErrors": false, "results": results });
        return Ok(Reply::with(StatusCode::CREATED, body));
    }
    desk.store_mut().roll_back(before);
    let results: Vec<Json> = refused
        .iter()
        .map(|(reference, refusal)| json!({ "referenceId": reference, "errors": [refusal.item()] }))
        .collect();
    Ok(Reply::with(StatusCode::BAD_REQUEST, json!({ "hasErrors": true, "results": results })))
}

fn records_of(json: &Json) -> Result<&Vec<Json>, Refusal> {
    json["records"].as_array().ok_or_else(|| Refusal::malformed_json("records is needed and must be a list"))
}

struct Grower<'d, 'o> {
    desk: &'d mut Desk<'o>,
    made: Vec<(String, RecordId)>,
    refused: Vec<(String, Refusal)>,
    seen: usize,
}

impl Grower<'_, '_> {
    /// Makes one record and what hangs below it.
    fn plant(
        &mut self,
        object: ObjectNo,
        record: &Json,
        parent: Option<(String, RecordId)>,
        depth: usize,
    ) -> Result<(), Refusal> {
        self.seen += 1;
        if self.seen > MOST_RECORDS || depth > DEEPEST {
            return Err(Refusal::bad(
                "INVALID_INPUT",
                format!("A tree has at most {MOST_RECORDS} records and {DEEPEST} levels"),
            ));
        }
        let reference = record["attributes"]["referenceId"].as_str().unwrap_or_default().to_owned();
        if reference.is_empty() {
            return Err(Refusal::bad("INVALID_INPUT", "Missing referenceId of a record"));
        }
        let mut body: Map<String, Json> = record.as_object().cloned().unwrap_or_default();
        let shape = &self.desk.store().schema.objects[object];
        let children: Vec<_> = shape
            .children
            .iter()
            .filter_map(|child| Some((child.clone(), body.remove(&child.name)?)))
            .collect();
        if let Some((field, id)) = parent {
            body.insert(field, json!(id.to_string()));
        }
        let id = match self.desk.writer().create(object, &body) {
            Ok(id) => id,
            Err(refusal) => {
                self.refused.push((reference, refusal));
                return Ok(());
            }
        };
        self.made.push((reference, id));
        for (child, below) in children {
            let field = self.desk.store().schema.objects[child.object].fields[child.field].name.clone();
            for record in records_of(&below)? {
                self.plant(child.object, record, Some((field.clone(), id)), depth + 1)?;
            }
        }
        Ok(())
    }
}
