//! Why a question about one thing has no answer.

use super::inquiry::Gap;

/// Why a question has no answer. The doors give each kind its stable code.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// The view may not search by this.
    #[error("This view may not search by {0}.")]
    FilterDenied(&'static str),
    /// No such field of the company's own, as far as this view knows.
    #[error("There is no field `{0}`.")]
    UnknownField(String),
    /// The text is no e-mail address.
    #[error("This is not an e-mail address.")]
    NoEmail,
    /// The text is no domain.
    #[error("This is not a domain.")]
    NoDomain,
    /// The only source that could tell is silent.
    #[error("{}", .0.message)]
    Silent(Gap),
    /// The question spans sources; only captured history can answer it.
    #[error("{0}")]
    LedgerRequired(String),
    /// The cursor stands for no place of this list.
    #[error("This cursor stands for no place of this list; start over.")]
    UnknownPosition,
}

impl From<super::walk::UnknownPosition> for Refusal {
    fn from(_: super::walk::UnknownPosition) -> Self {
        Self::UnknownPosition
    }
}
