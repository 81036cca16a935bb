//! M13: working back from what is to be won to what must be put in. Every step is rounded up, because nobody wins
//! four tenths of a customer.

use chrono::{Days, NaiveDate};

use super::answer::{Answer, Status};
use super::question::{Inputs, Method, WinRateBasis};
use super::ratio::Ratio;
use super::{MetricKind, Question, answer};
use crate::domain::fact::{FactSet, Sight};

/// The rates of the funnel, each between 0 and 1; absent ones are unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rates {
    /// Leads that become MQL.
    pub lead_to_mql: Option<Ratio>,
    /// MQLs that become SQL.
    pub mql_to_sql: Option<Ratio>,
    /// SQLs that become opportunities; used where `sql_to_customer` is unknown.
    pub sql_to_opportunity: Option<Ratio>,
    /// SQLs that become customers.
    pub sql_to_customer: Option<Ratio>,
    /// Opportunities that are won.
    pub win_rate: Option<Ratio>,
}

/// What must be put in; each step has its own status, because one unknown rate leaves the others useful.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Customers to win.
    pub customers: Step,
    /// Opportunities to open.
    pub opportunities: Step,
    /// Leads to be qualified by sales.
    pub sqls: Step,
    /// Leads to be qualified by marketing.
    pub mqls: Step,
    /// Leads to create.
    pub leads: Step,
}

/// A number of a plan, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// So many.
    pub count: Option<i128>,
    /// `ZeroDenominator` for a rate of 0, `NoData` for an unknown one.
    pub status: Status,
}

impl Step {
    /// A number that is given.
    pub fn given(count: i128) -> Self {
        Self { count: Some(count), status: Status::Ok }
    }

    /// How many are needed so that this share of them is this step, rounded up.
    #[must_use]
    pub fn needs(self, rate: Option<Ratio>) -> Self {
        let (Some(count), Some(rate)) = (self.count, rate) else {
            let status = if self.count.is_none() { self.status } else { Status::NoData };
            return Self { count: None, status };
        };
        match Ratio::whole(count).by(rate) {
            Some(needed) => Self::given(needed.rounded_up()),
            None => Self { count: None, status: Status::ZeroDenominator },
        }
    }
}

/// How many customers make a revenue, rounded up.
pub fn customers_for(revenue: Ratio, average: Ratio) -> Step {
    match revenue.by(average) {
        Some(customers) => Step::given(customers.rounded_up()),
        None => Step { count: None, status: Status::ZeroDenominator },
    }
}

/// Works back from customers.
pub fn plan(customers: Step, rates: &Rates) -> Plan {
    let opportunities = customers.needs(rates.win_rate);
    let sqls = match rates.sql_to_customer {
        Some(rate) => customers.needs(Some(rate)),
        None => opportunities.needs(rates.sql_to_opportunity),
    };
    let mqls = sqls.needs(rates.mql_to_sql);
    let leads = mqls.needs(rates.lead_to_mql);
    Plan { customers, opportunities, sqls, mqls, leads }
}

/// The day by which leads are needed to be customers at the end of a period: its last day less the median sales cycle
/// from lead to sale, rounded up to whole days; none without one.
pub fn needed_by(end: NaiveDate, cycle: &Answer) -> Option<NaiveDate> {
    let days = Ratio::of(cycle.median?).rounded_up();
    end.checked_sub_days(Days::new(u64::try_from(days).ok()?))
}

/// The rates as they were in the question's period, over the rows a caller sees, for those not `given`; each with a
/// sentence about where it comes from.
pub fn measured(
    facts: &FactSet,
    sight: &Sight,
    inputs: &Inputs,
    question: &Question,
    given: &Rates,
) -> (Rates, Vec<String>) {
    let mut sentences = Vec::new();
    let mut rate = |name: &str, given: Option<Ratio>, kind: MetricKind| {
        if let Some(given) = given {
            let shown = given.decimal(6).map_or_else(String::new, |value| value.normalize().to_string());
            sentences.push(format!("{name} is given as {shown}."));
            return Some(given);
        }
        let asked = Question {
            kind,
            method: Some(Method::Cohort),
            win_rate_basis: WinRateBasis::Count,
            ..question.clone()
        };
        let answer = answer(facts, sight, inputs, &asked);
        let measured = answer.numerator.zip(answer.denominator);
        let measured = measured.and_then(|(above, below)| Ratio::of(above).by(Ratio::of(below)));
        let period = question.period;
        sentences.push(match answer.value {
            Some(value) => format!(
                "{name} is {value}, as measured from {} to {}: {}.",
                period.start, period.end, answer.formula
            ),
            None => format!("{name} is unknown: nothing to measure from {} to {}.", period.start, period.end),
        });
        measured
    };
    let win_rate = rate("winRate", given.win_rate, MetricKind::WinRate);
    let sql_to_customer = rate("sqlToCustomer", given.sql_to_customer, MetricKind::SqlToCustomer);
    let mql_to_sql = rate("mqlToSql", given.mql_to_sql, MetricKind::MqlToSql);
    let rates = Rates { mql_to_sql, sql_to_customer, win_rate, ..*given };
    (rates, sentences)
}
