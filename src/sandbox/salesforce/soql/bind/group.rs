//! Groups: their keys, what is computed from their rows, and which of them are wanted.

use super::super::Mistake;
use super::super::path::Path;
use super::super::plan::{Cell, Groups, Operand, Sort, Test};
use super::super::tree::{Condition, Expression, Function, Item, Name, Statement};
use super::{Binder, Scope, expression_at};
use crate::sandbox::salesforce::schema::Kind;

impl Binder<'_> {
    pub(super) fn groups(
        &mut self,
        statement: &Statement,
        scope: &Scope<'_>,
    ) -> Result<(Groups, Vec<Sort>), Mistake> {
        let mut groups = Groups::default();
        for key in &statement.group_by {
            let operand = self.operand(key, scope)?;
            groups.keys.push(operand);
        }
        let mut unnamed = 0;
        for item in &statement.items {
            let Item::Expression { value, alias } = item else {
                return Err(Mistake::malformed(
                    statement.at,
                    "Grouped queries select fields and aggregates only",
                ));
            };
            let (cell, kind) = self.cell(value, scope, &mut groups)?;
            let name = match (alias, value) {
                (Some(alias), _) => alias.text.clone(),
                (None, Expression::Path(_)) => match &groups.cells[cell] {
                    Cell::Key(key) => match &groups.keys[*key] {
                        Operand::Path(path) => path.end.name.clone(),
                        _ => String::new(),
                    },
                    Cell::Aggregate(..) => String::new(),
                },
                (None, Expression::Call { .. }) => {
                    unnamed += 1;
                    format!("expr{}", unnamed - 1)
                }
            };
            if groups.shown.iter().any(|(other, ..)| *other == name) {
                return Err(Mistake::malformed(expression_at(value), format!("duplicate alias: {name}")));
            }
            groups.shown.push((name, cell, kind));
        }
        if let Some(having) = &statement.having {
            groups.having = Some(self.having(having, scope, &mut groups)?);
        }
        let mut order = Vec::new();
        for criterion in &statement.order_by {
            let (cell, _) = self.cell(&criterion.by, scope, &mut groups)?;
            order.push(Sort {
                by: Operand::Cell(cell),
                descending: criterion.descending,
                nulls_last: criterion.nulls_last,
            });
        }
        Ok((groups, order))
    }

    /// The cell of a group that an expression means, made if it is new.
    pub(super) fn cell(
        &self,
        value: &Expression,
        scope: &Scope<'_>,
        groups: &mut Groups,
    ) -> Result<(usize, Kind), Mistake> {
        let (cell, kind) = match value {
            Expression::Call { function, path, .. } if function.aggregates() => {
                let path = path.as_ref().map(|name| self.aggregated(*function, scope, name)).transpose()?;
                let kind = match (function, path.as_ref().map(|path| path.end.kind)) {
                    (Function::Count | Function::CountDistinct, _) | (_, None) => Kind::Int,
                    (Function::Avg, _) => Kind::Double,
                    (_, Some(kind)) => kind,
                };
                (Cell::Aggregate(*function, path), kind)
            }
            _ => {
                let operand = self.operand(value, scope)?;
                let key = groups.keys.iter().position(|key| *key == operand).ok_or_else(|| {
                    let name = match value {
                        Expression::Path(name) => name.text.clone(),
                        Expression::Call { path, .. } => {
                            path.as_ref().map_or(String::new(), |it| it.text.clone())
                        }
                    };
                    Mistake::malformed(
                        expression_at(value),
                        format!("Field must be grouped or aggregated: {name}"),
                    )
                })?;
                (Cell::Key(key), operand.kind())
            }
        };
        let place = groups.cells.iter().position(|other| *other == cell).unwrap_or_else(|| {
            groups.cells.push(cell);
            groups.cells.len() - 1
        });
        Ok((place, kind))
    }

    pub(super) fn aggregated(
        &self,
        function: Function,
        scope: &Scope<'_>,
        name: &Name,
    ) -> Result<Path, Mistake> {
        let path = self.path(scope, name)?;
        let kind = path.end.kind;
        let fits = match function {
            Function::Sum | Function::Avg => kind.is_number(),
            Function::Min | Function::Max => kind != Kind::Boolean && path.end.filterable,
            _ => path.end.filterable,
        };
        if fits {
            return Ok(path);
        }
        Err(Mistake::malformed(
            name.at,
            format!("field {} does not support aggregate operator {function:?}", name.text),
        ))
    }

    pub(super) fn having(
        &mut self,
        condition: &Condition,
        scope: &Scope<'_>,
        groups: &mut Groups,
    ) -> Result<Test, Mistake> {
        Ok(match condition {
            Condition::And(parts) => Test::All(
                parts.iter().map(|part| self.having(part, scope, groups)).collect::<Result<_, _>>()?,
            ),
            Condition::Or(parts) => Test::Any(
                parts.iter().map(|part| self.having(part, scope, groups)).collect::<Result<_, _>>()?,
            ),
            Condition::Not(part) => Test::Not(Box::new(self.having(part, scope, groups)?)),
            Condition::Compare { left, operator, right } => {
                let (cell, kind) = self.cell(left, scope, groups)?;
                self.compare(Operand::Cell(cell), kind, left, *operator, right)?
            }
            Condition::In { left, negated, list } => {
                let (cell, kind) = self.cell(left, scope, groups)?;
                self.within(Operand::Cell(cell), kind, left, *negated, list)?
            }
            Condition::InQuery { left, .. } | Condition::Includes { left, .. } => {
                return Err(Mistake::malformed(expression_at(left), "not allowed in HAVING"));
            }
        })
    }
}
