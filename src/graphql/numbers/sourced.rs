//! What is told of one opportunity by the rules of the shared numbers: whose doing it was, and whether it stands still.

use async_graphql::{Context, Result};

use crate::domain::id::RecordKey;
use crate::metrics::marketing_influenced_share::is_influenced;
use crate::metrics::marketing_sourced_share::is_sourced;
use crate::metrics::period::Period;
use crate::metrics::scene::{Scene, Seen};
use crate::metrics::{MetricKind, Question};

use super::super::code::Code;
use super::choices::SourcedRule;
use super::table;

/// Whether marketing created an opportunity, by a rule; none for one that is not there.
pub(in super::super) fn is_marketing_sourced(
    ctx: &Context<'_>,
    key: &RecordKey,
    rule: SourcedRule,
) -> Result<Option<bool>> {
    judged(ctx, key, |question| question.sourced_rule = rule.into(), is_sourced)
}

/// Whether marketing touched somebody of an opportunity from so many days before its creation.
pub(in super::super) fn is_marketing_influenced(
    ctx: &Context<'_>,
    key: &RecordKey,
    days: i32,
) -> Result<Option<bool>> {
    let days = u32::try_from(days).ok().filter(|days| *days <= 36_500);
    let days = days.ok_or_else(|| Code::BadInput.error("lookbackDays must lie between 0 and 36500."))?;
    judged(ctx, key, |question| question.influence_days = days, is_influenced)
}

fn judged(
    ctx: &Context<'_>,
    key: &RecordKey,
    option: impl FnOnce(&mut Question),
    judge: impl Fn(&Scene<'_>, &Seen<'_>) -> bool,
) -> Result<Option<bool>> {
    let table = table(ctx)?;
    let facts = table.snapshot.facts();
    let today = facts.as_of.with_timezone(&table.calendar.zone).date_naive();
    let mut question = table.plain(MetricKind::RevenueWon, Period { start: today, end: today });
    option(&mut question);
    let Some(place) = table.opportunity(key) else { return Ok(None) };
    let scene = Scene::new(facts, &table.visible.sight, &table.inputs, &question);
    Ok(scene.opportunity(place.place()).map(|seen| judge(&scene, &seen)))
}

/// Whether an opportunity has been in its stage for longer than is usual; none where nobody can tell.
pub(in super::super) fn is_stalled(ctx: &Context<'_>, key: &RecordKey) -> Result<Option<bool>> {
    let table = table(ctx)?;
    Ok(table.snapshot.is_stalled(&table.view, key))
}
