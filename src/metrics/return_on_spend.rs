//! M17: what marketing's money brought back.

use super::answer::{Answer, Contributors, Unit};
use super::marketing_sourced_share::{in_words, is_sourced};
use super::money::Sum;
use super::ratio::Ratio;
use super::scene::Scene;
use super::slots::Slots;
use super::spend::spend;
use super::{Choice, Metric, MetricKind};
use crate::domain::fact::Ix;

pub(super) static METRIC: Metric = Metric {
    kind: MetricKind::ReturnOnSpend,
    unit: Unit::Ratio,
    methods: &[],
    heeds: &[Choice::SourcedRule],
    is_snapshot: false,
    formula: |question, _| {
        let rule = in_words(question.sourced_rule);
        format!(
            "(amount won in the period of opportunities marketing sourced ({rule}) − marketing spend) \
            ÷ marketing spend"
        )
    },
    compute,
};

fn compute(scene: &Scene<'_>, slots: &Slots) -> Vec<Answer> {
    let mut all = vec![(0_u64, Sum::default(), Contributors::default()); slots.len()];
    for seen in scene.opportunities() {
        if !seen.state.won().is_some_and(|won| scene.has_moment(won)) || !is_sourced(scene, &seen) {
            continue;
        }
        for slot in slots.of_opportunity(seen.place) {
            let (count, sum, rows) = &mut all[*slot as usize];
            *count += 1;
            scene.add_amount(sum, &seen);
            if scene.keeps_rows {
                rows.opportunities.push(Ix::new(seen.place));
            }
        }
    }
    let answers = spend(scene, slots).into_iter().zip(all).map(|(spend, (count, sum, contributors))| {
        let Some(cost) = spend.marketing() else { return Answer { sample: count, ..spend.unknown(scene) } };
        let revenue = scene.units(Ratio::whole(sum.minor));
        // A spend that brought nothing is an answer too.
        let mut answer = scene.quotient(revenue.minus(cost), cost, count.max(1));
        answer.sample = count;
        answer.parts = vec![
            scene.part("sourcedRevenue", Some(revenue), Unit::Money),
            scene.part("spend", Some(cost), Unit::Money),
        ];
        Answer { contributors, ..scene.checked(answer, &[&sum]) }
    });
    answers.collect()
}
