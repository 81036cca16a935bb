//! What all batches have in common: at most a hundred inputs, and failures told beside successes.

use axum::Json;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::sandbox::hubspot::kind::Kind;
use crate::sandbox::hubspot::refusal::Refusal;
use crate::sandbox::hubspot::stamp::{self, Millis};

/// An input that is only an id.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Id {
    #[serde(deserialize_with = "id_text")]
    pub(crate) id: String,
}

/// An id as text, also where a caller sent a number.
pub(crate) fn id_text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        other => Err(serde::de::Error::custom(format!("an id cannot be {other}"))),
    }
}

/// Refuses a batch that is empty of sense or too large.
pub(crate) fn check_size(inputs: usize) -> Result<(), Refusal> {
    if inputs > 100 {
        return Err(Refusal::validation(format!(
            "Batch size {inputs} exceeds the maximum number of inputs supported in a batch request, which is 100"
        )));
    }
    Ok(())
}

/// The failure of a batch to find some records.
pub(crate) fn missing(kind: Kind, ids: &[String]) -> Value {
    json!({
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "message": format!(
            "Could not get some {} objects, they may be deleted or not exist. Check that ids are valid.",
            kind.singular().to_uppercase()
        ),
        "context": { "ids": ids },
    })
}

/// The envelope of a batch's answer.
#[derive(Debug)]
pub(crate) struct Answer {
    started: Millis,
    results: Vec<Value>,
    failures: Vec<Value>,
}

impl Answer {
    pub(crate) fn new(started: Millis, results: Vec<Value>) -> Self {
        Self { started, results, failures: Vec::new() }
    }

    /// Notes what worked.
    pub(crate) fn push(&mut self, result: Value) {
        self.results.push(result);
    }

    /// Notes what did not work.
    pub(crate) fn fail(&mut self, failure: Value) {
        self.failures.push(failure);
    }

    /// The answer: the status given, or 207 where something failed.
    pub(crate) fn finish(self, status: StatusCode, now: Millis) -> (StatusCode, Json<Value>) {
        let mut answer = json!({
            "status": "COMPLETE",
            "results": self.results,
            "startedAt": stamp::iso(self.started),
            "completedAt": stamp::iso(now),
        });
        if self.failures.is_empty() {
            return (status, Json(answer));
        }
        answer["numErrors"] = self.failures.len().into();
        answer["errors"] = self.failures.into();
        (StatusCode::MULTI_STATUS, Json(answer))
    }
}
