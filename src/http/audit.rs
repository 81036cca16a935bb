//! Who asked what, under which view: one line of its own log for every question and every download.
//!
//! It holds no personal data: not the document, not its variables, and of a subject that is an address only a digest.

use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::domain::view::View;
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
            who = who(&view.claims().subject),
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
            who = who(&view.claims().subject),
            view = &**view.key(),
            operation = what,
            outcome,
            rows,
            duration_ms = took.as_secs_f64() * 1000.0,
        },
        "{what} {outcome}"
    );
}

/// The subject as the issuer names it, unless that is an address.
fn who(subject: &str) -> String {
    if !subject.contains('@') {
        return subject.to_owned();
    }
    let digest: [u8; 32] = Sha256::digest(subject.as_bytes()).into();
    let (first, _) = digest.split_first_chunk().expect("a digest has 32 bytes");
    format!("sha256:{:016x}", u64::from_be_bytes(*first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_that_is_an_address_is_noted_as_a_digest() {
        assert_eq!(who("user-17"), "user-17");
        let noted = who("jane.doe@example.com");
        assert!(noted.starts_with("sha256:") && !noted.contains("jane"), "{noted}");
    }
}
