//! One question in, one answer out: the only way to run a document.
//!
//! A question is admitted under the words of the caller's view, run under a deadline, and answered as JSON with the
//! request's books beside it. Always true of it: nothing runs that the view cannot name; every error has a stable
//! code; what went wrong inside is told to the log, and the caller is told the id to ask for; a resolver that panics
//! costs one answer, not the process.

mod books;
mod errors;
mod introspection;
mod variables;

#[cfg(test)]
pub(crate) mod tests;

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{ExecutableDocument, OperationType, ServiceDocument};
use async_graphql::{ObjectType, Request, Response, SDLExportOptions, Schema, SubscriptionType, Variables};
use async_graphql_value::ConstValue;
use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use serde::Serialize;

use crate::capture::Capture;
use crate::domain::view::View;
use crate::export::Exports;
use crate::export::jobs::Jobs;
use crate::unify::inquiry::Inquiry;
use crate::unify::live::Live;

use super::code::Code;
use super::document::vocabulary::Vocabulary;
use super::document::{Admitted, Limits, admit, lex};
use super::numbers::Numbers;
use super::sdl;
use errors::Told;
use introspection::Introspected;

/// How a question travelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// May read only.
    Get,
    /// May do everything.
    Post,
}

/// What a caller asks.
#[derive(Clone, Debug)]
pub struct Question {
    /// The document.
    pub query: String,
    /// Which of its operations.
    pub operation_name: Option<String>,
    /// The values of its variables.
    pub variables: serde_json::Map<String, serde_json::Value>,
    /// How it travelled.
    pub method: Method,
    /// Names this request in the log.
    pub request_id: Arc<str>,
}

/// What became of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It ran; the answer has `data`, which may be null.
    Executed,
    /// It did not run, and the answer says why.
    Refused,
    /// It did not run because it would change something and travelled by GET.
    NeedsPost,
    /// It broke.
    Failed,
}

/// What is answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What became of the question.
    pub outcome: Outcome,
    /// The answer as JSON.
    pub body: Bytes,
    /// What the document might have cost.
    pub cost: u64,
    /// The name of the operation that ran.
    pub operation: Option<String>,
    /// Objects in the answer.
    pub objects: u64,
    /// Values in the answer.
    pub values: u64,
    /// The codes of its errors.
    pub codes: Vec<&'static str>,
}

/// How long and how large an answer may be.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The most a document may ask for.
    pub document: Limits,
    /// The longest a request may take.
    pub deadline: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { document: Limits::default(), deadline: Duration::from_secs(10) }
    }
}

type Run = Box<dyn Fn(Request) -> BoxFuture<'static, Response> + Send + Sync>;

/// Runs questions against the schema.
pub struct Engine {
    run: Run,
    schema: ServiceDocument,
    live: Arc<Live>,
    capture: Option<Capture>,
    numbers: Arc<Numbers>,
    exports: Option<Exports>,
    jobs: Option<Jobs>,
    bounds: Bounds,
    /// What a view may name, by the places it hides.
    views: Mutex<HashMap<Vec<&'static str>, Arc<Known>>>,
}

/// What a view may name.
struct Known {
    vocabulary: Vocabulary,
    sdl: Arc<str>,
    introspected: Introspected,
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "<[Told]>::is_empty")]
    errors: &'a [Told],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a ConstValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extensions: Option<serde_json::Value>,
}

impl Engine {
    /// An engine over this schema and these sources.
    pub fn new<Q, M, S>(schema: Schema<Q, M, S>, live: Arc<Live>, bounds: Bounds) -> Self
    where
        Q: ObjectType + 'static,
        M: ObjectType + 'static,
        S: SubscriptionType + 'static,
    {
        let text = schema.sdl_with_options(SDLExportOptions::new().include_specified_by());
        let run: Run = Box::new(move |request| {
            let schema = schema.clone();
            async move { schema.execute(request).await }.boxed()
        });
        Self {
            run,
            schema: sdl::read(&text),
            live,
            capture: None,
            numbers: Arc::default(),
            exports: None,
            jobs: None,
            bounds,
            views: Mutex::default(),
        }
    }

