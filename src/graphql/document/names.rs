//! Every name in a document must be a word of the view. A hidden name and an unknown one take the same path and get
//! the same sentence, so that nothing can be told from the difference.

use std::collections::HashSet;

use async_graphql::parser::types::{ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet};
use async_graphql::{Name, Pos, Variables};
use async_graphql_value::{ConstValue, Value};

use super::super::code::Code;
use super::Refusal;
use super::vocabulary::{Vocabulary, Word, base};

/// Compares fields, arguments, variables and the values within them with the vocabulary.
pub fn check(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
    vocabulary: &Vocabulary,
) -> Vec<Refusal> {
    let mut checking = Checking { document, vocabulary, seen: HashSet::new(), refusals: Vec::new() };
    // Every operation is compared, not only the one that runs: the validator looks at them all.
    for (_, definition) in document.operations.iter() {
        for variable in &definition.node.variable_definitions {
            checking.variable(&variable.node, variable.pos);
        }
        let root = vocabulary.root(&definition.node.ty.to_string());
        if let Some(root) = root {
            checking.set(root, &definition.node.selection_set.node);
        } else {
            let message = format!("The schema of this view has no {} operations.", definition.node.ty);
            checking.refuse(definition.pos, message);
        }
    }
    for definition in &operation.variable_definitions {
        if let Some(value) = variables.get(&definition.node.name.node) {
            checking.constant(base(&definition.node.var_type.node), value, definition.pos);
        }
    }
    checking.refusals
}

struct Checking<'a> {
    document: &'a ExecutableDocument,
    vocabulary: &'a Vocabulary,
    /// A fragment is compared once, however often it is spread.
    seen: HashSet<&'a Name>,
    refusals: Vec<Refusal>,
}

impl<'a> Checking<'a> {
    fn refuse(&mut self, place: Pos, message: String) {
        self.refusals.push(Refusal::at(Code::ValidationFailed, place, message));
    }

    fn variable(&mut self, definition: &async_graphql::parser::types::VariableDefinition, place: Pos) {
        let name = base(&definition.var_type.node);
        match self.vocabulary.get(name) {
            None | Some(Word::Fields(_) | Word::Union) => {
                self.refuse(place, format!("Unknown type \"{}\"", shorten(name)));
            }
            Some(_) => {
                if let Some(value) = &definition.default_value {
                    self.constant(name, &value.node, value.pos);
                }
            }
        }
    }

    fn set(&mut self, parent: &str, set: &'a SelectionSet) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => self.field(parent, &field.node, field.pos),
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref();
                    let parent = on.map_or(parent, |on| on.node.on.node.as_str());
                    if self.is_output(parent, fragment.pos) {
                        self.set(parent, &fragment.node.selection_set.node);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some((name, fragment)) = self.document.fragments.get_key_value(name)
                        && self.seen.insert(name)
                    {
                        let on = fragment.node.type_condition.node.on.node.as_str();
                        if self.is_output(on, fragment.pos) {
                            self.set(on, &fragment.node.selection_set.node);
                        }
                    }
                }
            }
        }
    }

    fn is_output(&mut self, name: &str, place: Pos) -> bool {
        let known = matches!(self.vocabulary.get(name), Some(Word::Fields(_) | Word::Union));
        if !known {
            self.refuse(place, format!("Unknown type \"{}\"", shorten(name)));
        }
        known
    }

    fn field(&mut self, parent: &str, field: &'a Field, place: Pos) {
        let name = field.name.node.as_str();
        // What stands below the introspection fields is fixed and the validator's to check.
        if name.starts_with("__") {
            return;
        }
        let vocabulary = self.vocabulary;
        let Some(word) = vocabulary.field(parent, name) else {
            self.refuse(place, format!("Unknown field \"{}\" on type \"{parent}\".", shorten(name)));
            return;
        };
        for (argument, value) in &field.arguments {
            match word.arguments.get(argument.node.as_str()) {
                Some(ty) => self.value(ty, &value.node, value.pos),
                None => self.refuse(
                    argument.pos,
                    format!(
                        "Unknown argument \"{}\" on field \"{name}\" of type \"{parent}\".",
                        shorten(argument.node.as_str())
                    ),
                ),
            }
        }
        self.set(&word.gives, &field.selection_set.node);
    }

    fn value(&mut self, ty: &str, value: &Value, place: Pos) {
        match value {
            Value::List(items) => items.iter().for_each(|item| self.value(ty, item, place)),
            Value::Object(fields) => {
                let vocabulary = self.vocabulary;
                let Some(Word::Input(known)) = vocabulary.get(ty) else { return };
                for (name, value) in fields {
                    match known.get(name.as_str()) {
                        Some(ty) => self.value(ty, value, place),
                        None => self.unknown_input(ty, name.as_str(), place),
                    }
                }
            }
            Value::Enum(name) => self.enum_value(ty, name.as_str(), place),
            _ => {}
        }
    }

    fn constant(&mut self, ty: &str, value: &ConstValue, place: Pos) {
        match value {
            ConstValue::List(items) => items.iter().for_each(|item| self.constant(ty, item, place)),
            ConstValue::Object(fields) => {
                let vocabulary = self.vocabulary;
                let Some(Word::Input(known)) = vocabulary.get(ty) else { return };
                for (name, value) in fields {
                    match known.get(name.as_str()) {
                        Some(ty) => self.constant(ty, value, place),
                        None => self.unknown_input(ty, name.as_str(), place),
                    }
                }
            }
            ConstValue::Enum(name) => self.enum_value(ty, name.as_str(), place),
            // Variables carry enum values as strings.
            ConstValue::String(name) if matches!(self.vocabulary.get(ty), Some(Word::Values(_))) => {
                self.enum_value(ty, name, place);
            }
            _ => {}
        }
    }

    fn unknown_input(&mut self, ty: &str, name: &str, place: Pos) {
        self.refuse(place, format!("Unknown field \"{}\" on input type \"{ty}\".", shorten(name)));
    }

    fn enum_value(&mut self, ty: &str, name: &str, place: Pos) {
        if let Some(Word::Values(values)) = self.vocabulary.get(ty)
            && !values.contains(name)
        {
            self.refuse(place, format!("Enum \"{ty}\" has no value \"{}\".", shorten(name)));
        }
    }
}

/// A name as long as the document must not come back in every message.
fn shorten(name: &str) -> String {
    name.chars().take(80).collect()
}
