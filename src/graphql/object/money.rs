//! Exact amounts.

use async_graphql::SimpleObject;

use crate::domain::money::Money as DomainMoney;

use super::super::scalars::{CurrencyCode, Decimal};

/// An exact amount in one currency.
#[derive(Clone, Debug, SimpleObject)]
pub struct Money {
    /// The amount, exactly as the vendor wrote it.
    amount: Decimal,
    /// The currency it is in.
    currency: CurrencyCode,
}

impl From<&DomainMoney> for Money {
    fn from(money: &DomainMoney) -> Self {
        Self { amount: Decimal(money.amount), currency: CurrencyCode(money.currency.clone()) }
    }
}
