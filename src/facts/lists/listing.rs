//! What every list does alike: a filter's conditions put together, the order applied, the page cut.

use std::fmt::Debug;

use crate::domain::fact::{Bits, Table};
use crate::domain::id::RecordKey;

use super::ListRefusal;
use super::cursor::{Question, Value};
use super::page::{Ask, List, PageOfIds};

/// A condition ready to be asked of every row, by its place.
pub(super) type Test<'s> = Box<dyn Fn(usize) -> bool + 's>;

/// The conditions of one filter, all of which must hold; a refusal where the view may not search so.
pub(super) type Tests<'s> = Result<Vec<Test<'s>>, ListRefusal>;

/// A filter that may hold others of its kind.
pub(super) trait Nested: Debug + Sized {
    /// All of these, any of these, not this.
    fn nested(&self) -> (&[Self], Option<&[Self]>, Option<&Self>);
}

/// One table of rows and how it is listed.
pub(super) struct Listing<'a, O> {
    /// The list's name, for its cursors.
    pub(super) name: &'static str,
    /// The key of every row, by place.
    pub(super) keys: &'a Table<RecordKey>,
    /// The rows the view sees.
    pub(super) seen: &'a Bits,
    /// The order where none is asked for.
    pub(super) usual: O,
}

impl<O: Copy + Debug> Listing<'_, O> {
    /// The page asked for. `own` are a filter's own conditions, those of the filters it holds aside; `value` is what
    /// a row has in the column of an order.
    pub(super) fn page<'s, F: Nested>(
        &self,
        ask: &Ask<F, O>,
        own: impl Fn(&F) -> Tests<'s>,
        value: impl Fn(usize, O) -> Value,
    ) -> Result<PageOfIds, ListRefusal> {
        let holds = ask.filter.as_ref().map(|filter| whole(filter, &own)).transpose()?;
        let matches = |row: &usize| holds.as_ref().is_none_or(|holds| holds(*row));
        let rows = self.seen.places().filter(matches).collect();
        let (fields, descending): (Vec<O>, Vec<bool>) = match ask.order.as_slice() {
            [] => (vec![self.usual], vec![false]),
            given => given.iter().map(|by| (by.field, by.descending)).unzip(),
        };
        let question = Question::new(self.name, &(&ask.filter, &ask.order));
        let value = |row: usize, nth: usize| value(row, fields[nth]);
        List { question, keys: self.keys, descending, value }.page(ask, rows)
    }
}

/// A filter with everything it holds as one condition.
fn whole<'s, F: Nested>(filter: &F, own: &impl Fn(&F) -> Tests<'s>) -> Result<Test<'s>, ListRefusal> {
    let (and, or, not) = filter.nested();
    let mut all = own(filter)?;
    for filter in and {
        all.push(whole(filter, own)?);
    }
    if let Some(filters) = or {
        let any = filters.iter().map(|filter| whole(filter, own)).collect::<Tests<'s>>()?;
        all.push(Box::new(move |row| any.iter().any(|holds| holds(row))));
    }
    if let Some(filter) = not {
        let holds = whole(filter, own)?;
        all.push(Box::new(move |row| !holds(row)));
    }
    Ok(Box::new(move |row| all.iter().all(|holds| holds(row))))
}
