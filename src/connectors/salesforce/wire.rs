//! Salesforce's JSON as its documentation shows it. Only what a query selected is there, so that nearly every
//! member is optional; members nobody reads are left out.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::id;

/// A page of a query, of a child relationship, or of their continuation.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct QueryPage {
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

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Lead {
    pub(super) id: Id,
    pub(super) is_deleted: bool,
    pub(super) master_record_id: Option<Id>,
    pub(super) created_date: Stamp,
    pub(super) system_modstamp: Stamp,
    pub(super) last_modified_date: Option<Stamp>,
    pub(super) last_modified_by_id: Option<Id>,
    pub(super) email: Option<Arc<str>>,
    pub(super) is_converted: bool,
    pub(super) converted_date: Option<NaiveDate>,
    pub(super) converted_account_id: Option<Id>,
    pub(super) converted_contact_id: Option<Id>,
    pub(super) converted_opportunity_id: Option<Id>,
    pub(super) first_name: Option<Arc<str>>,
    pub(super) last_name: Option<Arc<str>>,
    pub(super) title: Option<Arc<str>>,
    pub(super) company: Option<Arc<str>>,
    pub(super) phone: Option<Arc<str>>,
    pub(super) mobile_phone: Option<Arc<str>>,
    pub(super) owner_id: Option<Id>,
    pub(super) status: Option<Arc<str>>,
    pub(super) lead_source: Option<Arc<str>>,
    pub(super) has_opted_out_of_email: Option<bool>,
    pub(super) do_not_call: Option<bool>,
    pub(super) email_bounced_date: Option<Stamp>,
    pub(super) country: Option<Arc<str>>,
    pub(super) state: Option<Arc<str>>,
    pub(super) industry: Option<Arc<str>>,
    pub(super) number_of_employees: Option<Decimal>,
    pub(super) histories: Option<Children<FieldHistory>>,
}

/// What of a lead tells which opportunity it opened.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ConvertedLead {
    pub(super) id: Id,
    pub(super) converted_opportunity_id: Id,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Contact {
    pub(super) id: Id,
    pub(super) is_deleted: bool,
    pub(super) master_record_id: Option<Id>,
    pub(super) created_date: Stamp,
    pub(super) system_modstamp: Stamp,
    pub(super) last_modified_date: Option<Stamp>,
    pub(super) last_modified_by_id: Option<Id>,
    pub(super) email: Option<Arc<str>>,
    pub(super) first_name: Option<Arc<str>>,
    pub(super) last_name: Option<Arc<str>>,
    pub(super) title: Option<Arc<str>>,
    pub(super) account_id: Option<Id>,
    pub(super) phone: Option<Arc<str>>,
    pub(super) mobile_phone: Option<Arc<str>>,
    pub(super) owner_id: Option<Id>,
    pub(super) lead_source: Option<Arc<str>>,
    pub(super) has_opted_out_of_email: Option<bool>,
    pub(super) do_not_call: Option<bool>,
    pub(super) is_email_bounced: Option<bool>,
    pub(super) mailing_country: Option<Arc<str>>,
    pub(super) mailing_state: Option<Arc<str>>,
    pub(super) histories: Option<Children<FieldHistory>>,
}

/// What the history of a lead, a contact, an account or an opportunity is told from.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Changed {
    pub(super) id: Id,
    pub(super) is_deleted: bool,
    pub(super) master_record_id: Option<Id>,
    pub(super) created_date: Stamp,
    pub(super) created_by_id: Option<Id>,
    pub(super) system_modstamp: Stamp,
    pub(super) last_modified_by_id: Option<Id>,
    #[serde(default)]
    pub(super) is_converted: bool,
    pub(super) converted_date: Option<NaiveDate>,
    pub(super) converted_contact_id: Option<Id>,
    pub(super) account_id: Option<Id>,
    pub(super) stage_name: Option<Arc<str>>,
    pub(super) currency_iso_code: Option<Arc<str>>,
    pub(super) histories: Option<Children<FieldHistory>>,
    pub(super) opportunity_histories: Option<Children<OpportunityHistory>>,
}

