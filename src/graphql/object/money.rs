//! Exact amounts.

use std::sync::Arc;

use async_graphql::SimpleObject;

use crate::domain::fact::Currency;
use crate::domain::money::Money as DomainMoney;
use crate::metrics::ratio::Ratio;

use super::super::scalars::{CurrencyCode, Decimal};

/// An exact amount in one currency.
#[derive(Clone, Debug, SimpleObject)]
pub struct Money {
    /// The amount, exactly as the vendor wrote it.
    amount: Decimal,
    /// The currency it is in.
    currency: CurrencyCode,
}

impl Money {
    /// An amount of this currency.
    pub fn new(amount: rust_decimal::Decimal, currency: Arc<str>) -> Self {
        Self { amount: Decimal(amount), currency: CurrencyCode(currency) }
    }

    /// Whole units that were computed, with the digits of the currency.
    pub fn of_units(units: Ratio, currency: Arc<str>) -> Self {
        let amount = units.decimal(Currency::new(&currency).digits).unwrap_or_default();
        Self::new(amount, currency)
    }
}

impl From<&DomainMoney> for Money {
    fn from(money: &DomainMoney) -> Self {
        Self { amount: Decimal(money.amount), currency: CurrencyCode(money.currency.clone()) }
    }
}
