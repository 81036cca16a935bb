//! M8: how long a sale takes.

use super::answer::{Answer, Unit};
use super::duration::Durations;
use super::question::CycleAnchor;
use super::scene::{Scene, Seen};
use super::slots::Slots;
use super::{Choice, Metric, MetricKind};
use crate::domain::fact::{Ix, Moment};

pub(super) static METRIC: Metric = Metric {
    kind: MetricKind::SalesCycle,
    unit: Unit::Days,
    methods: &[],
    heeds: &[Choice::CycleAnchor],
    is_snapshot: false,
    formula: |question, _| {
        match question.cycle_anchor {
            CycleAnchor::Opportunity => {
                "days from an opportunity's creation to its closing, mean over \
            opportunities won in the period"
            }
            CycleAnchor::Lead => {
                "days from the creation of the lead an opportunity came from to its closing, \
            mean over opportunities won in the period"
            }
        }
        .to_owned()
    },
    compute,
};

fn compute(scene: &Scene<'_>, slots: &Slots) -> Vec<Answer> {
    let answers = cycles(scene, slots, scene.question.cycle_anchor).into_iter();
    let backwards = "opportunities were won before they or their leads were created; they count with \
        negative days.";
    answers.map(|cycles| cycles.answer(scene, "WON_BEFORE_CREATION", backwards)).collect()
}

/// The cycles of what was won in the period.
pub(super) fn cycles(scene: &Scene<'_>, slots: &Slots, anchor: CycleAnchor) -> Vec<Durations> {
    let mut durations = Durations::each(slots.len());
    for seen in scene.opportunities() {
        let Some(won) = seen.state.won().filter(|won| scene.has_moment(*won)) else { continue };
        let Some(start) = start(scene, &seen, anchor) else { continue };
        for slot in slots.of_opportunity(seen.place) {
            let durations = &mut durations[*slot as usize];
            durations.add(seen.place, start.until(won, scene.question.calendar.zone));
            if scene.keeps_rows {
                durations.rows.opportunities.push(Ix::new(seen.place));
            }
        }
    }
    durations
}

fn start(scene: &Scene<'_>, seen: &Seen<'_>, anchor: CycleAnchor) -> Option<Moment> {
    let at = match anchor {
        CycleAnchor::Opportunity => seen.row.created_at,
        CycleAnchor::Lead => scene.facts.people[seen.row.lead?.place()].created_at,
    };
    Some(Moment::instant(at))
}