    /// The same, telling how far capture is.
    #[must_use]
    pub fn with_capture(self, capture: Capture) -> Self {
        Self { capture: Some(capture), ..self }
    }

    /// The same, counting these numbers.
    #[must_use]
    pub fn with_numbers(self, numbers: Arc<Numbers>) -> Self {
        Self { numbers, ..self }
    }

    /// The same, telling what changed.
    #[must_use]
    pub fn with_exports(self, exports: Exports) -> Self {
        Self { exports: Some(exports), ..self }
    }

    /// The same, having exports written into files.
    #[must_use]
    pub fn with_jobs(self, jobs: Option<Jobs>) -> Self {
        Self { jobs, ..self }
    }

    /// The schema as this view knows it.
    pub fn sdl(&self, view: &View) -> Arc<str> {
        self.known(view).sdl.clone()
    }

    /// The whole schema, for those who run the gateway.
    pub fn whole_sdl(&self) -> String {
        sdl::print(&self.schema)
    }

    /// Answers a question as this view may ask it.
    pub async fn answer(&self, view: &View, question: Question) -> Answer {
        let variables = serde_json::Value::Object(question.variables);
        let variables = Variables::from_json(variables);
        let name = question.operation_name.as_deref();
        let known = self.known(view);
        let admitted = admit(&question.query, name, &variables, &known.vocabulary, &self.bounds.document);
        let Admitted { document, size, operation } = match admitted {
            Ok(admitted) => admitted,
            // A schema without changes refuses them anyway; by GET they are told to come by POST first.
            Err(_) if question.method == Method::Get && self.changes(&question.query, name) => {
                return needs_post();
            }
            Err(refusals) => {
                let told: Vec<Told> = refusals.into_iter().map(Told::refusal).collect();
                return answer(Outcome::Refused, &told, None, None).of(0, None);
            }
        };
        if operation != OperationType::Query && question.method == Method::Get {
            return needs_post();
        }
        let running = running_name(&document, name);
        if let Err(refusals) = variables::check(&document, name, &variables, &known.vocabulary) {
            let told: Vec<Told> = refusals.into_iter().map(Told::refusal).collect();
            return answer(Outcome::Refused, &told, None, None).of(size.cost, running);
        }
        let about_the_schema = introspection::asked(&question.query, &document, name, &variables);
        if let Some(answer) = about_the_schema.as_ref().and_then(|asked| known.introspected.get(asked)) {
            return answer;
        }
        let inquiry = Arc::new(self.live.inquiry());
        let mut request = Request::new(question.query)
            .variables(variables)
            .data(self.live.clone())
            .data(view.clone())
            .data(self.capture.clone())
            .data(self.numbers.clone())
            .data(self.exports.clone())
            .data(self.jobs.clone())
            .data(inquiry.clone());
        request.operation_name = question.operation_name;
        request.set_parsed_query(document);
        let answer = self.execute(request, &inquiry, size.cost, &question.request_id).await;
        let answer = answer.of(size.cost, running);
        if let Some(asked) = about_the_schema {
            known.introspected.keep(asked, &answer);
        }
        answer
    }

    /// Whether a document that was refused would do more than read.
    fn changes(&self, text: &str, name: Option<&str>) -> bool {
        if lex::check(text, &self.bounds.document).is_err() {
            return false;
        }
        let Ok(document) = parse_query(text) else { return false };
        let mut operations = document.operations.iter();
        operations.any(|(own, operation)| {
            operation.node.ty != OperationType::Query
                && name.is_none_or(|name| own.is_some_and(|own| own.as_str() == name))
        })
    }

