//! M15: how many marketing-qualified become sales-qualified.

use chrono::{DateTime, Utc};

use super::answer::{Answer, Unit};
use super::cohort::{Cohort, Counts};
use super::question::CohortUnit;
use super::scene::Scene;
use super::slots::Slots;
use super::{Choice, Method, Metric, MetricKind};
use crate::domain::fact::{Ix, PassFact};

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

/// From MQL to what this function tells the instant of.
pub(super) fn from_mql(
    scene: &Scene<'_>,
    slots: &Slots,
    reached: fn(&PassFact) -> Option<DateTime<Utc>>,
) -> Vec<Answer> {
    match (scene.method(), scene.question.cohort_unit) {
        (Method::Cohort, CohortUnit::Pass) => by_pass(scene, slots, reached),
        (Method::Cohort, CohortUnit::Person) => by_person(scene, slots, reached),
        (Method::Period, _) => period(scene, slots, reached),
    }
}

fn by_pass(scene: &Scene<'_>, slots: &Slots, reached: fn(&PassFact) -> Option<DateTime<Utc>>) -> Vec<Answer> {
    let mut cohorts = Cohort::each(slots.len());
    for (place, person) in scene.people() {
        for (number, pass) in person.passes.places().zip(scene.facts.passes_of(person)) {
            let Some(mql) = pass.mql().filter(|mql| scene.has(*mql)) else { continue };
            for slot in slots.of_person(place) {
                let cohort = &mut cohorts[*slot as usize];
                cohort.add(scene, mql, reached(pass));
                if scene.keeps_rows {
                    cohort.rows.passes.push(Ix::new(number));
                }
            }
        }
    }
    cohorts.into_iter().map(|cohort| cohort.answer(scene)).collect()
}

fn by_person(
    scene: &Scene<'_>,
    slots: &Slots,
    reached: fn(&PassFact) -> Option<DateTime<Utc>>,
) -> Vec<Answer> {
    let mut cohorts = Cohort::each(slots.len());
    for (place, person) in scene.people() {
        let passes = scene.facts.passes_of(person);
        let Some(first) = passes.iter().find_map(PassFact::mql) else { continue };
        if !scene.has(first) {
            continue;
        }
        let success = passes.iter().filter_map(reached).find(|at| *at >= first);
        for slot in slots.of_person(place) {
            let cohort = &mut cohorts[*slot as usize];
            cohort.add(scene, first, success);
            if scene.keeps_rows {
                cohort.rows.people.push(Ix::new(place));
            }
        }
    }
    cohorts.into_iter().map(|cohort| cohort.answer(scene)).collect()
}

fn period(scene: &Scene<'_>, slots: &Slots, reached: fn(&PassFact) -> Option<DateTime<Utc>>) -> Vec<Answer> {
    let mut counts = Counts::each(slots.len());
    for (place, person) in scene.people() {
        for (number, pass) in person.passes.places().zip(scene.facts.passes_of(person)) {
            let is_mql = pass.mql().is_some_and(|mql| scene.has(mql));
            let counts_here = scene.question.include_sales_generated || !pass.is_sales_generated;
            let is_reached = counts_here && reached(pass).is_some_and(|at| scene.has(at));
            if !is_mql && !is_reached {
                continue;
            }
            for slot in slots.of_person(place) {
                let counts = &mut counts[*slot as usize];
                counts.above += u64::from(is_reached);
                counts.below += u64::from(is_mql);
                if scene.keeps_rows {
                    counts.rows.passes.push(Ix::new(number));
                }
            }
        }
    }
    counts.into_iter().map(|counts| counts.answer(scene)).collect()
}
