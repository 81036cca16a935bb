//! Reading: pages by keyset, and look-ups by list.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::AssertSqlSafe;

use crate::domain::event::{Floor, HistoryPart};
use crate::domain::id::{RecordKey, SourceName};

use super::entry::{Entry, RecordKind, Recorded, RecordedEvent, Sequence};
use super::error::LedgerError;
use super::link::Link;
use super::sql::{Database, Row, Value, failed, placeholders, tuples, values};
use super::state::{CapturedFloor, Counted, Decision, DecisionDraft, DecisionKind, Merge, MergeDraft};
use super::state::{Position, Tally};
use super::stored::{
    EVENT_COLUMNS, VERSION_COLUMNS, instant, key, part, recorded, recorded_event, unreadable,
};

/// So many keys are asked for in one statement.
const AT_ONCE: usize = 500;

const READING: &str = "reading";

/// Which rows of `events` stand for something.
const COUNTS: &str = "superseded = 0 AND payload IS NOT NULL";

type Read<T> = Result<T, LedgerError>;

async fn rows(database: &Database, sql: String, values: Vec<Value>) -> Read<Vec<Row>> {
    database.rows(AssertSqlSafe(sql), values).await.map_err(failed(READING))
}

fn all<T>(rows: &[Row], read: impl Fn(&Row) -> Read<T>) -> Read<Vec<T>> {
    rows.iter().map(read).collect()
}

/// A list of keys in the order of the tables, each once.
fn in_order(keys: &[RecordKey]) -> Vec<String> {
    let mut texts: Vec<String> = keys.iter().map(ToString::to_string).collect();
    texts.sort_unstable();
    texts.dedup();
    texts
}

fn bound(keys: &[String]) -> Vec<Value> {
    keys.iter().map(|key| Value::from(key.as_str())).collect()
}

pub(super) async fn last_sequence(database: &Database) -> Read<Sequence> {
    let rows = rows(database, "SELECT sequence FROM leadline_ledger".to_owned(), vec![]).await?;
    rows.first().map_or(Ok(0), |row| row.int(0)).map_err(failed(READING))
}

pub(super) async fn heads(
    database: &Database,
    kind: RecordKind,
    after: Sequence,
    limit: u32,
) -> Read<Vec<Recorded>> {
    let sql = format!(
        "SELECT {VERSION_COLUMNS} FROM heads h JOIN versions v ON v.sequence = h.sequence
         WHERE h.kind = $1 AND h.sequence > $2 ORDER BY h.sequence LIMIT $3"
    );
    all(&rows(database, sql, values![kind.name(), after, i64::from(limit)]).await?, recorded)
}

pub(super) async fn heads_of(database: &Database, keys: &[RecordKey]) -> Read<Vec<Recorded>> {
    let mut found = Vec::with_capacity(keys.len());
    for some in in_order(keys).chunks(AT_ONCE) {
        let sql = format!(
            "SELECT {VERSION_COLUMNS} FROM heads h JOIN versions v ON v.sequence = h.sequence
             WHERE h.record IN ({}) ORDER BY h.record",
            placeholders(1, some.len())
        );
        found.extend(all(&rows(database, sql, bound(some)).await?, recorded)?);
    }
    Ok(found)
}

pub(super) async fn walk(
    database: &Database,
    source: &SourceName,
    object: &str,
    after: Option<&str>,
    limit: u32,
) -> Read<Vec<Recorded>> {
    let sql = format!(
        "SELECT {VERSION_COLUMNS} FROM heads h JOIN versions v ON v.sequence = h.sequence
         WHERE h.record > $1 AND h.record < $2 AND h.is_live = 1 ORDER BY h.record LIMIT $3"
    );
    let first = format!("{source}:{object}:{}", after.unwrap_or_default());
    // `;` is the letter behind `:`.
    let end = format!("{source}:{object};");
    all(&rows(database, sql, values![first, end, i64::from(limit)]).await?, recorded)
}

/// The condition that keeps tombstones from links that find live records alone.
fn if_live(link: &Link) -> &'static str {
    if link.finds_tombstones() { "" } else { "AND h.is_live = 1" }
}

