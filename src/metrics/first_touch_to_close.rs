//! M4: how long from the first touch to the sale.

use super::answer::{Answer, Unit};
use super::duration::Durations;
use super::scene::{Scene, Seen, warning};
use super::slots::Slots;
use super::{Metric, MetricKind};
use crate::domain::fact::{Ix, Moment};

pub(super) static METRIC: Metric = Metric {
    kind: MetricKind::FirstTouchToClose,
    unit: Unit::Days,
    methods: &[],
    heeds: &[],
    is_snapshot: false,
    formula: |_, _| {
        "days from the first eligible touch of the opportunity's people to its closing, mean \
        over opportunities won in the period"
            .to_owned()
    },
    compute,
};

fn compute(scene: &Scene<'_>, slots: &Slots) -> Vec<Answer> {
    let mut durations = Durations::each(slots.len());
    let mut untouched = vec![Vec::new(); slots.len()];
    for seen in scene.opportunities() {
        let Some(won) = seen.state.won().filter(|won| scene.has_moment(*won)) else { continue };
        let first = first_touch(scene, &seen);
        for slot in slots.of_opportunity(seen.place) {
            let Some(first) = first else {
                untouched[*slot as usize].push(seen.place);
                continue;
            };
            let durations = &mut durations[*slot as usize];
            durations.add(seen.place, first.until(won, scene.question.calendar.zone));
            if scene.keeps_rows {
                durations.rows.opportunities.push(Ix::new(seen.place));
            }
        }
    }
    let answers = durations.into_iter().zip(untouched).map(|(durations, untouched)| {
        let mut answer = durations.answer(
            scene,
            "WON_BEFORE_FIRST_TOUCH",
            "opportunities were won before the first touch of any of their people; they count with \
                negative days.",
        );
        if !untouched.is_empty() {
            let message =
                format!("{} opportunities were won without any touch and are left out.", untouched.len());
            answer.warnings.push(warning("WON_WITHOUT_TOUCH", message, untouched));
        }
        answer
    });
    answers.collect()
}

/// The first eligible touch of the people of an opportunity.
pub(super) fn first_touch(scene: &Scene<'_>, seen: &Seen<'_>) -> Option<Moment> {
    let people = scene.facts.people_of(seen.row).iter();
    let touches = people.filter_map(|person| scene.facts.people[person.place()].first_touch);
    touches.filter(|touch| touch.at <= scene.as_of).min_by_key(|touch| touch.at)
}
