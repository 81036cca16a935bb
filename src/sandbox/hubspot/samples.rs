//! Small worlds and plain calls for the tests of this module.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use super::Options;
use crate::sandbox::clock::Clock;
use crate::sandbox::credentials;
use crate::sandbox::faults::Faults;
use crate::sandbox::world::{Table, World};

/// A table from lines of cells separated by `|`; the first line names the columns, an empty cell is null.
pub(crate) fn table(text: &str) -> Table {
    let mut lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| line.split('|').map(str::trim));
    let columns = lines.next().into_iter().flatten().map(Arc::from).collect();
    let rows = lines.map(|line| line.map(|cell| (!cell.is_empty()).then(|| cell.into())).collect()).collect();
    Table { columns, rows }
}

/// A world with these tables at this vendor.
pub(crate) fn world(tables: &[(&str, &str)]) -> World {
    let mut world = World::default();
    let vendor = world.vendors.entry("hubspot".into()).or_default();
    for (name, text) in tables {
        vendor.insert((*name).into(), table(text));
    }
    world
}

/// The instant at which the tests' portals start.
pub(crate) const START: &str = "2026-03-31T08:00:00Z";

/// A portal over some tables.
pub(crate) fn portal(tables: &[(&str, &str)], options: Options) -> Router {
    let start = START.parse().expect("the start is an instant");
    super::router_with(&world(tables), Clock::starting_at(start), &Arc::new(Faults::default()), options)
}

/// A call with the private app's token, and its answer.
pub(crate) async fn call(portal: &Router, line: &str, body: Value) -> (StatusCode, Value) {
    let (method, path) = line.split_once(' ').expect("a call is a method and a path");
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {}", credentials::HUBSPOT_TOKEN))
        .header("content-type", "application/json");
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    let response = portal
        .clone()
        .oneshot(request.body(body).expect("the call is well-formed"))
        .await
        .expect("a router always answers");
    let status = response.status();
    let bytes = response.into_body().collect().await.expect("the body is in memory").to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

/// The ids of an answer's results.
pub(crate) fn ids(answer: &Value) -> Vec<&str> {
    answer["results"].as_array().into_iter().flatten().filter_map(|record| record["id"].as_str()).collect()
}
