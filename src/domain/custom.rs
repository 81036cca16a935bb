//! Fields of the company's own, mapped in the settings.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// What kind of value a custom field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CustomFieldType {
    /// Free text or one choice of a list.
    Text,
    /// An exact number.
    Number,
    /// Yes or no.
    Boolean,
    /// A calendar day.
    Date,
    /// A UTC instant.
    Instant,
    /// Several choices of a list.
    Values,
}

/// The value of a custom field on one record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CustomValue {
    /// Free text or one choice of a list.
    Text(Arc<str>),
    /// An exact number.
    Number(Decimal),
    /// Yes or no.
    Boolean(bool),
    /// A calendar day.
    Date(NaiveDate),
    /// A UTC instant.
    Instant(DateTime<Utc>),
    /// Several choices of a list.
    Values(Vec<Arc<str>>),
}

/// A custom field as the settings declare it.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomFieldInfo {
    /// The key clients use.
    pub key: Arc<str>,
    /// What people call it.
    pub label: Arc<str>,
    /// What kind of value it holds.
    pub kind: CustomFieldType,
    /// It may tell who a person is, so that a view with less than full sight of people sees null.
    pub is_personal: bool,
    /// Keys of the views in which the field behaves as unknown.
    pub hidden_from: BTreeSet<Arc<str>>,
}
