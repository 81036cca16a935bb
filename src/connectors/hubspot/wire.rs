//! HubSpot's JSON as its documentation shows it. Members we do not read are not named; unknown ones are ignored.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, de};

/// Property values by name. Every value is a text; an unset one is null.
pub(super) type Properties = HashMap<String, Option<String>>;

/// A record of any CRM object.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ObjectRecord {
    #[serde(deserialize_with = "text_or_number")]
    pub(super) id: String,
    #[serde(default)]
    pub(super) properties: Properties,
    #[serde(default)]
    pub(super) properties_with_history: Option<HashMap<String, Vec<Version>>>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    #[serde(default)]
    pub(super) archived: bool,
    #[serde(default)]
    pub(super) archived_at: Option<DateTime<Utc>>,
    #[serde(default)]
    pub(super) url: Option<String>,
}

impl ObjectRecord {
    /// The value of a property; none where it is unset, empty or was not asked for.
    pub(super) fn value(&self, property: &str) -> Option<&str> {
        self.properties.get(property)?.as_deref().map(str::trim).filter(|value| !value.is_empty())
    }

    /// A property's versions, newest first.
    pub(super) fn versions(&self, property: &str) -> &[Version] {
        self.properties_with_history
            .as_ref()
            .and_then(|history| history.get(property))
            .map_or(&[], Vec::as_slice)
    }
}

/// A value of a property, from its timestamp on.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Version {
    #[serde(default)]
    pub(super) value: Option<String>,
    pub(super) timestamp: DateTime<Utc>,
    #[serde(default)]
    pub(super) source_type: Option<String>,
    #[serde(default)]
    pub(super) source_id: Option<String>,
    #[serde(default, deserialize_with = "optional_text_or_number")]
    pub(super) updated_by_user_id: Option<String>,
}

impl Version {
    /// The value; none where it was cleared.
    pub(super) fn text(&self) -> Option<&str> {
        self.value.as_deref().map(str::trim).filter(|value| !value.is_empty())
    }

    /// The user (not the owner) who set it.
    pub(super) fn user(&self) -> Option<&str> {
        let named = self.source_id.as_deref().and_then(|source| source.strip_prefix("userId:"));
        self.updated_by_user_id.as_deref().or(named).filter(|user| !user.is_empty())
    }
}

/// What a batch read answers, whole or in part.
#[derive(Debug, Deserialize)]
pub(super) struct BatchAnswer<T> {
    #[serde(default = "Vec::new")]
    pub(super) results: Vec<T>,
    #[serde(default)]
    pub(super) errors: Vec<BatchError>,
}

/// What a batch read could not answer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BatchError {
    #[serde(default)]
    pub(super) category: Option<String>,
    #[serde(default)]
    pub(super) sub_category: Option<String>,
}

/// A page of a listing.
#[derive(Debug, Deserialize)]
pub(super) struct ListAnswer<T> {
    #[serde(default = "Vec::new")]
    pub(super) results: Vec<T>,
    #[serde(default)]
    pub(super) paging: Option<Paging>,
}

/// A page of a search.
#[derive(Debug, Deserialize)]
pub(super) struct SearchAnswer {
    pub(super) results: Vec<ObjectRecord>,
    #[serde(default)]
    pub(super) paging: Option<Paging>,
}

/// Where the next page starts.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Paging {
    #[serde(default)]
    pub(super) next: Option<NextPage>,
}

/// Where the next page starts.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct NextPage {
    #[serde(deserialize_with = "text_or_number")]
    pub(super) after: String,
}

/// The locator of the next page, if there is one.
pub(super) fn next_of(paging: Option<&Paging>) -> Option<String> {
    paging?.next.as_ref().map(|next| next.after.clone())
}

/// The records associated with one record.
#[derive(Debug, Deserialize)]
pub(super) struct AssociationsOf {
    pub(super) from: Reference,
    #[serde(default)]
    pub(super) to: Vec<Association>,
    #[serde(default)]
    pub(super) paging: Option<Paging>,
}

/// A record by its id.
#[derive(Debug, Deserialize)]
pub(super) struct Reference {
    #[serde(deserialize_with = "text_or_number")]
    pub(super) id: String,
}

