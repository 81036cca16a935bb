//! Scalars of the field's own: exact numbers, days, addresses. Instants are the library's `DateTime`.

use std::sync::Arc;

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::NaiveDate;

/// Calendar day without a zone (`2025-03-31`). Never shifted between zones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(pub NaiveDate);

#[Scalar]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        let day = text.parse().map_err(|_| InputValueError::custom("a day is written 2025-03-31"))?;
        Ok(Self(day))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// Exact decimal carried as a string (`"9125.43"`). Never a float.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal(pub rust_decimal::Decimal);

#[Scalar]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        let text = match &value {
            Value::String(text) => text.clone(),
            Value::Number(number) if !number.is_f64() => number.to_string(),
            _ => return Err(InputValueError::custom("a decimal is written as a string, \"9125.43\"")),
        };
        let exact = rust_decimal::Decimal::from_str_exact(&text);
        exact.map(Self).map_err(|_| InputValueError::custom("a decimal is written \"9125.43\""))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// Decimal string with 6 places (`"0.666667"`). Shares lie between 0 and 1; other ratios may exceed it or be negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ratio(pub rust_decimal::Decimal);

#[Scalar]
impl ScalarType for Ratio {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        let exact = rust_decimal::Decimal::from_str_exact(text);
        exact.map(Self).map_err(|_| InputValueError::custom("a ratio is written \"0.666667\""))
    }

    /// Rounded half to even, as every ratio in the schema.
    fn to_value(&self) -> Value {
        let strategy = rust_decimal::RoundingStrategy::MidpointNearestEven;
        Value::String(format!("{:.6}", self.0.round_dp_with_strategy(6, strategy)))
    }
}

/// A text scalar: its own name in the schema, plain text on the wire.
macro_rules! text_scalar {
    ($(#[doc = $doc:literal])+ $rust:ident, $name:literal) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $rust(pub Arc<str>);

        #[Scalar(name = $name)]
        impl ScalarType for $rust {
            fn parse(value: Value) -> InputValueResult<Self> {
                match value {
                    Value::String(text) => Ok(Self(text.into())),
                    value => Err(InputValueError::expected_type(value)),
                }
            }

            fn to_value(&self) -> Value {
                Value::String(self.0.to_string())
            }
        }
    };
}

text_scalar! {
    /// ISO 4217 code.
    CurrencyCode, "CurrencyCode"
}
text_scalar! {
    /// IANA zone name.
    TimeZone, "TimeZone"
}
text_scalar! {
    /// An e-mail address, or its masked or pseudonym form where the view says so (see `maskedFields`).
    EmailAddress, "EmailAddress"
}
text_scalar! {
    /// The address of a page.
    Url, "URL"
}

text_scalar! {
    /// Opaque position in the change feed. Valid across restarts of a gateway whose feed had been read to its end.
    ChangeCursor, "ChangeCursor"
}

/// Length of time in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seconds(pub i64);

#[Scalar]
impl ScalarType for Seconds {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::Number(number) => {
                number.as_i64().map(Self).ok_or_else(|| InputValueError::expected_type(value))
            }
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::from(self.0)
    }
}
