//! What may be asked of a metric, and the question of `metrics` it becomes.

use std::sync::Arc;

use async_graphql::{ID, InputObject, Result};
use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;

use crate::domain::fact::{FactSet, Ix, OwnerFact, Text};
use crate::domain::id::{NodeId, NodeKind};
use crate::domain::view::{Aspect, Sight, View};
use crate::facts::Snapshot;
use crate::metrics::attribution::{Model, Terms, in_force};
use crate::metrics::period::{Calendar, Period as Days};
use crate::metrics::question::{
    CohortUnit as Unit, CostBasis as Cost, CycleAnchor as Anchor, Filter, Inputs, Lifetime, Method as How,
    MetricKind as Kind, Question, SourcedRule as Rule, WinRateBasis as Basis,
};
use crate::metrics::ratio::Ratio as Exact;

use super::super::code::Code;
use super::super::object::lead_source::Channel;
use super::super::scalars::{CurrencyCode, Date, Decimal, Ratio, TimeZone};
use super::super::visible;
use super::choices::{
    AttributionModelKind, CohortUnit, CostBasis, CycleAnchor, MetricKind, MetricMethod, SourcedRule,
    WinRateBasis, is_of_amounts,
};
use super::{Table, sees_amounts};

/// At most so many ids in one filter.
const MOST_IDS: usize = 100;

/// Whole days, both ends included.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct PeriodInput {
    /// First day.
    pub start: Date,
    /// Last day.
    pub end: Date,
}

impl PeriodInput {
    /// The days.
    ///
    /// # Errors
    /// `BAD_INPUT` for a period that ends before it starts, or lies outside the years 1900 to 2199.
    pub fn days(self) -> Result<Days> {
        let days = Days { start: self.start.0, end: self.end.0 };
        if days.end < days.start {
            return Err(Code::BadInput.error("period ends before it starts."));
        }
        if days.start.year() < 1900 || days.end.year() > 2199 {
            return Err(Code::BadInput.error("period must lie within the years 1900 to 2199."));
        }
        Ok(days)
    }
}

/// One number and how it is to be made.
#[derive(Clone, Debug, InputObject)]
pub struct MetricInput {
    /// Which number.
    pub kind: MetricKind,
    /// Over which days.
    pub period: PeriodInput,
    /// How entries and outcomes are matched; the metric's own default where none is asked for.
    pub method: Option<MetricMethod>,
    /// The zone days are days of; the settings' where none is asked for.
    pub time_zone: Option<TimeZone>,
    /// The currency of amounts; the settings' home currency where none is asked for. Each amount is converted by the rate
    /// of the day it closed, open ones by that of the as-of day.
    pub currency: Option<CurrencyCode>,
    /// Up to which instant facts are considered; the newest there are where none is asked for.
    pub as_of: Option<DateTime<Utc>>,
    /// Only what these users own. One whose numbers this view may not see counts nothing.
    #[graphql(visible = "visible::rep_numbers")]
    pub owners: Option<Vec<ID>>,
    /// Only what members of these teams own, by their keys in the settings.
    pub teams: Option<Vec<ID>>,
    /// Only what lies in these territories or beneath them, by their keys in the settings.
    pub territories: Option<Vec<ID>>,
    /// Only what came through these channels.
    pub channels: Option<Vec<Channel>>,
    /// Only members of these campaigns, and opportunities of such people.
    pub campaigns: Option<Vec<ID>>,
    /// By which model revenue is credited; the agreement in force where none is asked for, and without one the lead source.
    pub model: Option<AttributionModelKind>,
    /// What a win rate divides.
    #[graphql(default_with = "WinRateBasis::Count")]
    pub win_rate_basis: WinRateBasis,
    /// Which cost a customer is held against.
    #[graphql(default_with = "CostBasis::Marketing")]
    pub cost_basis: CostBasis,
    /// Where a sales cycle begins.
    #[graphql(default_with = "CycleAnchor::Opportunity")]
    pub cycle_anchor: CycleAnchor,
    /// When marketing created an opportunity.
    #[graphql(default_with = "SourcedRule::LeadSource")]
    pub sourced_rule: SourcedRule,
    /// What a cohort counts.
    #[graphql(default_with = "CohortUnit::Pass")]
    pub cohort_unit: CohortUnit,
    /// Only members of a cohort who entered so many days ago, and only outcomes within so many days.
    pub maturity_days: Option<i32>,
    /// Whether SQLs that sales generated count in the period method.
    #[graphql(default = true)]
    pub include_sales_generated: bool,
    /// Whether open opportunities whose close date has passed count.
    #[graphql(default = false)]
    pub include_overdue: bool,
    /// What is to be reached; that of the settings where none is asked for.
    pub target: Option<Decimal>,
    /// What a lifetime value is computed from.
    pub ltv: Option<LtvInput>,
}

