//! All records of one kind: rows in ascending order of id, found by id, by value, or in passing.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use super::cells::Cells;
use super::history::{History, Origin, Version};
use super::index::{self, Index};
use super::news::News;
use super::place::{Place, StageFact, Virtual};
use crate::sandbox::hubspot::kind::Kind;
use crate::sandbox::hubspot::stamp::{self, Millis};

/// Whether a record can be read, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// In lists, in searches, everywhere.
    Live,
    /// Only where archived records are asked for.
    Archived(Millis),
    /// Merged into another or purged: nowhere.
    Gone,
}

/// One record.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) id: u64,
    pub(crate) created: Millis,
    pub(crate) updated: Millis,
    pub(crate) state: State,
    pub(crate) cells: Cells,
}

/// A property and its new value; none clears it.
pub(crate) type Change = (String, Option<String>);

/// When and by whom a write happens, and when searches will see it.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub(crate) at: Millis,
    pub(crate) searchable_at: Millis,
    pub(crate) origin: Origin,
}

#[derive(Debug)]
struct Lag {
    until: Millis,
    before: Option<Row>,
}

/// All records of one kind.
#[derive(Debug)]
pub(crate) struct Objects {
    pub(crate) kind: Kind,
    columns: HashMap<Arc<str>, usize>,
    rows: Vec<Row>,
    pub(crate) history: History,
    // Merged-away id to the id it went into, which may itself have been merged since.
    aliases: HashMap<u64, u64>,
    merged: BTreeMap<u64, Vec<(u64, Millis)>>,
    lagging: HashMap<u32, Lag>,
    /// What the pipelines say about stages, by stage id.
    pub(crate) stages: HashMap<String, StageFact>,
    indexes: RwLock<HashMap<String, Index>>,
    /// What happened since somebody took it.
    pub(crate) news: Vec<News>,
}

impl Objects {
    /// No records yet, and these columns.
    pub(crate) fn new(kind: Kind, columns: impl IntoIterator<Item = Arc<str>>) -> Self {
        Self {
            kind,
            columns: columns.into_iter().enumerate().map(|(index, name)| (name, index)).collect(),
            rows: Vec::new(),
            history: History::default(),
            aliases: HashMap::new(),
            merged: BTreeMap::new(),
            lagging: HashMap::new(),
            stages: HashMap::new(),
            indexes: RwLock::default(),
            news: Vec::new(),
        }
    }

    /// Takes the world's rows; the first of two with one id stays.
    pub(crate) fn load(&mut self, mut rows: Vec<Row>) {
        rows.sort_by_key(|row| row.id);
        rows.dedup_by_key(|row| row.id);
        rows.shrink_to_fit();
        self.rows = rows;
    }

