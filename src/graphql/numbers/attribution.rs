//! Who earned what an opportunity is worth, by which agreement.

use std::collections::HashMap;

use async_graphql::{Context, ID, Result, SimpleObject};
use chrono::{DateTime, Utc};

use crate::domain::fact::{FactSet, Ix, OpportunityFact, OpportunityState, TouchFact};
use crate::domain::id::{NodeId, NodeKind, RecordKey};
use crate::metrics::attribution::{Agreement, Credit, Terms, attribute, in_force, is_official, journey_to};

use super::super::code::Code;
use super::super::object::history::Touchpoint;
use super::super::object::money::Money;
use super::super::scalars::Ratio;
use super::super::visible;
use super::agreement::AttributionAgreement;
use super::choices::AttributionModelKind;
use super::touches::{TouchPosition, touchpoints};
use super::{Table, sees_amounts, table};

/// What an opportunity is worth, divided among the touches before it. The credits and what is unattributed add up to the
/// total, to the cent.
#[derive(Clone, SimpleObject)]
pub struct AttributionResult {
    /// How it was divided.
    model: AttributionModelKind,
    /// Whether these are the terms agreed on at its close, or at present while it is open.
    official: bool,
    /// The agreement whose terms these are.
    agreement: Option<AttributionAgreement>,
    /// What is divided.
    total: Money,
    /// Each eligible touch in order of time, also those that earned nothing.
    credits: Vec<AttributionCredit>,
    /// What no touch earned: everything, where there was none.
    unattributed: Money,
}

/// What one touch earned.
#[derive(Clone, SimpleObject)]
pub struct AttributionCredit {
    /// The places it takes in the journey.
    positions: Vec<TouchPosition>,
    /// The touch; null where this view may not see it.
    #[graphql(visible = "visible::marketing_entries")]
    touchpoint: Option<Touchpoint>,
    /// When it happened; a touch known to the day alone stands at the end of its day.
    occurred_at: DateTime<Utc>,
    /// Its share.
    share: Ratio,
    /// What it earned.
    amount: Money,
}

/// One opportunity with what is known of it when it converted, or now.
pub(super) struct Converted<'a> {
    pub(super) facts: &'a FactSet,
    pub(super) row: &'a OpportunityFact,
    pub(super) state: OpportunityState,
    pub(super) at: DateTime<Utc>,
}

impl Table {
    pub(super) fn converted(&self, opportunity: Ix<OpportunityFact>) -> Option<Converted<'_>> {
        let facts: &FactSet = self.snapshot.facts();
        let row = &facts.opportunities[opportunity.place()];
        let state = facts.opportunity_at(row, facts.as_of)?;
        let at = state.closed.map_or(facts.as_of, |closed| closed.at);
        Some(Converted { facts, row, state, at })
    }
}

/// Divides what an opportunity is worth; none for one without an amount, or that is not there.
pub(in super::super) async fn attribution(
    ctx: &Context<'_>,
    key: &RecordKey,
    model: Option<AttributionModelKind>,
    agreement: Option<&ID>,
) -> Result<Option<AttributionResult>> {
    let table = table(ctx)?;
    sees_amounts(&table.view, "what an opportunity is worth")?;
    let Some(converted) = table.opportunity(key).and_then(|place| table.converted(place)) else {
        return Ok(None);
    };
    let (terms, agreed) = chosen(&table, model, agreement, converted.at)?;
    let Some(amount) = converted.state.amount else { return Ok(None) };
    let Converted { facts, row, state, at } = converted;
    let journey = journey_to(facts, row, &state, facts.as_of, &terms, table.calendar.zone);
    let divided = attribute(amount.minor, &journey, &terms);
    let touches: Vec<Ix<TouchFact>> = divided.credits.iter().map(|credit| credit.touch).collect();
    let wants_touches = ctx.look_ahead().field("credits").field("touchpoint").exists();
    let mut shown = if wants_touches { touchpoints(ctx, &table, &touches).await? } else { HashMap::new() };
    let currency = &facts.currencies[amount.currency.place()];
    let money = |minor: i64| Money::new(currency.decimal(minor), currency.code.clone());
    let credit = |credit: Credit| AttributionCredit {
        positions: credit.positions.into_iter().map(Into::into).collect(),
        touchpoint: shown.remove(&credit.touch),
        occurred_at: facts.touches[credit.touch.place()].when.at,
        share: Ratio(credit.share.decimal(6).unwrap_or_default()),
        amount: money(credit.minor),
    };
    Ok(Some(AttributionResult {
        model: terms.model.into(),
        official: is_official(&table.inputs.agreements, &terms, at),
        agreement: agreed.map(AttributionAgreement::new),
        total: money(amount.minor),
        unattributed: money(divided.unattributed),
        credits: divided.credits.into_iter().map(credit).collect(),
    }))
}

/// The terms that are asked for, and the agreement they are of.
fn chosen(
    table: &Table,
    model: Option<AttributionModelKind>,
    agreement: Option<&ID>,
    at: DateTime<Utc>,
) -> Result<(Terms, Option<Agreement>)> {
    let agreements = &table.inputs.agreements;
    if let Some(id) = agreement {
        let node = NodeId::decode(id).filter(|node| node.kind == NodeKind::Agreement);
        let found = node.and_then(|node| agreements.iter().find(|one| one.key == node.key.id));
        let Some(found) = found else {
            return Err(Code::BadInput.error("agreement is the id of no attribution agreement."));
        };
        if model.is_some_and(|model| model != found.terms.model.into()) {
            return Err(Code::BadInput.error("model is another one than that of the agreement."));
        }
        return Ok((found.terms, Some(found.clone())));
    }
    let in_force = in_force(agreements, at);
    let Some(model) = model else {
        let Some(agreed) = in_force else {
            return Err(Code::BadInput.error("No agreement was in force; name a model."));
        };
        return Ok((agreed.terms, Some(agreed.clone())));
    };
    let terms = table.terms(model, at)?;
    Ok((terms, in_force.filter(|agreed| agreed.terms == terms).cloned()))
}
