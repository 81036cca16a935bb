//! One page out of the rows that match: keyset paging in both directions, and how many there are in all.

use std::cmp::Ordering;
use std::fmt::Debug;

use crate::domain::fact::Table;
use crate::domain::id::RecordKey;

use super::ListRefusal;
use super::cursor::{Position, Question, Value};

/// The end from which a page is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// The first so many.
    First(usize),
    /// The last so many.
    Last(usize),
}

/// What a list is ordered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct By<O> {
    /// The column.
    pub field: O,
    /// Largest first.
    pub descending: bool,
}

/// Which page of which list. Without an order the oldest come first.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask<F, O> {
    /// What must hold.
    pub filter: Option<F>,
    /// The order; the first counts most.
    pub order: Vec<By<O>>,
    /// How many, from which end.
    pub take: Take,
    /// Behind the place of this cursor.
    pub after: Option<String>,
    /// Before the place of this cursor.
    pub before: Option<String>,
}

impl<F, O> Default for Ask<F, O> {
    fn default() -> Self {
        Self { filter: None, order: Vec::new(), take: Take::First(20), after: None, before: None }
    }
}

/// One row of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place, for `after` and `before`.
    pub cursor: String,
    /// The anchor by which it is named and gathered.
    pub key: RecordKey,
}

/// A page of ids, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageOfIds {
    /// The rows.
    pub entries: Vec<Entry>,
    /// Rows follow.
    pub has_next: bool,
    /// Rows precede.
    pub has_previous: bool,
    /// How many rows match and are seen in all.
    pub total: usize,
}

/// A list that can be paged: its keys by place, and the values it is ordered by.
pub(super) struct List<'a, V: Fn(usize, usize) -> Value> {
    /// Name and arguments, for the cursors.
    pub(super) question: Question,
    pub(super) keys: &'a Table<RecordKey>,
    /// For every order whether the largest come first.
    pub(super) descending: Vec<bool>,
    /// The value of a row, by its place, in an order, by its place.
    pub(super) value: V,
}

impl<V: Fn(usize, usize) -> Value> List<'_, V> {
    /// Cuts the page out of the rows that match, given by place.
    pub(super) fn page<F: Debug, O: Debug>(
        &self,
        ask: &Ask<F, O>,
        mut rows: Vec<usize>,
    ) -> Result<PageOfIds, ListRefusal> {
        let read = |argument, cursor: &Option<String>| {
            cursor.as_deref().map(|cursor| self.question.read(argument, cursor)).transpose()
        };
        let (after, before) = (read("after", &ask.after)?, read("before", &ask.before)?);
        let total = rows.len();
        let (mut preceding, mut following) = (0, 0);
        rows.retain(|row| {
            if after.as_ref().is_some_and(|after| self.against(*row, after) != Ordering::Greater) {
                preceding += 1;
                return false;
            }
            if before.as_ref().is_some_and(|before| self.against(*row, before) != Ordering::Less) {
                following += 1;
                return false;
            }
            true
        });
        let (Take::First(most) | Take::Last(most)) = ask.take;
        let left_out = rows.len().saturating_sub(most);
        if left_out > 0 && most > 0 {
            // Only the page is sorted, not the list.
            match ask.take {
                Take::First(_) => {
                    rows.select_nth_unstable_by(most - 1, |a, b| self.compare(*a, *b));
                    rows.truncate(most);
                }
                Take::Last(_) => {
                    rows.select_nth_unstable_by(left_out, |a, b| self.compare(*a, *b));
                    rows.drain(..left_out);
                }
            }
        } else if most == 0 {
            rows.clear();
        }
        match ask.take {
            Take::First(_) => following += left_out,
            Take::Last(_) => preceding += left_out,
        }
        rows.sort_unstable_by(|a, b| self.compare(*a, *b));
        let entry = |row: usize| Entry {
            cursor: self.question.write(&self.position(row)),
            key: self.keys[row].clone(),
        };
        Ok(PageOfIds {
            entries: rows.into_iter().map(entry).collect(),
            has_next: following > 0,
            has_previous: preceding > 0,
            total,
        })
    }

    fn compare(&self, a: usize, b: usize) -> Ordering {
        for (nth, descending) in self.descending.iter().enumerate() {
            let order = directed(&(self.value)(a, nth), &(self.value)(b, nth), *descending);
            if order != Ordering::Equal {
                return order;
            }
        }
        self.keys[a].cmp(&self.keys[b])
    }

    fn against(&self, row: usize, position: &Position) -> Ordering {
        for ((nth, descending), other) in self.descending.iter().enumerate().zip(&position.values) {
            let order = directed(&(self.value)(row, nth), other, *descending);
            if order != Ordering::Equal {
                return order;
            }
        }
        self.keys[row].cmp(&position.key)
    }

    fn position(&self, row: usize) -> Position {
        let values = (0..self.descending.len()).map(|nth| (self.value)(row, nth)).collect();
        Position { values, key: self.keys[row].clone() }
    }
}

