//! `[money]`, `[[spend]]`, `[[targets]]`, `[[attribution]]`: what the company knows beside its records.
//!
//! Short lists stand in the settings, long ones in CSV files beside them; a mistake in a file is told with the file's own
//! line. What is read is a [`Books`] of names, because nobody knows yet which of them were captured.

mod agreements;
mod columns;
mod rates;
mod spend;
mod targets;

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use toml::de::DeValue;

use super::gateway::{Calendar, Money};
use super::section::Section;
use crate::metrics::books::Books;
use crate::metrics::period::{Period, midnight};

pub(super) fn read(root: &Section<'_>, calendar: Calendar, money: &Money, sources: &[&str]) -> Books {
    Books {
        rates: rates::read(root, money),
        spend: spend::read(root, money, sources),
        targets: targets::read(root),
        agreements: agreements::read(root, calendar.zone),
    }
}

/// What a value says as text, whichever way it is written: `2025-01-01`, `"2025-01-01"`, `27000`, `"27000.50"`.
fn written(section: &Section<'_>, key: &str) -> Option<String> {
    match section.value(key)?.get_ref() {
        DeValue::Datetime(datetime) => Some(datetime.to_string()),
        DeValue::Integer(integer) if integer.radix() == 10 => Some(integer.as_str().replace('_', "")),
        DeValue::Float(float) => Some(float.as_str().replace('_', "")),
        DeValue::String(text) => Some(text.trim().to_owned()),
        _ => Some(String::new()),
    }
}

/// A key that must be there.
fn required<T>(
    section: &Section<'_>,
    key: &str,
    read: impl Fn(&Section<'_>, &str) -> Option<T>,
) -> Option<T> {
    if !section.has(key) {
        section.wrong_at(key, "is missing");
    }
    read(section, key)
}

fn day(section: &Section<'_>, key: &str) -> Option<NaiveDate> {
    let text = written(section, key)?;
    let day = text.parse().ok();
    if day.is_none() {
        section.wrong_at(key, "must be a day such as 2025-01-01");
    }
    day
}

/// An instant, or the midnight with which a day begins in the settings' zone.
fn instant(section: &Section<'_>, key: &str, zone: Tz) -> Option<DateTime<Utc>> {
    let text = written(section, key)?;
    let instant = text.parse().ok().or_else(|| text.parse().ok().map(|day: NaiveDate| midnight(day, zone)));
    if instant.is_none() {
        section.wrong_at(key, "must be a day such as 2025-01-01, or an instant such as 2025-01-01T09:00:00Z");
    }
    instant
}

fn decimal(section: &Section<'_>, key: &str) -> Option<Decimal> {
    let text = written(section, key)?;
    let decimal = Decimal::from_str_exact(&text).ok();
    if decimal.is_none() {
        section.wrong_at(key, "must be a number such as 27000 or 27000.50");
    }
    decimal
}

/// An amount of money that is not negative.
fn amount(section: &Section<'_>, key: &str) -> Option<Decimal> {
    let amount = decimal(section, key)?;
    if amount.is_sign_negative() && !amount.is_zero() {
        section.wrong_at(key, "must not be negative");
        return None;
    }
    Some(amount)
}

/// Two days in order.
fn days(section: &Section<'_>, [first, last]: [&str; 2]) -> Option<Period> {
    let start = required(section, first, day);
    let end = required(section, last, day);
    let period = Period { start: start?, end: end? };
    if period.end < period.start {
        section.wrong_at(last, format!("lies before {first}"));
        return None;
    }
    Some(period)
}

/// An ISO 4217 code by its form.
fn is_currency(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// A currency; the home currency where none is named.
fn currency(section: &Section<'_>, key: &str, money: &Money) -> Arc<str> {
    let Some(said) = section.text(key) else { return money.home.clone() };
    if !is_currency(said.text) {
        section.wrong_at(key, format!("`{}` is no currency code such as \"EUR\"", said.text));
    }
    Arc::from(said.text)
}
