//! M1: whether the pipeline is enough for what is still to be won.

use chrono::Months;

use super::answer::{Answer, Contributors, DataWarning, Status, Unit};
use super::money::Sum;
use super::pipeline_velocity::told;
use super::ratio::Ratio;
use super::scene::Scene;
use super::slots::Slots;
use super::win_rate::Closings;
use super::{Choice, Metric, MetricKind};
use crate::domain::fact::Ix;

pub(super) static METRIC: Metric = Metric {
    kind: MetricKind::PipelineCoverage,
    unit: Unit::Multiple,
    methods: &[],
    heeds: &[Choice::IncludeOverdue],
    is_snapshot: false,
    formula: |question, _| {
        let overdue = if question.include_overdue { "included" } else { "left out" };
        format!(
            "amount of open opportunities with a close date in the period (those whose close date has \
            passed {overdue}) ÷ (target − amount won in the period so far); required = 1 ÷ win rate by \
            count of the twelve months up to the as-of instant"
        )
    },
    compute,
};

#[derive(Clone, Default)]
struct Pipeline {
    open: Sum,
    won: Sum,
    count: u64,
    overdue: Vec<usize>,
    recent: Closings,
    rows: Contributors,
}

fn compute(scene: &Scene<'_>, slots: &Slots) -> Vec<Answer> {
    let mut all = vec![Pipeline::default(); slots.len()];
    let year_ago = scene.as_of - Months::new(12);
    for seen in scene.opportunities() {
        let (state, period) = (&seen.state, scene.question.period);
        let is_overdue = scene.is_overdue(state);
        let is_due = state.is_open() && state.close_date.is_some_and(|day| period.has(day));
        let is_won_here = state.won().is_some_and(|won| scene.has_moment(won));
        let is_recent = state.closed.is_some_and(|closed| closed.at > year_ago);
        for slot in slots.of_opportunity(seen.place) {
            let pipeline = &mut all[*slot as usize];
            if is_recent {
                pipeline.recent.won += u64::from(state.won().is_some());
                pipeline.recent.lost += u64::from(state.lost().is_some());
            }
            if is_won_here {
                scene.add_amount(&mut pipeline.won, &seen);
            }
            if is_overdue {
                pipeline.overdue.push(seen.place);
            }
            if is_due && (!is_overdue || scene.question.include_overdue) {
                pipeline.count += 1;
                scene.add_amount(&mut pipeline.open, &seen);
                if scene.keeps_rows {
                    pipeline.rows.opportunities.push(Ix::new(seen.place));
                }
            }
        }
    }
    all.into_iter().map(|pipeline| pipeline.answer(scene, slots)).collect()
}

impl Pipeline {
    fn answer(self, scene: &Scene<'_>, slots: &Slots) -> Answer {
        let mut answer = scene.blank();
        let target = scene.question.target.or_else(|| scene.target(MetricKind::RevenueWon));
        // A target of the whole company says nothing about a slice of it.
        answer.target = target.filter(|_| slots.dimension().is_none());
        answer.sample = self.count;
        let [open, won] = [self.open.minor, self.won.minor].map(|minor| scene.units(Ratio::whole(minor)));
        if let Some(target) = answer.target {
            let coverage = Coverage::of(open, Ratio::of(target), won, self.recent.rate());
            answer.status = coverage.status;
            answer.value = coverage.value.and_then(|value| scene.shown(value, Unit::Multiple));
            answer.denominator = scene.money(coverage.remaining);
            answer.parts = vec![
                scene.part("open", Some(open), Unit::Money),
                scene.part("won", Some(won), Unit::Money),
                scene.part("winRate", self.recent.rate(), Unit::Ratio),
                scene.part("required", coverage.required, Unit::Multiple),
                scene.part("needed", coverage.needed, Unit::Money),
                scene.part("gap", coverage.gap, Unit::Money),
            ];
        } else {
            let message = "Coverage needs a target for the period.".to_owned();
            answer.warnings.push(DataWarning { code: "NO_TARGET", message, count: 0, examples: Vec::new() });
        }
        answer.numerator = scene.money(open);
        if !self.overdue.is_empty() {
            answer.warnings.push(told(self.overdue));
        }
        Answer { contributors: self.rows, ..scene.checked(answer, &[&self.open, &self.won]) }
    }
}

/// Coverage and what it should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Coverage {
    /// Open ÷ remaining; none once the target is met.
    pub(super) value: Option<Ratio>,
    /// Whether there is a value.
    pub(super) status: Status,
    /// What is still to be won.
    pub(super) remaining: Ratio,
    /// 1 ÷ win rate; none where nothing is ever won.
    pub(super) required: Option<Ratio>,
    /// Pipeline needed to win what remains.
    pub(super) needed: Option<Ratio>,
    /// Needed less open; negative where there is more than enough.
    pub(super) gap: Option<Ratio>,
}

impl Coverage {
    /// From what is open, the target, what was won of it, and the win rate.
    pub(super) fn of(open: Ratio, target: Ratio, won: Ratio, rate: Option<Ratio>) -> Self {
        let remaining = target.minus(won);
        let required = rate.and_then(|rate| Ratio::ONE.by(rate));
        if remaining <= Ratio::ZERO {
            let status = Status::TargetMet;
            return Self { value: None, status, remaining, required, needed: None, gap: None };
        }
        let needed = required.map(|required| required.times(remaining));
        let gap = needed.map(|needed| needed.minus(open));
        Self { value: open.by(remaining), status: Status::Ok, remaining, required, needed, gap }
    }
}
