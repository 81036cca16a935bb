//! What a source tells, in the words of the ledger.

use std::sync::Arc;

use crate::domain::id::SourceName;
use crate::ledger::entry::{CapturedRecord, Observation, history_of_address};
use crate::ledger::state::CapturedFloor;
use crate::source::changes::{Change, HistoryFloor};

/// One thing a stream of this source told, as the ledger keeps it.
pub(super) fn observation(source: &SourceName, change: Change) -> Observation {
    match change {
        Change::Person(record) => Observation::Record(CapturedRecord::Person(Arc::from(record))),
        Change::Account(record) => Observation::Record(CapturedRecord::Account(Arc::from(record))),
        Change::Opportunity(record) => Observation::Record(CapturedRecord::Opportunity(Arc::from(record))),
        Change::Campaign(record) => Observation::Record(CapturedRecord::Campaign(Arc::from(record))),
        Change::Membership(member) => Observation::Record(CapturedRecord::Membership(Arc::from(member))),
        Change::User(record) => Observation::Record(CapturedRecord::User(Arc::from(record))),
        Change::Pipeline(pipeline) => Observation::Record(CapturedRecord::Pipeline(Arc::from(pipeline))),
        Change::Event { of, event } => Observation::Event { of, event: Arc::from(event) },
        Change::AddressEvent { address, event } => {
            Observation::Event { of: history_of_address(source, &address), event: Arc::from(event) }
        }
        Change::Gone { key, at } => Observation::Gone { key, at },
        Change::Floor(HistoryFloor { object, id, part, floor }) => Observation::Floor(CapturedFloor {
            source: Some(source.clone()),
            object: Some(object),
            id,
            part: Some(part),
            floor,
        }),
    }
}