/// What a lifetime value is computed from.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct LtvInput {
    /// Average revenue per account per month.
    pub monthly_revenue: Decimal,
    /// Gross margin, between 0 and 1.
    pub margin: Ratio,
    /// Share of customers lost a month, between 0 and 1.
    pub churn: Ratio,
    /// Months counted where nobody is lost.
    pub horizon_months: Option<i32>,
}

impl Table {
    /// The terms of a model: the agreement's own where it is the model agreed on, else the usual ones.
    ///
    /// # Errors
    /// `BAD_INPUT` for CUSTOM where no agreement says what that is.
    pub(in super::super) fn terms(&self, model: AttributionModelKind, at: DateTime<Utc>) -> Result<Terms> {
        let model = Model::from(model);
        let agreements = &self.inputs.agreements;
        let agreed = in_force(agreements, at).filter(|agreement| agreement.terms.model == model);
        let latest = || agreements.iter().rfind(|one| one.terms.model == Model::Custom);
        match agreed.or_else(|| latest().filter(|_| model == Model::Custom)) {
            Some(agreement) => Ok(agreement.terms),
            None if model == Model::Custom => {
                Err(Code::BadInput.error("No agreement says what the model CUSTOM is."))
            }
            None => Ok(Terms::of(model)),
        }
    }

    /// A question about a period with every option at its default.
    pub(super) fn plain(&self, kind: Kind, period: Days) -> Question {
        Question { calendar: self.calendar, currency: self.home.clone(), ..Question::new(kind, period) }
    }

    /// The question of `metrics` that is asked.
    ///
    /// # Errors
    /// `BAD_INPUT` for what makes no sense, `FIELD_DENIED` and `FILTER_DENIED` for what this view may not ask.
    pub(super) fn question(&self, input: &MetricInput) -> Result<Question> {
        let (kind, basis) = (Kind::from(input.kind), Basis::from(input.win_rate_basis));
        if is_of_amounts(kind) || (kind == Kind::WinRate && basis == Basis::Amount) {
            sees_amounts(&self.view, "what opportunities are worth")?;
        }
        let period = input.period.days()?;
        let zone = match &input.time_zone {
            None => self.calendar.zone,
            Some(name) => zone(&name.0)?,
        };
        let currency = input.currency.as_ref().map_or_else(|| self.home.clone(), |code| code.0.clone());
        if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(Code::BadInput.error("currency is an ISO 4217 code such as \"EUR\"."));
        }
        let at = input.as_of.unwrap_or(self.snapshot.facts().as_of);
        Ok(Question {
            method: input.method.map(How::from),
            calendar: Calendar { zone, ..self.calendar },
            currency,
            as_of: input.as_of,
            filter: self.filter(input)?,
            win_rate_basis: basis,
            cost_basis: Cost::from(input.cost_basis),
            cycle_anchor: Anchor::from(input.cycle_anchor),
            sourced_rule: Rule::from(input.sourced_rule),
            cohort_unit: Unit::from(input.cohort_unit),
            maturity_days: days("maturityDays", input.maturity_days)?,
            include_sales_generated: input.include_sales_generated,
            include_overdue: input.include_overdue,
            target: input.target.map(|target| target.0),
            lifetime: input.ltv.as_ref().map(lifetime).transpose()?,
            terms: input.model.map(|model| self.terms(model, at)).transpose()?,
            ..self.plain(kind, period)
        })
    }

    fn filter(&self, input: &MetricInput) -> Result<Filter> {
        let lists = [&input.owners, &input.teams, &input.territories, &input.campaigns];
        if lists.into_iter().flatten().any(|ids| ids.len() > MOST_IDS) {
            return Err(Code::BadInput.error(format!("A filter takes at most {MOST_IDS} ids.")));
        }
        if input.owners.is_some() {
            may_divide_by_owner(&self.view)?;
        }
        let facts = self.snapshot.facts();
        let owners = resolved(input.owners.as_deref(), |id| owner(&self.snapshot, &self.view, id))?;
        let campaigns = resolved(input.campaigns.as_deref(), |id| {
            Ok(node("campaigns", id, NodeKind::Campaign)?.and_then(|node| self.campaign(&node.key)))
        })?;
        let teams = resolved(input.teams.as_deref(), |id| {
            Ok(place_of(facts, id, facts.teams.iter().map(|team| team.key)).map(Ix::new))
        })?;
        let territories = resolved(input.territories.as_deref(), |id| {
            Ok(place_of(facts, id, facts.territories.iter().map(|it| it.key)).map(Ix::new))
        })?;
        let channels = input.channels.as_ref().map(|all| all.iter().map(|one| (*one).into()).collect());
        Ok(Filter { owners, teams, territories, channels, campaigns })
    }

    /// The agreement behind a number, where it is credited by one.
    pub(super) fn agreement(&self, at: DateTime<Utc>) -> Option<&crate::metrics::attribution::Agreement> {
        let inputs: &Inputs = &self.inputs;
        in_force(&inputs.agreements, at)
    }
}

