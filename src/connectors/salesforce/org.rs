//! One org as everything here asks it: queries in, their whole answers out, in as few calls as the vendor allows.
//!
//! Several queries travel in one composite call, and so do the continuations of their answers. A page that is
//! shorter than asked means nothing: only `done` ends an answer, of a query and of a child relationship alike.

use std::collections::BTreeSet;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use chrono::{DateTime, Utc};
use futures::future::try_join_all;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::Value;

use crate::connectors::bridge::{Meter, source_error};
use crate::domain::clock::Clock;
use crate::domain::id::SourceName;
use crate::source::error::{SourceError, SourceErrorKind};
use crate::source::reading::Reading;
use crate::upstream::{Call, Upstream};

use super::config::SalesforceOptions;
use super::dialect::is_passing;
use super::known::Known;
use super::soql::Soql;
use super::wire::{CompositeRequest, CompositeResponse, ErrorItem, QueryPage, Subrequest, Subresponse};

/// Queries one composite call may carry; the vendor allows more calls of other kinds.
const QUERIES_PER_CALL: usize = 5;
/// Longer queries travel in the body of a composite call. The vendor's limit is 16,384 bytes with all headers.
const LONGEST_URL: usize = 8_000;
/// Keys in one `IN` list.
pub(super) const KEYS_PER_QUERY: usize = 200;

/// One configured org.
pub(super) struct Org {
    pub(super) name: SourceName,
    pub(super) options: SalesforceOptions,
    pub(super) upstream: Upstream,
    pub(super) clock: Clock,
    /// What is known of the org's objects and fields.
    pub(super) known: Known,
    /// Why the org cannot be used, as the last check found.
    pub(super) unusable: ArcSwapOption<String>,
}

/// One query, and whether it also sees what is deleted or archived.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Query {
    pub(super) soql: Soql,
    pub(super) all_rows: bool,
}

impl Query {
    /// A query over live rows.
    pub(super) fn live(soql: Soql) -> Self {
        Self { soql, all_rows: false }
    }

    /// A query that also sees deleted and archived rows.
    pub(super) fn all_rows(soql: Soql) -> Self {
        Self { soql, all_rows: true }
    }
}

/// The rows of one query.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) rows: Vec<Value>,
    /// The vendor has more that was not asked for.
    pub(super) more: bool,
    /// How many rows the query finds, its limit counted in.
    pub(super) total: Option<u64>,
}

/// Something to fetch, and where its records belong.
struct Fetch {
    what: What,
    query: usize,
    /// The row and the relationship, for records of a child relationship.
    child: Option<(usize, String)>,
}

enum What {
    Query { soql: String, all_rows: bool },
    Continuation(String),
}

impl Org {
    /// The instant this gateway reads at.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The whole answer of every query, in their order.
    pub(super) async fn rows(
        &self,
        operation: &'static str,
        queries: &[Query],
        reading: &Reading,
    ) -> Result<Vec<Vec<Value>>, SourceError> {
        let answers = self.answers(operation, queries, true, reading).await?;
        Ok(answers.into_iter().map(|answer| answer.rows).collect())
    }

    /// The first page of every query's answer, in their order.
    pub(super) async fn pages(
        &self,
        operation: &'static str,
        queries: &[Query],
        reading: &Reading,
    ) -> Result<Vec<Answer>, SourceError> {
        self.answers(operation, queries, false, reading).await
    }

    /// The first page of a query's answer.
    pub(super) async fn page(
        &self,
        operation: &'static str,
        query: Query,
        reading: &Reading,
    ) -> Result<Answer, SourceError> {
        let answers = self.answers(operation, &[query], false, reading).await?;
        Ok(answers.into_iter().next().unwrap_or_default())
    }

    /// Asks for what is known to exist. A refusal that looks like a field or an object we do not know is answered by
    /// reading the metadata and asking once more without what is missing; a locator the vendor forgot by
    /// beginning anew.
    async fn answers(
        &self,
        operation: &'static str,
        queries: &[Query],
        whole: bool,
        reading: &Reading,
    ) -> Result<Vec<Answer>, SourceError> {
        let asked = self.known.trimmed(queries);
        let error = match self.read(operation, &asked, whole, reading).await {
            Err(error) => error,
            read => return read,
        };
        match &error.kind {
            SourceErrorKind::Rejected { code } if code == "INVALID_QUERY_LOCATOR" => {
                self.read(operation, &asked, whole, reading).await
            }
            SourceErrorKind::Rejected { code } if code == "INVALID_FIELD" || code == "INVALID_TYPE" => {
                let again = self.learn(operation, queries, &asked, reading).await?;
                if again == asked { Err(error) } else { self.read(operation, &again, whole, reading).await }
            }
            _ => Err(error),
        }
    }

