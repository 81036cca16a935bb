//! Fields of the company's own.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};

use crate::domain::custom::{CustomFieldInfo, CustomFieldType as DomainType, CustomValue};
use crate::domain::view::View;
use crate::unify::shown::see_custom;

use super::super::scalars::{Date, Decimal};

/// What kind of value a field of the company's own holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum CustomFieldType {
    /// Free text or one choice of a list; read `text`.
    Text,
    /// An exact number; read `number`.
    Number,
    /// Yes or no; read `boolean`.
    Boolean,
    /// A calendar day; read `date`.
    Date,
    /// An instant; read `instant`.
    Instant,
    /// Several choices of a list; read `values`.
    Values,
}

/// A field of the company's own, mapped in the settings. A key the view hides behaves as unknown.
#[derive(Clone, Debug, SimpleObject)]
pub struct CustomField {
    /// The key in the settings.
    key: String,
    /// What people call it.
    label: String,
    /// Which of the following members holds the value.
    #[graphql(name = "type")]
    kind: CustomFieldType,
    /// Free text or one choice of a list.
    text: Option<String>,
    /// An exact number.
    number: Option<Decimal>,
    /// Yes or no.
    boolean: Option<bool>,
    /// A calendar day.
    date: Option<Date>,
    /// An instant.
    instant: Option<DateTime<Utc>>,
    /// Several choices of a list.
    values: Option<Vec<String>>,
}

/// The fields with these keys, all where none are named, in the order of the settings.
pub fn custom_fields(
    view: &View,
    infos: &[CustomFieldInfo],
    keys: Option<&[String]>,
    held: &BTreeMap<Arc<str>, CustomValue>,
) -> Vec<CustomField> {
    let wanted = infos
        .iter()
        .filter(|info| view.knows(info) && keys.is_none_or(|keys| keys.iter().any(|key| **key == *info.key)));
    wanted
        .map(|info| field(info, held.get(&info.key).and_then(|value| see_custom(view, info, value))))
        .collect()
}

fn field(info: &CustomFieldInfo, value: Option<CustomValue>) -> CustomField {
    let kind = match info.kind {
        DomainType::Text => CustomFieldType::Text,
        DomainType::Number => CustomFieldType::Number,
        DomainType::Boolean => CustomFieldType::Boolean,
        DomainType::Date => CustomFieldType::Date,
        DomainType::Instant => CustomFieldType::Instant,
        DomainType::Values => CustomFieldType::Values,
    };
    let mut field = CustomField {
        key: info.key.to_string(),
        label: info.label.to_string(),
        kind,
        text: None,
        number: None,
        boolean: None,
        date: None,
        instant: None,
        values: None,
    };
    match value {
        None => {}
        Some(CustomValue::Text(text)) => field.text = Some(text.to_string()),
        Some(CustomValue::Number(number)) => field.number = Some(Decimal(number)),
        Some(CustomValue::Boolean(boolean)) => field.boolean = Some(boolean),
        Some(CustomValue::Date(day)) => field.date = Some(Date(day)),
        Some(CustomValue::Instant(instant)) => field.instant = Some(instant),
        Some(CustomValue::Values(values)) => {
            field.values = Some(values.iter().map(ToString::to_string).collect());
        }
    }
    field
}
