//! A batch on its way into the tables: what is new in it, and what of the tables it changes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, SubsecRound, Utc};

use crate::domain::event::Event;
use crate::domain::id::RecordKey;
use crate::domain::identify;

use super::append::count;
use super::entry::{
    Appended, Batch, CapturedRecord, Entry, Observation, RecordKind, Recorded, RecordedEvent, Sequence,
};
use super::error::LedgerError;
use super::link::{Link, links_of};
use super::sql::{Row, Value, Writing, failed, values};
use super::state::Counted;
use super::stored::{
    self, VERSION_COLUMNS, content_hash, event_to_text, instant, record_from_text, record_to_text, recorded,
    unreadable,
};

const OPERATION: &str = "writing a batch";
/// What a batch must know of an event that is here.
const KNOWN_COLUMNS: &str = "sequence, event, history, part, record, occurred_at, payload";

/// The newest version of a record.
struct Head {
    kind: RecordKind,
    hash: String,
    deleted_at: Option<DateTime<Utc>>,
    /// What it says; not read of records that the batch brings whole.
    record: Option<CapturedRecord>,
    /// There was a version before this batch.
    was_here: bool,
}

/// An event in a history.
type Place = (Arc<str>, RecordKey);

/// The row that counts for an event in a history.
struct Known {
    sequence: Sequence,
    part: &'static str,
    occurred_at: DateTime<Utc>,
    /// None where it is gone.
    payload: Option<String>,
}

/// A row of `events` to be written.
struct EventRow {
    place: Place,
    known: Known,
    superseded: Sequence,
    restated: bool,
    person: Option<String>,
    record: Option<String>,
}

/// A batch on its way into the tables.
pub(super) struct Draft {
    observed_at: DateTime<Utc>,
    last: Sequence,
    heads: HashMap<RecordKey, Head>,
    /// The records of the memberships that have an id of the vendor's, by [`Link::Membership`]'s target.
    memberships: HashMap<String, BTreeSet<RecordKey>>,
    events: HashMap<Place, Known>,
    /// The events that are a record of their own, by that record.
    by_record: HashMap<RecordKey, BTreeSet<Place>>,
    newest: BTreeMap<RecordKey, Sequence>,
    versions: Vec<Vec<Value>>,
    event_rows: Vec<EventRow>,
    /// Rows that no longer count, with the row that does.
    superseded: BTreeMap<Sequence, Sequence>,
    entries: Vec<Entry>,
    counts: BTreeMap<(String, Counted), i64>,
    repeated: u64,
    /// What was dropped because it was erased.
    pub(super) refused: u64,
}

impl Draft {
    /// Reads what the ledger knows of the records and events of the batch.
    pub(super) async fn begin(
        writing: &mut Writing,
        batch: &Batch,
        observed_at: DateTime<Utc>,
        last: Sequence,
    ) -> Result<Self, LedgerError> {
        let (mut records, mut gone, mut members) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let mut places = BTreeSet::new();
        for observation in &batch.observations {
            match observation {
                Observation::Record(record) => {
                    records.insert(record.key().to_string());
                }
                Observation::Gone { key, .. } => {
                    gone.insert(key.to_string());
                    members.insert(Link::Membership(key.source.clone(), key.id.clone()).target());
                }
                Observation::Event { of, event } => {
                    places.insert([of.to_string(), identify::id_of(event).to_string()]);
                }
                Observation::Erased { .. } | Observation::Floor(_) => {}
            }
        }
        let mut draft = Self {
            observed_at,
            last,
            heads: HashMap::new(),
            memberships: HashMap::new(),
            events: HashMap::new(),
            by_record: HashMap::new(),
            newest: BTreeMap::new(),
            versions: Vec::new(),
            event_rows: Vec::new(),
            superseded: BTreeMap::new(),
            entries: Vec::new(),
            counts: BTreeMap::new(),
            repeated: 0,
            refused: 0,
        };
        let list = |keys: BTreeSet<String>| keys.into_iter().collect::<Vec<String>>();
        draft.read_hashes(writing, &list(records)).await?;
        let (gone, members) = (list(gone), list(members));
        draft.read_heads(writing, "h.record IN ({list})", &gone).await?;
        let among =
            "h.record IN (SELECT record FROM links WHERE relation = 'MEMBERSHIP' AND target IN ({list}))";
        draft.read_heads(writing, among, &members).await?;
        // In the order of the index, so that what belongs together is looked up together.
        let places: Vec<[String; 2]> = places.into_iter().collect();
        let sql = format!(
            "WITH told (told_of, told_event) AS (VALUES {{list}})
             SELECT {KNOWN_COLUMNS} FROM told CROSS JOIN events
             WHERE history = told_of AND event = told_event AND superseded = 0"
        );
        let known = writing.rows_among_pairs(&sql, &places).await.map_err(failed(OPERATION))?;
        draft.know_events(&known)?;
        let sql = format!("SELECT {KNOWN_COLUMNS} FROM events WHERE superseded = 0 AND record IN ({{list}})");
        let known = writing.rows_among(&sql, &gone).await.map_err(failed(OPERATION))?;
        draft.know_events(&known)?;
        Ok(draft)
    }

