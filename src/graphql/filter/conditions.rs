//! From the bounds a client writes to conditions that must all hold.

use async_graphql::{ID, Result};
use chrono::{DateTime, Utc};

use crate::domain::id::{NodeKind, RecordKey};
use crate::source::walk::{Comparison, Condition, ConditionField, Operand};
use crate::unify::live::Live;

use super::super::code::Code;
use super::super::load::decode;
use super::super::object::history::DateTimeFilter;
use super::{CustomFieldFilter, DateFilter, DecimalFilter, IDFilter, StringFilter};

/// At most so many values in one condition.
pub(super) const MOST_VALUES: usize = 100;

pub(super) fn push(
    conditions: &mut Vec<Condition>,
    field: &ConditionField,
    comparison: Comparison,
    operand: Operand,
) {
    conditions.push(Condition { field: field.clone(), comparison, operand });
}

fn push_null(conditions: &mut Vec<Condition>, field: &ConditionField, is_null: Option<bool>) {
    if let Some(is_null) = is_null {
        let comparison = if is_null { Comparison::IsNull } else { Comparison::IsNotNull };
        push(conditions, field, comparison, Operand::None);
    }
}

pub(super) fn keys(
    live: &Live,
    argument: &str,
    kind: NodeKind,
    filter: Option<&IDFilter>,
) -> Result<Option<Vec<RecordKey>>> {
    let Some(ids) = filter.map(|filter| ids(argument, filter)).transpose()?.flatten() else {
        return Ok(None);
    };
    let key = |id: &ID| {
        let node = decode(live, argument, id)?;
        (node.kind == kind).then_some(node.key).ok_or_else(|| {
            Code::BadInput.error(format!("{argument} takes the id of another kind of object."))
        })
    };
    ids.into_iter().map(key).collect::<Result<Vec<_>>>().map(Some)
}

/// The ids that satisfy every bound given; none where no bound is.
///
/// # Errors
/// `BAD_INPUT` for too many.
pub(super) fn ids<'f>(argument: &str, filter: &'f IDFilter) -> Result<Option<Vec<&'f ID>>> {
    let several = filter.one_of.as_deref();
    if several.is_some_and(|several| several.len() > MOST_VALUES) {
        return Err(too_many(argument));
    }
    Ok(match (&filter.eq, several) {
        (None, None) => None,
        (Some(one), None) => Some(vec![one]),
        (None, Some(several)) => Some(several.iter().collect()),
        (Some(one), Some(several)) => Some(several.iter().filter(|id| *id == one).collect()),
    })
}

pub(super) fn too_many(argument: &str) -> async_graphql::Error {
    Code::BadInput.error(format!("{argument} takes at most {MOST_VALUES} values."))
}

pub(super) fn texts(
    conditions: &mut Vec<Condition>,
    field: &ConditionField,
    filter: Option<&StringFilter>,
) -> Result<()> {
    let Some(filter) = filter else { return Ok(()) };
    let single = [
        (Comparison::Eq, &filter.eq),
        (Comparison::Neq, &filter.neq),
        (Comparison::StartsWith, &filter.starts_with),
        (Comparison::Contains, &filter.contains),
    ];
    for (comparison, text) in single {
        if let Some(text) = text {
            push(conditions, field, comparison, Operand::Text(text.as_str().into()));
        }
    }
    if let Some(several) = &filter.one_of {
        if several.len() > MOST_VALUES {
            return Err(too_many("in"));
        }
        let operand = Operand::Texts(several.iter().map(|text| text.as_str().into()).collect());
        push(conditions, field, Comparison::In, operand);
    }
    push_null(conditions, field, filter.is_null);
    Ok(())
}

pub(super) fn numbers(
    conditions: &mut Vec<Condition>,
    field: &ConditionField,
    filter: Option<&DecimalFilter>,
) {
    let Some(filter) = filter else { return };
    let bounds = [
        (Comparison::Eq, filter.eq),
        (Comparison::Gt, filter.gt),
        (Comparison::Gte, filter.gte),
        (Comparison::Lt, filter.lt),
        (Comparison::Lte, filter.lte),
    ];
    for (comparison, bound) in bounds {
        if let Some(bound) = bound {
            push(conditions, field, comparison, Operand::Number(bound.0));
        }
    }
    push_null(conditions, field, filter.is_null);
}

pub(super) fn days(conditions: &mut Vec<Condition>, field: &ConditionField, filter: Option<&DateFilter>) {
    let Some(filter) = filter else { return };
    let bounds = [
        (Comparison::Eq, filter.eq),
        (Comparison::Gt, filter.gt),
        (Comparison::Gte, filter.gte),
        (Comparison::Lt, filter.lt),
        (Comparison::Lte, filter.lte),
    ];
    for (comparison, bound) in bounds {
        if let Some(bound) = bound {
            push(conditions, field, comparison, Operand::Day(bound.0));
        }
    }
    push_null(conditions, field, filter.is_null);
}

pub(super) fn instants(
    conditions: &mut Vec<Condition>,
    field: &ConditionField,
    filter: Option<&DateTimeFilter>,
) {
    let Some(filter) = filter else { return };
    let bounds: [(Comparison, Option<DateTime<Utc>>); 4] = [
        (Comparison::Gt, filter.gt),
        (Comparison::Gte, filter.gte),
        (Comparison::Lt, filter.lt),
        (Comparison::Lte, filter.lte),
    ];
    for (comparison, bound) in bounds {
        if let Some(bound) = bound {
            push(conditions, field, comparison, Operand::Instant(bound));
        }
    }
    push_null(conditions, field, filter.is_null);
}

pub(super) fn customs(conditions: &mut Vec<Condition>, filters: Option<&[CustomFieldFilter]>) -> Result<()> {
    for filter in filters.unwrap_or_default() {
        let field = ConditionField::Custom(filter.key.as_str().into());
        texts(conditions, &field, filter.text.as_ref())?;
        numbers(conditions, &field, filter.number.as_ref());
        if let Some(boolean) = filter.boolean {
            push(conditions, &field, Comparison::Eq, Operand::Boolean(boolean));
        }
        instants(conditions, &field, filter.instant.as_ref());
    }
    Ok(())
}
