//! Why rows cannot be given.

use crate::facts::FactsError;

/// Why a dataset cannot be given.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The caller asks for what makes no sense; says what would.
    #[error("{0}")]
    BadInput(String),
    /// There is no such dataset for this view.
    #[error("{0}")]
    Unknown(String),
    /// Nothing is captured with these settings.
    #[error("Exports are made of captured records; these settings capture nothing.")]
    NothingCaptured,
    /// Capture has not caught up yet; says how far it is.
    #[error("{0}")]
    NotYet(String),
    /// The place a cursor stands for is not known any more.
    #[error("{0}")]
    StartOver(String),
    /// The ledger could not be read.
    #[error("the rows could not be read")]
    Unreadable(#[from] FactsError),
}
