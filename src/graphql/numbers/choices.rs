//! What there is to choose from when a number is asked for.

use async_graphql::Enum;

use crate::metrics::attribution::Model;
use crate::metrics::period::Bucket as Length;
use crate::metrics::question::{
    CohortUnit as Unit, CostBasis as Cost, CycleAnchor as Anchor, Method as How, MetricKind as Kind,
    SourcedRule as Rule, WinRateBasis as Basis,
};
use crate::metrics::slots::Dimension as By;

use super::super::visible;

/// Which number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Kind")]
pub enum MetricKind {
    /// Open pipeline that closes in the period ÷ what is still to be won.
    #[graphql(visible = "visible::deal_figures")]
    PipelineCoverage,
    /// Leads that became opportunities.
    LeadToOpportunity,
    /// Opportunities that were won.
    OpportunityToClose,
    /// Days from the first touch to the sale.
    FirstTouchToClose,
    /// Marketing-qualified leads that sales accepted.
    MqlToSal,
    /// Marketing-qualified leads that sales qualified.
    MqlToSql,
    /// Sales-qualified leads that bought.
    SqlToCustomer,
    /// Opportunities won of those closed.
    WinRate,
    /// Days from creation to the sale.
    SalesCycle,
    /// Money a day the pipeline produces.
    #[graphql(visible = "visible::deal_figures")]
    PipelineVelocity,
    /// What the opportunities created are worth.
    #[graphql(visible = "visible::deal_figures")]
    PipelineCreated,
    /// What was won.
    #[graphql(visible = "visible::deal_figures")]
    RevenueWon,
    /// What each source of leads brought in; ask for it `by` a dimension.
    #[graphql(visible = "visible::deal_figures")]
    RevenuePerLeadSource,
    /// What a new customer cost.
    #[graphql(visible = "visible::deal_figures")]
    CostPerCustomer,
    /// Leads that became customers.
    CustomerAcquisitionRate,
    /// Share of what was won that marketing created.
    #[graphql(visible = "visible::deal_figures")]
    MarketingSourcedShare,
    /// Share of what was won that marketing touched.
    #[graphql(visible = "visible::deal_figures")]
    MarketingInfluencedShare,
    /// What a customer brings in a lifetime; computed from `ltv`.
    LifetimeValue,
    /// Share of handed-over leads that sales did not turn down.
    LeadQuality,
    /// What marketing's spend returned.
    #[graphql(visible = "visible::deal_figures")]
    ReturnOnSpend,
    /// Open pipeline, each opportunity by its probability.
    #[graphql(visible = "visible::deal_figures")]
    WeightedPipeline,
}

/// Whether a number is made of what opportunities are worth.
pub(super) fn is_of_amounts(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::PipelineCoverage
            | Kind::PipelineVelocity
            | Kind::PipelineCreated
            | Kind::RevenueWon
            | Kind::RevenuePerLeadSource
            | Kind::CostPerCustomer
            | Kind::MarketingSourcedShare
            | Kind::MarketingInfluencedShare
            | Kind::ReturnOnSpend
            | Kind::WeightedPipeline
    )
}

/// How entries and outcomes are matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "How")]
pub enum MetricMethod {
    /// Follow those who entered in the period.
    Cohort,
    /// Divide counts that happened in the period; the quotient may exceed 1.
    Period,
}

/// What a win rate divides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Basis")]
pub enum WinRateBasis {
    /// Won by won and lost, closed in the period.
    Count,
    /// The same by amount.
    #[graphql(visible = "visible::deal_figures")]
    Amount,
    /// Won by created, of those created in the period.
    CreatedCohort,
    /// Customers by SQLs, of passes that became SQL in the period.
    SqlCohort,
}

/// Which cost a customer is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Cost")]
pub enum CostBasis {
    /// Marketing's spend.
    Marketing,
    /// Marketing's spend and the cost of sales.
    Loaded,
}

/// Where a sales cycle begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Anchor")]
pub enum CycleAnchor {
    /// When the opportunity was created.
    Opportunity,
    /// When the lead was created.
    Lead,
}

/// When marketing created an opportunity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Rule")]
pub enum SourcedRule {
    /// The settings count its lead source as marketing's.
    LeadSource,
    /// Its first eligible touch was before it was created.
    FirstTouch,
    /// And before the first sales activity.
    BeforeFirstSalesActivity,
}

/// What a cohort counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Unit")]
pub enum CohortUnit {
    /// Funnel passes.
    Pass,
    /// People, by their first pass; a later success counts.
    Person,
}

/// How an amount is divided among the touches before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Model")]
pub enum AttributionModelKind {
    /// Everything to the first touch.
    FirstTouch,
    /// Everything to the latest touch before the lead was created.
    LeadCreation,
    /// Everything to the latest touch.
    LastTouch,
    /// The same to each touch.
    Linear,
    /// 40 first, 40 last, 20 between.
    PositionBased,
    /// 40 first, 40 lead creation, 20 others.
    UShaped,
    /// 50 first, 50 lead creation.
    UShapedEven,
    /// 30 first, 30 lead creation, 30 opportunity creation, 10 others.
    WShaped,
    /// 22.5 each to first, lead creation, opportunity creation and closed-won, 10 others.
    FullPath,
    /// The later the more, half for each half-life before the conversion.
    TimeDecay,
    /// 20 first, 60 last, 20 others.
    JShaped,
    /// 60 first, 20 last, 20 others.
    InverseJShaped,
    /// As the two teams agreed.
    Custom,
}

/// By what a number is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "By")]
pub enum Dimension {
    /// The channel.
    Channel,
    /// The vendor's name of the original source.
    LeadSource,
    /// A person counts in each of its campaigns, an opportunity in each campaign of the person it came from.
    Campaign,
    /// Who owns it.
    #[graphql(visible = "visible::rep_numbers")]
    Owner,
    /// The team of its owner.
    Team,
    /// The territory it lies in.
    Territory,
    /// The region of that territory.
    Region,
    /// The industry of its account.
    Industry,
    /// How large its account is.
    CompanySize,
    /// The product, of opportunities.
    Product,
}

/// How a series divides its period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Length")]
pub enum Bucket {
    /// Days.
    Day,
    /// Weeks, from Monday.
    Week,
    /// Months.
    Month,
    /// Quarters of the calendar.
    Quarter,
    /// Quarters of the fiscal year.
    FiscalQuarter,
    /// Fiscal years.
    FiscalYear,
}
