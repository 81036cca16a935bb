//! How many leads turn out to be worth a seller's time.

use super::answer::{Answer, Unit};
use super::cohort::{Cohort, Counts};
use super::lead_to_opportunity::leads_created;
use super::scene::Scene;
use super::slots::Slots;
use super::{Choice, Method, Metric, MetricKind};
use crate::domain::fact::{PassFact, PersonFact};

pub(super) static METRIC: Metric = Metric {
    kind: MetricKind::LeadQuality,
    unit: Unit::Ratio,
    methods: &[Method::Cohort, Method::Period],
    heeds: &[Choice::MaturityDays],
    is_snapshot: false,
    formula: |_, method| {
        match method {
            Method::Cohort => {
                "leads created in the period that sales qualified by the as-of instant ÷ leads \
            created in the period"
            }
            Method::Period => "funnel passes that became SQL in the period ÷ leads created in the period",
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

fn cohort(scene: &Scene<'_>, slots: &Slots) -> Vec<Answer> {
    let qualified = |person: &PersonFact| scene.facts.passes_of(person).iter().find_map(PassFact::sql);
    Cohort::of_people(scene, slots, |person| Some(person.created_at), qualified)
}

fn period(scene: &Scene<'_>, slots: &Slots) -> Vec<Answer> {
    let mut counts = leads_created(scene, slots);
    Counts::add_passes(&mut counts, scene, slots, |pass| {
        (pass.sql().is_some_and(|sql| scene.has(sql)), false)
    });
    Counts::answers(counts, scene)
}
