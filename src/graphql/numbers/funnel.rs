//! A person's attempts from marketing-qualified to an end.

use std::fmt;

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use crate::domain::fact::{Ix, PassFact, PassOutcome as Outcome};
use crate::domain::id::{NodeId, NodeKind};
use crate::facts::keys::Row;
use crate::source::cached::Freshness;

use super::super::load;
use super::super::object::history::LifecycleStage;
use super::super::object::opportunity::Opportunity;
use super::super::object::person::Person;
use super::{Table, table};

/// One attempt of one person: from marketing-qualified, or from sales-qualified where sales began it, to an end.
#[derive(Clone)]
pub struct FunnelPass {
    table: Table,
    pass: Ix<PassFact>,
}

impl fmt::Debug for FunnelPass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FunnelPass({})", self.pass.place())
    }
}

impl FunnelPass {
    /// The pass of this place.
    pub(super) fn new(table: Table, pass: Ix<PassFact>) -> Self {
        Self { table, pass }
    }

    fn fact(&self) -> &PassFact {
        &self.table.snapshot.facts().passes[self.pass.place()]
    }
}

/// The pass of an id; none for one this view does not see.
///
/// # Errors
/// `LEDGER_REQUIRED` until everything is captured.
pub(in super::super) fn pass_of(ctx: &Context<'_>, node: &NodeId) -> Result<Option<FunnelPass>> {
    let table = table(ctx)?;
    let Some(Row::Person(place)) = table.snapshot.row_of(&node.key) else { return Ok(None) };
    let place = place as usize;
    if !table.visible.sight.people.has(place) {
        return Ok(None);
    }
    let facts = table.snapshot.facts();
    let span = facts.people[place].passes;
    let mut own = span.places().zip(span.of(&facts.passes));
    let found = own.find(|(_, pass)| node.part.as_deref() == Some(pass.number.to_string().as_str()));
    let pass = found.map(|(place, _)| Ix::new(place));
    Ok(pass.map(|pass| FunnelPass::new(table, pass)))
}

#[Object]
impl FunnelPass {
    /// Opaque and lasting.
    pub async fn id(&self) -> ID {
        let key = self.table.snapshot.facts().person_keys[self.fact().person.place()].clone();
        let part = Some(self.fact().number.to_string().into());
        NodeId { kind: NodeKind::FunnelPass, key, part }.encode().into()
    }

    /// Whose attempt.
    async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        let key = &self.table.snapshot.facts().person_keys[self.fact().person.place()];
        load::person_by_record(ctx, key, Freshness::captured()).await.transpose()
    }

    /// Its number among the person's, from 1.
    async fn number(&self) -> i32 {
        i32::from(self.fact().number)
    }

    /// The stages it went through, in order.
    async fn stages(&self) -> Vec<LifecyclePeriod> {
        let (facts, pass) = (self.table.snapshot.facts(), self.fact());
        let person = &facts.people[pass.person.place()];
        let own = facts.periods_of(person).iter().filter(|period| period.pass == pass.number);
        own.map(|period| LifecyclePeriod {
            stage: period.stage.into(),
            entered_at: period.entered_at,
            exited_at: period.exited_at,
            inferred: period.is_inferred,
        })
        .collect()
    }

    /// The opportunity that came of it.
    async fn opportunity(&self, ctx: &Context<'_>) -> Option<Result<Opportunity>> {
        let key = &self.table.snapshot.facts().opportunity_keys[self.fact().opportunity?.place()];
        load::opportunity_by_record(ctx, key, Freshness::captured()).await.transpose()
    }

    /// How it stands.
    async fn outcome(&self) -> Option<PassOutcome> {
        Some(self.fact().outcome.into())
    }
}

/// A time somebody spent in a lifecycle stage.
#[derive(Clone, Debug, SimpleObject)]
pub struct LifecyclePeriod {
    /// The stage.
    stage: LifecycleStage,
    /// From when on.
    entered_at: DateTime<Utc>,
    /// Until when; null while it lasts.
    exited_at: Option<DateTime<Utc>>,
    /// Filled in because a later stage was reached; it has no length and counts in no conversion.
    inferred: bool,
}

/// How an attempt stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Outcome")]
pub enum PassOutcome {
    /// Under way.
    Open,
    /// Became a customer.
    Won,
    /// The opportunity was lost.
    Lost,
    /// Returned to marketing.
    Recycled,
    /// Not to be pursued.
    Disqualified,
}
