//! Numbers from facts: one file for each metric, the list of them here, and [`attribution`].
//!
//! A [`Metric`] is a kind, a unit, a formula in words and a pure function. It is given a [`scene::Scene`] (the facts,
//! the rows a caller's view sees and the filter admits, the question in instants) and [`slots::Slots`] (one for the
//! number itself, one for each value of a dimension), makes one pass over the rows that own what it counts, and
//! answers once for each slot. Uses the domain alone; no clock, no I/O, nothing about vendors or schemas.
//!
//! What is always true: a row no view sees is in no number; nothing after the as-of instant is; counts and sums are
//! integers, ratios exact until the answer is written; where a formula has no meaning there is a [`Status`](answer::Status), never a
//! number made up. Source of the formulas: domain guide §6, §7 and §11.

pub mod answer;
pub mod attribution;
pub mod books;
pub mod campaign_results;
mod cohort;
mod cost_per_customer;
mod credit;
mod customer_acquisition_rate;
mod duration;
mod first_touch_to_close;
#[cfg(test)]
pub(crate) mod fixture;
mod lead_quality;
mod lead_to_opportunity;
mod lifetime_value;

pub mod marketing_influenced_share;
pub mod marketing_sourced_share;
pub mod money;
mod mql_to_sal;
mod mql_to_sql;
mod opportunity_to_close;
pub mod period;
mod pipeline_coverage;
mod pipeline_created;
mod pipeline_velocity;
pub mod plan;
pub mod question;
pub mod ratio;
pub mod reasons;
mod return_on_spend;
mod revenue_per_lead_source;
mod revenue_won;
pub mod review;
mod sales_cycle;
pub mod scene;
pub mod slots;
mod spend;
mod sql_to_customer;
pub mod stall;
#[cfg(test)]
mod tests;
mod weighted_pipeline;
mod win_rate;

use answer::{Answer, Unit};
use period::{Bucket, Period};
use question::{CohortUnit, CostBasis, CycleAnchor, Inputs, SourcedRule, WinRateBasis};
pub use question::{Method, MetricKind, Question};
use scene::Scene;
use slots::{Dimension, Key, Slots};

use crate::domain::fact::{FactSet, Sight};

/// A number the gateway knows how to make.
pub struct Metric {
    /// Which.
    pub kind: MetricKind,
    /// What its value counts.
    pub unit: Unit,
    /// The ways it matches entries and outcomes, the default first; empty where there is but one.
    pub methods: &'static [Method],
    /// The options of a question it heeds.
    pub heeds: &'static [Choice],
    /// It tells how things stand at the end of a bucket, not what happened in it.
    pub is_snapshot: bool,
    /// The formula in words, with the variant used.
    pub formula: fn(&Question, Method) -> String,
    /// The number, once for each slot.
    pub compute: fn(&Scene<'_>, &Slots) -> Vec<Answer>,
}

/// An option of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the option of the question of that name")]
pub enum Choice {
    WinRateBasis,
    CostBasis,
    CycleAnchor,
    SourcedRule,
    CohortUnit,
    MaturityDays,
    IncludeSalesGenerated,
    IncludeOverdue,
    Model,
    InfluenceDays,
}

/// Every metric. A new one is a file and a line here.
pub static CATALOGUE: [&Metric; 21] = [
    &pipeline_coverage::METRIC,
    &lead_to_opportunity::METRIC,
    &opportunity_to_close::METRIC,
    &first_touch_to_close::METRIC,
    &mql_to_sal::METRIC,
    &mql_to_sql::METRIC,
    &sql_to_customer::METRIC,
    &win_rate::METRIC,
    &sales_cycle::METRIC,
    &pipeline_velocity::METRIC,
    &pipeline_created::METRIC,
    &revenue_won::METRIC,
    &revenue_per_lead_source::METRIC,
    &cost_per_customer::METRIC,
    &customer_acquisition_rate::METRIC,
    &marketing_sourced_share::METRIC,
    &marketing_influenced_share::METRIC,
    &lifetime_value::METRIC,
    &lead_quality::METRIC,
    &return_on_spend::METRIC,
    &weighted_pipeline::METRIC,
];

/// The metric of this kind.
pub fn metric(kind: MetricKind) -> &'static Metric {
    CATALOGUE.into_iter().find(|metric| metric.kind == kind).expect("every kind is in the catalogue")
}

/// One number over the rows a caller sees, with the rows behind it.
pub fn answer(facts: &FactSet, sight: &Sight, inputs: &Inputs, question: &Question) -> Answer {
    only(&Scene::new(facts, sight, inputs, question))
}

/// A number for one value of a dimension.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// The value.
    pub key: Key,
    /// The number.
    pub answer: Answer,
}

