//! Errors as callers are told them: each with a stable code, none with what happened inside.

use async_graphql::{PathSegment, Pos, ServerError};
use async_graphql_value::ConstValue;
use serde::Serialize;
use serde_json::{Map, Value};

use super::super::code::Code;
use super::super::document::Refusal;

/// At most so many errors are told.
const MOST_ERRORS: usize = 10;
/// The longest message about a caller's own text.
const LONGEST_MESSAGE: usize = 400;

/// One error as it is told.
#[derive(Debug, Serialize)]
pub(super) struct Told {
    message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Pos>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    path: Vec<PathSegment>,
    extensions: Map<String, Value>,
    #[serde(skip)]
    code: &'static str,
}

impl Told {
    /// An error of that code.
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        let extensions = Map::from_iter([("code".to_owned(), Value::from(code.as_str()))]);
        let message = message.into();
        Self { message, locations: Vec::new(), path: Vec::new(), extensions, code: code.as_str() }
    }

    /// Why a document was not run.
    pub(super) fn refusal(refusal: Refusal) -> Self {
        let locations = refusal.place.into_iter().collect();
        Self { locations, ..Self::new(refusal.code, shorten(refusal.message)) }
    }

    /// Our fault; the caller is told which id to name.
    pub(super) fn internal(request_id: &str) -> Self {
        let message = format!("Something went wrong inside the gateway; the log knows it as {request_id}.");
        let mut told = Self::new(Code::Internal, message);
        told.extensions.insert("requestId".to_owned(), Value::from(request_id));
        told
    }

    /// Its stable code.
    pub(super) fn code(&self) -> &'static str {
        self.code
    }

    fn place(self, locations: Vec<Pos>, path: Vec<PathSegment>) -> Self {
        Self { locations, path, ..self }
    }
}

/// What the library's validator found; it speaks of the caller's own text.
pub(super) fn of_validation(errors: Vec<ServerError>, request_id: &str) -> Vec<Told> {
    let one = |error: ServerError| match known_code(&error) {
        Some(_) => told(error, request_id),
        None => Told::new(Code::ValidationFailed, shorten(error.message)).place(error.locations, Vec::new()),
    };
    errors.into_iter().take(MOST_ERRORS).map(one).collect()
}

/// What resolvers and the reading of arguments answered.
pub(super) fn of_execution(errors: Vec<ServerError>, request_id: &str) -> Vec<Told> {
    errors.into_iter().take(MOST_ERRORS).map(|error| told(error, request_id)).collect()
}

fn told(error: ServerError, request_id: &str) -> Told {
    let ServerError { message, locations, path, .. } = &error;
    let (locations, path) = (locations.clone(), path.clone());
    if let Some(code) = known_code(&error) {
        return Told { extensions: extensions(&error), ..Told::new(code, message).place(locations, path) };
    }
    // The library's own words for an argument it could not read.
    if error.source.is_none()
        && (message.starts_with("Failed to parse \"") || message.starts_with("Expected input type \""))
    {
        return Told::new(Code::BadInput, shorten(message.clone())).place(locations, path);
    }
    let place: Vec<String> = path.iter().map(segment).collect();
    tracing::error!(request.id = request_id, path = place.join("."), error = message, "a resolver failed");
    Told::internal(request_id).place(locations, path)
}

fn known_code(error: &ServerError) -> Option<Code> {
    match error.extensions.as_ref()?.get("code")? {
        ConstValue::String(code) => Code::ALL.into_iter().find(|own| own.as_str() == code),
        _ => None,
    }
}

fn extensions(error: &ServerError) -> Map<String, Value> {
    match serde_json::to_value(&error.extensions) {
        Ok(Value::Object(extensions)) => extensions,
        _ => Map::new(),
    }
}

fn segment(segment: &PathSegment) -> String {
    match segment {
        PathSegment::Field(name) => name.clone(),
        PathSegment::Index(index) => index.to_string(),
    }
}

/// A message must not be as long as the text it is about.
fn shorten(message: String) -> String {
    if message.len() <= LONGEST_MESSAGE {
        return message;
    }
    let mut short: String = message.chars().take(LONGEST_MESSAGE).collect();
    short.push('…');
    short
}
