//! The rows a plan wants, in its order.

use std::cmp::Ordering;

use super::super::id::RecordId;
use super::super::schema::{FieldNo, ObjectNo};
use super::super::store::{RowNo, Store, Value};
use super::find;
use super::plan::{Operand, Plan, Sort, Subject};

/// The rows of a whole table, ordered and cut to the plan's limit.
pub(super) fn rows(store: &Store, plan: &Plan) -> Vec<RowNo> {
    if let Some(rows) = find::candidates(store, plan.object, plan.test.as_ref()) {
        return chosen(store, plan, rows.into_iter());
    }
    let (from, until) = find::id_range(store, plan.object, plan.test.as_ref());
    chosen(store, plan, from..until)
}

/// Every row that satisfies the condition, by id.
pub(super) fn matching(store: &Store, plan: &Plan) -> Vec<RowNo> {
    let wanted = wanted(store, plan);
    if let Some(rows) = find::candidates(store, plan.object, plan.test.as_ref()) {
        return rows.into_iter().filter(wanted).collect();
    }
    let (from, until) = find::id_range(store, plan.object, plan.test.as_ref());
    (from..until).filter(wanted).collect()
}

/// The rows that a parent's child relationship holds.
pub(super) fn children(store: &Store, plan: &Plan, field: FieldNo, parent: RecordId) -> Vec<RowNo> {
    let parent = Value::Id(parent);
    let table = store.table(plan.object);
    let rows = table
        .candidates(field, std::iter::once(&parent))
        .expect("every reference field has an index, and child relationships are references");
    chosen(store, plan, rows.into_iter().filter(|row| table.get(*row, field) == parent))
}

fn chosen(store: &Store, plan: &Plan, rows: impl DoubleEndedIterator<Item = RowNo>) -> Vec<RowNo> {
    let object = plan.object;
    let wanted = wanted(store, plan);
    let skip = usize::try_from(plan.offset).unwrap_or(usize::MAX);
    let most = plan.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    // Rows lie in the order of their ids: most listings need no sorting and may stop early.
    match by_id(&plan.order) {
        Some(false) => return rows.filter(wanted).skip(skip).take(most).collect(),
        Some(true) => return rows.rev().filter(wanted).skip(skip).take(most).collect(),
        None => {}
    }
    let mut found: Vec<RowNo> = rows.filter(wanted).collect();
    sort(store, object, &plan.order, &mut found, skip.saturating_add(most));
    found.into_iter().skip(skip).take(most).collect()
}

/// What a row must be: satisfying the condition and, unless all rows are asked for, neither deleted nor archived.
fn wanted(store: &Store, plan: &Plan) -> impl Fn(&RowNo) -> bool {
    let object = plan.object;
    let hidden: Vec<FieldNo> = if plan.all_rows {
        Vec::new()
    } else {
        ["IsDeleted", "IsArchived"]
            .iter()
            .filter_map(|name| store.schema.objects[object].field(name))
            .collect()
    };
    move |row| {
        hidden.iter().all(|field| store.get(object, *row, *field) != Value::Bool(true))
            && plan.test.as_ref().is_none_or(|test| test.holds(store, Subject::Row(object, *row)))
    }
}

/// Whether the order is that of the ids (false), its reverse (true), or another.
fn by_id(order: &[Sort]) -> Option<bool> {
    match order {
        [] => Some(false),
        [Sort { by: Operand::Path(path), descending, .. }, ..] if path.own_field() == Some(0) => {
            Some(*descending)
        }
        _ => None,
    }
}

/// Sorts the rows, of which only the first `most` matter.
fn sort(store: &Store, object: ObjectNo, order: &[Sort], rows: &mut Vec<RowNo>, most: usize) {
    let plain = order.iter().all(|sort| matches!(&sort.by, Operand::Path(path) if path.steps.is_empty()));
    if plain {
        let by = |left: &RowNo, right: &RowNo| {
            order
                .iter()
                .map(|sort| {
                    let left = sort.by.value(store, Subject::Row(object, *left));
                    let right = sort.by.value(store, Subject::Row(object, *right));
                    sort.compare(&left, &right)
                })
                .find(|order| order.is_ne())
                .unwrap_or_else(|| left.cmp(right))
        };
        if most < rows.len() {
            rows.select_nth_unstable_by(most, by);
            rows.truncate(most);
        }
        rows.sort_unstable_by(by);
        return;
    }
    // Values behind references are looked up once a row instead of once a comparison.
    let mut keyed: Vec<(Vec<Value<'_>>, RowNo)> = rows
        .iter()
        .map(|row| {
            (order.iter().map(|sort| sort.by.value(store, Subject::Row(object, *row))).collect(), *row)
        })
        .collect();
    keyed.sort_by(|left, right| compare_all(order, &left.0, &right.0));
    rows.clear();
    rows.extend(keyed.into_iter().map(|(_, row)| row));
}

/// Compares two lists of values, one value a criterion.
pub(super) fn compare_all(order: &[Sort], left: &[Value<'_>], right: &[Value<'_>]) -> Ordering {
    order
        .iter()
        .zip(left.iter().zip(right))
        .map(|(sort, (left, right))| sort.compare(left, right))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

impl Sort {
    fn compare(&self, left: &Value<'_>, right: &Value<'_>) -> Ordering {
        match (left.is_null(), right.is_null()) {
            (true, true) => Ordering::Equal,
            (true, false) if self.nulls_last => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, true) if self.nulls_last => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => {
                let order = left.order(right).unwrap_or(Ordering::Equal);
                if self.descending { order.reverse() } else { order }
            }
        }
    }
}
