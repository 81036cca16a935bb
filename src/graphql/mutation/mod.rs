//! Everything a client can have done. A rule of the business that forbids it answers `userErrors`, not an error.

mod export;
mod user_error;

use async_graphql::{Context, Object, Result};

pub use export::{ExportCancelInput, ExportInput, ExportPayload};
pub use user_error::{UserError, UserErrorCode};

/// The root of everything that is not reading alone; sent by POST.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mutation;

#[Object]
impl Mutation {
    /// Has a dataset written into files, as far as this view sees it: for tables too large to wait for. Ask `export` how
    /// far it is. Any view may ask, and nobody else sees what was asked for.
    async fn export_create(&self, ctx: &Context<'_>, input: ExportInput) -> Result<ExportPayload> {
        export::create(ctx, input).await
    }

    /// Ends an export of yours, also one that is whole: nothing stays of its files.
    async fn export_cancel(&self, ctx: &Context<'_>, input: ExportCancelInput) -> ExportPayload {
        export::cancel(ctx, input).await
    }
}
