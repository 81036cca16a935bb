//! The REST resources: which path means what, and how answers and refusals are sent.

mod changes;
mod collections;
mod composite;
mod metadata;
mod query;
mod rows;
#[cfg(test)]
mod tests;
mod tree;

use std::sync::{Arc, RwLockReadGuard, RwLockWriteGuard};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Limited};
use serde_json::{Value as Json, json};

use super::error::Refusal;
use super::form::{Form, decode};
use super::id::RecordId;
use super::oauth;
use super::org::Org;
use super::store::Store;

/// Path templates of all resources, so that calls can be counted by resource.
pub(super) const TEMPLATES: [&str; 24] = [
    "/services/data",
    "/services/data/{version}",
    "/services/data/{version}/limits",
    "/services/data/{version}/limits/recordCount",
    "/services/data/{version}/query",
    "/services/data/{version}/query/{locator}",
    "/services/data/{version}/queryAll",
    "/services/data/{version}/queryAll/{locator}",
    "/services/data/{version}/sobjects",
    "/services/data/{version}/sobjects/{object}",
    "/services/data/{version}/sobjects/{object}/describe",
    "/services/data/{version}/sobjects/{object}/updated",
    "/services/data/{version}/sobjects/{object}/deleted",
    "/services/data/{version}/sobjects/{object}/{id}",
    "/services/data/{version}/sobjects/{object}/{field}/{value}",
    "/services/data/{version}/composite",
    "/services/data/{version}/composite/batch",
    "/services/data/{version}/composite/graph",
    "/services/data/{version}/composite/tree/{object}",
    "/services/data/{version}/composite/sobjects",
    "/services/data/{version}/composite/sobjects/{object}",
    "/services/data/{version}/composite/sobjects/{object}/{field}",
    "/services/data/{version}/parameterizedSearch",
    "/services/data/{version}/search",
];

/// Oldest version still answered, and the newest there is.
const OLDEST: f64 = 31.0;
const NEWEST: u32 = 67;
/// Longest request line and headers.
const LONGEST_HEAD: usize = 16_384;
const LARGEST_BODY: usize = 50 * 1024 * 1024;

/// One call, alone or inside a composite one.
pub(super) struct Call {
    method: Method,
    /// The path behind `/services/data/vXX.X`, decoded.
    path: Vec<String>,
    query: Form,
    headers: HeaderMap,
    body: Option<Json>,
    version: String,
}

/// An answer that is no refusal.
pub(super) struct Reply {
    status: StatusCode,
    body: Option<Json>,
    headers: Vec<(header::HeaderName, String)>,
}

pub(super) type Outcome = Result<Reply, Refusal>;

impl Reply {
    fn ok(body: Json) -> Self {
        Self::with(StatusCode::OK, body)
    }

    fn with(status: StatusCode, body: Json) -> Self {
        Self { status, body: Some(body), headers: Vec::new() }
    }

    fn empty(status: StatusCode) -> Self {
        Self { status, body: None, headers: Vec::new() }
    }

    /// A refusal as the array it is sent as.
    fn refused(refusal: &Refusal) -> Self {
        Self::with(refusal.status, json!([refusal.entry()]))
    }
}

/// The org as one call sees it: readers share it, a writer has it alone.
pub(super) struct Desk<'o> {
    org: &'o Org,
    user: RecordId,
    store: Held<'o>,
}

enum Held<'o> {
    Reading(RwLockReadGuard<'o, Store>),
    Writing(RwLockWriteGuard<'o, Store>),
}

impl Desk<'_> {
    fn store(&self) -> &Store {
        match &self.store {
            Held::Reading(store) => store,
            Held::Writing(store) => store,
        }
    }

    fn store_mut(&mut self) -> &mut Store {
        match &mut self.store {
            Held::Writing(store) => store,
            Held::Reading(_) => {
                unreachable!("calls that write are known by their method and hold the store alone")
            }
        }
    }
}

/// Answers every data call.
pub(super) async fn serve(State(org): State<Arc<Org>>, request: Request) -> Response {
    let head: usize =
        request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    let line = request.uri().path_and_query().map_or(0, |it| it.as_str().len());
    if line > LONGEST_HEAD {
        return (StatusCode::URI_TOO_LONG, "<html><body><h1>414 URI Too Long</h1></body></html>")
            .into_response();
    }
    if line + head > LONGEST_HEAD {
        let text = "<html><body><h1>431 Request Header Fields Too Large</h1></body></html>";
        return (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, text).into_response();
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, LARGEST_BODY).collect().await else {
        return refuse(&Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "REQUEST_TOO_LARGE",
            "Request is too large",
        ));
    };
    let body = body.to_bytes();
    let path = parts.uri.path().trim_end_matches('/').to_owned();
    if path == "/services/data" {
        return send(metadata::versions(), None);
    }
    let Some(session) = oauth::bearer(&parts.headers).and_then(|token| org.session(token)) else {
        let known = path.starts_with("/services/data/");
        return refuse(&if known { Refusal::session() } else { Refusal::not_found() });
    };
    if let Err(refusal) = org.count() {
        return refuse(&refusal);
    }
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let outcome = tokio::task::spawn_blocking({
        let org = Arc::clone(&org);
        move || {
            let mut call = Call::new(parts.method, &path, &query, parts.headers)?;
            call.body = read_body(&call, &body)?;
            handle(&org, session.user, &call)
        }
    })
    .await
    .unwrap_or_else(|_| {
        Err(Refusal::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "UNKNOWN_EXCEPTION",
            "An unexpected error occurred.",
        ))
    });
    let reply = outcome.unwrap_or_else(|refusal| Reply::refused(&refusal));
    send(reply, Some(org.usage()))
}