    async fn read_hashes(&mut self, writing: &mut Writing, keys: &[String]) -> Result<(), LedgerError> {
        let failed = failed(OPERATION);
        let sql = "SELECT record, kind, hash FROM heads WHERE record IN ({list})";
        for row in writing.rows_among(sql, keys).await.map_err(&failed)? {
            let (key, kind) = (row.text(0).map_err(&failed)?, row.text(1).map_err(&failed)?);
            let kind = RecordKind::from_name(kind)
                .ok_or_else(|| unreadable(0)(format!("`{kind}` is no kind of record")))?;
            let hash = row.text(2).map_err(&failed)?.to_owned();
            let head = Head { kind, hash, deleted_at: None, record: None, was_here: true };
            self.heads.insert(stored::key(0, key)?, head);
        }
        Ok(())
    }

    /// Of what is gone the last version is needed whole.
    async fn read_heads(
        &mut self,
        writing: &mut Writing,
        those: &str,
        keys: &[String],
    ) -> Result<(), LedgerError> {
        let failed = failed(OPERATION);
        let sql = format!(
            "SELECT {VERSION_COLUMNS}, h.hash FROM heads h JOIN versions v ON v.sequence = h.sequence WHERE {those}"
        );
        for row in writing.rows_among(&sql, keys).await.map_err(&failed)? {
            let Recorded { key, deleted_at, record, .. } = recorded(&row)?;
            self.remember_membership(&key, &record);
            let (kind, hash) = (record.kind(), row.text(6).map_err(&failed)?.to_owned());
            self.heads.insert(key, Head { kind, hash, deleted_at, record: Some(record), was_here: true });
        }
        Ok(())
    }

    /// Takes in rows of [`KNOWN_COLUMNS`].
    fn know_events(&mut self, rows: &[Row]) -> Result<(), LedgerError> {
        let failed = failed(OPERATION);
        for row in rows {
            let sequence = row.int(0).map_err(&failed)?;
            let id: Arc<str> = row.text(1).map_err(&failed)?.into();
            let place = (id, stored::key(sequence, row.text(2).map_err(&failed)?)?);
            let part = stored::part(sequence, row.text(3).map_err(&failed)?)?.name();
            if let Some(record) = row.maybe_text(4).map_err(&failed)? {
                let record = stored::key(sequence, record)?;
                self.by_record.entry(record).or_default().insert(place.clone());
            }
            let occurred_at = instant(sequence, row.int(5).map_err(&failed)?)?;
            let payload = row.maybe_text(6).map_err(&failed)?.map(str::to_owned);
            self.events.insert(place, Known { sequence, part, occurred_at, payload });
        }
        Ok(())
    }

    fn remember_membership(&mut self, key: &RecordKey, record: &CapturedRecord) {
        if let CapturedRecord::Membership(membership) = record {
            let link = Link::Membership(key.source.clone(), membership.id.clone());
            self.memberships.entry(link.target()).or_default().insert(key.clone());
        }
    }

    fn next(&mut self) -> Sequence {
        self.last += 1;
        self.last
    }

    fn count(&mut self, key: &RecordKey, counted: Counted, number: i64) {
        *self.counts.entry((key.source.to_string(), counted)).or_default() += number;
    }

