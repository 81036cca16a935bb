//! Lists: every record of an object, page by page, in keyset order.
//!
//! A page starts after the last key the reader has seen, never at a vendor's locator, so that a cursor outlives
//! the vendor's memory. A condition or an order the vendor cannot answer is never half-applied: the connector says
//! beforehand what it can do.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::domain::account::{AccountRecord, AccountSelect};
use crate::domain::campaign::{CampaignMembership, CampaignRecord};
use crate::domain::opportunity::{OpportunityRecord, OpportunitySelect, StageCategory};
use crate::domain::person::{PersonRecord, PersonSelect};

use super::ask::Wanted;
use super::error::SourceError;
use super::reading::Reading;

/// A kind of record that can be listed.
pub trait Listed: Clone + Send + Sync + 'static {
    /// Which fields are wanted of each.
    type Select: Wanted;

    /// The vendor's id of the record.
    fn id(&self) -> &str;
}

impl Listed for PersonRecord {
    type Select = PersonSelect;

    fn id(&self) -> &str {
        &self.meta.key.id
    }
}

impl Listed for AccountRecord {
    type Select = AccountSelect;

    fn id(&self) -> &str {
        &self.meta.key.id
    }
}

impl Listed for OpportunityRecord {
    type Select = OpportunitySelect;

    fn id(&self) -> &str {
        &self.meta.key.id
    }
}

impl Listed for CampaignRecord {
    type Select = ();

    fn id(&self) -> &str {
        &self.meta.key.id
    }
}

impl Listed for CampaignMembership {
    type Select = ();

    fn id(&self) -> &str {
        &self.id
    }
}

/// What a condition or an order is about, in the field's words. A source's own ids are in canonical form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each name is the field's own term and says all there is")]
pub enum ConditionField {
    Id,
    Name,
    Owner,
    Account,
    Campaign,
    CreatedAt,
    UpdatedAt,
    EmailOptOut,
    Stage,
    StageCategory,
    Amount,
    CloseDate,
    StartsOn,
    Industry,
    Channel,
    Score(Arc<str>),
    Custom(Arc<str>),
}

/// How a field is compared. Text is compared ignoring case, as vendors do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// Equal.
    Eq,
    /// Not equal; a null is not equal to anything.
    Neq,
    /// Less than.
    Lt,
    /// Less than or equal.
    Lte,
    /// Greater than.
    Gt,
    /// Greater than or equal.
    Gte,
    /// The text begins so, ignoring case.
    StartsWith,
    /// The text has it somewhere, ignoring case.
    Contains,
    /// Has no value.
    IsNull,
    /// Has a value.
    IsNotNull,
    /// Equal to one of several values.
    In,
}

/// A value to compare with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each name is the type it carries")]
pub enum Operand {
    None,
    Text(Arc<str>),
    Texts(Vec<Arc<str>>),
    Number(Decimal),
    Boolean(bool),
    Day(NaiveDate),
    Instant(DateTime<Utc>),
    Category(StageCategory),
}

/// One condition; a list of them must all hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Condition {
    /// What is compared.
    pub field: ConditionField,
    /// How.
    pub comparison: Comparison,
    /// With what.
    pub operand: Operand,
}

/// The order of a list. Ties are broken by id, ascending.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Order {
    /// The field.
    pub field: ConditionField,
    /// Largest first.
    pub descending: bool,
}

/// Which page of which list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PageAsk<S> {
    /// The vendor's object.
    pub object: Arc<str>,
    /// The keyset position the page starts after, as the previous page gave it; none for the first page.
    pub after: Option<Arc<str>>,
    /// At most so many records; the vendor's own page may be shorter.
    pub first: usize,
    /// Which fields are wanted.
    pub select: S,
    /// What must hold of each record.
    pub conditions: Vec<Condition>,
    /// The order; by id ascending when none.
    pub order: Option<Order>,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Page<R> {
    /// The records, each with the keyset position just behind it.
    pub records: Vec<(Arc<str>, R)>,
    /// True when the vendor has more behind the last record. The next page starts after the last record's position.
    pub has_more: bool,
}

/// A capability that lists.
#[async_trait]
pub trait Walk<R: Listed>: Send + Sync {
    /// The vendor's objects in the order a list of everything visits them.
    fn objects(&self) -> &'static [&'static str];

    /// The largest page one vendor call gives.
    fn page_size(&self) -> usize;

    /// Whether the vendor itself can apply this condition, exactly.
    fn can_filter(&self, condition: &Condition) -> bool;

    /// Whether the vendor itself can give this order.
    fn can_order(&self, order: &Order) -> bool;

    /// As of when its pages are true, where that is not the instant of reading.
    fn as_of(&self) -> Option<DateTime<Utc>> {
        None
    }

    /// Reads one page with one vendor call (plus what joined fields need).
    ///
    /// # Errors
    /// When the vendor could not be read, or `after` is no position of this list.
    async fn page(&self, ask: &PageAsk<R::Select>, reading: &Reading) -> Result<Page<R>, SourceError>;
}
