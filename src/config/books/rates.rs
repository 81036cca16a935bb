//! `rates_file` of `[money]`: from which day on a unit of a currency is worth how many of the home currency.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::super::gateway::Money;
use super::super::section::Section;
use super::columns::Columns;
use super::is_currency;
use crate::metrics::money::Rates;

/// `source` says who tells the rate; it is for people.
const KNOWN: [&str; 4] = ["day", "currency", "rate", "source"];

pub(super) fn read(root: &Section<'_>, money: &Money) -> Rates {
    let mut rates = Rates::new(&*money.home);
    let Some(section) = root.section("money") else { return rates };
    for key in ["home", "rates_file"] {
        section.value(key);
    }
    let Some((file, rows)) = Columns::read(&section, "rates_file", &KNOWN, &KNOWN[..3]) else {
        return rates;
    };
    for row in rows {
        let (Some(day), Some(currency), Some(rate)) =
            (row.cell("day"), row.cell("currency"), row.cell("rate"))
        else {
            continue;
        };
        let day: Option<NaiveDate> = day.parse().ok();
        if day.is_none() {
            file.wrong(row.line, "day must be a day such as 2025-01-01");
        }
        if !is_currency(currency) {
            file.wrong(row.line, &format!("`{currency}` is no currency code such as EUR"));
        } else if *currency == *money.home {
            file.wrong(row.line, &format!("{currency} is the home currency, which is worth itself"));
        }
        let Ok(rate) = Decimal::from_str_exact(rate) else {
            file.wrong(row.line, &format!("`{rate}` is no rate such as 1.0500"));
            continue;
        };
        if day.is_some_and(|day| !rates.add(currency, day, rate)) {
            file.wrong(row.line, "a rate must be greater than 0");
        }
    }
    rates
}
