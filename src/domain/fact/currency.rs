//! Money as rows keep it: whole minor units of a currency.

use std::sync::Arc;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use super::Ix;

/// A currency some amount is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Currency {
    /// ISO 4217 code, in capitals.
    pub code: Arc<str>,
    /// Digits of its minor unit: 2 for USD, 0 for JPY, 3 for KWD.
    pub digits: u32,
}

impl Currency {
    /// The currency of this code, with the digits ISO 4217 gives it.
    pub fn new(code: &str) -> Self {
        let digits = match code {
            "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI"
            | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
            "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
            _ => 2,
        };
        Self { code: Arc::from(code), digits }
    }

    /// An amount in whole minor units, rounded half to even; none beyond what 64 bits hold.
    pub fn minor(&self, amount: Decimal) -> Option<i64> {
        let scaled = amount.checked_mul(Decimal::from(10_i64.pow(self.digits)))?;
        let whole = scaled.round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven);
        i64::try_from(whole).ok()
    }

    /// Minor units as a decimal amount.
    pub fn decimal(&self, minor: i64) -> Decimal {
        Decimal::from_i128_with_scale(i128::from(minor), self.digits)
    }
}

/// An amount of money in whole minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// Whole minor units: cents of USD, yen of JPY.
    pub minor: i64,
    /// Of which currency.
    pub currency: Ix<Currency>,
}
