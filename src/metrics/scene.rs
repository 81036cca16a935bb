//! What a metric's function is given: the facts, the rows that count, and the question in instants.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::answer::{Answer, Contributors, DataWarning, EXAMPLES, Part, Status, Unit};
use super::money::{Exchange, Sum};
use super::question::{Inputs, Method, Question, Whose};
use super::ratio::Ratio;
use super::slots::admitted;
use super::{Metric, metric};
use crate::domain::fact::{
    FactSet, Ix, Moment, OpportunityFact, OpportunityState, PassFact, PersonFact, Sight,
};

/// Facts, rows and question of one number.
pub struct Scene<'a> {
    /// The facts.
    pub facts: &'a FactSet,
    /// The rows that count: seen by the caller and admitted by the filter.
    pub sight: Cow<'a, Sight>,
    /// What else the company knows.
    pub inputs: &'a Inputs,
    /// The question.
    pub question: &'a Question,
    /// The metric.
    pub metric: &'static Metric,
    /// The first instant of the period.
    pub from: DateTime<Utc>,
    /// The first instant after it.
    pub until: DateTime<Utc>,
    /// Facts after this instant do not exist.
    pub as_of: DateTime<Utc>,
    /// The day of that instant in the question's zone.
    pub today: NaiveDate,
    /// Whether the rows behind the number are wanted.
    pub keeps_rows: bool,
    exchange: Exchange<'a>,
}

/// A seen opportunity as it stood.
pub struct Seen<'a> {
    /// Its place in the table.
    pub place: usize,
    /// Its row.
    pub row: &'a OpportunityFact,
    /// How it stood.
    pub state: OpportunityState,
}

impl<'a> Scene<'a> {
    /// The scene of a question over the rows a caller sees.
    pub fn new(facts: &'a FactSet, sight: &'a Sight, inputs: &'a Inputs, question: &'a Question) -> Self {
        let sight = if question.filter.admits_everything() {
            Cow::Borrowed(sight)
        } else {
            Cow::Owned(admitted(facts, sight, &question.filter))
        };
        let zone = question.calendar.zone;
        let (from, until) = question.period.instants(zone);
        let as_of = question.as_of.map_or(facts.as_of, |at| at.min(facts.as_of));
        Self {
            facts,
            sight,
            inputs,
            question,
            metric: metric(question.kind),
            from,
            until,
            as_of,
            today: as_of.with_timezone(&zone).date_naive(),
            keeps_rows: true,
            exchange: Exchange::new(&inputs.rates, &facts.currencies, &question.currency),
        }
    }

    /// How entries and outcomes are matched.
    pub fn method(&self) -> Method {
        self.question
            .method
            .filter(|method| self.metric.methods.contains(method))
            .unwrap_or_else(|| self.metric.methods.first().copied().unwrap_or(Method::Period))
    }

    /// The people who exist by the as-of instant, with their places.
    pub fn people(&self) -> impl Iterator<Item = (usize, &PersonFact)> {
        let rows = self.sight.people.places().map(|place| (place, &self.facts.people[place]));
        rows.filter(|(_, person)| person.created_at <= self.as_of)
    }

    /// The funnel passes of these people: the place of the person, that of the pass, and the pass.
    pub fn passes(&self) -> impl Iterator<Item = (usize, usize, &PassFact)> {
        self.people().flat_map(|(place, person)| {
            let passes = person.passes.places().zip(self.facts.passes_of(person));
            passes.map(move |(number, pass)| (place, number, pass))
        })
    }

    /// Whether this pass counts where passes that sales generated may be left out.
    pub fn counts_sales_generated(&self, pass: &PassFact) -> bool {
        self.question.include_sales_generated || !pass.is_sales_generated
    }

