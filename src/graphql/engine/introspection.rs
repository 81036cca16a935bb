//! Questions about the schema itself, answered once for all who may name the same things: tools ask the same long
//! document at every start, and its answer depends on nothing but the words of the view.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_graphql::Variables;
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, Selection};

use super::{Answer, Outcome};

/// At most so many answers for one set of words.
const MOST: usize = 16;

/// Answers to questions about the schema.
#[derive(Default)]
pub(super) struct Introspected(Mutex<HashMap<String, Answer>>);

impl Introspected {
    /// The answer given before.
    pub(super) fn get(&self, asked: &str) -> Option<Answer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(asked).cloned()
    }

    /// Keeps an answer in which nothing went wrong, while there is room.
    pub(super) fn keep(&self, asked: String, answer: &Answer) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if answer.outcome == Outcome::Executed && answer.codes.is_empty() && kept.len() < MOST {
            kept.insert(asked, answer.clone());
        }
    }
}

/// What tells one question about the schema from another; none for a question about anything else.
pub(super) fn asked(
    text: &str,
    document: &ExecutableDocument,
    name: Option<&str>,
    variables: &Variables,
) -> Option<String> {
    let is_asked = |own: Option<&str>| name.is_none() || own == name;
    let mut operations = document.operations.iter();
    let (_, operation) = operations.find(|(own, _)| is_asked(own.map(async_graphql::Name::as_str)))?;
    is_about_the_schema(&operation.node).then(|| {
        let variables = serde_json::to_string(variables).expect("variables are plain JSON");
        format!("{name:?} {variables} {text}")
    })
}

/// Every field at the root is one of the language itself.
fn is_about_the_schema(operation: &OperationDefinition) -> bool {
    operation.selection_set.node.items.iter().all(|item| match &item.node {
        Selection::Field(field) => field.node.name.node.starts_with("__"),
        Selection::FragmentSpread(_) | Selection::InlineFragment(_) => false,
    })
}
