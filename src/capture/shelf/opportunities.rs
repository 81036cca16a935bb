//! Opportunities by id, of an account and of a person.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::id::RecordKey;
use crate::domain::opportunity::OpportunityRecord;
use crate::ledger::entry::{CapturedRecord, RecordKind, Recorded};
use crate::ledger::error::LedgerError;
use crate::ledger::link::Link;
use crate::source::ask::OpportunityLookup;

use super::people::person;
use super::{Answers, Shelf};

#[async_trait]
impl Answers<OpportunityLookup> for Shelf {
    const BATCH: usize = 500;

    async fn answer(
        &self,
        lookups: &[OpportunityLookup],
    ) -> Result<Vec<Vec<Arc<OpportunityRecord>>>, LedgerError> {
        let mut keys: Vec<RecordKey> = Vec::new();
        let mut people: Vec<RecordKey> = Vec::new();
        let mut links: HashMap<Link, Vec<OpportunityLookup>> = HashMap::new();
        for lookup in lookups {
            let link = match lookup {
                OpportunityLookup::Id(id) => {
                    keys.push(self.key(self.opportunity, id));
                    continue;
                }
                OpportunityLookup::OfAccount(id) => Link::OfAccount(self.key(self.account, id)),
                OpportunityLookup::OfPerson { object, id } => {
                    people.push(self.key(object, id));
                    Link::OfPerson(self.key(object, id))
                }
            };
            links.entry(link).or_default().push(lookup.clone());
        }
        let opened = self.opened_by(people).await?;
        keys.extend(opened.values().cloned());
        let by_key = self.by_keys(keys, RecordKind::Opportunity).await?;
        let by_link = self.by_links(links, RecordKind::Opportunity).await?;
        let answer = |lookup: &OpportunityLookup| {
            if let OpportunityLookup::Id(id) = lookup {
                return by_key
                    .get(&self.key(self.opportunity, id))
                    .and_then(opportunity)
                    .into_iter()
                    .collect();
            }
            let linked = by_link.get(lookup).into_iter().flatten();
            let opened = match lookup {
                OpportunityLookup::OfPerson { object, id } => opened.get(&self.key(object, id)),
                _ => None,
            };
            let opened = opened.and_then(|key| by_key.get(key)).filter(|it| it.is_live());
            // Each once, in order of key.
            let all: BTreeMap<&RecordKey, &Recorded> = linked.chain(opened).map(|it| (&it.key, it)).collect();
            all.into_values().filter_map(opportunity).collect()
        };
        Ok(lookups.iter().map(answer).collect())
    }
}

impl Shelf {
    /// Which opportunity the conversion of a person's record opened.
    async fn opened_by(&self, people: Vec<RecordKey>) -> Result<HashMap<RecordKey, RecordKey>, LedgerError> {
        if people.is_empty() {
            return Ok(HashMap::new());
        }
        let heads = self.ledger().heads_of(&people).await?;
        let opened = |recorded: Recorded| {
            let opportunity = person(&recorded)?.conversion.as_ref()?.opportunity.clone()?;
            recorded.is_live().then_some((recorded.key, opportunity))
        };
        Ok(heads.into_iter().filter_map(opened).collect())
    }
}

fn opportunity(recorded: &Recorded) -> Option<Arc<OpportunityRecord>> {
    match &recorded.record {
        CapturedRecord::Opportunity(opportunity) => Some(opportunity.clone()),
        _ => None,
    }
}
