//! The stored form of records and events: compact JSON of the domain's own types, without what is absent. Stored for
//! ever, so the names in it are pinned by a committed file that the tests compare with.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use crate::domain::account::AccountRecord;
use crate::domain::campaign::CampaignRecord;
use crate::domain::event::{Event, HistoryPart};
use crate::domain::hex::hex;
use crate::domain::id::RecordKey;
use crate::domain::opportunity::OpportunityRecord;
use crate::domain::person::PersonRecord;
use crate::domain::user::UserRecord;

use super::entry::{CapturedRecord, RecordKind, Recorded, RecordedEvent, Sequence};
use super::error::LedgerError;
use super::sql::Row;

/// The columns [`recorded`] reads, of the table called `v`.
pub(super) const VERSION_COLUMNS: &str =
    "v.sequence, v.observed_at, v.deleted_at, v.record, v.kind, v.payload";
/// The columns [`recorded_event`] reads, of rows that have a payload.
pub(super) const EVENT_COLUMNS: &str = "sequence, event, restated, observed_at, payload, history";

/// A record as text.
pub(super) fn record_to_text(record: &CapturedRecord) -> String {
    match record {
        CapturedRecord::Person(record) => serde_json::to_string(record),
        CapturedRecord::Account(record) => serde_json::to_string(record),
        CapturedRecord::Opportunity(record) => serde_json::to_string(record),
        CapturedRecord::Campaign(record) => serde_json::to_string(record),
        CapturedRecord::Membership(record) => serde_json::to_string(record),
        CapturedRecord::User(record) => serde_json::to_string(record),
        CapturedRecord::Pipeline(record) => serde_json::to_string(record),
    }
    .expect("the domain's types have a JSON form")
}

/// An event as text.
pub(super) fn event_to_text(event: &Event) -> String {
    serde_json::to_string(event).expect("the domain's types have a JSON form")
}

/// Reads a record and says of it when it was observed.
macro_rules! read {
    ($text:expr, $observed_at:expr, $type:ty) => {{
        let mut record: $type = serde_json::from_str($text)?;
        record.meta.fetched_at = $observed_at;
        Arc::new(record)
    }};
}

/// A record from its text. `fetched_at` is when it was observed.
pub(super) fn record_from_text(
    kind: RecordKind,
    text: &str,
    observed_at: DateTime<Utc>,
) -> Result<CapturedRecord, serde_json::Error> {
    Ok(match kind {
        RecordKind::Person => CapturedRecord::Person(read!(text, observed_at, PersonRecord)),
        RecordKind::Account => CapturedRecord::Account(read!(text, observed_at, AccountRecord)),
        RecordKind::Opportunity => CapturedRecord::Opportunity(read!(text, observed_at, OpportunityRecord)),
        RecordKind::Campaign => CapturedRecord::Campaign(read!(text, observed_at, CampaignRecord)),
        RecordKind::User => CapturedRecord::User(read!(text, observed_at, UserRecord)),
        RecordKind::Membership => CapturedRecord::Membership(Arc::new(serde_json::from_str(text)?)),
        RecordKind::Pipeline => CapturedRecord::Pipeline(Arc::new(serde_json::from_str(text)?)),
    })
}

/// What two versions have in common when they say the same. The instant of deletion is part of it, because not every kind
/// of record has a place for it.
pub(super) fn content_hash(text: &str, deleted_at: Option<DateTime<Utc>>) -> String {
    let mut hash = Sha256::new();
    hash.update(deleted_at.map_or(i64::MIN, |at| at.timestamp_millis()).to_be_bytes());
    hash.update(text.as_bytes());
    hex(&hash.finalize()[..16])
}

/// The instant of a number of milliseconds.
pub(super) fn instant(sequence: Sequence, millis: i64) -> Result<DateTime<Utc>, LedgerError> {
    DateTime::from_timestamp_millis(millis).ok_or_else(|| unreadable(sequence)("an instant out of range"))
}

/// A version from a row of [`VERSION_COLUMNS`] that has a payload.
pub(super) fn recorded(row: &Row) -> Result<Recorded, LedgerError> {
    let sequence = row.int(0).map_err(unreadable(0))?;
    let wrong = unreadable(sequence);
    let observed_at = instant(sequence, row.int(1).map_err(&wrong)?)?;
    let deleted_at = row.maybe_int(2).map_err(&wrong)?.map(|at| instant(sequence, at)).transpose()?;
    let key = key(sequence, row.text(3).map_err(&wrong)?)?;
    let kind = row.text(4).map_err(&wrong)?;
    let kind = RecordKind::from_name(kind)
        .ok_or_else(|| unreadable(sequence)(format!("`{kind}` is no kind of record")))?;
    let text = row.text(5).map_err(&wrong)?;
    let record = record_from_text(kind, text, observed_at).map_err(unreadable(sequence))?;
    Ok(Recorded { sequence, observed_at, deleted_at, key, record })
}

/// An event from a row of [`EVENT_COLUMNS`].
pub(super) fn recorded_event(row: &Row) -> Result<RecordedEvent, LedgerError> {
    let sequence = row.int(0).map_err(unreadable(0))?;
    let wrong = unreadable(sequence);
    let id = Arc::from(row.text(1).map_err(&wrong)?);
    let restated = row.int(2).map_err(&wrong)? != 0;
    let observed_at = instant(sequence, row.int(3).map_err(&wrong)?)?;
    let text = row.text(4).map_err(&wrong)?;
    let of = key(sequence, row.text(5).map_err(&wrong)?)?;
    let mut event: Event = serde_json::from_str(text).map_err(unreadable(sequence))?;
    event.observed_at = observed_at;
    Ok(RecordedEvent { sequence, id, of, event: Arc::new(event), restated })
}

/// A key from its text.
pub(super) fn key(sequence: Sequence, text: &str) -> Result<RecordKey, LedgerError> {
    RecordKey::parse(text).ok_or_else(|| unreadable(sequence)(format!("`{text}` is no key of a record")))
}

/// A part of a history from its name.
pub(super) fn part(sequence: Sequence, name: &str) -> Result<HistoryPart, LedgerError> {
    HistoryPart::from_name(name)
        .ok_or_else(|| unreadable(sequence)(format!("`{name}` is no part of a history")))
}

/// Says which row could not be read.
pub(super) fn unreadable<E: Into<Box<dyn std::error::Error + Send + Sync>>>(
    sequence: Sequence,
) -> impl Fn(E) -> LedgerError {
    move |cause| LedgerError::Unreadable { sequence, cause: cause.into() }
}
