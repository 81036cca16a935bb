//! Exact amounts.

use std::sync::Arc;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// An amount in one currency. Never a float.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// The amount, exactly as the vendor wrote it.
    pub amount: Decimal,
    /// ISO 4217 code.
    pub currency: Arc<str>,
}
