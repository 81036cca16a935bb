//! Conditions on single values, as clients write them.

use async_graphql::{ID, InputObject};

use super::super::object::history::{DateTimeFilter, LifecycleStage};
use super::super::scalars::{Date, Decimal};
use super::super::visible;

/// Ids that satisfy every bound given.
#[derive(Clone, Debug, Default, InputObject)]
pub struct IDFilter {
    /// This one.
    pub eq: Option<ID>,
    /// One of these, at most 100.
    #[graphql(name = "in")]
    pub one_of: Option<Vec<ID>>,
}

/// Texts that satisfy every bound given. Case does not matter.
#[derive(Clone, Debug, Default, InputObject)]
pub struct StringFilter {
    /// This text.
    pub eq: Option<String>,
    /// Any other text.
    pub neq: Option<String>,
    /// One of these, at most 100.
    #[graphql(name = "in")]
    pub one_of: Option<Vec<String>>,
    /// Begins so.
    pub starts_with: Option<String>,
    /// Has this somewhere.
    pub contains: Option<String>,
    /// Without a value, or with any.
    pub is_null: Option<bool>,
}

/// Days that satisfy every bound given.
#[derive(Clone, Debug, Default, InputObject)]
pub struct DateFilter {
    /// This day.
    pub eq: Option<Date>,
    /// After this day.
    pub gt: Option<Date>,
    /// This day or after.
    pub gte: Option<Date>,
    /// Before this day.
    pub lt: Option<Date>,
    /// This day or before.
    pub lte: Option<Date>,
    /// Without a value, or with any.
    pub is_null: Option<bool>,
}

/// Numbers that satisfy every bound given.
#[derive(Clone, Debug, Default, InputObject)]
pub struct DecimalFilter {
    /// This number.
    pub eq: Option<Decimal>,
    /// More than this.
    pub gt: Option<Decimal>,
    /// This or more.
    pub gte: Option<Decimal>,
    /// Less than this.
    pub lt: Option<Decimal>,
    /// This or less.
    pub lte: Option<Decimal>,
    /// Without a value, or with any.
    pub is_null: Option<bool>,
}

/// A score of this name with such a value.
#[derive(Clone, Debug, InputObject)]
pub struct ScoreFilter {
    /// The vendor's name of the score.
    pub name: String,
    /// Its value.
    pub value: DecimalFilter,
}

/// A field of the company's own with such a value.
#[derive(Clone, Debug, InputObject)]
pub struct CustomFieldFilter {
    /// The key in the settings.
    pub key: String,
    /// As text.
    pub text: Option<StringFilter>,
    /// As a number.
    pub number: Option<DecimalFilter>,
    /// As yes or no.
    pub boolean: Option<bool>,
    /// As an instant.
    pub instant: Option<DateTimeFilter>,
}

/// People in one of these stages; with `enteredAt`, people who entered one of them then, wherever they stand now.
#[derive(Clone, Debug, Default, InputObject)]
pub struct LifecycleFilter {
    /// This stage.
    pub eq: Option<LifecycleStage>,
    /// One of these.
    #[graphql(name = "in")]
    pub one_of: Option<Vec<LifecycleStage>>,
    /// When they entered it; a stage that was filled in because a later one was reached does not count.
    #[graphql(visible = "visible::changes")]
    pub entered_at: Option<DateTimeFilter>,
}
