//! `/schema.graphql`: the schema as the caller's view knows it, for code generation.

use axum::Extension;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use crate::domain::view::View;

use super::Doors;

/// The caller's schema as text.
pub(super) async fn of_view(
    State(doors): State<Doors>,
    Extension(view): Extension<View>,
) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], doors.engine.sdl(&view).to_string())
}