    async fn read(
        &self,
        operation: &'static str,
        queries: &[Query],
        whole: bool,
        reading: &Reading,
    ) -> Result<Vec<Answer>, SourceError> {
        let mut answers = Vec::new();
        answers.resize_with(queries.len(), Answer::default);
        let mut open = Vec::new();
        for (place, query) in queries.iter().enumerate() {
            if self.known.is_absent(query.soql.object) {
                continue;
            }
            let what = What::Query { soql: query.soql.to_string(), all_rows: query.all_rows };
            open.push(Fetch { what, query: place, child: None });
        }
        while !open.is_empty() {
            let pages = self.fetch(operation, &open, reading).await?;
            let mut next = Vec::new();
            for (fetch, page) in open.into_iter().zip(pages) {
                let answer = &mut answers[fetch.query];
                if fetch.child.is_none() {
                    answer.total = page.total_size;
                }
                match (continuation(&page), fetch.child.is_none() && !whole) {
                    (Some(url), false) => {
                        let url = self.checked(operation, url)?;
                        next.push(Fetch {
                            what: What::Continuation(url),
                            query: fetch.query,
                            child: fetch.child.clone(),
                        });
                    }
                    (Some(_), true) => answer.more = true,
                    (None, _) => {}
                }
                if let Some((row, relationship)) = &fetch.child {
                    if let Some(Value::Array(records)) =
                        answer.rows[*row].pointer_mut(&records_of(relationship))
                    {
                        records.extend(page.records);
                    }
                    continue;
                }
                for row in page.records {
                    for (relationship, url) in unfinished_children(&row) {
                        let what = What::Continuation(self.checked(operation, &url)?);
                        let child = Some((answer.rows.len(), relationship));
                        next.push(Fetch { what, query: fetch.query, child });
                    }
                    answer.rows.push(row);
                }
            }
            open = next;
        }
        Ok(answers)
    }

    /// One page for each, with as few calls as the vendor allows, all at once.
    async fn fetch(
        &self,
        operation: &'static str,
        fetches: &[Fetch],
        reading: &Reading,
    ) -> Result<Vec<QueryPage>, SourceError> {
        if let [fetch] = fetches {
            let url = self.url(&fetch.what);
            if url.len() <= LONGEST_URL {
                let page = self.get(operation, &fetch.what, reading).await?;
                return Ok(vec![page]);
            }
        }
        let calls = fetches.chunks(QUERIES_PER_CALL).map(|chunk| self.composite(operation, chunk, reading));
        Ok(try_join_all(calls).await?.into_iter().flatten().collect())
    }

    async fn get(
        &self,
        operation: &'static str,
        what: &What,
        reading: &Reading,
    ) -> Result<QueryPage, SourceError> {
        let (endpoint, path) = match what {
            What::Query { all_rows: false, .. } => ("query", self.path("/query")),
            What::Query { all_rows: true, .. } => ("query_all", self.path("/queryAll")),
            What::Continuation(url) => ("query_more", url.clone()),
        };
        let mut call = Call::get(endpoint, "api", path, reading.deadline);
        if let What::Query { soql, .. } = what {
            call.query.push(("q".into(), soql.clone()));
        }
        self.call(operation, call, reading).await
    }

    async fn composite(
        &self,
        operation: &'static str,
        fetches: &[Fetch],
        reading: &Reading,
    ) -> Result<Vec<QueryPage>, SourceError> {
        let requests = fetches.iter().enumerate().map(|(place, fetch)| Subrequest {
            method: "GET",
            url: self.url(&fetch.what),
            reference_id: format!("q{place}"),
        });
        let body = CompositeRequest { all_or_none: false, composite_request: requests.collect() };
        let body = serde_json::to_value(body).expect("a composite request is plain JSON");
        let mut call = Call::post("composite", "api", self.path("/composite"), body, reading.deadline);
        // It only reads, so that doing it twice is the same as doing it once.
        call.idempotent = true;
        let answer: CompositeResponse = self.call(operation, call, reading).await?;
        let mut responses = answer.composite_response;
        let mut pages = Vec::with_capacity(fetches.len());
        for place in 0..fetches.len() {
            let id = format!("q{place}");
            let found = responses.iter().position(|response| response.reference_id == id);
            let response = found.map(|at| responses.swap_remove(at));
            pages.push(self.subpage(operation, response)?);
        }
        Ok(pages)
    }

