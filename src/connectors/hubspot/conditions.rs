//! Which conditions of a list the vendor's search applies exactly, and how they are put to it.
//!
//! Left to others: whatever compares text, because the vendor compares texts without their case and by word, and "not
//! equal", because it also drops records without a value.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, TimeZone, Utc};
use chrono_tz::Tz;

use crate::domain::custom::CustomFieldType;
use crate::domain::opportunity::{Pipeline, StageCategory};
use crate::source::walk::{Comparison, Condition, ConditionField, Operand};

use super::config::{HubspotField, HubspotOptions};
use super::object::Object;
use super::search::{Filter, Test};

/// What conditions on deals need to know of the account.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) options: &'a HubspotOptions,
    /// The zone in which a deal's closing instant falls on a day.
    pub(super) zone: Tz,
    pub(super) pipelines: &'a [Arc<Pipeline>],
}

/// A condition as filters that must all hold; none where the search cannot apply it exactly.
pub(super) fn filters(object: Object, condition: &Condition, context: Context<'_>) -> Option<Vec<Filter>> {
    let Condition { field, comparison, operand } = condition;
    let one = |property: &str, test: Option<Test>| Some(vec![Filter::new(property, test?)]);
    match (object, field) {
        (_, ConditionField::Id) => one("hs_object_id", names(*comparison, operand)),
        (_, ConditionField::Owner) => one("hubspot_owner_id", names(*comparison, operand)),
        (_, ConditionField::CreatedAt) => one("createdate", instants(*comparison, operand)),
        (_, ConditionField::UpdatedAt) => one(object.modified(), instants(*comparison, operand)),
        (Object::Contact, ConditionField::Account) => one("associatedcompanyid", names(*comparison, operand)),
        (Object::Contact, ConditionField::EmailOptOut) => match (comparison, operand) {
            // "false" would leave out contacts who were never asked.
            (Comparison::Eq, Operand::Boolean(true)) => {
                one("hs_email_optout", Some(Test::Eq("true".to_owned())))
            }
            _ => None,
        },
        (Object::Contact, ConditionField::Score(name)) => {
            let score = context.options.scores.iter().find(|score| score.name() == &**name)?;
            one(&score.property, numbers(*comparison, operand))
        }
        (Object::Deal, ConditionField::Amount) => one("amount", numbers(*comparison, operand)),
        (Object::Deal, ConditionField::Stage) => one("dealstage", names(*comparison, operand)),
        (Object::Deal, ConditionField::StageCategory) => match (comparison, operand) {
            (Comparison::Eq, Operand::Category(category)) => {
                one("dealstage", Some(stages(*category, context)))
            }
            _ => None,
        },
        (Object::Deal, ConditionField::CloseDate) => days(*comparison, operand, context.zone),
        (_, ConditionField::Custom(key)) => {
            let field = custom(object, context.options).get(key)?;
            one(&field.property, custom_test(field.kind, *comparison, operand))
        }
        _ => None,
    }
}

/// The property a condition is about, where it is one a check may find missing.
pub(super) fn optional_property<'o>(
    object: Object,
    field: &ConditionField,
    options: &'o HubspotOptions,
) -> Option<&'o str> {
    match field {
        ConditionField::Custom(key) => custom(object, options).get(key).map(|field| field.property.as_str()),
        ConditionField::Score(name) => {
            options.scores.iter().find(|score| score.name() == &**name).map(|score| score.property.as_str())
        }
        _ => None,
    }
}

fn custom(object: Object, options: &HubspotOptions) -> &BTreeMap<Arc<str>, HubspotField> {
    match object {
        Object::Contact => &options.fields.person,
        Object::Company => &options.fields.account,
        Object::Deal => &options.fields.opportunity,
    }
}

fn custom_test(kind: CustomFieldType, comparison: Comparison, operand: &Operand) -> Option<Test> {
    match (kind, operand) {
        (_, Operand::None) => presence(comparison),
        (CustomFieldType::Number, _) => numbers(comparison, operand),
        (CustomFieldType::Instant, _) => instants(comparison, operand),
        (CustomFieldType::Date, Operand::Day(day)) => {
            compared(comparison, midnight(*day, Tz::UTC)?.timestamp_millis().to_string())
        }
        (CustomFieldType::Boolean, Operand::Boolean(value)) if comparison == Comparison::Eq => {
            Some(Test::Eq(value.to_string()))
        }
        _ => None,
    }
}

/// Values that are ids or keys: equal or not, never greater.
fn names(comparison: Comparison, operand: &Operand) -> Option<Test> {
    match (comparison, operand) {
        (Comparison::Eq, Operand::Text(text)) => Some(Test::Eq(text.to_string())),
        (Comparison::In, Operand::Texts(texts)) if (1..=100).contains(&texts.len()) => {
            Some(Test::In(texts.iter().map(ToString::to_string).collect()))
        }
        _ => presence(comparison),
    }
}

fn numbers(comparison: Comparison, operand: &Operand) -> Option<Test> {
    match operand {
        Operand::Number(number) => compared(comparison, number.normalize().to_string()),
        _ => presence(comparison),
    }
}

/// Instants, which the vendor keeps by the millisecond.
fn instants(comparison: Comparison, operand: &Operand) -> Option<Test> {
    match operand {
        Operand::Instant(at) if at.timestamp_subsec_nanos() % 1_000_000 == 0 => {
            compared(comparison, at.timestamp_millis().to_string())
        }
        _ => presence(comparison),
    }
}

