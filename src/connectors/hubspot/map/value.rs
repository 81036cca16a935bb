//! Values out of texts: every property of this vendor is a text, whatever it means.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::connectors::hubspot::config::HubspotField;
use crate::domain::custom::{CustomFieldType, CustomValue};

/// An exact number.
pub(in crate::connectors::hubspot) fn number(text: &str) -> Option<Decimal> {
    text.parse::<Decimal>().or_else(|_| Decimal::from_scientific(text)).ok()
}

/// A whole number; a fraction is cut off.
pub(in crate::connectors::hubspot) fn whole(text: &str) -> Option<i64> {
    i64::try_from(number(text)?.trunc()).ok()
}

/// Yes or no.
pub(in crate::connectors::hubspot) fn flag(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// An instant: RFC 3339, or the milliseconds since 1970 that older properties have.
pub(in crate::connectors::hubspot) fn instant(text: &str) -> Option<DateTime<Utc>> {
    match DateTime::parse_from_rfc3339(text) {
        Ok(at) => Some(at.with_timezone(&Utc)),
        Err(_) => DateTime::from_timestamp_millis(text.parse().ok()?),
    }
}

/// A day: `2026-03-31`, or midnight UTC of it.
pub(in crate::connectors::hubspot) fn day(text: &str) -> Option<NaiveDate> {
    text.parse().ok().or_else(|| Some(instant(text)?.date_naive()))
}

/// The choices of a list.
pub(in crate::connectors::hubspot) fn choices(text: &str) -> impl Iterator<Item = &str> {
    text.split(';').map(str::trim).filter(|choice| !choice.is_empty())
}

/// `id:milliseconds` as merges are kept, `id::milliseconds` as form submissions are. Entries of another form are left out.
pub(in crate::connectors::hubspot) fn stamped(text: &str) -> impl Iterator<Item = (&str, DateTime<Utc>)> {
    choices(text).filter_map(|entry| {
        let (id, milliseconds) = entry.rsplit_once(':')?;
        Some((id.trim_end_matches(':'), DateTime::from_timestamp_millis(milliseconds.parse().ok()?)?))
    })
}

/// A custom field's value; none where the text is not of the declared type.
pub(in crate::connectors::hubspot) fn custom(text: &str, mapped: &HubspotField) -> Option<CustomValue> {
    Some(match mapped.kind {
        CustomFieldType::Text => CustomValue::Text(Arc::from(text)),
        CustomFieldType::Number => CustomValue::Number(number(text)?),
        CustomFieldType::Boolean => CustomValue::Boolean(flag(text)?),
        CustomFieldType::Date => CustomValue::Date(day(text)?),
        CustomFieldType::Instant => CustomValue::Instant(instant(text)?),
        CustomFieldType::Values => CustomValue::Values(choices(text).map(Arc::from).collect()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact_however_they_are_written() {
        for (text, value) in [("12000.50", "12000.50"), ("1.0E7", "10000000"), ("0", "0")] {
            assert_eq!(number(text).map(|n| n.to_string()).as_deref(), Some(value));
        }
        assert_eq!(number("many"), None);
        assert_eq!(whole("250.0"), Some(250));
    }

    #[test]
    fn instants_are_read_in_both_forms() {
        let expected = "2023-11-14T22:13:20Z".parse().ok();
        assert_eq!(instant("1700000000000"), expected);
        assert_eq!(instant("2023-11-14T22:13:20.000Z"), expected);
        assert_eq!(day("2023-11-14"), day("1699920000000"));
    }

    #[test]
    fn entries_without_a_time_are_left_out() {
        let ids: Vec<&str> =
            stamped("11:1700000000000;broken;c:x;f-1::1700000000000").map(|(id, _)| id).collect();
        assert_eq!(ids, ["11", "f-1"]);
    }
}
