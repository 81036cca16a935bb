//! Which rows can possibly satisfy a condition: the difference between reading two hundred rows and a million.

use super::super::id::RecordId;
use super::super::schema::ObjectNo;
use super::super::store::{RowNo, Store, Value};
use super::path::Path;
use super::plan::{Bound, Operand, Test};
use super::tree::Operator;

/// Rows that may satisfy the test, sorted; none where only reading them all can tell.
pub(super) fn candidates(store: &Store, object: ObjectNo, test: Option<&Test>) -> Option<Vec<RowNo>> {
    match test? {
        Test::All(parts) => {
            parts.iter().filter_map(|part| candidates(store, object, Some(part))).min_by_key(Vec::len)
        }
        Test::Any(parts) => {
            let mut found = Vec::new();
            for part in parts {
                found.extend(candidates(store, object, Some(part))?);
            }
            found.sort_unstable();
            found.dedup();
            Some(found)
        }
        Test::Compare {
            left: Operand::Path(path),
            operator: Operator::Equal,
            right: Bound::Value(value),
        } if !value.is_null() => along(store, object, path, std::slice::from_ref(value)),
        Test::In { left: Operand::Path(path), negated: false, set }
            if set.stretches.is_empty() && !set.values.iter().any(Value::is_null) =>
        {
            along(store, object, path, &set.values)
        }
        _ => None,
    }
}

/// Rows whose path may end in one of the values: found at the path's end, then walked back to its start.
fn along(store: &Store, object: ObjectNo, path: &Path, values: &[Value<'static>]) -> Option<Vec<RowNo>> {
    if path.steps.is_empty() {
        let (_, field) = path.end.fields.as_ref()?.first()?;
        return store.table(object).candidates(*field, values.iter());
    }
    let mut ids: Vec<Value<'static>> = Vec::new();
    for (target, field) in path.end.fields.as_ref()? {
        let rows = store.table(*target).candidates(*field, values.iter())?;
        ids.extend(rows.into_iter().map(|row| Value::Id(store.table(*target).id(row))));
    }
    for (level, step) in path.steps.iter().enumerate().rev() {
        let owners = if level == 0 { vec![object] } else { path.steps[level - 1].targets.clone() };
        let mut found = Vec::new();
        for owner in owners {
            let rows = store.table(owner).candidates(step.field, ids.iter())?;
            if level == 0 {
                return Some(rows);
            }
            found.extend(rows.into_iter().map(|row| Value::Id(store.table(owner).id(row))));
        }
        ids = found;
    }
    None
}

/// The first row and the row after the last that conditions on `Id` leave over.
pub(super) fn id_range(store: &Store, object: ObjectNo, test: Option<&Test>) -> (RowNo, RowNo) {
    let table = store.table(object);
    let mut range = (0, table.len() as RowNo);
    let parts = match test {
        Some(Test::All(parts)) => &parts[..],
        Some(only) => std::slice::from_ref(only),
        None => &[],
    };
    for part in parts {
        let Some((operator, id)) = id_bound(part) else { continue };
        match operator {
            Operator::Greater => range.0 = range.0.max(table.first_after(&id, false)),
            Operator::GreaterOrEqual => range.0 = range.0.max(table.first_after(&id, true)),
            Operator::Less => range.1 = range.1.min(table.first_after(&id, true)),
            Operator::LessOrEqual => range.1 = range.1.min(table.first_after(&id, false)),
            _ => {}
        }
    }
    (range.0, range.1.max(range.0))
}

fn id_bound(test: &Test) -> Option<(Operator, RecordId)> {
    match test {
        Test::Compare { left: Operand::Path(path), operator, right: Bound::Value(Value::Id(id)) }
            if path.own_field() == Some(0) =>
        {
            Some((*operator, *id))
        }
        _ => None,
    }
}
