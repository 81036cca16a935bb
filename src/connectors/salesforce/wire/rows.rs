//! Rows of the objects that are read, each with the members its queries select.

#![expect(clippy::struct_field_names, reason = "the names are the vendor's")]

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;

use super::{Children, Id, Stamp};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct Lead {
    pub(in super::super) id: Id,
    pub(in super::super) is_deleted: bool,
    pub(in super::super) master_record_id: Option<Id>,
    pub(in super::super) created_date: Stamp,
    pub(in super::super) system_modstamp: Stamp,
    pub(in super::super) last_modified_date: Option<Stamp>,
    pub(in super::super) last_modified_by_id: Option<Id>,
    pub(in super::super) email: Option<Arc<str>>,
    pub(in super::super) is_converted: bool,
    pub(in super::super) converted_date: Option<NaiveDate>,
    pub(in super::super) converted_account_id: Option<Id>,
    pub(in super::super) converted_contact_id: Option<Id>,
    pub(in super::super) converted_opportunity_id: Option<Id>,
    pub(in super::super) first_name: Option<Arc<str>>,
    pub(in super::super) last_name: Option<Arc<str>>,
    pub(in super::super) title: Option<Arc<str>>,
    pub(in super::super) company: Option<Arc<str>>,
    pub(in super::super) phone: Option<Arc<str>>,
    pub(in super::super) mobile_phone: Option<Arc<str>>,
    pub(in super::super) owner_id: Option<Id>,
    pub(in super::super) status: Option<Arc<str>>,
    pub(in super::super) lead_source: Option<Arc<str>>,
    pub(in super::super) has_opted_out_of_email: Option<bool>,
    pub(in super::super) do_not_call: Option<bool>,
    pub(in super::super) email_bounced_date: Option<Stamp>,
    pub(in super::super) country: Option<Arc<str>>,
    pub(in super::super) state: Option<Arc<str>>,
    pub(in super::super) industry: Option<Arc<str>>,
    pub(in super::super) number_of_employees: Option<Decimal>,
    pub(in super::super) histories: Option<Children<FieldHistory>>,
}

/// What of a lead tells which opportunity it opened.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct ConvertedLead {
    pub(in super::super) id: Id,
    pub(in super::super) converted_opportunity_id: Id,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct Contact {
    pub(in super::super) id: Id,
    pub(in super::super) is_deleted: bool,
    pub(in super::super) master_record_id: Option<Id>,
    pub(in super::super) created_date: Stamp,
    pub(in super::super) system_modstamp: Stamp,
    pub(in super::super) last_modified_date: Option<Stamp>,
    pub(in super::super) last_modified_by_id: Option<Id>,
    pub(in super::super) email: Option<Arc<str>>,
    pub(in super::super) first_name: Option<Arc<str>>,
    pub(in super::super) last_name: Option<Arc<str>>,
    pub(in super::super) title: Option<Arc<str>>,
    pub(in super::super) account_id: Option<Id>,
    pub(in super::super) phone: Option<Arc<str>>,
    pub(in super::super) mobile_phone: Option<Arc<str>>,
    pub(in super::super) owner_id: Option<Id>,
    pub(in super::super) lead_source: Option<Arc<str>>,
    pub(in super::super) has_opted_out_of_email: Option<bool>,
    pub(in super::super) do_not_call: Option<bool>,
    pub(in super::super) is_email_bounced: Option<bool>,
    pub(in super::super) mailing_country: Option<Arc<str>>,
    pub(in super::super) mailing_state: Option<Arc<str>>,
    pub(in super::super) histories: Option<Children<FieldHistory>>,
}

