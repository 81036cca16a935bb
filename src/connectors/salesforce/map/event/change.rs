//! Creation, merges, conversion, deletion and changes of fields, from a record and the rows of its history.
//!
//! The history of a reference has two rows for one change, ids and names; the names go. Pseudo fields such as
//! `created` repeat what the record itself says better, and count only where it says nothing.

use std::sync::Arc;

use serde_json::Value;

use crate::domain::event::{Detail, Event, EventKind};
use crate::domain::id::RecordKey;

use super::super::super::id::{canonical, is_id};
use super::super::super::wire::{Changed, FieldHistory};
use super::super::{Mapping, scalar_text};
use super::{Subject, canonical_field};

/// Rows that tell of the record itself and not of a field.
const PSEUDO: [&str; 5] = ["created", "leadConverted", "leadMerged", "contactMerged", "accountMerged"];

impl Mapping<'_> {
    /// The events of a lead, a contact or an account. `losers` are the rows that were merged into it.
    pub(in super::super::super) fn changes(
        &self,
        record: &Changed,
        object: &str,
        losers: &[Changed],
    ) -> Vec<Event> {
        let subject = Subject { key: self.key(object, &record.id), account: None };
        let rows = record.histories.as_ref().map(|rows| rows.records.as_slice()).unwrap_or_default();
        let mut events = vec![self.created(record, &subject)];
        events.extend(self.conversion(record, rows, &subject));
        events.extend(self.merges(rows, losers, &subject));
        events.extend(self.deletion(record, &subject));
        let told = without_repeats(rows);
        events.extend(told.into_iter().map(|row| self.field_change(row, &subject)));
        events
    }

    fn created(&self, record: &Changed, subject: &Subject) -> Event {
        let event = self.event(subject, EventKind::RecordCreated, record.created_date.0, plain());
        self.by(event, record.created_by_id.as_ref())
    }

    fn conversion(&self, record: &Changed, rows: &[FieldHistory], subject: &Subject) -> Option<Event> {
        if !record.is_converted {
            return None;
        }
        let converted_to = record.converted_contact_id.as_ref().map(|contact| self.key("Contact", contact));
        let detail = Detail::Record { merged_ids: Vec::new(), converted_to };
        let row = rows.iter().find(|row| &*row.field == "leadConverted");
        let at = row.map_or(record.system_modstamp, |row| row.created_date);
        let event = self.event(subject, EventKind::LeadConverted, at.0, detail);
        match (row, record.converted_date) {
            (Some(row), _) => Some(self.by(event, row.created_by_id.as_ref())),
            // The record itself knows only the day.
            (None, Some(day)) => Some(self.on_day(event, day)),
            (None, None) => Some(event),
        }
    }

    fn merges(&self, rows: &[FieldHistory], losers: &[Changed], subject: &Subject) -> Vec<Event> {
        if losers.is_empty() {
            // The bin was emptied: only the history still tells of it.
            let event = |row: &FieldHistory| {
                let merged_ids = ids_in([&row.old_value, &row.new_value]);
                let detail = Detail::Record { merged_ids, converted_to: None };
                let event = self.event(subject, EventKind::RecordMerged, row.created_date.0, detail);
                self.by(event, row.created_by_id.as_ref())
            };
            return rows.iter().filter(|row| tells_of_a_merge(row)).map(event).collect();
        }
        losers.iter().map(|loser| self.merge_of(loser, subject)).collect()
    }

    fn merge_of(&self, loser: &Changed, winner: &Subject) -> Event {
        let detail = Detail::Record { merged_ids: vec![loser.id.0.clone()], converted_to: None };
        let event = self.event(winner, EventKind::RecordMerged, loser.system_modstamp.0, detail);
        self.by(event, loser.last_modified_by_id.as_ref())
    }

    /// The merge a row was lost in, with the winner whose history tells it.
    pub(in super::super::super) fn merged_away(
        &self,
        loser: &Changed,
        object: &str,
    ) -> Option<(RecordKey, Event)> {
        let key = self.key(object, loser.master_record_id.as_ref()?);
        let winner = Subject { key, account: None };
        let event = self.merge_of(loser, &winner);
        Some((winner.key, event))
    }

    pub(super) fn deletion(&self, record: &Changed, subject: &Subject) -> Option<Event> {
        let is_plain = record.is_deleted && record.master_record_id.is_none();
        let event = self.event(subject, EventKind::RecordDeleted, record.system_modstamp.0, plain());
        is_plain.then(|| self.by(event, record.last_modified_by_id.as_ref()))
    }

    pub(super) fn field_change(&self, row: &FieldHistory, subject: &Subject) -> Event {
        let (old, new) = (value(&row.old_value), value(&row.new_value));
        let field = self.field_named(&subject.key.object, &row.field);
        let withheld = old.is_none() && new.is_none();
        let is_status = &*subject.key.object == "Lead" && &*row.field == "Status";
        let (kind, detail) = match (new, &*field) {
            (Some(to), _) if is_status => {
                let stage = |status: &Arc<str>| self.options.stage(status);
                let from = old.as_ref().map(stage);
                let detail = Detail::Stage { from, to: stage(&to), vendor_from: old, vendor_to: to };
                (EventKind::StageChange, detail)
            }
            (new, "owner") => (EventKind::OwnerChange, Detail::Field { field, old, new, withheld }),
            (new, _) => (EventKind::FieldChange, Detail::Field { field, old, new, withheld }),
        };
        let event = self.event(subject, kind, row.created_date.0, detail);
        let event = Event { vendor_id: row.id.as_ref().map(|id| id.0.clone()), ..event };
        self.by(event, row.created_by_id.as_ref())
    }
}

/// True for a row that says another record was merged into its own.
pub(in super::super::super) fn tells_of_a_merge(row: &FieldHistory) -> bool {
    row.field.ends_with("Merged")
}

fn plain() -> Detail {
    Detail::Record { merged_ids: Vec::new(), converted_to: None }
}

/// A value of a history row; ids in their one form.
fn value(value: &Value) -> Option<Arc<str>> {
    let text = scalar_text(value)?;
    Some(canonical(&text).unwrap_or(text))
}

fn ids_in(values: [&Value; 2]) -> Vec<Arc<str>> {
    values.iter().filter_map(|value| canonical(value.as_str()?)).collect()
}

/// The rows that tell of fields, each change once.
pub(super) fn without_repeats(rows: &[FieldHistory]) -> Vec<&FieldHistory> {
    let told = rows.iter().filter(|row| !PSEUDO.contains(&&*row.field)).collect::<Vec<_>>();
    let is_repeat = |row: &FieldHistory| {
        told.iter().any(|other| {
            let same_change =
                other.created_date == row.created_date && other.created_by_id == row.created_by_id;
            let same_field = canonical_field("", &other.field) == canonical_field("", &row.field);
            same_change && same_field && names_ids(other) && !names_ids(row)
        })
    };
    told.iter().copied().filter(|row| !is_repeat(row)).collect()
}

/// True for the row of a reference that has the ids.
fn names_ids(row: &FieldHistory) -> bool {
    let values = [&row.old_value, &row.new_value];
    let is_id_or_null = |value: &&Value| value.is_null() || value.as_str().is_some_and(is_id);
    values.iter().all(is_id_or_null) && values.iter().any(|value| !value.is_null())
}
