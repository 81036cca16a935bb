//! Lists in keyset order: a page begins behind the last row seen, never at a locator of the vendor's, because those
//! are forgotten within minutes.
//!
//! A position is the last row's id, or in an order of choice the row's value in that order and its id. It comes
//! back from clients, so it is read as a value of the column's type and never as text of a query.

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::source::error::{SourceError, SourceErrorKind};
use crate::source::reading::Reading;
use crate::source::walk::{Condition, ConditionField, Order, Page, PageAsk};

use super::conditions::{Column, Kind};
use super::id::canonical;
use super::org::{Org, Query};
use super::soql::{Filter, LONGEST_LITERAL, Literal, Operator, Soql, Sort};
use super::wire::Stamp;

/// The most rows the vendor gives in one page.
pub(super) const PAGE: usize = 2_000;

/// The order of a list: by a column and then by id, or by id alone.
pub(super) struct Keyset {
    column: Option<Column>,
    descending: bool,
}

impl Org {
    /// Whether every one of the objects can be filtered so.
    pub(super) fn can_filter_all(&self, objects: &[&str], condition: &Condition) -> bool {
        objects.iter().all(|object| self.filter(object, condition).is_some())
    }

    /// Whether every one of the objects can be ordered so.
    pub(super) fn can_order_all(&self, objects: &[&str], order: &Order) -> bool {
        objects.iter().all(|object| self.order_column(object, order).is_some())
    }

    fn order_column(&self, object: &str, order: &Order) -> Option<Column> {
        let column = self.column(object, &order.field)?;
        let is_ours = !matches!(order.field, ConditionField::Custom(_)) || column.kind != Kind::Text;
        (is_ours && column.kind != Kind::Boolean).then_some(column)
    }

    /// One page of a list of the query's object.
    pub(super) async fn listed<R, S>(
        &self,
        operation: &'static str,
        mut soql: Soql,
        ask: &PageAsk<S>,
        reading: &Reading,
        read: impl Fn(&Value) -> Result<R, SourceError>,
    ) -> Result<Page<R>, SourceError> {
        let object = soql.object;
        let cannot =
            |code: &str| self.error(operation, SourceErrorKind::Rejected { code: code.to_owned() }, None);
        let mut filters =
            self.filters(object, &ask.conditions).ok_or_else(|| cannot("CONDITION_NOT_SUPPORTED"))?;
        let keyset = match &ask.order {
            None => Keyset { column: None, descending: false },
            Some(order) => {
                let column = self.order_column(object, order).ok_or_else(|| cannot("ORDER_NOT_SUPPORTED"))?;
                let column = (order.field != ConditionField::Id).then_some(column);
                Keyset { column, descending: order.descending }
            }
        };
        if let Some(position) = &ask.after {
            filters.push(keyset.behind(position).ok_or_else(|| cannot("BAD_POSITION"))?);
        }
        if let Some(column) = &keyset.column {
            soql.also(column.name.clone());
        }
        let first = ask.first.clamp(1, PAGE);
        soql.filter = Some(Filter::All(filters));
        soql.order = keyset.sorts();
        // One row more than asked tells whether there is more, where the vendor's page has room for it.
        soql.limit = Some((first + 1).min(PAGE));
        let mut answer = self.page(operation, Query::live(soql), reading).await?;
        let has_more = answer.more || answer.rows.len() > first || answer.rows.len() == PAGE;
        answer.rows.truncate(first);
        let mut records = Vec::with_capacity(answer.rows.len());
        for row in &answer.rows {
            let position = keyset.position(row).ok_or_else(|| self.unreadable(operation))?;
            records.push((position, read(row)?));
        }
        Ok(Page { records, has_more })
    }
}

impl Keyset {
    /// By id, ascending.
    pub(super) fn by_id() -> Self {
        Self { column: None, descending: false }
    }

    /// By the stamp of the last modification, the oldest first.
    pub(super) fn by_modification() -> Self {
        let column = Column { name: "SystemModstamp".into(), kind: Kind::Instant, can_be_null: false };
        Self { column: Some(column), descending: false }
    }

    /// The position just behind a row.
    pub(super) fn position(&self, row: &Value) -> Option<Arc<str>> {
        let id = canonical(row.get("Id")?.as_str()?)?;
        let Some(column) = &self.column else { return Some(id) };
        let value = row.get(column.name.as_str())?;
        Some(Arc::from(json!([value, &*id]).to_string()))
    }

