//! `query`, `queryAll`, and the pages after the first.

use axum::http::Method;
use serde_json::{Value as Json, json};

use super::super::error::Refusal;
use super::super::id::RecordId;
use super::super::org::Cursor;
use super::super::soql::{self, Found};
use super::{Call, Desk, Outcome, Reply};

const LARGEST_PAGE: usize = 2000;
const SMALLEST_PAGE: usize = 200;

/// `GET /query?q=` and `GET /queryAll?q=`.
pub(super) fn query(desk: &Desk<'_>, call: &Call, all_rows: bool) -> Outcome {
    call.needs(&Method::GET)?;
    if let Some(statement) = call.query.get("explain") {
        return explain(desk, statement);
    }
    let statement = call
        .query
        .get("q")
        .filter(|statement| !statement.trim().is_empty())
        .ok_or_else(|| Refusal::bad("MALFORMED_QUERY", "A query string has to be specified"))?;
    let (plan, found) = soql::answer(desk.store(), statement, all_rows, desk.org.clock.now())?;
    match found {
        Found::Count(count) => Ok(Reply::ok(json!({ "totalSize": count, "done": true, "records": [] }))),
        Found::Groups(records) => {
            Ok(Reply::ok(json!({ "totalSize": records.len(), "done": true, "records": records })))
        }
        Found::Rows(rows) => {
            let size = page_size(call);
            let total = rows.len();
            let (records, taken) = soql::page(desk.store(), &plan, &rows, size, &call.version);
            if taken == total {
                return Ok(Reply::ok(json!({ "totalSize": total, "done": true, "records": records })));
            }
            let (id, _) = desk.org.open_cursor(desk.user, plan, rows, size);
            Ok(unfinished(total, records, id, taken, call))
        }
    }
}

/// `GET /query/{locator}`.
pub(super) fn more(desk: &Desk<'_>, call: &Call, locator: &str) -> Outcome {
    call.needs(&Method::GET)?;
    let invalid = || Refusal::bad("INVALID_QUERY_LOCATOR", "invalid query locator");
    let (id, offset) = locator.rsplit_once('-').ok_or_else(invalid)?;
    let id = RecordId::lenient(id).ok_or_else(invalid)?;
    let offset: usize = offset.parse().map_err(|_| invalid())?;
    let Cursor { plan, rows, size, .. } = desk.org.cursor(id).ok_or_else(invalid)?;
    let rest = rows.get(offset..).ok_or_else(invalid)?;
    let (records, taken) = soql::page(desk.store(), &plan, rest, size, &call.version);
    if taken == rest.len() {
        return Ok(Reply::ok(json!({ "totalSize": rows.len(), "done": true, "records": records })));
    }
    Ok(unfinished(rows.len(), records, id, offset + taken, call))
}

fn unfinished(total: usize, records: Vec<Json>, id: RecordId, next: usize, call: &Call) -> Reply {
    Reply::ok(json!({
        "totalSize": total, "done": false, "records": records,
        "nextRecordsUrl": format!("/services/data/v{}/query/{id}-{next}", call.version),
    }))
}

/// The page size asked for by `Sforce-Query-Options: batchSize=500`.
fn page_size(call: &Call) -> usize {
    call.header("sforce-query-options")
        .and_then(|options| {
            options.split([',', ';']).find_map(|option| option.trim().strip_prefix("batchSize="))
        })
        .and_then(|size| size.trim().parse::<usize>().ok())
        .map_or(LARGEST_PAGE, |size| size.clamp(SMALLEST_PAGE, LARGEST_PAGE))
}

fn explain(desk: &Desk<'_>, statement: &str) -> Outcome {
    let (plan, found) = soql::answer(desk.store(), statement, false, desk.org.clock.now())?;
    let object = &desk.store().schema.objects[plan.object].name;
    let rows = match found {
        Found::Count(count) => count as usize,
        Found::Groups(records) => records.len(),
        Found::Rows(rows) => rows.len(),
    };
    let all = desk.store().table(plan.object).len();
    Ok(Reply::ok(json!({ "plans": [{
        "cardinality": rows, "fields": [], "leadingOperationType": "TableScan", "notes": [],
        "relativeCost": 1.0, "sobjectCardinality": all, "sobjectType": object,
    }] })))
}
