//! Working back from what is to be won to what must be put in.

use async_graphql::{Context, InputObject, Result, SimpleObject};
use chrono::{Days, Months};

use crate::metrics::MetricKind;
use crate::metrics::answer::Status;
use crate::metrics::period::Period;
use crate::metrics::plan::{Plan, Rates, Step, customers_for, measured, needed_by, plan as worked_back};
use crate::metrics::question::CycleAnchor;
use crate::metrics::ratio::Ratio as Exact;
use crate::metrics::{Question, answer};

use super::super::code::Code;
use super::super::scalars::{Date, Decimal, Ratio};
use super::input::{PeriodInput, share};
use super::metric::MetricStatus;
use super::{Table, sees_amounts, table};

/// Rates of the funnel that are given instead of measured.
#[derive(Clone, Copy, Debug, Default, InputObject)]
pub struct PlanRatesInput {
    /// Leads that become MQL.
    pub lead_to_mql: Option<Ratio>,
    /// MQLs that become SQL.
    pub mql_to_sql: Option<Ratio>,
    /// SQLs that become opportunities; used where `sqlToCustomer` is unknown.
    pub sql_to_opportunity: Option<Ratio>,
    /// SQLs that become customers.
    pub sql_to_customer: Option<Ratio>,
    /// Opportunities that are won.
    pub win_rate: Option<Ratio>,
}

/// What must be put in so that so much is won: every step rounded up. A step is null where its rate is unknown or 0.
#[derive(Clone, Debug, SimpleObject)]
pub struct FunnelPlan {
    /// Customers to win.
    customers_needed: Option<i32>,
    /// Opportunities to open.
    opportunities_needed: Option<i32>,
    /// Leads to be qualified by sales.
    sqls_needed: Option<i32>,
    /// Leads to be qualified by marketing.
    mqls_needed: Option<i32>,
    /// Leads to create.
    leads_needed: Option<i32>,
    /// The day by which those leads are needed: the period's last day less the median time from lead to sale.
    needed_by: Option<Date>,
    /// OK when every step is known; ZERO_DENOMINATOR where a rate is 0, else NO_DATA where one is unknown.
    status: MetricStatus,
    /// Where each rate comes from.
    assumptions: Vec<String>,
}

/// What is to be won.
pub(in super::super) struct Wanted {
    pub(in super::super) customers: Option<i32>,
    pub(in super::super) revenue: Option<Decimal>,
    pub(in super::super) average_amount: Option<Decimal>,
}

/// Works back. Rates not given are measured over the twelve months before the period, or before now for one that lies
/// ahead.
pub(in super::super) async fn plan(
    ctx: &Context<'_>,
    wanted: Wanted,
    rates: Option<PlanRatesInput>,
    period: PeriodInput,
) -> Result<FunnelPlan> {
    let table = table(ctx)?;
    let (given, period) = (given(rates.unwrap_or_default())?, period.days()?);
    let today = table.snapshot.facts().as_of.with_timezone(&table.calendar.zone).date_naive();
    let end = (period.start.min(today)) - Days::new(1);
    let before = Period { start: end + Days::new(1) - Months::new(12), end };
    if wanted.revenue.is_some() && wanted.average_amount.is_none() {
        sees_amounts(&table.view, "what opportunities are worth")?;
    }
    let of_customers = match (wanted.customers, wanted.revenue) {
        (Some(customers), None) if customers >= 0 => Some(Step::given(i128::from(customers))),
        (None, Some(_)) => None,
        _ => return Err(Code::BadInput.error("Give either customers, not negative, or revenue.")),
    };
    let (revenue, average) = (wanted.revenue, wanted.average_amount);
    let counting = move |table: &Table| {
        let (facts, sight, inputs) = (table.snapshot.facts(), &table.visible.sight, &table.inputs);
        let question = table.plain(MetricKind::WinRate, before);
        let (rates, mut assumptions) = measured(facts, sight, inputs, &question, &given);
        let customers = of_customers.unwrap_or_else(|| {
            let average = average.map(|average| Exact::of(average.0)).or_else(|| {
                let won = answer(
                    facts,
                    sight,
                    inputs,
                    &Question { kind: MetricKind::RevenueWon, ..question.clone() },
                );
                let average = Exact::of(won.value?).by(Exact::whole(i128::from(won.sample)))?;
                let shown = average.decimal(2)?;
                assumptions.push(format!("A customer brings {shown}, the mean of {} won.", won.sample));
                Some(average)
            });
            let revenue = Exact::of(revenue.map_or(rust_decimal::Decimal::ZERO, |revenue| revenue.0));
            average.map_or(Step { count: None, status: Status::NoData }, |average| {
                customers_for(revenue, average)
            })
        });
        let cycle =
            Question { kind: MetricKind::SalesCycle, cycle_anchor: CycleAnchor::Lead, ..question.clone() };
        let cycle = answer(facts, sight, inputs, &cycle);
        (worked_back(customers, &rates), needed_by(period.end, &cycle), assumptions)
    };
    let (plan, needed_by, assumptions) = table.count(counting).await?;
    Ok(shown(&plan, needed_by.map(Date), assumptions))
}

fn given(rates: PlanRatesInput) -> Result<Rates> {
    Ok(Rates {
        lead_to_mql: share("leadToMql", rates.lead_to_mql)?,
        mql_to_sql: share("mqlToSql", rates.mql_to_sql)?,
        sql_to_opportunity: share("sqlToOpportunity", rates.sql_to_opportunity)?,
        sql_to_customer: share("sqlToCustomer", rates.sql_to_customer)?,
        win_rate: share("winRate", rates.win_rate)?,
    })
}

fn shown(plan: &Plan, needed_by: Option<Date>, assumptions: Vec<String>) -> FunnelPlan {
    let steps = [plan.customers, plan.opportunities, plan.sqls, plan.mqls, plan.leads];
    let has = |status: Status| steps.iter().any(|step| step.status == status);
    let status = match () {
        () if has(Status::ZeroDenominator) => Status::ZeroDenominator,
        () if has(Status::NoData) => Status::NoData,
        () => Status::Ok,
    };
    let [customers, opportunities, sqls, mqls, leads] =
        steps.map(|step| step.count.map(|count| i32::try_from(count).unwrap_or(i32::MAX)));
    FunnelPlan {
        customers_needed: customers,
        opportunities_needed: opportunities,
        sqls_needed: sqls,
        mqls_needed: mqls,
        leads_needed: leads,
        needed_by,
        status: status.into(),
        assumptions,
    }
}