/// One associated record. Its id is a number here and a text everywhere else.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Association {
    #[serde(deserialize_with = "text_or_number")]
    pub(super) to_object_id: String,
    #[serde(default)]
    pub(super) association_types: Vec<AssociationType>,
}

/// What kind of association it is; a primary one lists two kinds.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AssociationType {
    #[serde(default)]
    pub(super) category: Option<String>,
    pub(super) type_id: u32,
    #[serde(default)]
    pub(super) label: Option<String>,
}

impl AssociationType {
    /// True for the vendor's own types. A company's own have numbers of their own that may be the same.
    pub(super) fn is_the_vendors(&self) -> bool {
        self.category.as_deref().is_none_or(|category| category == "HUBSPOT_DEFINED")
    }
}

/// The account behind the token.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AccountDetails {
    #[serde(deserialize_with = "text_or_number")]
    pub(super) portal_id: String,
    #[serde(default)]
    pub(super) time_zone: Option<String>,
    #[serde(default)]
    pub(super) company_currency: Option<String>,
    #[serde(default)]
    pub(super) ui_domain: Option<String>,
}

/// The definition of a property.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct PropertyDefinition {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) options: Vec<PropertyOption>,
}

/// A choice of an enumeration.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct PropertyOption {
    pub(super) value: String,
}

/// A pipeline with its stages.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PipelineDefinition {
    #[serde(deserialize_with = "text_or_number")]
    pub(super) id: String,
    pub(super) label: String,
    #[serde(default)]
    pub(super) display_order: i64,
    #[serde(default)]
    pub(super) stages: Vec<StageDefinition>,
}

/// A stage; whether it closes a deal is in its metadata, as texts.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StageDefinition {
    #[serde(deserialize_with = "text_or_number")]
    pub(super) id: String,
    pub(super) label: String,
    #[serde(default)]
    pub(super) display_order: i64,
    #[serde(default)]
    pub(super) metadata: HashMap<String, serde_json::Value>,
}

/// Someone who may own records. The owner id is not the user id.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Owner {
    #[serde(deserialize_with = "text_or_number")]
    pub(super) id: String,
    #[serde(default)]
    pub(super) email: Option<String>,
    #[serde(default, rename = "type")]
    pub(super) kind: Option<String>,
    #[serde(default)]
    pub(super) first_name: Option<String>,
    #[serde(default)]
    pub(super) last_name: Option<String>,
    #[serde(default, deserialize_with = "optional_text_or_number")]
    pub(super) user_id: Option<String>,
    #[serde(default, deserialize_with = "optional_text_or_number")]
    pub(super) user_id_including_inactive: Option<String>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    #[serde(default)]
    pub(super) archived: bool,
    #[serde(default)]
    pub(super) teams: Vec<OwnerTeam>,
}

/// A team of the vendor's own.
#[derive(Debug, Deserialize)]
pub(super) struct OwnerTeam {
    pub(super) name: String,
}

/// A form; only its name is wanted.
#[derive(Debug, Deserialize)]
pub(super) struct Form {
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: Option<String>,
}

/// A marketing e-mail and the ids its events name it by.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MarketingEmail {
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default, deserialize_with = "optional_text_or_number")]
    pub(super) primary_email_campaign_id: Option<String>,
    #[serde(default)]
    pub(super) all_email_campaign_ids: Vec<serde_json::Value>,
}

impl MarketingEmail {
    /// Every id an event may name it by.
    pub(super) fn event_ids(&self) -> impl Iterator<Item = String> {
        let all = self.all_email_campaign_ids.iter().filter_map(|id| match id {
            serde_json::Value::String(text) => Some(text.clone()),
            serde_json::Value::Number(number) => Some(number.to_string()),
            _ => None,
        });
        self.primary_email_campaign_id.clone().into_iter().chain(all)
    }
}

/// A page of e-mail events.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EmailEvents {
    #[serde(default)]
    pub(super) events: Vec<EmailEvent>,
    #[serde(default)]
    pub(super) has_more: bool,
    #[serde(default)]
    pub(super) offset: Option<String>,
}

