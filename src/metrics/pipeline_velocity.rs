//! M11: how much money a day the pipeline produces.

use super::answer::{Answer, Contributors, Status, Unit};
use super::question::CycleAnchor;
use super::ratio::Ratio;
use super::sales_cycle::cycles;
use super::scene::{Scene, warning};
use super::slots::Slots;
use super::win_rate::closings;
use super::{Choice, Metric, MetricKind};
use crate::domain::fact::Ix;

pub(super) static METRIC: Metric = Metric {
    kind: MetricKind::PipelineVelocity,
    unit: Unit::MoneyPerDay,
    methods: &[],
    heeds: &[Choice::IncludeOverdue],
    is_snapshot: true,
    formula: |question, _| {
        let overdue = if question.include_overdue { "included" } else { "left out" };
        format!(
            "opportunities open at the as-of instant (those whose close date has passed {overdue}) × \
            average amount won in the period × win rate of the period by count ÷ mean days from creation \
            to closing of what was won in the period"
        )
    },
    compute,
};

fn compute(scene: &Scene<'_>, slots: &Slots) -> Vec<Answer> {
    let mut open = vec![(0_u64, Vec::new(), Contributors::default()); slots.len()];
    for seen in scene.opportunities().filter(|seen| seen.state.is_open()) {
        let is_overdue = scene.is_overdue(&seen.state);
        for slot in slots.of_opportunity(seen.place) {
            let (count, overdue, rows) = &mut open[*slot as usize];
            if is_overdue {
                overdue.push(seen.place);
            }
            if is_overdue && !scene.question.include_overdue {
                continue;
            }
            *count += 1;
            if scene.keeps_rows {
                rows.opportunities.push(Ix::new(seen.place));
            }
        }
    }
    let cycles = cycles(scene, slots, CycleAnchor::Opportunity);
    let answers = open.into_iter().zip(closings(scene, slots)).zip(cycles);
    let answers = answers.map(|(((count, overdue, contributors), closings), cycles)| {
        let won = scene.units(Ratio::whole(closings.won_amount.minor));
        let average = won.by(Ratio::whole(i128::from(closings.won)));
        let mean = cycles.mean();
        let mut answer = scene.blank();
        answer.sample = count + closings.won + closings.lost;
        answer.parts = vec![
            scene.part("open", Some(Ratio::whole(i128::from(count))), Unit::Count),
            scene.part("averageWon", average, Unit::Money),
            scene.part("winRate", closings.rate(), Unit::Ratio),
            scene.part("meanCycleDays", mean, Unit::Days),
        ];
        if let (Some(average), Some(rate), Some(mean)) = (average, closings.rate(), mean) {
            let value = velocity(Ratio::whole(i128::from(count)), average, rate, mean);
            answer.status = if value.is_some() { Status::Ok } else { Status::ZeroDenominator };
            answer.value = value.and_then(|value| scene.money(value));
            let flow = Ratio::whole(i128::from(count)).times(average).times(rate);
            (answer.numerator, answer.denominator) = (scene.money(flow), mean.decimal(2));
        }
        if !overdue.is_empty() {
            answer.warnings.push(told(overdue));
        }
        let answer = scene.checked(answer, &[&closings.won_amount]).made_of(&[count, closings.won]);
        Answer { contributors, ..answer }
    });
    answers.collect()
}

/// Open opportunities × average amount won × win rate ÷ mean cycle in days; none where sales take no time.
pub(super) fn velocity(open: Ratio, average: Ratio, rate: Ratio, days: Ratio) -> Option<Ratio> {
    open.times(average).times(rate).by(days)
}

/// The warning about open opportunities whose close date has passed.
pub(super) fn told(overdue: Vec<usize>) -> super::answer::DataWarning {
    let message = format!("{} opportunities are open although their close date has passed.", overdue.len());
    warning("OVERDUE", message, overdue)
}
