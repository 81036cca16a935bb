//! How large an answer a document asks for, found in one pass over its fragments.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet};
use async_graphql::{Name, Variables};
use async_graphql_value::{ConstValue, Value};

use super::super::code::Code;
use super::{Limits, Refusal};

/// What a document asks for, with every fragment counted at every spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Selected fields.
    pub selections: u64,
    /// Fields within fields.
    pub depth: u64,
    /// Fields under another name.
    pub aliases: u64,
    /// Objects and values of the answer, by the lengths the document asks for.
    pub cost: u64,
    /// Selected fields below `__schema` and `__type`.
    introspection: u64,
    /// Lists within lists below `__schema` and `__type`.
    introspection_lists: u64,
}

/// Introspection has a budget of its own, wide enough for every tool's standard question.
const INTROSPECTION_SELECTIONS: u64 = 2_000;
/// The standard question lists arguments of fields of types.
const INTROSPECTION_LISTS: u64 = 3;

/// Measures the chosen operation.
///
/// # Errors
/// When it is over a limit, or a fragment contains itself.
pub fn measure(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
    limits: &Limits,
) -> Result<Size, Refusal> {
    let mut measuring = Measuring { document, operation, variables, fragments: HashMap::new() };
    let size = measuring.set(&operation.selection_set.node)?;
    let too_much = |what: &str, most: u64, asked: u64| {
        let message = format!("The document asks for {asked} {what}; one request may ask for {most}.");
        Err(Refusal::new(Code::TooComplex, message))
    };
    if size.selections > limits.selections {
        return too_much("fields", limits.selections, size.selections);
    }
    if size.introspection > INTROSPECTION_SELECTIONS {
        return too_much("introspection fields", INTROSPECTION_SELECTIONS, size.introspection);
    }
    if size.introspection_lists > INTROSPECTION_LISTS {
        return too_much("nested introspection lists", INTROSPECTION_LISTS, size.introspection_lists);
    }
    if size.depth > limits.depth {
        return too_much("levels", limits.depth, size.depth);
    }
    if size.aliases > limits.aliases {
        return too_much("aliases", limits.aliases, size.aliases);
    }
    if size.cost > limits.cost {
        return too_much("objects", limits.cost, size.cost);
    }
    Ok(size)
}

struct Measuring<'a> {
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: &'a Variables,
    /// None while the fragment is being measured, so that one containing itself is seen.
    fragments: HashMap<&'a Name, Option<Size>>,
}

impl<'a> Measuring<'a> {
    fn set(&mut self, set: &'a SelectionSet) -> Result<Size, Refusal> {
        let mut total = Size::default();
        for selection in &set.items {
            let part = match &selection.node {
                Selection::Field(field) => self.field(&field.node)?,
                Selection::InlineFragment(fragment) => self.set(&fragment.node.selection_set.node)?,
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node)?,
            };
            total = Size {
                selections: total.selections.saturating_add(part.selections),
                depth: total.depth.max(part.depth),
                aliases: total.aliases.saturating_add(part.aliases),
                cost: total.cost.saturating_add(part.cost),
                introspection: total.introspection.saturating_add(part.introspection),
                introspection_lists: total.introspection_lists.max(part.introspection_lists),
            };
        }
        Ok(total)
    }

    fn field(&mut self, field: &'a Field) -> Result<Size, Refusal> {
        let below = self.set(&field.selection_set.node)?;
        let alias = u64::from(field.alias.is_some());
        let name = field.name.node.as_str();
        if matches!(name, "__schema" | "__type") {
            return Ok(Size {
                selections: 1,
                depth: 1,
                aliases: alias,
                cost: 1,
                introspection: below.selections,
                introspection_lists: below.introspection_lists,
            });
        }
        let lists = matches!(
            name,
            "types" | "fields" | "args" | "inputFields" | "enumValues" | "possibleTypes" | "interfaces"
        );
        Ok(Size {
            selections: below.selections.saturating_add(1),
            depth: below.depth.saturating_add(1),
            aliases: below.aliases.saturating_add(alias),
            cost: below.cost.saturating_mul(self.length(field)).saturating_add(1),
            introspection: below.introspection,
            introspection_lists: below.introspection_lists + u64::from(lists),
        })
    }

    fn fragment(&mut self, name: &'a Name) -> Result<Size, Refusal> {
        match self.fragments.get(name) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => {
                let message = format!("Fragment \"{name}\" contains itself.");
                return Err(Refusal::new(Code::ValidationFailed, message));
            }
            None => {}
        }
        // An unknown fragment is the validator's to name.
        let Some(fragment) = self.document.fragments.get(name) else { return Ok(Size::default()) };
        self.fragments.insert(name, None);
        let size = self.set(&fragment.node.selection_set.node)?;
        self.fragments.insert(name, Some(size));
        Ok(size)
    }

    /// How many objects a field may bring: its page size, or as many as it names.
    fn length(&self, field: &Field) -> u64 {
        let longest = field.arguments.iter().filter_map(|(name, value)| {
            let value = self.constant(&value.node)?;
            match (name.node.as_str(), value) {
                ("first" | "last", ConstValue::Number(number)) => number.as_u64(),
                ("ids" | "emails" | "inputs", ConstValue::List(items)) => Some(items.len() as u64),
                _ => None,
            }
        });
        longest.max().unwrap_or(1).max(1)
    }

    fn constant(&self, value: &Value) -> Option<ConstValue> {
        match value {
            Value::Variable(name) => self.variables.get(name).cloned().or_else(|| {
                let definition =
                    self.operation.variable_definitions.iter().find(|own| own.node.name.node == *name)?;
                definition.node.default_value().cloned()
            }),
            value => value.clone().into_const(),
        }
    }
}
