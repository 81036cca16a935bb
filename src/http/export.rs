//! `/export/{dataset}.{ndjson,csv,parquet}`: a dataset as a file, as far as the caller sees it; `/export/{dataset}.json`:
//! what there is to know of it; `/export`: which there are.
//!
//! Rows are written while they are read, and read no faster than the client takes them. With `limit` a page comes, and
//! the header `leadline-next-cursor` says where the next begins. `ETag` names the state of the facts the rows tell.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH, RETRY_AFTER, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use futures::StreamExt;
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use crate::domain::view::View;
use crate::export::format::{Format, Writer};
use crate::export::{Ask, Dataset, Opened, Reader, Refusal};
use crate::graphql::code::Code;

use super::arrival::RequestId;
use super::media::Media;
use super::{Doors, audit, meters, refusal};

/// Behind which row the next page begins.
pub(super) const NEXT_CURSOR: HeaderName = HeaderName::from_static("leadline-next-cursor");
/// The present of the rows.
pub(super) const AS_OF: HeaderName = HeaderName::from_static("leadline-as-of");
/// The `updated_since` of the next download.
pub(super) const NEXT_SINCE: HeaderName = HeaderName::from_static("leadline-next-updated-since");
/// The last sequence of the ledger that the rows tell.
const SEQUENCE: HeaderName = HeaderName::from_static("leadline-sequence");

/// What is being read from a vendor may be written down so much later than it was observed: downloads overlap by it.
const OVERLAP: TimeDelta = TimeDelta::minutes(10);
/// How long a client may take nothing before it is given up.
const PATIENCE: Duration = Duration::from_secs(60);
/// Seconds after which capture may have come further.
const SOON: &str = "30";

/// The datasets a caller has, and where each is.
pub(super) async fn list(State(doors): State<Doors>, Extension(view): Extension<View>) -> Json<Value> {
    let one = |dataset: Dataset| {
        let name = dataset.name();
        let file = |format: Format| format!("/export/{name}.{}", format.ending());
        let files: Vec<String> = Format::ALL.into_iter().map(file).collect();
        json!({ "dataset": name, "manifest": format!("/export/{name}.json"), "files": files })
    };
    let shown = Dataset::ALL.into_iter().filter(|dataset| dataset.is_shown(&view));
    let zone = doors.exports.zone().name();
    Json(json!({ "datasets": shown.map(one).collect::<Vec<_>>(), "time_zone": zone }))
}

/// A dataset, or its manifest.
pub(super) async fn file(
    State(doors): State<Doors>,
    Extension(view): Extension<View>,
    Extension(id): Extension<RequestId>,
    Path(file): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    answer(&doors, &view, &id.0, &file, &uri, &headers).await.unwrap_or_else(|why| refuse(&why, &id.0))
}

async fn answer(
    doors: &Doors,
    view: &View,
    id: &Arc<str>,
    file: &str,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let (name, ending) = file.rsplit_once('.').unwrap_or((file, ""));
    let dataset = Dataset::from_name(name).ok_or_else(|| doors.exports.unknown(view, name))?;
    if ending == "json" {
        return Ok(Json(doors.exports.manifest(view, dataset)?.json()).into_response());
    }
    let Some(format) = Format::from_ending(ending) else {
        let endings: Vec<&str> = Format::ALL.into_iter().map(Format::ending).collect();
        let endings = endings.join(", ");
        return Err(Refusal::Unknown(format!(
            "{} comes as {endings}; json is its manifest.",
            dataset.name()
        )));
    };
    let parameters = Query::<Vec<(String, String)>>::try_from_uri(uri);
    let Query(parameters) =
        parameters.map_err(|_| Refusal::BadInput("The query string cannot be read.".into()))?;
    let ask = Ask::of_parameters(dataset, &parameters, doors.exports.zone())?;
    let limit = ask.limit;
    let Ok(slot) = doors.downloads.clone().try_acquire_owned() else {
        return Ok(refusal::overloaded(Media::Json));
    };
    let opened = doors.exports.open(view, ask).await?;
    let tag = format!("\"{}-{}\"", opened.tag, format.ending());
    let said = head(&opened, format, dataset, &tag);
    let is_known = |value: &HeaderValue| {
        value
            .to_str()
            .is_ok_and(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag))
    };
    if headers.get_all(IF_NONE_MATCH).iter().any(is_known) {
        return Ok((StatusCode::NOT_MODIFIED, said).into_response());
    }
    let what = format!("export {}", file.to_ascii_lowercase());
    let note = Note {
        view: view.clone(),
        id: id.clone(),
        what,
        started: Instant::now(),
        rows: Arc::default(),
        is_whole: false,
    };
    let writer = format.writer(opened.reader.columns());
    match limit {
        None => Ok((said, stream(opened.reader, writer, slot, note)).into_response()),
        Some(limit) => page(opened.reader, writer, limit, note, said).await,
    }
}