/// Days of an instant: the day begins at midnight in the account's own zone.
fn days(comparison: Comparison, operand: &Operand, zone: Tz) -> Option<Vec<Filter>> {
    let Operand::Day(day) = operand else {
        return Some(vec![Filter::new("closedate", presence(comparison)?)]);
    };
    let begins = midnight(*day, zone)?.timestamp_millis().to_string();
    let ends = midnight(day.checked_add_days(Days::new(1))?, zone)?.timestamp_millis().to_string();
    let tests = match comparison {
        Comparison::Eq => vec![Test::Gte(begins), Test::Lt(ends)],
        Comparison::Lt => vec![Test::Lt(begins)],
        Comparison::Lte => vec![Test::Lt(ends)],
        Comparison::Gt => vec![Test::Gte(ends)],
        Comparison::Gte => vec![Test::Gte(begins)],
        _ => return None,
    };
    Some(tests.into_iter().map(|test| Filter::new("closedate", test)).collect())
}

/// The first instant of a day; where a clock change skips midnight, the first there is.
fn midnight(day: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
    let first = (0..4).find_map(|hour| zone.from_local_datetime(&day.and_hms_opt(hour, 0, 0)?).earliest())?;
    Some(first.with_timezone(&Utc))
}

fn stages(category: StageCategory, context: Context<'_>) -> Test {
    let all = context.pipelines.iter().flat_map(|pipeline| &pipeline.stages);
    let keys: Vec<String> =
        all.filter(|stage| stage.category == category).map(|stage| stage.key.to_string()).collect();
    // A category without a stage has no deals: no deal's stage is empty.
    if keys.is_empty() { Test::NotHasProperty } else { Test::In(keys) }
}

fn compared(comparison: Comparison, value: String) -> Option<Test> {
    Some(match comparison {
        Comparison::Eq => Test::Eq(value),
        Comparison::Lt => Test::Lt(value),
        Comparison::Lte => Test::Lte(value),
        Comparison::Gt => Test::Gt(value),
        Comparison::Gte => Test::Gte(value),
        _ => return None,
    })
}

fn presence(comparison: Comparison) -> Option<Test> {
    match comparison {
        Comparison::IsNull => Some(Test::NotHasProperty),
        Comparison::IsNotNull => Some(Test::HasProperty),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(
        object: Object,
        field: ConditionField,
        comparison: Comparison,
        operand: Operand,
    ) -> Option<Vec<Filter>> {
        let options: HubspotOptions = toml::from_str(
            "[fields.person.size]\nproperty = \"size\"\ntype = \"NUMBER\"\n[fields.person.tier]\nproperty = \"tier\"\ntype = \"TEXT\"",
        )
        .expect("good options");
        let context = Context { options: &options, zone: Tz::America__New_York, pipelines: &[] };
        filters(object, &Condition { field, comparison, operand }, context)
    }

    fn instant(text: &str) -> Operand {
        Operand::Instant(text.parse().expect("an instant"))
    }

    #[test]
    fn instants_travel_as_milliseconds() {
        let at = instant("2025-01-01T00:00:00.001Z");
        assert_eq!(
            put(Object::Contact, ConditionField::UpdatedAt, Comparison::Gte, at),
            Some(vec![Filter::new("lastmodifieddate", Test::Gte("1735689600001".to_owned()))])
        );
        let finer = instant("2025-01-01T00:00:00.0000001Z");
        assert_eq!(put(Object::Company, ConditionField::CreatedAt, Comparison::Lt, finer), None);
    }

    #[test]
    fn a_day_of_closing_is_a_day_in_the_accounts_zone() {
        let day = Operand::Day("2025-03-31".parse().expect("a day"));
        assert_eq!(
            put(Object::Deal, ConditionField::CloseDate, Comparison::Eq, day.clone()),
            Some(vec![
                Filter::new("closedate", Test::Gte("1743393600000".to_owned())),
                Filter::new("closedate", Test::Lt("1743480000000".to_owned())),
            ])
        );
        assert_eq!(put(Object::Contact, ConditionField::CloseDate, Comparison::Eq, day), None);
    }

    #[test]
    fn what_the_search_would_answer_differently_is_left_to_others() {
        let text = || Operand::Text("gold".into());
        for (field, comparison, operand) in [
            (ConditionField::Custom("tier".into()), Comparison::Eq, text()),
            (ConditionField::Name, Comparison::Contains, text()),
            (ConditionField::Owner, Comparison::Neq, text()),
            (ConditionField::EmailOptOut, Comparison::Eq, Operand::Boolean(false)),
            (ConditionField::Owner, Comparison::In, Operand::Texts(Vec::new())),
            (ConditionField::Score("unheard".into()), Comparison::Gt, Operand::Number(1.into())),
        ] {
            assert_eq!(put(Object::Contact, field, comparison, operand), None);
        }
    }

    #[test]
    fn scores_and_numbers_compare_as_numbers() {
        let more = || Operand::Number("80.0".parse().expect("a number"));
        assert_eq!(
            put(Object::Contact, ConditionField::Score("hubspotscore".into()), Comparison::Gt, more()),
            Some(vec![Filter::new("hubspotscore", Test::Gt("80".to_owned()))])
        );
        assert_eq!(
            put(Object::Contact, ConditionField::Custom("size".into()), Comparison::IsNull, Operand::None),
            Some(vec![Filter::new("size", Test::NotHasProperty)])
        );
    }
}
