//! Conditions on single values. Text is compared without regard to case; a value that is not there satisfies nothing
//! but `is_null: true`.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::domain::custom::{CustomFieldInfo, CustomValue};
use crate::domain::view::View;

use super::ListRefusal;
use crate::facts::line::Customs;

/// Texts that satisfy every bound given.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "the names are those of the schema's StringFilter")]
pub struct StringFilter {
    pub eq: Option<Arc<str>>,
    pub neq: Option<Arc<str>>,
    pub one_of: Option<Vec<Arc<str>>>,
    pub starts_with: Option<Arc<str>>,
    pub contains: Option<Arc<str>>,
    pub is_null: Option<bool>,
}

/// Values of an order that satisfy every bound given.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the names are those of the schema's filters")]
pub struct Bounds<T> {
    pub eq: Option<T>,
    pub gt: Option<T>,
    pub gte: Option<T>,
    pub lt: Option<T>,
    pub lte: Option<T>,
    pub is_null: Option<bool>,
}

impl<T> Default for Bounds<T> {
    fn default() -> Self {
        Self { eq: None, gt: None, gte: None, lt: None, lte: None, is_null: None }
    }
}

/// Instants.
pub type InstantFilter = Bounds<DateTime<Utc>>;
/// Days.
pub type DayFilter = Bounds<NaiveDate>;
/// Numbers.
pub type NumberFilter = Bounds<Decimal>;

/// A score of this name with such a value.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreFilter {
    /// The vendor's name of the score.
    pub name: Arc<str>,
    /// Its value.
    pub value: NumberFilter,
}

/// A field of the company's own with such a value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CustomFilter {
    /// The key in the settings.
    pub key: Arc<str>,
    /// As text.
    pub text: Option<StringFilter>,
    /// As a number.
    pub number: Option<NumberFilter>,
    /// As yes or no.
    pub boolean: Option<bool>,
    /// As an instant.
    pub instant: Option<InstantFilter>,
}

impl StringFilter {
    /// Whole texts are named, and nothing else is asked of them.
    pub(super) fn is_about_whole_texts(&self) -> bool {
        let Self { eq, neq, one_of, starts_with, contains, is_null } = self;
        (eq.is_some() || one_of.is_some())
            && (neq, starts_with, contains, is_null) == (&None, &None, &None, &None)
    }

    /// The same without regard to case.
    pub(super) fn folded(&self) -> Self {
        let fold = |text: &Option<Arc<str>>| text.as_deref().map(fold);
        Self {
            eq: fold(&self.eq),
            neq: fold(&self.neq),
            one_of: self.one_of.as_ref().map(|several| several.iter().map(|text| self::fold(text)).collect()),
            starts_with: fold(&self.starts_with),
            contains: fold(&self.contains),
            is_null: self.is_null,
        }
    }

    /// Whether a value satisfies the bounds, which were folded.
    pub(super) fn holds(&self, value: Option<&str>) -> bool {
        if self.is_null.is_some_and(|is_null| is_null != value.is_none()) {
            return false;
        }
        let is_bounded = self.eq.is_some()
            || self.neq.is_some()
            || self.one_of.is_some()
            || self.starts_with.is_some()
            || self.contains.is_some();
        let Some(value) = value else { return !is_bounded };
        if !is_bounded {
            return true;
        }
        let value = value.to_lowercase();
        self.eq.as_ref().is_none_or(|it| **it == *value)
            && self.neq.as_ref().is_none_or(|it| **it != *value)
            && self.one_of.as_ref().is_none_or(|several| several.iter().any(|it| **it == *value))
            && self.starts_with.as_ref().is_none_or(|it| value.starts_with(&**it))
            && self.contains.as_ref().is_none_or(|it| value.contains(&**it))
    }

    /// Whether any of several values satisfies the bounds; none at all is a value that is not there.
    pub(super) fn holds_any<'v>(&self, values: impl Iterator<Item = &'v str>) -> bool {
        let mut values = values.peekable();
        if values.peek().is_none() {
            return self.holds(None);
        }
        values.any(|value| self.holds(Some(value)))
    }
}

fn fold(text: &str) -> Arc<str> {
    Arc::from(text.to_lowercase())
}

impl<T: PartialOrd> Bounds<T> {
    /// Whether a value satisfies the bounds.
    pub(super) fn holds(&self, value: Option<&T>) -> bool {
        if self.is_null.is_some_and(|is_null| is_null != value.is_none()) {
            return false;
        }
        let Some(value) = value else {
            return [&self.eq, &self.gt, &self.gte, &self.lt, &self.lte].into_iter().all(Option::is_none);
        };
        self.eq.as_ref().is_none_or(|it| value == it)
            && self.gt.as_ref().is_none_or(|it| value > it)
            && self.gte.as_ref().is_none_or(|it| value >= it)
            && self.lt.as_ref().is_none_or(|it| value < it)
            && self.lte.as_ref().is_none_or(|it| value <= it)
    }
}

impl CustomFilter {
    /// Refuses a field the view does not know or whose values it does not see.
    pub(super) fn allow(&self, view: &View, fields: &[CustomFieldInfo]) -> Result<(), ListRefusal> {
        let known = fields.iter().find(|field| field.key == self.key && view.knows(field));
        let field = known.ok_or_else(|| ListRefusal::UnknownField(self.key.to_string()))?;
        if view.sees_values_of(field) {
            Ok(())
        } else {
            Err(ListRefusal::FilterDenied("fields of the company's own"))
        }
    }

    pub(super) fn folded(&self) -> Self {
        Self { text: self.text.as_ref().map(StringFilter::folded), ..self.clone() }
    }

    /// Whether a row's own fields satisfy it.
    pub(super) fn holds(&self, customs: &Customs) -> bool {
        let value = customs.iter().find(|(key, _)| *key == self.key).map(|(_, value)| value);
        self.text.as_ref().is_none_or(|text| match value {
            Some(CustomValue::Text(own)) => text.holds(Some(own)),
            Some(CustomValue::Values(own)) => text.holds_any(own.iter().map(AsRef::as_ref)),
            Some(_) => false,
            None => text.holds(None),
        }) && self.number.as_ref().is_none_or(|number| match value {
            Some(CustomValue::Number(own)) => number.holds(Some(own)),
            Some(_) => false,
            None => number.holds(None),
        }) && self.boolean.is_none_or(|wanted| value == Some(&CustomValue::Boolean(wanted)))
            && self.instant.as_ref().is_none_or(|instant| match value {
                Some(CustomValue::Instant(own)) => instant.holds(Some(own)),
                Some(_) => false,
                None => instant.holds(None),
            })
    }
}
