//! How many sales-qualified become customers.

use super::answer::{Answer, Unit};
use super::cohort::{Cohort, Counts};
use super::scene::Scene;
use super::slots::Slots;
use super::{Choice, Method, Metric, MetricKind};
use crate::domain::fact::Ix;

pub(super) static METRIC: Metric = Metric {
    kind: MetricKind::SqlToCustomer,
    unit: Unit::Ratio,
    methods: &[Method::Cohort, Method::Period],
    heeds: &[Choice::MaturityDays, Choice::IncludeSalesGenerated],
    is_snapshot: false,
    formula: |_, method| {
        match method {
            Method::Cohort => {
                "funnel passes that became SQL in the period and were won by the as-of instant \
            ÷ funnel passes that became SQL in the period"
            }
            Method::Period => "funnel passes won in the period ÷ funnel passes that became SQL in the period",
        }
        .to_owned()
    },
    compute,
};

fn compute(scene: &Scene<'_>, slots: &Slots) -> Vec<Answer> {
    match scene.method() {
        Method::Cohort => cohort(scene, slots),
        Method::Period => period(scene, slots),
    }
}

/// Passes that became SQL in the period, followed.
pub(super) fn cohort(scene: &Scene<'_>, slots: &Slots) -> Vec<Answer> {
    let mut cohorts = Cohort::each(slots.len());
    for (place, person) in scene.people() {
        for (number, pass) in person.passes.places().zip(scene.facts.passes_of(person)) {
            let Some(sql) = pass.sql().filter(|sql| scene.has(*sql)) else { continue };
            if pass.is_sales_generated && !scene.question.include_sales_generated {
                continue;
            }
            for slot in slots.of_person(place) {
                let cohort = &mut cohorts[*slot as usize];
                cohort.add(scene, sql, pass.won());
                if scene.keeps_rows {
                    cohort.rows.passes.push(Ix::new(number));
                }
            }
        }
    }
    cohorts.into_iter().map(|cohort| cohort.answer(scene)).collect()
}

fn period(scene: &Scene<'_>, slots: &Slots) -> Vec<Answer> {
    let mut counts = Counts::each(slots.len());
    for (place, person) in scene.people() {
        for (number, pass) in person.passes.places().zip(scene.facts.passes_of(person)) {
            if pass.is_sales_generated && !scene.question.include_sales_generated {
                continue;
            }
            let is_sql = pass.sql().is_some_and(|sql| scene.has(sql));
            let is_won = pass.won().is_some_and(|won| scene.has(won));
            if !is_sql && !is_won {
                continue;
            }
            for slot in slots.of_person(place) {
                let counts = &mut counts[*slot as usize];
                counts.above += u64::from(is_won);
                counts.below += u64::from(is_sql);
                if scene.keeps_rows {
                    counts.rows.passes.push(Ix::new(number));
                }
            }
        }
    }
    counts.into_iter().map(|counts| counts.answer(scene)).collect()
}
