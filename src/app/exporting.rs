//! Datasets over the read model.

use std::sync::Arc;

use crate::config::Settings;
use crate::export::{Exports, Outlook};
use crate::facts::Facts;
use crate::unify::live::Live;

/// What opens datasets for callers.
pub(super) fn exports(settings: &Settings, live: &Arc<Live>, facts: Option<Arc<Facts>>) -> Exports {
    let live = live.clone();
    let outlook: Outlook = Arc::new(move || {
        let unsaid = || "Not every source has been captured yet.".to_owned();
        (!live.is_captured()).then(|| live.outlook().unwrap_or_else(unsaid))
    });
    Exports::new(facts, settings.books.agreements.clone().into(), settings.calendar.zone, outlook)
}
