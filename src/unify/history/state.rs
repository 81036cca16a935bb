//! What a record held at an instant: its values now, with every later change undone.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::event::{Event, Floor};
use crate::domain::id::RecordKey;
use crate::domain::lifecycle::LifecycleStage;

use super::order::in_order;
use crate::domain::identify::{field_of, is_withheld, old_value_of};

/// What a field of a record holds now.
#[derive(Clone, Debug, PartialEq)]
pub struct Current {
    /// The record.
    pub record: RecordKey,
    /// The canonical name of the field, as in the events: `title`, `owner`, `lifecycleStage`.
    pub field: Arc<str>,
    /// The vendor's value, written as the events write it.
    pub value: Option<Arc<str>>,
    /// The stage that value is mapped to, for `lifecycleStage`.
    pub stage: Option<LifecycleStage>,
    /// The record's modification stamp.
    pub modified_at: DateTime<Utc>,
}

/// What was known of some fields at an instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The instant.
    pub at: DateTime<Utc>,
    /// The fields in the order asked.
    pub values: Vec<Held>,
    /// False when the histories do not tell everything back to the instant.
    pub is_complete: bool,
}

/// What a field of a record held.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// The record.
    pub record: RecordKey,
    /// The canonical name of the field.
    pub field: Arc<str>,
    /// The vendor's value then.
    pub value: Option<Arc<str>>,
}

/// The values at an instant. Give every event of the records, echoes included, in any order, and the floors of their
/// histories.
pub fn state_at(current: &[Current], events: &[Event], floors: &[Floor], at: DateTime<Utc>) -> Snapshot {
    let mut is_complete = floors.iter().all(|floor| floor.from <= at);
    let mut values = Vec::with_capacity(current.len());
    for now in current {
        let changes = in_order(
            events
                .iter()
                .filter(|event| event.source == now.record && field_of(&event.detail) == Some(&*now.field)),
        );
        let later = &changes[changes.partition_point(|event| event.occurred_at <= at)..];
        let value = if later.iter().any(|event| is_withheld(&event.detail)) {
            is_complete = false;
            None
        } else {
            // Undone newest first, the one undone last says what was there.
            match later.first() {
                Some(undone_last) => old_value_of(&undone_last.detail).map(Arc::from),
                None => now.value.clone(),
            }
        };
        values.push(Held { record: now.record.clone(), field: now.field.clone(), value });
    }
    Snapshot { at, values, is_complete }
}
