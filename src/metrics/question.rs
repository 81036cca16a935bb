//! What may be asked of a metric.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;

use super::attribution::{Agreement, Terms};
use super::money::Rates;
use super::period::{Calendar, Period};
use super::ratio::Ratio;
use crate::domain::fact::{CampaignFact, Currency, Ix, OwnerFact, TeamFact, TerritoryFact};
use crate::domain::lead_source::Channel;

/// Which number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the catalogue says what each is")]
pub enum MetricKind {
    PipelineCoverage,
    LeadToOpportunity,
    OpportunityToClose,
    FirstTouchToClose,
    MqlToSal,
    MqlToSql,
    SqlToCustomer,
    WinRate,
    SalesCycle,
    PipelineVelocity,
    PipelineCreated,
    RevenueWon,
    RevenuePerLeadSource,
    CostPerCustomer,
    CustomerAcquisitionRate,
    MarketingSourcedShare,
    MarketingInfluencedShare,
    LifetimeValue,
    LeadQuality,
    ReturnOnSpend,
    WeightedPipeline,
}

/// How entries and outcomes are matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Follow those who entered in the period.
    Cohort,
    /// Divide counts that happened in the period. The quotient may exceed 1.
    Period,
}

/// What a win rate divides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum WinRateBasis {
    /// Won by won and lost, closed in the period.
    #[default]
    Count,
    /// The same by amount.
    Amount,
    /// Won by created, of those created in the period.
    CreatedCohort,
    /// Customers by SQLs, of passes that became SQL in the period.
    SqlCohort,
}

/// Which cost a customer is held against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CostBasis {
    /// Marketing's spend.
    #[default]
    Marketing,
    /// Marketing's spend and the cost of sales.
    Loaded,
}

/// Where a sales cycle begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CycleAnchor {
    /// When the opportunity was created.
    #[default]
    Opportunity,
    /// When the lead was created.
    Lead,
}

/// When marketing created an opportunity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SourcedRule {
    /// The settings count its lead source as marketing's.
    #[default]
    LeadSource,
    /// Its first eligible touch was before it was created.
    FirstTouch,
    /// And before the first sales activity.
    BeforeFirstSalesActivity,
}

/// What a cohort counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CohortUnit {
    /// Funnel passes.
    #[default]
    Pass,
    /// People, by their first pass; a later success counts.
    Person,
}

/// One question for one number.
#[derive(Clone, Debug)]
pub struct Question {
    /// Which number.
    pub kind: MetricKind,
    /// Over which days.
    pub period: Period,
    /// How entries and outcomes are matched; the metric's own default where none is asked for.
    pub method: Option<Method>,
    /// The zone of days, the fiscal year.
    pub calendar: Calendar,
    /// The currency of amounts.
    pub currency: Arc<str>,
    /// Up to which instant facts are considered; the facts' own where none is asked for.
    pub as_of: Option<DateTime<Utc>>,
    /// Which rows count.
    pub filter: Filter,
    /// What a win rate divides.
    pub win_rate_basis: WinRateBasis,
    /// Which cost a customer is held against.
    pub cost_basis: CostBasis,
    /// Where a sales cycle begins.
    pub cycle_anchor: CycleAnchor,
    /// When marketing created an opportunity.
    pub sourced_rule: SourcedRule,
    /// What a cohort counts.
    pub cohort_unit: CohortUnit,
    /// Only members of a cohort who entered so many days ago, and only outcomes within so many days.
    pub maturity_days: Option<u32>,
    /// Whether SQLs that sales generated count in the period method.
    pub include_sales_generated: bool,
    /// Whether open opportunities whose close date has passed count.
    pub include_overdue: bool,
    /// What is to be reached, in the question's currency for amounts.
    pub target: Option<Decimal>,
    /// What a lifetime value is computed from.
    pub lifetime: Option<Lifetime>,
    /// By which model revenue is credited; the agreement in force, else the lead source, where none is asked for.
    pub terms: Option<Terms>,
    /// How many days before an opportunity's creation a touch may lie to have influenced it.
    pub influence_days: u32,
}

