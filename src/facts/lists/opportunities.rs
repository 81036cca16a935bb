//! Opportunities: which match, in which order.

use chrono::TimeDelta;
use rust_decimal::Decimal;

use crate::domain::fact::{OpportunityFact, Text};
use crate::domain::id::RecordKey;
use crate::domain::lead_source::Channel;
use crate::domain::opportunity::StageCategory;
use crate::domain::view::{Aspect, View};
use crate::facts::snapshot::Snapshot;
use crate::facts::visible::Visible;

use super::ListRefusal;
use super::cursor::Value;
use super::filters::{CustomFilter, DayFilter, InstantFilter, NumberFilter, StringFilter};
use super::listing::{Listing, Nested, Test, Tests};
use super::page::{Ask, PageOfIds};
use super::people::deny;

/// Which page of opportunities.
pub type OpportunitiesAsk = Ask<OpportunityFilter, OpportunityOrder>;

/// Which opportunities; every condition given must hold. Amounts are compared as they are, whatever their currency.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OpportunityFilter {
    /// All of these.
    pub and: Vec<OpportunityFilter>,
    /// Any of these.
    pub or: Option<Vec<OpportunityFilter>>,
    /// Not this.
    pub not: Option<Box<OpportunityFilter>>,
    /// What sellers call it.
    pub name: Option<StringFilter>,
    /// The vendor's key of its stage.
    pub stage: Option<StringFilter>,
    /// Open, won, lost.
    pub category: Option<StageCategory>,
    /// The channel of its source.
    pub channel: Option<Channel>,
    /// Owned by one of these users, by any key of theirs.
    pub owners: Option<Vec<RecordKey>>,
    /// Of one of these accounts, by any key of theirs.
    pub accounts: Option<Vec<RecordKey>>,
    /// What it is worth.
    pub amount: Option<NumberFilter>,
    /// The day of closing.
    pub close_date: Option<DayFilter>,
    /// Creation.
    pub created_at: Option<InstantFilter>,
    /// Latest change.
    pub updated_at: Option<InstantFilter>,
    /// When the newest of what is known was read.
    pub observed_at: Option<InstantFilter>,
    /// In its stage for longer than those that were won; where nobody can tell, neither holds.
    pub is_stalled: Option<bool>,
    /// Fields of the company's own.
    pub custom: Vec<CustomFilter>,
}

/// What opportunities are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each name is the column's own")]
pub enum OpportunityOrder {
    CreatedAt,
    UpdatedAt,
    CloseDate,
    Amount,
    /// The time in the present stage.
    StageAge,
}

impl Nested for OpportunityFilter {
    fn nested(&self) -> (&[Self], Option<&[Self]>, Option<&Self>) {
        (&self.and, self.or.as_deref(), self.not.as_deref())
    }
}

impl Snapshot {
    /// A page of opportunities.
    ///
    /// # Errors
    /// When the view may not filter or order so, or a cursor is none of this list.
    pub fn opportunities(&self, view: &View, ask: &OpportunitiesAsk) -> Result<PageOfIds, ListRefusal> {
        for by in &ask.order {
            match by.field {
                OpportunityOrder::Amount => deny(view, Aspect::DealFigures, "amounts")?,
                OpportunityOrder::StageAge => deny(view, Aspect::DealFigures, "stages")?,
                _ => {}
            }
        }
        let visible = self.visible(view);
        let value = |row: usize, field: OpportunityOrder| {
            let fact = &self.facts.opportunities[row];
            match field {
                OpportunityOrder::CreatedAt => Value::Instant(fact.created_at.timestamp_micros()),
                OpportunityOrder::UpdatedAt => Value::Instant(fact.updated_at.timestamp_micros()),
                OpportunityOrder::CloseDate => fact.close_date.map_or(Value::Absent, Value::Day),
                OpportunityOrder::Amount => self.amount_of(fact).map_or(Value::Absent, Value::Number),
                // The older the stage the earlier it was entered; the instant stays while time goes on.
                OpportunityOrder::StageAge => {
                    fact.stage_entered_at.map_or(Value::Absent, |at| Value::Instant(-at.timestamp_micros()))
                }
            }
        };
        let (keys, seen) = (&self.facts.opportunity_keys, &visible.sight.opportunities);
        Listing { name: "opportunities", keys, seen, usual: OpportunityOrder::CreatedAt }.page(
            ask,
            |filter| self.opportunity_tests(view, &visible, filter),
            value,
        )
    }

