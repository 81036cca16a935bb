//! M2: how many leads become opportunities.

use super::answer::{Answer, Unit};
use super::cohort::{Cohort, Counts};
use super::scene::Scene;
use super::slots::Slots;
use super::{Choice, Method, Metric, MetricKind};
use crate::domain::fact::{Ix, PersonFact};

pub(super) static METRIC: Metric = Metric {
    kind: MetricKind::LeadToOpportunity,
    unit: Unit::Ratio,
    methods: &[Method::Cohort, Method::Period],
    heeds: &[Choice::MaturityDays],
    is_snapshot: false,
    formula: |_, method| {
        match method {
            Method::Cohort => {
                "leads created in the period that have an opportunity by the as-of instant ÷ \
            leads created in the period"
            }
            Method::Period => "opportunities created in the period ÷ leads created in the period",
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
    let first = |person: &PersonFact| {
        let seen = scene.facts.opportunities_of(person).iter();
        let seen = seen.filter(|row| scene.sight.opportunities.holds(**row));
        seen.map(|row| scene.facts.opportunities[row.place()].created_at).min()
    };
    Cohort::of_people(scene, slots, |person| Some(person.created_at), first)
}

fn period(scene: &Scene<'_>, slots: &Slots) -> Vec<Answer> {
    let mut counts = leads_created(scene, slots);
    for place in scene.sight.opportunities.places() {
        if scene.has(scene.facts.opportunities[place].created_at) {
            for slot in slots.of_opportunity(place) {
                let counts = &mut counts[*slot as usize];
                counts.above += 1;
                if scene.keeps_rows {
                    counts.rows.opportunities.push(Ix::new(place));
                }
            }
        }
    }
    Counts::answers(counts, scene)
}

/// Leads created in the period as what is divided by.
pub(super) fn leads_created(scene: &Scene<'_>, slots: &Slots) -> Vec<Counts> {
    let mut counts = Counts::each(slots.len());
    for (place, _) in scene.people().filter(|(_, person)| scene.has(person.created_at)) {
        for slot in slots.of_person(place) {
            let counts = &mut counts[*slot as usize];
            counts.below += 1;
            if scene.keeps_rows {
                counts.rows.people.push(Ix::new(place));
            }
        }
    }
    counts
}
