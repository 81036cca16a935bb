//! One number: the value, and everything needed to believe it.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use crate::domain::view::View;
use crate::metrics::answer::{Answer, DataWarning as Told, Part, Status, Unit};
use crate::metrics::period::{Bucket as Length, Period as Days};
use crate::metrics::question::{MetricKind as Kind, Question};
use crate::metrics::slots::Dimension as By;
use crate::metrics::{answer, by, series};

use super::super::code::Code;
use super::super::scalars::{CurrencyCode, Date, Decimal, TimeZone};
use super::agreement::AttributionAgreement;
use super::choices::{Bucket, Dimension, MetricKind, MetricMethod};
use super::contributor::{ContributorConnection, contributors};
use super::input::{MetricInput, may_divide_by_owner};
use super::slice::{MetricPoint, MetricSlice, shown};
use super::{Table, table};

/// At most so many points in one series.
const MOST_POINTS: usize = 400;
/// At most so many slices of one number.
const MOST_SLICES: i32 = 100;
/// At most so many numbers in one question.
const MOST_METRICS: usize = 30;

/// One number, how it was made, and the records behind it.
#[derive(Clone)]
pub struct Metric(Arc<Asked>);

pub(super) struct Asked {
    pub(super) table: Table,
    pub(super) question: Question,
    pub(super) answer: Answer,
}

/// Counts one number.
pub(in super::super) async fn metric(ctx: &Context<'_>, input: &MetricInput) -> Result<Metric> {
    let table = table(ctx)?;
    let question = table.question(input)?;
    table.metric(question).await
}

/// Counts several numbers over one snapshot, in the order asked.
pub(in super::super) async fn metrics(
    ctx: &Context<'_>,
    inputs: &[MetricInput],
) -> Result<Vec<Option<Result<Metric>>>> {
    if inputs.len() > MOST_METRICS {
        return Err(Code::BadInput.error(format!("inputs takes at most {MOST_METRICS} entries.")));
    }
    let table = table(ctx)?;
    let mut found = Vec::with_capacity(inputs.len());
    for input in inputs {
        found.push(Some(match table.question(input) {
            Ok(question) => table.metric(question).await,
            Err(error) => Err(error),
        }));
    }
    Ok(found)
}

impl Table {
    /// Counts one number.
    pub(super) async fn metric(&self, question: Question) -> Result<Metric> {
        let asked = question.clone();
        let counting =
            move |table: &Self| answer(table.snapshot.facts(), &table.visible.sight, &table.inputs, &asked);
        let answer = self.count(counting).await?;
        Ok(self.shown(question, answer))
    }

    /// A number that has been counted, as this view sees it.
    pub(super) fn shown(&self, question: Question, answer: Answer) -> Metric {
        let answer = suppressed(&self.view, answer);
        Metric(Arc::new(Asked { table: self.clone(), question, answer }))
    }
}

/// An answer as this view may see it: a small group is withheld.
pub(super) fn suppressed(view: &View, answer: Answer) -> Answer {
    answer.seen_by_view_that_suppresses_below(u64::from(view.suppress_below()))
}

#[Object]
impl Metric {
    /// Which number.
    async fn kind(&self) -> MetricKind {
        self.0.answer.kind.into()
    }

    /// How entries and outcomes were matched; null where the number knows but one way.
    async fn method(&self) -> Option<MetricMethod> {
        self.0.answer.method.map(Into::into)
    }

    /// What the value counts.
    async fn unit(&self) -> MetricUnit {
        self.0.answer.unit.into()
    }

    /// Null when the formula has no meaning (zero denominator, met target, no rate); see `status`.
    async fn value(&self) -> Option<Decimal> {
        self.0.answer.value.map(Decimal)
    }

    /// Whether there is a number, and why not.
    async fn status(&self) -> MetricStatus {
        self.0.answer.status.into()
    }

    /// What was divided.
    async fn numerator(&self) -> Option<Decimal> {
        self.0.answer.numerator.map(Decimal)
    }

    /// By what.
    async fn denominator(&self) -> Option<Decimal> {
        self.0.answer.denominator.map(Decimal)
    }

    /// How many rows stand behind the number.
    async fn sample(&self) -> i32 {
        shown(self.0.answer.sample)
    }

    /// The median, of durations.
    async fn median(&self) -> Option<Decimal> {
        self.0.answer.median.map(Decimal)
    }

    /// What nine of ten do not exceed, of durations.
    async fn p90(&self) -> Option<Decimal> {
        self.0.answer.p90.map(Decimal)
    }

    /// The days it is about.
    async fn period(&self) -> Period {
        self.0.question.period.into()
    }

    /// Facts after this instant were not considered.
    async fn as_of(&self) -> DateTime<Utc> {
        self.0.as_of()
    }

    /// The zone its days are days of.
    async fn time_zone(&self) -> TimeZone {
        TimeZone(Arc::from(self.0.question.calendar.zone.name()))
    }

    /// The currency of amounts.
    async fn currency(&self) -> Option<CurrencyCode> {
        Some(CurrencyCode(self.0.question.currency.clone()))
    }

    /// The attribution agreement in force at the as-of instant, of a number that credits revenue by it.
    async fn agreement(&self) -> Option<AttributionAgreement> {
        if self.0.answer.kind != Kind::RevenuePerLeadSource || self.0.question.terms.is_some() {
            return None;
        }
        let agreement = self.0.table.agreement(self.0.as_of())?;
        Some(AttributionAgreement::new(agreement.clone()))
    }

    /// The formula in words, with the variant used.
    async fn formula(&self) -> &str {
        &self.0.answer.formula
    }