pub(super) async fn linked(
    database: &Database,
    links: &[Link],
    kind: RecordKind,
) -> Read<Vec<(Link, Recorded)>> {
    let mut by_relation: BTreeMap<&'static str, BTreeMap<String, &Link>> = BTreeMap::new();
    for link in links {
        by_relation.entry(link.relation()).or_default().insert(link.target(), link);
    }
    let mut found = Vec::new();
    for (relation, by_target) in by_relation {
        let targets: Vec<String> = by_target.keys().cloned().collect();
        for some in targets.chunks(AT_ONCE) {
            let sql = format!(
                "SELECT {VERSION_COLUMNS}, l.target FROM links l JOIN heads h ON h.record = l.record
                 JOIN versions v ON v.sequence = h.sequence
                 WHERE l.relation = $1 AND l.kind = $2 AND l.target IN ({}) {}
                 ORDER BY l.target, l.record",
                placeholders(3, some.len()),
                if_live(by_target[&some[0]])
            );
            let mut values = values![relation, kind.name()];
            values.extend(bound(some));
            for row in rows(database, sql, values).await? {
                let link = by_target[row.text(6).map_err(failed(READING))?];
                found.push((link.clone(), recorded(&row)?));
            }
        }
    }
    Ok(found)
}

pub(super) async fn linked_page(
    database: &Database,
    link: &Link,
    kind: RecordKind,
    after: Option<&RecordKey>,
    limit: u32,
) -> Read<Vec<Recorded>> {
    let sql = format!(
        "SELECT {VERSION_COLUMNS} FROM links l JOIN heads h ON h.record = l.record
         JOIN versions v ON v.sequence = h.sequence
         WHERE l.relation = $1 AND l.target = $2 AND l.kind = $3 AND l.record > $4 {}
         ORDER BY l.record LIMIT $5",
        if_live(link)
    );
    let after = after.map(ToString::to_string).unwrap_or_default();
    let values = values![link.relation(), link.target(), kind.name(), after, i64::from(limit)];
    all(&rows(database, sql, values).await?, recorded)
}

pub(super) async fn versions(
    database: &Database,
    key: &RecordKey,
    after: Sequence,
    limit: u32,
) -> Read<Vec<Recorded>> {
    let sql = format!(
        "SELECT {VERSION_COLUMNS} FROM versions v WHERE v.record = $1 AND v.sequence > $2
         AND v.payload IS NOT NULL ORDER BY v.sequence LIMIT $3"
    );
    all(&rows(database, sql, values![key.to_string(), after, i64::from(limit)]).await?, recorded)
}

pub(super) async fn heads_as_of(
    database: &Database,
    keys: &[RecordKey],
    at: DateTime<Utc>,
) -> Read<Vec<Recorded>> {
    let mut found = Vec::with_capacity(keys.len());
    for some in in_order(keys).chunks(AT_ONCE) {
        let sql = format!(
            "SELECT {VERSION_COLUMNS} FROM versions v WHERE v.payload IS NOT NULL AND v.sequence IN (
                SELECT MAX(sequence) FROM versions WHERE observed_at <= $1 AND record IN ({}) GROUP BY record
             ) ORDER BY v.record",
            placeholders(2, some.len())
        );
        let mut values = values![at.timestamp_millis()];
        values.extend(bound(some));
        found.extend(all(&rows(database, sql, values).await?, recorded)?);
    }
    Ok(found)
}

pub(super) async fn events_of(
    database: &Database,
    histories: &[RecordKey],
    parts: &[HistoryPart],
) -> Read<Vec<RecordedEvent>> {
    let parts: Vec<String> = parts.iter().map(|part| part.name().to_owned()).collect();
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for some in in_order(histories).chunks(AT_ONCE) {
        let sql = format!(
            "SELECT {EVENT_COLUMNS} FROM events WHERE {COUNTS} AND part IN ({}) AND history IN ({})",
            placeholders(1, parts.len()),
            placeholders(1 + parts.len(), some.len())
        );
        let mut values = bound(&parts);
        values.extend(bound(some));
        found.extend(all(&rows(database, sql, values).await?, recorded_event)?);
    }
    found.sort_unstable_by_key(|event| event.sequence);
    Ok(found)
}

