//! M14: what the opportunities created are worth.

use super::answer::{Answer, Contributors, Status, Unit};
use super::money::Sum;
use super::ratio::Ratio;
use super::scene::{Scene, Seen};
use super::slots::Slots;
use super::{Metric, MetricKind};
use crate::domain::fact::Ix;

pub(super) static METRIC: Metric = Metric {
    kind: MetricKind::PipelineCreated,
    unit: Unit::Money,
    methods: &[],
    heeds: &[],
    is_snapshot: false,
    formula: |_, _| "sum of the amounts of opportunities created in the period".to_owned(),
    compute: |scene, slots| total(scene, slots, |seen| scene.has(seen.row.created_at)),
};

/// The sum of what some opportunities are worth.
pub(super) fn total(scene: &Scene<'_>, slots: &Slots, counts: impl Fn(&Seen<'_>) -> bool) -> Vec<Answer> {
    let mut sums = vec![(0_u64, Sum::default(), Contributors::default()); slots.len()];
    for seen in scene.opportunities().filter(|seen| counts(seen)) {
        for slot in slots.of_opportunity(seen.place) {
            let (count, sum, rows) = &mut sums[*slot as usize];
            *count += 1;
            scene.add_amount(sum, &seen);
            if scene.keeps_rows {
                rows.opportunities.push(Ix::new(seen.place));
            }
        }
    }
    let answers = sums.into_iter().map(|(count, sum, contributors)| {
        let mut answer = scene.blank();
        answer.sample = count;
        if count > 0 {
            answer.value = scene.money(scene.units(Ratio::whole(sum.minor)));
            answer.numerator = answer.value;
            answer.status = Status::Ok;
        }
        Answer { contributors, ..scene.checked(answer, &[&sum]) }
    });
    answers.collect()
}
