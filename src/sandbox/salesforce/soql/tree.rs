//! A statement as it was written: names not yet looked up, literals not yet typed.

/// `SELECT … FROM …` with everything after it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Statement {
    pub(super) items: Vec<Item>,
    pub(super) from: Name,
    pub(super) alias: Option<String>,
    pub(super) condition: Option<Condition>,
    pub(super) group_by: Vec<Expression>,
    pub(super) having: Option<Condition>,
    pub(super) order_by: Vec<Order>,
    pub(super) limit: Option<u64>,
    pub(super) offset: Option<u64>,
    pub(super) all_rows: bool,
    pub(super) at: usize,
}

/// A name and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) at: usize,
}

/// One thing selected.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    Expression {
        value: Expression,
        alias: Option<Name>,
    },
    /// `COUNT()`, which selects nothing and counts.
    CountAll {
        at: usize,
    },
    Children(Box<Statement>),
    Fields {
        which: Which,
        at: usize,
    },
    TypeOf(TypeOf),
}

/// The groups of `FIELDS()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    All,
    Standard,
    Custom,
}

/// `TYPEOF Who WHEN Lead THEN Company ELSE Name END`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TypeOf {
    pub(super) relationship: Name,
    pub(super) cases: Vec<(Name, Vec<Name>)>,
    pub(super) otherwise: Vec<Name>,
}

/// A path, or a function of one.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    Path(Name),
    Call { function: Function, path: Option<Name>, at: usize },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Count,
    CountDistinct,
    Sum,
    Avg,
    Min,
    Max,
    CalendarYear,
    CalendarQuarter,
    CalendarMonth,
    DayInMonth,
    DayOnly,
    HourInDay,
    ToLabel,
    Format,
}

impl Function {
    pub(super) fn named(word: &str) -> Option<Self> {
        Some(match word.to_ascii_uppercase().as_str() {
            "COUNT" => Self::Count,
            "COUNT_DISTINCT" => Self::CountDistinct,
            "SUM" => Self::Sum,
            "AVG" => Self::Avg,
            "MIN" => Self::Min,
            "MAX" => Self::Max,
            "CALENDAR_YEAR" | "FISCAL_YEAR" => Self::CalendarYear,
            "CALENDAR_QUARTER" | "FISCAL_QUARTER" => Self::CalendarQuarter,
            "CALENDAR_MONTH" | "FISCAL_MONTH" => Self::CalendarMonth,
            "DAY_IN_MONTH" => Self::DayInMonth,
            "DAY_ONLY" => Self::DayOnly,
            "HOUR_IN_DAY" => Self::HourInDay,
            "TOLABEL" => Self::ToLabel,
            "FORMAT" => Self::Format,
            _ => return None,
        })
    }

    pub(super) fn aggregates(self) -> bool {
        matches!(self, Self::Count | Self::CountDistinct | Self::Sum | Self::Avg | Self::Min | Self::Max)
    }
}

/// What a row must satisfy.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
    Compare { left: Expression, operator: Operator, right: Literal },
    In { left: Expression, negated: bool, list: Vec<Literal> },
    InQuery { left: Expression, negated: bool, query: Box<Statement> },
    Includes { left: Expression, negated: bool, list: Vec<Literal> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Like,
}

/// A value as written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Null,
    Bool(bool),
    Text(String),
    Number(f64),
    /// `2026-01-31` or `2026-01-31T08:00:00Z`.
    Moment(String),
    /// `THIS_WEEK`, `LAST_N_DAYS:30`.
    Span {
        word: String,
        count: Option<i64>,
    },
}

/// One criterion of the order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Order {
    pub(super) by: Expression,
    pub(super) descending: bool,
    pub(super) nulls_last: bool,
}
