//! How Salesforce words its refusals. Data calls answer an array of errors; a gateway in front of the org may
//! answer HTML or nothing at all.

use crate::upstream::{Dialect, HeaderMap, Quota, StatusCode, Verdict};

use super::wire::ErrorItem;

/// A refused session that no new login cures.
const POLICY: [&str; 2] =
    ["This session is not valid for use with the REST API", "Connected app is not attached to Agent"];

/// Codes of trouble that passes by itself.
const PASSING: [&str; 11] = [
    "FUNCTIONALITY_TEMPORARILY_UNAVAILABLE",
    "INTERNAL_ERROR",
    "ORG_IN_MAINTENANCE",
    "QUERY_TIMEOUT",
    "REQUEST_RUNNING_TOO_LONG",
    "SERVER_UNAVAILABLE",
    "TOO_MANY_APEX_REQUESTS",
    "TOO_MANY_JOBS",
    "TXN_SECURITY_METERING_ERROR",
    "UNABLE_TO_LOCK_ROW",
    "UNKNOWN_EXCEPTION",
];

/// Reads Salesforce's answers.
#[derive(Clone, Copy, Debug)]
pub(super) struct SalesforceDialect;

impl Dialect for SalesforceDialect {
    fn judge(&self, status: StatusCode, _headers: &HeaderMap, body: &[u8]) -> Verdict {
        if status.is_success() {
            return Verdict::Ok;
        }
        let error = first_error(body);
        let (code, message) = error.map_or_else(Default::default, |error| (error.error_code, error.message));
        match (status.as_u16(), code.as_str()) {
            (401, _) if POLICY.iter().any(|phrase| message.contains(phrase)) => {
                Verdict::Unauthorized { code }
            }
            (401, _) | (_, "INVALID_SESSION_ID") => Verdict::TokenExpired,
            (_, "REQUEST_LIMIT_EXCEEDED") => {
                // The two limits share one code; the daily one names itself.
                Verdict::Throttled { wait: None, bucket: None, daily: message.contains("TotalRequests") }
            }
            (429, _) => Verdict::Throttled { wait: None, bucket: None, daily: false },
            (406 | 408 | 420 | 500.., _) => Verdict::Transient,
            (_, code) if is_passing(code) => Verdict::Transient,
            (number, "") => Verdict::Rejected { code: number.to_string(), message },
            _ => Verdict::Rejected { code, message },
        }
    }

    fn quota(&self, headers: &HeaderMap) -> Option<Quota> {
        let text = headers.get("sforce-limit-info")?.to_str().ok()?;
        let (used, limit) =
            text.split(';').find_map(|part| part.trim().strip_prefix("api-usage="))?.split_once('/')?;
        let limit: u64 = limit.trim().parse().ok()?;
        // A rolling day: nothing begins anew at once.
        Some(Quota { remaining: limit.saturating_sub(used.trim().parse().ok()?), limit, resets_in: None })
    }
}

/// The first of the errors a data call answers with.
pub(super) fn first_error(body: &[u8]) -> Option<ErrorItem> {
    serde_json::from_slice::<Vec<ErrorItem>>(body).ok()?.into_iter().next()
}

/// True for trouble that passes by itself.
pub(super) fn is_passing(code: &str) -> bool {
    PASSING.contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, body: &str) -> Verdict {
        let status = StatusCode::from_u16(status).expect("a status");
        SalesforceDialect.judge(status, &HeaderMap::new(), body.as_bytes())
    }

    fn error(code: &str, message: &str) -> String {
        serde_json::json!([{"errorCode": code, "message": message}]).to_string()
    }

    #[test]
    fn an_expired_session_is_renewed_and_a_forbidden_one_is_not() {
        let expired = error("INVALID_SESSION_ID", "Session expired or invalid");
        assert_eq!(judged(401, &expired), Verdict::TokenExpired);
        let forbidden = error("INVALID_SESSION_ID", "This session is not valid for use with the REST API");
        assert_eq!(judged(401, &forbidden), Verdict::Unauthorized { code: "INVALID_SESSION_ID".into() });
    }

    #[test]
    fn the_two_limits_are_told_apart_by_their_sentence() {
        let daily = |message| match judged(403, &error("REQUEST_LIMIT_EXCEEDED", message)) {
            Verdict::Throttled { daily, .. } => daily,
            other => panic!("{other:?}"),
        };
        assert!(daily("TotalRequests Limit exceeded."));
        assert!(!daily("ConcurrentRequests (Concurrent API Requests) Limit exceeded."));
    }

    #[test]
    fn what_passes_is_told_from_what_does_not() {
        assert_eq!(judged(503, "<html>busy</html>"), Verdict::Transient);
        assert_eq!(judged(406, ""), Verdict::Transient);
        assert_eq!(judged(400, &error("QUERY_TIMEOUT", "")), Verdict::Transient);
        assert_eq!(judged(200, "[]"), Verdict::Ok);
        let rejected = |code: &str| Verdict::Rejected { code: code.to_owned(), message: String::new() };
        assert_eq!(judged(400, &error("MALFORMED_QUERY", "")), rejected("MALFORMED_QUERY"));
        assert_eq!(judged(414, "<html>too long</html>"), rejected("414"));
    }

    #[test]
    fn the_header_tells_what_is_left_of_the_day() {
        let quota = |text: &'static str| {
            let headers = [("sforce-limit-info".parse().expect("a name"), text.parse().expect("a value"))];
            SalesforceDialect.quota(&headers.into_iter().collect()).map(|quota| quota.remaining)
        };
        assert_eq!(quota("api-usage=18/5000; per-app-api-usage=17/250(appName=my-app)"), Some(4982));
        assert_eq!(quota("api-usage=6000/5000"), Some(0));
        assert_eq!(quota("nonsense"), None);
    }
}
