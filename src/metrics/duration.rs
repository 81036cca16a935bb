//! How long things took: mean, median and what nine of ten do not exceed.

use chrono::TimeDelta;

use super::answer::{Answer, Contributors, Status, Unit};
use super::ratio::{Ratio, percentile};
use super::scene::{Scene, warning};

const DAY: i128 = 86_400_000;

/// Durations of one slot.
#[derive(Clone, Debug, Default)]
pub(super) struct Durations {
    milliseconds: Vec<i64>,
    /// Rows whose end lies before their beginning: counted, kept, told.
    backwards: Vec<usize>,
    /// The rows behind it.
    pub(super) rows: Contributors,
}

impl Durations {
    /// One for each slot.
    pub(super) fn each(slots: usize) -> Vec<Self> {
        vec![Self::default(); slots]
    }

    /// Adds the duration of the opportunity at this place.
    pub(super) fn add(&mut self, place: usize, took: TimeDelta) {
        let milliseconds = took.num_milliseconds();
        self.milliseconds.push(milliseconds);
        if milliseconds < 0 {
            self.backwards.push(place);
        }
    }

    /// How many.
    pub(super) fn count(&self) -> usize {
        self.milliseconds.len()
    }

    /// The mean in days.
    pub(super) fn mean(&self) -> Option<Ratio> {
        let sum: i128 = self.milliseconds.iter().map(|value| i128::from(*value)).sum();
        Ratio::new(sum, self.milliseconds.len() as i128 * DAY)
    }

    /// The mean as the value, with median and p90. `backwards` says in words what it means to end before beginning.
    pub(super) fn answer(mut self, scene: &Scene<'_>, code: &'static str, backwards: &str) -> Answer {
        let mut answer = scene.blank();
        answer.sample = self.count() as u64;
        let Some(mean) = self.mean() else { return answer };
        answer.status = Status::Ok;
        answer.value = scene.shown(mean, Unit::Days);
        self.milliseconds.sort_unstable();
        let at = |tenths: i128| {
            let share = Ratio::new(tenths, 10)?;
            let days = percentile(&self.milliseconds, share)?.by(Ratio::whole(DAY))?;
            scene.shown(days, Unit::Days)
        };
        (answer.median, answer.p90) = (at(5), at(9));
        answer.numerator = mean.times(Ratio::whole(i128::from(answer.sample))).decimal(2);
        answer.denominator = Ratio::whole(i128::from(answer.sample)).decimal(0);
        if !self.backwards.is_empty() {
            let message = format!("{} {backwards}", self.backwards.len());
            answer.warnings.push(warning(code, message, self.backwards));
        }
        answer.contributors = self.rows;
        answer
    }
}