    /// A version of a record, unless it says what the newest one says.
    pub(super) fn record(&mut self, record: CapturedRecord, deleted_at: Option<DateTime<Utc>>) {
        let (key, kind) = (record.key(), record.kind());
        let deleted_at = deleted_at.map(|at| at.trunc_subsecs(3));
        let text = record_to_text(&record);
        let hash = content_hash(&text, deleted_at);
        let before = self.heads.get(&key);
        if before.is_some_and(|head| head.hash == hash && head.kind == kind) {
            self.repeated += 1;
            return;
        }
        let was_here = before.is_some_and(|head| head.was_here);
        if before.is_none() {
            self.count(&key, Counted::Records(kind), 1);
        }
        self.count(&key, Counted::Versions, 1);
        let (sequence, observed_at) = (self.next(), self.observed_at);
        // As it will be read: with the moment of this observation.
        let record = record_from_text(kind, &text, observed_at).unwrap_or(record);
        self.versions.push(values![
            sequence,
            key.to_string(),
            kind.name(),
            observed_at.timestamp_millis(),
            deleted_at.map(|at| at.timestamp_millis()),
            Some(text),
        ]);
        self.newest.insert(key.clone(), sequence);
        self.remember_membership(&key, &record);
        let head = Head { kind, hash, deleted_at, record: Some(record.clone()), was_here };
        self.heads.insert(key.clone(), head);
        self.entries.push(Entry::Record(Recorded { sequence, observed_at, deleted_at, key, record }));
    }

    /// A tombstone of a record; of memberships, where that is what the key names; and the end of the events that were
    /// this very thing. What was never seen leaves nothing behind.
    pub(super) fn gone(&mut self, key: &RecordKey, at: DateTime<Utc>) {
        if self.heads.contains_key(key) {
            self.bury(key, at);
            return;
        }
        let link = Link::Membership(key.source.clone(), key.id.clone());
        for membership in self.memberships.get(&link.target()).cloned().unwrap_or_default() {
            self.bury(&membership, at);
        }
        for place in self.by_record.get(key).cloned().unwrap_or_default() {
            self.end(&place);
        }
    }

    fn bury(&mut self, key: &RecordKey, at: DateTime<Utc>) {
        let head = self.heads.get(key).filter(|head| head.deleted_at.is_none());
        let Some(mut record) = head.and_then(|head| head.record.clone()) else {
            self.repeated += 1;
            return;
        };
        record.set_deleted_at(at);
        self.record(record, Some(at));
    }

    /// An event that no longer stands in a history.
    fn end(&mut self, place: &Place) {
        let Some(known) = self.events.get(place).filter(|known| known.payload.is_some()) else { return };
        let (part, occurred_at) = (known.part, known.occurred_at);
        let (id, of) = place.clone();
        self.count(&of, Counted::Events, -1);
        let sequence = self.place_event(place.clone(), part, occurred_at, None, [None, None]);
        self.entries.push(Entry::EventGone { sequence, id, of, at: self.observed_at });
    }

    /// An event in a history, unless it is known and told as before.
    pub(super) fn event(&mut self, of: RecordKey, event: &Arc<Event>) {
        let place = (identify::id_of(event), of);
        let payload = event_to_text(event);
        let known = self.events.get(&place);
        if known.is_some_and(|known| known.payload.as_ref() == Some(&payload)) {
            self.repeated += 1;
            return;
        }
        let restated = known.is_some();
        if known.is_none_or(|known| known.payload.is_none()) {
            self.count(&place.1, Counted::Events, 1);
        }
        let of = &place.1;
        let record = (event.source != *of).then(|| event.source.clone());
        let person = event.person.as_ref().filter(|person| *person != of).map(ToString::to_string);
        if let Some(record) = &record {
            self.by_record.entry(record.clone()).or_default().insert(place.clone());
        }
        let (id, of) = place.clone();
        let also = [person, record.map(|record| record.to_string())];
        let sequence =
            self.place_event(place, event.kind.part().name(), event.occurred_at, Some(payload), also);
        let event = Arc::new(Event { observed_at: self.observed_at, ..Event::clone(event) });
        self.entries.push(Entry::Event(RecordedEvent { sequence, id, of, event, restated }));
    }

