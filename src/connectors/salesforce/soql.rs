//! Queries as values. No text that came from outside can change the structure of a query: names are checked when
//! they are made, ids are letters and digits, everything else is written as an escaped literal of its own type.
//!
//! `AND` and `OR` never meet on one level, because the vendor refuses that; every group has its own parentheses.

use std::fmt::{self, Display, Write};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use rust_decimal::Decimal;

use super::id::is_id;

/// The longest text literal the vendor takes.
pub(super) const LONGEST_LITERAL: usize = 4_000;

/// The name of an object or a field, or a path of names to a parent's field (`Campaign.Type`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Name(Arc<str>);

impl Name {
    /// A name from outside, such as a custom field of the settings; none when it is not one.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let parts = text.split('.').collect::<Vec<_>>();
        let is_part = |part: &&str| {
            part.starts_with(|first: char| first.is_ascii_alphabetic())
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        (parts.len() <= 6 && parts.iter().all(is_part)).then(|| Self(Arc::from(text)))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&'static str> for Name {
    fn from(text: &'static str) -> Self {
        Self::parse(text).expect("a name written in the source is a name")
    }
}

impl Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A value written into a query.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Null,
    Boolean(bool),
    Number(Decimal),
    Day(NaiveDate),
    Instant(DateTime<Utc>),
    Text(Arc<str>),
}

impl Literal {
    pub(super) fn text(text: impl AsRef<str>) -> Self {
        Self::Text(Arc::from(text.as_ref()))
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Number(value) => write!(f, "{value}"),
            Self::Day(value) => write!(f, "{}", value.format("%Y-%m-%d")),
            Self::Instant(value) => f.write_str(&value.to_rfc3339_opts(SecondsFormat::Millis, true)),
            Self::Text(value) => quoted(f, value, false),
        }
    }
}

/// Writes a text literal. The backslash first, so that no escape is escaped twice.
fn quoted(f: &mut fmt::Formatter<'_>, text: &str, in_pattern: bool) -> fmt::Result {
    f.write_char('\'')?;
    escaped(f, text, in_pattern)?;
    f.write_char('\'')
}

fn escaped(f: &mut fmt::Formatter<'_>, text: &str, in_pattern: bool) -> fmt::Result {
    for letter in text.chars() {
        match letter {
            '\\' => f.write_str("\\\\")?,
            '\'' => f.write_str("\\'")?,
            '"' => f.write_str("\\\"")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            '\u{8}' => f.write_str("\\b")?,
            '\u{c}' => f.write_str("\\f")?,
            control if control.is_ascii_control() => write!(f, "\\u{:04x}", control as u32)?,
            '%' | '_' if in_pattern => write!(f, "\\{letter}")?,
            _ => f.write_char(letter)?,
        }
    }
    Ok(())
}

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Eq => "=",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
        })
    }
}

/// What must hold of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Filter {
    /// Every one of them. Empty holds of every row and must not be rendered.
    All(Vec<Filter>),
    /// One of them at least; never empty.
    Any(Vec<Filter>),
    /// A comparison.
    Is(Name, Operator, Literal),
    /// One of several values; never empty.
    In(Name, Vec<Literal>),
    /// The text begins so, ignoring case.
    StartsWith(Name, Arc<str>),
    /// The text has it somewhere, ignoring case.
    Contains(Name, Arc<str>),
    /// The value is that field of some row of another object.
    Among { field: Name, object: Name, of: Name, filter: Box<Filter> },
}

impl Filter {
    pub(super) fn is(field: impl Into<Name>, operator: Operator, value: Literal) -> Self {
        Self::Is(field.into(), operator, value)
    }

    pub(super) fn equal(field: impl Into<Name>, value: Literal) -> Self {
        Self::is(field, Operator::Eq, value)
    }

    pub(super) fn has_value(field: impl Into<Name>) -> Self {
        Self::is(field, Operator::Ne, Literal::Null)
    }

    pub(super) fn has_no_value(field: impl Into<Name>) -> Self {
        Self::is(field, Operator::Eq, Literal::Null)
    }

    /// One of several ids or other texts.
    pub(super) fn one_of<T: AsRef<str>>(field: impl Into<Name>, values: impl IntoIterator<Item = T>) -> Self {
        Self::In(field.into(), values.into_iter().map(Literal::text).collect())
    }

    /// One of several ids. What is no id matches nothing and is left out.
    pub(super) fn one_id_of<T: AsRef<str>>(field: impl Into<Name>, ids: impl IntoIterator<Item = T>) -> Self {
        Self::one_of(field, ids.into_iter().filter(|id| is_id(id.as_ref())))
    }
}