    async fn execute(&self, request: Request, inquiry: &Inquiry, cost: u64, request_id: &str) -> Answer {
        let books = || Some(books::leadline(inquiry, cost));
        let run = AssertUnwindSafe((self.run)(request)).catch_unwind();
        let response = match tokio::time::timeout(self.bounds.deadline, run).await {
            Ok(Ok(response)) => response,
            // The panic's own words went to the log from its hook.
            Ok(Err(_panic)) => {
                tracing::error!(request.id = request_id, "a resolver panicked");
                let told = [Told::internal(request_id)];
                return answer(Outcome::Failed, &told, None, books());
            }
            Err(_elapsed) => {
                let most = self.bounds.deadline.as_secs_f64();
                let message = format!("The request took longer than {most} s and was given up.");
                let told = [Told::new(Code::DeadlineExceeded, message)];
                return answer(Outcome::Executed, &told, Some(&ConstValue::Null), books());
            }
        };
        let Response { data, errors, .. } = response;
        // A document that does not validate never reaches a field, so none of its errors has a path.
        let refused = data == ConstValue::Null
            && !errors.is_empty()
            && errors.iter().all(|error| error.path.is_empty());
        if refused {
            let told = errors::of_validation(errors, request_id);
            let broken = told.iter().all(|told| told.code() == Code::Internal.as_str());
            let outcome = if broken { Outcome::Failed } else { Outcome::Refused };
            return answer(outcome, &told, None, broken.then(books).flatten());
        }
        let told = errors::of_execution(errors, request_id);
        answer(Outcome::Executed, &told, Some(&data), books())
    }

    /// What the view may name. Views that hide the same places share it.
    fn known(&self, view: &View) -> Arc<Known> {
        let hidden = sdl::hidden_from(view);
        if let Some(known) = self.views.lock().unwrap_or_else(PoisonError::into_inner).get(&hidden) {
            return known.clone();
        }
        let schema = sdl::without(&self.schema, &hidden);
        let known = Arc::new(Known {
            vocabulary: Vocabulary::of(&schema),
            sdl: Arc::from(sdl::print(&schema)),
            introspected: Introspected::default(),
        });
        self.views.lock().unwrap_or_else(PoisonError::into_inner).insert(hidden, known.clone());
        known
    }
}

impl Answer {
    /// The answer read back.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("the engine writes JSON")
    }

    fn of(self, cost: u64, operation: Option<String>) -> Self {
        Self { cost, operation, ..self }
    }
}

/// It would change something and travelled by GET.
fn needs_post() -> Answer {
    let told = [Told::new(Code::ValidationFailed, "What changes something is sent by POST; GET only reads.")];
    answer(Outcome::NeedsPost, &told, None, None)
}

fn answer(
    outcome: Outcome,
    errors: &[Told],
    data: Option<&ConstValue>,
    extensions: Option<serde_json::Value>,
) -> Answer {
    let (mut objects, mut values) = (0, 0);
    if let Some(data) = data {
        count(data, &mut objects, &mut values);
    }
    let codes = errors.iter().map(Told::code).collect();
    let body = serde_json::to_vec(&Body { errors, data, extensions }).expect("every part is plain JSON");
    Answer { outcome, body: body.into(), cost: 0, operation: None, objects, values, codes }
}

fn count(value: &ConstValue, objects: &mut u64, values: &mut u64) {
    match value {
        ConstValue::Object(fields) => {
            *objects += 1;
            fields.values().for_each(|value| count(value, objects, values));
        }
        ConstValue::List(items) => items.iter().for_each(|item| count(item, objects, values)),
        _ => *values += 1,
    }
}

/// The name in the document of the operation that runs.
fn running_name(document: &ExecutableDocument, asked: Option<&str>) -> Option<String> {
    let own = || document.operations.iter().next().and_then(|(name, _)| name.map(ToString::to_string));
    asked.map(str::to_owned).or_else(own)
}
