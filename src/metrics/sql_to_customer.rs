//! How many sales-qualified become customers.

use chrono::{DateTime, Utc};

use super::answer::{Answer, Unit};
use super::cohort::{Cohort, Counts};
use super::scene::Scene;
use super::slots::Slots;
use super::{Choice, Method, Metric, MetricKind};
use crate::domain::fact::PassFact;

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
    let qualified = |pass: &PassFact| pass.sql().filter(|_| scene.counts_sales_generated(pass));
    Cohort::of_passes(scene, slots, qualified, PassFact::won)
}

fn period(scene: &Scene<'_>, slots: &Slots) -> Vec<Answer> {
    let mut counts = Counts::each(slots.len());
    let is_in = |at: Option<DateTime<Utc>>| at.is_some_and(|at| scene.has(at));
    Counts::add_passes(&mut counts, scene, slots, |pass| {
        let counts_here = scene.counts_sales_generated(pass);
        (counts_here && is_in(pass.won()), counts_here && is_in(pass.sql()))
    });
    Counts::answers(counts, scene)
}
