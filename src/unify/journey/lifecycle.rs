//! Lifecycle periods and funnel passes. Source: domain guide §3.
//!
//! A pass opens at MQL, or at SQL when no MQL preceded; it ends won, lost, recycled or disqualified, and only then may
//! another begin. A stage that was reached without the ones before it gives those the same instant, marked as inferred.
//! SAL and SALES_READY may be skipped, a pass that sales opened never had an MQL, and nobody need subscribe before they
//! ask: those are not filled in.

use chrono::{DateTime, Utc};

use crate::domain::fact::PassOutcome;
use crate::domain::id::RecordKey;
use crate::domain::lifecycle::LifecycleStage;
use crate::domain::opportunity::StageCategory;
use crate::domain::person::PersonRecord;
use crate::unify::history::Entry;
use crate::unify::merge::stage::Return;

use super::signals::{Signal, Told, What, signals};

/// A sale of the person's, as far as it moves them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sale {
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// Won or lost, and when.
    pub closed: Option<(StageCategory, DateTime<Utc>)>,
}

/// A person's time in one stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Period {
    /// The stage.
    pub stage: LifecycleStage,
    /// From when on.
    pub entered_at: DateTime<Utc>,
    /// Until when; none while it lasts.
    pub exited_at: Option<DateTime<Utc>>,
    /// Filled in because a later stage was reached; of length 0.
    pub is_inferred: bool,
    /// The pass it belongs to, from 1; 0 outside of any.
    pub pass: u16,
    /// The record that told it; none for what was filled in or what a sale told.
    pub record: Option<RecordKey>,
}

/// One attempt from MQL (or SQL, where sales began it) to an end.
#[derive(Clone, Debug, PartialEq)]
pub struct Pass {
    /// Its number among the person's, from 1.
    pub number: u16,
    /// Marketing-qualified.
    pub mql_at: Option<DateTime<Utc>>,
    /// Accepted by sales.
    pub sal_at: Option<DateTime<Utc>>,
    /// Qualified by sales.
    pub sql_at: Option<DateTime<Utc>>,
    /// A sale came of it.
    pub opportunity_at: Option<DateTime<Utc>>,
    /// Ended; none while it is open.
    pub ended_at: Option<DateTime<Utc>>,
    /// The sale that came of it, by its place among those given.
    pub sale: Option<usize>,
    /// How it stands.
    pub outcome: PassOutcome,
    /// Opened at SQL, without an MQL before.
    pub is_sales_generated: bool,
    /// `mql_at` was filled in.
    pub mql_is_inferred: bool,
    /// `sql_at` was filled in.
    pub sql_is_inferred: bool,
}

impl Pass {
    /// When it began.
    pub fn opened_at(&self) -> Option<DateTime<Utc>> {
        self.mql_at.or(self.sql_at)
    }

    /// Whether it was under way at an instant.
    pub fn is_open_at(&self, at: DateTime<Utc>) -> bool {
        self.opened_at().is_some_and(|opened| opened <= at) && self.ended_at.is_none_or(|ended| ended > at)
    }
}

/// How a person went through the funnel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Journey {
    /// Their stages, in order.
    pub periods: Vec<Period>,
    /// Their attempts, in order.
    pub passes: Vec<Pass>,
}

/// Walks through everything that moved a person up to an instant. `entries` are their timeline, `sales` those they are
/// a contact of and those that came from them, `returns` what was recorded outside the vendors' records.
pub fn journey(
    records: &[&PersonRecord],
    entries: &[Entry],
    returns: &[Return],
    sales: &[Sale],
    until: DateTime<Utc>,
) -> Journey {
    let mut walk = Walk { told: Journey::default(), open_sales: Vec::new() };
    for signal in signals(records, entries, returns, sales, until) {
        walk.take(&signal);
    }
    walk.told
}

struct Walk {
    told: Journey,
    /// Sales of the open pass that are under way.
    open_sales: Vec<usize>,
}

