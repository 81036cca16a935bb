//! Which conditions and orders the org itself can answer, exactly, and how they are asked.
//!
//! The vendor compares text ignoring case, and so does the contract. Its `!=` also holds of rows without a value; ours
//! does not, so such rows are excluded by hand. What it cannot answer exactly has no filter here.

use chrono::Timelike;

use crate::domain::custom::CustomFieldType;
use crate::domain::opportunity::StageCategory;
use crate::source::walk::{Comparison, Condition, ConditionField, Operand};

use super::id::canonical;
use super::org::Org;
use super::soql::{Filter, LONGEST_LITERAL, Literal, Name, Operator};

/// A column that conditions and orders may name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Column {
    pub(super) name: Name,
    pub(super) kind: Kind,
    /// Some rows have no value in it.
    pub(super) can_be_null: bool,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Id,
    Text,
    Boolean,
    Number,
    Day,
    Instant,
}

impl Org {
    /// The column of an object that a condition is about; none where the org has no such column.
    pub(super) fn column(&self, object: &str, field: &ConditionField) -> Option<Column> {
        use ConditionField as Field;
        let fixed = |name: &'static str, kind: Kind, can_be_null: bool| Column {
            name: name.into(),
            kind,
            can_be_null,
        };
        let column = match (object, field) {
            (_, Field::Id) => fixed("Id", Kind::Id, false),
            (_, Field::CreatedAt) => fixed("CreatedDate", Kind::Instant, false),
            (_, Field::UpdatedAt) => fixed("SystemModstamp", Kind::Instant, false),
            ("CampaignMember", Field::Campaign) => fixed("CampaignId", Kind::Id, false),
            ("Lead" | "Contact" | "Account" | "Opportunity" | "Campaign", Field::Name) => {
                fixed("Name", Kind::Text, false)
            }
            ("Lead" | "Contact" | "Account" | "Opportunity", Field::Owner) => {
                fixed("OwnerId", Kind::Id, false)
            }
            ("Lead", Field::Account) => fixed("ConvertedAccountId", Kind::Id, true),
            ("Contact" | "Opportunity", Field::Account) => fixed("AccountId", Kind::Id, true),
            ("Lead" | "Contact", Field::EmailOptOut) => fixed("HasOptedOutOfEmail", Kind::Boolean, false),
            ("Opportunity", Field::Stage) => fixed("StageName", Kind::Text, false),
            // Amounts of several currencies have no order among themselves.
            ("Opportunity", Field::Amount) if !self.options.multi_currency => {
                fixed("Amount", Kind::Number, true)
            }
            ("Opportunity", Field::CloseDate) => fixed("CloseDate", Kind::Day, false),
            ("Campaign", Field::StartsOn) => fixed("StartDate", Kind::Day, true),
            ("Account", Field::Industry) => fixed("Industry", Kind::Text, true),
            (_, Field::Custom(key)) => self.custom_column(object, key)?,
            _ => return None,
        };
        self.known.may_have(object, &column.name).then_some(column)
    }

    fn custom_column(&self, object: &str, key: &str) -> Option<Column> {
        let fields = match object {
            "Lead" | "Contact" => &self.options.fields.person,
            "Account" => &self.options.fields.account,
            "Opportunity" => &self.options.fields.opportunity,
            _ => return None,
        };
        let field = fields.get(key)?;
        let kind = match field.kind {
            CustomFieldType::Text => Kind::Text,
            CustomFieldType::Number => Kind::Number,
            CustomFieldType::Boolean => Kind::Boolean,
            CustomFieldType::Date => Kind::Day,
            CustomFieldType::Instant => Kind::Instant,
            CustomFieldType::Values => return None,
        };
        let name = field.name();
        // The vendor refuses to filter long text.
        let is_long = self.known.type_of(object, &name).is_some_and(|kind| kind == "textarea");
        (!is_long).then_some(Column { name, kind, can_be_null: kind != Kind::Boolean })
    }

    /// How a condition is asked of an object; none where the vendor cannot answer it exactly.
    pub(super) fn filter(&self, object: &str, condition: &Condition) -> Option<Filter> {
        match (object, &condition.field) {
            ("Lead", ConditionField::Campaign) => members("LeadId", condition),
            ("Contact", ConditionField::Campaign) => members("ContactId", condition),
            ("Opportunity", ConditionField::StageCategory) => in_category(condition),
            (_, field) => compared(&self.column(object, field)?, condition.comparison, &condition.operand),
        }
    }

    /// What the whole list of conditions asks of an object.
    pub(super) fn filters(&self, object: &str, conditions: &[Condition]) -> Option<Vec<Filter>> {
        conditions.iter().map(|condition| self.filter(object, condition)).collect()
    }
}

