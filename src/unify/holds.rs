//! Whether a field of the company's own holds on one record: the vendor has decided it already for the record it
//! listed, but a person is shown at the first record that matches, and the other records came by another way.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::custom::CustomValue;
use crate::source::walk::{Comparison, Condition, ConditionField, Operand};

/// Whether every condition about a field of the company's own holds; conditions about others are not looked at.
pub(super) fn customs_hold(conditions: &[Condition], held: &BTreeMap<Arc<str>, CustomValue>) -> bool {
    conditions.iter().all(|condition| match &condition.field {
        ConditionField::Custom(key) => holds(condition, held.get(key)),
        _ => true,
    })
}

fn holds(condition: &Condition, value: Option<&CustomValue>) -> bool {
    let Some(value) = value else { return condition.comparison == Comparison::IsNull };
    let texts = |text: &Arc<str>| match value {
        CustomValue::Text(own) => own.to_lowercase() == text.to_lowercase(),
        CustomValue::Values(own) => own.iter().any(|own| own.to_lowercase() == text.to_lowercase()),
        _ => false,
    };
    let compared = || match (value, &condition.operand) {
        (CustomValue::Number(own), Operand::Number(bound)) => Some(own.cmp(bound)),
        (CustomValue::Instant(own), Operand::Instant(bound)) => Some(own.cmp(bound)),
        (CustomValue::Date(own), Operand::Day(bound)) => Some(own.cmp(bound)),
        (CustomValue::Boolean(own), Operand::Boolean(bound)) => Some(own.cmp(bound)),
        (_, Operand::Text(text)) => Some(if texts(text) { Ordering::Equal } else { Ordering::Less }),
        _ => None,
    };
    let within = |test: fn(&str, &str) -> bool| match (value, &condition.operand) {
        (CustomValue::Text(own), Operand::Text(text)) => test(&own.to_lowercase(), &text.to_lowercase()),
        _ => false,
    };
    match condition.comparison {
        Comparison::IsNull => false,
        Comparison::IsNotNull => true,
        Comparison::Eq => compared() == Some(Ordering::Equal),
        Comparison::Neq => compared().is_some_and(Ordering::is_ne),
        Comparison::Lt => compared().is_some_and(Ordering::is_lt),
        Comparison::Lte => compared().is_some_and(Ordering::is_le),
        Comparison::Gt => compared().is_some_and(Ordering::is_gt),
        Comparison::Gte => compared().is_some_and(Ordering::is_ge),
        Comparison::StartsWith => within(|own, text| own.starts_with(text)),
        Comparison::Contains => within(|own, text| own.contains(text)),
        Comparison::In => match &condition.operand {
            Operand::Texts(several) => several.iter().any(texts),
            _ => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tier(comparison: Comparison, operand: Operand) -> [Condition; 1] {
        [Condition { field: ConditionField::Custom("tier".into()), comparison, operand }]
    }

    fn held(value: CustomValue) -> BTreeMap<Arc<str>, CustomValue> {
        BTreeMap::from([(Arc::from("tier"), value)])
    }

    #[test]
    fn texts_are_compared_ignoring_case_as_vendors_do() {
        let gold = held(CustomValue::Text("Gold".into()));
        let text = |text: &str| Operand::Text(text.into());
        for (comparison, operand, expected) in [
            (Comparison::Eq, text("gold"), true),
            (Comparison::Neq, text("GOLD"), false),
            (Comparison::StartsWith, text("go"), true),
            (Comparison::Contains, text("x"), false),
            (Comparison::In, Operand::Texts(vec!["silver".into(), "gold".into()]), true),
            (Comparison::IsNull, Operand::None, false),
        ] {
            assert_eq!(customs_hold(&tier(comparison, operand), &gold), expected, "{comparison:?}");
        }
    }

    #[test]
    fn a_field_without_a_value_holds_only_where_that_is_asked() {
        let nothing = BTreeMap::new();
        assert!(customs_hold(&tier(Comparison::IsNull, Operand::None), &nothing));
        assert!(!customs_hold(&tier(Comparison::Neq, Operand::Text("gold".into())), &nothing));
    }

    #[test]
    fn numbers_are_compared_by_their_size() {
        let ten = held(CustomValue::Number(10.into()));
        assert!(customs_hold(&tier(Comparison::Gte, Operand::Number(10.into())), &ten));
        assert!(!customs_hold(&tier(Comparison::Lt, Operand::Number(10.into())), &ten));
    }

    #[test]
    fn conditions_about_other_fields_are_left_to_others() {
        let name = Condition {
            field: ConditionField::Name,
            comparison: Comparison::Eq,
            operand: Operand::Text("Ada".into()),
        };
        assert!(customs_hold(&[name], &BTreeMap::new()));
    }
}
