//! Where a unified value came from and what the other records say.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::id::RecordKey;

/// The rule that decides between records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SurvivorshipStrategy {
    /// The sales side's value, unless it is blank.
    SalesUnlessBlank,
    /// The value a human set last.
    MostRecentEdit,
    /// The value of the oldest record.
    Earliest,
    /// The latest value.
    Latest,
    /// The value that allows least.
    MostRestrictive,
    /// The furthest stage, unless somebody took the person back since.
    FurthestStage,
    /// Every value.
    Union,
}

impl SurvivorshipStrategy {
    /// The name in the schema, e.g. `SALES_UNLESS_BLANK`.
    pub fn name(self) -> &'static str {
        match self {
            Self::SalesUnlessBlank => "SALES_UNLESS_BLANK",
            Self::MostRecentEdit => "MOST_RECENT_EDIT",
            Self::Earliest => "EARLIEST",
            Self::Latest => "LATEST",
            Self::MostRestrictive => "MOST_RESTRICTIVE",
            Self::FurthestStage => "FURTHEST_STAGE",
            Self::Union => "UNION",
        }
    }
}

/// Where one unified value came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Provenance<F> {
    /// The field.
    pub field: F,
    /// The rule that decided.
    pub strategy: SurvivorshipStrategy,
    /// The value that won.
    pub chosen: Candidate,
    /// What the other records say, in the order in which they would have been believed; blanks say nothing.
    pub others: Vec<Candidate>,
    /// True when two sources hold different values.
    pub in_conflict: bool,
}

/// One record's value of a field.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The value as text: a key as `source:object:id`, an instant in RFC 3339.
    pub value: Option<Arc<str>>,
    /// The record that holds it.
    pub record: RecordKey,
    /// When it was last set, where that was read.
    pub changed_at: Option<DateTime<Utc>>,
    /// True when an integration user or a sync set it.
    pub by_integration: bool,
}