/// People who belong to a campaign, through its members.
fn members(person: &'static str, condition: &Condition) -> Option<Filter> {
    let column = Column { name: "CampaignId".into(), kind: Kind::Id, can_be_null: false };
    let filter = match condition.comparison {
        Comparison::Eq | Comparison::In => compared(&column, condition.comparison, &condition.operand)?,
        _ => return None,
    };
    let (field, object, of) = ("Id".into(), "CampaignMember".into(), person.into());
    Some(Filter::Among { field, object, of, filter: Box::new(filter) })
}

fn in_category(condition: &Condition) -> Option<Filter> {
    let Operand::Category(category) = condition.operand else { return None };
    let flags = match (category, condition.comparison) {
        (StageCategory::Open, Comparison::Eq) => vec![("IsClosed", false)],
        (StageCategory::Won, Comparison::Eq) => vec![("IsWon", true)],
        (StageCategory::Lost, Comparison::Eq) => vec![("IsClosed", true), ("IsWon", false)],
        (StageCategory::Open, Comparison::Neq) => vec![("IsClosed", true)],
        (StageCategory::Won, Comparison::Neq) => vec![("IsWon", false)],
        _ => return None,
    };
    let flags = flags.into_iter().map(|(field, value)| Filter::equal(field, Literal::Boolean(value)));
    Some(Filter::All(flags.collect()))
}

fn compared(column: &Column, comparison: Comparison, operand: &Operand) -> Option<Filter> {
    let name = column.name.clone();
    match comparison {
        Comparison::IsNull => return Some(Filter::has_no_value(name)),
        Comparison::IsNotNull => return Some(Filter::has_value(name)),
        Comparison::StartsWith | Comparison::Contains => {
            let Operand::Text(text) = operand else { return None };
            if column.kind != Kind::Text || !is_fit(text) {
                return None;
            }
            return Some(match comparison {
                Comparison::StartsWith => Filter::StartsWith(name, text.clone()),
                _ => Filter::Contains(name, text.clone()),
            });
        }
        Comparison::In => {
            let Operand::Texts(texts) = operand else { return None };
            let values = texts.iter().map(|text| literal(column.kind, &Operand::Text(text.clone())));
            return one_of(name, values.collect::<Option<Vec<_>>>()?);
        }
        _ => {}
    }
    let is_ordered = matches!(column.kind, Kind::Number | Kind::Day | Kind::Instant);
    let operator = match comparison {
        Comparison::Eq => Operator::Eq,
        Comparison::Neq => Operator::Ne,
        Comparison::Lt if is_ordered => Operator::Lt,
        Comparison::Lte if is_ordered => Operator::Le,
        Comparison::Gt if is_ordered => Operator::Gt,
        Comparison::Gte if is_ordered => Operator::Ge,
        _ => return None,
    };
    let filter = match (literal(column.kind, operand)?, operator) {
        // An id that is none equals no row's, and differs from every row's.
        (Literal::Null, Operator::Eq) => return Some(nothing()),
        (Literal::Null, _) => return Some(Filter::has_value(name)),
        (value, operator) => Filter::Is(name.clone(), operator, value),
    };
    let excludes_null = operator == Operator::Ne && column.can_be_null;
    Some(if excludes_null { Filter::All(vec![filter, Filter::has_value(name)]) } else { filter })
}