impl Question {
    /// A question with every option at its default: UTC, US dollars, the whole company.
    pub fn new(kind: MetricKind, period: Period) -> Self {
        Self {
            kind,
            period,
            method: None,
            calendar: Calendar { zone: Tz::UTC, fiscal_start: 1 },
            currency: Arc::from("USD"),
            as_of: None,
            filter: Filter::default(),
            win_rate_basis: WinRateBasis::default(),
            cost_basis: CostBasis::default(),
            cycle_anchor: CycleAnchor::default(),
            sourced_rule: SourcedRule::default(),
            cohort_unit: CohortUnit::default(),
            maturity_days: None,
            include_sales_generated: true,
            include_overdue: false,
            target: None,
            lifetime: None,
            terms: None,
            influence_days: 90,
        }
    }
}

/// Which rows count; an absent list admits every row, an empty one none. Ids the facts do not know are left out of
/// the lists by whoever resolves them.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Owned by one of these.
    pub owners: Option<Vec<Ix<OwnerFact>>>,
    /// Owned by a member of one of these.
    pub teams: Option<Vec<Ix<TeamFact>>>,
    /// In one of these territories, or beneath it.
    pub territories: Option<Vec<Ix<TerritoryFact>>>,
    /// Came through one of these.
    pub channels: Option<Vec<Channel>>,
    /// A member of one of these; an opportunity by its people.
    pub campaigns: Option<Vec<Ix<CampaignFact>>>,
}

impl Filter {
    /// Who a question is about, as targets name them; none where it is about a part of the company that has no target
    /// of its own, such as a channel.
    pub fn whose(&self) -> Option<Vec<Whose>> {
        let is_divided = self.territories.is_some() || self.channels.is_some() || self.campaigns.is_some();
        match (&self.owners, &self.teams) {
            _ if is_divided => None,
            (None, None) => Some(vec![Whose::Company]),
            (Some(owners), None) => Some(owners.iter().copied().map(Whose::Owner).collect()),
            (None, Some(teams)) => Some(teams.iter().copied().map(Whose::Team).collect()),
            (Some(_), Some(_)) => None,
        }
    }

    /// True when every row counts.
    pub fn admits_everything(&self) -> bool {
        self.owners.is_none()
            && self.teams.is_none()
            && self.territories.is_none()
            && self.channels.is_none()
            && self.campaigns.is_none()
    }
}

/// What a lifetime value is computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// Average revenue per account per month.
    pub monthly_revenue: Decimal,
    /// Gross margin, between 0 and 1.
    pub margin: Ratio,
    /// Share of customers lost a month, between 0 and 1.
    pub churn: Ratio,
    /// Months counted where nobody is lost.
    pub horizon_months: Option<u32>,
}

/// What a company knows beside its records: rates, costs, targets, agreements.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// Dated exchange rates.
    pub rates: Rates,
    /// What marketing and sales cost.
    pub spend: Vec<SpendLine>,
    /// What is to be reached.
    pub targets: Vec<Target>,
    /// Attribution agreements, oldest first.
    pub agreements: Vec<Agreement>,
}

impl Inputs {
    /// Nothing but the home currency.
    pub fn new(home: &str) -> Self {
        Self { rates: Rates::new(home), spend: Vec::new(), targets: Vec::new(), agreements: Vec::new() }
    }
}

/// A cost, spread evenly over its days.
#[derive(Clone, Debug, PartialEq)]
pub struct SpendLine {
    /// Whose cost.
    pub kind: SpendKind,
    /// Over which days.
    pub days: Period,
    /// How much, in whole minor units.
    pub minor: i64,
    /// Of which currency.
    pub currency: Currency,
    /// For which channel, where it is known; a campaign's channel where only that is.
    pub channel: Option<Channel>,
    /// For which campaign, where it is known.
    pub campaign: Option<Ix<CampaignFact>>,
}

/// Whose cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpendKind {
    /// Programmes, media, tools.
    Marketing,
    /// Salaries, commissions, travel.
    Sales,
}

/// What is to be reached in a period.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Which number.
    pub kind: MetricKind,
    /// First day.
    pub start: NaiveDate,
    /// Last day.
    pub end: NaiveDate,
    /// How much; amounts are in the home currency.
    pub value: Decimal,
    /// Who is to reach it.
    pub whose: Whose,
}

/// Who is to reach a target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Whose {
    /// Everybody together.
    #[default]
    Company,
    /// One seller.
    Owner(Ix<OwnerFact>),
    /// One team.
    Team(Ix<TeamFact>),
}
