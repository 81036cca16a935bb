//! What lies beside the parts of an export and tells what they are.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::record::{ColumnEntry, Export, Part, Status};

/// The file `manifest.json`. Parts lie beside it, under their names.
#[derive(Serialize)]
pub(super) struct Manifest<'a> {
    dataset: &'static str,
    format: &'static str,
    view: &'a Arc<str>,
    policy_version: &'a Arc<str>,
    as_of: Option<DateTime<Utc>>,
    sequence: Option<i64>,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
    after_sequence: Option<i64>,
    time_column: &'static str,
    time_zone: &'static str,
    /// False where the export broke off: every part can be read, and rows are missing.
    is_whole: bool,
    next_cursor: Option<&'a str>,
    rows: u64,
    bytes: u64,
    columns: &'a [ColumnEntry],
    parts: &'a [Part],
}

impl<'a> Manifest<'a> {
    pub(super) fn of(export: &'a Export) -> Self {
        let Export { wish, owner, told, .. } = export;
        let is_whole = export.status == Status::Completed;
        Self {
            dataset: wish.dataset.name(),
            format: wish.format.ending(),
            view: &owner.view,
            policy_version: &owner.fingerprint,
            as_of: told.as_ref().map(|told| told.as_of),
            sequence: told.as_ref().map(|told| told.sequence),
            from: wish.from,
            to: wish.to,
            after_sequence: wish.after_sequence,
            time_column: wish.dataset.time_column(),
            time_zone: wish.zone.name(),
            is_whole,
            next_cursor: told.as_ref().filter(|_| is_whole).map(|told| &*told.next_cursor),
            rows: export.rows,
            bytes: export.bytes,
            columns: &export.columns,
            parts: &export.parts,
        }
    }
}
