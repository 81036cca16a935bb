//! `updated` and `deleted`: which ids changed between two instants.

use axum::http::Method;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value as Json, json};

use super::super::error::Refusal;
use super::super::store::{RowNo, Value, read_instant};
use super::metadata::find;
use super::{Call, Desk, Outcome, Reply};

const MINUTE: i64 = 60_000;
const MOST_IDS: usize = 600_000;

/// `GET sobjects/X/updated?start=&end=`.
pub(super) fn updated(desk: &Desk<'_>, call: &Call, name: &str) -> Outcome {
    let (from, until) = span(desk, call, 30)?;
    let ids: Vec<Json> =
        changed(desk, name, from, until, false)?.into_iter().map(|(id, _)| Json::String(id)).collect();
    Ok(Reply::ok(json!({ "ids": ids, "latestDateCovered": shown(until) })))
}

/// `GET sobjects/X/deleted?start=&end=`.
pub(super) fn deleted(desk: &Desk<'_>, call: &Call, name: &str) -> Outcome {
    let (from, until) = span(desk, call, 15)?;
    let records: Vec<Json> = changed(desk, name, from, until, true)?
        .into_iter()
        .map(|(id, at)| json!({ "id": id, "deletedDate": shown(at) }))
        .collect();
    let earliest = desk.org.clock.now() - TimeDelta::days(15);
    Ok(Reply::ok(json!({
        "deletedRecords": records, "earliestDateAvailable": shown(earliest.timestamp_millis()),
        "latestDateCovered": shown(until),
    })))
}

/// Ids and stamps of the rows that changed in the span and are deleted, or are not.
fn changed(
    desk: &Desk<'_>,
    name: &str,
    from: i64,
    until: i64,
    gone: bool,
) -> Result<Vec<(String, i64)>, Refusal> {
    let object = find(desk, name)?;
    let store = desk.store();
    let stamp = store.schema.objects[object].field("SystemModstamp").ok_or_else(|| {
        Refusal::bad("INVALID_TYPE_FOR_OPERATION", format!("object type {name} is not replicable"))
    })?;
    let mut found = Vec::new();
    for row in 0..store.table(object).len() as RowNo {
        let Value::Instant(at) = store.get(object, row, stamp) else { continue };
        if (from..until).contains(&at) && store.is_deleted(object, row) == gone {
            found.push((store.table(object).id(row).to_string(), at));
        }
    }
    if found.len() > MOST_IDS {
        return Err(Refusal::bad("EXCEEDED_ID_LIMIT", "too many changes in this span, choose a shorter one"));
    }
    Ok(found)
}

/// The span asked for, without its seconds.
fn span(desk: &Desk<'_>, call: &Call, days_back: i64) -> Result<(i64, i64), Refusal> {
    call.needs(&Method::GET)?;
    let bad = |message: &str| Refusal::bad("INVALID_REPLICATION_DATE", message);
    let read = |name: &str| {
        let text = call
            .query
            .get(name)
            .ok_or_else(|| Refusal::bad("MISSING_ARGUMENT", format!("{name} is missing")))?;
        // A plus sign that was not encoded arrives as a space.
        read_instant(&text.replace(' ', "+"))
            .map(|at| at - at.rem_euclid(MINUTE))
            .ok_or_else(|| bad(&format!("{name} is no date and time: {text}")))
    };
    let (from, until) = (read("start")?, read("end")?);
    if until - from < MINUTE {
        return Err(bad("endDate before startDate or less than one minute after it"));
    }
    let earliest = desk.org.clock.now() - TimeDelta::days(days_back);
    if from < earliest.timestamp_millis() - MINUTE {
        return Err(bad(&format!("startDate cannot be more than {days_back} days ago")));
    }
    Ok((from, until.min(desk.org.clock.now().timestamp_millis() / MINUTE * MINUTE + MINUTE)))
}

fn shown(millis: i64) -> String {
    let at: DateTime<Utc> = DateTime::from_timestamp_millis(millis).unwrap_or_default();
    Value::instant(at).to_string()
}
