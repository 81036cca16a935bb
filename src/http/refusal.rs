//! Refusals, each in the shape of a GraphQL error.

use std::any::Any;

use axum::body::Body;
use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::json;

use crate::auth::CHALLENGE;
use crate::graphql::code::Code;

use super::media::Media;
use super::meters;

/// An answer without data.
pub(super) fn refuse(status: StatusCode, media: Media, code: Code, message: &str) -> Response {
    meters::count_error(code.as_str());
    let body = json!({ "errors": [{ "message": message, "extensions": { "code": code.as_str() } }] });
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, media.content_type());
    response
}

/// No valid token. Every reason looks alike.
pub(super) fn unauthenticated(media: Media) -> Response {
    let message = "A valid bearer token is needed.";
    let mut response = refuse(StatusCode::UNAUTHORIZED, media, Code::Unauthenticated, message);
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(CHALLENGE));
    response
}

/// A valid token that names no view.
pub(super) fn forbidden(media: Media) -> Response {
    refuse(StatusCode::FORBIDDEN, media, Code::Forbidden, "This token's team and role have no view here.")
}

/// A page of another origin asked.
pub(super) fn cross_site() -> Response {
    let message = "Pages of other origins may not ask here; its operator can allow an origin.";
    refuse(StatusCode::FORBIDDEN, Media::Json, Code::Forbidden, message)
}

/// Too much to do.
pub(super) fn overloaded(media: Media) -> Response {
    let message = "The gateway has too much to do; ask again in a second.";
    let mut response = refuse(StatusCode::SERVICE_UNAVAILABLE, media, Code::Overloaded, message);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// The method is none of those the door knows.
pub(super) fn method_not_allowed(allowed: &'static str, message: &str) -> Response {
    let mut response = refuse(StatusCode::METHOD_NOT_ALLOWED, Media::Json, Code::BadInput, message);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    response
}

/// There is nothing at this address.
pub(super) fn no_such_place() -> Response {
    refuse(StatusCode::NOT_FOUND, Media::Json, Code::BadInput, "There is nothing at this address.")
}

/// A handler panicked; its words went to the log from the panic hook.
pub(super) fn panicked(_words: Box<dyn Any + Send + 'static>) -> Response {
    let message = "Something went wrong inside the gateway; the header x-request-id has the id to ask for.";
    refuse(StatusCode::INTERNAL_SERVER_ERROR, Media::Json, Code::Internal, message)
}
