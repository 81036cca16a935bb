//! `/graphql`: a question by POST or GET, answered by the rules of GraphQL over HTTP.

use std::time::Instant;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{ALLOW, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::Response;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::domain::view::View;
use crate::graphql::code::Code;
use crate::graphql::engine::{Answer, Outcome, Question};

use super::arrival::RequestId;
use super::media::{Media, is_json};
use super::{Doors, audit, meters, question, refusal};

const NEITHER: &str =
    "Answers are written as application/graphql-response+json or application/json; accept one of them.";

/// Answers a POST.
pub(super) async fn by_post(
    State(doors): State<Doors>,
    Extension(view): Extension<View>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Some(media) = Media::accepted(&headers) else { return not_acceptable() };
    if !is_json(headers.get(CONTENT_TYPE)) {
        let message = "Send the question as application/json in UTF-8.";
        return refusal::refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, media, Code::BadInput, message);
    }
    let body = match read(&doors, media, body).await {
        Ok(body) => body,
        Err(refused) => return *refused,
    };
    match question::of_body(&body, id.0) {
        Ok(question) => answer(&doors, &view, media, question).await,
        Err(wrong) => refusal::refuse(StatusCode::BAD_REQUEST, media, Code::BadInput, wrong),
    }
}

/// Answers a GET.
pub(super) async fn by_get(
    State(doors): State<Doors>,
    Extension(view): Extension<View>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let Some(media) = Media::accepted(&headers) else { return not_acceptable() };
    match question::of_uri(&uri, id.0) {
        Ok(question) => answer(&doors, &view, media, question).await,
        Err(wrong) => refusal::refuse(StatusCode::BAD_REQUEST, media, Code::BadInput, wrong),
    }
}

/// Refuses every other method.
pub(super) async fn by_another_method() -> Response {
    refusal::method_not_allowed("GET, POST", "Questions are asked by GET or POST.")
}

fn not_acceptable() -> Response {
    refusal::refuse(StatusCode::NOT_ACCEPTABLE, Media::Json, Code::BadInput, NEITHER)
}

async fn read(doors: &Doors, media: Media, body: Body) -> Result<Bytes, Box<Response>> {
    let limited = Limited::new(body, doors.largest_body).collect();
    let (status, message) = match tokio::time::timeout(doors.body_deadline, limited).await {
        Ok(Ok(collected)) => return Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            let most = doors.largest_body / 1024;
            (StatusCode::PAYLOAD_TOO_LARGE, format!("The body is larger than {most} KiB."))
        }
        Ok(Err(_broken)) => (StatusCode::BAD_REQUEST, "The body broke off.".to_owned()),
        Err(_elapsed) => (StatusCode::REQUEST_TIMEOUT, "The body took too long to arrive.".to_owned()),
    };
    Err(Box::new(refusal::refuse(status, media, Code::BadInput, &message)))
}

async fn answer(doors: &Doors, view: &View, media: Media, question: Question) -> Response {
    let started = Instant::now();
    let request_id = question.request_id.clone();
    let answer = doors.engine.answer(view, question).await;
    audit::note(view, &request_id, &answer, started.elapsed());
    for code in &answer.codes {
        meters::count_error(code);
    }
    write(answer, media)
}

fn write(answer: Answer, media: Media) -> Response {
    let status = match (answer.outcome, media) {
        (Outcome::Executed, _) | (Outcome::Refused, Media::Json) => StatusCode::OK,
        (Outcome::Refused, Media::GraphqlResponse) => StatusCode::BAD_REQUEST,
        (Outcome::NeedsPost, _) => StatusCode::METHOD_NOT_ALLOWED,
        (Outcome::Failed, _) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, media.content_type());
    headers.insert(VARY, HeaderValue::from_static("accept"));
    if answer.outcome == Outcome::NeedsPost {
        headers.insert(ALLOW, HeaderValue::from_static("POST"));
    }
    response
}