impl Walk {
    fn take(&mut self, signal: &Signal) {
        match signal.what {
            What::Stage { to: LifecycleStage::Other, .. } => {}
            What::Stage { to, told } if to.is_on_the_line() => {
                if self.may_move_to(to, told) {
                    self.enter(to, signal);
                }
            }
            What::Stage { to, told } => {
                if told > Told::Copy && self.stage() != Some(to) {
                    self.leave(to, signal);
                }
            }
            What::SaleBegan(sale) => {
                if self.may_move_to(LifecycleStage::Opportunity, Told::Rule) {
                    self.enter(LifecycleStage::Opportunity, signal);
                }
                if let Some(pass) = self.open_pass() {
                    pass.sale.get_or_insert(sale);
                    pass.opportunity_at.get_or_insert(signal.at);
                    if pass.sql_at.is_none() {
                        (pass.sql_at, pass.sql_is_inferred) = (Some(signal.at), true);
                    }
                    self.open_sales.push(sale);
                }
            }
            What::SaleEnded { sale, is_won: true } => {
                if self.may_move_to(LifecycleStage::Customer, Told::Rule) {
                    self.enter(LifecycleStage::Customer, signal);
                } else if self.open_sales.contains(&sale) {
                    self.end(PassOutcome::Won, signal.at);
                }
                let last = self.told.passes.last_mut();
                if let Some(pass) =
                    last.filter(|it| it.outcome == PassOutcome::Won && it.ended_at == Some(signal.at))
                {
                    pass.sale = Some(sale);
                }
            }
            What::SaleEnded { sale, is_won: false } => {
                let known = self.open_sales.len();
                self.open_sales.retain(|open| *open != sale);
                if known > 0 && self.open_sales.is_empty() {
                    self.end(PassOutcome::Lost, signal.at);
                }
            }
        }
    }

    /// Where the person stands.
    fn stage(&self) -> Option<LifecycleStage> {
        self.told.periods.last().map(|period| period.stage)
    }

    /// Their last attempt ended without a sale, or they were sent back: they may come again.
    fn was_returned(&self) -> bool {
        let ended = self.told.passes.last().map(|pass| pass.outcome);
        self.stage().is_some_and(|stage| !stage.is_on_the_line())
            || matches!(ended, Some(PassOutcome::Lost | PassOutcome::Recycled | PassOutcome::Disqualified))
    }

    fn may_move_to(&self, to: LifecycleStage, told: Told) -> bool {
        match self.stage() {
            None => true,
            // After a return a copy says nothing new, and asking again is no qualification unless a human says so.
            Some(_) if self.was_returned() => {
                told == Told::Human || (told == Told::Rule && to >= LifecycleStage::Mql)
            }
            Some(at) if to == at => false,
            Some(at) => to > at || told == Told::Human,
        }
    }

    fn open_pass(&mut self) -> Option<&mut Pass> {
        self.told.passes.last_mut().filter(|pass| pass.outcome == PassOutcome::Open)
    }

    /// Enters a stage of the line, filling in those that were not passed through.
    fn enter(&mut self, to: LifecycleStage, signal: &Signal) {
        use LifecycleStage::{Customer, Inquiry, Mql, Opportunity, Sql};
        let goes_on = self.is_customer() && to > Customer;
        let opens = to >= Mql && self.open_pass().is_none() && !goes_on;
        let is_sales_generated = opens && to >= Sql;
        let from = if self.was_returned() { None } else { self.stage() };
        for skipped in [Inquiry, Mql, Sql, Opportunity, Customer] {
            let was_skipped = skipped < to && from.is_none_or(|from| from < skipped);
            if was_skipped && !(skipped == Mql && is_sales_generated) && !self.was_entered(skipped) {
                self.begin(skipped, signal.at, true, None);
            }
        }
        if opens {
            self.open_at(to, signal.at, is_sales_generated);
        }
        self.begin(to, signal.at, false, signal.record.clone());
        let at = signal.at;
        if let Some(pass) = self.open_pass() {
            if to == LifecycleStage::Sal {
                pass.sal_at.get_or_insert(at);
            }
            if to == Sql {
                pass.sql_at.get_or_insert(at);
            } else if to > Sql && pass.sql_at.is_none() {
                (pass.sql_at, pass.sql_is_inferred) = (Some(at), true);
            }
            if to >= Opportunity {
                pass.opportunity_at.get_or_insert(at);
            }
        }
        self.number_periods(at);
        if to >= Customer {
            self.end(PassOutcome::Won, at);
        }
    }

