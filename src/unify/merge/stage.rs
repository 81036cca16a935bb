//! FURTHEST_STAGE: how far a person came, unless somebody took them back since.
//!
//! Automatic updates only move forward; a return to nurture or a disqualification counts when a human recorded it, in
//! a vendor's record or outside, and when it is newer. After a return only what was reached since counts.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::id::RecordKey;
use crate::domain::lifecycle::LifecycleStage;
use crate::domain::person::{PersonField, PersonRecord};
use crate::domain::record::Edit;

use super::provenance::SurvivorshipStrategy;
use super::weigh::{Say, Weighed, put_first};

/// A return to nurture or a disqualification that somebody recorded outside the vendors' records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Return {
    /// `Recycled` or `Disqualified`.
    pub stage: LifecycleStage,
    /// When.
    pub at: DateTime<Utc>,
    /// What recorded it.
    pub record: RecordKey,
}

/// Weighs the stages of records that come in the order of belief.
pub(super) fn furthest(records: &[&PersonRecord], returns: &[Return]) -> Weighed<LifecycleStage> {
    let mut says: Vec<Say<LifecycleStage>> = records.iter().filter_map(|it| of_record(it)).collect();
    says.extend(returns.iter().map(of_return));
    let winner = winner(&says);
    put_first(SurvivorshipStrategy::FurthestStage, says, winner)
}

fn winner(says: &[Say<LifecycleStage>]) -> Option<usize> {
    let latest_return = first_best(says, |say| is_return(say).then(|| reached_at(say)));
    let since = latest_return.map(|nth| reached_at(&says[nth]));
    let furthest_since = first_best(says, |say| {
        let counts = say.value.is_on_the_line() && since.is_none_or(|since| reached_at(say) >= since);
        counts.then_some(say.value)
    });
    // Off the line and not by a human: better than nothing, in the order of time, an unmapped stage last.
    let whatever = || first_best(says, |say| Some((say.value != LifecycleStage::Other, reached_at(say))));
    furthest_since.or(latest_return).or_else(whatever)
}

/// The place of the best say, the first among equals; says without a measure do not compete.
fn first_best<M: Ord>(
    says: &[Say<LifecycleStage>],
    measure: impl Fn(&Say<LifecycleStage>) -> Option<M>,
) -> Option<usize> {
    let mut best: Option<(usize, M)> = None;
    for (nth, say) in says.iter().enumerate() {
        if let Some(measure) = measure(say)
            && best.as_ref().is_none_or(|(_, held)| measure > *held)
        {
            best = Some((nth, measure));
        }
    }
    best.map(|(nth, _)| nth)
}

fn is_return(say: &Say<LifecycleStage>) -> bool {
    matches!(say.value, LifecycleStage::Recycled | LifecycleStage::Disqualified)
        && say.edit.as_ref().is_some_and(|edit| !edit.by_integration)
}

fn reached_at(say: &Say<LifecycleStage>) -> DateTime<Utc> {
    say.edit.as_ref().map_or(say.created_at, |edit| edit.at)
}

fn of_record(record: &PersonRecord) -> Option<Say<LifecycleStage>> {
    let stage = record.stage?;
    // Where the last edit was not read, the record's own stamp stands for it.
    let unread = || Edit { at: record.meta.updated_at, by: None, by_integration: false };
    Some(Say {
        record: record.meta.key.clone(),
        created_at: record.meta.created_at,
        value: stage,
        text: Arc::from(stage.name()),
        compared: Some(stage.name().to_owned()),
        edit: Some(record.edits.get(&PersonField::LifecycleStage).cloned().unwrap_or_else(unread)),
    })
}

fn of_return(recorded: &Return) -> Say<LifecycleStage> {
    Say {
        record: recorded.record.clone(),
        created_at: recorded.at,
        value: recorded.stage,
        text: Arc::from(recorded.stage.name()),
        compared: Some(recorded.stage.name().to_owned()),
        edit: Some(Edit { at: recorded.at, by: None, by_integration: false }),
    }
}