fn read_body(call: &Call, body: &[u8]) -> Result<Option<Json>, Refusal> {
    if body.is_empty() || matches!(call.method, Method::GET | Method::HEAD | Method::DELETE) {
        return Ok(None);
    }
    let kind = call.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.is_empty() && !kind.contains("json") {
        return Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UNSUPPORTED_MEDIA_TYPE",
            format!("Content type {kind} is not supported"),
        ));
    }
    serde_json::from_slice(body).map(Some).map_err(|error| {
        Refusal::malformed_json(&format!(
            "Unexpected input at [line:{}, column:{}]",
            error.line(),
            error.column()
        ))
    })
}

fn handle(org: &Org, user: RecordId, call: &Call) -> Outcome {
    let store = if call.writes() {
        Held::Writing(org.store.write().expect("no write panics"))
    } else {
        Held::Reading(org.store.read().expect("no write panics"))
    };
    let mut desk = Desk { org, user, store };
    let outcome = route(&mut desk, call);
    if let Held::Writing(store) = &mut desk.store {
        store.commit();
    }
    outcome
}

/// Finds the resource a call means.
pub(super) fn route(desk: &mut Desk<'_>, call: &Call) -> Outcome {
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    match path[..] {
        [] => metadata::resources(call),
        ["limits"] => Ok(metadata::limits(desk)),
        ["limits", "recordCount"] => metadata::record_counts(desk, call),
        ["query"] => query::query(desk, call, false),
        ["queryAll"] => query::query(desk, call, true),
        ["query" | "queryAll", locator] => query::more(desk, call, locator),
        ["sobjects"] => metadata::all_objects(desk, call),
        ["sobjects", object] => rows::object(desk, call, object),
        ["sobjects", object, "describe"] => metadata::one_object(desk, call, object),
        ["sobjects", object, "updated"] => changes::updated(desk, call, object),
        ["sobjects", object, "deleted"] => changes::deleted(desk, call, object),
        ["sobjects", object, id] => rows::row(desk, call, object, id),
        ["sobjects", object, field, value] => rows::by_key(desk, call, object, field, value),
        ["composite"] => composite::composite(desk, call),
        ["composite", "batch"] => composite::batch(desk, call),
        ["composite", "graph"] => composite::graphs(desk, call),
        ["composite", "tree", object] => tree::tree(desk, call, object),
        ["composite", "sobjects"] => collections::rows(desk, call),
        ["composite", "sobjects", object] => collections::read(desk, call, object),
        ["composite", "sobjects", object, field] => collections::upsert(desk, call, object, field),
        _ => Err(Refusal::not_found()),
    }
}

impl Call {
    pub(super) fn new(method: Method, path: &str, query: &str, headers: HeaderMap) -> Result<Self, Refusal> {
        let rest = path.strip_prefix("/services/data/").ok_or_else(Refusal::not_found)?;
        let mut parts = rest.trim_end_matches('/').split('/');
        let version = parts.next().and_then(|part| part.strip_prefix('v')).ok_or_else(Refusal::not_found)?;
        let number: f64 = version.parse().map_err(|_| Refusal::not_found())?;
        if number > f64::from(NEWEST) || number.fract() != 0.0 {
            return Err(Refusal::not_found());
        }
        if number < OLDEST {
            return Err(Refusal::new(
                StatusCode::GONE,
                "UNSUPPORTED_API_VERSION",
                format!("API version {version} is no longer supported"),
            ));
        }
        Ok(Self {
            method,
            path: parts.map(decode).collect(),
            query: Form::parse(query),
            headers,
            body: None,
            version: format!("{number:.1}"),
        })
    }

    /// Whether the call may change rows.
    fn writes(&self) -> bool {
        if matches!(self.method, Method::GET | Method::HEAD) {
            return false;
        }
        match &self.path.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["composite", "sobjects", _] => false,
            ["composite"] => composite::writes(self.body.as_ref(), "compositeRequest"),
            ["composite", "batch"] => composite::writes(self.body.as_ref(), "batchRequests"),
            _ => true,
        }
    }

    fn body(&self) -> Result<&Json, Refusal> {
        self.body.as_ref().ok_or_else(|| {
            Refusal::malformed_json("The HTTP entity body is required, but this request has no entity body.")
        })
    }

    /// The body as the object it must be.
    fn fields(&self) -> Result<&serde_json::Map<String, Json>, Refusal> {
        self.body()?.as_object().ok_or_else(|| {
            Refusal::malformed_json(
                "Unexpected parameter encountered during deserialization: an object is needed",
            )
        })
    }

    fn needs(&self, method: &Method) -> Result<(), Refusal> {
        if self.method == *method { Ok(()) } else { Err(Refusal::method(self.method.as_str())) }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// A refusal outside any call.
pub(super) fn refuse(refusal: &Refusal) -> Response {
    let mut response = send(Reply::refused(refusal), None);
    if refusal.status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Token"));
    }
    response
}

fn send(reply: Reply, usage: Option<(u64, u64)>) -> Response {
    let mut response = match reply.body {
        Some(body) => {
            let kind = [(header::CONTENT_TYPE, "application/json;charset=UTF-8")];
            (reply.status, kind, body.to_string()).into_response()
        }
        None => (reply.status, Body::empty()).into_response(),
    };
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    if let Some((used, limit)) = usage
        && let Ok(value) = HeaderValue::from_str(&format!("api-usage={used}/{limit}"))
    {
        response.headers_mut().insert("sforce-limit-info", value);
    }
    response
}