impl Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(parts) => joined(f, parts, " AND "),
            Self::Any(parts) => joined(f, parts, " OR "),
            Self::Is(field, operator, value) => write!(f, "{field} {operator} {value}"),
            Self::In(field, values) => {
                write!(f, "{field} IN (")?;
                for (place, value) in values.iter().enumerate() {
                    let comma = if place == 0 { "" } else { "," };
                    write!(f, "{comma}{value}")?;
                }
                f.write_char(')')
            }
            Self::StartsWith(field, text) => {
                write!(f, "{field} LIKE '")?;
                escaped(f, text, true)?;
                f.write_str("%'")
            }
            Self::Contains(field, text) => {
                write!(f, "{field} LIKE '%")?;
                escaped(f, text, true)?;
                f.write_str("%'")
            }
            Self::Among { field, object, of, filter } => {
                write!(f, "{field} IN (SELECT {of} FROM {object} WHERE {filter})")
            }
        }
    }
}

fn joined(f: &mut fmt::Formatter<'_>, parts: &[Filter], between: &str) -> fmt::Result {
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            f.write_str(between)?;
        }
        match part {
            Filter::All(_) | Filter::Any(_) if parts.len() > 1 => write!(f, "({part})")?,
            _ => write!(f, "{part}")?,
        }
    }
    Ok(())
}

/// One step of an order. Rows without a value come last, whichever way the values run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sort {
    pub(super) field: Name,
    pub(super) descending: bool,
}

/// Rows that hang below each row: a subquery over a child relationship.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Child {
    /// The object the rows are of, for the check of field names.
    pub(super) object: &'static str,
    /// The relationship's name on the parent, such as `Histories`.
    pub(super) relationship: &'static str,
    pub(super) fields: Vec<Name>,
    pub(super) filter: Option<Filter>,
    pub(super) order: Vec<Sort>,
}

/// One query.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Soql {
    pub(super) object: &'static str,
    pub(super) fields: Vec<Name>,
    pub(super) children: Vec<Child>,
    pub(super) filter: Option<Filter>,
    pub(super) order: Vec<Sort>,
    pub(super) limit: Option<usize>,
}

impl Soql {
    /// The given fields of every row of an object.
    pub(super) fn from(object: &'static str, fields: &[&'static str]) -> Self {
        let fields = fields.iter().map(|field| Name::from(*field)).collect();
        Self { object, fields, children: Vec::new(), filter: None, order: Vec::new(), limit: None }
    }

    /// Adds a field, once: the vendor refuses a field selected twice.
    pub(super) fn also(&mut self, field: impl Into<Name>) {
        let field = field.into();
        if !self.fields.contains(&field) {
            self.fields.push(field);
        }
    }

    /// Adds rows below each row; where the relationship is selected already, its fields join, unfiltered.
    pub(super) fn also_below(&mut self, child: Child) {
        let known = self.children.iter_mut().find(|known| known.relationship == child.relationship);
        let Some(known) = known else { return self.children.push(child) };
        known.filter = None;
        for field in child.fields {
            if !known.fields.contains(&field) {
                known.fields.push(field);
            }
        }
    }

    pub(super) fn filtered(mut self, filter: Filter) -> Self {
        self.filter = Some(filter);
        self
    }
}

impl Display for Soql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SELECT ")?;
        names(f, &self.fields)?;
        for child in &self.children {
            f.write_str(", (SELECT ")?;
            names(f, &child.fields)?;
            write!(f, " FROM {}", child.relationship)?;
            tail(f, child.filter.as_ref(), &child.order, None)?;
            f.write_char(')')?;
        }
        write!(f, " FROM {}", self.object)?;
        tail(f, self.filter.as_ref(), &self.order, self.limit)
    }
}

fn names(f: &mut fmt::Formatter<'_>, fields: &[Name]) -> fmt::Result {
    for (place, field) in fields.iter().enumerate() {
        let comma = if place == 0 { "" } else { ", " };
        write!(f, "{comma}{field}")?;
    }
    Ok(())
}

fn tail(
    f: &mut fmt::Formatter<'_>,
    filter: Option<&Filter>,
    order: &[Sort],
    limit: Option<usize>,
) -> fmt::Result {
    match filter {
        Some(Filter::All(parts)) if parts.is_empty() => {}
        Some(filter) => write!(f, " WHERE {filter}")?,
        None => {}
    }
    for (place, sort) in order.iter().enumerate() {
        let begin = if place == 0 { " ORDER BY " } else { ", " };
        let way = if sort.descending { "DESC" } else { "ASC" };
        write!(f, "{begin}{} {way} NULLS LAST", sort.field)?;
    }
    match limit {
        Some(limit) => write!(f, " LIMIT {limit}"),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
