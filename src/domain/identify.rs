//! The id of an event, the same whenever and however it is read, and what of an event tells it from others.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::event::{Detail, Event};
use super::hex::hex;

/// How many bytes of the hash an id keeps.
const KEPT: usize = 16;

/// A hash of source, object and the vendor's own event id; for rows without one, of record, field, instant and new
/// value. The kind is part of it, because one vendor row can tell of two things (a member who joined and responded).
pub fn id_of(event: &Event) -> Arc<str> {
    let source = event.source.source.as_str();
    let kind = event.kind.name().to_owned();
    let parts: Vec<String> = match &event.vendor_id {
        Some(id) => vec![kind, source.to_owned(), event.source.object.to_string(), id.to_string()],
        None => vec![
            kind,
            event.source.to_string(),
            field_of(&event.detail).unwrap_or_default().to_owned(),
            event.occurred_at.timestamp_millis().to_string(),
            new_value_of(&event.detail).unwrap_or_default(),
        ],
    };
    let mut hash = Sha256::new();
    for part in parts {
        // The length before each part keeps ("a", "bc") apart from ("ab", "c").
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize()[..KEPT]).into()
}

/// The canonical field that an event is about, where it changes one.
pub fn field_of(detail: &Detail) -> Option<&str> {
    match detail {
        Detail::Field { field, .. } => Some(field),
        Detail::Stage { .. } => Some("lifecycleStage"),
        Detail::Opportunity { .. } => Some("stage"),
        Detail::Touch { .. } | Detail::Activity { .. } | Detail::Record { .. } => None,
    }
}

/// The vendor's value before a change.
pub fn old_value_of(detail: &Detail) -> Option<&str> {
    match detail {
        Detail::Field { old, .. } => old.as_deref(),
        Detail::Stage { vendor_from, .. } => vendor_from.as_deref(),
        Detail::Opportunity { from, .. } => from.as_deref(),
        Detail::Touch { .. } | Detail::Activity { .. } | Detail::Record { .. } => None,
    }
}

/// The vendor's value after a change; for touches and activities what tells two at one instant apart.
pub fn new_value_of(detail: &Detail) -> Option<String> {
    match detail {
        Detail::Field { new, .. } => new.as_deref().map(str::to_owned),
        Detail::Stage { vendor_to, .. } => Some(vendor_to.to_string()),
        Detail::Opportunity { to, .. } => to.as_deref().map(str::to_owned),
        Detail::Touch { asset, url, .. } => {
            asset.as_ref().map(|asset| asset.key.to_string()).or_else(|| url.as_deref().map(str::to_owned))
        }
        Detail::Activity { subject, .. } => subject.as_deref().map(str::to_owned),
        Detail::Record { converted_to, .. } => converted_to.as_ref().map(ToString::to_string),
    }
}

/// True when the vendor recorded that a field changed, but not to what.
pub fn is_withheld(detail: &Detail) -> bool {
    matches!(detail, Detail::Field { withheld: true, .. })
}