/// What is not there stands last, whichever way the order goes.
fn directed(a: &Value, b: &Value, descending: bool) -> Ordering {
    let is_plain = *a != Value::Absent && *b != Value::Absent;
    if descending && is_plain { b.cmp(a) } else { a.cmp(b) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::domain::id::SourceName;

    use super::*;

    type Plain = Ask<(), ()>;

    fn keys(count: usize) -> Table<RecordKey> {
        (0..count).map(|nth| RecordKey::new(&SourceName::new("sales"), "Lead", format!("{nth:03}"))).collect()
    }

    fn page(values: &[Option<i64>], descending: bool, rows: &[usize], ask: &Plain) -> PageOfIds {
        let keys = keys(values.len());
        let value = |row: usize, _: usize| values[row].map_or(Value::Absent, Value::Instant);
        let list =
            List { question: Question::new("q", &()), keys: &keys, descending: vec![descending], value };
        list.page(ask, rows.to_vec()).expect("a page")
    }

    proptest! {
        #[test]
        fn pages_forward_and_backward_visit_every_row_once_and_agree(
            values in proptest::collection::vec(proptest::option::of(0_i64..6), 0..40),
            size in 1_usize..7,
            descending: bool,
        ) {
            let rows: Vec<usize> = (0..values.len()).collect();
            let whole = page(&values, descending, &rows, &Plain { take: Take::First(1000), ..Plain::default() });
            let all: Vec<RecordKey> = whole.entries.iter().map(|it| it.key.clone()).collect();
            let (mut forward, mut after) = (Vec::new(), None);
            loop {
                let next = page(&values, descending, &rows, &Plain { take: Take::First(size), after, ..Plain::default() });
                prop_assert_eq!(next.total, values.len());
                after = next.entries.last().map(|it| it.cursor.clone());
                let has_next = next.has_next;
                forward.extend(next.entries.into_iter().map(|it| it.key));
                if !has_next {
                    break;
                }
            }
            prop_assert_eq!(&forward, &all);
            let (mut backward, mut before) = (Vec::new(), None);
            loop {
                let next = page(&values, descending, &rows, &Plain { take: Take::Last(size), before, ..Plain::default() });
                before = next.entries.first().map(|it| it.cursor.clone());
                let has_previous = next.has_previous;
                backward.splice(0..0, next.entries.into_iter().map(|it| it.key));
                if !has_previous {
                    break;
                }
            }
            prop_assert_eq!(&backward, &all);
        }
    }

    #[test]
    fn a_cursor_keeps_its_place_when_its_own_row_is_gone_and_others_came() {
        let values = [Some(1), Some(2), Some(3), Some(4), Some(5)];
        let first = page(&values, false, &[0, 2, 4], &Plain { take: Take::First(2), ..Plain::default() });
        assert_eq!(first.entries[1].key, keys(5)[2]);
        let after = Some(first.entries[1].cursor.clone());
        let next =
            page(&values, false, &[0, 1, 3, 4], &Plain { take: Take::First(2), after, ..Plain::default() });
        assert_eq!(next.entries.iter().map(|it| &*it.key.id).collect::<Vec<_>>(), ["003", "004"]);
        assert_eq!((next.has_previous, next.has_next, next.total), (true, false, 4));
    }
}