    /// Whether an opportunity has been in its stage for too long; none where nobody can tell, it is not open, or the
    /// view does not see stages.
    pub fn is_stalled(&self, view: &View, key: &RecordKey) -> Option<bool> {
        let Some(crate::facts::keys::Row::Opportunity(place)) = self.row_of(key) else { return None };
        let is_seen = self.visible(view).sight.opportunities.has(place as usize);
        let may_know = is_seen && view.may_filter_by(Aspect::DealFigures);
        let fact = &self.facts.opportunities[place as usize];
        may_know.then(|| self.pace().is_stalled(&self.facts, fact, self.facts.as_of)).flatten()
    }

    /// How long an opportunity has been in its stage.
    pub fn stage_age(&self, key: &RecordKey) -> Option<TimeDelta> {
        let Some(crate::facts::keys::Row::Opportunity(place)) = self.row_of(key) else { return None };
        self.facts.opportunities[place as usize].stage_entered_at.map(|at| self.facts.as_of - at)
    }

    fn amount_of(&self, fact: &OpportunityFact) -> Option<Decimal> {
        let amount = fact.amount?;
        Some(self.facts.currencies[amount.currency.place()].decimal(amount.minor))
    }

    fn opportunity_tests<'s>(
        &'s self,
        view: &View,
        visible: &Visible,
        filter: &OpportunityFilter,
    ) -> Tests<'s> {
        let mut all: Vec<Test<'s>> = Vec::new();
        let fact = move |row: usize| -> &OpportunityFact { &self.facts.opportunities[row] };
        let text_of = move |text: Option<Text>| text.map(|text| &**self.facts.texts.text(text));
        if let Some(text) = &filter.name {
            let text = text.folded();
            all.push(Box::new(move |row| text.holds(text_of(fact(row).name))));
        }
        if let Some(text) = &filter.stage {
            deny(view, Aspect::DealFigures, "stages")?;
            let text = text.folded();
            all.push(Box::new(move |row| text.holds(text_of(fact(row).stage))));
        }
        if let Some(category) = filter.category {
            deny(view, Aspect::DealFigures, "stages")?;
            all.push(Box::new(move |row| fact(row).category == category));
        }
        if let Some(channel) = filter.channel {
            all.push(Box::new(move |row| fact(row).channel == channel));
        }
        if let Some(owners) = &filter.owners {
            let owners = self.owner_places(owners);
            all.push(Box::new(move |row| {
                fact(row).owner.is_some_and(|owner| owners.contains(&owner.place()))
            }));
        }
        if let Some(accounts) = &filter.accounts {
            let accounts = self.account_places(accounts, visible);
            all.push(Box::new(move |row| fact(row).account.is_some_and(|ix| accounts.contains(&ix.place()))));
        }
        if let Some(bounds) = filter.amount.clone() {
            deny(view, Aspect::DealFigures, "amounts")?;
            all.push(Box::new(move |row| bounds.holds(self.amount_of(fact(row)).as_ref())));
        }
        if let Some(bounds) = filter.close_date.clone() {
            all.push(Box::new(move |row| bounds.holds(fact(row).close_date.as_ref())));
        }
        if let Some(bounds) = filter.created_at.clone() {
            all.push(Box::new(move |row| bounds.holds(Some(&fact(row).created_at))));
        }
        if let Some(bounds) = filter.updated_at.clone() {
            all.push(Box::new(move |row| bounds.holds(Some(&fact(row).updated_at))));
        }
        if let Some(bounds) = filter.observed_at.clone() {
            all.push(Box::new(move |row| bounds.holds(Some(&fact(row).observed_at))));
        }
        if let Some(wanted) = filter.is_stalled {
            deny(view, Aspect::DealFigures, "stages")?;
            let (pace, now) = (self.pace(), self.facts.as_of);
            all.push(Box::new(move |row| pace.is_stalled(&self.facts, fact(row), now) == Some(wanted)));
        }
        for custom in &filter.custom {
            custom.allow(view, &self.rules.fields.opportunity)?;
            let custom = custom.folded();
            let line = move |row: usize| self.opportunities[row].as_deref();
            all.push(Box::new(move |row| line(row).is_some_and(|it| custom.holds(&it.custom))));
        }
        Ok(all)
    }
}
