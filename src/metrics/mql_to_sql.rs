//! M15: how many marketing-qualified become sales-qualified.

use chrono::{DateTime, Utc};

use super::answer::{Answer, Unit};
use super::cohort::{Cohort, Counts};
use super::question::CohortUnit;
use super::scene::Scene;
use super::slots::Slots;
use super::{Choice, Method, Metric, MetricKind};
use crate::domain::fact::{PassFact, PersonFact};

pub(super) static METRIC: Metric = Metric {
    kind: MetricKind::MqlToSql,
    unit: Unit::Ratio,
    methods: &[Method::Cohort, Method::Period],
    heeds: &[Choice::CohortUnit, Choice::MaturityDays, Choice::IncludeSalesGenerated],
    is_snapshot: false,
    formula: |question, method| {
        match (method, question.cohort_unit) {
            (Method::Cohort, CohortUnit::Pass) => {
                "funnel passes that became MQL in the period and SQL by the \
            as-of instant ÷ funnel passes that became MQL in the period"
            }
            (Method::Cohort, CohortUnit::Person) => {
                "people whose first funnel pass became MQL in the period \
            and who became SQL in any pass by the as-of instant ÷ people whose first funnel pass became \
            MQL in the period"
            }
            (Method::Period, _) if question.include_sales_generated => {
                "funnel passes that became SQL in the \
            period, sales-generated ones included ÷ funnel passes that became MQL in the period"
            }
            (Method::Period, _) => {
                "funnel passes that became SQL in the period, sales-generated ones left \
            out ÷ funnel passes that became MQL in the period"
            }
        }
        .to_owned()
    },
    compute,
};

fn compute(scene: &Scene<'_>, slots: &Slots) -> Vec<Answer> {
    from_mql(scene, slots, PassFact::sql)
}

/// When a funnel pass reached the stage that is asked about.
pub(super) type Reached = fn(&PassFact) -> Option<DateTime<Utc>>;

/// From MQL to what this function tells the instant of.
pub(super) fn from_mql(scene: &Scene<'_>, slots: &Slots, reached: Reached) -> Vec<Answer> {
    match (scene.method(), scene.question.cohort_unit) {
        (Method::Cohort, CohortUnit::Pass) => by_pass(scene, slots, reached),
        (Method::Cohort, CohortUnit::Person) => by_person(scene, slots, reached),
        (Method::Period, _) => period(scene, slots, reached),
    }
}

fn by_pass(scene: &Scene<'_>, slots: &Slots, reached: Reached) -> Vec<Answer> {
    Cohort::of_passes(scene, slots, PassFact::mql, reached)
}

fn by_person(scene: &Scene<'_>, slots: &Slots, reached: Reached) -> Vec<Answer> {
    let first = |person: &PersonFact| scene.facts.passes_of(person).iter().find_map(PassFact::mql);
    let success = |person: &PersonFact| {
        let entered = first(person)?;
        scene.facts.passes_of(person).iter().filter_map(reached).find(|at| *at >= entered)
    };
    Cohort::of_people(scene, slots, first, success)
}

fn period(scene: &Scene<'_>, slots: &Slots, reached: Reached) -> Vec<Answer> {
    let mut counts = Counts::each(slots.len());
    let is_in = |at: Option<DateTime<Utc>>| at.is_some_and(|at| scene.has(at));
    Counts::add_passes(&mut counts, scene, slots, |pass| {
        (scene.counts_sales_generated(pass) && is_in(reached(pass)), is_in(pass.mql()))
    });
    Counts::answers(counts, scene)
}
