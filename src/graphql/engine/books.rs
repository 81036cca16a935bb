//! The books of a request: what it may have cost, which sources were called, how old their answers are, what is
//! missing. `extensions.leadline` of every answer that ran.

use chrono::SecondsFormat;
use serde_json::{Value, json};

use crate::unify::inquiry::Inquiry;

use super::super::request::gap_code;

/// Writes the books as they stand.
pub(super) fn leadline(inquiry: &Inquiry, cost: u64) -> Value {
    let uses = inquiry.uses();
    let upstream: Vec<Value> =
        uses.iter().map(|used| json!({ "source": used.source.to_string(), "calls": used.calls })).collect();
    let freshness: Vec<Value> = uses
        .iter()
        .filter_map(|used| {
            let as_of = used.as_of?.to_rfc3339_opts(SecondsFormat::Secs, true);
            Some(json!({ "source": used.source.to_string(), "asOf": as_of, "stale": used.stale }))
        })
        .collect();
    let gaps: Vec<Value> = inquiry
        .gaps()
        .iter()
        .map(|gap| {
            json!({
                "source": gap.source.to_string(),
                "code": gap_code(gap).as_str(),
                "message": gap.message,
            })
        })
        .collect();
    json!({ "leadline": { "cost": cost, "upstream": upstream, "freshness": freshness, "gaps": gaps } })
}
