//! The stable codes clients may build on, and the errors that carry them.

use async_graphql::{Error, ErrorExtensions};

/// Why something was not answered; `extensions.code` of every error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// No usable token.
    Unauthenticated,
    /// The token names no view.
    Forbidden,
    /// An argument makes no sense.
    BadInput,
    /// The document is not GraphQL.
    ParseFailed,
    /// The document does not fit the schema of this view.
    ValidationFailed,
    /// The document asks for more than one request may cost.
    TooComplex,
    /// The view denies this field.
    FieldDenied,
    /// The view may not search by this field.
    FilterDenied,
    /// Only captured history can answer this.
    LedgerRequired,
    /// The place a cursor stands for is gone.
    CursorExpired,
    /// A source is silent.
    SourceUnavailable,
    /// A source's quota is spent.
    SourceLimited,
    /// A source refused the question.
    SourceRejected,
    /// Too slow.
    DeadlineExceeded,
    /// The gateway itself has too much to do.
    Overloaded,
    /// No exchange rate is known.
    NoRate,
    /// Our fault; the log has the details under the request id.
    Internal,
}

impl Code {
    /// Every code.
    pub const ALL: [Self; 17] = [
        Self::Unauthenticated,
        Self::Forbidden,
        Self::BadInput,
        Self::ParseFailed,
        Self::ValidationFailed,
        Self::TooComplex,
        Self::FieldDenied,
        Self::FilterDenied,
        Self::LedgerRequired,
        Self::CursorExpired,
        Self::SourceUnavailable,
        Self::SourceLimited,
        Self::SourceRejected,
        Self::DeadlineExceeded,
        Self::Overloaded,
        Self::NoRate,
        Self::Internal,
    ];

    /// The name clients see.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::BadInput => "BAD_INPUT",
            Self::ParseFailed => "PARSE_FAILED",
            Self::ValidationFailed => "VALIDATION_FAILED",
            Self::TooComplex => "TOO_COMPLEX",
            Self::FieldDenied => "FIELD_DENIED",
            Self::FilterDenied => "FILTER_DENIED",
            Self::LedgerRequired => "LEDGER_REQUIRED",
            Self::CursorExpired => "CURSOR_EXPIRED",
            Self::SourceUnavailable => "SOURCE_UNAVAILABLE",
            Self::SourceLimited => "SOURCE_LIMITED",
            Self::SourceRejected => "SOURCE_REJECTED",
            Self::DeadlineExceeded => "DEADLINE_EXCEEDED",
            Self::Overloaded => "OVERLOADED",
            Self::NoRate => "NO_RATE",
            Self::Internal => "INTERNAL",
        }
    }

    /// An error of this kind for a resolver to return.
    pub fn error(self, message: impl Into<String>) -> Error {
        Error::new(message).extend_with(|_, extensions| extensions.set("code", self.as_str()))
    }
}
