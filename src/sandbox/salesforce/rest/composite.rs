//! Several calls in one: `composite` with references between them, `batch` without, `graph` as transactions.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde_json::{Map, Value as Json, json};

use super::super::error::Refusal;
use super::{Call, Desk, Outcome, Reply, route};

const MOST_CALLS: usize = 25;
const MOST_NODES: usize = 500;

/// Whether any of the calls inside a body may write.
pub(super) fn writes(body: Option<&Json>, list: &str) -> bool {
    let inner = body.and_then(|body| body[list].as_array());
    inner.into_iter().flatten().any(|inner| {
        let reads = inner["method"].as_str().is_some_and(|method| method.eq_ignore_ascii_case("GET"));
        let url = inner["url"].as_str().unwrap_or_default();
        let by_ids = url.split('?').next().unwrap_or_default().trim_end_matches('/');
        let mut parts = by_ids.rsplit('/');
        let collection =
            parts.next().is_some() && parts.next() == Some("sobjects") && parts.next() == Some("composite");
        !(reads || collection)
    })
}

/// `POST /composite`.
pub(super) fn composite(desk: &mut Desk<'_>, call: &Call) -> Outcome {
    call.needs(&Method::POST)?;
    let body = call.fields()?;
    let calls = calls_of(body, "compositeRequest", MOST_CALLS)?;
    let all_or_none = body.get("allOrNone").and_then(Json::as_bool).unwrap_or(false);
    let (results, _) = run(desk, call, calls, all_or_none)?;
    Ok(Reply::ok(json!({ "compositeResponse": results })))
}

/// `POST /composite/graph`: each graph is a transaction of its own.
pub(super) fn graphs(desk: &mut Desk<'_>, call: &Call) -> Outcome {
    call.needs(&Method::POST)?;
    let graphs = calls_of(call.fields()?, "graphs", 75)?;
    let mut nodes = 0;
    let mut answers = Vec::new();
    for graph in graphs {
        let graph = graph.as_object().ok_or_else(|| Refusal::malformed_json("A graph is an object"))?;
        let calls = calls_of(graph, "compositeRequest", MOST_NODES)?;
        nodes += calls.len();
        if nodes > MOST_NODES {
            return Err(Refusal::bad("LIMIT_EXCEEDED", format!("A request has at most {MOST_NODES} nodes")));
        }
        let (results, successful) = run(desk, call, calls, true)?;
        answers.push(json!({
            "graphId": graph.get("graphId"), "graphResponse": { "compositeResponse": results },
            "isSuccessful": successful,
        }));
    }
    Ok(Reply::ok(json!({ "graphs": answers })))
}

fn calls_of<'b>(body: &'b Map<String, Json>, name: &str, most: usize) -> Result<&'b [Json], Refusal> {
    let calls = body
        .get(name)
        .and_then(Json::as_array)
        .ok_or_else(|| Refusal::malformed_json(&format!("{name} is needed and must be a list")))?;
    if calls.len() > most {
        return Err(Refusal::bad(
            "LIMIT_EXCEEDED",
            format!("The request has more than {most} entries in {name}"),
        ));
    }
    Ok(calls)
}

/// Runs the calls in order; whether all of them succeeded.
fn run(
    desk: &mut Desk<'_>,
    outer: &Call,
    calls: &[Json],
    all_or_none: bool,
) -> Result<(Vec<Json>, bool), Refusal> {
    let mut ids: Vec<&str> = Vec::new();
    for call in calls {
        let id = call["referenceId"].as_str().unwrap_or_default();
        let fits = id.starts_with(|c: char| c.is_ascii_alphabetic())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !fits {
            return Err(Refusal::malformed_json(&format!("Provided referenceId ('{id}') is invalid")));
        }
        if ids.contains(&id) {
            return Err(Refusal::bad("INVALID_INPUT", format!("Duplicate referenceId: {id}")));
        }
        ids.push(id);
    }
    let before = desk.store().savepoint();
    let mut known: BTreeMap<&str, Json> = BTreeMap::new();
    let mut replies: Vec<Reply> = Vec::new();
    for (inner, id) in calls.iter().zip(&ids) {
        let reply = match inside(outer, inner, &known).and_then(|inner| route(desk, &inner)) {
            Ok(reply) => reply,
            Err(refusal) => Reply::refused(&refusal),
        };
        let failed = !reply.status.is_success() && reply.status != StatusCode::NOT_MODIFIED;
        if !failed {
            known.insert(id, reply.body.clone().unwrap_or(Json::Null));
        }
        replies.push(reply);
        if failed && all_or_none {
            break;
        }
    }
    let failed =
        replies.iter().position(|reply| reply.status.is_client_error() || reply.status.is_server_error());
    if all_or_none && let Some(culprit) = failed {
        if matches!(desk.store, super::Held::Writing(_)) {
            desk.store_mut().roll_back(before);
        }
        let halted = Refusal::bad(
            "PROCESSING_HALTED",
            "The transaction was rolled back since another operation in the same transaction failed.",
        );
        replies.resize_with(calls.len(), || Reply::refused(&halted));
        for (at, reply) in replies.iter_mut().enumerate() {
            if at != culprit {
                *reply = Reply::refused(&halted);
            }
        }
    }
    let results = replies
        .into_iter()
        .zip(ids)
        .map(|(reply, id)| {
            let headers: Map<String, Json> =
                reply.headers.iter().map(|(name, value)| (title_case(name.as_str()), json!(value))).collect();
            json!({
                "body": reply.body, "httpHeaders": headers, "httpStatusCode": reply.status.as_u16(),
                "referenceId": id,
            })
        })
        .collect();
    Ok((results, failed.is_none()))
}

