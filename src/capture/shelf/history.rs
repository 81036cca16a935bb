//! The history of a record, part by part, as it was captured.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::domain::email;
use crate::domain::event::{Event, Floor, HistoryPart, RecordHistory};
use crate::domain::id::RecordKey;
use crate::ledger::entry::history_of_address;
use crate::ledger::error::LedgerError;
use crate::ledger::state::CapturedFloor;
use crate::source::ask::HistoryLookup;
use crate::source::changes::told_of;

use super::{Answers, Shelf};

/// The events of one part, by the record or address in whose history they stand.
type Histories = HashMap<RecordKey, Vec<Arc<Event>>>;

#[async_trait]
impl Answers<HistoryLookup> for Shelf {
    /// Histories can be long.
    const BATCH: usize = 50;

    async fn answer(&self, lookups: &[HistoryLookup]) -> Result<Vec<Vec<Arc<RecordHistory>>>, LedgerError> {
        let keys: BTreeSet<RecordKey> = lookups.iter().map(|it| self.key(&it.object, &it.id)).collect();
        let keys: Vec<RecordKey> = keys.into_iter().collect();
        let heads = self.ledger().heads_of(&keys).await?;
        let created = heads.into_iter().filter_map(|it| Some((it.record.meta()?.created_at, it.key)));
        let created: HashMap<RecordKey, DateTime<Utc>> = created.map(|(at, key)| (key, at)).collect();
        let floors = self.ledger().floors(&keys).await?;
        let mut parts: BTreeMap<HistoryPart, BTreeSet<RecordKey>> = BTreeMap::new();
        for lookup in lookups {
            let wanted = parts.entry(lookup.part).or_default();
            wanted.insert(self.key(&lookup.object, &lookup.id));
            wanted.extend(self.address_of(lookup));
        }
        let mut read: HashMap<HistoryPart, Histories> = HashMap::new();
        for (part, histories) in parts {
            let histories: Vec<RecordKey> = histories.into_iter().collect();
            let own = read.entry(part).or_default();
            for recorded in self.ledger().events_of(&histories, &[part]).await? {
                own.entry(recorded.of).or_default().push(recorded.event);
            }
        }
        let answer = |lookup: &HistoryLookup| {
            let key = self.key(&lookup.object, &lookup.id);
            // A record nobody knows has no history at all.
            let created_at = created.get(&key)?;
            let events = read.get(&lookup.part);
            let of = |history: &RecordKey| events.and_then(|it| it.get(history)).into_iter().flatten();
            let mut told: Vec<Event> = of(&key).map(|event| Event::clone(event)).collect();
            if let Some(address) = self.address_of(lookup) {
                told.extend(of(&address).map(|event| told_of(event, &key)));
            }
            let floor = floor_of(&floors, &key, lookup.part, *created_at);
            Some(Arc::new(RecordHistory { events: told, floor }))
        };
        Ok(lookups.iter().map(|lookup| answer(lookup).into_iter().collect()).collect())
    }
}

impl Shelf {
    /// The history of the address a lookup brings along, where it can have one: marketing's touches.
    fn address_of(&self, lookup: &HistoryLookup) -> Option<RecordKey> {
        let address = lookup.address.as_deref().filter(|_| lookup.part == HistoryPart::Touches)?;
        Some(history_of_address(&self.name, &email::normalise(address)?))
    }
}

/// Since when this part of a record's history is whole: the latest floor that is about it.
fn floor_of(
    floors: &[CapturedFloor],
    key: &RecordKey,
    part: HistoryPart,
    created_at: DateTime<Utc>,
) -> Option<Floor> {
    let about = floors.iter().filter(|floor| floor.is_about(key, part));
    // What is said of many records is said of those that were there before.
    let holds = about.filter(|it| it.id.is_some() || created_at < it.floor.from);
    holds.map(|it| it.floor.clone()).max_by_key(|floor| floor.from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::SourceName;

    fn floor(object: Option<&str>, id: Option<&str>, from: &str) -> CapturedFloor {
        CapturedFloor {
            source: object.map(|_| SourceName::new("sales")),
            object: object.map(Arc::from),
            id: id.map(Arc::from),
            part: object.map(|_| HistoryPart::Changes),
            floor: Floor { from: from.parse().expect("an instant"), reason: Arc::from(from) },
        }
    }

    #[test]
    fn the_latest_floor_that_is_about_a_record_holds() {
        let floors = [
            floor(Some("Lead"), None, "2024-01-01T00:00:00Z"),
            floor(Some("Lead"), Some("1"), "2023-06-01T00:00:00Z"),
            floor(Some("Contact"), None, "2025-06-01T00:00:00Z"),
            floor(None, None, "2023-07-01T00:00:00Z"),
        ];
        let of = |id: &str, part: HistoryPart, created: &str| {
            let key = RecordKey::new(&SourceName::new("sales"), "Lead", id);
            let floor = floor_of(&floors, &key, part, created.parse().expect("an instant"));
            floor.map(|floor| floor.reason.to_string())
        };
        let old = "2022-01-01T00:00:00Z";
        assert_eq!(of("1", HistoryPart::Changes, old).as_deref(), Some("2024-01-01T00:00:00Z"));
        assert_eq!(of("2", HistoryPart::Activities, old).as_deref(), Some("2023-07-01T00:00:00Z"));
        let late = "2024-05-01T00:00:00Z";
        assert_eq!(of("1", HistoryPart::Changes, late).as_deref(), Some("2023-06-01T00:00:00Z"));
        assert_eq!(of("2", HistoryPart::Changes, late), None, "it was created after every floor");
    }
}
