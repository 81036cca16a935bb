//! What was known of people at instants, read from the ledger for all who are asked about together.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::event::{Event, Floor, HistoryPart};
use crate::domain::id::RecordKey;
use crate::domain::view::View;
use crate::ledger::Ledger;
use crate::ledger::error::LedgerError;
use crate::unify::identity::cluster::Reach;
use crate::unify::identity::people::link;
use crate::unify::merge::same::Same;

use super::as_of::{PersonThen, person_as_of};
use super::keeper::{Facts, FactsError};
use super::keys::Row;
use super::line::PersonLine;
use super::material::Material;
use super::rules::Rules;

/// A person and an instant.
pub(super) struct Asked {
    line: Arc<PersonLine>,
    at: DateTime<Utc>,
}

/// What was known; the failure of one reading is that of everybody it was for.
pub(super) type Told = Result<Option<PersonThen>, Arc<FactsError>>;

impl Facts {
    /// What was known of a person at an instant, by any key of theirs; none for one the view does not see, or before
    /// their first record. Who asks at the same time is answered by one reading of the ledger.
    ///
    /// # Errors
    /// When the ledger could not be read.
    pub async fn person_as_of(&self, view: &View, key: &RecordKey, at: DateTime<Utc>) -> Told {
        let Some(snapshot) = self.snapshot() else { return Ok(None) };
        let Some(Row::Person(place)) = snapshot.row_of(key) else { return Ok(None) };
        let Some(line) = snapshot.people[place as usize].clone() else { return Ok(None) };
        if !snapshot.visible(view).sight.people.has(place as usize) {
            return Ok(None);
        }
        let (ledger, rules) = (self.ledger().clone(), snapshot.rules.clone());
        let read = move |asked| people_as_of(ledger.clone(), rules.clone(), asked);
        self.then.ask(Asked { line, at }, read).await.unwrap_or(Ok(None))
    }
}

async fn people_as_of(ledger: Arc<dyn Ledger>, rules: Arc<Rules>, asked: Vec<Asked>) -> Vec<Told> {
    match read(&*ledger, &rules, &asked).await {
        Ok(told) => told.into_iter().map(Ok).collect(),
        Err(error) => {
            let error = Arc::new(FactsError::Ledger(error));
            asked.iter().map(|_| Err(error.clone())).collect()
        }
    }
}

async fn read(
    ledger: &dyn Ledger,
    rules: &Rules,
    asked: &[Asked],
) -> Result<Vec<Option<PersonThen>>, LedgerError> {
    let keys: Vec<RecordKey> = asked.iter().flat_map(|one| one.line.keys.iter().cloned()).collect();
    let heads = ledger.heads_of(&keys).await?;
    let recorded = ledger.events_of(&keys, &[HistoryPart::Changes]).await?;
    let captured_floors = ledger.floors(&keys).await?;
    let one = |asked: &Asked| {
        let own = &asked.line.keys;
        let mut material = Material::default();
        heads.iter().filter(|head| own.contains(&head.key)).for_each(|head| material.add(head.clone()));
        let events = recorded.iter().filter(|it| own.contains(&it.of));
        let events: Vec<Event> = events.map(|it| (*it.event).clone()).collect();
        let floors = captured_floors.iter();
        let floors = floors.filter(|it| own.iter().any(|key| it.is_about(key, HistoryPart::Changes)));
        let floors: Vec<Floor> = floors.map(|it| it.floor.clone()).collect();
        let clusters = link(&material.people, &rules.sources, &rules.identity, &Reach::default());
        let cluster = clusters.iter().find(|cluster| own.iter().any(|key| cluster.holds(key)))?;
        person_as_of(cluster, &events, &floors, rules, &Same::default(), asked.at)
    };
    Ok(asked.iter().map(one).collect())
}