/// Whether this view may ask for numbers of single sellers at all.
///
/// # Errors
/// `FILTER_DENIED` where it may not.
pub(super) fn may_divide_by_owner(view: &View) -> Result<()> {
    if view.sight(Aspect::RepNumbers) == Sight::Full {
        return Ok(());
    }
    Err(Code::FilterDenied.error("This view may not see the numbers of single sellers."))
}

fn owner(snapshot: &Snapshot, view: &View, id: &ID) -> Result<Option<Ix<OwnerFact>>> {
    let found = node("owners", id, NodeKind::User)?.and_then(|node| snapshot.owner_of(&node.key));
    Ok(found.filter(|owner| view.sees_numbers_of(snapshot.owner(*owner))))
}

/// The rows of a list of ids; one that means nothing the caller sees is left out.
fn resolved<T>(ids: Option<&[ID]>, row: impl Fn(&ID) -> Result<Option<T>>) -> Result<Option<Vec<T>>> {
    let Some(ids) = ids else { return Ok(None) };
    let rows: Vec<Option<T>> = ids.iter().map(row).collect::<Result<_>>()?;
    Ok(Some(rows.into_iter().flatten().collect()))
}

fn node(argument: &str, id: &ID, kind: NodeKind) -> Result<Option<NodeId>> {
    let node = NodeId::decode(id)
        .ok_or_else(|| Code::BadInput.error(format!("{argument} holds what is no id of this gateway.")))?;
    if node.kind != kind {
        return Err(Code::BadInput.error(format!("{argument} holds the id of another kind of object.")));
    }
    Ok(Some(node))
}

fn place_of(facts: &FactSet, key: &ID, mut keys: impl Iterator<Item = Text>) -> Option<usize> {
    keys.position(|text| **facts.texts.text(text) == **key)
}

/// The zone of this name.
///
/// # Errors
/// `BAD_INPUT` for a name no zone has.
fn zone(name: &Arc<str>) -> Result<Tz> {
    name.parse().map_err(|_| Code::BadInput.error("timeZone is an IANA zone such as \"Europe/Berlin\"."))
}

fn days(argument: &str, asked: Option<i32>) -> Result<Option<u32>> {
    let Some(asked) = asked else { return Ok(None) };
    let days = u32::try_from(asked).ok().filter(|days| *days <= 3_650);
    days.map(Some).ok_or_else(|| Code::BadInput.error(format!("{argument} must lie between 0 and 3650.")))
}

fn lifetime(input: &LtvInput) -> Result<Lifetime> {
    let share = |name: &str, ratio: Ratio| {
        let exact = Exact::of(ratio.0);
        if Exact::ZERO <= exact && exact <= Exact::ONE {
            return Ok(exact);
        }
        Err(Code::BadInput.error(format!("ltv.{name} must lie between 0 and 1.")))
    };
    let horizon_months = match input.horizon_months {
        None => None,
        Some(months) => Some(
            u32::try_from(months)
                .ok()
                .filter(|months| (1..=1_200).contains(months))
                .ok_or_else(|| Code::BadInput.error("ltv.horizonMonths must lie between 1 and 1200."))?,
        ),
    };
    Ok(Lifetime {
        monthly_revenue: input.monthly_revenue.0,
        margin: share("margin", input.margin)?,
        churn: share("churn", input.churn)?,
        horizon_months,
    })
}

/// A share that is given, between 0 and 1.
pub(super) fn share(name: &str, ratio: Option<Ratio>) -> Result<Option<Exact>> {
    let Some(ratio) = ratio else { return Ok(None) };
    let exact = Exact::of(ratio.0);
    if Exact::ZERO <= exact && exact <= Exact::ONE {
        return Ok(Some(exact));
    }
    Err(Code::BadInput.error(format!("{name} must lie between 0 and 1.")))
}