fn one_of(name: Name, mut values: Vec<Literal>) -> Option<Filter> {
    values.retain(|value| *value != Literal::Null);
    if values.is_empty() {
        return Some(nothing());
    }
    // A longer list would not fit the query.
    (values.len() <= super::org::KEYS_PER_QUERY).then_some(Filter::In(name, values))
}

/// Holds of no row.
fn nothing() -> Filter {
    Filter::has_no_value("Id")
}

/// A text that can be compared at all: the empty one would mean rows without a value.
fn is_fit(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= LONGEST_LITERAL / 2
}

/// The operand as the column is compared; null for an id that is none.
fn literal(kind: Kind, operand: &Operand) -> Option<Literal> {
    Some(match (kind, operand) {
        (Kind::Id, Operand::Text(id)) => canonical(id).map_or(Literal::Null, Literal::Text),
        (Kind::Text, Operand::Text(text)) if is_fit(text) => Literal::Text(text.clone()),
        (Kind::Boolean, Operand::Boolean(value)) => Literal::Boolean(*value),
        (Kind::Number, Operand::Number(value)) => Literal::Number(*value),
        (Kind::Day, Operand::Day(value)) => Literal::Day(*value),
        // Literals end at the millisecond.
        (Kind::Instant, Operand::Instant(value)) if value.nanosecond() % 1_000_000 == 0 => {
            Literal::Instant(*value)
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::DateTime;

    use super::*;

    fn column(kind: Kind, can_be_null: bool) -> Column {
        Column { name: "F".into(), kind, can_be_null }
    }

    fn asked(column: &Column, comparison: Comparison, operand: Operand) -> Option<String> {
        compared(column, comparison, &operand).map(|filter| filter.to_string())
    }

    fn text(text: &str) -> Operand {
        Operand::Text(Arc::from(text))
    }

    #[test]
    fn rows_without_a_value_differ_from_nothing() {
        let nullable = column(Kind::Text, true);
        assert_eq!(asked(&nullable, Comparison::Neq, text("a")).as_deref(), Some("F != 'a' AND F != null"));
        let never_null = column(Kind::Text, false);
        assert_eq!(asked(&never_null, Comparison::Neq, text("a")).as_deref(), Some("F != 'a'"));
    }

    #[test]
    fn what_would_not_be_exact_is_not_asked() {
        let words = column(Kind::Text, true);
        assert_eq!(asked(&words, Comparison::Eq, text("")), None);
        assert_eq!(asked(&words, Comparison::Lt, text("a")), None);
        assert_eq!(asked(&words, Comparison::Eq, Operand::Boolean(true)), None);
        let fine = DateTime::from_timestamp(0, 500).expect("an instant");
        assert_eq!(asked(&column(Kind::Instant, false), Comparison::Gt, Operand::Instant(fine)), None);
    }

    #[test]
    fn what_is_no_id_is_equal_to_no_row() {
        let ids = column(Kind::Id, true);
        assert_eq!(asked(&ids, Comparison::Eq, text("x")).as_deref(), Some("Id = null"));
        assert_eq!(asked(&ids, Comparison::Neq, text("x")).as_deref(), Some("F != null"));
        let several = Operand::Texts(vec![Arc::from("x"), Arc::from("001D000000IqhSL")]);
        assert_eq!(asked(&ids, Comparison::In, several).as_deref(), Some("F IN ('001D000000IqhSLIAZ')"));
    }

    #[test]
    fn members_of_a_campaign_are_found_through_a_subquery() {
        let condition = Condition {
            field: ConditionField::Campaign,
            comparison: Comparison::Eq,
            operand: text("701000000000001AAA"),
        };
        let filter = members("LeadId", &condition).map(|filter| filter.to_string());
        let expected = "Id IN (SELECT LeadId FROM CampaignMember WHERE CampaignId = '701000000000001AAA')";
        assert_eq!(filter.as_deref(), Some(expected));
    }
}