/// What happened to one marketing e-mail at one recipient. Only id and creation together identify it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EmailEvent {
    pub(super) id: String,
    pub(super) created: i64,
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default, deserialize_with = "optional_text_or_number")]
    pub(super) email_campaign_id: Option<String>,
    #[serde(default)]
    pub(super) filtered_event: bool,
    #[serde(default)]
    pub(super) url: Option<String>,
    #[serde(default)]
    pub(super) portal_subscription_status: Option<String>,
    #[serde(default)]
    pub(super) subscriptions: Vec<SubscriptionChange>,
}

impl EmailEvent {
    /// Whether the recipient left a subscription, or all of them.
    pub(super) fn unsubscribes(&self) -> bool {
        let each = self.subscriptions.iter().map(|change| change.status.as_deref());
        each.chain([self.portal_subscription_status.as_deref()]).any(|status| status == Some("UNSUBSCRIBED"))
    }
}

/// A change of one subscription.
#[derive(Debug, Deserialize)]
pub(super) struct SubscriptionChange {
    #[serde(default)]
    pub(super) status: Option<String>,
}

/// A marketing campaign. Properties that were not asked for or are empty are left out.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Campaign {
    pub(super) id: String,
    #[serde(default)]
    pub(super) properties: Properties,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

/// A campaign's money.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BudgetTotals {
    #[serde(default)]
    pub(super) currency_code: Option<String>,
    #[serde(default, deserialize_with = "optional_decimal")]
    pub(super) budget_total: Option<Decimal>,
    #[serde(default, deserialize_with = "optional_decimal")]
    pub(super) spend_total: Option<Decimal>,
    #[serde(default)]
    pub(super) spend_items: Vec<SpendItem>,
}

/// One item of what was spent.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SpendItem {
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default, deserialize_with = "optional_decimal")]
    pub(super) amount: Option<Decimal>,
    #[serde(default)]
    pub(super) description: Option<String>,
    pub(super) created_at: i64,
}

/// An error body. Any member may be absent.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ErrorBody {
    pub(super) message: Option<String>,
    pub(super) category: Option<String>,
    pub(super) error_type: Option<String>,
    pub(super) policy_name: Option<String>,
    pub(super) correlation_id: Option<String>,
    pub(super) errors: Vec<ErrorDetail>,
    /// The mixed bodies of the token endpoint have these two.
    pub(super) error: Option<String>,
    pub(super) status: Option<String>,
}

/// One of the reasons of an error.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ErrorDetail {
    pub(super) code: Option<String>,
}

/// What the token endpoint answers.
#[derive(Deserialize)]
pub(super) struct TokenAnswer {
    pub(super) access_token: String,
    pub(super) expires_in: u64,
    #[serde(default)]
    pub(super) refresh_token: Option<String>,
}

fn text_or_number<'de, D: Deserializer<'de>>(json: D) -> Result<String, D::Error> {
    optional_text_or_number(json)?.ok_or_else(|| de::Error::custom("an id is null"))
}

fn optional_text_or_number<'de, D: Deserializer<'de>>(json: D) -> Result<Option<String>, D::Error> {
    match serde_json::Value::deserialize(json)? {
        serde_json::Value::Null => Ok(None),
        serde_json::Value::String(text) => Ok(Some(text)),
        serde_json::Value::Number(number) => Ok(Some(number.to_string())),
        _ => Err(de::Error::custom("an id is neither text nor number")),
    }
}

/// Amounts come as JSON numbers here; their digits are read as written, not through a float.
fn optional_decimal<'de, D: Deserializer<'de>>(json: D) -> Result<Option<Decimal>, D::Error> {
    let digits = match serde_json::Value::deserialize(json)? {
        serde_json::Value::Null => return Ok(None),
        serde_json::Value::String(text) => text,
        serde_json::Value::Number(number) => number.to_string(),
        _ => return Err(de::Error::custom("an amount is neither text nor number")),
    };
    let amount = digits.parse::<Decimal>().or_else(|_| Decimal::from_scientific(&digits));
    amount.map(Some).map_err(|_| de::Error::custom("an amount is no number"))
}
