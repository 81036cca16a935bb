//! What a metric answers.

use rust_decimal::Decimal;

use super::question::{Method, MetricKind};
use crate::domain::fact::{Ix, OpportunityFact, PassFact, PersonFact};

/// What a value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// A share, six decimals.
    Ratio,
    /// So many times as much, six decimals.
    Multiple,
    /// An amount in the answer's currency.
    Money,
    /// An amount a day.
    MoneyPerDay,
    /// Days, two decimals.
    Days,
    /// Whole things.
    Count,
}

/// Whether there is a number, and why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// There is.
    Ok,
    /// Nothing to count, or a warning says what is missing.
    NoData,
    /// The formula divides by zero.
    ZeroDenominator,
    /// What was to be reached has been.
    TargetMet,
    /// All members of the cohort are younger than the maturity window; the value is of what is there.
    Immature,
    /// Too few people for a view that must not single anybody out.
    SuppressedSmallGroup,
}

/// One answer to one question.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Which number.
    pub kind: MetricKind,
    /// How entries and outcomes were matched, where the metric knows more than one way.
    pub method: Option<Method>,
    /// What the value counts.
    pub unit: Unit,
    /// The value; null unless the status gives one.
    pub value: Option<Decimal>,
    /// Whether there is a number, and why not.
    pub status: Status,
    /// What was divided.
    pub numerator: Option<Decimal>,
    /// By what.
    pub denominator: Option<Decimal>,
    /// How many rows stand behind the number.
    pub sample: u64,
    /// The smallest group that a sum, a mean or a count of it tells of; none where that is the sample.
    pub smallest: Option<u64>,
    /// The median, of durations.
    pub median: Option<Decimal>,
    /// What nine of ten do not exceed, of durations.
    pub p90: Option<Decimal>,
    /// What was to be reached.
    pub target: Option<Decimal>,
    /// Further figures of the same question.
    pub parts: Vec<Part>,
    /// The options that were used.
    pub variant: Vec<(&'static str, String)>,
    /// The formula in words, with the variant used.
    pub formula: String,
    /// Facts of the data that the reader should know.
    pub warnings: Vec<DataWarning>,
    /// The rows behind the number.
    pub contributors: Contributors,
}

/// A further figure of the same question.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// What it is: `required`, `gap`, `perLead`.
    pub name: &'static str,
    /// The figure.
    pub value: Option<Decimal>,
    /// What it counts.
    pub unit: Unit,
}

/// A fact of the data that the reader should know.
#[derive(Clone, Debug, PartialEq)]
pub struct DataWarning {
    /// A stable code.
    pub code: &'static str,
    /// A sentence.
    pub message: String,
    /// How many rows.
    pub count: u64,
    /// Some of them.
    pub examples: Vec<Ix<OpportunityFact>>,
}

/// How many examples a warning names.
pub const EXAMPLES: usize = 5;

/// The rows behind a number, in the order of their tables. A row may be in the numerator, the denominator or both.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contributors {
    /// People counted.
    pub people: Vec<Ix<PersonFact>>,
    /// Funnel passes counted.
    pub passes: Vec<Ix<PassFact>>,
    /// Opportunities counted.
    pub opportunities: Vec<Ix<OpportunityFact>>,
}

impl Answer {
    /// The answer as a view sees it that must not learn of fewer than so many people: each row behind a number is
    /// taken for one person, so that nobody is counted twice. An answer without rows tells of nobody. One that is made of
    /// several groups is withheld for the smallest, lest it tell what the number of that group alone does not.
    #[must_use]
    pub fn seen_by_view_that_suppresses_below(self, least: u64) -> Self {
        if self.sample == 0 || self.smallest.unwrap_or(self.sample) >= least {
            return self;
        }
        Self {
            value: None,
            status: Status::SuppressedSmallGroup,
            numerator: None,
            denominator: None,
            sample: 0,
            smallest: None,
            median: None,
            p90: None,
            parts: Vec::new(),
            warnings: Vec::new(),
            contributors: Contributors::default(),
            ..self
        }
    }

    /// The same with the groups it is made of; nobody is told of by an empty one.
    #[must_use]
    pub fn made_of(self, groups: &[u64]) -> Self {
        Self { smallest: groups.iter().copied().filter(|rows| *rows > 0).min(), ..self }
    }

    /// A further figure by its name.
    pub fn part(&self, name: &str) -> Option<Decimal> {
        self.parts.iter().find(|part| part.name == name)?.value
    }
}