    fn is_customer(&self) -> bool {
        self.stage().is_some_and(|stage| stage.is_on_the_line() && stage >= LifecycleStage::Customer)
    }

    /// Whether a stage was entered since the last attempt ended; that they once asked counts for ever.
    fn was_entered(&self, stage: LifecycleStage) -> bool {
        let ended = self.told.passes.iter().rev().find_map(|pass| pass.ended_at);
        let since = ended.filter(|_| stage != LifecycleStage::Inquiry);
        let mut own = self.told.periods.iter().filter(|period| period.stage == stage);
        own.any(|period| since.is_none_or(|since| period.entered_at >= since))
    }

    fn open_at(&mut self, to: LifecycleStage, at: DateTime<Utc>, is_sales_generated: bool) {
        let number = u16::try_from(self.told.passes.len() + 1).unwrap_or(u16::MAX);
        self.open_sales.clear();
        self.told.passes.push(Pass {
            number,
            mql_at: (!is_sales_generated).then_some(at),
            sal_at: None,
            sql_at: is_sales_generated.then_some(at),
            opportunity_at: None,
            ended_at: None,
            sale: None,
            outcome: PassOutcome::Open,
            is_sales_generated,
            mql_is_inferred: !is_sales_generated && to != LifecycleStage::Mql,
            sql_is_inferred: is_sales_generated && to != LifecycleStage::Sql,
        });
    }

    /// Says of the periods that began now which pass they belong to.
    fn number_periods(&mut self, at: DateTime<Utc>) {
        let Some(number) = self.open_pass().map(|pass| pass.number) else { return };
        let opened = self.told.passes.last().and_then(Pass::opened_at);
        for period in self.told.periods.iter_mut().rev().take_while(|period| period.entered_at == at) {
            if period.stage >= LifecycleStage::Mql
                && opened.is_some_and(|opened| opened <= at)
                && period.pass == 0
            {
                period.pass = number;
            }
        }
    }

    /// Sent back to marketing, or given up.
    fn leave(&mut self, to: LifecycleStage, signal: &Signal) {
        let pass = self.open_pass().map_or(0, |pass| pass.number);
        let outcome =
            if to == LifecycleStage::Recycled { PassOutcome::Recycled } else { PassOutcome::Disqualified };
        self.end(outcome, signal.at);
        self.begin(to, signal.at, false, signal.record.clone());
        if let Some(period) = self.told.periods.last_mut() {
            period.pass = pass;
        }
    }

    fn end(&mut self, outcome: PassOutcome, at: DateTime<Utc>) {
        if let Some(pass) = self.open_pass() {
            (pass.outcome, pass.ended_at) = (outcome, Some(at));
        }
        self.open_sales.clear();
    }

    fn begin(
        &mut self,
        stage: LifecycleStage,
        at: DateTime<Utc>,
        is_inferred: bool,
        record: Option<RecordKey>,
    ) {
        if let Some(last) = self.told.periods.last_mut() {
            last.exited_at.get_or_insert(at);
        }
        let exited_at = is_inferred.then_some(at);
        self.told.periods.push(Period { stage, entered_at: at, exited_at, is_inferred, pass: 0, record });
    }
}
