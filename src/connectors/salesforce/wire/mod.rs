//! Salesforce's JSON as its documentation shows it. Only what a query selected is there, so that nearly every
//! member is optional; members nobody reads are left out.

mod rows;

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::id;

pub(super) use rows::{
    Account, Campaign, CampaignMember, Changed, Contact, ConvertedLead, Event, FieldHistory, Lead,
    LeadStatus, Opportunity, OpportunityContactRole, OpportunityHistory, OpportunityStage, Task, User,
};

/// A page of a query, of a child relationship, or of their continuation.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct QueryPage {
    /// How many rows the whole answer has.
    #[serde(default)]
    pub(super) total_size: Option<u64>,
    pub(super) done: bool,
    pub(super) next_records_url: Option<String>,
    pub(super) records: Vec<Value>,
}

/// The body of `POST /composite`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CompositeRequest {
    pub(super) all_or_none: bool,
    pub(super) composite_request: Vec<Subrequest>,
}

/// One call inside a composite call.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Subrequest {
    pub(super) method: &'static str,
    pub(super) url: String,
    pub(super) reference_id: String,
}

/// The answer of `POST /composite`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CompositeResponse {
    pub(super) composite_response: Vec<Subresponse>,
}

/// One answer inside a composite answer; a failed one is the normal case of an HTTP 200.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Subresponse {
    pub(super) body: Value,
    pub(super) http_status_code: u16,
    pub(super) reference_id: String,
}

/// One entry of the array every failed data call answers with.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ErrorItem {
    #[serde(default)]
    pub(super) message: String,
    #[serde(alias = "statusCode")]
    pub(super) error_code: String,
}

/// What a login answers with. Nothing but the first two is always there.
#[derive(Debug, Deserialize)]
pub(super) struct TokenResponse {
    pub(super) access_token: secrecy::SecretString,
    pub(super) instance_url: String,
}

/// An instant as the API writes it: `2026-01-31T08:00:00.000+0000`, without a colon in the offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stamp(pub(super) DateTime<Utc>);

impl Stamp {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let instant = DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%#z").ok()?;
        Some(Self(instant.with_timezone(&Utc)))
    }
}

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(StampVisitor)
    }
}

struct StampVisitor;

impl Visitor<'_> for StampVisitor {
    type Value = Stamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date and time")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Stamp, E> {
        Stamp::parse(text).ok_or_else(|| E::custom("no date and time"))
    }
}

/// An id in its 18-character form, whichever form came.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Id(pub(super) Arc<str>);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Arc::<str>::deserialize(deserializer)?;
        Ok(Self(id::canonical(&text).unwrap_or(text)))
    }
}

/// The rows of a child relationship; the relationship itself is null when there are none.
#[derive(Debug, Deserialize)]
pub(super) struct Children<T> {
    pub(super) records: Vec<T>,
}

/// `GET /sobjects/{object}/describe`, the part that matters.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Describe {
    pub(super) fields: Vec<DescribedField>,
    #[serde(default)]
    pub(super) child_relationships: Vec<ChildRelationship>,
}

#[derive(Debug, Deserialize)]
pub(super) struct DescribedField {
    pub(super) name: String,
    pub(super) r#type: String,
    /// A formula or a roll-up.
    #[serde(default)]
    pub(super) calculated: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChildRelationship {
    pub(super) relationship_name: Option<String>,
}

/// `GET /sobjects/{object}/deleted`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeletedRows {
    pub(super) deleted_records: Vec<DeletedRow>,
    pub(super) latest_date_covered: Stamp,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeletedRow {
    pub(super) id: Id,
    pub(super) deleted_date: Stamp,
}

/// `GET /limits`, the part that matters.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Limits {
    pub(super) daily_api_requests: Option<LimitFigures>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LimitFigures {
    pub(super) max: u64,
    pub(super) remaining: u64,
}

/// One version of `GET /services/data`.
#[derive(Debug, Deserialize)]
pub(super) struct Version {
    pub(super) version: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_come_without_a_colon_in_the_offset() {
        let at = |text| Stamp::parse(text).map(|stamp| stamp.0.to_rfc3339());
        assert_eq!(at("2026-01-31T08:00:00.000+0000").as_deref(), Some("2026-01-31T08:00:00+00:00"));
        assert_eq!(at("2026-01-31T08:00:00.000Z").as_deref(), Some("2026-01-31T08:00:00+00:00"));
        assert_eq!(at("2026-01-31T08:00:00+01:00").as_deref(), Some("2026-01-31T07:00:00+00:00"));
        assert_eq!(at("2026-01-31"), None);
    }
}