/// Four ordered lists become one. All are read up to a sequence that was there before the first of them was read, so that
/// nothing written meanwhile can slip in between.
pub(super) async fn changes(database: &Database, after: Sequence, limit: u32) -> Read<Vec<Entry>> {
    let last = last_sequence(database).await?;
    let window = || values![after, last, i64::from(limit)];
    let sql = format!(
        "SELECT {VERSION_COLUMNS} FROM versions v WHERE v.sequence > $1 AND v.sequence <= $2
         ORDER BY v.sequence LIMIT $3"
    );
    let mut entries = all(&rows(database, sql, window()).await?, version_or_erasure)?;
    let sql = format!(
        "SELECT {EVENT_COLUMNS} FROM events WHERE superseded = 0 AND sequence > $1 AND sequence <= $2
         ORDER BY sequence LIMIT $3"
    );
    let events = rows(database, sql, window()).await?;
    entries.extend(all(&events, event_or_its_end)?);
    let sql = "SELECT sequence, previous, surviving, rule, merged_at FROM merges
               WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence LIMIT $3";
    let merges = rows(database, sql.to_owned(), window()).await?;
    entries.extend(all(&merges, |row| merge(row).map(Entry::Merge))?);
    entries.sort_unstable_by_key(Entry::sequence);
    entries.truncate(limit as usize);
    Ok(entries)
}

fn version_or_erasure(row: &Row) -> Read<Entry> {
    let read = failed(READING);
    if row.maybe_text(5).map_err(&read)?.is_some() {
        return recorded(row).map(Entry::Record);
    }
    let sequence = row.int(0).map_err(&read)?;
    let at = instant(sequence, row.int(1).map_err(&read)?)?;
    Ok(Entry::Erased { sequence, key: key(sequence, row.text(3).map_err(&read)?)?, at })
}

fn event_or_its_end(row: &Row) -> Read<Entry> {
    let read = failed(READING);
    if row.maybe_text(4).map_err(&read)?.is_some() {
        return recorded_event(row).map(Entry::Event);
    }
    let sequence = row.int(0).map_err(&read)?;
    let id = row.text(1).map_err(&read)?.into();
    let at = instant(sequence, row.int(3).map_err(&read)?)?;
    Ok(Entry::EventGone { sequence, id, of: key(sequence, row.text(5).map_err(&read)?)?, at })
}

const POSITIONS: &str = "SELECT source, stream, reached, read_rows, total_rows, caught_up, caught_up_at,
                         began_at, moved_at FROM positions";

pub(super) async fn positions(database: &Database) -> Read<Vec<Position>> {
    all(&rows(database, format!("{POSITIONS} ORDER BY source, stream"), vec![]).await?, position_of)
}

pub(super) async fn position(
    database: &Database,
    source: &SourceName,
    stream: &str,
) -> Read<Option<Position>> {
    let sql = format!("{POSITIONS} WHERE source = $1 AND stream = $2");
    let rows = rows(database, sql, values![source.as_str(), stream]).await?;
    rows.first().map(position_of).transpose()
}

fn position_of(row: &Row) -> Read<Position> {
    let read = failed(READING);
    let count = |number: i64| u64::try_from(number).unwrap_or_default();
    Ok(Position {
        source: SourceName::new(row.text(0).map_err(&read)?),
        stream: row.text(1).map_err(&read)?.into(),
        position: row.text(2).map_err(&read)?.into(),
        rows: count(row.int(3).map_err(&read)?),
        total: row.maybe_int(4).map_err(&read)?.map(count),
        caught_up: row.int(5).map_err(&read)? != 0,
        caught_up_at: row.maybe_int(6).map_err(&read)?.map(|at| instant(0, at)).transpose()?,
        began_at: instant(0, row.int(7).map_err(&read)?)?,
        moved_at: instant(0, row.int(8).map_err(&read)?)?,
    })
}

