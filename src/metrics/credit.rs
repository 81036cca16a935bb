//! By which terms an opportunity's amount is credited, and to which slots.

use super::attribution::{Terms, in_force, journey_to, split, weigh};
use super::scene::{Scene, Seen};
use super::slots::Slots;

/// The terms for an opportunity: those asked for, else those agreed on at its close. None for lead source.
pub(super) fn terms(scene: &Scene<'_>, seen: &Seen<'_>) -> Option<Terms> {
    let at = seen.state.closed.map_or(scene.as_of, |closed| closed.at);
    scene.question.terms.or_else(|| in_force(&scene.inputs.agreements, at).map(|one| one.terms))
}

/// Gives an amount in minor units to slots: by the terms to those of each touch, without terms to those of the
/// opportunity. What no touch earned goes to the slot of rows without a value.
pub(super) fn give(
    scene: &Scene<'_>,
    slots: &Slots,
    seen: &Seen<'_>,
    minor: i64,
    mut add: impl FnMut(u32, i64),
) {
    let Some(terms) = terms(scene, seen) else {
        slots.of_opportunity(seen.place).iter().for_each(|slot| add(*slot, minor));
        return;
    };
    let zone = scene.question.calendar.zone;
    let journey = journey_to(scene.facts, seen.row, &seen.state, scene.as_of, &terms, zone);
    if journey.stops.is_empty() {
        add(0, minor);
        return;
    }
    for (stop, part) in journey.stops.iter().zip(split(minor, &weigh(&journey, &terms))) {
        let touch = &scene.facts.touches[stop.touch.place()];
        slots.of_touch(touch, seen.place).iter().for_each(|slot| add(*slot, part));
    }
}
