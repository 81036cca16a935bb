//! Looking up a statement's names and typing its literals: where most mistakes of callers are found.

mod condition;
mod group;
mod select;

use chrono::{DateTime, Utc};

use super::super::schema::{ObjectNo, Schema};
use super::super::store::Store;
use super::Mistake;
use super::path::{self, Path};
use super::plan::{Plan, Shape, Sort};
use super::tree::{Condition, Expression, Item, Name, Order, Statement};

/// Binds one statement. Semi-joins are answered on the way, so it holds the store.
pub(super) struct Binder<'s> {
    store: &'s Store,
    now: DateTime<Utc>,
    all_rows: bool,
    semi_joins: usize,
}

/// The object a condition or a selection speaks about.
struct Scope<'t> {
    object: ObjectNo,
    alias: Option<&'t str>,
}

impl<'s> Binder<'s> {
    pub(super) fn new(store: &'s Store, now: DateTime<Utc>, all_rows: bool) -> Self {
        Self { store, now, all_rows, semi_joins: 0 }
    }

    fn schema(&self) -> &'s Schema {
        &self.store.schema
    }

    /// Binds the outermost statement.
    pub(super) fn root(&mut self, statement: &Statement) -> Result<Plan, Mistake> {
        let object = self.object(&statement.from)?;
        self.statement(statement, object, true)
    }

    fn object(&self, name: &Name) -> Result<ObjectNo, Mistake> {
        self.schema().find(&name.text).ok_or_else(|| {
            Mistake::new(
                "INVALID_TYPE",
                name.at,
                format!(
                    "sObject type '{}' is not supported. If you are attempting to use a custom object, be sure to \
                     append the '__c' after the entity name. Please reference your WSDL or the describe call for \
                     the appropriate names.",
                    name.text
                ),
            )
        })
    }

    fn statement(&mut self, statement: &Statement, object: ObjectNo, root: bool) -> Result<Plan, Mistake> {
        let scope = Scope { object, alias: statement.alias.as_deref() };
        if statement.offset.is_some_and(|offset| offset > 2000) {
            return Err(Mistake::new(
                "NUMBER_OUTSIDE_VALID_RANGE",
                statement.at,
                "Maximum SOQL offset allowed is 2000",
            ));
        }
        let test = statement.condition.as_ref().map(|it| self.test(it, &scope, false)).transpose()?;
        let grouped = !statement.group_by.is_empty()
            || statement.items.iter().any(|item| {
                matches!(item, Item::Expression { value: Expression::Call { function, .. }, .. } if function.aggregates())
            });
        let (shape, order) = if let [Item::CountAll { .. }] = statement.items[..] {
            (Shape::Count, Vec::new())
        } else if grouped {
            if !root {
                return Err(Mistake::malformed(
                    statement.at,
                    "aggregate functions are not allowed in a sub-select",
                ));
            }
            let (groups, order) = self.groups(statement, &scope)?;
            (Shape::Groups(Box::new(groups)), order)
        } else {
            if let Some(having) = &statement.having {
                let at = condition_at(having);
                return Err(Mistake::malformed(at, "HAVING needs a GROUP BY"));
            }
            let tree = self.tree(statement, &scope, root)?;
            (Shape::Rows(tree), self.order(&statement.order_by, &scope)?)
        };
        Ok(Plan {
            object,
            test,
            shape,
            order,
            limit: statement.limit,
            offset: statement.offset.unwrap_or(0),
            all_rows: self.all_rows,
        })
    }

    fn path(&self, scope: &Scope<'_>, name: &Name) -> Result<Path, Mistake> {
        path::path(self.schema(), scope.object, scope.alias, name)
    }

    fn order(&self, order: &[Order], scope: &Scope<'_>) -> Result<Vec<Sort>, Mistake> {
        order
            .iter()
            .map(|criterion| {
                Ok(Sort {
                    by: self.filterable(&criterion.by, scope, "sorted")?,
                    descending: criterion.descending,
                    nulls_last: criterion.nulls_last,
                })
            })
            .collect()
    }
}

fn expression_at(expression: &Expression) -> usize {
    match expression {
        Expression::Path(name) => name.at,
        Expression::Call { path, at, .. } => path.as_ref().map_or(*at, |name| name.at),
    }
}

fn condition_at(condition: &Condition) -> usize {
    match condition {
        Condition::And(parts) | Condition::Or(parts) => parts.first().map_or(0, condition_at),
        Condition::Not(part) => condition_at(part),
        Condition::Compare { left, .. }
        | Condition::In { left, .. }
        | Condition::InQuery { left, .. }
        | Condition::Includes { left, .. } => expression_at(left),
    }
}
