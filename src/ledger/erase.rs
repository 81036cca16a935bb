//! Taking away for good: what a person asked to be forgotten, and events older than are kept.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::domain::email;
use crate::domain::event::{Detail, Event};
use crate::domain::hex::hex;
use crate::domain::id::RecordKey;

use super::append::{count, leave_counter, take_counter};
use super::entry::{CapturedRecord, Entry, RecordKind, RecordedEvent, Sequence, history_of_address};
use super::error::LedgerError;
use super::sql::{Database, Writing, failed, values};
use super::state::{Counted, Erasure};
use super::stored::{
    self, EVENT_COLUMNS, VERSION_COLUMNS, event_to_text, recorded, recorded_event, unreadable,
};

const OPERATION: &str = "erasing";
/// What stands for the id of what was erased.
const NOBODY: &str = "erased";
/// So many events are dropped in one transaction.
const DROPPED_AT_ONCE: i64 = 5_000;
/// Finds old events by their span of thirty days, which is what the index `events_by_span` knows of an instant.
const DROPPING: &str = "DELETE FROM events WHERE sequence IN (
        SELECT sequence FROM events
        WHERE occurred_at / 2592000000 <= $1 / 2592000000 AND occurred_at < $1
        ORDER BY occurred_at / 2592000000 LIMIT $2
    ) RETURNING history, superseded, payload";

/// What an erasure took away, and what it leaves to be told.
pub(super) struct Gone {
    pub(super) erasure: Erasure,
    pub(super) entries: Vec<Entry>,
}

/// Erases in a transaction of its own.
pub(super) async fn erase(
    database: &Database,
    keys: &[RecordKey],
    at: DateTime<Utc>,
) -> Result<Erasure, LedgerError> {
    let erasing = failed(OPERATION);
    let mut writing = database.write().await.map_err(&erasing)?;
    let last = take_counter(&mut writing).await.map_err(&erasing)?;
    let gone = within(&mut writing, keys, at, last).await?;
    leave_counter(&mut writing, gone.erasure.last).await.map_err(&erasing)?;
    writing.commit().await.map_err(&erasing)?;
    clear_log(database).await?;
    Ok(gone.erasure)
}

/// Erases within a transaction that holds the counter.
pub(super) async fn within(
    writing: &mut Writing,
    keys: &[RecordKey],
    at: DateTime<Utc>,
    mut last: Sequence,
) -> Result<Gone, LedgerError> {
    let erasing = failed(OPERATION);
    let people: Vec<String> = keys.iter().map(ToString::to_string).collect();
    let mut histories = addresses(writing, &people).await?;
    let every_key: Vec<RecordKey> = keys.iter().chain(&histories).cloned().collect();
    remember(writing, &every_key, at).await?;
    histories.extend(keys.iter().cloned());
    let mut doomed = people.clone();
    let sql = "SELECT record FROM links WHERE relation = 'OF_PERSON' AND kind = 'MEMBERSHIP' AND target IN ({list})";
    for row in writing.rows_among(sql, &people).await.map_err(&erasing)? {
        doomed.push(row.text(0).map_err(&erasing)?.to_owned());
    }
    doomed.sort_unstable();
    doomed.dedup();

    let (mut gone, mut entries, mut tombstones) = (Erasure::default(), Vec::new(), Vec::new());
    let mut counts: BTreeMap<(String, Counted), i64> = BTreeMap::new();
    let sql = "SELECT record, kind FROM heads WHERE record IN ({list}) ORDER BY record";
    for row in writing.rows_among(sql, &doomed).await.map_err(&erasing)? {
        let key = stored::key(0, row.text(0).map_err(&erasing)?)?;
        let name = row.text(1).map_err(&erasing)?;
        let kind = RecordKind::from_name(name)
            .ok_or_else(|| unreadable(0)(format!("`{name}` is no kind of record")))?;
        *counts.entry((key.source.to_string(), Counted::Records(kind))).or_default() -= 1;
        gone.records += 1;
        last += 1;
        let none: (Option<i64>, Option<String>) = (None, None);
        tombstones.push(values![last, key.to_string(), name, at.timestamp_millis(), none.0, none.1]);
        entries.push(Entry::Erased { sequence: last, key, at });
    }
    let sql = "DELETE FROM versions WHERE record IN ({list}) AND payload IS NOT NULL RETURNING record";
    for row in writing.rows_among(sql, &doomed).await.map_err(&erasing)? {
        let key = stored::key(0, row.text(0).map_err(&erasing)?)?;
        *counts.entry((key.source.to_string(), Counted::Versions)).or_default() -= 1;
    }
    writing.run_among("DELETE FROM heads WHERE record IN ({list})", &doomed).await.map_err(&erasing)?;
    writing.run_among("DELETE FROM links WHERE record IN ({list})", &doomed).await.map_err(&erasing)?;
    let into = "versions (sequence, record, kind, observed_at, deleted_at, payload)";
    writing.insert(into, tombstones, "").await.map_err(&erasing)?;

    let told = erase_events(writing, &histories, &people, at, last).await?;
    (gone.events, last) = (told.events, told.last);
    entries.extend(told.entries);
    for (source, number) in told.counts {
        *counts.entry((source, Counted::Events)).or_default() += number;
    }
    for column in ["one_record", "other_record"] {
        let sql = format!("UPDATE decisions SET note = '' WHERE {column} IN ({{list}})");
        writing.run_among(&sql, &people).await.map_err(&erasing)?;
    }
    count(writing, counts).await.map_err(&erasing)?;
    gone.last = last;
    Ok(Gone { erasure: gone, entries })
}

