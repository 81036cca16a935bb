//! How this vendor words its refusals. It sends no `Retry-After` with a 429: how long to wait is in the name of the
//! policy, and only the burst and the search policies pass by themselves.

use std::time::Duration;

use crate::upstream::{Dialect, HeaderMap, Quota, StatusCode, Verdict};

use super::wire::refusal::ErrorBody;

/// The window of every call but searches.
pub(super) const BURST: &str = "burst";
/// The window of searches: the account's, not the app's, and apart from the burst.
pub(super) const SEARCH: &str = "search";
/// How long the burst window is.
pub(super) const BURST_WINDOW: Duration = Duration::from_secs(10);
/// How long the search window is.
pub(super) const SEARCH_WINDOW: Duration = Duration::from_secs(1);

/// The pause the documentation asks for while a record is locked by a sync.
const SYNC_LOCK: Duration = Duration::from_secs(2);
/// The pause while an account moves between data centres, where the answer names none.
const MIGRATION: Duration = Duration::from_secs(300);

/// HubSpot's words.
pub(super) struct HubspotDialect;

impl Dialect for HubspotDialect {
    fn judge(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Verdict {
        if status.is_success() {
            return Verdict::Ok;
        }
        let error: ErrorBody = serde_json::from_slice(body).unwrap_or_default();
        match status.as_u16() {
            401 if error.category.as_deref() == Some("EXPIRED_AUTHENTICATION") => Verdict::TokenExpired,
            401 => Verdict::Unauthorized { code: code(&error, "UNAUTHORIZED") },
            // The edge answers so when the token is no token at all.
            530 => Verdict::Unauthorized { code: "MALFORMED_TOKEN".to_owned() },
            423 => Verdict::Throttled { wait: Some(SYNC_LOCK), bucket: None, daily: false },
            429 => throttled(&error, headers),
            477 => {
                let wait = (!headers.contains_key("retry-after")).then_some(MIGRATION);
                Verdict::Throttled { wait, bucket: None, daily: false }
            }
            408 | 500.. => Verdict::Transient,
            other => {
                let message = error.message.as_deref().unwrap_or_default();
                let correlation = error.correlation_id.as_deref().unwrap_or("none");
                Verdict::Rejected {
                    code: code(&error, &other.to_string()),
                    message: format!("[correlation {correlation}] {message}"),
                }
            }
        }
    }

    fn quota(&self, headers: &HeaderMap) -> Option<Quota> {
        Some(Quota {
            remaining: number(headers, "x-hubspot-ratelimit-daily-remaining")?,
            limit: number(headers, "x-hubspot-ratelimit-daily")?,
            resets_in: None,
        })
    }
}

fn throttled(error: &ErrorBody, headers: &HeaderMap) -> Verdict {
    let message = error.message.as_deref().unwrap_or_default();
    let policy = error.policy_name.as_deref().unwrap_or_default();
    let named = |name: &str| policy == name || message.contains(&format!("{} limit", name.to_lowercase()));
    if named("DAILY") {
        // It ends at midnight in the account's zone; until then a call now and then finds out.
        return Verdict::Throttled { wait: None, bucket: None, daily: true };
    }
    if named("SECONDLY") {
        return Verdict::Throttled { wait: Some(SEARCH_WINDOW), bucket: Some(SEARCH), daily: false };
    }
    if named("TEN_SECONDLY_ROLLING") {
        let window = number(headers, "x-hubspot-ratelimit-interval-milliseconds").map(Duration::from_millis);
        let wait = window.map_or(BURST_WINDOW, |window| window.min(BURST_WINDOW));
        return Verdict::Throttled { wait: Some(wait), bucket: Some(BURST), daily: false };
    }
    Verdict::Throttled { wait: None, bucket: None, daily: false }
}

/// The most telling code of an error: a reason's own, else its category.
fn code(error: &ErrorBody, otherwise: &str) -> String {
    let reason = error.errors.iter().find_map(|reason| reason.code.as_deref());
    let code = reason.or(error.category.as_deref()).or(error.error_type.as_deref()).unwrap_or(otherwise);
    code.chars().take(64).collect()
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::HeaderValue;

    fn judge(status: u16, body: &str) -> Verdict {
        let status = StatusCode::from_u16(status).expect("a status");
        HubspotDialect.judge(status, &HeaderMap::new(), body.as_bytes())
    }

    #[test]
    fn a_429_says_by_its_policy_how_long_to_wait() {
        let burst = r#"{"status":"error","message":"You have reached your ten_secondly_rolling limit.",
            "errorType":"RATE_LIMIT","policyName":"TEN_SECONDLY_ROLLING"}"#;
        assert_eq!(
            judge(429, burst),
            Verdict::Throttled { wait: Some(BURST_WINDOW), bucket: Some(BURST), daily: false }
        );
        let search = r#"{"message":"You have reached your secondly limit.","category":"RATE_LIMITS"}"#;
        assert_eq!(
            judge(429, search),
            Verdict::Throttled { wait: Some(SEARCH_WINDOW), bucket: Some(SEARCH), daily: false }
        );
        let daily = r#"{"message":"You have reached your daily limit.","policyName":"DAILY"}"#;
        assert_eq!(judge(429, daily), Verdict::Throttled { wait: None, bucket: None, daily: true });
        assert_eq!(judge(429, "<html>"), Verdict::Throttled { wait: None, bucket: None, daily: false });
    }

    #[test]
    fn an_expired_token_is_told_from_a_wrong_one() {
        assert_eq!(judge(401, r#"{"category":"EXPIRED_AUTHENTICATION"}"#), Verdict::TokenExpired);
        assert_eq!(
            judge(401, r#"{"category":"INVALID_AUTHENTICATION"}"#),
            Verdict::Unauthorized { code: "INVALID_AUTHENTICATION".to_owned() }
        );
        assert!(matches!(judge(530, ""), Verdict::Unauthorized { .. }));
    }

    #[test]
    fn a_lock_a_move_and_the_edge_pass_and_a_missing_scope_does_not() {
        assert!(matches!(judge(423, ""), Verdict::Throttled { wait: Some(SYNC_LOCK), .. }));
        assert!(matches!(judge(477, ""), Verdict::Throttled { daily: false, .. }));
        assert_eq!(judge(524, "<html>"), Verdict::Transient);
        let Verdict::Rejected { code, .. } = judge(403, r#"{"category":"MISSING_SCOPES"}"#) else {
            panic!("a missing scope stays missing")
        };
        assert_eq!(code, "MISSING_SCOPES");
        assert_eq!(judge(207, ""), Verdict::Ok);
    }

    #[test]
    fn the_daily_quota_is_in_the_headers_of_private_apps_alone() {
        let mut headers = HeaderMap::new();
        assert_eq!(HubspotDialect.quota(&headers), None);
        headers.insert("x-hubspot-ratelimit-daily", HeaderValue::from_static("625000"));
        headers.insert("x-hubspot-ratelimit-daily-remaining", HeaderValue::from_static("624999"));
        let quota = HubspotDialect.quota(&headers).expect("both headers are there");
        assert_eq!((quota.remaining, quota.limit), (624_999, 625_000));
    }
}