/// What the history of a lead, a contact, an account or an opportunity is told from.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct Changed {
    pub(in super::super) id: Id,
    pub(in super::super) is_deleted: bool,
    pub(in super::super) master_record_id: Option<Id>,
    pub(in super::super) created_date: Stamp,
    pub(in super::super) created_by_id: Option<Id>,
    pub(in super::super) system_modstamp: Stamp,
    pub(in super::super) last_modified_by_id: Option<Id>,
    #[serde(default)]
    pub(in super::super) is_converted: bool,
    pub(in super::super) converted_date: Option<NaiveDate>,
    pub(in super::super) converted_contact_id: Option<Id>,
    pub(in super::super) account_id: Option<Id>,
    pub(in super::super) stage_name: Option<Arc<str>>,
    pub(in super::super) currency_iso_code: Option<Arc<str>>,
    pub(in super::super) histories: Option<Children<FieldHistory>>,
    pub(in super::super) opportunity_histories: Option<Children<OpportunityHistory>>,
}

/// A row of `LeadHistory`, `ContactHistory`, `AccountHistory` or `OpportunityFieldHistory`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct FieldHistory {
    pub(in super::super) id: Option<Id>,
    pub(in super::super) field: Arc<str>,
    /// Of any type.
    #[serde(default)]
    pub(in super::super) old_value: Value,
    /// Of any type.
    #[serde(default)]
    pub(in super::super) new_value: Value,
    pub(in super::super) created_by_id: Option<Id>,
    pub(in super::super) created_date: Stamp,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct Account {
    pub(in super::super) id: Id,
    pub(in super::super) is_deleted: bool,
    pub(in super::super) master_record_id: Option<Id>,
    pub(in super::super) created_date: Stamp,
    pub(in super::super) system_modstamp: Stamp,
    pub(in super::super) last_modified_date: Option<Stamp>,
    pub(in super::super) last_modified_by_id: Option<Id>,
    pub(in super::super) website: Option<Arc<str>>,
    pub(in super::super) name: Option<Arc<str>>,
    pub(in super::super) industry: Option<Arc<str>>,
    pub(in super::super) number_of_employees: Option<Decimal>,
    pub(in super::super) annual_revenue: Option<Decimal>,
    pub(in super::super) currency_iso_code: Option<Arc<str>>,
    pub(in super::super) billing_country: Option<Arc<str>>,
    pub(in super::super) billing_state: Option<Arc<str>>,
    pub(in super::super) owner_id: Option<Id>,
    pub(in super::super) histories: Option<Children<FieldHistory>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct Opportunity {
    pub(in super::super) id: Id,
    pub(in super::super) is_deleted: bool,
    pub(in super::super) created_date: Stamp,
    pub(in super::super) system_modstamp: Stamp,
    pub(in super::super) name: Option<Arc<str>>,
    pub(in super::super) account_id: Option<Id>,
    pub(in super::super) owner_id: Option<Id>,
    pub(in super::super) stage_name: Option<Arc<str>>,
    pub(in super::super) is_closed: Option<bool>,
    pub(in super::super) is_won: Option<bool>,
    pub(in super::super) amount: Option<Decimal>,
    pub(in super::super) currency_iso_code: Option<Arc<str>>,
    /// In percent.
    pub(in super::super) probability: Option<Decimal>,
    pub(in super::super) close_date: Option<NaiveDate>,
    pub(in super::super) lead_source: Option<Arc<str>>,
    pub(in super::super) opportunity_contact_roles: Option<Children<OpportunityContactRole>>,
    pub(in super::super) opportunity_histories: Option<Children<OpportunityHistory>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct OpportunityContactRole {
    pub(in super::super) contact_id: Id,
    pub(in super::super) role: Option<Arc<str>>,
    #[serde(default)]
    pub(in super::super) is_primary: bool,
}

/// A snapshot, written whenever amount, probability, stage or close date change, and once at the beginning.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct OpportunityHistory {
    pub(in super::super) id: Option<Id>,
    pub(in super::super) stage_name: Arc<str>,
    pub(in super::super) amount: Option<Decimal>,
    pub(in super::super) probability: Option<Decimal>,
    pub(in super::super) created_by_id: Option<Id>,
    pub(in super::super) created_date: Stamp,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct OpportunityStage {
    pub(in super::super) master_label: Arc<str>,
    pub(in super::super) api_name: Option<Arc<str>>,
    pub(in super::super) sort_order: Option<Decimal>,
    pub(in super::super) is_closed: bool,
    pub(in super::super) is_won: bool,
    pub(in super::super) forecast_category_name: Option<Arc<str>>,
    /// In percent.
    pub(in super::super) default_probability: Option<Decimal>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct Campaign {
    pub(in super::super) id: Id,
    pub(in super::super) is_deleted: bool,
    pub(in super::super) created_date: Stamp,
    pub(in super::super) system_modstamp: Stamp,
    pub(in super::super) name: Option<Arc<str>>,
    pub(in super::super) r#type: Option<Arc<str>>,
    pub(in super::super) status: Option<Arc<str>>,
    pub(in super::super) start_date: Option<NaiveDate>,
    pub(in super::super) end_date: Option<NaiveDate>,
    pub(in super::super) budgeted_cost: Option<Decimal>,
    pub(in super::super) actual_cost: Option<Decimal>,
    pub(in super::super) currency_iso_code: Option<Arc<str>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct CampaignMember {
    pub(in super::super) id: Id,
    pub(in super::super) campaign_id: Id,
    pub(in super::super) lead_id: Option<Id>,
    pub(in super::super) contact_id: Option<Id>,
    pub(in super::super) status: Option<Arc<str>>,
    #[serde(default)]
    pub(in super::super) has_responded: bool,
    pub(in super::super) first_responded_date: Option<NaiveDate>,
    pub(in super::super) created_date: Stamp,
    pub(in super::super) created_by_id: Option<Id>,
    pub(in super::super) campaign: Option<CampaignOfMember>,
}

/// The part of a campaign a member's history needs.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct CampaignOfMember {
    pub(in super::super) r#type: Option<Arc<str>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct Task {
    pub(in super::super) id: Id,
    pub(in super::super) who_id: Option<Id>,
    pub(in super::super) what_id: Option<Id>,
    pub(in super::super) account_id: Option<Id>,
    pub(in super::super) owner_id: Option<Id>,
    pub(in super::super) created_by_id: Option<Id>,
    pub(in super::super) created_date: Stamp,
    pub(in super::super) subject: Option<Arc<str>>,
    pub(in super::super) description: Option<Arc<str>>,
    pub(in super::super) status: Option<Arc<str>>,
    #[serde(default)]
    pub(in super::super) is_closed: bool,
    pub(in super::super) activity_date: Option<NaiveDate>,
    pub(in super::super) completed_date_time: Option<Stamp>,
    pub(in super::super) task_subtype: Option<Arc<str>>,
    pub(in super::super) call_type: Option<Arc<str>>,
    pub(in super::super) call_duration_in_seconds: Option<i64>,
    pub(in super::super) call_disposition: Option<Arc<str>>,
}

/// A meeting.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct Event {
    pub(in super::super) id: Id,
    pub(in super::super) who_id: Option<Id>,
    pub(in super::super) what_id: Option<Id>,
    pub(in super::super) account_id: Option<Id>,
    pub(in super::super) owner_id: Option<Id>,
    pub(in super::super) created_by_id: Option<Id>,
    pub(in super::super) created_date: Stamp,
    pub(in super::super) subject: Option<Arc<str>>,
    pub(in super::super) description: Option<Arc<str>>,
    #[serde(default)]
    pub(in super::super) is_all_day_event: bool,
    pub(in super::super) activity_date: Option<NaiveDate>,
    pub(in super::super) start_date_time: Option<Stamp>,
    pub(in super::super) duration_in_minutes: Option<i64>,
    pub(in super::super) event_subtype: Option<Arc<str>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct User {
    pub(in super::super) id: Id,
    pub(in super::super) created_date: Stamp,
    pub(in super::super) system_modstamp: Stamp,
    pub(in super::super) name: Option<Arc<str>>,
    pub(in super::super) email: Option<Arc<str>>,
    pub(in super::super) is_active: Option<bool>,
}

/// A row of `LeadStatus`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct LeadStatus {
    pub(in super::super) master_label: String,
    pub(in super::super) api_name: Option<String>,
}
