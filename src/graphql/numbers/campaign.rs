//! What a campaign brought, and by which agreement that is counted.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use chrono::NaiveDate;

use crate::domain::id::RecordKey;
use crate::metrics::MetricKind;
use crate::metrics::attribution::{Agreement, agreed_before_start, in_force};
use crate::metrics::campaign_results::{CampaignResults as Counted, campaign_results};
use crate::metrics::period::{Period, midnight};
use crate::metrics::ratio::Ratio as Exact;

use super::super::object::money::Money;
use super::super::request::request;
use super::super::scalars::Ratio;
use super::super::visible;
use super::choices::AttributionModelKind;
use super::input::PeriodInput;
use super::slice::shown;
use super::{Numbers, sees_amounts, table};

/// What a campaign brought in a period.
#[derive(Clone, Debug)]
pub struct CampaignResults {
    counted: Counted,
    currency: Arc<str>,
}

#[Object]
impl CampaignResults {
    /// Responses recorded.
    async fn responses(&self) -> i32 {
        shown(self.counted.responses)
    }

    /// People who belong to it, whenever they joined.
    async fn people(&self) -> i32 {
        shown(self.counted.people)
    }

    /// Times one of them became marketing-qualified.
    async fn mqls(&self) -> i32 {
        shown(self.counted.mqls)
    }

    /// Opportunities created to which a touch of it led.
    async fn opportunities(&self) -> i32 {
        shown(self.counted.opportunities)
    }

    /// Its part of what those are worth, by the model. Null without a rate for one of them.
    #[graphql(visible = "visible::deal_figures")]
    async fn pipeline(&self, ctx: &Context<'_>) -> Option<Result<Money>> {
        self.money(ctx, "pipeline", self.counted.pipeline)
    }

    /// Its part of what was won, by the model. Null without a rate for one of them.
    #[graphql(visible = "visible::deal_figures")]
    async fn revenue(&self, ctx: &Context<'_>) -> Option<Result<Money>> {
        self.money(ctx, "revenue", self.counted.revenue)
    }

    /// (revenue − spend) ÷ spend: the spend the settings name for it, else what its vendor keeps. Null without any.
    #[graphql(visible = "visible::deal_figures")]
    async fn return_on_spend(&self, ctx: &Context<'_>) -> Option<Result<Ratio>> {
        if let Err(denied) = sees_amounts(request(ctx).view, "returnOnSpend") {
            return Some(Err(denied));
        }
        self.counted.return_on_spend?.decimal(6).map(|ratio| Ok(Ratio(ratio)))
    }
}

impl CampaignResults {
    fn money(&self, ctx: &Context<'_>, field: &str, units: Option<Exact>) -> Option<Result<Money>> {
        if let Err(denied) = sees_amounts(request(ctx).view, field) {
            return Some(Err(denied));
        }
        Some(Ok(Money::of_units(units?, self.currency.clone())))
    }
}

/// What a campaign brought; none for one that was not captured, or whose group is too small for this view.
pub(in super::super) async fn results(
    ctx: &Context<'_>,
    key: &RecordKey,
    model: Option<AttributionModelKind>,
    period: Option<PeriodInput>,
) -> Result<Option<CampaignResults>> {
    let table = table(ctx)?;
    let as_of = table.snapshot.facts().as_of;
    let period = match period {
        Some(period) => period.days()?,
        None => Period {
            start: NaiveDate::from_ymd_opt(1900, 1, 1).expect("a day of the calendar"),
            end: as_of.with_timezone(&table.calendar.zone).date_naive(),
        },
    };
    let Some(campaign) = table.campaign(key) else { return Ok(None) };
    let mut question = table.plain(MetricKind::RevenueWon, period);
    question.terms = model.map(|model| table.terms(model, as_of)).transpose()?;
    let counting = move |table: &super::Table| {
        campaign_results(table.snapshot.facts(), &table.visible.sight, &table.inputs, &question, campaign)
    };
    let counted = table.count(counting).await?;
    let is_small = counted.people > 0 && counted.people < u64::from(table.view.suppress_below());
    Ok((!is_small).then(|| CampaignResults { counted, currency: table.home.clone() }))
}

/// The agreement a campaign is credited by: the one in force on its first day, else the one in force now.
pub(in super::super) fn agreement(ctx: &Context<'_>, starts_on: Option<NaiveDate>) -> Option<Agreement> {
    let numbers = ctx.data_unchecked::<Arc<Numbers>>();
    let (agreements, zone) = (numbers.agreements(), numbers.calendar().zone);
    let at_start = starts_on.and_then(|day| in_force(agreements, midnight(day, zone)));
    at_start.or_else(|| in_force(agreements, request(ctx).inquiry.now())).cloned()
}

/// Whether that agreement was made no later than the campaign's first day.
pub(in super::super) fn is_agreed_before_start(
    ctx: &Context<'_>,
    starts_on: Option<NaiveDate>,
) -> Option<bool> {
    let zone = ctx.data_unchecked::<Arc<Numbers>>().calendar().zone;
    Some(agreed_before_start(&agreement(ctx, starts_on)?, starts_on?, zone))
}
