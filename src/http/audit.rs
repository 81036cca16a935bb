//! Who asked what, under which view: one line of its own log for every question, every
//! download, and every file that is fetched.
//!
//! It holds no personal data: not the document, not its variables, and of a subject that is an address only a digest.

use std::time::Duration;

use crate::domain::view::View;
use crate::export::jobs::Fetched;
use crate::graphql::engine::{Answer, Outcome};

/// The longest name of an operation that is noted.
const LONGEST_NAME: usize = 64;

/// Notes a question and what became of it.
pub(super) fn note(view: &View, request_id: &str, answer: &Answer, took: Duration) {
    let operation: String =
        answer.operation.as_deref().unwrap_or("unnamed").chars().take(LONGEST_NAME).collect();
    let outcome = match answer.outcome {
        Outcome::Executed => "executed",
        Outcome::Refused | Outcome::NeedsPost => "refused",
        Outcome::Failed => "failed",
    };
    tracing::info!(
        target: "audit",
        {
            request.id = request_id,
            who = view.claims().noted(),
            view = &**view.key(),
            operation,
            outcome,
            objects = answer.objects,
            values = answer.values,
            cost = answer.cost,
            codes = answer.codes.join(" "),
            duration_ms = took.as_secs_f64() * 1000.0,
        },
        "{operation} {outcome}"
    );
}

/// Notes a download and what became of it.
pub(super) fn note_export(
    view: &View,
    request_id: &str,
    what: &str,
    rows: u64,
    is_whole: bool,
    took: Duration,
) {
    let outcome = if is_whole { "exported" } else { "cut" };
    tracing::info!(
        target: "audit",
        {
            request.id = request_id,
            who = view.claims().noted(),
            view = &**view.key(),
            operation = what,
            outcome,
            rows,
            duration_ms = took.as_secs_f64() * 1000.0,
        },
        "{what} {outcome}"
    );
}

/// Notes that a file of an export was sent to whoever had its link: by whom it was made, for who fetched it is not known.
pub(super) fn note_fetch(file: &Fetched, request_id: &str, bytes: u64) {
    let name = &*file.name;
    tracing::info!(
        target: "audit",
        {
            request.id = request_id,
            who = file.maker,
            view = &*file.view,
            operation = format!("fetch {name}"),
            outcome = "fetched",
            size_bytes = bytes,
        },
        "fetch {name} fetched"
    );
}
