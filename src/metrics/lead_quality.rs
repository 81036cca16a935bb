//! How many leads turn out to be worth a seller's time.

use super::answer::{Answer, Unit};
use super::cohort::Cohort;
use super::lead_to_opportunity::leads_created;
use super::scene::Scene;
use super::slots::Slots;
use super::{Choice, Method, Metric, MetricKind};
use crate::domain::fact::{Ix, PassFact};

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
    let mut cohorts = Cohort::each(slots.len());
    for (place, person) in scene.people().filter(|(_, person)| scene.has(person.created_at)) {
        let first = scene.facts.passes_of(person).iter().find_map(PassFact::sql);
        for slot in slots.of_person(place) {
            let cohort = &mut cohorts[*slot as usize];
            cohort.add(scene, person.created_at, first);
            if scene.keeps_rows {
                cohort.rows.people.push(Ix::new(place));
            }
        }
    }
    cohorts.into_iter().map(|cohort| cohort.answer(scene)).collect()
}

fn period(scene: &Scene<'_>, slots: &Slots) -> Vec<Answer> {
    let mut counts = leads_created(scene, slots);
    for (place, person) in scene.people() {
        for (number, pass) in person.passes.places().zip(scene.facts.passes_of(person)) {
            if !pass.sql().is_some_and(|sql| scene.has(sql)) {
                continue;
            }
            for slot in slots.of_person(place) {
                let counts = &mut counts[*slot as usize];
                counts.above += 1;
                if scene.keeps_rows {
                    counts.rows.passes.push(Ix::new(number));
                }
            }
        }
    }
    counts.into_iter().map(|counts| counts.answer(scene)).collect()
}