    /// The options that were used.
    async fn variant(&self) -> Vec<MetricVariant> {
        let all = self.0.answer.variant.iter();
        all.map(|(name, value)| MetricVariant { name: (*name).to_owned(), value: value.clone() }).collect()
    }

    /// Further figures of the same question: required, needed, gap, per lead.
    async fn parts(&self) -> Vec<MetricPart> {
        self.0.answer.parts.iter().map(MetricPart::of).collect()
    }

    /// Facts of the data that the reader should know.
    async fn warnings(&self) -> Vec<DataWarning> {
        self.0.answer.warnings.iter().map(|told| DataWarning::of(&self.0.table, told)).collect()
    }

    /// The number for each value of a dimension that has rows, those with most rows first; at most 100.
    async fn by(
        &self,
        dimension: Dimension,
        #[graphql(default = 50)] first: i32,
    ) -> Option<Result<Vec<MetricSlice>>> {
        Some(self.slices(dimension, first).await)
    }

    /// The number for each bucket of the period, the first and the last cut to it; at most 400. A number that tells how
    /// things stand tells it as of each bucket's end.
    async fn series(&self, bucket: Bucket) -> Option<Result<Vec<MetricPoint>>> {
        Some(self.points(bucket).await)
    }

    /// What was to be reached.
    async fn target(&self) -> Option<Decimal> {
        self.0.answer.target.map(Decimal)
    }

    /// Records behind the number, in the caller's view. Null for a number that is withheld.
    async fn contributors(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
    ) -> Option<Result<ContributorConnection>> {
        if self.0.answer.status == Status::SuppressedSmallGroup {
            return None;
        }
        Some(contributors(ctx, &self.0, first, after).await)
    }
}

impl Metric {
    async fn slices(&self, dimension: Dimension, first: i32) -> Result<Vec<MetricSlice>> {
        let most = usize::try_from(first).ok().filter(|_| first <= MOST_SLICES);
        let most = most.ok_or_else(|| {
            Code::BadInput.error(format!("first must lie between 0 and {MOST_SLICES}; it is {first}."))
        })?;
        let dimension = By::from(dimension);
        if dimension == By::Owner {
            may_divide_by_owner(&self.0.table.view)?;
        }
        let asked = self.0.clone();
        let counting = move |table: &Table| {
            by(table.snapshot.facts(), &table.visible.sight, &table.inputs, &asked.question, dimension)
        };
        let slices = self.0.table.count(counting).await?;
        let shown = slices.into_iter().filter_map(|slice| MetricSlice::of(&self.0.table, slice));
        Ok(shown.take(most).collect())
    }

    async fn points(&self, bucket: Bucket) -> Result<Vec<MetricPoint>> {
        let (length, question) = (Length::from(bucket), &self.0.question);
        // A bucket is a day at least, so that an absurd period is not even divided.
        let days = usize::try_from(question.period.days()).unwrap_or(usize::MAX);
        let is_long = days / 7 > MOST_POINTS * 60
            || question.period.buckets(length, question.calendar).len() > MOST_POINTS;
        if is_long {
            let message = format!("A series has at most {MOST_POINTS} points; ask for longer buckets.");
            return Err(Code::BadInput.error(message));
        }
        let asked = self.0.clone();
        let counting = move |table: &Table| {
            series(table.snapshot.facts(), &table.visible.sight, &table.inputs, &asked.question, length)
        };
        let points = self.0.table.count(counting).await?;
        Ok(points.into_iter().map(|point| MetricPoint::of(&self.0.table, point)).collect())
    }
}

impl Asked {
    fn as_of(&self) -> DateTime<Utc> {
        let known = self.table.snapshot.facts().as_of;
        self.question.as_of.map_or(known, |asked| asked.min(known))
    }
}

/// Whole days, both ends included.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct Period {
    /// First day.
    start: Date,
    /// Last day.
    end: Date,
}

impl From<Days> for Period {
    fn from(days: Days) -> Self {
        Self { start: Date(days.start), end: Date(days.end) }
    }
}

/// An option that was used.
#[derive(Clone, Debug, SimpleObject)]
pub struct MetricVariant {
    /// The option's name in `MetricInput`.
    name: String,
    /// Its value.
    value: String,
}

/// A further figure of the same question.
#[derive(Clone, Debug, SimpleObject)]
pub struct MetricPart {
    /// What it is: `required`, `gap`, `perLead`.
    name: String,
    /// The figure; null where it has no meaning.
    value: Option<Decimal>,
    /// What it counts.
    unit: MetricUnit,
}

impl MetricPart {
    pub(super) fn of(part: &Part) -> Self {
        Self { name: part.name.to_owned(), value: part.value.map(Decimal), unit: part.unit.into() }
    }
}

/// A fact of the data that the reader should know, e.g. a deal won before its first contact.
#[derive(Clone, Debug, SimpleObject)]
pub struct DataWarning {
    /// A stable code.
    code: String,
    /// A sentence.
    message: String,
    /// How many records it is about.
    count: i32,
    /// Some of them.
    examples: Vec<ID>,
}

impl DataWarning {
    fn of(table: &Table, told: &Told) -> Self {
        let examples = told.examples.iter().map(|opportunity| table.opportunity_id(*opportunity).into());
        Self {
            code: told.code.to_owned(),
            message: told.message.clone(),
            count: shown(told.count),
            examples: examples.collect(),
        }
    }
}

/// What a value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Unit")]
pub enum MetricUnit {
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Status")]
pub enum MetricStatus {
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
