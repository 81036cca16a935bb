//! Why something was not done, told to whoever asked for it.

use async_graphql::{Enum, SimpleObject};

/// A rule that forbids what was asked.
#[derive(Clone, Debug, SimpleObject)]
pub struct UserError {
    /// The place in the input, from `input` on; null where it is about none.
    field: Option<Vec<String>>,
    /// Which kind of rule.
    code: UserErrorCode,
    /// What is wrong, and what would be right, in a sentence.
    message: String,
}

/// Which kind of rule forbids something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum UserErrorCode {
    /// The input makes no sense.
    Invalid,
    /// There is no such thing, or it is somebody else's.
    NotFound,
    /// Not as things stand.
    WrongState,
}

impl UserError {
    /// An error about a member of the input, or about none.
    pub(super) fn new(member: Option<&str>, code: UserErrorCode, message: impl Into<String>) -> Self {
        let field = member.map(|member| vec!["input".to_owned(), member.to_owned()]);
        Self { field, code, message: message.into() }
    }
}
