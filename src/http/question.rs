//! Reads a question from a body or from the text behind the question mark.

use std::sync::Arc;

use axum::extract::Query;
use axum::http::Uri;
use serde_json::{Map, Value};

use crate::graphql::engine::{Method, Question};

/// What is wrong with a question, in a sentence for its sender.
pub(super) type Wrong = &'static str;

/// Reads the body of a POST.
pub(super) fn of_body(body: &[u8], request_id: Arc<str>) -> Result<Question, Wrong> {
    let value: Value = serde_json::from_slice(body).map_err(|_| "The body is no JSON.")?;
    let mut parts = match value {
        Value::Object(parts) => parts,
        Value::Array(_) => return Err("Send one question in one request; lists of questions are not read."),
        _ => return Err("The body must be a JSON object with `query`."),
    };
    assemble(|name| parts.remove(name), Method::Post, request_id)
}

/// Reads the query string of a GET.
pub(super) fn of_uri(uri: &Uri, request_id: Arc<str>) -> Result<Question, Wrong> {
    let Query(pairs) =
        Query::<Vec<(String, String)>>::try_from_uri(uri).map_err(|_| "The query string cannot be read.")?;
    let mut parts = Map::new();
    for (name, value) in pairs {
        let value = match name.as_str() {
            "query" | "operationName" => Value::String(value),
            "variables" | "extensions" if value.is_empty() => Value::Null,
            "variables" => serde_json::from_str(&value).map_err(|_| "`variables` is no JSON.")?,
            "extensions" => serde_json::from_str(&value).map_err(|_| "`extensions` is no JSON.")?,
            _ => continue,
        };
        if parts.insert(name, value).is_some() {
            return Err("A part of the question is there twice.");
        }
    }
    assemble(|name| parts.remove(name), Method::Get, request_id)
}

fn assemble(
    mut take: impl FnMut(&str) -> Option<Value>,
    method: Method,
    request_id: Arc<str>,
) -> Result<Question, Wrong> {
    let query = match take("query") {
        Some(Value::String(query)) => query,
        None | Some(Value::Null) => return Err("`query` is missing."),
        Some(_) => return Err("`query` must be a text."),
    };
    let operation_name = match take("operationName") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => Some(name).filter(|name| !name.is_empty()),
        Some(_) => return Err("`operationName` must be a text."),
    };
    let variables = match take("variables") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(variables)) => variables,
        Some(_) => return Err("`variables` must be an object."),
    };
    match take("extensions") {
        None | Some(Value::Null | Value::Object(_)) => {}
        Some(_) => return Err("`extensions` must be an object."),
    }
    Ok(Question { query, operation_name, variables, method, request_id })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> Result<Question, Wrong> {
        of_body(text.as_bytes(), Arc::from("r"))
    }

    #[test]
    fn nulls_stand_for_absent_parts() {
        let question = body(
            r#"{"query": "{a}", "operationName": null, "variables": null, "extensions": null, "more": 1}"#,
        )
        .expect("it can be read");
        assert_eq!(
            (question.query.as_str(), question.operation_name, question.variables.len()),
            ("{a}", None, 0)
        );
    }

    #[test]
    fn parts_of_a_wrong_kind_are_refused() {
        for text in [
            "",
            "nonsense",
            "7",
            "[]",
            r#"[{"query": "{a}"}]"#,
            "{}",
            r#"{"query": null}"#,
            r#"{"query": {"a": 1}}"#,
            r#"{"query": "{a}", "operationName": 1}"#,
            r#"{"query": "{a}", "variables": []}"#,
            r#"{"query": "{a}", "variables": "{}"}"#,
            r#"{"query": "{a}", "extensions": 0}"#,
        ] {
            assert!(body(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_query_string_is_read_under_the_names_of_the_specification() {
        let uri: Uri =
            "/graphql?query=%7Ba%7D&operationName=A&variables=%7B%22n%22%3A1%7D&x=1".parse().expect("a uri");
        let question = of_uri(&uri, Arc::from("r")).expect("it can be read");
        assert_eq!(question.operation_name.as_deref(), Some("A"));
        assert_eq!(question.variables["n"], 1);
        assert_eq!(question.method, Method::Get);
    }

    #[test]
    fn a_query_string_with_a_part_twice_is_refused() {
        let uri: Uri = "/graphql?query=a&query=b".parse().expect("a uri");
        assert!(of_uri(&uri, Arc::from("r")).is_err());
    }
}