pub(super) async fn floors(database: &Database, keys: &[RecordKey]) -> Read<Vec<CapturedFloor>> {
    const FLOOR_COLUMNS: &str = "source, object, id, part, from_at, reason";
    let order = "ORDER BY source, object, id, part";
    let of_many = format!("SELECT {FLOOR_COLUMNS} FROM floors WHERE id = '' {order}");
    let mut found = all(&rows(database, of_many, vec![]).await?, floor)?;
    let mut keys: Vec<&RecordKey> = keys.iter().collect();
    keys.sort_unstable();
    keys.dedup();
    for some in keys.chunks(AT_ONCE) {
        let sql = format!(
            "WITH asked (asked_source, asked_object, asked_id) AS (VALUES {})
             SELECT {FLOOR_COLUMNS} FROM asked CROSS JOIN floors
             WHERE source = asked_source AND object = asked_object AND id = asked_id {order}",
            tuples(some.len(), 3)
        );
        let values = some.iter().flat_map(|key| values![key.source.as_str(), &*key.object, &*key.id]);
        found.extend(all(&rows(database, sql, values.collect()).await?, floor)?);
    }
    Ok(found)
}

fn floor(row: &Row) -> Read<CapturedFloor> {
    let read = failed(READING);
    let named = |place: usize| row.text(place).map(|text| (!text.is_empty()).then_some(text)).map_err(&read);
    let part = named(3)?.map(|name| part(0, name));
    Ok(CapturedFloor {
        source: named(0)?.map(SourceName::new),
        object: named(1)?.map(Into::into),
        id: named(2)?.map(Into::into),
        part: part.transpose()?,
        floor: Floor {
            from: instant(0, row.int(4).map_err(&read)?)?,
            reason: row.text(5).map_err(&read)?.into(),
        },
    })
}

pub(super) async fn tallies(database: &Database) -> Read<Vec<Tally>> {
    let sql = "SELECT source, counted, number FROM tallies WHERE number > 0 ORDER BY source, counted";
    let read = failed(READING);
    all(&rows(database, sql.to_owned(), vec![]).await?, |row| {
        let counted = row.text(1).map_err(&read)?;
        Ok(Tally {
            source: SourceName::new(row.text(0).map_err(&read)?),
            of: Counted::from_name(counted)
                .ok_or_else(|| unreadable(0)(format!("`{counted}` is nothing that is counted")))?,
            rows: u64::try_from(row.int(2).map_err(&read)?).unwrap_or_default(),
        })
    })
}

pub(super) async fn merges(database: &Database, after: Sequence, limit: u32) -> Read<Vec<Merge>> {
    let sql = "SELECT sequence, previous, surviving, rule, merged_at FROM merges
               WHERE sequence > $1 ORDER BY sequence LIMIT $2";
    all(&rows(database, sql.to_owned(), values![after, i64::from(limit)]).await?, merge)
}

fn merge(row: &Row) -> Read<Merge> {
    let read = failed(READING);
    let sequence = row.int(0).map_err(&read)?;
    let merge = MergeDraft {
        previous: key(sequence, row.text(1).map_err(&read)?)?,
        current: key(sequence, row.text(2).map_err(&read)?)?,
        rule: row.text(3).map_err(&read)?.into(),
        at: instant(sequence, row.int(4).map_err(&read)?)?,
    };
    Ok(Merge { sequence, merge })
}

pub(super) async fn decisions(database: &Database) -> Read<Vec<Decision>> {
    let sql = "SELECT sequence, kind, one_record, other_record, note, decided_by, decided_at FROM decisions
               ORDER BY sequence";
    let read = failed(READING);
    all(&rows(database, sql.to_owned(), vec![]).await?, |row| {
        let sequence = row.int(0).map_err(&read)?;
        let kind = row.text(1).map_err(&read)?;
        let decision = DecisionDraft {
            kind: DecisionKind::from_name(kind)
                .ok_or_else(|| unreadable(sequence)(format!("`{kind}` is no decision")))?,
            left: key(sequence, row.text(2).map_err(&read)?)?,
            right: key(sequence, row.text(3).map_err(&read)?)?,
            note: row.text(4).map_err(&read)?.into(),
            by: row.text(5).map_err(&read)?.into(),
            at: instant(sequence, row.int(6).map_err(&read)?)?,
        };
        Ok(Decision { sequence, decision })
    })
}
