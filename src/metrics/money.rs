//! Amounts of several currencies as one sum. Source: domain guide §11.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::ratio::Ratio;
use crate::domain::fact::{Amount, Currency, Ix};

/// What a unit of each currency is worth in the home currency, from which day on.
#[derive(Clone, Debug)]
pub struct Rates {
    home: Arc<str>,
    by_currency: BTreeMap<Arc<str>, Vec<(NaiveDate, Ratio)>>,
}

impl Rates {
    /// No rates: only the home currency is known.
    pub fn new(home: impl AsRef<str>) -> Self {
        Self { home: Arc::from(home.as_ref()), by_currency: BTreeMap::new() }
    }

    /// The currency rates lead to.
    pub fn home(&self) -> &Arc<str> {
        &self.home
    }

    /// From this day on, one unit of the currency is worth so many of the home currency. A rate that is not positive
    /// is none and is refused.
    pub fn add(&mut self, currency: &str, from: NaiveDate, worth: Decimal) -> bool {
        if worth <= Decimal::ZERO {
            return false;
        }
        let rates = self.by_currency.entry(Arc::from(currency)).or_default();
        let place = rates.partition_point(|(day, _)| *day <= from);
        rates.insert(place, (from, Ratio::of(worth)));
        true
    }

    /// What a unit is worth in the home currency on a day: the latest rate not after it.
    fn worth(&self, currency: &Arc<str>, day: NaiveDate) -> Option<Ratio> {
        if *currency == self.home {
            return Some(Ratio::ONE);
        }
        let rates = self.by_currency.get(currency)?;
        let place = rates.partition_point(|(from, _)| *from <= day);
        Some(rates.get(place.checked_sub(1)?)?.1)
    }
}

/// Converts amounts into one currency, each by the rate of its own day.
pub struct Exchange<'a> {
    rates: &'a Rates,
    to: Currency,
    currencies: &'a [Currency],
    same: Option<Ix<Currency>>,
}

impl<'a> Exchange<'a> {
    /// Into this currency.
    pub fn new(rates: &'a Rates, currencies: &'a [Currency], to: &str) -> Self {
        let same = currencies.iter().position(|currency| &*currency.code == to).map(Ix::new);
        Self { rates, to: Currency::new(to), currencies, same }
    }

    /// The currency of the results.
    pub fn to(&self) -> &Currency {
        &self.to
    }

    /// The amount in minor units of the target, half to even; none without a rate on that day.
    pub fn convert(&self, amount: Amount, day: NaiveDate) -> Option<i64> {
        if self.same == Some(amount.currency) {
            return Some(amount.minor);
        }
        self.convert_from(amount.minor, &self.currencies[amount.currency.place()], day)
    }

    /// The same for an amount whose currency need not be that of any row.
    pub fn convert_from(&self, minor: i64, from: &Currency, day: NaiveDate) -> Option<i64> {
        if from.code == self.to.code {
            return Some(minor);
        }
        let worth = self.rates.worth(&from.code, day)?.by(self.rates.worth(&self.to.code, day)?)?;
        let scale = Ratio::new(10_i128.pow(self.to.digits), 10_i128.pow(from.digits)).unwrap_or(Ratio::ONE);
        i64::try_from(Ratio::whole(i128::from(minor)).times(worth).times(scale).rounded()).ok()
    }
}

/// A sum of converted amounts, and what could not be added.
#[derive(Clone, Debug, Default)]
pub struct Sum {
    /// Minor units of the target currency.
    pub minor: i128,
    /// How many amounts were added.
    pub count: u64,
    /// Rows whose amount had no rate on their day. Then there is no sum.
    pub without_rate: Vec<usize>,
    /// Rows without any amount; they add nothing.
    pub without_amount: u64,
}

impl Sum {
    /// Adds the amount of a row, converted first.
    pub fn add(
        &mut self,
        row: usize,
        amount: Option<Amount>,
        day: NaiveDate,
        exchange: &Exchange<'_>,
    ) -> i64 {
        let Some(amount) = amount else {
            self.without_amount += 1;
            return 0;
        };
        let Some(minor) = exchange.convert(amount, day) else {
            self.without_rate.push(row);
            return 0;
        };
        self.minor += i128::from(minor);
        self.count += 1;
        minor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn setting() -> (Rates, Vec<Currency>) {
        let mut rates = Rates::new("USD");
        assert!(rates.add("EUR", day("2025-02-01"), "1.0500".parse().expect("a rate")));
        assert!(rates.add("EUR", day("2025-03-01"), "1.1000".parse().expect("a rate")));
        assert!(rates.add("JPY", day("2025-01-01"), "0.0065".parse().expect("a rate")));
        (rates, ["USD", "EUR", "JPY"].map(Currency::new).to_vec())
    }

    fn amount(minor: i64, currency: usize) -> Amount {
        Amount { minor, currency: Ix::new(currency) }
    }

    #[test]
    fn ten_thousand_euros_closed_in_february_are_10500_dollars() {
        let (rates, currencies) = setting();
        let exchange = Exchange::new(&rates, &currencies, "USD");
        assert_eq!(exchange.convert(amount(1_000_000, 1), day("2025-02-14")), Some(1_050_000));
        assert_eq!(exchange.convert(amount(1_000_000, 1), day("2025-03-01")), Some(1_100_000));
    }

    #[test]
    fn without_a_rate_there_is_no_amount_and_never_one_to_one() {
        let (rates, currencies) = setting();
        let exchange = Exchange::new(&rates, &currencies, "USD");
        assert_eq!(exchange.convert(amount(100, 1), day("2025-01-31")), None, "before the first rate");
        let exchange = Exchange::new(&rates, &currencies, "CHF");
        assert_eq!(exchange.convert(amount(100, 0), day("2025-02-14")), None);
    }

    #[test]
    fn two_foreign_currencies_meet_through_the_home_currency() {
        let (rates, currencies) = setting();
        let exchange = Exchange::new(&rates, &currencies, "EUR");
        // 21,000 yen are 136.50 dollars are 130.00 euros.
        assert_eq!(exchange.convert(amount(21_000, 2), day("2025-02-14")), Some(13_000));
    }

    #[test]
    fn each_amount_is_converted_before_it_is_added() {
        let (rates, currencies) = setting();
        let exchange = Exchange::new(&rates, &currencies, "USD");
        let mut sum = Sum::default();
        // 0.105 each: half to even gives 10 cents twice, where the sum first would give 21.
        sum.add(0, Some(amount(10, 1)), day("2025-02-14"), &exchange);
        sum.add(1, Some(amount(10, 1)), day("2025-02-14"), &exchange);
        sum.add(2, Some(amount(10, 1)), day("2025-01-14"), &exchange);
        sum.add(3, None, day("2025-02-14"), &exchange);
        assert_eq!((sum.minor, sum.count, sum.without_amount), (20, 2, 1));
        assert_eq!(sum.without_rate, [2]);
    }

    #[test]
    fn a_rate_of_nothing_is_refused() {
        assert!(!Rates::new("USD").add("EUR", day("2025-02-01"), Decimal::ZERO));
    }
}
