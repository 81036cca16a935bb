//! Sends questions away when too many are being answered, before anything is spent on them.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::media::Media;
use super::{Doors, refusal};

/// Lets a request in when a slot is free.
pub(super) async fn shed(State(doors): State<Doors>, request: Request, next: Next) -> Response {
    let Ok(_slot) = doors.slots.try_acquire() else {
        return refusal::overloaded(Media::for_refusal(request.headers()));
    };
    next.run(request).await
}
