//! A statement with every name looked up and every literal typed: ready to run.

use std::cmp::Ordering;
use std::collections::HashMap;

use chrono::{Datelike, NaiveDate, Timelike};

use super::super::schema::{FieldNo, Kind, ObjectNo};
use super::super::store::{RowNo, Store, Value};
use super::like::Pattern;
use super::path::{End, Path, Step};
use super::tree::{Function, Operator};

/// What to read, in which order, and how to print it.
#[derive(Debug)]
pub(in super::super) struct Plan {
    pub(in super::super) object: ObjectNo,
    pub(super) test: Option<Test>,
    pub(super) shape: Shape,
    pub(super) order: Vec<Sort>,
    pub(super) limit: Option<u64>,
    pub(super) offset: u64,
    pub(super) all_rows: bool,
}

#[derive(Debug)]
pub(super) enum Shape {
    Rows(Tree),
    Count,
    Groups(Box<Groups>),
}

/// The fields of a record to print, nested as the answer nests them.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) slots: Vec<(String, Slot)>,
}

#[derive(Debug)]
pub(super) enum Slot {
    Field(End),
    Parent { step: Step, tree: Tree },
    Children { plan: Box<Plan>, field: FieldNo },
    TypeOf { step: Step, cases: Vec<(ObjectNo, Tree)>, otherwise: Option<Tree> },
}

/// What to compute for each group.
#[derive(Debug, Default)]
pub(super) struct Groups {
    pub(super) keys: Vec<Operand>,
    pub(super) cells: Vec<Cell>,
    /// Name, cell and kind of what is printed.
    pub(super) shown: Vec<(String, usize, Kind)>,
    pub(super) having: Option<Test>,
}

/// A value of a group: one of its keys, or computed from its rows.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Key(usize),
    Aggregate(Function, Option<Path>),
}

/// What a condition looks at.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Path(Path),
    Function(Function, Path),
    /// A cell of a group.
    Cell(usize),
}

#[derive(Debug)]
pub(super) struct Sort {
    pub(super) by: Operand,
    pub(super) descending: bool,
    pub(super) nulls_last: bool,
}

/// A condition.
#[derive(Debug)]
pub(super) enum Test {
    All(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
    Compare {
        left: Operand,
        operator: Operator,
        right: Bound,
    },
    Like {
        left: Operand,
        pattern: Pattern,
    },
    In {
        left: Operand,
        negated: bool,
        set: Set,
    },
    /// Each inner list must be there as a whole.
    Includes {
        left: Operand,
        negated: bool,
        list: Vec<Vec<String>>,
    },
}

/// A literal, typed: a value, or the stretch of days a date literal means.
#[derive(Debug)]
pub(super) enum Bound {
    Value(Value<'static>),
    Stretch { from: Value<'static>, until: Value<'static> },
}

/// The values of an IN, found by their fingerprints.
#[derive(Debug, Default)]
pub(super) struct Set {
    pub(super) values: Vec<Value<'static>>,
    /// `LAST_WEEK` and its kin may stand in a list too.
    pub(super) stretches: Vec<(Value<'static>, Value<'static>)>,
    by_fingerprint: HashMap<u32, Vec<usize>>,
}

impl Set {
    pub(super) fn of(bounds: Vec<Bound>) -> Self {
        let mut set = Self::default();
        for bound in bounds {
            match bound {
                Bound::Value(value) => {
                    set.by_fingerprint.entry(value.fingerprint()).or_default().push(set.values.len());
                    set.values.push(value);
                }
                Bound::Stretch { from, until } => set.stretches.push((from, until)),
            }
        }
        set
    }

    fn contains(&self, value: &Value<'_>) -> bool {
        let alike = self.by_fingerprint.get(&value.fingerprint()).map_or(&[][..], Vec::as_slice);
        alike.iter().any(|at| self.values[*at].same(value))
            || self.stretches.iter().any(|(from, until)| within(value, from, until))
    }
}

/// What is being tested: a row, or the cells of a group.
#[derive(Clone, Copy)]
pub(super) enum Subject<'a> {
    Row(ObjectNo, RowNo),
    Group(&'a [Value<'static>]),
}

