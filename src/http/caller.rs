//! Who asks: the token in `Authorization`, and the view it is granted.

use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::Response;

use crate::auth::Refusal;

use super::arrival::RequestId;
use super::media::Media;
use super::{Doors, refusal};

/// Puts the caller's view beside the request, or answers 401 or 403.
pub(super) async fn authenticate(State(doors): State<Doors>, mut request: Request, next: Next) -> Response {
    let tokens: Vec<Vec<u8>> =
        request.headers().get_all(AUTHORIZATION).iter().map(|value| value.as_bytes().to_vec()).collect();
    match doors.authority.view_of_headers(tokens.iter().map(Vec::as_slice)).await {
        Ok(view) => {
            request.extensions_mut().insert(view);
            next.run(request).await
        }
        Err(reason) => {
            let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
            tracing::info!(request.id = &*id, "refused: {reason}");
            let media = Media::for_refusal(request.headers());
            match reason {
                Refusal::Unauthenticated(_) => refusal::unauthenticated(media),
                Refusal::Forbidden(_) => refusal::forbidden(media),
            }
        }
    }
}