fn head(opened: &Opened, format: Format, dataset: Dataset, tag: &str) -> HeaderMap {
    let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let file = format!("attachment; filename=\"{}.{}\"", dataset.name(), format.ending());
    let said = [
        (CONTENT_TYPE, format.media_type().to_owned()),
        (CONTENT_DISPOSITION, file),
        (ETAG, tag.to_owned()),
        (CACHE_CONTROL, "private, no-cache".to_owned()),
        (VARY, "authorization".to_owned()),
        (AS_OF, instant(opened.as_of)),
        (NEXT_SINCE, instant(opened.as_of - OVERLAP)),
        (SEQUENCE, opened.sequence.to_string()),
    ];
    let value = |text: &str| HeaderValue::from_str(text).expect("our own words are plain ASCII");
    said.iter().map(|(name, text)| (name.clone(), value(text))).collect()
}

/// One page, whole before it is sent, because its head says where the next begins.
async fn page(
    mut reader: Reader,
    mut writer: Writer,
    limit: usize,
    mut note: Note,
    mut said: HeaderMap,
) -> Result<Response, Refusal> {
    let (mut bytes, mut cursor) = (Vec::new(), None);
    while let Some(batch) = reader.next().await? {
        bytes.extend(writer.write(&batch.rows));
        note.count(batch.rows.len());
        cursor = batch.cursor.or(cursor);
    }
    bytes.extend(writer.finish());
    if let Some(cursor) = cursor.filter(|_| note.rows() >= limit as u64) {
        said.insert(NEXT_CURSOR, HeaderValue::from_str(&cursor).expect("a cursor is plain ASCII"));
    }
    note.is_whole = true;
    Ok((said, bytes).into_response())
}

/// The file, written while it is read.
pub(super) fn stream(reader: Reader, writer: Writer, slot: OwnedSemaphorePermit, note: Note) -> Body {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        let _slot = slot;
        write(reader, writer, note, &sender).await;
    });
    let pieces = futures::stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|piece| (piece, receiver))
    });
    // What zips asks again after the end.
    Body::from_stream(pieces.fuse())
}

type Piece = Result<Bytes, std::io::Error>;

async fn write(mut reader: Reader, mut writer: Writer, mut note: Note, sender: &mpsc::Sender<Piece>) {
    loop {
        let batch = match reader.next().await {
            Ok(Some(batch)) => batch,
            Ok(None) => break,
            Err(error) => {
                tracing::error!(request.id = &*note.id, cause = ?std::error::Error::source(&error), "an export broke off: {error}");
                // The client must not take what came for everything there is.
                let _ = sender.send(Err(std::io::Error::other("the rows could not be read"))).await;
                return;
            }
        };
        note.count(batch.rows.len());
        let bytes = writer.write(&batch.rows);
        if !bytes.is_empty() && !is_taken(sender, bytes).await {
            return;
        }
    }
    let bytes = writer.finish();
    note.is_whole = bytes.is_empty() || is_taken(sender, bytes).await;
}

/// Hands a piece over; false when the client went away or takes nothing any more.
async fn is_taken(sender: &mpsc::Sender<Piece>, bytes: Vec<u8>) -> bool {
    sender.send_timeout(Ok(bytes.into()), PATIENCE).await.is_ok()
}

/// What is noted of a download once it ends, however it does.
pub(super) struct Note {
    pub(super) view: View,
    pub(super) id: Arc<str>,
    pub(super) what: String,
    pub(super) started: Instant,
    pub(super) rows: Arc<AtomicU64>,
    pub(super) is_whole: bool,
}

impl Note {
    fn count(&self, rows: usize) {
        self.rows.fetch_add(rows as u64, Ordering::Relaxed);
    }

    fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        let took = self.started.elapsed();
        audit::note_export(&self.view, &self.id, &self.what, self.rows(), self.is_whole, took);
    }
}

fn refuse(why: &Refusal, id: &str) -> Response {
    let (status, code) = match why {
        Refusal::BadInput(_) => (StatusCode::BAD_REQUEST, Code::BadInput),
        Refusal::StartOver(_) => (StatusCode::GONE, Code::CursorExpired),
        Refusal::Unknown(_) => (StatusCode::NOT_FOUND, Code::BadInput),
        Refusal::NothingCaptured => (StatusCode::CONFLICT, Code::LedgerRequired),
        Refusal::NotYet(_) => (StatusCode::SERVICE_UNAVAILABLE, Code::LedgerRequired),
        Refusal::Unreadable(error) => {
            tracing::error!(request.id = id, cause = ?std::error::Error::source(error), "{why}");
            (StatusCode::INTERNAL_SERVER_ERROR, Code::Internal)
        }
    };
    meters::count_error(code.as_str());
    let message = match why {
        Refusal::Unreadable(_) => format!("Something went wrong inside the gateway; ask for {id}."),
        _ => why.to_string(),
    };
    let mut response = refusal::refuse(status, Media::Json, code, &message);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static(SOON));
    }
    response
}