    fn subpage(
        &self,
        operation: &'static str,
        response: Option<Subresponse>,
    ) -> Result<QueryPage, SourceError> {
        let Some(response) = response else { return Err(self.bad_answer(operation, Shapeless)) };
        if (200..300).contains(&response.http_status_code) {
            return QueryPage::deserialize(response.body).map_err(|_| self.bad_answer(operation, Shapeless));
        }
        let status = response.http_status_code;
        let errors = Vec::<ErrorItem>::deserialize(response.body).unwrap_or_default();
        let code = errors.into_iter().next().map(|error| error.error_code).unwrap_or_default();
        let kind = match code.as_str() {
            "REQUEST_LIMIT_EXCEEDED" => SourceErrorKind::Limited { retry_after: None },
            "INVALID_SESSION_ID" => SourceErrorKind::Unauthorized,
            code if is_passing(code) || status >= 500 => SourceErrorKind::Unavailable,
            "" => SourceErrorKind::BadAnswer,
            _ => SourceErrorKind::Rejected { code: code.clone() },
        };
        Err(self.error(operation, kind, Some(Arc::new(RefusedPart { status, code }))))
    }

    /// Makes a call and counts it.
    pub(super) async fn call<T: serde::de::DeserializeOwned>(
        &self,
        operation: &'static str,
        call: Call,
        reading: &Reading,
    ) -> Result<T, SourceError> {
        let meter = Meter::new(reading);
        let answer = self.upstream.json(meter.put_on(call)).await;
        answer.map(|answer| answer.value).map_err(|error| source_error(&self.name, operation, error))
    }

    /// A path below the configured version of the API.
    pub(super) fn path(&self, rest: &str) -> String {
        format!("/services/data/{}{rest}", self.options.api_version)
    }

    fn url(&self, what: &What) -> String {
        match what {
            What::Query { soql, all_rows } => {
                let resource = self.path(if *all_rows { "/queryAll" } else { "/query" });
                format!("{resource}?q={}", utf8_percent_encode(soql, NON_ALPHANUMERIC))
            }
            What::Continuation(url) => url.clone(),
        }
    }

    /// A continuation is a path of the query resource and nothing else: no address from an answer is followed.
    fn checked(&self, operation: &'static str, url: &str) -> Result<String, SourceError> {
        let plain = url.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte));
        let is_ours = url.starts_with("/services/data/v") && url.contains("/query") && !url.contains("..");
        if plain && is_ours { Ok(url.to_owned()) } else { Err(self.bad_answer(operation, Shapeless)) }
    }

    /// A row that is not as the vendor documents it.
    pub(super) fn unreadable(&self, operation: &'static str) -> SourceError {
        self.bad_answer(operation, Shapeless)
    }

    /// Reads one row as the vendor documents it.
    pub(super) fn typed<'a, T: Deserialize<'a>>(
        &self,
        operation: &'static str,
        row: &'a Value,
    ) -> Result<T, SourceError> {
        // What serde says may quote the row, so it is not kept.
        T::deserialize(row).map_err(|_| self.bad_answer(operation, Shapeless))
    }

    fn bad_answer(
        &self,
        operation: &'static str,
        cause: impl std::error::Error + Send + Sync + 'static,
    ) -> SourceError {
        self.error(operation, SourceErrorKind::BadAnswer, Some(Arc::new(cause)))
    }

    pub(super) fn error(
        &self,
        operation: &'static str,
        kind: SourceErrorKind,
        cause: Option<Arc<dyn std::error::Error + Send + Sync>>,
    ) -> SourceError {
        SourceError { source_name: self.name.clone(), operation, kind, cause }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a part of the answer has an unknown shape")]
struct Shapeless;

#[derive(Debug, thiserror::Error)]
#[error("a part of a composite call was answered {status} {code}")]
struct RefusedPart {
    status: u16,
    code: String,
}

/// The ids, as many at a time as one query takes.
pub(super) fn chunks(ids: &BTreeSet<Arc<str>>) -> Vec<Vec<Arc<str>>> {
    let ids = ids.iter().cloned().collect::<Vec<_>>();
    ids.chunks(KEYS_PER_QUERY).map(<[_]>::to_vec).collect()
}

fn continuation(page: &QueryPage) -> Option<&str> {
    if page.done { None } else { page.next_records_url.as_deref() }
}

fn records_of(relationship: &str) -> String {
    format!("/{relationship}/records")
}

/// The child relationships of a row that have more than came with it, each with where to read on.
fn unfinished_children(row: &Value) -> Vec<(String, String)> {
    let Value::Object(members) = row else { return Vec::new() };
    let unfinished = members.iter().filter_map(|(name, value)| {
        let url = value.get("nextRecordsUrl")?.as_str()?;
        (value.get("done") == Some(&Value::Bool(false))).then(|| (name.clone(), url.to_owned()))
    });
    unfinished.collect()
}
