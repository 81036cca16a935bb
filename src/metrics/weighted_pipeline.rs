//! M16: what the open pipeline is worth by its probabilities.

use super::answer::{Answer, Contributors, DataWarning, Status, Unit};
use super::money::Sum;
use super::ratio::Ratio;
use super::scene::Scene;
use super::slots::Slots;
use super::{Metric, MetricKind};
use crate::domain::fact::Ix;

pub(super) static METRIC: Metric = Metric {
    kind: MetricKind::WeightedPipeline,
    unit: Unit::Money,
    methods: &[],
    heeds: &[],
    is_snapshot: true,
    formula: |_, _| {
        "sum of amount × probability of the opportunities open at the as-of instant, whatever \
        their close date"
            .to_owned()
    },
    compute,
};

#[derive(Clone, Default)]
struct Weighed {
    count: u64,
    without_probability: u64,
    /// Ten-thousandths of minor units.
    weight: i128,
    sum: Sum,
    rows: Contributors,
}

fn compute(scene: &Scene<'_>, slots: &Slots) -> Vec<Answer> {
    let mut all = vec![Weighed::default(); slots.len()];
    for seen in scene.opportunities().filter(|seen| seen.state.is_open()) {
        for slot in slots.of_opportunity(seen.place) {
            let weighed = &mut all[*slot as usize];
            weighed.count += 1;
            weighed.without_probability += u64::from(seen.state.probability.is_none());
            let minor = scene.add_amount(&mut weighed.sum, &seen);
            weighed.weight += i128::from(minor) * i128::from(seen.state.probability.unwrap_or(0));
            if scene.keeps_rows {
                weighed.rows.opportunities.push(Ix::new(seen.place));
            }
        }
    }
    let answers = all.into_iter().map(|weighed| {
        let mut answer = scene.blank();
        answer.sample = weighed.count;
        if weighed.count > 0 {
            let minor = Ratio::new(weighed.weight, 10_000).unwrap_or(Ratio::ZERO);
            answer.value = scene.money(scene.units(minor));
            answer.numerator = answer.value;
            answer.status = Status::Ok;
            answer.parts.push(scene.part(
                "open",
                Some(scene.units(Ratio::whole(weighed.sum.minor))),
                Unit::Money,
            ));
        }
        if weighed.without_probability > 0 {
            let count = weighed.without_probability;
            let message = format!("{count} open opportunities have no probability and add nothing.");
            answer.warnings.push(DataWarning {
                code: "NO_PROBABILITY",
                message,
                count,
                examples: Vec::new(),
            });
        }
        Answer { contributors: weighed.rows, ..scene.checked(answer, &[&weighed.sum]) }
    });
    answers.collect()
}
