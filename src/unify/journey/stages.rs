//! The path of a sale through its stages.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::domain::event::{Detail, EventKind};
use crate::domain::money::Money;
use crate::domain::opportunity::{Pipeline, StageCategory};
use crate::unify::history::Entry;
use crate::unify::merge::opportunity::MergedOpportunity;

/// A sale's time in one stage with the same figures. A change within a stage begins one of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct StagePeriod {
    /// The vendor's key of the stage.
    pub stage: Arc<str>,
    /// From when on.
    pub entered_at: DateTime<Utc>,
    /// Until when; none while it lasts.
    pub exited_at: Option<DateTime<Utc>>,
    /// The amount from then on.
    pub amount: Option<Money>,
    /// Probability of winning from then on, between 0 and 1.
    pub probability: Option<Decimal>,
    /// The expected day of closing from then on.
    pub close_date: Option<NaiveDate>,
    /// What the stage counts as.
    pub category: StageCategory,
    /// The stage was entered here, rather than a figure changed within it.
    pub is_entry: bool,
}

/// The periods of a sale up to an instant, in order. `entries` are the timeline of its records, `pipelines` say what a
/// stage counts as.
pub fn stage_periods(
    merged: &MergedOpportunity,
    entries: &[Entry],
    pipelines: &[Arc<Pipeline>],
    until: DateTime<Utc>,
) -> Vec<StagePeriod> {
    let mut marks = marks(merged, entries);
    marks.retain(|mark| mark.at <= until);
    marks.sort_by_key(|mark| mark.at);
    let mut periods: Vec<StagePeriod> = Vec::new();
    for mark in marks {
        let last = periods.last();
        let Some(stage) = mark.stage.or_else(|| last.map(|it| it.stage.clone())) else { continue };
        let is_entry = last.is_none_or(|it| it.stage != stage);
        let period = StagePeriod {
            category: category_of(merged, &stage, pipelines),
            entered_at: mark.at,
            exited_at: None,
            amount: mark.amount.or_else(|| last.and_then(|it| it.amount.clone())),
            probability: mark
                .probability
                .or_else(|| last.filter(|_| !is_entry).and_then(|it| it.probability)),
            close_date: mark.close_date.or_else(|| last.and_then(|it| it.close_date)),
            is_entry,
            stage,
        };
        match periods.last_mut() {
            // Several figures that changed at once are one change.
            Some(last) if last.entered_at == period.entered_at && !period.is_entry => {
                *last = StagePeriod { is_entry: last.is_entry, ..period };
            }
            Some(last) => {
                last.exited_at = Some(period.entered_at);
                periods.push(period);
            }
            None => periods.push(period),
        }
    }
    periods
}

/// When the sale entered the stage it is in.
pub fn entered_present_stage(periods: &[StagePeriod]) -> Option<DateTime<Utc>> {
    periods.iter().rev().find(|period| period.is_entry).map(|period| period.entered_at)
}

/// When the history says that it was won or lost.
pub fn closed_at(entries: &[Entry], category: StageCategory) -> Option<DateTime<Utc>> {
    let kind = match category {
        StageCategory::Won => EventKind::OpportunityWon,
        StageCategory::Lost => EventKind::OpportunityLost,
        StageCategory::Open | StageCategory::Omitted => return None,
    };
    entries.iter().rev().find(|entry| entry.event.kind == kind).map(|entry| entry.event.occurred_at)
}

/// Something the history tells of a sale's stage or figures.
struct Mark {
    at: DateTime<Utc>,
    stage: Option<Arc<str>>,
    amount: Option<Money>,
    probability: Option<Decimal>,
    close_date: Option<NaiveDate>,
}

impl Mark {
    fn at(at: DateTime<Utc>) -> Self {
        Self { at, stage: None, amount: None, probability: None, close_date: None }
    }
}

fn marks(merged: &MergedOpportunity, entries: &[Entry]) -> Vec<Mark> {
    let snapshots = merged.stage_history.iter().map(|it| Mark {
        at: it.at,
        stage: Some(it.stage.clone()),
        amount: it.amount.clone(),
        probability: it.probability,
        close_date: None,
    });
    let mut marks: Vec<Mark> = snapshots.collect();
    let has_snapshots = !marks.is_empty();
    let mut is_first_date = true;
    for event in entries.iter().map(|entry| &entry.event).filter(|event| event.source == merged.leading) {
        match &event.detail {
            Detail::Opportunity { to: Some(to), amount, .. } if !has_snapshots => {
                let (stage, amount) = (Some(to.clone()), amount.clone());
                marks.push(Mark { stage, amount, ..Mark::at(event.occurred_at) });
            }
            Detail::Field { field, old, new, withheld: false } if &**field == "closeDate" => {
                let old = old.as_deref().and_then(day);
                if is_first_date && old.is_some() {
                    marks.push(Mark { close_date: old, ..Mark::at(merged.created_at) });
                }
                is_first_date = false;
                let close_date = new.as_deref().and_then(day);
                marks.push(Mark { close_date, ..Mark::at(event.occurred_at) });
            }
            _ => {}
        }
    }
    if marks.iter().all(|mark| mark.stage.is_none()) {
        marks.push(Mark { stage: merged.stage.clone(), ..Mark::at(merged.created_at) });
    }
    marks
}

/// A day out of a history row: a date, or the date of an instant.
fn day(text: &str) -> Option<NaiveDate> {
    let instant = || text.parse::<DateTime<Utc>>().ok().map(|at| at.date_naive());
    let milliseconds =
        || text.parse().ok().and_then(DateTime::from_timestamp_millis).map(|at| at.date_naive());
    text.parse().ok().or_else(instant).or_else(milliseconds)
}

/// What a stage counts as; the present stage as the record says, others as the pipeline does.
fn category_of(merged: &MergedOpportunity, stage: &str, pipelines: &[Arc<Pipeline>]) -> StageCategory {
    if merged.stage.as_deref() == Some(stage) {
        return merged.category;
    }
    let own = pipelines.iter().filter(|it| it.source == merged.leading.source);
    let named = own.filter(|it| merged.pipeline.as_ref().is_none_or(|key| *key == it.key));
    named.flat_map(|it| &it.stages).find(|it| *it.key == *stage).map_or(StageCategory::Open, |it| it.category)
}
