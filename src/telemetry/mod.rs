//! What the gateway says about itself while it runs: where log lines go, and the dictionary of field names.
//!
//! Uses nothing of ours. Lines go to standard error, so that standard output stays free for what a command answers.
//! What is always true of a line: it reads as a sentence and carries the same as fields, every field is in
//! [`FIELDS`] (a test reads the source for others), units end the name, and nothing in it tells who a person is: no
//! e-mail, name, phone, token or body. Record ids are fine.

#[cfg(test)]
mod tests;

use std::io::IsTerminal;

use tracing_subscriber::filter::{EnvFilter, ParseError};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

/// How lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For machines: one JSON object a line.
    Json,
}

/// Why nothing can be logged.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The filter is none.
    #[error("`{filter}` is no filter of log lines such as \"info,leadline::upstream=debug\"")]
    Filter {
        /// What was given.
        filter: String,
        /// What is wrong with it.
        source: ParseError,
    },
    /// Something else logs already.
    #[error("log lines go somewhere else already")]
    Started(#[from] TryInitError),
}

/// Every field a log line or a span may have, and what it holds.
pub const FIELDS: &[(&str, &str)] = &[
    ("request.id", "the id of the request, as in the header x-request-id and in errors"),
    ("http.method", "the method of the request"),
    ("http.route", "the door it came through, never the path with its query"),
    ("http.status", "the status answered"),
    ("view", "the key of the view a question was answered under"),
    ("who", "the token's subject, a digest where it is an address"),
    ("operation", "the name a client gave its operation, or what a source was asked: a stable phrase"),
    ("outcome", "what became of a question (executed, refused or failed) or of a delivery"),
    ("codes", "the stable codes of an answer's errors"),
    ("cost", "what a question was estimated to cost"),
    ("objects", "objects answered"),
    ("values", "values answered"),
    ("path", "the place in the answer, in names of the schema"),
    ("error", "a failure, in a sentence without data"),
    ("cause", "the failure beneath it"),
    ("source.name", "the configured source"),
    ("endpoint", "the stable name of a vendor's endpoint"),
    ("bucket", "the window a vendor counts calls in"),
    ("daily", "whether it is the quota of a day"),
    ("calls", "vendor calls made"),
    ("page", "the page of a list, from 1"),
    ("keys", "usable keys of the issuer"),
    ("stream", "a stream of changes of a source"),
    ("rows", "rows of a stream that were read"),
    ("notices", "events of one kind that a vendor told of in one delivery"),
    ("records", "records that were erased"),
    ("events", "entries of histories that were erased or dropped"),
    ("record", "a record's key: source, object and id"),
    ("sequence", "a place in the ledger's order of observation"),
    ("field", "a vendor's field"),
    ("connections", "connections open"),
    ("address", "where the gateway listens"),
    ("version", "the version of the gateway"),
    ("wait_ms", "a pause, in milliseconds"),
    ("duration_ms", "how long it took, in milliseconds"),
    ("size_bytes", "a size, in bytes"),
];

/// Sends log lines to standard error from now on. The filter is that of the settings, or of `RUST_LOG`'s syntax.
///
/// # Errors
/// When the filter is none, or log lines go somewhere else already.
pub fn start(format: Format, filter: &str) -> Result<(), StartError> {
    let only = parse(filter)?;
    let stderr = std::io::stderr;
    match format {
        Format::Text => {
            let lines = fmt::layer().with_writer(stderr).with_ansi(stderr().is_terminal()).with_target(false);
            tracing_subscriber::registry().with(only).with(lines).try_init()?;
        }
        Format::Json => {
            let lines = fmt::layer().json().flatten_event(true).with_span_list(false).with_writer(stderr);
            tracing_subscriber::registry().with(only).with(lines).try_init()?;
        }
    }
    Ok(())
}

fn parse(filter: &str) -> Result<EnvFilter, StartError> {
    EnvFilter::try_new(filter).map_err(|source| StartError::Filter { filter: filter.to_owned(), source })
}
