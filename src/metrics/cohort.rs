//! Following those who entered: how many of them came out at the other end. And dividing what happened in the period by
//! what happened in the period, whoever it happened to.

use chrono::{DateTime, TimeDelta, Utc};

use super::answer::{Answer, Contributors, Status};
use super::ratio::Ratio;
use super::scene::Scene;
use super::slots::Slots;
use crate::domain::fact::{Ix, PassFact, PersonFact};

/// Who entered in the period and who got through by the as-of instant.
#[derive(Clone, Debug, Default)]
pub(super) struct Cohort {
    entered: u64,
    passed: u64,
    mature: u64,
    mature_passed: u64,
    /// The rows behind it.
    pub(super) rows: Contributors,
}

impl Cohort {
    /// One for each slot.
    pub(super) fn each(slots: usize) -> Vec<Self> {
        vec![Self::default(); slots]
    }

    /// Follows the people who entered in the period.
    pub(super) fn of_people(
        scene: &Scene<'_>,
        slots: &Slots,
        entered: impl Fn(&PersonFact) -> Option<DateTime<Utc>>,
        passed: impl Fn(&PersonFact) -> Option<DateTime<Utc>>,
    ) -> Vec<Answer> {
        let mut cohorts = Self::each(slots.len());
        for (place, person) in scene.people() {
            let Some(entered) = entered(person).filter(|at| scene.has(*at)) else { continue };
            let passed = passed(person);
            for slot in slots.of_person(place) {
                let cohort = &mut cohorts[*slot as usize];
                cohort.add(scene, entered, passed);
                if scene.keeps_rows {
                    cohort.rows.people.push(Ix::new(place));
                }
            }
        }
        Self::answers(cohorts, scene)
    }

    /// Follows the funnel passes that entered in the period.
    pub(super) fn of_passes(
        scene: &Scene<'_>,
        slots: &Slots,
        entered: impl Fn(&PassFact) -> Option<DateTime<Utc>>,
        passed: impl Fn(&PassFact) -> Option<DateTime<Utc>>,
    ) -> Vec<Answer> {
        let mut cohorts = Self::each(slots.len());
        for (place, number, pass) in scene.passes() {
            let Some(entered) = entered(pass).filter(|at| scene.has(*at)) else { continue };
            let passed = passed(pass);
            for slot in slots.of_person(place) {
                let cohort = &mut cohorts[*slot as usize];
                cohort.add(scene, entered, passed);
                if scene.keeps_rows {
                    cohort.rows.passes.push(Ix::new(number));
                }
            }
        }
        Self::answers(cohorts, scene)
    }

    /// Counts one that entered in the period.
    pub(super) fn add(&mut self, scene: &Scene<'_>, entered: DateTime<Utc>, passed: Option<DateTime<Utc>>) {
        let passed = passed.filter(|at| *at <= scene.as_of);
        self.entered += 1;
        self.passed += u64::from(passed.is_some());
        if let Some(days) = scene.question.maturity_days {
            let ripe = entered + TimeDelta::days(i64::from(days));
            self.mature += u64::from(ripe <= scene.as_of);
            self.mature_passed += u64::from(ripe <= scene.as_of && passed.is_some_and(|at| at <= ripe));
        }
    }

    /// Each slot's share.
    pub(super) fn answers(cohorts: Vec<Self>, scene: &Scene<'_>) -> Vec<Answer> {
        cohorts.into_iter().map(|cohort| cohort.answer(scene)).collect()
    }

    /// The share that got through. With a maturity window only those who had its full time count; where nobody had,
    /// the share of all there are is given and said to be immature.
    fn answer(self, scene: &Scene<'_>) -> Answer {
        let has_window = scene.question.maturity_days.is_some();
        let (entered, passed) = if has_window && self.mature > 0 {
            (self.mature, self.mature_passed)
        } else {
            (self.entered, self.passed)
        };
        let mut answer =
            scene.quotient(Ratio::whole(i128::from(passed)), Ratio::whole(i128::from(entered)), entered);
        if has_window && self.mature == 0 && self.entered > 0 {
            answer.status = Status::Immature;
        }
        answer.contributors = self.rows;
        answer
    }
}

/// Counts that happened in the period, divided.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    /// What is divided.
    pub(super) above: u64,
    /// By what.
    pub(super) below: u64,
    /// The rows behind both.
    pub(super) rows: Contributors,
}

impl Counts {
    /// One for each slot.
    pub(super) fn each(slots: usize) -> Vec<Self> {
        vec![Self::default(); slots]
    }

    /// Counts each funnel pass above, below, in both places or in none.
    pub(super) fn add_passes(
        counts: &mut [Self],
        scene: &Scene<'_>,
        slots: &Slots,
        places: impl Fn(&PassFact) -> (bool, bool),
    ) {
        for (place, number, pass) in scene.passes() {
            let (is_above, is_below) = places(pass);
            if !is_above && !is_below {
                continue;
            }
            for slot in slots.of_person(place) {
                let counts = &mut counts[*slot as usize];
                counts.above += u64::from(is_above);
                counts.below += u64::from(is_below);
                if scene.keeps_rows {
                    counts.rows.passes.push(Ix::new(number));
                }
            }
        }
    }

    /// Each slot's quotient.
    pub(super) fn answers(counts: Vec<Self>, scene: &Scene<'_>) -> Vec<Answer> {
        counts.into_iter().map(|counts| counts.answer(scene)).collect()
    }

    /// The quotient, which may exceed 1. The sample is what it is divided by; where that is nothing but something is
    /// to be divided, the formula has no meaning.
    fn answer(self, scene: &Scene<'_>) -> Answer {
        let sample = if self.below == 0 { self.above } else { self.below };
        let (above, below) = (Ratio::whole(i128::from(self.above)), Ratio::whole(i128::from(self.below)));
        Answer { contributors: self.rows, ..scene.quotient(above, below, sample) }
    }
}
