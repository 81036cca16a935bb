//! The strategies: given what each record says of one field, which value wins.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::id::{RecordKey, SourceName};
use crate::domain::record::Edit;

use super::provenance::{Candidate, Provenance, SurvivorshipStrategy};

/// What one record says of one field. Blank values are not said.
#[derive(Clone, Debug)]
pub(super) struct Say<T> {
    pub(super) record: RecordKey,
    pub(super) created_at: DateTime<Utc>,
    pub(super) value: T,
    /// The value as people read it.
    pub(super) text: Arc<str>,
    /// The value as it is compared; none where it cannot be compared with another source's.
    pub(super) compared: Option<String>,
    pub(super) edit: Option<Edit>,
}

/// All values of one field with the winner first.
#[derive(Clone, Debug)]
pub(super) struct Weighed<T> {
    pub(super) strategy: SurvivorshipStrategy,
    /// The winner, then the others in the order in which they would have been believed.
    pub(super) says: Vec<Say<T>>,
}

impl<T> Weighed<T> {
    /// The value that wins.
    pub(super) fn value(self) -> Option<T> {
        self.says.into_iter().next().map(|say| say.value)
    }

    pub(super) fn provenance<F>(self, field: F) -> Option<Provenance<F>> {
        let in_conflict = self.is_in_conflict();
        let strategy = self.strategy;
        let mut candidates = self.says.into_iter().map(|say| Candidate {
            value: Some(say.text),
            record: say.record,
            changed_at: say.edit.as_ref().map(|edit| edit.at),
            by_integration: say.edit.is_some_and(|edit| edit.by_integration),
        });
        let chosen = candidates.next()?;
        Some(Provenance { field, strategy, chosen, others: candidates.collect(), in_conflict })
    }

    /// True when two sources hold different values. A source speaks through the record it would be believed by first,
    /// so that a lead frozen at its conversion does not contradict its own contact.
    fn is_in_conflict(&self) -> bool {
        let mut voices: BTreeMap<&SourceName, &str> = BTreeMap::new();
        for say in &self.says {
            if let Some(compared) = &say.compared {
                voices.entry(&say.record.source).or_insert(compared);
            }
        }
        let mut values = voices.values();
        values.next().is_some_and(|first| values.any(|other| other != first))
    }
}

/// SALES_UNLESS_BLANK: the says come in the order of belief already.
pub(super) fn sales_unless_blank<T>(says: Vec<Say<T>>) -> Weighed<T> {
    Weighed { strategy: SurvivorshipStrategy::SalesUnlessBlank, says }
}

/// MOST_RECENT_EDIT: the value a human set last. Where no human set one, or two at the same instant, the sales side.
pub(super) fn most_recent_edit<T>(says: Vec<Say<T>>) -> Weighed<T> {
    let human = |say: &Say<T>| say.edit.as_ref().filter(|edit| !edit.by_integration).map(|edit| edit.at);
    // A stable sort keeps the order of belief among equals; none of them comes last.
    let winner =
        says.iter().enumerate().max_by_key(|(nth, say)| (human(say), Reverse(*nth))).map(|(nth, _)| nth);
    put_first(SurvivorshipStrategy::MostRecentEdit, says, winner)
}

/// EARLIEST: the value of the oldest record.
pub(super) fn earliest<T>(says: Vec<Say<T>>) -> Weighed<T> {
    let winner = says.iter().enumerate().min_by_key(|(nth, say)| (say.created_at, *nth)).map(|(nth, _)| nth);
    put_first(SurvivorshipStrategy::Earliest, says, winner)
}

/// The say that a rule of its own chose, by its place.
pub(super) fn put_first<T>(
    strategy: SurvivorshipStrategy,
    mut says: Vec<Say<T>>,
    winner: Option<usize>,
) -> Weighed<T> {
    if let Some(winner) = winner {
        says[..=winner].rotate_right(1);
    }
    Weighed { strategy, says }
}
