//! What was captured of records that hang together, ready to be made facts of.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::account::AccountRecord;
use crate::domain::campaign::CampaignMembership;
use crate::domain::id::RecordKey;
use crate::domain::opportunity::OpportunityRecord;
use crate::domain::person::PersonRecord;
use crate::domain::record::RecordMeta;
use crate::ledger::entry::{CapturedRecord, Recorded, RecordedEvent, Sequence};

use super::bonds::{histories_of_addresses, is_live};

/// Records that hang together, and everything that happened with them.
#[derive(Clone, Debug, Default)]
pub(super) struct Material {
    pub(super) people: Vec<Arc<PersonRecord>>,
    pub(super) accounts: Vec<Arc<AccountRecord>>,
    pub(super) opportunities: Vec<Arc<OpportunityRecord>>,
    pub(super) memberships: Vec<Arc<CampaignMembership>>,
    pub(super) events: Vec<RecordedEvent>,
    /// When each record was observed.
    seen: HashMap<RecordKey, Seen>,
}

/// When something was observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seen {
    pub(super) sequence: Sequence,
    pub(super) at: DateTime<Utc>,
}

impl Seen {
    /// Before anything.
    pub(super) const NEVER: Self = Self { sequence: 0, at: DateTime::UNIX_EPOCH };

    /// The later of two.
    pub(super) fn latest(self, other: Self) -> Self {
        Self { sequence: self.sequence.max(other.sequence), at: self.at.max(other.at) }
    }

    pub(super) fn of_event(event: &RecordedEvent) -> Self {
        Self { sequence: event.sequence, at: event.event.observed_at }
    }
}

impl Material {
    /// Adds a record, with its deletion where a listing told of it.
    pub(super) fn add(&mut self, recorded: Recorded) {
        let seen = Seen { sequence: recorded.sequence, at: recorded.observed_at };
        self.seen.insert(recorded.key.clone(), seen);
        let is_live = recorded.is_live();
        match recorded.record {
            CapturedRecord::Person(record) => self.people.push(record),
            CapturedRecord::Account(record) => self.accounts.push(record),
            CapturedRecord::Opportunity(record) => self.opportunities.push(record),
            CapturedRecord::Membership(record) if is_live => self.memberships.push(record),
            _ => {}
        }
    }

    /// When a record was observed.
    pub(super) fn seen(&self, key: &RecordKey) -> Seen {
        self.seen.get(key).copied().unwrap_or(Seen::NEVER)
    }

    /// Every key by which events and memberships may name a person's record: its own and those merged into it.
    pub(super) fn keys_of_people(&self) -> Vec<RecordKey> {
        self.people.iter().flat_map(|record| own_and_merged(&record.meta)).collect()
    }

    /// The histories in which the events of these records stand: theirs, and those of people's addresses.
    pub(super) fn histories(&self) -> Vec<RecordKey> {
        let mut histories = self.keys_of_people();
        histories.extend(self.opportunities.iter().flat_map(|record| own_and_merged(&record.meta)));
        let live = self.people.iter().filter(|person| is_live(&person.meta));
        histories.extend(live.flat_map(|person| histories_of_addresses(person)));
        histories
    }
}

fn own_and_merged(meta: &RecordMeta) -> Vec<RecordKey> {
    let merged = meta.merged_ids.iter().map(|id| RecordKey { id: id.clone(), ..meta.key.clone() });
    std::iter::once(meta.key.clone()).chain(merged).collect()
}
