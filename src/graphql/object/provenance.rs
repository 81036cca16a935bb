//! Where a unified value came from, and what the other systems say.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};

use crate::domain::id::RecordKey;
use crate::domain::view::{Aspect, View};
use crate::unify::merge::provenance::{Candidate, Provenance, SurvivorshipStrategy as Rule};
use crate::unify::shown::{Shown, see};

use super::super::visible;
use super::record::SourceRecord;

/// The rule that decides between records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
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

/// Where a unified value came from and what the other systems say.
#[derive(Clone, Debug, SimpleObject)]
pub struct FieldProvenance {
    /// The field of the unified object, e.g. `TITLE`.
    field: String,
    /// The rule that decided.
    strategy: SurvivorshipStrategy,
    /// The value that won.
    chosen: FieldCandidate,
    /// What the other records say.
    #[graphql(visible = "visible::provenance_others")]
    others: Vec<FieldCandidate>,
    /// True when two systems hold different non-blank values after normalisation.
    #[graphql(visible = "visible::provenance_others")]
    in_conflict: bool,
}

impl FieldProvenance {
    /// Two systems hold different values.
    pub fn is_in_conflict(&self) -> bool {
        self.in_conflict
    }
}

/// One record's value of a field.
#[derive(Clone, Debug, SimpleObject)]
pub struct FieldCandidate {
    /// The value as text; masked like the field itself.
    value: Option<String>,
    /// The record that holds it.
    source: SourceRecord,
    /// When it was last set, where the vendor tells.
    changed_at: Option<DateTime<Utc>>,
    /// True when an integration user or a sync set it, so that it is a copy and no opinion.
    by_integration_user: bool,
}

/// A provenance as a view sees it. `aspect` decides how the values are seen; none where every view sees them.
pub(super) fn shown<F>(
    view: &View,
    provenance: &Provenance<F>,
    field: &str,
    aspect: Option<Aspect>,
    records: &HashMap<RecordKey, SourceRecord>,
) -> Option<FieldProvenance> {
    let candidate = |candidate: &Candidate| {
        let value = match aspect {
            None => candidate.value.clone(),
            Some(aspect) => match see(view, aspect, candidate.value.as_ref()) {
                Shown::Value(value) => value,
                Shown::Denied => None,
            },
        };
        Some(FieldCandidate {
            value: value.as_ref().map(Arc::to_string),
            source: records.get(&candidate.record)?.clone(),
            changed_at: candidate.changed_at,
            by_integration_user: candidate.by_integration,
        })
    };
    Some(FieldProvenance {
        field: field.to_owned(),
        strategy: strategy(provenance.strategy),
        chosen: candidate(&provenance.chosen)?,
        others: provenance.others.iter().filter_map(candidate).collect(),
        in_conflict: provenance.in_conflict,
    })
}

fn strategy(rule: Rule) -> SurvivorshipStrategy {
    match rule {
        Rule::SalesUnlessBlank => SurvivorshipStrategy::SalesUnlessBlank,
        Rule::MostRecentEdit => SurvivorshipStrategy::MostRecentEdit,
        Rule::Earliest => SurvivorshipStrategy::Earliest,
        Rule::Latest => SurvivorshipStrategy::Latest,
        Rule::MostRestrictive => SurvivorshipStrategy::MostRestrictive,
        Rule::FurthestStage => SurvivorshipStrategy::FurthestStage,
        Rule::Union => SurvivorshipStrategy::Union,
    }
}
