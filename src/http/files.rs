//! `/export/files/{id}/{key}/{file}`: the files of exports, for whoever has the link.
//!
//! The key in the address stands for a token, so the address is written nowhere: the access log has the route alone. A
//! piece of a file can be asked for (`Range`), so that a download goes on where it broke off and a reader of Parquet
//! takes just the columns it needs. What is not there, not whole, expired, or asked for with another key looks alike.

use std::io::SeekFrom;
use std::sync::Arc;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    HeaderName, IF_NONE_MATCH, IF_RANGE, RANGE,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use crate::export::jobs::Fetched;

use super::arrival::RequestId;
use super::range::{Wanted, wanted};
use super::{Doors, audit, refusal};

/// Bytes read from the disk at once.
const PIECE: usize = 256 * 1024;

/// A file, or a piece of one.
pub(super) async fn file(
    State(doors): State<Doors>,
    Path((id, key, file)): Path<(String, String, String)>,
    Extension(request): Extension<RequestId>,
    headers: HeaderMap,
) -> Response {
    let fetched = doors.jobs.as_ref().and_then(|jobs| jobs.fetch(&id, &key, &file));
    let Some(fetched) = fetched else { return refusal::no_such_place() };
    // It may go between being found and being opened.
    let Ok(file) = File::open(&fetched.path).await else { return refusal::no_such_place() };
    let Ok(length) = file.metadata().await.map(|found| found.len()) else { return refusal::no_such_place() };
    send(file, length, &fetched, &headers, &request.0).await
}

async fn send(mut file: File, length: u64, fetched: &Fetched, asked: &HeaderMap, request: &str) -> Response {
    let tag = fetched.sha256.as_ref().map(|digest| format!("\"{digest}\""));
    let is_tag = |name: HeaderName| {
        let told = asked.get(name).and_then(|value| value.to_str().ok());
        told.map(|told| tag.as_ref().is_some_and(|tag| told.split(',').any(|one| one.trim() == tag)))
    };
    let mut said = head(fetched, tag.as_deref());
    if is_tag(IF_NONE_MATCH) == Some(true) {
        return (StatusCode::NOT_MODIFIED, said).into_response();
    }
    let range = asked.get(RANGE).filter(|_| is_tag(IF_RANGE) != Some(false));
    let (status, from, to) = match wanted(range, length) {
        Wanted::Whole => (StatusCode::OK, 0, length),
        Wanted::Piece { from, to } => {
            say(&mut said, CONTENT_RANGE, &format!("bytes {from}-{}/{length}", to - 1));
            (StatusCode::PARTIAL_CONTENT, from, to)
        }
        Wanted::Nothing => {
            say(&mut said, CONTENT_RANGE, &format!("bytes */{length}"));
            return (StatusCode::RANGE_NOT_SATISFIABLE, said).into_response();
        }
    };
    say(&mut said, CONTENT_LENGTH, &(to - from).to_string());
    if from > 0 && file.seek(SeekFrom::Start(from)).await.is_err() {
        return refusal::no_such_place();
    }
    audit::note_fetch(fetched, request, to - from);
    (status, said, body(file, to - from)).into_response()
}

fn head(fetched: &Fetched, tag: Option<&str>) -> HeaderMap {
    let name: &Arc<str> = &fetched.name;
    let mut said = HeaderMap::new();
    say(&mut said, CONTENT_TYPE, media_type(name));
    say(&mut said, CACHE_CONTROL, "private, no-store");
    say(&mut said, ACCEPT_RANGES, "bytes");
    say(&mut said, CONTENT_DISPOSITION, &format!("attachment; filename=\"{name}\""));
    if let Some(tag) = tag {
        say(&mut said, ETAG, tag);
    }
    said
}

fn say(said: &mut HeaderMap, name: HeaderName, text: &str) {
    said.insert(name, HeaderValue::from_str(text).expect("our own words are plain ASCII"));
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("json") => "application/json",
        Some("gz") => "application/gzip",
        _ => "application/vnd.apache.parquet",
    }
}

/// So many bytes from where the file stands, read as they are taken.
fn body(file: File, length: u64) -> Body {
    let pieces = futures::stream::try_unfold(file.take(length), |mut rest| async move {
        let most = usize::try_from(rest.limit()).map_or(PIECE, |left| left.min(PIECE));
        let mut piece = vec![0; most];
        let read = rest.read(&mut piece).await?;
        piece.truncate(read);
        // A file that is shorter than it was told ends the connection, as its length was promised.
        Ok::<_, std::io::Error>((read > 0).then(|| (Bytes::from(piece), rest)))
    });
    Body::from_stream(pieces)
}
