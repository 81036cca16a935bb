//! Writing a batch: what is new in it gets its place, what is known is dropped, and the stream moves, all or nothing.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, SubsecRound, Utc};

use crate::domain::id::RecordKey;

use super::draft::Draft;
use super::entry::{Appended, Batch, CapturedRecord, Observation, Progress, Sequence};
use super::erase;
use super::error::LedgerError;
use super::sql::{Database, Writing, failed, values};
use super::state::{CapturedFloor, Counted};

const OPERATION: &str = "writing a batch";

/// The counter's row, taken: nobody else writes until the transaction ends.
pub(super) async fn take_counter(writing: &mut Writing) -> Result<Sequence, sqlx::Error> {
    let taking = "UPDATE leadline_ledger SET sequence = sequence WHERE one = 1 RETURNING sequence";
    let rows = writing.rows(taking, vec![]).await?;
    rows.first().ok_or(sqlx::Error::RowNotFound)?.int(0)
}

/// Says how far the counter has come.
pub(super) async fn leave_counter(writing: &mut Writing, last: Sequence) -> Result<(), sqlx::Error> {
    writing.run("UPDATE leadline_ledger SET sequence = $1 WHERE one = 1", values![last]).await.map(drop)
}

/// Adds to the tallies.
pub(super) async fn count(
    writing: &mut Writing,
    added: BTreeMap<(String, Counted), i64>,
) -> Result<(), sqlx::Error> {
    let rows = added.into_iter().filter(|(_, number)| *number != 0);
    let rows = rows.map(|((source, counted), number)| values![source, counted.name(), number]).collect();
    let then = "ON CONFLICT (source, counted) DO UPDATE SET number = tallies.number + excluded.number";
    writing.insert("tallies (source, counted, number)", rows, then).await
}

/// Writes a batch and says what was new.
pub(super) async fn append(database: &Database, batch: Batch) -> Result<Appended, LedgerError> {
    let writing_batch = failed(OPERATION);
    let mut writing = database.write().await.map_err(&writing_batch)?;
    let last = take_counter(&mut writing).await.map_err(&writing_batch)?;
    let refused = refused_keys(&mut writing, &batch).await?;
    // Milliseconds are what is stored, so that what is returned is what will be read.
    let observed_at = batch.observed_at.trunc_subsecs(3);
    let mut draft = Draft::begin(&mut writing, &batch, observed_at, last).await?;

    let mut erased = Vec::new();
    let mut floors = Vec::new();
    for observation in batch.observations {
        if observation_keys(&observation).any(|key| refused.contains(key)) {
            draft.refused += 1;
            continue;
        }
        match observation {
            Observation::Record(record) => {
                let deleted_at = record.meta().and_then(|meta| meta.deleted_at);
                draft.record(record, deleted_at);
            }
            Observation::Gone { key, at } => draft.gone(&key, at.trunc_subsecs(3)),
            Observation::Event { of, event } => draft.event(of, &event),
            Observation::Erased { key } => erased.push(key),
            Observation::Floor(floor) => floors.push(floor),
        }
    }
    let mut appended = draft.write(&mut writing).await.map_err(&writing_batch)?;
    if !erased.is_empty() {
        let gone = erase::within(&mut writing, &erased, observed_at, appended.last).await?;
        appended.last = gone.erasure.last;
        appended.entries.extend(gone.entries);
    }
    write_floors(&mut writing, floors).await.map_err(&writing_batch)?;
    if let Some(progress) = batch.progress {
        let stream = (batch.source.as_str(), &*batch.stream);
        write_position(&mut writing, stream, progress, observed_at).await.map_err(&writing_batch)?;
    }
    leave_counter(&mut writing, appended.last).await.map_err(&writing_batch)?;
    writing.commit().await.map_err(&writing_batch)?;
    if !erased.is_empty() {
        erase::clear_log(database).await?;
    }
    Ok(appended)
}

/// The keys an observation is about. What is erased in this very batch is not asked whether it was erased before.
fn observation_keys(observation: &Observation) -> impl Iterator<Item = &RecordKey> {
    let keys = match observation {
        Observation::Record(CapturedRecord::Membership(membership)) => [Some(&membership.person), None, None],
        Observation::Record(record) => [record.meta().map(|meta| &meta.key), None, None],
        Observation::Event { of, event } => [Some(of), Some(&event.source), event.person.as_ref()],
        Observation::Gone { .. } | Observation::Erased { .. } | Observation::Floor(_) => [None; 3],
    };
    keys.into_iter().flatten()
}

/// The keys of a batch that have been erased, or are erased by it.
async fn refused_keys(writing: &mut Writing, batch: &Batch) -> Result<HashSet<RecordKey>, LedgerError> {
    let mut keys: HashSet<RecordKey> = HashSet::new();
    let mut refused: HashSet<RecordKey> = HashSet::new();
    for observation in &batch.observations {
        keys.extend(observation_keys(observation).cloned());
        if let Observation::Erased { key } = observation {
            refused.insert(key.clone());
        }
    }
    refused.extend(erase::erased_among(writing, keys).await?);
    Ok(refused)
}

/// The earliest floor stands: what has been captured since stays.
async fn write_floors(writing: &mut Writing, floors: Vec<CapturedFloor>) -> Result<(), sqlx::Error> {
    for CapturedFloor { source, object, id, part, floor } in floors {
        let row = values![
            source.as_ref().map_or("", |source| source.as_str()),
            object.as_deref().unwrap_or_default(),
            id.as_deref().unwrap_or_default(),
            part.map_or("", |part| part.name()),
            floor.from.timestamp_millis(),
            &*floor.reason,
        ];
        let then = "ON CONFLICT (source, object, id, part) DO UPDATE
                    SET from_at = excluded.from_at, reason = excluded.reason
                    WHERE excluded.from_at < floors.from_at";
        writing.insert("floors (source, object, id, part, from_at, reason)", vec![row], then).await?;
    }
    Ok(())
}

/// Moves a stream. A pass that follows one that was through begins to count anew.
async fn write_position(
    writing: &mut Writing,
    (source, stream): (&str, &str),
    progress: Progress,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let now = at.timestamp_millis();
    let sql = "SELECT read_rows, total_rows, caught_up, caught_up_at, began_at FROM positions
               WHERE source = $1 AND stream = $2";
    let before = writing.rows(sql, values![source, stream]).await?;
    let (mut rows, mut total, mut caught_up_at, mut began_at) = (0_i64, None, None, now);
    if let Some(before) = before.first() {
        caught_up_at = before.maybe_int(3)?;
        if before.int(2)? == 0 {
            (rows, total, began_at) = (before.int(0)?, before.maybe_int(1)?, before.int(4)?);
        }
    }
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    total = progress.ahead.map(|ahead| whole(ahead).saturating_add(rows)).or(total);
    rows = whole(progress.rows).saturating_add(rows);
    if progress.caught_up {
        caught_up_at = Some(now);
    }
    let row = values![
        source,
        stream,
        &*progress.position,
        rows,
        total,
        i64::from(progress.caught_up),
        caught_up_at,
        began_at,
        now,
    ];
    let into = "positions (source, stream, reached, read_rows, total_rows, caught_up, caught_up_at,
                began_at, moved_at)";
    let then = "ON CONFLICT (source, stream) DO UPDATE SET reached = excluded.reached,
                read_rows = excluded.read_rows, total_rows = excluded.total_rows,
                caught_up = excluded.caught_up, caught_up_at = excluded.caught_up_at,
                began_at = excluded.began_at, moved_at = excluded.moved_at";
    writing.insert(into, vec![row], then).await
}
