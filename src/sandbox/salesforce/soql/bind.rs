//! Looking up a statement's names and typing its literals: where most mistakes of callers are found.

use chrono::{DateTime, NaiveDate, Utc};

use super::super::id::RecordId;
use super::super::schema::{Kind, ObjectNo, Schema};
use super::super::store::{Store, Value, read_instant};
use super::like::Pattern;
use super::moments;
use super::path::{self, Path};
use super::plan::{Bound, Cell, Groups, Operand, Plan, Set, Shape, Slot, Sort, Test, Tree};
use super::tree::{
    Condition, Expression, Function, Item, Literal, Name, Operator, Order, Statement, TypeOf, Which,
};
use super::{Mistake, run};

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

    // What is selected.

    fn tree(&mut self, statement: &Statement, scope: &Scope<'_>, root: bool) -> Result<Tree, Mistake> {
        let mut tree = Tree::default();
        for item in &statement.items {
            match item {
                Item::CountAll { at } => {
                    return Err(Mistake::malformed(
                        *at,
                        "COUNT() must be the only element in the select list",
                    ));
                }
                Item::Fields { which, at } => {
                    if *which != Which::Standard && statement.limit.is_none_or(|limit| limit > 200) {
                        return Err(Mistake::malformed(
                            *at,
                            "The SOQL FIELDS function must have a LIMIT of at most 200",
                        ));
                    }
                    let object = &self.schema().objects[scope.object];
                    for field in &object.fields {
                        let wanted = match which {
                            Which::All => true,
                            Which::Standard => !field.custom,
                            Which::Custom => field.custom,
                        };
                        if wanted {
                            let end = path::end(self.schema(), &[scope.object], &field.name, *at)?;
                            tree.slots.push((field.name.clone(), Slot::Field(end)));
                        }
                    }
                }
                Item::Expression { value, alias } => {
                    let (name, function) = match value {
                        Expression::Path(name) => (name, None),
                        Expression::Call { function, path, at } => {
                            let name =
                                path.as_ref().ok_or_else(|| Mistake::malformed(*at, "a field is missing"))?;
                            (name, Some(*function))
                        }
                    };
                    if let Some(alias) = alias.as_ref().filter(|_| function.is_none()) {
                        return Err(Mistake::malformed(
                            alias.at,
                            "only aggregate expressions use field aliasing",
                        ));
                    }
                    if function.is_some_and(|it| !matches!(it, Function::ToLabel | Function::Format)) {
                        return Err(Mistake::malformed(
                            name.at,
                            format!("Field must be grouped or aggregated: {}", name.text),
                        ));
                    }
                    let path = self.path(scope, name)?;
                    put(&mut tree, path, alias.as_ref(), name)?;
                }
                Item::Children(query) => {
                    if !root {
                        return Err(Mistake::malformed(
                            query.at,
                            "Nesting of sub-selects is not allowed here",
                        ));
                    }
                    let slot = self.children(query, scope)?;
                    let name = self.schema().objects[scope.object]
                        .child(&query.from.text)
                        .map_or_else(|| query.from.text.clone(), |child| child.name.clone());
                    tree.slots.push((name, slot));
                }
                Item::TypeOf(type_of) => {
                    let (name, slot) = self.type_of(type_of, scope)?;
                    tree.slots.push((name, slot));
                }
            }
        }
        Ok(tree)
    }

    fn children(&mut self, query: &Statement, scope: &Scope<'_>) -> Result<Slot, Mistake> {
        let parent = &self.schema().objects[scope.object];
        let name = &query.from;
        let child = parent.child(&name.text).cloned().ok_or_else(|| {
            Mistake::new(
                "INVALID_TYPE",
                name.at,
                format!(
                    "Didn't understand relationship '{}' in FROM part of query call. If you are attempting to use a \
                     custom relationship, be sure to append the '__r' after the custom relationship name. Please \
                     reference your WSDL or the describe call for the appropriate names.",
                    name.text
                ),
            )
        })?;
        let plan = Box::new(self.statement(query, child.object, false)?);
        Ok(Slot::Children { plan, field: child.field })
    }

    fn type_of(&mut self, type_of: &TypeOf, scope: &Scope<'_>) -> Result<(String, Slot), Mistake> {
        let at = type_of.relationship.at;
        let mut steps = path::steps(self.schema(), scope.object, &[&type_of.relationship.text], at)?;
        let step = steps.remove(0);
        let mut cases = Vec::new();
        for (object, fields) in &type_of.cases {
            let target = self.object(object)?;
            if !step.targets.contains(&target) {
                return Err(Mistake::field(
                    object.at,
                    format!("'{}' cannot be what {} refers to", object.text, type_of.relationship.text),
                ));
            }
            let inner = Scope { object: target, alias: None };
            let mut tree = Tree::default();
            for field in fields {
                put(&mut tree, self.path(&inner, field)?, None, field)?;
            }
            cases.push((target, tree));
        }
        let mut otherwise = Tree::default();
        for field in &type_of.otherwise {
            let end = path::end(self.schema(), &step.targets, &field.text, field.at)?;
            put(&mut otherwise, Path { steps: Vec::new(), end }, None, field)?;
        }
        let otherwise = (!type_of.otherwise.is_empty()).then_some(otherwise);
        Ok((step.name.clone(), Slot::TypeOf { step, cases, otherwise }))
    }

    fn path(&self, scope: &Scope<'_>, name: &Name) -> Result<Path, Mistake> {
        path::path(self.schema(), scope.object, scope.alias, name)
    }

    // Groups.

    fn groups(&mut self, statement: &Statement, scope: &Scope<'_>) -> Result<(Groups, Vec<Sort>), Mistake> {
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
    fn cell(
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

    fn aggregated(&self, function: Function, scope: &Scope<'_>, name: &Name) -> Result<Path, Mistake> {
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

    fn having(
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

    // Conditions.

    fn operand(&self, expression: &Expression, scope: &Scope<'_>) -> Result<Operand, Mistake> {
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
    fn filterable(&self, expression: &Expression, scope: &Scope<'_>, what: &str) -> Result<Operand, Mistake> {
        let operand = self.operand(expression, scope)?;
        match &operand {
            Operand::Path(path) if !path.end.filterable => Err(Mistake::field(
                expression_at(expression),
                format!("field '{}' can not be {what} in a query call", path.end.name),
            )),
            _ => Ok(operand),
        }
    }

    fn test(&mut self, condition: &Condition, scope: &Scope<'_>, inside_or: bool) -> Result<Test, Mistake> {
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

    fn compare(
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

    fn within(
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

    fn semi_join(
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

    /// Types a literal for the field it is compared with.
    fn bound(&self, literal: &Literal, kind: Kind, expression: &Expression) -> Result<Bound, Mistake> {
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

/// Puts a path into the tree of what is printed, nesting by the references it follows.
fn put(tree: &mut Tree, path: Path, alias: Option<&Name>, name: &Name) -> Result<(), Mistake> {
    let mut here = tree;
    for step in path.steps {
        let place = here.slots.iter().position(|(key, _)| *key == step.name).unwrap_or_else(|| {
            here.slots.push((step.name.clone(), Slot::Parent { step, tree: Tree::default() }));
            here.slots.len() - 1
        });
        let Slot::Parent { tree, .. } = &mut here.slots[place].1 else {
            return Err(Mistake::malformed(name.at, format!("duplicate field selected: {}", name.text)));
        };
        here = tree;
    }
    let key = alias.map_or_else(|| path.end.name.clone(), |alias| alias.text.clone());
    if here.slots.iter().any(|(other, _)| *other == key) {
        return Err(Mistake::malformed(name.at, format!("duplicate field selected: {}", name.text)));
    }
    here.slots.push((key, Slot::Field(path.end)));
    Ok(())
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

fn has_semi_join(condition: &Condition) -> bool {
    match condition {
        Condition::And(parts) | Condition::Or(parts) => parts.iter().any(has_semi_join),
        Condition::Not(part) => has_semi_join(part),
        Condition::InQuery { .. } => true,
        _ => false,
    }
}