    /// Gives an event's row its place, which ends the one before.
    fn place_event(
        &mut self,
        place: Place,
        part: &'static str,
        occurred_at: DateTime<Utc>,
        payload: Option<String>,
        [person, record]: [Option<String>; 2],
    ) -> Sequence {
        let sequence = self.next();
        let known = |payload| Known { sequence, part, occurred_at, payload };
        let before = self.events.insert(place.clone(), known(payload.clone()));
        let restated = before.is_some();
        if let Some(before) = before {
            self.superseded.insert(before.sequence, sequence);
        }
        let known = known(payload);
        self.event_rows.push(EventRow { place, known, superseded: 0, restated, person, record });
        sequence
    }

    /// Writes the rows.
    pub(super) async fn write(mut self, writing: &mut Writing) -> Result<Appended, sqlx::Error> {
        let into = "versions (sequence, record, kind, observed_at, deleted_at, payload)";
        writing.insert(into, std::mem::take(&mut self.versions), "").await?;
        self.write_heads(writing).await?;
        self.write_events(writing).await?;
        count(writing, std::mem::take(&mut self.counts)).await?;
        let Self { entries, repeated, refused, last, .. } = self;
        Ok(Appended { entries, repeated, refused, last })
    }

    async fn write_heads(&mut self, writing: &mut Writing) -> Result<(), sqlx::Error> {
        let (mut rows, mut wanted, mut were_here) = (Vec::new(), BTreeSet::new(), Vec::new());
        for (key, sequence) in &self.newest {
            let head = &self.heads[key];
            let record = head.record.as_ref().expect("a new version holds its record");
            let is_merged = record.meta().is_some_and(|meta| meta.merged_into.is_some());
            let is_live = head.deleted_at.is_none() && !is_merged;
            let name = key.to_string();
            for link in links_of(record) {
                let [relation, kind] = [link.relation(), head.kind.name()].map(str::to_owned);
                wanted.insert([relation, link.target(), kind, name.clone()]);
            }
            let (kind, hash) = (head.kind.name(), head.hash.as_str());
            rows.push(values![name.as_str(), kind, *sequence, i64::from(is_live), hash]);
            if head.was_here {
                were_here.push(name);
            }
        }
        let then = "ON CONFLICT (record) DO UPDATE SET kind = excluded.kind, sequence = excluded.sequence,
                    is_live = excluded.is_live, hash = excluded.hash";
        writing.insert("heads (record, kind, sequence, is_live, hash)", rows, then).await?;

        // What is there already need not be written; what is no longer wanted goes.
        let sql = "SELECT relation, target, kind, record FROM links WHERE record IN ({list})";
        let mut outdated = Vec::new();
        for row in writing.rows_among(sql, &were_here).await? {
            let link = [row.text(0)?, row.text(1)?, row.text(2)?, row.text(3)?].map(str::to_owned);
            if !wanted.remove(&link) {
                outdated.push(link.map(Value::from).to_vec());
            }
        }
        for link in outdated {
            let sql = "DELETE FROM links WHERE relation = $1 AND target = $2 AND kind = $3 AND record = $4";
            writing.run(sql, link).await?;
        }
        let rows = wanted.into_iter().map(|link| link.map(Value::from).to_vec()).collect();
        writing.insert("links (relation, target, kind, record)", rows, "ON CONFLICT DO NOTHING").await
    }

    async fn write_events(&mut self, writing: &mut Writing) -> Result<(), sqlx::Error> {
        // A row may be superseded within its own batch, and two rows of one place never count at the same time.
        let mut rows = std::mem::take(&mut self.event_rows);
        for row in &mut rows {
            if let Some(after) = self.superseded.remove(&row.known.sequence) {
                row.superseded = after;
            }
        }
        for (before, after) in &self.superseded {
            let sql = "UPDATE events SET superseded = $1 WHERE sequence = $2";
            writing.run(sql, values![*after, *before]).await?;
        }
        let into = "events (sequence, event, superseded, restated, history, part, person, record,
                    occurred_at, observed_at, payload)";
        let observed_at = self.observed_at.timestamp_millis();
        let values = |row: EventRow| {
            let EventRow { place: (id, of), known, superseded, restated, person, record } = row;
            values![
                known.sequence,
                &*id,
                superseded,
                i64::from(restated),
                of.to_string(),
                known.part,
                person,
                record,
                known.occurred_at.timestamp_millis(),
                observed_at,
                known.payload,
            ]
        };
        writing.insert(into, rows.into_iter().map(values).collect(), "").await
    }
}