impl Operand {
    pub(super) fn value<'s>(&self, store: &'s Store, subject: Subject<'_>) -> Value<'s> {
        match (self, subject) {
            (Self::Path(path), Subject::Row(object, row)) => path.value(store, object, row),
            (Self::Function(function, path), Subject::Row(object, row)) => {
                apply(*function, &path.value(store, object, row))
            }
            (Self::Cell(cell), Subject::Group(cells)) => cells[*cell].clone(),
            _ => Value::Null,
        }
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Path(path) => path.end.kind,
            Self::Function(Function::DayOnly, _) => Kind::Date,
            Self::Function(..) | Self::Cell(_) => Kind::Int,
        }
    }
}

impl Test {
    /// Whether a row, or a group, is wanted. There is no third truth: a comparison with null is simply false,
    /// and `!=` and `NOT IN` keep nulls.
    pub(super) fn holds(&self, store: &Store, subject: Subject<'_>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(store, subject)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(store, subject)),
            Self::Not(part) => !part.holds(store, subject),
            Self::Compare { left, operator, right } => compare(&left.value(store, subject), *operator, right),
            Self::Like { left, pattern } => match left.value(store, subject) {
                Value::Text(text) => pattern.matches(&text),
                _ => false,
            },
            Self::In { left, negated, set } => set.contains(&left.value(store, subject)) != *negated,
            Self::Includes { left, negated, list } => {
                let value = left.value(store, subject).to_string();
                let chosen: Vec<&str> = value.split(';').collect();
                let has = |wanted: &String| chosen.iter().any(|choice| choice.eq_ignore_ascii_case(wanted));
                list.iter().any(|all| all.iter().all(has)) != *negated
            }
        }
    }
}

fn compare(left: &Value<'_>, operator: Operator, right: &Bound) -> bool {
    match right {
        Bound::Value(right) => match operator {
            Operator::Equal => left.same(right),
            Operator::Unequal => !left.same(right),
            _ if left.is_null() || right.is_null() => false,
            _ => left.order(right).is_some_and(|order| match operator {
                Operator::Less => order == Ordering::Less,
                Operator::LessOrEqual => order != Ordering::Greater,
                Operator::Greater => order == Ordering::Greater,
                _ => order != Ordering::Less,
            }),
        },
        Bound::Stretch { from, until } => match operator {
            Operator::Equal => within(left, from, until),
            Operator::Unequal => !within(left, from, until),
            Operator::Less => left.order(from) == Some(Ordering::Less),
            Operator::LessOrEqual => left.order(until) == Some(Ordering::Less),
            Operator::Greater => left.order(until).is_some_and(|order| order != Ordering::Less),
            _ => left.order(from).is_some_and(|order| order != Ordering::Less),
        },
    }
}

fn within(value: &Value<'_>, from: &Value<'_>, until: &Value<'_>) -> bool {
    value.order(from).is_some_and(|order| order != Ordering::Less)
        && value.order(until) == Some(Ordering::Less)
}

/// A date function of a value.
pub(super) fn apply<'s>(function: Function, value: &Value<'_>) -> Value<'s> {
    let moment = match value {
        Value::Instant(millis) => chrono::DateTime::from_timestamp_millis(*millis).map(|at| at.naive_utc()),
        Value::Date(days) => {
            NaiveDate::from_num_days_from_ce_opt(*days).and_then(|day| day.and_hms_opt(0, 0, 0))
        }
        _ => None,
    };
    let Some(moment) = moment else { return Value::Null };
    let day = moment.date();
    let number = match function {
        Function::DayOnly => return Value::date(day),
        Function::CalendarYear => day.year(),
        Function::CalendarQuarter => day.month0() as i32 / 3 + 1,
        Function::CalendarMonth => day.month() as i32,
        Function::DayInMonth => day.day() as i32,
        Function::HourInDay => moment.hour() as i32,
        _ => return Value::Null,
    };
    Value::Number(f64::from(number))
}
