//! M9: how many of the opportunities that close are won.

use super::answer::{Answer, Contributors, Unit};
use super::money::Sum;
use super::question::WinRateBasis;
use super::ratio::Ratio;
use super::scene::Scene;
use super::slots::Slots;
use super::{Choice, Metric, MetricKind, opportunity_to_close, sql_to_customer};
use crate::domain::fact::Ix;

pub(super) static METRIC: Metric = Metric {
    kind: MetricKind::WinRate,
    unit: Unit::Ratio,
    methods: &[],
    heeds: &[Choice::WinRateBasis, Choice::MaturityDays],
    is_snapshot: false,
    formula: |question, _| {
        match question.win_rate_basis {
            WinRateBasis::Count => "opportunities won ÷ opportunities won or lost, closed in the period",
            WinRateBasis::Amount => "amount won ÷ amount won or lost, closed in the period",
            WinRateBasis::CreatedCohort => {
                "opportunities created in the period and won by the as-of instant \
            ÷ opportunities created in the period"
            }
            WinRateBasis::SqlCohort => {
                "funnel passes that became SQL in the period and were won by the as-of \
            instant ÷ funnel passes that became SQL in the period"
            }
        }
        .to_owned()
    },
    compute,
};

/// What closed in a period.
#[derive(Clone, Debug, Default)]
pub(super) struct Closings {
    pub(super) won: u64,
    pub(super) lost: u64,
    pub(super) won_amount: Sum,
    pub(super) lost_amount: Sum,
    rows: Contributors,
}

impl Closings {
    /// Won by won and lost.
    pub(super) fn rate(&self) -> Option<Ratio> {
        Ratio::new(i128::from(self.won), i128::from(self.won + self.lost))
    }
}

fn compute(scene: &Scene<'_>, slots: &Slots) -> Vec<Answer> {
    let by_amount = match scene.question.win_rate_basis {
        WinRateBasis::CreatedCohort => return opportunity_to_close::compute(scene, slots),
        WinRateBasis::SqlCohort => return sql_to_customer::cohort(scene, slots),
        WinRateBasis::Amount => true,
        WinRateBasis::Count => false,
    };
    let answers = closings(scene, slots).into_iter().map(|closings| {
        let sample = closings.won + closings.lost;
        let mut answer = if by_amount {
            let (won, lost) = (closings.won_amount.minor, closings.lost_amount.minor);
            let [won, all] = [won, won + lost].map(|minor| scene.units(Ratio::whole(minor)));
            let answer = scene.quotient(won, all, sample).made_of(&[closings.won, closings.lost]);
            scene.checked(answer, &[&closings.won_amount, &closings.lost_amount])
        } else {
            scene.quotient(Ratio::whole(i128::from(closings.won)), Ratio::whole(i128::from(sample)), sample)
        };
        answer.contributors = closings.rows;
        answer
    });
    answers.collect()
}

/// What was won and lost in the period.
pub(super) fn closings(scene: &Scene<'_>, slots: &Slots) -> Vec<Closings> {
    let mut all = vec![Closings::default(); slots.len()];
    for seen in scene.opportunities() {
        let Some(_) = seen.state.closed.filter(|closed| scene.has_moment(*closed)) else { continue };
        let (is_won, is_lost) = (seen.state.won().is_some(), seen.state.lost().is_some());
        if !is_won && !is_lost {
            continue;
        }
        for slot in slots.of_opportunity(seen.place) {
            let closings = &mut all[*slot as usize];
            closings.won += u64::from(is_won);
            closings.lost += u64::from(is_lost);
            let sum = if is_won { &mut closings.won_amount } else { &mut closings.lost_amount };
            scene.add_amount(sum, &seen);
            if scene.keeps_rows {
                closings.rows.opportunities.push(Ix::new(seen.place));
            }
        }
    }
    all
}
