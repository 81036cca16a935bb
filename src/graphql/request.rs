//! What every resolver finds in its context: the gateway, the caller's view, the request's books.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Context, Error, InputObject, Result};

use crate::capture::Capture;
use crate::domain::view::View;
use crate::source::cached::Freshness;
use crate::source::error::SourceErrorKind;
use crate::unify::inquiry::{Gap, Inquiry};
use crate::unify::live::Live;
use crate::unify::refusal::Refusal;

use super::code::Code;

/// The pieces of a request a resolver works with.
pub struct Request<'a> {
    /// The live path.
    pub live: &'a Arc<Live>,
    /// Who asks.
    pub view: &'a View,
    /// What this request has cost and missed so far.
    pub inquiry: &'a Inquiry,
    /// How far capture is, where there is any.
    pub capture: Option<&'a Capture>,
}

impl Request<'_> {
    /// How far it is until everything is captured, source by source, in a sentence; none where nothing is being
    /// captured, or all is.
    pub fn outlook(&self) -> Option<String> {
        self.capture.and_then(|capture| capture.status().outlook()).or_else(|| self.live.outlook())
    }
}

/// Takes them from the context; the engine puts them there before anything runs.
pub fn request<'a>(ctx: &Context<'a>) -> Request<'a> {
    Request {
        live: ctx.data_unchecked::<Arc<Live>>(),
        view: ctx.data_unchecked::<View>(),
        inquiry: ctx.data_unchecked::<Arc<Inquiry>>(),
        capture: ctx.data_unchecked::<Option<Capture>>().as_ref(),
    }
}

/// How old an answer may be, and whence it comes.
#[derive(Clone, Debug, InputObject)]
pub struct FreshnessInput {
    /// Refuse older data than this. A list that could come from the ledger comes from the vendors instead where the last
    /// capture is older; what the vendors cannot answer is then `LEDGER_REQUIRED`.
    pub max_age_seconds: Option<i32>,
    /// Answer from stale cache when a vendor is down.
    #[graphql(default = true)]
    pub allow_stale: bool,
    /// True: answer from the ledger, ask no vendor, and have `extensions.leadline.freshness` tell how old the answer is;
    /// `LEDGER_REQUIRED` where there is no ledger, and until all of every source has been captured. False: ask the
    /// vendors. Where neither is said, lists come from the ledger once everything is captured, and what is asked for
    /// one by one comes from the vendors.
    pub captured: Option<bool>,
}

impl FreshnessInput {
    /// The oldest an answer may be.
    ///
    /// # Errors
    /// `BAD_INPUT` for a negative age.
    pub fn max_age(&self) -> Result<Option<Duration>> {
        let Some(seconds) = self.max_age_seconds else { return Ok(None) };
        let seconds = u64::try_from(seconds);
        seconds
            .map(|seconds| Some(Duration::from_secs(seconds)))
            .map_err(|_| Code::BadInput.error("maxAgeSeconds must not be negative."))
    }
}

/// Reads the argument `freshness`.
///
/// # Errors
/// `BAD_INPUT` for a negative age; `LEDGER_REQUIRED` for what is captured when not all is.
pub fn freshness(ctx: &Context<'_>, input: Option<&FreshnessInput>) -> Result<Freshness> {
    let Some(input) = input else { return Ok(Freshness::default()) };
    let max_age = input.max_age()?;
    let captured = input.captured.unwrap_or(false);
    let request = request(ctx);
    if captured && !request.live.is_captured() {
        let outlook = request.outlook().unwrap_or_else(|| "These settings capture nothing.".to_owned());
        return Err(Code::LedgerRequired.error(outlook));
    }
    Ok(Freshness { max_age, allow_stale: input.allow_stale, captured })
}

/// The stable code of a silent source.
pub fn gap_code(gap: &Gap) -> Code {
    match gap.kind {
        SourceErrorKind::Limited { .. } => Code::SourceLimited,
        SourceErrorKind::DeadlineExceeded => Code::DeadlineExceeded,
        SourceErrorKind::Rejected { .. } | SourceErrorKind::Unauthorized => Code::SourceRejected,
        SourceErrorKind::Unavailable | SourceErrorKind::BadAnswer => Code::SourceUnavailable,
    }
}

/// The error a refusal becomes.
pub fn refused(refusal: &Refusal) -> Error {
    let code = match refusal {
        Refusal::FilterDenied(_) => Code::FilterDenied,
        Refusal::NoEmail | Refusal::NoDomain | Refusal::UnknownField(_) => Code::BadInput,
        Refusal::UnknownPosition => Code::CursorExpired,
        Refusal::LedgerRequired(_) => Code::LedgerRequired,
        Refusal::Silent(gap) => gap_code(gap),
    };
    code.error(refusal.to_string())
}

/// The error of a field the view denies.
pub fn denied(field: &str) -> Error {
    Code::FieldDenied.error(format!("This view may not see {field}."))
}
