//! Opportunities: deals by id, by company and by contact. Offered only where the settings say that deals count.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::opportunity::{OpportunityField, OpportunityRecord, OpportunitySelect};
use crate::source::ask::{self, OpportunityLookup};
use crate::source::error::SourceError;
use crate::source::reading::Reading;

use super::asking::{Ask, BATCH};
use super::map::opportunity::{Deal, primary_company};
use super::object::{Object, is_record_id};
use super::portal::Portal;
use super::properties::Wish;
use super::wire::{Association, ObjectRecord};

/// The deals of one account.
pub(super) struct Opportunities(pub(super) Arc<Portal>);

type Associations = HashMap<String, Vec<Association>>;

#[async_trait]
impl ask::Ask<OpportunityLookup> for Opportunities {
    fn batch_size(&self) -> usize {
        BATCH
    }

    fn can_answer(&self, lookup: &OpportunityLookup) -> bool {
        match lookup {
            OpportunityLookup::Id(_) | OpportunityLookup::OfAccount(_) => true,
            OpportunityLookup::OfPerson { object, .. } => &**object == Object::Contact.name(),
        }
    }

    async fn ask(
        &self,
        lookups: &[OpportunityLookup],
        select: &OpportunitySelect,
        reading: &Reading,
    ) -> Result<Vec<(OpportunityLookup, Vec<Arc<OpportunityRecord>>)>, SourceError> {
        let ask = self.0.ask("reading opportunities", reading);
        let wish = self.0.granted(Object::Deal, Wish::opportunities(select, &self.0.options));
        let (people, accounts) = (people(lookups), accounts(lookups));
        let (of_people, of_accounts) = futures::try_join!(
            ask.associations("contacts", "deals", &people),
            ask.associations("companies", "deals", &accounts),
        )?;
        let mut ids: BTreeSet<&str> = lookups.iter().filter_map(by_id).collect();
        let associated = of_people.values().chain(of_accounts.values()).flatten();
        ids.extend(associated.map(|association| association.to_object_id.as_str()));
        let ids: Vec<&str> = ids.into_iter().collect();
        let found = ask.by_id(Object::Deal, &ids, &wish).await?;
        let (asked_by, records): (Vec<String>, Vec<ObjectRecord>) = found.into_iter().unzip();
        let read = Box::pin(ask.opportunities(&records, select)).await?;
        let deals: HashMap<String, Arc<OpportunityRecord>> =
            asked_by.into_iter().zip(read.into_iter().map(Arc::new)).collect();
        let live = |associations: &Associations, id: &str| -> Vec<Arc<OpportunityRecord>> {
            let all = associations.get(id).into_iter().flatten();
            let mut some: Vec<_> = all.filter_map(|to| deals.get(&to.to_object_id)).cloned().collect();
            some.retain(|deal| deal.meta.deleted_at.is_none());
            some.sort_by(|a, b| a.meta.key.cmp(&b.meta.key));
            some.dedup_by(|a, b| a.meta.key == b.meta.key);
            some
        };
        let answer = |lookup: &OpportunityLookup| match lookup {
            OpportunityLookup::Id(id) => deals.get(&**id).cloned().into_iter().collect(),
            OpportunityLookup::OfPerson { object, id } if &**object == Object::Contact.name() => {
                live(&of_people, id)
            }
            OpportunityLookup::OfPerson { .. } => Vec::new(),
            OpportunityLookup::OfAccount(id) => {
                // A deal may name further companies; it is with its primary one.
                let mut some = live(&of_accounts, id);
                some.retain(|deal| deal.account.as_ref().is_some_and(|account| account.id == *id));
                some
            }
        };
        Ok(lookups.iter().map(|lookup| (lookup.clone(), answer(lookup))).collect())
    }
}

impl Ask<'_> {
    /// Deals with what is not a property of theirs: company, people, what their stage means, the account's currency.
    pub(super) async fn opportunities(
        &self,
        records: &[ObjectRecord],
        select: &OpportunitySelect,
    ) -> Result<Vec<OpportunityRecord>, SourceError> {
        let ids: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
        let with_contacts = if select.has(OpportunityField::Contacts) { ids.as_slice() } else { &[] };
        let (companies, contacts, pipelines, zone) = futures::try_join!(
            self.associations("deals", "companies", &ids),
            self.associations("deals", "contacts", with_contacts),
            self.pipelines(),
            self.zone(),
        )?;
        let reader = self.portal.reader();
        let read = records.iter().map(|record| {
            let deal = Deal {
                company: companies.get(&record.id).and_then(|some| primary_company(some)),
                contacts: contacts.get(&record.id).map_or(&[], Vec::as_slice),
                pipelines: &pipelines,
                zone,
                with_stages: select.has(OpportunityField::StageHistory),
            };
            reader.opportunity(record, deal)
        });
        Ok(read.collect())
    }
}