/// The histories by address of some people, by every address that any version of them has.
async fn addresses(writing: &mut Writing, people: &[String]) -> Result<Vec<RecordKey>, LedgerError> {
    let sql = format!(
        "SELECT {VERSION_COLUMNS} FROM versions v WHERE v.payload IS NOT NULL AND v.record IN ({{list}})"
    );
    let mut found = BTreeSet::new();
    for row in writing.rows_among(&sql, people).await.map_err(failed(OPERATION))? {
        let version = recorded(&row)?;
        let CapturedRecord::Person(person) = &version.record else { continue };
        let raw = person.email.iter().chain(&person.other_emails);
        found.extend(
            raw.filter_map(|raw| email::normalise(raw))
                .map(|address| history_of_address(&version.key.source, &address)),
        );
    }
    Ok(found.into_iter().collect())
}

/// What was told of people, when it tells of nobody any more.
struct Told {
    events: u64,
    last: Sequence,
    entries: Vec<Entry>,
    counts: BTreeMap<String, i64>,
}

/// What was written down earlier of an event goes; what counts of it stays.
async fn erase_events(
    writing: &mut Writing,
    histories: &[RecordKey],
    people: &[String],
    at: DateTime<Utc>,
    last: Sequence,
) -> Result<Told, LedgerError> {
    let erasing = failed(OPERATION);
    let mut told = Told { events: 0, last, entries: Vec::new(), counts: BTreeMap::new() };
    let histories: Vec<String> = histories.iter().map(ToString::to_string).collect();
    let mut rows = Vec::new();
    for (column, keys) in [("history", histories.as_slice()), ("person", people)] {
        let sql = format!(
            "DELETE FROM events WHERE {column} IN ({{list}}) AND (superseded <> 0 OR payload IS NULL)"
        );
        writing.run_among(&sql, keys).await.map_err(&erasing)?;
        let sql =
            format!("SELECT {EVENT_COLUMNS} FROM events WHERE {column} IN ({{list}}) ORDER BY sequence");
        rows.extend(writing.rows_among(&sql, keys).await.map_err(&erasing)?);
    }
    let mut seen = HashSet::new();
    for row in rows {
        let RecordedEvent { sequence: before, id, of, event, .. } = recorded_event(&row)?;
        if !seen.insert(before) {
            continue;
        }
        let source = of.source.to_string();
        let is_theirs = histories.contains(&of.to_string());
        let of = if is_theirs { RecordKey { id: NOBODY.into(), ..of } } else { of };
        // Two people who shared an event leave one row of nobody's behind.
        let there = "SELECT sequence FROM events
                     WHERE history = $1 AND event = $2 AND superseded = 0 AND sequence <> $3";
        let there = writing.rows(there, values![of.to_string(), &*id, before]).await.map_err(&erasing)?;
        if !there.is_empty() {
            let sql = "DELETE FROM events WHERE sequence = $1";
            writing.run(sql, values![before]).await.map_err(&erasing)?;
            *told.counts.entry(source).or_default() -= 1;
            continue;
        }
        told.last += 1;
        told.events += 1;
        let event = Event { observed_at: at, ..of_nobody(&event) };
        let sql = "UPDATE events SET sequence = $1, restated = 1, history = $2, person = NULL, record = NULL,
                   observed_at = $3, payload = $4 WHERE sequence = $5";
        let (sequence, payload) = (told.last, event_to_text(&event));
        let row = values![sequence, of.to_string(), at.timestamp_millis(), payload, before];
        writing.run(sql, row).await.map_err(&erasing)?;
        let event = Arc::new(event);
        told.entries.push(Entry::Event(RecordedEvent { sequence, id, of, event, restated: true }));
    }
    Ok(told)
}

/// What of an event may be kept when nobody may be recognised: kind, instant, channel, stages, amounts, and the objects
/// of the company that it concerns. No text that somebody wrote, no address of a page, no id of the vendor's.
fn of_nobody(event: &Event) -> Event {
    let detail = match event.detail.clone() {
        Detail::Field { field, .. } => Detail::Field { field, old: None, new: None, withheld: true },
        Detail::Touch { channel, asset, .. } => Detail::Touch { channel, asset, url: None },
        Detail::Activity { direction, duration_seconds, automated, .. } => Detail::Activity {
            direction,
            outcome: None,
            duration_seconds,
            automated,
            subject: None,
            body: None,
        },
        Detail::Record { .. } => Detail::Record { merged_ids: Vec::new(), converted_to: None },
        detail @ (Detail::Stage { .. } | Detail::Opportunity { .. }) => detail,
    };
    let source = RecordKey { id: Arc::from(NOBODY), ..event.source.clone() };
    Event { source, vendor_id: None, person: None, actor: None, detail, ..event.clone() }
}

