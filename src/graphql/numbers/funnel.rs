//! A person's attempts from marketing-qualified to an end.

use std::fmt;

use async_graphql::{Context, Enum, ID, Object, Result};
use chrono::{DateTime, Utc};

use crate::domain::fact::{Ix, LifecyclePeriodFact, PassFact, PassOutcome as Outcome, PersonFact};
use crate::domain::id::{NodeId, NodeKind, RecordKey};
use crate::source::cached::Freshness;

use super::super::load;
use super::super::object::history::LifecycleStage;
use super::super::object::opportunity::Opportunity;
use super::super::object::person::Person;
use super::super::object::record::SourceRecord;
use super::super::paging::{Page, Question, Window, connection, slice};
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
    let passes = passes(&table, &node.key);
    let number = |pass: &FunnelPass| pass.fact().number.to_string();
    Ok(passes.into_iter().find(|pass| node.part.as_deref() == Some(number(pass).as_str())))
}

/// A page of a person's passes, the first attempt first.
///
/// # Errors
/// `LEDGER_REQUIRED` until everything is captured; `BAD_INPUT` for pages that make no sense.
pub(in super::super) fn passes_of(
    ctx: &Context<'_>,
    person: &RecordKey,
    window: &Window,
) -> Result<FunnelPassConnection> {
    let passes = passes(&table(ctx)?, person);
    let question = Question::new("person.funnelPasses", person);
    let slice = slice(passes, window, 20, &question, |pass| pass.fact().number.to_string())?;
    Ok(Page::cut(slice, &[], |pass| pass).into())
}

fn passes(table: &Table, person: &RecordKey) -> Vec<FunnelPass> {
    let Some(person) = table.person(person) else { return Vec::new() };
    let own = table.snapshot.facts().people[person.place()].passes;
    own.places().map(|place| FunnelPass::new(table.clone(), Ix::new(place))).collect()
}

/// The stages a person went through, oldest first; none where the caller does not see them.
///
/// # Errors
/// `LEDGER_REQUIRED` until everything is captured.
pub(in super::super) fn lifecycle_of(
    ctx: &Context<'_>,
    person: &RecordKey,
) -> Result<Option<Vec<LifecyclePeriod>>> {
    let table = table(ctx)?;
    Ok(table.person(person).map(|person| periods(&table, person)))
}

fn periods(table: &Table, person: Ix<PersonFact>) -> Vec<LifecyclePeriod> {
    let facts = table.snapshot.facts();
    let anchor = &facts.person_keys[person.place()];
    let line = table.snapshot.person_line(anchor);
    let own = facts.periods_of(&facts.people[person.place()]).iter();
    own.map(|fact| LifecyclePeriod {
        fact: *fact,
        told_by: line.and_then(|line| line.told_by(fact)).cloned(),
        person: anchor.clone(),
    })
    .collect()
}

connection! {
    /// A page of a person's attempts.
    FunnelPassConnection, FunnelPassEdge, FunnelPass
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
        let pass = self.fact();
        let own = periods(&self.table, pass.person).into_iter();
        own.filter(|period| period.fact.pass == pass.number).collect()
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
#[derive(Clone, Debug)]
pub struct LifecyclePeriod {
    fact: LifecyclePeriodFact,
    told_by: Option<RecordKey>,
    person: RecordKey,
}

#[Object]
impl LifecyclePeriod {
    /// The stage.
    async fn stage(&self) -> LifecycleStage {
        self.fact.stage.into()
    }

    /// From when on.
    async fn entered_at(&self) -> DateTime<Utc> {
        self.fact.entered_at
    }

    /// Until when; null while it lasts.
    async fn exited_at(&self) -> Option<DateTime<Utc>> {
        self.fact.exited_at
    }

    /// Filled in because a later stage was reached; it has no length and counts in no conversion.
    async fn inferred(&self) -> bool {
        self.fact.is_inferred
    }

    /// The record whose history tells it; null where that is another object's, or was filled in.
    async fn source(&self, ctx: &Context<'_>) -> Option<Result<SourceRecord>> {
        let key = self.told_by.as_ref()?;
        let person = load::person_by_record(ctx, &self.person, Freshness::captured()).await.transpose()?;
        match person {
            Ok(person) => person.source_records().remove(key).map(Ok),
            Err(error) => Some(Err(error)),
        }
    }
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