    /// The opportunities that exist by the as-of instant, as they stood at it.
    pub fn opportunities(&self) -> impl Iterator<Item = Seen<'_>> {
        self.sight.opportunities.places().filter_map(|place| self.opportunity(place))
    }

    /// The opportunity at this place as it stood, unless it is not seen or did not exist yet.
    pub fn opportunity(&self, place: usize) -> Option<Seen<'_>> {
        let row = &self.facts.opportunities[place];
        let state = self.facts.opportunity_at(row, self.as_of)?;
        self.sight.opportunities.has(place).then_some(Seen { place, row, state })
    }

    /// True for an instant within the period that is not after the as-of instant.
    pub fn has(&self, at: DateTime<Utc>) -> bool {
        self.from <= at && at < self.until && at <= self.as_of
    }

    /// True for a moment within the period; a day by itself, never shifted.
    pub fn has_moment(&self, moment: Moment) -> bool {
        match moment.day {
            Some(day) => self.question.period.has(day),
            None => self.from <= moment.at && moment.at < self.until,
        }
    }

    /// The day of a moment in the question's zone.
    pub fn day(&self, moment: Moment) -> NaiveDate {
        moment.day_in(self.question.calendar.zone)
    }

    /// Whether its close date has passed while it is open.
    pub fn is_overdue(&self, state: &OpportunityState) -> bool {
        state.is_open() && state.close_date.is_some_and(|day| day < self.today)
    }

    /// Adds what an opportunity is worth, by the rate of the day it closed, or of the as-of day.
    pub fn add_amount(&self, sum: &mut Sum, seen: &Seen<'_>) -> i64 {
        let day = seen.state.closed.map_or(self.today, |closed| self.day(closed));
        sum.add(seen.place, seen.state.amount, day, &self.exchange)
    }

    /// The exchange into the question's currency.
    pub fn exchange(&self) -> &Exchange<'a> {
        &self.exchange
    }

    /// A sum of minor units as a number of whole ones.
    pub fn units(&self, minor: Ratio) -> Ratio {
        Ratio::new(minor.num(), 10_i128.pow(self.exchange.to().digits))
            .and_then(|scaled| scaled.by(Ratio::whole(minor.den())))
            .unwrap_or(Ratio::ZERO)
    }

    /// Whole units as an amount with the digits of the currency.
    pub fn money(&self, units: Ratio) -> Option<Decimal> {
        units.decimal(self.exchange.to().digits)
    }

    /// What is to be reached: as asked, else the targets of the settings that lie within the period, of everybody
    /// the question is about. None where one of them has none.
    pub fn target(&self, kind: super::MetricKind) -> Option<Decimal> {
        let period = self.question.period;
        let of = |whose: Whose| {
            let within = self.inputs.targets.iter().filter(|target| {
                target.kind == kind
                    && target.whose == whose
                    && period.has(target.start)
                    && period.has(target.end)
            });
            within.map(|target| target.value).reduce(|one, two| one + two)
        };
        self.question.target.or_else(|| {
            let all: Option<Vec<Decimal>> = self.question.filter.whose()?.into_iter().map(of).collect();
            all?.into_iter().reduce(|one, two| one + two)
        })
    }

    /// An answer without a number yet.
    pub fn blank(&self) -> Answer {
        Answer {
            kind: self.question.kind,
            method: (!self.metric.methods.is_empty()).then(|| self.method()),
            unit: self.metric.unit,
            value: None,
            status: Status::NoData,
            numerator: None,
            denominator: None,
            sample: 0,
            smallest: None,
            median: None,
            p90: None,
            target: self.target(self.question.kind),
            parts: Vec::new(),
            variant: self.metric.variant(self),
            formula: (self.metric.formula)(self.question, self.method()),
            warnings: Vec::new(),
            contributors: Contributors::default(),
        }
    }

    /// One number divided by another: no rows, no data; nothing to divide by, no value.
    pub fn quotient(&self, numerator: Ratio, denominator: Ratio, sample: u64) -> Answer {
        let mut answer = self.blank();
        answer.sample = sample;
        let quotient = numerator.by(denominator);
        answer.status = match (sample, quotient) {
            (0, _) => Status::NoData,
            (_, None) => Status::ZeroDenominator,
            _ => Status::Ok,
        };
        if answer.status == Status::Ok {
            answer.value = quotient.and_then(|value| self.shown(value, answer.unit));
        }
        if sample > 0 {
            answer.numerator = numerator.decimal(0).filter(|_| numerator.den() == 1).or(numerator.decimal(2));
            answer.denominator =
                denominator.decimal(0).filter(|_| denominator.den() == 1).or(denominator.decimal(2));
        }
        answer
    }

    /// A number with the decimals of its unit.
    pub fn shown(&self, value: Ratio, unit: Unit) -> Option<Decimal> {
        match unit {
            Unit::Ratio | Unit::Multiple => value.decimal(6),
            Unit::Money | Unit::MoneyPerDay => self.money(value),
            Unit::Days => value.decimal(2),
            Unit::Count => value.decimal(0),
        }
    }

    /// A further figure.
    pub fn part(&self, name: &'static str, value: Option<Ratio>, unit: Unit) -> Part {
        Part { name, value: value.and_then(|value| self.shown(value, unit)), unit }
    }

    /// Takes the number away where an amount had no rate, and says so; never one to one.
    pub fn checked(&self, mut answer: Answer, sums: &[&Sum]) -> Answer {
        let mut missing: Vec<usize> = sums.iter().flat_map(|sum| sum.without_rate.iter().copied()).collect();
        missing.sort_unstable();
        missing.dedup();
        if !missing.is_empty() {
            (answer.value, answer.numerator, answer.denominator) = (None, None, None);
            (answer.status, answer.parts) = (Status::NoData, Vec::new());
            let first = &self.facts.opportunities[missing[0]];
            let from = first.amount.map(|amount| &self.facts.currencies[amount.currency.place()].code);
            let message = format!(
                "No rate leads from {} to {} on the day of {} opportunities, so there is no sum.",
                from.map_or("a currency", |code| &**code),
                self.exchange.to().code,
                missing.len()
            );
            answer.warnings.push(warning("NO_RATE", message, missing));
        }
        let without: u64 = sums.iter().map(|sum| sum.without_amount).max().unwrap_or(0);
        if without > 0 {
            let message = format!("{without} opportunities have no amount and add nothing.");
            let examples = Vec::new();
            answer.warnings.push(DataWarning { code: "NO_AMOUNT", message, count: without, examples });
        }
        answer
    }
}

/// A warning about opportunities at these places.
pub fn warning(code: &'static str, message: String, places: Vec<usize>) -> DataWarning {
    let count = places.len() as u64;
    let examples = places.into_iter().take(EXAMPLES).map(Ix::new).collect();
    DataWarning { code, message, count, examples }
}
