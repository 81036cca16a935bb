//! People by id, by address, by cross-reference, and by what was converted or merged into them.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::id::RecordKey;
use crate::domain::person::PersonRecord;
use crate::ledger::entry::{CapturedRecord, RecordKind, Recorded};
use crate::ledger::error::LedgerError;
use crate::ledger::link::Link;
use crate::source::ask::PersonLookup;

use super::{Answers, Shelf};

#[async_trait]
impl Answers<PersonLookup> for Shelf {
    const BATCH: usize = 500;

    async fn answer(&self, lookups: &[PersonLookup]) -> Result<Vec<Vec<Arc<PersonRecord>>>, LedgerError> {
        let keys = lookups.iter().filter_map(|lookup| self.key_of_person(lookup)).collect();
        let mut links: HashMap<Link, Vec<PersonLookup>> = HashMap::new();
        for lookup in lookups {
            for link in self.links_of_person(lookup) {
                links.entry(link).or_default().push(lookup.clone());
            }
        }
        let by_key = self.by_keys(keys, RecordKind::Person).await?;
        let by_link = self.by_links(links, RecordKind::Person).await?;
        let answer = |lookup: &PersonLookup| match self.key_of_person(lookup) {
            Some(key) => by_key.get(&key).and_then(person).into_iter().collect(),
            None => by_link.get(lookup).into_iter().flatten().filter_map(person).collect(),
        };
        Ok(lookups.iter().map(answer).collect())
    }
}

impl Shelf {
    fn key_of_person(&self, lookup: &PersonLookup) -> Option<RecordKey> {
        match lookup {
            PersonLookup::Id { object, id } => Some(self.key(object, id)),
            _ => None,
        }
    }

    fn links_of_person(&self, lookup: &PersonLookup) -> Vec<Link> {
        match lookup {
            PersonLookup::Id { .. } => Vec::new(),
            // Only a vendor that finds people by a further address keeps any.
            PersonLookup::Email(address) => {
                vec![Link::Email(address.clone()), Link::OtherEmail(address.clone())]
            }
            PersonLookup::ReferringTo(key) => vec![Link::RefersTo(key.clone())],
            // Nobody says which object an heir is.
            PersonLookup::ConvertedInto(id) => {
                let keys = || self.people.iter().map(|object| self.key(object, id));
                keys().map(Link::ConvertedInto).chain(keys().map(Link::MergedInto)).collect()
            }
        }
    }
}

pub(super) fn person(recorded: &Recorded) -> Option<Arc<PersonRecord>> {
    match &recorded.record {
        CapturedRecord::Person(person) => Some(person.clone()),
        _ => None,
    }
}
