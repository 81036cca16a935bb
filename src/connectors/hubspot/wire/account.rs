//! The account itself: what it is, who works in it, which properties and pipelines it has, and the token that opens it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{optional_text_or_number, text_or_number};

/// The account behind the token.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::connectors::hubspot) struct AccountDetails {
    #[serde(deserialize_with = "text_or_number")]
    pub(in crate::connectors::hubspot) portal_id: String,
    #[serde(default)]
    pub(in crate::connectors::hubspot) time_zone: Option<String>,
    #[serde(default)]
    pub(in crate::connectors::hubspot) company_currency: Option<String>,
    #[serde(default)]
    pub(in crate::connectors::hubspot) ui_domain: Option<String>,
}

/// The definition of a property.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::connectors::hubspot) struct PropertyDefinition {
    pub(in crate::connectors::hubspot) name: String,
    #[serde(rename = "type")]
    pub(in crate::connectors::hubspot) kind: String,
    #[serde(default)]
    pub(in crate::connectors::hubspot) options: Vec<PropertyOption>,
}

/// A choice of an enumeration.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::connectors::hubspot) struct PropertyOption {
    pub(in crate::connectors::hubspot) value: String,
}

/// A pipeline with its stages.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::connectors::hubspot) struct PipelineDefinition {
    #[serde(deserialize_with = "text_or_number")]
    pub(in crate::connectors::hubspot) id: String,
    pub(in crate::connectors::hubspot) label: String,
    #[serde(default)]
    pub(in crate::connectors::hubspot) display_order: i64,
    #[serde(default)]
    pub(in crate::connectors::hubspot) stages: Vec<StageDefinition>,
}

/// A stage; whether it closes a deal is in its metadata, as texts.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::connectors::hubspot) struct StageDefinition {
    #[serde(deserialize_with = "text_or_number")]
    pub(in crate::connectors::hubspot) id: String,
    pub(in crate::connectors::hubspot) label: String,
    #[serde(default)]
    pub(in crate::connectors::hubspot) display_order: i64,
    #[serde(default)]
    pub(in crate::connectors::hubspot) metadata: HashMap<String, serde_json::Value>,
}

/// Someone who may own records. The owner id is not the user id.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::connectors::hubspot) struct Owner {
    #[serde(deserialize_with = "text_or_number")]
    pub(in crate::connectors::hubspot) id: String,
    #[serde(default)]
    pub(in crate::connectors::hubspot) email: Option<String>,
    #[serde(default, rename = "type")]
    pub(in crate::connectors::hubspot) kind: Option<String>,
    #[serde(default)]
    pub(in crate::connectors::hubspot) first_name: Option<String>,
    #[serde(default)]
    pub(in crate::connectors::hubspot) last_name: Option<String>,
    #[serde(default, deserialize_with = "optional_text_or_number")]
    pub(in crate::connectors::hubspot) user_id: Option<String>,
    #[serde(default, deserialize_with = "optional_text_or_number")]
    pub(in crate::connectors::hubspot) user_id_including_inactive: Option<String>,
    pub(in crate::connectors::hubspot) created_at: DateTime<Utc>,
    pub(in crate::connectors::hubspot) updated_at: DateTime<Utc>,
    #[serde(default)]
    pub(in crate::connectors::hubspot) archived: bool,
    #[serde(default)]
    pub(in crate::connectors::hubspot) teams: Vec<OwnerTeam>,
}

/// A team of the vendor's own.
#[derive(Debug, Deserialize)]
pub(in crate::connectors::hubspot) struct OwnerTeam {
    pub(in crate::connectors::hubspot) name: String,
}

/// What the token endpoint answers.
#[derive(Deserialize)]
pub(in crate::connectors::hubspot) struct TokenAnswer {
    pub(in crate::connectors::hubspot) access_token: String,
    pub(in crate::connectors::hubspot) expires_in: u64,
    #[serde(default)]
    pub(in crate::connectors::hubspot) refresh_token: Option<String>,
}