/// A row of `LeadHistory`, `ContactHistory`, `AccountHistory` or `OpportunityFieldHistory`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FieldHistory {
    pub(super) id: Option<Id>,
    pub(super) field: Arc<str>,
    /// Of any type.
    #[serde(default)]
    pub(super) old_value: Value,
    /// Of any type.
    #[serde(default)]
    pub(super) new_value: Value,
    pub(super) created_by_id: Option<Id>,
    pub(super) created_date: Stamp,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Account {
    pub(super) id: Id,
    pub(super) is_deleted: bool,
    pub(super) master_record_id: Option<Id>,
    pub(super) created_date: Stamp,
    pub(super) system_modstamp: Stamp,
    pub(super) last_modified_date: Option<Stamp>,
    pub(super) last_modified_by_id: Option<Id>,
    pub(super) website: Option<Arc<str>>,
    pub(super) name: Option<Arc<str>>,
    pub(super) industry: Option<Arc<str>>,
    pub(super) number_of_employees: Option<Decimal>,
    pub(super) annual_revenue: Option<Decimal>,
    pub(super) currency_iso_code: Option<Arc<str>>,
    pub(super) billing_country: Option<Arc<str>>,
    pub(super) billing_state: Option<Arc<str>>,
    pub(super) owner_id: Option<Id>,
    pub(super) histories: Option<Children<FieldHistory>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Opportunity {
    pub(super) id: Id,
    pub(super) is_deleted: bool,
    pub(super) created_date: Stamp,
    pub(super) system_modstamp: Stamp,
    pub(super) name: Option<Arc<str>>,
    pub(super) account_id: Option<Id>,
    pub(super) owner_id: Option<Id>,
    pub(super) stage_name: Option<Arc<str>>,
    pub(super) is_closed: Option<bool>,
    pub(super) is_won: Option<bool>,
    pub(super) amount: Option<Decimal>,
    pub(super) currency_iso_code: Option<Arc<str>>,
    /// In percent.
    pub(super) probability: Option<Decimal>,
    pub(super) close_date: Option<NaiveDate>,
    pub(super) lead_source: Option<Arc<str>>,
    pub(super) opportunity_contact_roles: Option<Children<OpportunityContactRole>>,
    pub(super) opportunity_histories: Option<Children<OpportunityHistory>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OpportunityContactRole {
    pub(super) contact_id: Id,
    pub(super) role: Option<Arc<str>>,
    #[serde(default)]
    pub(super) is_primary: bool,
}

/// A snapshot, written whenever amount, probability, stage or close date change, and once at the beginning.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OpportunityHistory {
    pub(super) id: Option<Id>,
    pub(super) stage_name: Arc<str>,
    pub(super) amount: Option<Decimal>,
    pub(super) probability: Option<Decimal>,
    pub(super) created_by_id: Option<Id>,
    pub(super) created_date: Stamp,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OpportunityStage {
    pub(super) master_label: Arc<str>,
    pub(super) api_name: Option<Arc<str>>,
    pub(super) sort_order: Option<Decimal>,
    pub(super) is_closed: bool,
    pub(super) is_won: bool,
    pub(super) forecast_category_name: Option<Arc<str>>,
    /// In percent.
    pub(super) default_probability: Option<Decimal>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Campaign {
    pub(super) id: Id,
    pub(super) is_deleted: bool,
    pub(super) created_date: Stamp,
    pub(super) system_modstamp: Stamp,
    pub(super) name: Option<Arc<str>>,
    pub(super) r#type: Option<Arc<str>>,
    pub(super) status: Option<Arc<str>>,
    pub(super) start_date: Option<NaiveDate>,
    pub(super) end_date: Option<NaiveDate>,
    pub(super) budgeted_cost: Option<Decimal>,
    pub(super) actual_cost: Option<Decimal>,
    pub(super) currency_iso_code: Option<Arc<str>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CampaignMember {
    pub(super) id: Id,
    pub(super) campaign_id: Id,
    pub(super) lead_id: Option<Id>,
    pub(super) contact_id: Option<Id>,
    pub(super) status: Option<Arc<str>>,
    #[serde(default)]
    pub(super) has_responded: bool,
    pub(super) first_responded_date: Option<NaiveDate>,
    pub(super) created_date: Stamp,
    pub(super) created_by_id: Option<Id>,
    pub(super) campaign: Option<CampaignOfMember>,
}

/// The part of a campaign a member's history needs.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CampaignOfMember {
    pub(super) r#type: Option<Arc<str>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Task {
    pub(super) id: Id,
    pub(super) who_id: Option<Id>,
    pub(super) what_id: Option<Id>,
    pub(super) account_id: Option<Id>,
    pub(super) owner_id: Option<Id>,
    pub(super) created_by_id: Option<Id>,
    pub(super) created_date: Stamp,
    pub(super) subject: Option<Arc<str>>,
    pub(super) description: Option<Arc<str>>,
    pub(super) status: Option<Arc<str>>,
    #[serde(default)]
    pub(super) is_closed: bool,
    pub(super) activity_date: Option<NaiveDate>,
    pub(super) completed_date_time: Option<Stamp>,
    pub(super) task_subtype: Option<Arc<str>>,
    pub(super) call_type: Option<Arc<str>>,
    pub(super) call_duration_in_seconds: Option<i64>,
    pub(super) call_disposition: Option<Arc<str>>,
}

/// A meeting.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Event {
    pub(super) id: Id,
    pub(super) who_id: Option<Id>,
    pub(super) what_id: Option<Id>,
    pub(super) account_id: Option<Id>,
    pub(super) owner_id: Option<Id>,
    pub(super) created_by_id: Option<Id>,
    pub(super) created_date: Stamp,
    pub(super) subject: Option<Arc<str>>,
    pub(super) description: Option<Arc<str>>,
    #[serde(default)]
    pub(super) is_all_day_event: bool,
    pub(super) activity_date: Option<NaiveDate>,
    pub(super) start_date_time: Option<Stamp>,
    pub(super) duration_in_minutes: Option<i64>,
    pub(super) event_subtype: Option<Arc<str>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct User {
    pub(super) id: Id,
    pub(super) created_date: Stamp,
    pub(super) system_modstamp: Stamp,
    pub(super) name: Option<Arc<str>>,
    pub(super) email: Option<Arc<str>>,
    pub(super) is_active: Option<bool>,
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
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChildRelationship {
    pub(super) relationship_name: Option<String>,
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

/// A row of `LeadStatus`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LeadStatus {
    pub(super) master_label: String,
    pub(super) api_name: Option<String>,
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
