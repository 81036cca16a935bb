//! From the vendor's rows to the words of the domain: pure functions, one file per kind of record.
//!
//! Placeholders such as `[not provided]` stay as they are: what counts as blank is decided where records are merged.

pub(super) mod account;
pub(super) mod campaign;
pub(super) mod event;
pub(super) mod opportunity;
pub(super) mod person;
pub(super) mod user;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value;

use crate::domain::custom::{CustomFieldType, CustomValue};
use crate::domain::id::{RecordKey, SourceName};
use crate::domain::lead_source::LeadSource;
use crate::domain::money::Money;
use crate::domain::record::{Edit, RecordMeta};

use super::config::{SalesforceField, SalesforceOptions};
use super::id::object_of;
use super::wire::{Children, FieldHistory, Id, Stamp};

/// What mapping needs beside the row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mapping<'a> {
    pub(super) source: &'a SourceName,
    pub(super) options: &'a SalesforceOptions,
    /// When the row was read.
    pub(super) read_at: DateTime<Utc>,
}

/// The members every row has.
struct Stamps<'a> {
    id: &'a Id,
    is_deleted: bool,
    master: Option<&'a Id>,
    created: Stamp,
    modified: Stamp,
}

impl Mapping<'_> {
    pub(super) fn key(&self, object: &str, id: &Id) -> RecordKey {
        RecordKey::new(self.source, object, &*id.0)
    }

    fn optional_key(&self, object: &str, id: Option<&Id>) -> Option<RecordKey> {
        id.map(|id| self.key(object, id))
    }

    /// The key of a user or a queue: which of the two, the id tells.
    pub(super) fn user_key(&self, id: &Id) -> RecordKey {
        self.key(object_of(&id.0).unwrap_or("User"), id)
    }

    fn meta(&self, object: &str, stamps: &Stamps<'_>) -> RecordMeta {
        RecordMeta {
            key: self.key(object, stamps.id),
            created_at: stamps.created.0,
            updated_at: stamps.modified.0,
            fetched_at: self.read_at,
            // The vendor keeps no instant of deletion; deleting is the last thing that happened to the row.
            deleted_at: stamps.is_deleted.then_some(stamps.modified.0),
            merged_into: self.optional_key(object, stamps.master),
            merged_ids: Vec::new(),
            url: Some(self.url(stamps.id)),
        }
    }

    fn url(&self, id: &Id) -> Arc<str> {
        Arc::from(format!("{}/{}", self.options.login_url.trim_end_matches('/'), id.0))
    }

    fn money(&self, amount: Option<Decimal>, currency: Option<&Arc<str>>) -> Option<Money> {
        let currency = currency.cloned().unwrap_or_else(|| Arc::from(&*self.options.currency));
        Some(Money { amount: amount?, currency })
    }

    /// How a record first came to be, where it says so.
    fn source_of(&self, value: &Arc<str>) -> Option<LeadSource> {
        (!value.trim().is_empty()).then(|| self.options.lead_source(value))
    }

    /// Who set a field last, and when: its newest history row, or the record's stamp where it has none.
    fn edit(
        &self,
        columns: &[&str],
        histories: Option<&Children<FieldHistory>>,
        modified: Option<Stamp>,
        modified_by: Option<&Id>,
    ) -> Option<Edit> {
        if columns.is_empty() {
            return None;
        }
        let rows = histories.map(|histories| histories.records.as_slice()).unwrap_or_default();
        let is_of =
            |row: &&FieldHistory| columns.iter().any(|column| tracked_as(column).contains(&&*row.field));
        let newest = rows.iter().filter(is_of).max_by_key(|row| row.created_date);
        let (at, by) = match newest {
            Some(row) => (row.created_date, row.created_by_id.as_ref()),
            None => (modified?, modified_by),
        };
        Some(Edit {
            at: at.0,
            by: by.map(|by| self.user_key(by)),
            by_integration: by.is_some_and(|by| self.options.is_integration(&by.0)),
        })
    }
}

/// The names the history of a column goes by. References are tracked by the relationship's name, and a change of
/// owner by assignment rules has a name of its own.
pub(super) fn tracked_as(column: &str) -> Vec<&str> {
    match column {
        "OwnerId" => vec!["Owner", "OwnerId", "ownerAssignment", "ownerAccepted"],
        "AccountId" => vec!["Account", "AccountId"],
        _ => vec![column],
    }
}

/// The custom fields asked for that the row has.
fn custom<'k>(
    fields: &BTreeMap<String, SalesforceField>,
    asked: impl Iterator<Item = &'k Arc<str>>,
    row: &Value,
) -> BTreeMap<Arc<str>, CustomValue> {
    let found = asked.filter_map(|key| {
        let field = fields.get(&**key)?;
        Some((key.clone(), custom_value(field.kind, row.get(&*field.field)?)?))
    });
    found.collect()
}

/// A custom field's value as the settings declare it; what does not fit the declaration is left out.
fn custom_value(kind: CustomFieldType, value: &Value) -> Option<CustomValue> {
    let text = value.as_str();
    Some(match kind {
        CustomFieldType::Text => CustomValue::Text(scalar_text(value)?),
        CustomFieldType::Number => CustomValue::Number(decimal(value)?),
        CustomFieldType::Boolean => CustomValue::Boolean(value.as_bool()?),
        CustomFieldType::Date => CustomValue::Date(NaiveDate::parse_from_str(text?, "%Y-%m-%d").ok()?),
        CustomFieldType::Instant => CustomValue::Instant(Stamp::parse(text?)?.0),
        CustomFieldType::Values => CustomValue::Values(text?.split(';').map(Arc::from).collect()),
    })
}

/// A value of any plain type as text; none for null and for compound values.
pub(super) fn scalar_text(value: &Value) -> Option<Arc<str>> {
    match value {
        Value::String(text) => Some(Arc::from(&**text)),
        Value::Number(number) => Some(Arc::from(number.to_string())),
        Value::Bool(flag) => Some(Arc::from(flag.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn decimal(value: &Value) -> Option<Decimal> {
    serde_json::from_value(value.clone()).ok()
}

/// A count; numbers may arrive as `250.0`.
fn count(number: Option<Decimal>) -> Option<i64> {
    number?.trunc().to_i64()
}

/// A share between 0 and 1 of a percentage.
fn share(percent: Option<Decimal>) -> Option<Decimal> {
    Some((percent? / Decimal::ONE_HUNDRED).normalize())
}

#[cfg(test)]
mod tests;
