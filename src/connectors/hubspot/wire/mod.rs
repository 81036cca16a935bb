//! HubSpot's JSON as its documentation shows it. Members we do not read are not named; unknown ones are ignored.
//! Here: records, batches, searches, lists and associations.

pub(super) mod account;
pub(super) mod marketing;
pub(super) mod refusal;
pub(super) mod webhook;

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
    /// How many records the search finds, on all pages.
    #[serde(default)]
    pub(super) total: Option<u64>,
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