fn by_id(lookup: &OpportunityLookup) -> Option<&str> {
    match lookup {
        OpportunityLookup::Id(id) => Some(id),
        _ => None,
    }
}

fn people(lookups: &[OpportunityLookup]) -> Vec<&str> {
    let ids = lookups.iter().filter_map(|lookup| match lookup {
        OpportunityLookup::OfPerson { object, id } if &**object == Object::Contact.name() => Some(&**id),
        _ => None,
    });
    ids.filter(|id| is_record_id(id)).collect::<BTreeSet<_>>().into_iter().collect()
}

fn accounts(lookups: &[OpportunityLookup]) -> Vec<&str> {
    let ids = lookups.iter().filter_map(|lookup| match lookup {
        OpportunityLookup::OfAccount(id) => Some(&**id),
        _ => None,
    });
    ids.filter(|id| is_record_id(id)).collect::<BTreeSet<_>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::connectors::hubspot::fake::{Fake, Seen, reading};
    use crate::domain::opportunity::StageCategory;

    fn vendor(seen: &Seen) -> (u16, Value) {
        let associated = |from: &str, to: u64, kinds: &[u32]| {
            let types: Vec<Value> = kinds
                .iter()
                .map(|kind| json!({"category": "HUBSPOT_DEFINED", "typeId": kind, "label": null}))
                .collect();
            json!({"from": {"id": from}, "to": [{"toObjectId": to, "associationTypes": types}]})
        };
        let answer = match seen.path.as_str() {
            "/crm/v4/associations/contacts/deals/batch/read" => {
                json!({"results": [associated("501", 9001, &[4])]})
            }
            "/crm/v4/associations/companies/deals/batch/read" => {
                json!({"results": [associated("77", 9001, &[342, 6]), associated("78", 9001, &[342])]})
            }
            "/crm/v4/associations/deals/companies/batch/read" => {
                let mut both = associated("9001", 78, &[341]);
                both["to"]
                    .as_array_mut()
                    .expect("a list")
                    .push(associated("", 77, &[341, 5])["to"][0].clone());
                json!({"results": [both]})
            }
            "/crm/v4/associations/deals/contacts/batch/read" => {
                json!({"results": [associated("9001", 501, &[3])]})
            }
            "/crm/v3/pipelines/deals" => {
                serde_json::from_str(include_str!("fixtures/pipelines.json")).expect("the fixture is read")
            }
            "/account-info/v3/details" => {
                json!({"portalId": 1, "timeZone": "America/New_York", "companyCurrency": "USD"})
            }
            _ => serde_json::from_str(include_str!("fixtures/deals.json")).expect("the fixture is read"),
        };
        (200, answer)
    }

    #[tokio::test]
    async fn a_deal_is_with_its_primary_company_and_its_contacts() {
        let fake = Fake::start(vendor).await;
        let deals = Opportunities(fake.portal("opportunities = true"));
        let lookups = [
            OpportunityLookup::OfPerson { object: "contact".into(), id: "501".into() },
            OpportunityLookup::OfAccount("77".into()),
            OpportunityLookup::OfAccount("78".into()),
            OpportunityLookup::Id("9001".into()),
        ];
        let select = OpportunitySelect::of(&[OpportunityField::Contacts, OpportunityField::Amount]);
        let answers = ask::Ask::ask(&deals, &lookups, &select, &reading()).await.expect("an answer");
        assert_eq!(answers.iter().map(|(_, found)| found.len()).collect::<Vec<_>>(), [1, 1, 0, 1]);
        let deal = &answers[0].1[0];
        assert_eq!(deal.account.as_ref().map(|key| &*key.id), Some("77"));
        assert_eq!(&*deal.contacts[0].person.id, "501");
        assert_eq!(deal.category, StageCategory::Won);
        assert_eq!(deal.close_date, "2025-03-10".parse().ok(), "the day in New York");
        assert_eq!(fake.seen().len(), 7, "two from, one batch, two to, and the account's own facts");

        ask::Ask::ask(&deals, &lookups[3..], &OpportunitySelect::default(), &reading())
            .await
            .expect("an answer");
        assert_eq!(fake.seen().len(), 9, "facts about the account are remembered");
    }
}