/// `location` reads `Location`.
fn title_case(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let mut letters = word.chars();
        letters
            .next()
            .map_or(String::new(), |first| first.to_ascii_uppercase().to_string() + letters.as_str())
    });
    words.collect::<Vec<_>>().join("-")
}

/// A call inside another, with its references filled in.
fn inside(outer: &Call, inner: &Json, known: &BTreeMap<&str, Json>) -> Result<Call, Refusal> {
    let method = inner["method"].as_str().unwrap_or_default().to_ascii_uppercase();
    let url = fill(inner["url"].as_str().unwrap_or_default(), known)?;
    let body = match &inner["body"] {
        Json::Null => None,
        body => Some(fill_all(body, known)?),
    };
    let mut headers = HeaderMap::new();
    for (name, value) in inner["httpHeaders"].as_object().into_iter().flatten() {
        let name = HeaderName::try_from(name.as_str());
        let value = HeaderValue::from_str(value.as_str().unwrap_or_default());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.insert(name, value);
        }
    }
    inner_call(outer, &method, &url, headers, body)
}

fn inner_call(
    outer: &Call,
    method: &str,
    url: &str,
    headers: HeaderMap,
    body: Option<Json>,
) -> Result<Call, Refusal> {
    let method = Method::from_bytes(method.as_bytes()).map_err(|_| Refusal::method(method))?;
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let mut call = Call::new(method, path, query, headers)?;
    if call.version != outer.version && call.path.first().is_some_and(|first| first == "composite") {
        return Err(Refusal::bad("INVALID_INPUT", "All calls of a composite request use one API version"));
    }
    let nested = matches!(
        call.path.iter().map(String::as_str).collect::<Vec<_>>()[..],
        ["composite"] | ["composite", "batch" | "graph"]
    );
    if nested {
        return Err(Refusal::bad("INVALID_INPUT", "A composite request cannot contain another one"));
    }
    call.body = body;
    Ok(call)
}

fn fill_all(json: &Json, known: &BTreeMap<&str, Json>) -> Result<Json, Refusal> {
    Ok(match json {
        Json::String(text) => Json::String(fill(text, known)?),
        Json::Array(items) => {
            Json::Array(items.iter().map(|item| fill_all(item, known)).collect::<Result<_, _>>()?)
        }
        Json::Object(members) => Json::Object(
            members
                .iter()
                .map(|(name, value)| Ok((name.clone(), fill_all(value, known)?)))
                .collect::<Result<_, Refusal>>()?,
        ),
        other => other.clone(),
    })
}

/// Replaces `@{reference.path}` by what the reference answered.
fn fill(text: &str, known: &BTreeMap<&str, Json>) -> Result<String, Refusal> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("@{") {
        filled.push_str(before);
        let (path, tail) = after
            .split_once('}')
            .ok_or_else(|| Refusal::malformed_json("Invalid reference: a closing brace is missing"))?;
        let pointer: String = format!("/{}", path.replace('[', ".").replace(']', "").replace('.', "/"));
        let (reference, inner) = pointer[1..].split_once('/').unwrap_or((&pointer[1..], ""));
        let value =
            known.get(reference).and_then(|body| body.pointer(&format!("/{inner}"))).ok_or_else(|| {
                Refusal::bad(
                    "PROCESSING_HALTED",
                    format!("Invalid reference specified. No value for {path} found."),
                )
            })?;
        match value {
            Json::String(text) => filled.push_str(text),
            other => filled.push_str(&other.to_string()),
        }
        rest = tail;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// `POST /composite/batch`.
pub(super) fn batch(desk: &mut Desk<'_>, call: &Call) -> Outcome {
    call.needs(&Method::POST)?;
    let body = call.fields()?;
    let calls = calls_of(body, "batchRequests", MOST_CALLS)?;
    let halt = body.get("haltOnError").and_then(Json::as_bool).unwrap_or(false);
    let mut failed = false;
    let mut results = Vec::new();
    for inner in calls {
        if halt && failed {
            let refusal = Refusal::new(
                StatusCode::PRECONDITION_FAILED,
                "BATCH_PROCESSING_HALTED",
                "Batch processing halted per request",
            );
            results.push(json!({ "statusCode": 412, "result": [refusal.entry()] }));
            continue;
        }
        let method = inner["method"].as_str().unwrap_or_default().to_ascii_uppercase();
        let url = inner["url"].as_str().unwrap_or_default();
        let url =
            format!("/services/data/{}", url.trim_start_matches('/').trim_start_matches("services/data/"));
        let rich = Some(inner["richInput"].clone()).filter(|input| !input.is_null());
        let outcome =
            inner_call(call, &method, &url, HeaderMap::new(), rich).and_then(|inner| route(desk, &inner));
        let reply = outcome.unwrap_or_else(|refusal| Reply::refused(&refusal));
        failed |= reply.status.is_client_error() || reply.status.is_server_error();
        results.push(json!({ "statusCode": reply.status.as_u16(), "result": reply.body }));
    }
    Ok(Reply::ok(json!({ "hasErrors": failed, "results": results })))
}
