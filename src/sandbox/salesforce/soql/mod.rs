//! The vendor's query language: read, resolved against the schema, answered from the store.
//!
//! A statement travels `lex` → `parse` (a [`tree`]) → `bind` (names looked up, literals typed, a [`plan`]) →
//! `run` (which rows) → `print` (those rows as JSON). A mistake in a statement is found before any row is read,
//! and reported as the vendor does: code, the place, a caret under it.

mod bind;
mod find;
mod group;
mod lex;
mod like;
mod moments;
mod parse;
mod path;
mod plan;
mod print;
mod run;
#[cfg(test)]
pub(super) mod tests;
mod tree;

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use super::error::Refusal;
use super::store::{RowNo, Store};

pub(super) use self::plan::Plan;
use self::plan::Shape;
pub(super) use self::print::{address, attributes, page};

/// Longest statement the vendor reads.
const LONGEST: usize = 100_000;

/// What is wrong with a statement, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    code: &'static str,
    at: usize,
    message: String,
}

impl Mistake {
    fn new(code: &'static str, at: usize, message: impl Into<String>) -> Self {
        Self { code, at, message: message.into() }
    }

    fn malformed(at: usize, message: impl Into<String>) -> Self {
        Self::new("MALFORMED_QUERY", at, message)
    }

    fn field(at: usize, message: impl Into<String>) -> Self {
        Self::new("INVALID_FIELD", at, message)
    }

    fn operator(at: usize, message: impl Into<String>) -> Self {
        Self::new("INVALID_QUERY_FILTER_OPERATOR", at, message)
    }

    /// With the excerpt and the caret that the vendor puts before its message.
    fn refusal(&self, statement: &str) -> Refusal {
        let before = &statement[..self.at.min(statement.len())];
        let row = before.matches('\n').count() + 1;
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before[line_start..].chars().count();
        let from = statement[line_start..self.at.min(statement.len())]
            .char_indices()
            .rev()
            .take(40)
            .last()
            .map_or(line_start, |(at, _)| line_start + at);
        let excerpt: String =
            statement[from..].chars().take_while(|letter| *letter != '\n').take(80).collect();
        let caret = " ".repeat(statement[from..self.at.min(statement.len())].chars().count());
        let message =
            format!("\n{excerpt}\n{caret}^\nERROR at Row:{row}:Column:{}\n{}", column + 1, self.message);
        Refusal::bad(self.code, message)
    }
}

/// What a statement found.
#[derive(Debug)]
pub(super) enum Found {
    /// `SELECT COUNT()`.
    Count(u64),
    /// One record a group.
    Groups(Vec<Json>),
    /// The rows, in order, to be printed a page at a time.
    Rows(Vec<RowNo>),
}

/// Reads and runs a statement.
pub(super) fn answer(
    store: &Store,
    statement: &str,
    all_rows: bool,
    now: DateTime<Utc>,
) -> Result<(Plan, Found), Refusal> {
    if statement.len() > LONGEST {
        return Err(Refusal::bad(
            "QUERY_TOO_COMPLICATED",
            "SOQL statements cannot be longer than 100000 characters.",
        ));
    }
    let work = || -> Result<(Plan, Found), Mistake> {
        let tree = parse::parse(statement)?;
        let plan = bind::Binder::new(store, now, all_rows || tree.all_rows).root(&tree)?;
        let found = match &plan.shape {
            Shape::Count => {
                let count = run::rows(store, &plan).len() as u64;
                Found::Count(count)
            }
            Shape::Groups(groups) => Found::Groups(group::groups(store, &plan, groups)?),
            Shape::Rows(_) => Found::Rows(run::rows(store, &plan)),
        };
        Ok((plan, found))
    };
    work().map_err(|mistake| mistake.refusal(statement))
}