    /// What holds of the rows behind a position; none where it is no position of this list.
    pub(super) fn behind(&self, position: &str) -> Option<Filter> {
        let by_id = |id: &str, descending: bool| {
            let operator = if descending { Operator::Lt } else { Operator::Gt };
            canonical(id).map(|id| Filter::is("Id", operator, Literal::Text(id)))
        };
        let Some(column) = &self.column else { return by_id(position, self.descending) };
        let (value, id): (Value, String) = serde_json::from_str(position).ok()?;
        let later_id = by_id(&id, false)?;
        let name = || column.name.clone();
        if value.is_null() {
            return Some(Filter::All(vec![Filter::has_no_value(name()), later_id]));
        }
        let value = literal(column.kind, &value)?;
        let operator = if self.descending { Operator::Lt } else { Operator::Gt };
        let mut ways = vec![
            Filter::Is(name(), operator, value.clone()),
            Filter::All(vec![Filter::equal(name(), value), later_id]),
        ];
        if column.can_be_null {
            // Rows without a value come last, whichever way the values run.
            ways.push(Filter::has_no_value(name()));
        }
        Some(Filter::Any(ways))
    }

    pub(super) fn sorts(&self) -> Vec<Sort> {
        let by_id = |descending| Sort { field: "Id".into(), descending };
        match &self.column {
            None => vec![by_id(self.descending)],
            Some(column) => {
                vec![Sort { field: column.name.clone(), descending: self.descending }, by_id(false)]
            }
        }
    }
}

/// A value of a position, as the vendor wrote it in the row.
fn literal(kind: Kind, value: &Value) -> Option<Literal> {
    Some(match (kind, value) {
        (Kind::Id, Value::String(text)) => Literal::Text(canonical(text)?),
        (Kind::Text, Value::String(text)) if text.len() <= LONGEST_LITERAL / 2 => Literal::text(text),
        (Kind::Boolean, Value::Bool(flag)) => Literal::Boolean(*flag),
        (Kind::Number, Value::Number(_)) => {
            Literal::Number(serde_json::from_value::<Decimal>(value.clone()).ok()?)
        }
        (Kind::Day, Value::String(text)) => Literal::Day(NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?),
        (Kind::Instant, Value::String(text)) => Literal::Instant(Stamp::parse(text)?.0),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "00Q5e000001AbCdEAK";

    fn keyset(kind: Kind, can_be_null: bool, descending: bool) -> Keyset {
        Keyset { column: Some(Column { name: "F".into(), kind, can_be_null }), descending }
    }

    #[test]
    fn a_position_leads_to_the_rows_behind_it() {
        let by_id = Keyset { column: None, descending: false };
        let position = by_id.position(&json!({"Id": ID})).expect("a position");
        assert_eq!(by_id.behind(&position).map(|it| it.to_string()), Some(format!("Id > '{ID}'")));
        let amounts = keyset(Kind::Number, true, true);
        let position = amounts.position(&json!({"Id": ID, "F": 12.50})).expect("a position");
        assert_eq!(
            amounts.behind(&position).map(|it| it.to_string()),
            Some(format!("F < 12.5 OR (F = 12.5 AND Id > '{ID}') OR F = null"))
        );
        let position = amounts.position(&json!({"Id": ID, "F": null})).expect("a position");
        let expected = format!("F = null AND Id > '{ID}'");
        assert_eq!(amounts.behind(&position).map(|it| it.to_string()), Some(expected));
        let created = keyset(Kind::Instant, false, false);
        let position = created.position(&json!({"Id": ID, "F": "2025-01-01T08:00:00.000+0000"}));
        assert_eq!(
            created.behind(&position.expect("a position")).map(|it| it.to_string()),
            Some(format!("F > 2025-01-01T08:00:00.000Z OR (F = 2025-01-01T08:00:00.000Z AND Id > '{ID}')"))
        );
    }

    #[test]
    fn what_is_no_position_is_refused() {
        let by_id = Keyset { column: None, descending: false };
        assert_eq!(by_id.behind("x' OR Id != '"), None);
        let amounts = keyset(Kind::Number, true, false);
        let foreign =
            [ID.to_owned(), "[1]".to_owned(), format!("[\"1\",\"{ID}\"]"), format!("[1,\"{ID}\",2]")];
        for text in foreign {
            assert_eq!(amounts.behind(&text), None, "{text}");
        }
    }
}
