//! What is selected: fields, fields of parents, children, and what depends on a parent's type.

use super::super::Mistake;
use super::super::path::{self, Path};
use super::super::plan::{Slot, Tree};
use super::super::tree::{Expression, Function, Item, Name, Statement, TypeOf, Which};
use super::{Binder, Scope};

impl Binder<'_> {
    pub(super) fn tree(
        &mut self,
        statement: &Statement,
        scope: &Scope<'_>,
        root: bool,
    ) -> Result<Tree, Mistake> {
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

    pub(super) fn children(&mut self, query: &Statement, scope: &Scope<'_>) -> Result<Slot, Mistake> {
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

    pub(super) fn type_of(&mut self, type_of: &TypeOf, scope: &Scope<'_>) -> Result<(String, Slot), Mistake> {
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