/// The secret that the hashes of erased keys are made with. It lives and is copied with the ledger: it keeps a list of
/// hashes from being compared with another company's, not from who holds the ledger.
async fn secret(writing: &mut Writing) -> Result<String, LedgerError> {
    let erasing = failed(OPERATION);
    let rows = writing.rows("SELECT erasure_key FROM leadline_ledger", vec![]).await.map_err(&erasing)?;
    let row = rows.first().ok_or_else(|| unreadable(0)("the ledger has lost its first row"))?;
    Ok(row.text(0).map_err(&erasing)?.to_owned())
}

fn hash(secret: &str, key: &RecordKey) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(key.to_string().as_bytes());
    hex(&mac.finalize().into_bytes()[..16])
}

async fn remember(writing: &mut Writing, keys: &[RecordKey], at: DateTime<Utc>) -> Result<(), LedgerError> {
    let secret = secret(writing).await?;
    let rows = keys.iter().map(|key| values![hash(&secret, key), at.timestamp_millis()]).collect();
    writing
        .insert("erased (hash, erased_at)", rows, "ON CONFLICT DO NOTHING")
        .await
        .map_err(failed(OPERATION))
}

/// Those of some keys that have been erased.
pub(super) async fn erased_among(
    writing: &mut Writing,
    keys: HashSet<RecordKey>,
) -> Result<Vec<RecordKey>, LedgerError> {
    let looking = failed("looking for erased records");
    let any = writing.rows("SELECT erased_at FROM erased LIMIT 1", vec![]).await.map_err(&looking)?;
    if any.is_empty() {
        return Ok(Vec::new());
    }
    let secret = secret(writing).await?;
    let by_hash: HashMap<String, RecordKey> =
        keys.into_iter().map(|key| (hash(&secret, &key), key)).collect();
    let hashes: Vec<String> = by_hash.keys().cloned().collect();
    let sql = "SELECT hash FROM erased WHERE hash IN ({list})";
    let mut found = Vec::new();
    for row in writing.rows_among(sql, &hashes).await.map_err(&looking)? {
        found.extend(by_hash.get(row.text(0).map_err(&looking)?).cloned());
    }
    Ok(found)
}

/// Empties SQLite's write-ahead log, in which what was deleted would live on. Waits for readers to finish their page.
pub(super) async fn clear_log(database: &Database) -> Result<(), LedgerError> {
    let clearing = failed("clearing the write-ahead log");
    let Some(mut writer) = database.writer().await.map_err(&clearing)? else { return Ok(()) };
    for _ in 0..100 {
        let busy: i64 = sqlx::query_scalar("PRAGMA wal_checkpoint(TRUNCATE)")
            .fetch_one(&mut *writer)
            .await
            .map_err(&clearing)?;
        if busy == 0 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let cause = "somebody reads without end; erase again when they have finished";
    Err(LedgerError::Store { operation: "clearing the write-ahead log", cause: cause.into() })
}

/// Drops events that happened before an instant, a few thousand at a time so that others may write meanwhile.
pub(super) async fn drop_events_before(
    database: &Database,
    before: DateTime<Utc>,
) -> Result<u64, LedgerError> {
    let dropping = failed("dropping old events");
    let mut dropped = 0;
    loop {
        let mut writing = database.write().await.map_err(&dropping)?;
        take_counter(&mut writing).await.map_err(&dropping)?;
        let values = values![before.timestamp_millis(), DROPPED_AT_ONCE];
        let rows = writing.rows(DROPPING, values).await.map_err(&dropping)?;
        let mut counts: BTreeMap<(String, Counted), i64> = BTreeMap::new();
        for row in &rows {
            let counted =
                row.int(1).map_err(&dropping)? == 0 && row.maybe_text(2).map_err(&dropping)?.is_some();
            if counted {
                let source = stored::key(0, row.text(0).map_err(&dropping)?)?.source.to_string();
                *counts.entry((source, Counted::Events)).or_default() -= 1;
                dropped += 1;
            }
        }
        count(&mut writing, counts).await.map_err(&dropping)?;
        if !rows.is_empty() {
            let floor = values![before.timestamp_millis(), "older events are not kept"];
            let sql = "INSERT INTO floors (source, object, id, part, from_at, reason)
                       VALUES ('', '', '', '', $1, $2) ON CONFLICT (source, object, id, part) DO UPDATE
                       SET from_at = excluded.from_at, reason = excluded.reason
                       WHERE excluded.from_at > floors.from_at";
            writing.run(sql, floor).await.map_err(&dropping)?;
        }
        let is_last = (rows.len() as i64) < DROPPED_AT_ONCE;
        writing.commit().await.map_err(&dropping)?;
        if is_last {
            return Ok(dropped);
        }
    }
}
