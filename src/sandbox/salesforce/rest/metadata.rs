//! Versions, resources, limits and describe.

use axum::http::{Method, StatusCode, header};
use serde_json::{Map, Value as Json, json};

use super::super::error::Refusal;
use super::super::schema::{self, ObjectNo};
use super::{Call, Desk, NEWEST, Outcome, Reply};

/// `GET /services/data`: every version, oldest first.
pub(super) fn versions() -> Reply {
    let versions = (46..=NEWEST)
        .map(|number| {
            let season = ["Spring", "Summer", "Winter"][number as usize % 3];
            // A winter release is named after the year it leads into.
            let year = number / 3 + 4 + u32::from(season == "Winter");
            json!({
                "label": format!("{season} '{year}"), "url": format!("/services/data/v{number}.0"),
                "version": format!("{number}.0"),
            })
        })
        .collect();
    Reply::ok(Json::Array(versions))
}

/// `GET /services/data/vXX.X`: what there is.
pub(super) fn resources(call: &Call) -> Outcome {
    call.needs(&Method::GET)?;
    let names = ["sobjects", "query", "queryAll", "limits", "composite"];
    let paths: Map<String, Json> = names
        .iter()
        .map(|name| ((*name).to_owned(), json!(format!("/services/data/v{}/{name}", call.version))))
        .collect();
    Ok(Reply::ok(Json::Object(paths)))
}

/// `GET /limits`.
pub(super) fn limits(desk: &Desk<'_>) -> Reply {
    let (used, daily) = desk.org.usage();
    let mut limits = Map::new();
    let mut add = |name: &str, max: u64, remaining: u64| {
        limits.insert(name.to_owned(), json!({ "Max": max, "Remaining": remaining }));
    };
    add("DailyApiRequests", daily, daily.saturating_sub(used));
    for (name, max) in [
        ("DailyBulkApiBatches", 15_000),
        ("DailyBulkV2QueryJobs", 10_000),
        ("DailyBulkV2QueryFileStorageMB", 976_562),
        ("DailyAsyncApexExecutions", 250_000),
        ("DailyStreamingApiEvents", 10_000),
        ("DailyDurableStreamingApiEvents", 10_000),
        ("HourlyPublishedPlatformEvents", 50_000),
        ("MonthlyPlatformEvents", 300_000),
        ("ConcurrentAsyncGetReportInstances", 200),
        ("DataStorageMB", 1_024),
        ("FileStorageMB", 1_024),
        ("SingleEmail", 5_000),
        ("MassEmail", 5_000),
    ] {
        add(name, max, max);
    }
    Reply::ok(Json::Object(limits))
}

/// `GET /limits/recordCount?sObjects=Lead,Contact`; without names, all of them.
pub(super) fn record_counts(desk: &Desk<'_>, call: &Call) -> Outcome {
    call.needs(&Method::GET)?;
    let store = desk.store();
    let wanted: Option<Vec<&str>> = call.query.get("sObjects").map(|names| names.split(',').collect());
    let counts: Vec<Json> = store
        .schema
        .objects
        .iter()
        .enumerate()
        .filter(|(_, object)| {
            wanted
                .as_ref()
                .is_none_or(|names| names.iter().any(|name| name.eq_ignore_ascii_case(&object.name)))
        })
        .map(|(no, object)| json!({ "name": object.name, "count": store.table(no).len() }))
        .collect();
    Ok(Reply::ok(json!({ "sObjects": counts })))
}

/// `GET /sobjects`.
pub(super) fn all_objects(desk: &Desk<'_>, call: &Call) -> Outcome {
    call.needs(&Method::GET)?;
    if unchanged(desk, call) {
        return Ok(Reply::empty(StatusCode::NOT_MODIFIED));
    }
    let objects: Vec<Json> =
        desk.store().schema.objects.iter().map(|object| schema::summary(object, &call.version)).collect();
    let body = json!({ "encoding": "UTF-8", "maxBatchSize": 200, "sobjects": objects });
    Ok(dated(desk, body))
}

/// `GET /sobjects/X/describe`.
pub(super) fn one_object(desk: &Desk<'_>, call: &Call, name: &str) -> Outcome {
    call.needs(&Method::GET)?;
    let object = find(desk, name)?;
    if unchanged(desk, call) {
        return Ok(Reply::empty(StatusCode::NOT_MODIFIED));
    }
    let schema = &desk.store().schema;
    Ok(dated(desk, schema::describe(schema, &schema.objects[object], &call.version)))
}

/// The object of a path, which must exist.
pub(super) fn find(desk: &Desk<'_>, name: &str) -> Result<ObjectNo, Refusal> {
    desk.store().schema.find(name).ok_or_else(Refusal::not_found)
}

fn unchanged(desk: &Desk<'_>, call: &Call) -> bool {
    call.header("if-modified-since").and_then(|date| httpdate::parse_http_date(date).ok()).is_some_and(
        |since| desk.org.described_at.timestamp() <= chrono::DateTime::<chrono::Utc>::from(since).timestamp(),
    )
}

fn dated(desk: &Desk<'_>, body: Json) -> Reply {
    let date = httpdate::fmt_http_date(desk.org.described_at.into());
    Reply { headers: vec![(header::LAST_MODIFIED, date)], ..Reply::ok(body) }
}
