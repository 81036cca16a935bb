//! Conditions: which operators a field allows, and what a literal means to it.

use chrono::NaiveDate;

use super::super::like::Pattern;
use super::super::plan::{Bound, Operand, Set, Test};
use super::super::tree::{Condition, Expression, Function, Item, Literal, Operator, Statement};
use super::super::{Mistake, moments, run};
use super::{Binder, Scope, expression_at};
use crate::sandbox::salesforce::id::RecordId;
use crate::sandbox::salesforce::schema::Kind;
use crate::sandbox::salesforce::store::{Value, read_instant};

impl Binder<'_> {
    pub(super) fn operand(&self, expression: &Expression, scope: &Scope<'_>) -> Result<Operand, Mistake> {
        match expression {
            Expression::Path(name) => Ok(Operand::Path(self.path(scope, name)?)),
            Expression::Call { function, path: Some(name), at } => {
                let path = self.path(scope, name)?;
                if matches!(function, Function::ToLabel | Function::Format) {
                    return Ok(Operand::Path(path));
                }
                if function.aggregates() {
                    return Err(Mistake::malformed(
                        *at,
                        "Aggregate functions are only allowed in SELECT and HAVING",
                    ));
                }
                if !matches!(path.end.kind, Kind::Date | Kind::DateTime) {
                    return Err(Mistake::malformed(name.at, format!("field {} is not a date", name.text)));
                }
                Ok(Operand::Function(*function, path))
            }
            Expression::Call { at, .. } => Err(Mistake::malformed(*at, "unexpected token: ')'")),
        }
    }

    /// The operand of a condition or an order, which its field must allow.
    pub(super) fn filterable(
        &self,
        expression: &Expression,
        scope: &Scope<'_>,
        what: &str,
    ) -> Result<Operand, Mistake> {
        let operand = self.operand(expression, scope)?;
        match &operand {
            Operand::Path(path) if !path.end.filterable => Err(Mistake::field(
                expression_at(expression),
                format!("field '{}' can not be {what} in a query call", path.end.name),
            )),
            _ => Ok(operand),
        }
    }

    pub(super) fn test(
        &mut self,
        condition: &Condition,
        scope: &Scope<'_>,
        inside_or: bool,
    ) -> Result<Test, Mistake> {
        Ok(match condition {
            Condition::And(parts) => Test::All(
                parts.iter().map(|part| self.test(part, scope, inside_or)).collect::<Result<_, _>>()?,
            ),
            Condition::Or(parts) => {
                Test::Any(parts.iter().map(|part| self.test(part, scope, true)).collect::<Result<_, _>>()?)
            }
            Condition::Not(part) => Test::Not(Box::new(self.test(part, scope, inside_or)?)),
            Condition::Compare { left, operator, right } => {
                let operand = self.filterable(left, scope, "filtered")?;
                let kind = operand.kind();
                self.compare(operand, kind, left, *operator, right)?
            }
            Condition::In { left, negated, list } => {
                let operand = self.filterable(left, scope, "filtered")?;
                let kind = operand.kind();
                self.within(operand, kind, left, *negated, list)?
            }
            Condition::Includes { left, negated, list } => {
                let operand = self.filterable(left, scope, "filtered")?;
                if operand.kind() != Kind::MultiPicklist {
                    return Err(Mistake::operator(
                        expression_at(left),
                        "includes and excludes operators only work on multi-select picklist fields",
                    ));
                }
                let list = list
                    .iter()
                    .map(|literal| match literal {
                        Literal::Text(text) => Ok(text.split(';').map(str::to_owned).collect()),
                        _ => Err(Mistake::malformed(expression_at(left), "a list of texts is needed")),
                    })
                    .collect::<Result<_, _>>()?;
                Test::Includes { left: operand, negated: *negated, list }
            }
            Condition::InQuery { left, negated, query } => {
                if inside_or {
                    return Err(Mistake::malformed(
                        query.at,
                        "Semi join sub-selects are not allowed with the 'OR' operator",
                    ));
                }
                self.semi_join(left, *negated, query, scope)?
            }
        })
    }

    pub(super) fn compare(
        &self,
        left: Operand,
        kind: Kind,
        expression: &Expression,
        operator: Operator,
        right: &Literal,
    ) -> Result<Test, Mistake> {
        let at = expression_at(expression);
        if operator == Operator::Like {
            return match right {
                Literal::Text(text) if kind.is_text() => Ok(Test::Like { left, pattern: Pattern::of(text) }),
                _ => Err(Mistake::operator(at, "invalid operator: LIKE needs a text field and a text")),
            };
        }
        let ordered = !matches!(operator, Operator::Equal | Operator::Unequal);
        if ordered && (kind == Kind::Boolean || kind == Kind::MultiPicklist) {
            return Err(Mistake::operator(at, format!("invalid operator on {} field", kind.word())));
        }
        let right = self.bound(right, kind, expression)?;
        Ok(Test::Compare { left, operator, right })
    }

    pub(super) fn within(
        &self,
        left: Operand,
        kind: Kind,
        expression: &Expression,
        negated: bool,
        list: &[Literal],
    ) -> Result<Test, Mistake> {
        let bounds = list
            .iter()
            .map(|literal| self.bound(literal, kind, expression))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Test::In { left, negated, set: Set::of(bounds) })
    }

    pub(super) fn semi_join(
        &mut self,
        left: &Expression,
        negated: bool,
        query: &Statement,
        scope: &Scope<'_>,
    ) -> Result<Test, Mistake> {
        let at = query.at;
        self.semi_joins += 1;
        if self.semi_joins > 2 {
            return Err(Mistake::malformed(at, "maximum 2 semi join sub-selects are allowed"));
        }
        let operand = self.filterable(left, scope, "filtered")?;
        let object = self.object(&query.from)?;
        let inner = Scope { object, alias: query.alias.as_deref() };
        let [Item::Expression { value: Expression::Path(name), alias: None }] = &query.items[..] else {
            return Err(Mistake::malformed(at, "Semi join sub-selects can only query one field"));
        };
        let path = self.path(&inner, name)?;
        for kind in [operand.kind(), path.end.kind] {
            if !matches!(kind, Kind::Id | Kind::Reference) {
                return Err(Mistake::field(
                    name.at,
                    "Semi join sub-selects can only be used with id and reference fields",
                ));
            }
        }
        if query.condition.as_ref().is_some_and(has_semi_join) {
            return Err(Mistake::malformed(at, "Nesting of semi join sub-selects is not supported"));
        }
        if !query.order_by.is_empty() || query.limit.is_some() {
            return Err(Mistake::malformed(
                at,
                "ORDER BY and LIMIT are not allowed in semi join sub-selects",
            ));
        }
        let plan = self.statement(query, object, false)?;
        let values = run::matching(self.store, &plan)
            .into_iter()
            .map(|row| path.value(self.store, object, row).into_owned())
            .filter(|value| !value.is_null())
            .map(Bound::Value)
            .collect();
        Ok(Test::In { left: operand, negated, set: Set::of(values) })
    }

    /// Types a literal for the field it is compared with.
    pub(super) fn bound(
        &self,
        literal: &Literal,
        kind: Kind,
        expression: &Expression,
    ) -> Result<Bound, Mistake> {
        let at = expression_at(expression);
        let name = match expression {
            Expression::Path(name) | Expression::Call { path: Some(name), .. } => name.text.as_str(),
            Expression::Call { .. } => "COUNT",
        };
        let wrong = |needed: &str, enclosed: bool| {
            let not = if enclosed { "" } else { "not " };
            Mistake::field(
                at,
                format!(
                    "value of filter criterion for field '{name}' must be of type {needed} and should {not}be \
                     enclosed in quotes"
                ),
            )
        };
        let value = match (literal, kind) {
            (Literal::Null, _) => Value::Null,
            (Literal::Text(text), _) if text.is_empty() && kind.is_text() => Value::Null,
            (Literal::Text(text), Kind::Id | Kind::Reference) => {
                if text.is_empty() {
                    Value::Null
                } else {
                    let id = RecordId::parse(text)
                        .ok_or_else(|| Mistake::operator(at, format!("invalid ID field: {text}")))?;
                    Value::Id(id)
                }
            }
            (Literal::Text(text), kind) if kind.is_text() => Value::text(text.clone()),
            (_, kind) if kind.is_text() => return Err(wrong("string", true)),
            (_, Kind::Id | Kind::Reference) => return Err(wrong("ID", true)),
            (Literal::Bool(value), Kind::Boolean) => Value::Bool(*value),
            (_, Kind::Boolean) => return Err(wrong("boolean", false)),
            (Literal::Number(number), kind) if kind.is_number() => Value::Number(*number),
            (_, kind) if kind.is_number() => {
                return Err(wrong(if kind == Kind::Int { "integer" } else { "double" }, false));
            }
            (Literal::Moment(text), Kind::Date) => {
                Value::date(text.parse::<NaiveDate>().map_err(|_| wrong("date", false))?)
            }
            (Literal::Moment(text), Kind::DateTime) => {
                Value::Instant(read_instant(text).ok_or_else(|| wrong("dateTime", false))?)
            }
            (Literal::Span { word, count }, Kind::Date | Kind::DateTime) => {
                let days = moments::span(word, *count, self.now.date_naive())
                    .ok_or_else(|| Mistake::malformed(at, format!("unexpected token: '{word}'")))?;
                let edge = |day: NaiveDate| match kind {
                    Kind::Date => Value::date(day),
                    _ => Value::instant(day.and_hms_opt(0, 0, 0).unwrap_or_default().and_utc()),
                };
                return Ok(Bound::Stretch { from: edge(days.from), until: edge(days.until) });
            }
            (_, Kind::Date) => return Err(wrong("date", false)),
            (_, Kind::DateTime) => return Err(wrong("dateTime", false)),
            _ => {
                return Err(Mistake::field(
                    at,
                    format!("field '{name}' can not be filtered in a query call"),
                ));
            }
        };
        Ok(Bound::Value(value))
    }
}

fn has_semi_join(condition: &Condition) -> bool {
    match condition {
        Condition::And(parts) | Condition::Or(parts) => parts.iter().any(has_semi_join),
        Condition::Not(part) => has_semi_join(part),
        Condition::InQuery { .. } => true,
        _ => false,
    }
}
