//! Whether every variable an operation needs has a value, and an object where one is needed. The rest of what values
//! must look like is the validator's to say; it passes over these two.

use async_graphql::Variables;
use async_graphql::parser::types::ExecutableDocument;
use async_graphql_value::ConstValue;

use super::super::code::Code;
use super::super::document::Refusal;
use super::super::document::vocabulary::{Vocabulary, Word, base};

/// Compares the variables of the operation that runs with the values given.
///
/// # Errors
/// One refusal for each that is missing or no object.
pub(super) fn check(
    document: &ExecutableDocument,
    operation_name: Option<&str>,
    variables: &Variables,
    vocabulary: &Vocabulary,
) -> Result<(), Vec<Refusal>> {
    let mut operations = document.operations.iter();
    let running = operations
        .find(|(name, _)| operation_name.is_none_or(|asked| name.is_some_and(|name| name.as_str() == asked)));
    let Some((_, operation)) = running else { return Ok(()) };
    let mut refusals = Vec::new();
    for definition in &operation.node.variable_definitions {
        let variable = &definition.node;
        let ty = &variable.var_type.node;
        let value = variables.get(&variable.name.node);
        let missing = match value {
            None => variable.default_value.is_none(),
            Some(value) => *value == ConstValue::Null,
        };
        let needs = if missing && !ty.nullable {
            "a value"
        } else if value.is_some_and(|value| !is_object_where_needed(vocabulary, base(ty), value)) {
            "an object"
        } else {
            continue;
        };
        let name: String = variable.name.node.chars().take(80).collect();
        let message = format!("Variable \"${name}\" of type \"{ty}\" needs {needs}.");
        refusals.push(Refusal { code: Code::BadInput, message, place: Some(definition.pos) });
    }
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// Whether every input object within the value is one.
fn is_object_where_needed(vocabulary: &Vocabulary, ty: &str, value: &ConstValue) -> bool {
    let Some(Word::Input(fields)) = vocabulary.get(ty) else { return true };
    match value {
        ConstValue::Null => true,
        ConstValue::List(items) => items.iter().all(|item| is_object_where_needed(vocabulary, ty, item)),
        ConstValue::Object(values) => values.iter().all(|(name, value)| {
            fields.get(name.as_str()).is_none_or(|ty| is_object_where_needed(vocabulary, ty, value))
        }),
        _ => false,
    }
}