    /// The names of the columns the world came with.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &Arc<str>> {
        self.columns.keys()
    }

    /// Every row, gone ones too, ascending by id.
    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Where the rows from an id on begin.
    pub(crate) fn position_from(&self, id: u64) -> usize {
        self.rows.partition_point(|row| row.id < id)
    }

    /// A record by its very id, archived or live.
    pub(crate) fn find(&self, id: u64) -> Option<usize> {
        let position = self.position_from(id);
        self.rows.get(position).filter(|row| row.id == id && row.state != State::Gone).map(|_| position)
    }

    /// A live record by its very id.
    pub(crate) fn find_live(&self, id: u64) -> Option<usize> {
        self.find(id).filter(|position| self.rows[*position].state == State::Live)
    }

    /// The id a merged-away one stands for now; any other stands for itself.
    pub(crate) fn surviving(&self, mut id: u64) -> u64 {
        // A chain of merges cannot be longer than the table of merges.
        for _ in 0..=self.aliases.len() {
            match self.aliases.get(&id) {
                Some(next) => id = *next,
                None => break,
            }
        }
        id
    }

    /// The record whose unique property has this value; a contact is also found by a secondary address.
    pub(crate) fn find_by(&self, property: &str, value: &str) -> Option<usize> {
        if property == "hs_object_id" {
            return value.parse().ok().and_then(|id| self.find(id));
        }
        let properties: &[&str] =
            if property == "email" { &["email", "hs_additional_emails"] } else { &[property] };
        let mut archived = None;
        for property in properties {
            let place = self.place(property);
            for position in self.propose(property, value).into_iter().map(|row| row as usize) {
                let row = &self.rows[position];
                let is_so = row.state != State::Gone
                    && self.value(row, &place).is_some_and(|found| {
                        found.eq_ignore_ascii_case(value)
                            || (*property == "hs_additional_emails"
                                && found.split(';').any(|one| one.trim().eq_ignore_ascii_case(value)))
                    });
                match row.state {
                    State::Live if is_so => return Some(position),
                    _ if is_so => archived = archived.or(Some(position)),
                    _ => {}
                }
            }
        }
        // An archived record does not stand in the way of a live one with the same value.
        archived
    }

    /// Rows that may hold a value in a stored property, ascending; who asks must check them.
    pub(crate) fn propose(&self, property: &str, value: &str) -> Vec<u32> {
        let key = index::key(value.trim());
        let known = self.indexes.read().unwrap_or_else(PoisonError::into_inner);
        let mut rows: Vec<u32> = if let Some(index) = known.get(property) {
            index.rows(key).collect()
        } else {
            drop(known);
            let index = self.build_index(property);
            let rows = index.rows(key).collect();
            self.indexes.write().unwrap_or_else(PoisonError::into_inner).insert(property.into(), index);
            rows
        };
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    fn build_index(&self, property: &str) -> Index {
        let Some(column) = self.columns.get(property) else { return Index::default() };
        let present = self.rows.iter().enumerate().map(|(position, row)| (position as u32, row));
        // Searches still see these as they were.
        let before =
            self.lagging.iter().filter_map(|(position, lag)| Some((*position, lag.before.as_ref()?)));
        Index::build(present.chain(before).flat_map(|(position, row)| {
            row.cells.get(*column).into_iter().flat_map(keys_of).map(move |key| (key, position))
        }))
    }

    /// Where to look for a property.
    pub(crate) fn place(&self, property: &str) -> Place {
        Place { cell: self.columns.get(property).copied(), made: Virtual::of(self.kind, property) }
    }

    /// A record's value of a property.
    pub(crate) fn value<'a>(&'a self, row: &'a Row, place: &Place) -> Option<Cow<'a, str>> {
        match &place.made {
            Some(Virtual::Id) => return Some(row.id.to_string().into()),
            Some(Virtual::Created) => return Some(stamp::iso(row.created).into()),
            Some(Virtual::Modified) => return Some(stamp::iso(row.updated).into()),
            // Merges go on after a world was written, so they come before what it says about them.
            Some(made @ (Virtual::MergedIds | Virtual::MergedVids | Virtual::AllVids))
                if !self.absorbed(row.id).is_empty() =>
            {
                return made.derive(self, row).map(Cow::Owned);
            }
            _ => {}
        }
        if let Some(value) = place.cell.and_then(|cell| row.cells.get(cell)) {
            return Some(Cow::Borrowed(value));
        }
        place.made.as_ref().and_then(|made| made.derive(self, row)).map(Cow::Owned)
    }

    /// The records merged into this one, and those merged into them before.
    pub(crate) fn absorbed(&self, id: u64) -> &[(u64, Millis)] {
        self.merged.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The row as searches see it: writes show only after the indexing delay.
    pub(crate) fn as_indexed(&self, position: usize, now: Millis) -> Option<&Row> {
        let row = &self.rows[position];
        if row.state != State::Live {
            return None;
        }
        match self.lagging.get(&(position as u32)) {
            Some(lag) if now < lag.until => lag.before.as_ref(),
            _ => Some(row),
        }
    }

    /// The id the next new record will have.
    pub(crate) fn next_id(&self) -> u64 {
        self.rows.last().map_or(1, |row| row.id + 1)
    }

    /// Adds a record and says where.
    pub(crate) fn insert(&mut self, changes: Vec<Change>, moment: &Moment) -> usize {
        let position = self.add(moment);
        self.news.push(News::Created(self.rows[position].id));
        self.write(position, changes, moment, true);
        position
    }

    /// Adds a record whose values have a past already.
    pub(crate) fn insert_unseen(&mut self, values: Vec<Change>, moment: &Moment) -> usize {
        let position = self.add(moment);
        self.write(position, values, moment, false);
        position
    }

    fn add(&mut self, moment: &Moment) -> usize {
        let id = self.next_id();
        let position = self.rows.len();
        self.rows.push(Row {
            id,
            created: moment.at,
            updated: moment.at,
            state: State::Live,
            cells: Cells::default(),
        });
        self.lagging.insert(position as u32, Lag { until: moment.searchable_at, before: None });
        position
    }

    /// Changes a record, keeping the past.
    pub(crate) fn change(&mut self, position: usize, changes: Vec<Change>, moment: &Moment) {
        self.lag_behind(position, moment);
        self.write(position, changes, moment, true);
    }

    fn write(&mut self, position: usize, changes: Vec<Change>, moment: &Moment, remember: bool) {
        let mut values: Vec<Option<String>> =
            self.rows[position].cells.values().map(|value| value.map(str::to_owned)).collect();
        let id = self.rows[position].id;
        for (name, value) in changes {
            if name == self.kind.created() {
                if let Some(at) = value.as_deref().and_then(stamp::parse) {
                    self.rows[position].created = at;
                }
                continue;
            }
            let next = self.columns.len();
            let column = *self.columns.entry(name.as_str().into()).or_insert(next);
            if values.len() <= column {
                values.resize(column + 1, None);
            }
            if values[column] == value {
                continue;
            }
            if remember {
                let version = Version {
                    at: moment.at,
                    value: value.as_deref().unwrap_or_default().into(),
                    origin: moment.origin.clone(),
                };
                self.remember_first(position, &name, values[column].as_deref());
                self.history.append(id, &name, version);
                self.news.push(News::Changed { id, property: name.clone(), value: value.clone() });
            }
            let indexes = self.indexes.get_mut().unwrap_or_else(PoisonError::into_inner);
            if let (Some(index), Some(value)) = (indexes.get_mut(&name), &value) {
                keys_of(value).for_each(|key| index.add(key, position as u32));
            }
            values[column] = value;
        }
        let row = &mut self.rows[position];
        row.cells = Cells::pack(values.iter().map(Option::as_deref));
        row.updated = row.updated.max(moment.at);
    }

    /// Writes down the value a property had all along, before its first change makes the past a list.
    fn remember_first(&mut self, position: usize, name: &str, value: Option<&str>) {
        let row = &self.rows[position];
        let Some(value) = value.filter(|_| self.history.versions(row.id, name).is_empty()) else { return };
        let source = self.value(row, &self.place("hs_object_source"));
        let origin =
            Origin { source_type: source.as_deref().unwrap_or("CRM_UI").into(), source_id: None, user: None };
        let (id, at) = (row.id, row.created);
        self.history.append(id, name, Version { at, value: value.into(), origin });
    }

    /// Archives a record.
    pub(crate) fn archive(&mut self, position: usize, at: Millis) {
        self.rows[position].state = State::Archived(at);
        self.news.push(News::Archived(self.rows[position].id));
    }

    /// Lets a record disappear into another.
    pub(crate) fn absorb(&mut self, loser: u64, winner: u64, at: Millis) {
        if loser == winner {
            return;
        }
        let position = self.position_from(loser);
        if let Some(row) = self.rows.get_mut(position).filter(|row| row.id == loser) {
            row.state = State::Gone;
        }
        self.aliases.insert(loser, winner);
        let earlier = self.merged.remove(&loser).unwrap_or_default();
        let all = self.merged.entry(winner).or_default();
        all.extend(earlier);
        all.push((loser, at));
    }

    /// Forgets a record altogether.
    pub(crate) fn purge(&mut self, position: usize) {
        let row = &mut self.rows[position];
        row.state = State::Gone;
        row.cells = Cells::default();
        let id = row.id;
        self.history.forget(id);
        self.news.push(News::Forgotten(id));
    }

    fn lag_behind(&mut self, position: usize, moment: &Moment) {
        if self.lagging.len() > 10_000 {
            self.lagging.retain(|_, lag| lag.until > moment.at);
        }
        let lag = self
            .lagging
            .entry(position as u32)
            .or_insert_with(|| Lag { until: 0, before: Some(self.rows[position].clone()) });
        if lag.until <= moment.at {
            lag.before = Some(self.rows[position].clone());
        }
        lag.until = moment.searchable_at;
    }
}

/// The keys a value is found by: itself, and each part of a list.
fn keys_of(value: &str) -> impl Iterator<Item = u64> {
    let parts = value.contains(';').then(|| value.split(';').map(|part| index::key(part.trim())));
    std::iter::once(index::key(value.trim())).chain(parts.into_iter().flatten())
}
