//! `[[spend]]` and `spend_file`: what marketing and sales cost. This alone is what the company spent: the costs that
//! vendors keep with campaigns are shown with them and added to nothing.

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::super::gateway::Money;
use super::super::section::Section;
use super::columns::{Columns, Row};
use super::{amount, currency, days, is_currency, required};
use crate::domain::id::SourceName;
use crate::domain::lead_source::Channel;
use crate::metrics::books::SpendEntry;
use crate::metrics::period::Period;
use crate::metrics::question::SpendKind;

const SIDES: [SpendKind; 2] = [SpendKind::Marketing, SpendKind::Sales];
const KNOWN: [&str; 7] = ["from", "to", "side", "channel", "campaign", "amount", "currency"];
const REQUIRED: [&str; 4] = ["from", "to", "side", "amount"];

fn side_name(side: SpendKind) -> &'static str {
    match side {
        SpendKind::Marketing => "marketing",
        SpendKind::Sales => "sales",
    }
}

pub(super) fn read(root: &Section<'_>, money: &Money, sources: &[&str]) -> Vec<SpendEntry> {
    let mut entries: Vec<SpendEntry> = root
        .list_of_sections("spend")
        .iter()
        .filter_map(|section| {
            let period = days(section, ["from", "to"]);
            if !section.has("side") {
                section.wrong_at("side", "is missing");
            }
            let kind = section.choice("side", &SIDES, side_name);
            let amount = required(section, "amount", amount);
            let currency = currency(section, "currency", money);
            let channel = section.choice("channel", &Channel::ALL, Channel::name);
            let campaign = section.text("campaign").and_then(|said| {
                let named = named_campaign(said.text, sources);
                if named.is_none() {
                    let message = format!("`{}` is no source:id of a configured source", said.text);
                    section.wrong_at("campaign", message);
                }
                named
            });
            Some(SpendEntry { kind: kind?, days: period?, amount: amount?, currency, channel, campaign })
        })
        .collect();
    if let Some((file, rows)) = Columns::read(root, "spend_file", &KNOWN, &REQUIRED) {
        entries.extend(rows.iter().filter_map(|row| of_row(&file, row, money, sources)));
    }
    entries
}

fn named_campaign(text: &str, sources: &[&str]) -> Option<(SourceName, Arc<str>)> {
    let (source, id) =
        text.split_once(':').filter(|(source, id)| sources.contains(source) && !id.is_empty())?;
    Some((SourceName::new(source), Arc::from(id)))
}

fn of_row(file: &Columns<'_>, row: &Row, money: &Money, sources: &[&str]) -> Option<SpendEntry> {
    let day = |column| {
        let text = row.cell(column)?;
        let day: Option<NaiveDate> = text.parse().ok();
        if day.is_none() {
            file.wrong(row.line, &format!("{column} must be a day such as 2025-01-01"));
        }
        day
    };
    let days = day("from").zip(day("to")).map(|(start, end)| Period { start, end });
    if days.is_some_and(|days| days.end < days.start) {
        file.wrong(row.line, "to lies before from");
        return None;
    }
    let kind = row.cell("side").and_then(|text| {
        let kind = SIDES.into_iter().find(|side| side_name(*side) == text);
        if kind.is_none() {
            file.wrong(row.line, "side must be marketing or sales");
        }
        kind
    });
    let amount = row.cell("amount").and_then(|text| {
        let amount = Decimal::from_str_exact(text).ok().filter(|amount| *amount >= Decimal::ZERO);
        if amount.is_none() {
            file.wrong(row.line, "amount must be a number such as 27000.50, not negative");
        }
        amount
    });
    let channel = row.cell("channel").and_then(|text| {
        let channel = Channel::ALL.into_iter().find(|channel| channel.name() == text);
        if channel.is_none() {
            file.wrong(row.line, &format!("`{text}` is no channel"));
        }
        channel
    });
    let campaign = row.cell("campaign").and_then(|text| {
        let named = named_campaign(text, sources);
        if named.is_none() {
            file.wrong(row.line, &format!("`{text}` is no source:id of a configured source"));
        }
        named
    });
    let currency = row.cell("currency").unwrap_or(&money.home);
    if !is_currency(currency) {
        file.wrong(row.line, &format!("`{currency}` is no currency code such as EUR"));
    }
    Some(SpendEntry {
        kind: kind?,
        days: days?,
        amount: amount?,
        currency: Arc::from(currency),
        channel,
        campaign,
    })
}
