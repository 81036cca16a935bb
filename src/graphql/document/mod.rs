//! What a document must pass before anything of it runs.
//!
//! The library's own limits walk a fragment again at every spread, its validator panics on an unknown type, and it
//! runs fields that are merely hidden. So a document is first bounded as text, then parsed, measured in one pass
//! over its fragments, and compared with the [`Vocabulary`] of the caller's view. Only then
//! does the library see it.

pub mod lex;
pub mod measure;
pub mod names;
pub mod vocabulary;

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType};
use async_graphql::{Pos, Variables};

use super::code::Code;
use measure::Size;
use vocabulary::Vocabulary;

/// The most one document may ask for.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of text.
    pub bytes: usize,
    /// Tokens of text.
    pub tokens: usize,
    /// Brackets open at once.
    pub brackets: usize,
    /// Directives in the whole document.
    pub directives: usize,
    /// Selected fields, counting a fragment at every spread.
    pub selections: u64,
    /// Fields within fields.
    pub depth: u64,
    /// Fields under another name, counting a fragment at every spread.
    pub aliases: u64,
    /// Objects the answer may hold, by the lengths the document asks for.
    pub cost: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 32 * 1024,
            tokens: 2_000,
            brackets: 30,
            directives: 20,
            selections: 1_000,
            depth: 15,
            aliases: 50,
            cost: 20_000,
        }
    }
}

/// Why a document is not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The stable code.
    pub code: Code,
    /// What is wrong, in a sentence about the caller's own text.
    pub message: String,
    /// Where in the text.
    pub place: Option<Pos>,
}

impl Refusal {
    fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), place: None }
    }

    fn at(code: Code, place: Pos, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), place: Some(place) }
    }
}

/// A document that may run.
#[derive(Debug)]
pub struct Admitted {
    /// The parsed document.
    pub document: ExecutableDocument,
    /// What it may cost.
    pub size: Size,
    /// Whether the operation changes anything.
    pub operation: OperationType,
}

/// At most so many refusals are told: a document must not be answered by a longer one.
const MOST_REFUSALS: usize = 10;

/// Checks a document against the limits and the view's vocabulary.
///
/// # Errors
/// Everything that is wrong with it, at most ten entries.
pub fn admit(
    text: &str,
    operation_name: Option<&str>,
    variables: &Variables,
    vocabulary: &Vocabulary,
    limits: &Limits,
) -> Result<Admitted, Vec<Refusal>> {
    lex::check(text, limits).map_err(|refusal| vec![refusal])?;
    let document = async_graphql::parser::parse_query(text).map_err(|error| vec![parse_refusal(&error)])?;
    let operation = chosen(&document, operation_name).map_err(|refusal| vec![refusal])?;
    let size = measure::measure(&document, operation, variables, limits).map_err(|refusal| vec![refusal])?;
    let mut refusals = names::check(&document, operation, variables, vocabulary);
    if !refusals.is_empty() {
        refusals.truncate(MOST_REFUSALS);
        return Err(refusals);
    }
    let operation = operation.ty;
    Ok(Admitted { document, size, operation })
}

/// The operation that would run.
fn chosen<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Result<&'a OperationDefinition, Refusal> {
    let mut operations = document.operations.iter();
    let found = if let Some(name) = name {
        operations.find(|(own, _)| own.is_some_and(|own| own.as_str() == name))
    } else {
        let first = operations.next();
        if operations.next().is_some() {
            let message = "The document has several operations; say which one in operationName.";
            return Err(Refusal::new(Code::ValidationFailed, message));
        }
        first
    };
    found.map(|(_, operation)| &operation.node).ok_or_else(|| {
        Refusal::new(Code::ValidationFailed, "The document has no operation of the name in operationName.")
    })
}

fn parse_refusal(error: &async_graphql::parser::Error) -> Refusal {
    let message = error.to_string();
    let message: String = message.chars().take(300).collect();
    Refusal { code: Code::ParseFailed, message, place: error.positions().next() }
}

#[cfg(test)]
mod tests;