/// The number for each value of a dimension that has rows, those with most rows first. Targets and costs that are
/// known for the whole company alone are not divided among slices.
pub fn by(
    facts: &FactSet,
    sight: &Sight,
    inputs: &Inputs,
    question: &Question,
    dimension: Dimension,
) -> Vec<Slice> {
    let mut scene = Scene::new(facts, sight, inputs, question);
    scene.keeps_rows = false;
    let slots = Slots::by(dimension, facts);
    let answers = (scene.metric.compute)(&scene, &slots);
    let slices = slots.keys().iter().zip(answers).map(|(key, answer)| Slice { key: *key, answer });
    let mut slices: Vec<Slice> =
        slices.filter(|slice| slice.answer.sample > 0 || slice.answer.value.is_some()).collect();
    // Stable, so that equal slices stay in the order their values were first met.
    slices.sort_by_key(|slice| std::cmp::Reverse(slice.answer.sample));
    slices
}

/// A number for one part of the period.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// The days.
    pub period: Period,
    /// The number.
    pub answer: Answer,
}

/// The number for each bucket of the period. A metric that tells how things stand tells it as of each bucket's end.
pub fn series(
    facts: &FactSet,
    sight: &Sight,
    inputs: &Inputs,
    question: &Question,
    bucket: Bucket,
) -> Vec<Point> {
    let whole = Scene::new(facts, sight, inputs, question);
    let buckets = question.period.buckets(bucket, question.calendar);
    let points = buckets.into_iter().map(|period| {
        let mut part = Question { period, filter: question::Filter::default(), ..question.clone() };
        if whole.metric.is_snapshot {
            let (_, until) = period.instants(question.calendar.zone);
            part.as_of = Some(until.min(whole.as_of));
        }
        let mut scene = Scene::new(facts, &whole.sight, inputs, &part);
        scene.keeps_rows = false;
        Point { period, answer: only(&scene) }
    });
    points.collect()
}

fn only(scene: &Scene<'_>) -> Answer {
    (scene.metric.compute)(scene, &Slots::one()).pop().expect("one slot, one answer")
}

impl Metric {
    /// The options that were used, by name and value.
    fn variant(&self, scene: &Scene<'_>) -> Vec<(&'static str, String)> {
        let question = scene.question;
        let mut variant = Vec::new();
        if !self.methods.is_empty() {
            let method = match scene.method() {
                Method::Cohort => "COHORT",
                Method::Period => "PERIOD",
            };
            variant.push(("method", method.to_owned()));
        }
        let chosen = self.heeds.iter().filter_map(|choice| choice.told(question));
        variant.extend(chosen);
        variant
    }
}

impl Choice {
    fn told(self, question: &Question) -> Option<(&'static str, String)> {
        let (name, value) = match self {
            Self::WinRateBasis => (
                "winRateBasis",
                match question.win_rate_basis {
                    WinRateBasis::Count => "COUNT",
                    WinRateBasis::Amount => "AMOUNT",
                    WinRateBasis::CreatedCohort => "CREATED_COHORT",
                    WinRateBasis::SqlCohort => "SQL_COHORT",
                }
                .to_owned(),
            ),
            Self::CostBasis => (
                "costBasis",
                match question.cost_basis {
                    CostBasis::Marketing => "MARKETING",
                    CostBasis::Loaded => "LOADED",
                }
                .to_owned(),
            ),
            Self::CycleAnchor => (
                "cycleAnchor",
                match question.cycle_anchor {
                    CycleAnchor::Opportunity => "OPPORTUNITY",
                    CycleAnchor::Lead => "LEAD",
                }
                .to_owned(),
            ),
            Self::SourcedRule => (
                "sourcedRule",
                match question.sourced_rule {
                    SourcedRule::LeadSource => "LEAD_SOURCE",
                    SourcedRule::FirstTouch => "FIRST_TOUCH",
                    SourcedRule::BeforeFirstSalesActivity => "BEFORE_FIRST_SALES_ACTIVITY",
                }
                .to_owned(),
            ),
            Self::CohortUnit => (
                "cohortUnit",
                match question.cohort_unit {
                    CohortUnit::Pass => "PASS",
                    CohortUnit::Person => "PERSON",
                }
                .to_owned(),
            ),
            Self::MaturityDays => ("maturityDays", question.maturity_days?.to_string()),
            Self::IncludeSalesGenerated => {
                ("includeSalesGenerated", question.include_sales_generated.to_string())
            }
            Self::IncludeOverdue => ("includeOverdue", question.include_overdue.to_string()),
            Self::Model => ("model", question.terms.map(|terms| terms.model.name().to_owned())?),
            Self::InfluenceDays => ("lookbackDays", question.influence_days.to_string()),
        };
        Some((name, value))
    }
}
