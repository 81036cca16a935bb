//! Search: filters, one order, pages by offset, and the vendor's limits on all of them.

mod filter;
mod order;
mod plan;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::kind::Kind;
use super::objects::read::kind;
use super::objects::record::Selection;
use super::portal::{Portal, body};
use super::refusal::Refusal;
use super::stamp::Millis;
use super::store::Store;

const LARGEST_BODY: usize = 3000;
const LAST_RESULT: usize = 10_000;

/// A search as it is asked.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Request {
    query: Option<String>,
    filter_groups: Vec<filter::Group>,
    // The vendor accepts filters outside a group as a group of their own.
    filters: Vec<filter::Filter>,
    sorts: Vec<order::Sort>,
    properties: Vec<String>,
    limit: Option<usize>,
    after: Option<Value>,
}

/// `POST /crm/v3/objects/{type}/search`
pub(crate) async fn search(
    State(portal): State<Arc<Portal>>,
    Path(name): Path<String>,
    bytes: Bytes,
) -> Result<Json<Value>, Refusal> {
    let kind = kind(&name)?;
    if String::from_utf8_lossy(&bytes).chars().count() > LARGEST_BODY {
        return Err(Refusal::validation(format!(
            "The request body is too large: a search has at most {LARGEST_BODY} characters"
        )));
    }
    answer(&portal.read(), kind, body(&bytes)?, portal.now()).map(Json)
}

/// The page a search asks for.
pub(crate) fn answer(store: &Store, kind: Kind, mut request: Request, now: Millis) -> Result<Value, Refusal> {
    if !request.filters.is_empty() {
        let filters = std::mem::take(&mut request.filters);
        request.filter_groups.push(filter::Group { filters });
    }
    check(&request)?;
    let limit = request.limit.unwrap_or(10);
    let offset = offset(request.after.as_ref())?;
    if offset + limit > LAST_RESULT {
        return Err(Refusal::validation(format!(
            "The maximum number of results a search can page through is {LAST_RESULT}"
        )));
    }
    let groups = filter::compile(store, kind, &request.filter_groups)?;
    let words = filter::Words::new(store, kind, request.query.as_deref());
    let order = order::Order::new(store, kind, request.sorts.first())?;

    let candidates = plan::candidates(store, kind, &groups);
    let found: Vec<u32> = candidates
        .filter(|position| {
            store.objects(kind).as_indexed(*position as usize, now).is_some_and(|row| {
                words.are_in(store, row)
                    && (groups.is_empty()
                        || groups
                            .iter()
                            .any(|group| group.iter().all(|filter| filter.accepts(store, kind, row))))
            })
        })
        .collect();
    let total = found.len();
    let found = order.sort(store, found, offset + limit, now);

    let selection = Selection::new(store, kind, &request.properties, &[]);
    let page: Vec<Value> = found
        .iter()
        .skip(offset)
        .take(limit)
        .filter_map(|position| store.objects(kind).as_indexed(*position as usize, now))
        .map(|row| selection.show(store, row))
        .collect();
    let mut answer = json!({ "total": total, "results": page });
    if total > offset + limit {
        answer["paging"] = json!({ "next": { "after": (offset + limit).to_string() } });
    }
    Ok(answer)
}

fn check(request: &Request) -> Result<(), Refusal> {
    let refuse = |message: String| Err(Refusal::validation(message));
    let groups = &request.filter_groups;
    if groups.len() > 5 {
        return refuse(format!("A search has at most 5 filter groups, not {}", groups.len()));
    }
    if let Some(group) = groups.iter().find(|group| group.filters.len() > 6) {
        return refuse(format!("A filter group has at most 6 filters, not {}", group.filters.len()));
    }
    let filters: usize = groups.iter().map(|group| group.filters.len()).sum();
    if filters > 18 {
        return refuse(format!("A search has at most 18 filters in all, not {filters}"));
    }
    if request.sorts.len() > 1 {
        return refuse(format!("A search has at most one sort, not {}", request.sorts.len()));
    }
    match request.limit {
        Some(limit) if !(1..=200).contains(&limit) => {
            refuse(format!("Invalid limit {limit}: it must be between 1 and 200"))
        }
        _ => Ok(()),
    }
}

fn offset(after: Option<&Value>) -> Result<usize, Refusal> {
    let read = match after {
        None | Some(Value::Null) => Some(0),
        Some(Value::String(text)) if text.is_empty() => Some(0),
        Some(Value::String(text)) => text.parse().ok(),
        Some(other) => other.as_u64().map(|offset| offset as usize),
    };
    read.ok_or_else(|| Refusal::validation("Cannot deserialize value of type `int` from after"))
}
