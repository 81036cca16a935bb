//! Exports into files: asked for and cancelled. Nothing is decided here: `export::jobs` says what can be done.

use crate::domain::id::{NodeId, NodeKind};
use crate::export::Refusal;
use crate::export::jobs::{CancelRefusal, CreateRefusal, Jobs, Wish};
use async_graphql::{Context, ID, InputObject, Result, SimpleObject};

use super::super::code::Code;
use super::super::numbers::input::PeriodInput;
use super::super::object::export::{Export, ExportFormat};
use super::super::query::ExportDataset;
use super::super::request::request;
use super::super::scalars::{ChangeCursor, TimeZone};
use super::{UserError, UserErrorCode};

const NO_DIRECTORY: &str = "This gateway writes no files: its settings have no [exports] with a directory. GET /export has the same rows.";

/// What to write into files.
#[derive(Clone, Debug, InputObject)]
pub struct ExportInput {
    /// Which table.
    pub dataset: ExportDataset,
    /// How files are written.
    pub format: ExportFormat,
    /// Only rows of these days, by the dataset's time column; rows without an instant are then left out.
    pub period: Option<PeriodInput>,
    /// Only rows observed since: the `nextCursor` of an export, or a cursor of `changes`.
    pub updated_after: Option<ChangeCursor>,
    /// These columns in this order; all there are for this view where none are named.
    pub columns: Option<Vec<String>>,
    /// The zone days and months begin in; the settings' where none is named.
    pub time_zone: Option<TimeZone>,
    /// Comes back as it is.
    pub client_mutation_id: Option<String>,
}

/// Which export to cancel.
#[derive(Clone, Debug, InputObject)]
pub struct ExportCancelInput {
    /// Its id.
    pub id: ID,
    /// Comes back as it is.
    pub client_mutation_id: Option<String>,
}

/// An export as it stands after what was asked for.
#[derive(Clone, Debug, SimpleObject)]
pub struct ExportPayload {
    /// The export; null where nothing was done.
    export: Option<Export>,
    /// Why nothing was done.
    user_errors: Vec<UserError>,
    /// As it was sent.
    client_mutation_id: Option<String>,
}

/// Has a dataset written into files.
pub(super) async fn create(ctx: &Context<'_>, input: ExportInput) -> Result<ExportPayload> {
    let client_mutation_id = input.client_mutation_id.clone();
    let Some(jobs) = jobs(ctx) else {
        let error = UserError::new(None, UserErrorCode::WrongState, NO_DIRECTORY);
        return Ok(refused(error, client_mutation_id));
    };
    let wish = match wish(jobs, input) {
        Ok(wish) => wish,
        Err(error) => return Ok(refused(error, client_mutation_id)),
    };
    match jobs.create(request(ctx).view, wish).await {
        Ok(made) => Ok(ExportPayload {
            export: Some(Export::new(made, jobs.clone())),
            user_errors: Vec::new(),
            client_mutation_id,
        }),
        Err(refusal) => Ok(refused(told(&refusal)?, client_mutation_id)),
    }
}

/// Cancels an export.
pub(super) async fn cancel(ctx: &Context<'_>, input: ExportCancelInput) -> ExportPayload {
    let ExportCancelInput { id, client_mutation_id } = input;
    let refuse =
        |code, message| refused(UserError::new(Some("id"), code, message), client_mutation_id.clone());
    let unknown = || refuse(UserErrorCode::NotFound, "You have no such export.");
    let node = NodeId::decode(&id).filter(|node| node.kind == NodeKind::Export);
    let (Some(jobs), Some(node)) = (jobs(ctx), node) else { return unknown() };
    match jobs.cancel(request(ctx).view, &node.key.id).await {
        Ok(made) => ExportPayload {
            export: Some(Export::new(made, jobs.clone())),
            user_errors: Vec::new(),
            client_mutation_id: client_mutation_id.clone(),
        },
        Err(CancelRefusal::Unknown) => unknown(),
        Err(CancelRefusal::Gone) => {
            refuse(UserErrorCode::WrongState, "The export has ended, and there are no files of it.")
        }
    }
}

fn jobs<'a>(ctx: &Context<'a>) -> Option<&'a Jobs> {
    ctx.data_unchecked::<Option<Jobs>>().as_ref()
}

fn refused(error: UserError, client_mutation_id: Option<String>) -> ExportPayload {
    ExportPayload { export: None, user_errors: vec![error], client_mutation_id }
}

/// What a refusal tells whoever asked.
///
/// # Errors
/// For what is our fault.
fn told(refusal: &CreateRefusal) -> Result<UserError> {
    let (member, code) = match refusal {
        CreateRefusal::Rows(Refusal::BadInput(_)) => (Some("columns"), UserErrorCode::Invalid),
        CreateRefusal::Rows(Refusal::Unknown(_)) => (Some("dataset"), UserErrorCode::Invalid),
        CreateRefusal::Rows(Refusal::StartOver(_)) => (Some("updatedAfter"), UserErrorCode::Invalid),
        CreateRefusal::Rows(Refusal::NothingCaptured | Refusal::NotYet(_))
        | CreateRefusal::TooMany(_)
        | CreateRefusal::Full => (None, UserErrorCode::WrongState),
        CreateRefusal::NoRoom(cause) => {
            tracing::error!("an export could not be written down: {cause}");
            (None, UserErrorCode::WrongState)
        }
        CreateRefusal::Rows(Refusal::Unreadable(_)) => return Err(Code::Internal.error(refusal.to_string())),
    };
    Ok(UserError::new(member, code, refusal.to_string()))
}

fn wish(jobs: &Jobs, input: ExportInput) -> std::result::Result<Wish, UserError> {
    let invalid = |member, message: &str| UserError::new(Some(member), UserErrorCode::Invalid, message);
    let zone = match &input.time_zone {
        None => jobs.zone(),
        Some(zone) => zone
            .0
            .parse()
            .map_err(|_| invalid("timeZone", "timeZone is no IANA zone such as Europe/Berlin."))?,
    };
    let days = input.period.map(PeriodInput::days).transpose();
    let days = days.map_err(|error| invalid("period", &error.message))?;
    let after = input.updated_after.map(|cursor| jobs.sequence_of(&cursor.0)).transpose();
    let after_sequence = after.map_err(|refusal| {
        let code = match refusal {
            Refusal::BadInput(_) | Refusal::StartOver(_) => UserErrorCode::Invalid,
            _ => UserErrorCode::WrongState,
        };
        UserError::new(Some("updatedAfter"), code, refusal.to_string())
    })?;
    let span = days.map(|days| days.instants(zone));
    Ok(Wish {
        dataset: input.dataset.into(),
        format: input.format.into(),
        from: span.map(|(from, _)| from),
        to: span.map(|(_, to)| to),
        after_sequence,
        columns: input.columns.map(|names| names.into_iter().map(Into::into).collect()),
        zone,
    })
}
