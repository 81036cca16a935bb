//! Which records a vendor said have changed: what was asked before it said so is no answer any more.
//!
//! Everything a source remembers carries the moment at which it was asked for, a count of what had been told until then.
//! A notice costs one entry here and no look at what is remembered; who reads an answer compares. So a burst of notices
//! harms nobody, an answer that was under way when a notice came is outdated when it arrives, and what no notice names
//! stays. Records are known by the vendor's id alone: where two objects share a number, one is asked again in vain.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// At most so many records are kept apart; then everything remembered is forgotten at once.
const MOST: usize = 100_000;

/// How much had been told when something was asked.
pub(super) type Moment = u64;

/// What is known to have changed at one source.
#[derive(Default)]
pub(super) struct Outdated {
    now: AtomicU64,
    told: RwLock<Told>,
}

#[derive(Default)]
struct Told {
    /// Nothing asked before this holds.
    everything: Moment,
    /// No answer that finds records otherwise than by their id holds, if it was asked before this.
    found: Moment,
    /// When each record was last said to have changed.
    records: HashMap<Arc<str>, Moment>,
}

impl Outdated {
    /// The present moment: to be taken before a vendor is asked.
    pub(super) fn now(&self) -> Moment {
        self.now.load(Ordering::SeqCst)
    }

    /// Takes note that these records changed. With `found_otherwise` they may now be found by what did not find them
    /// before: an address, an account, a list.
    pub(super) fn note(&self, ids: &[Arc<str>], found_otherwise: bool) {
        let mut told = self.told.write().unwrap_or_else(PoisonError::into_inner);
        let moment = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        if told.records.len() + ids.len() > MOST {
            told.records.clear();
            told.everything = moment;
        }
        told.records.extend(ids.iter().map(|id| (id.clone(), moment)));
        if found_otherwise {
            told.found = moment;
        }
    }

    /// Nothing that was asked until now holds any more.
    pub(super) fn forget_all(&self) {
        let mut told = self.told.write().unwrap_or_else(PoisonError::into_inner);
        told.everything = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        told.records.clear();
    }

    /// Whether everything was forgotten after this moment.
    pub(super) fn was_forgotten_since(&self, asked: Moment) -> bool {
        asked < self.told.read().unwrap_or_else(PoisonError::into_inner).everything
    }

    /// Whether what was asked at a moment still holds. `by_id` says that no other record can come to belong to it;
    /// `rests_on` whether it is about a record of which that is said.
    pub(super) fn holds(
        &self,
        asked: Moment,
        by_id: bool,
        rests_on: impl FnOnce(&dyn Fn(&str) -> bool) -> bool,
    ) -> bool {
        if asked == self.now() {
            return true;
        }
        let told = self.told.read().unwrap_or_else(PoisonError::into_inner);
        asked >= told.everything
            && (by_id || asked >= told.found)
            && !rests_on(&|id| told.records.get(id).is_some_and(|moment| asked < *moment))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether an answer about this record holds.
    fn holds(outdated: &Outdated, asked: Moment, by_id: bool, id: &str) -> bool {
        outdated.holds(asked, by_id, |is_outdated| is_outdated(id))
    }

    #[test]
    fn what_was_asked_before_a_notice_is_outdated_and_what_is_asked_after_it_holds() {
        let outdated = Outdated::default();
        let before = outdated.now();
        outdated.note(&["7".into()], false);
        assert!(!holds(&outdated, before, true, "7"));
        assert!(holds(&outdated, before, true, "8"), "nobody spoke of it");
        assert!(holds(&outdated, before, false, "8"));
        assert!(holds(&outdated, outdated.now(), true, "7"));
    }

    #[test]
    fn a_record_that_is_found_otherwise_outdates_what_looks_for_records() {
        let outdated = Outdated::default();
        let before = outdated.now();
        outdated.note(&["7".into()], true);
        assert!(holds(&outdated, before, true, "8"));
        assert!(!holds(&outdated, before, false, "8"), "it may find the seventh now");
        assert!(holds(&outdated, outdated.now(), false, "8"));
    }

    #[test]
    fn more_records_than_are_kept_apart_forget_everything_and_no_memory_grows_without_end() {
        let outdated = Outdated::default();
        let before = outdated.now();
        for block in 0..=MOST / 1_000 {
            let ids: Vec<Arc<str>> = (0..1_000).map(|n| format!("{block}-{n}").into()).collect();
            outdated.note(&ids, false);
        }
        assert!(!holds(&outdated, before, true, "never named"));
        assert!(outdated.was_forgotten_since(before));
        assert!(outdated.told.read().expect("no test panics holding it").records.len() <= MOST);
        assert!(holds(&outdated, outdated.now(), true, "0-0"));
    }

    #[test]
    fn forgetting_everything_spares_what_is_asked_afterwards() {
        let outdated = Outdated::default();
        outdated.note(&["7".into()], true);
        let before = outdated.now();
        outdated.forget_all();
        assert!(!holds(&outdated, before, true, "8"));
        assert!(holds(&outdated, outdated.now(), false, "7"));
    }
}
