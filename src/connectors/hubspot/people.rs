//! People: contacts by id, by address, by the sales record they name, and in keyset order.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::email;
use crate::domain::id::RecordKey;
use crate::domain::person::{PersonRecord, PersonSelect};
use crate::source::ask::{Ask, PersonLookup};
use crate::source::error::SourceError;
use crate::source::reading::Reading;

use super::asking::{self, BATCH};
use super::map::person::has_address;
use super::object::Object;
use super::portal::Portal;
use super::properties::Wish;
use super::search::{self, any_of};
use super::wire::ObjectRecord;

/// The people of one account.
pub(super) struct People(pub(super) Arc<Portal>);

#[async_trait]
impl Ask<PersonLookup> for People {
    fn batch_size(&self) -> usize {
        BATCH
    }

    fn can_answer(&self, lookup: &PersonLookup) -> bool {
        match lookup {
            PersonLookup::Id { object, .. } => &**object == Object::Contact.name(),
            PersonLookup::Email(_) => true,
            PersonLookup::ReferringTo(key) => self.reference(key).is_some(),
            PersonLookup::ConvertedInto(_) => false,
        }
    }

    async fn ask(
        &self,
        lookups: &[PersonLookup],
        select: &PersonSelect,
        reading: &Reading,
    ) -> Result<Vec<(PersonLookup, Vec<Arc<PersonRecord>>)>, SourceError> {
        let ask = self.0.ask("reading people", reading);
        let wish = self.0.granted(Object::Contact, Wish::people(select, &self.0.options));
        let (ids, addresses) = (ids(lookups), addresses(lookups));
        let (by_id, by_address, referring) = futures::try_join!(
            ask.by_id(Object::Contact, &ids, &wish),
            ask.batch_by_address(&addresses, &wish),
            self.referring(ask, lookups, &wish),
        )?;
        let reader = self.0.reader();
        let person = |record: &ObjectRecord| Arc::new(reader.person(record, select));
        let by_address: Vec<_> = by_address.iter().map(|record| (record, person(record))).collect();
        let referring: Vec<_> = referring.iter().map(person).collect();
        let answer = |lookup: &PersonLookup| match lookup {
            PersonLookup::Id { id, .. } if self.can_answer(lookup) => {
                by_id.get(&**id).map(person).into_iter().collect()
            }
            PersonLookup::Email(address) => by_address
                .iter()
                .filter(|(record, _)| has_address(record, address))
                .map(|(_, person)| person.clone())
                .collect(),
            PersonLookup::ReferringTo(key) => {
                referring.iter().filter(|person| person.cross_references.contains(key)).cloned().collect()
            }
            PersonLookup::Id { .. } | PersonLookup::ConvertedInto(_) => Vec::new(),
        };
        let mut answers: Vec<_> = lookups.iter().map(|lookup| (lookup.clone(), answer(lookup))).collect();
        // An address belongs to one contact alone: whoever was found by id is found by theirs too.
        for record in by_id.values().filter(|record| !record.archived) {
            let own = record.value("email").and_then(email::normalise).map(PersonLookup::Email);
            answers.extend(own.filter(|own| !lookups.contains(own)).map(|own| (own, vec![person(record)])));
        }
        Ok(answers)
    }
}

impl People {
    /// The property that holds such a record's id; none for records of other sources and kinds.
    fn reference(&self, key: &RecordKey) -> Option<&str> {
        let references = &self.0.options.cross_references;
        let ours = references.source.as_deref() == Some(key.source.as_str());
        let property = match &*key.object {
            "Contact" => &references.contact,
            "Lead" => &references.lead,
            _ => return None,
        };
        (ours && self.0.has(Object::Contact, property)).then_some(property)
    }

    /// Contacts that name one of these sales records. Live ones only: a search sees no others.
    async fn referring(
        &self,
        ask: asking::Ask<'_>,
        lookups: &[PersonLookup],
        wish: &Wish,
    ) -> Result<Vec<ObjectRecord>, SourceError> {
        let mut wanted: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for lookup in lookups {
            if let PersonLookup::ReferringTo(key) = lookup
                && let Some(property) = self.reference(key)
            {
                wanted.entry(property).or_default().extend(search::spellings(&key.id));
            }
        }
        let wanted: Vec<(&str, Vec<String>)> =
            wanted.into_iter().map(|(property, values)| (property, values.into_iter().collect())).collect();
        ask.search_any(Object::Contact, &wanted, wish).await
    }
}

fn ids(lookups: &[PersonLookup]) -> Vec<&str> {
    lookups
        .iter()
        .filter_map(|lookup| match lookup {
            PersonLookup::Id { object, id } if &**object == Object::Contact.name() => Some(&**id),
            _ => None,
        })
        .collect()
}

fn addresses(lookups: &[PersonLookup]) -> Vec<&str> {
    let addresses = lookups.iter().filter_map(|lookup| match lookup {
        PersonLookup::Email(address) => Some(&**address),
        _ => None,
    });
    addresses.collect::<BTreeSet<_>>().into_iter().collect()
}

impl asking::Ask<'_> {
    /// Contacts by address. The vendor also finds them by a further address of theirs.
    async fn batch_by_address(
        &self,
        addresses: &[&str],
        wish: &Wish,
    ) -> Result<Vec<ObjectRecord>, SourceError> {
        let found = self.batch(Object::Contact.plural(), addresses, Some("email"), wish, false).await?;
        Ok(each_once(found))
    }

    /// Records whose property holds one of the values. What a search cannot bring along, histories and long lists of
    /// properties, is read by id afterwards.
    pub(super) async fn search_any(
        &self,
        object: Object,
        wanted: &[(&str, Vec<String>)],
        wish: &Wish,
    ) -> Result<Vec<ObjectRecord>, SourceError> {
        let whole = wish.history.is_empty() && search::fit_in_a_search(&wish.values);
        let properties = if whole { wish.values.as_slice() } else { &[] };
        let searches = any_of(wanted, properties);
        let found = searches.iter().map(|search| self.search_all(object, search));
        let found = each_once(futures::future::try_join_all(found).await?.into_iter().flatten().collect());
        if whole {
            return Ok(found);
        }
        let ids: Vec<&str> = found.iter().map(|record| record.id.as_str()).collect();
        self.batch(object.plural(), &ids, None, wish, false).await
    }
}

/// Every record once, though several questions found it.
fn each_once(records: Vec<ObjectRecord>) -> Vec<ObjectRecord> {
    let mut seen = HashSet::new();
    records.into_iter().filter(|record| seen.insert(record.id.clone())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::connectors::hubspot::fake::{Fake, Seen, reading};
    use crate::domain::id::SourceName;
    use crate::domain::person::PersonField;

    fn contact(id: &str, email: &str) -> Value {
        json!({
            "id": id,
            "properties": {"hs_object_id": id, "email": email, "hs_additional_emails": format!("also{id}@example.com")},
            "createdAt": "2025-01-01T00:00:00.000Z",
            "updatedAt": "2025-01-02T00:00:00.000Z",
            "archived": false,
        })
    }

    /// Answers a batch read by address with a contact for each but the last, which it reports missing.
    fn by_address(seen: &Seen) -> (u16, Value) {
        let inputs = seen.body["inputs"].as_array().cloned().unwrap_or_default();
        let addresses: Vec<&str> = inputs.iter().filter_map(|input| input["id"].as_str()).collect();
        let (missing, found) = addresses.split_last().expect("somebody is asked for");
        let results: Vec<Value> =
            found.iter().enumerate().map(|(n, address)| contact(&(n + 1).to_string(), address)).collect();
        let error = json!({"status": "error", "category": "OBJECT_NOT_FOUND", "context": {"ids": [missing]}});
        (207, json!({"status": "COMPLETE", "results": results, "numErrors": 1, "errors": [error]}))
    }

    fn addresses(count: usize) -> Vec<PersonLookup> {
        (0..count).map(|n| PersonLookup::Email(format!("p{n:03}@example.com").into())).collect()
    }

    #[tokio::test]
    async fn twenty_addresses_are_one_call_and_a_missing_one_is_an_empty_answer() {
        let fake = Fake::start(by_address).await;
        let people = People(fake.portal(""));
        let reading = reading();
        let select = PersonSelect::of(&[PersonField::Title]);
        let answers = people.ask(&addresses(20), &select, &reading).await.expect("an answer");
        assert_eq!(fake.paths(), ["/crm/v3/objects/contacts/batch/read"]);
        assert_eq!(reading.calls(), 1);
        let body = &fake.seen()[0].body;
        assert_eq!(body["idProperty"], "email");
        assert_eq!(body["inputs"].as_array().map(Vec::len), Some(20));
        assert!(!body["properties"].as_array().expect("a list").contains(&json!("phone")));
        assert_eq!(answers.len(), 20);
        assert_eq!(answers[0].1[0].email.as_deref(), Some("p000@example.com"));
        assert!(answers[19].1.is_empty());
    }

    #[tokio::test]
    async fn histories_halve_the_batch() {
        let fake = Fake::start(by_address).await;
        let mut select = PersonSelect::default();
        select.add_with_edit(PersonField::Title);
        People(fake.portal("")).ask(&addresses(120), &select, &reading()).await.expect("an answer");
        let sizes: Vec<_> =
            fake.seen().iter().map(|seen| seen.body["inputs"].as_array().map(Vec::len)).collect();
        assert_eq!(sizes.iter().flatten().sum::<usize>(), 120);
        assert!(sizes.iter().flatten().all(|size| *size <= 50));
        assert_eq!(fake.seen()[0].body["propertiesWithHistory"], json!(["jobtitle"]));
    }

    #[tokio::test]
    async fn a_further_address_finds_the_record_too() {
        let fake = Fake::start(|_| (200, json!({"results": [contact("7", "main@example.com")]}))).await;
        let lookups = ["main@example.com", "also7@example.com", "other@example.com"]
            .map(|address| PersonLookup::Email(address.into()));
        let answers = People(fake.portal(""))
            .ask(&lookups, &PersonSelect::default(), &reading())
            .await
            .expect("an answer");
        assert_eq!(answers.iter().map(|(_, found)| found.len()).collect::<Vec<_>>(), [1, 1, 0]);
    }

    #[tokio::test]
    async fn another_failure_inside_a_batch_fails_the_read() {
        let answer = json!({"results": [], "errors": [{"status": "error", "category": "INTERNAL_ERROR"}]});
        let fake = Fake::start(move |_| (207, answer.clone())).await;
        let read = People(fake.portal("")).ask(&addresses(2), &PersonSelect::default(), &reading()).await;
        assert_eq!(
            read.expect_err("not an absence").kind.to_string(),
            "it refused the request (INTERNAL_ERROR)"
        );
    }

    #[tokio::test]
    async fn contacts_and_leads_referred_to_are_one_search() {
        let found = |seen: &Seen| {
            assert_eq!(seen.path, "/crm/v3/objects/contacts/search");
            let mut one = contact("1", "a@example.com");
            one["properties"]["salesforcecontactid"] = json!("0035e00000XyZaB");
            let mut other = contact("2", "b@example.com");
            other["properties"]["salesforceleadid"] = json!("00Q5e000001AbCdEAK");
            (200, json!({"total": 2, "results": [one, other]}))
        };
        let fake = Fake::start(found).await;
        let people = People(fake.portal("[cross_references]\nsource = \"sales\""));
        let sales = SourceName::new("sales");
        let key = |object, id| PersonLookup::ReferringTo(RecordKey::new(&sales, object, id));
        let lookups = [
            key("Contact", "0035e00000XyZaBAAV"),
            key("Lead", "00Q5e000001AbCdEAK"),
            key("Lead", "00Q5e000001AbCeEAK"),
        ];
        let answers = people.ask(&lookups, &PersonSelect::default(), &reading()).await.expect("an answer");
        assert_eq!(fake.seen().len(), 1);
        assert_eq!(fake.seen()[0].body["filterGroups"].as_array().map(Vec::len), Some(2));
        let ids: Vec<Vec<&str>> = answers
            .iter()
            .map(|(_, found)| found.iter().map(|person| &*person.meta.key.id).collect())
            .collect();
        assert_eq!(ids, [vec!["1"], vec!["2"], vec![]]);
    }

    #[tokio::test]
    async fn an_id_that_was_merged_away_finds_the_survivor_under_its_own_name() {
        let vendor = |seen: &Seen| {
            let asked = seen.body["inputs"][0]["id"].as_str().unwrap_or_default();
            match (seen.path.as_str(), asked) {
                ("/crm/v3/objects/contacts/11", _) => (200, contact("99", "a@example.com")),
                ("/crm/v3/objects/contacts/12", _) => (404, json!({"category": "OBJECT_NOT_FOUND"})),
                (_, "99") => (200, json!({"results": [contact("99", "a@example.com")]})),
                _ => (207, json!({"results": [], "errors": [{"category": "OBJECT_NOT_FOUND"}]})),
            }
        };
        let fake = Fake::start(vendor).await;
        let lookups =
            ["11", "12", "no id"].map(|id| PersonLookup::Id { object: "contact".into(), id: id.into() });
        let answers = People(fake.portal(""))
            .ask(&lookups, &PersonSelect::default(), &reading())
            .await
            .expect("an answer");
        let survivor = &answers[0].1[0];
        assert_eq!(&*survivor.meta.key.id, "99");
        assert_eq!(survivor.meta.merged_ids, [Arc::from("11")]);
        assert!(answers[1].1.is_empty() && answers[2].1.is_empty());
        assert_eq!(fake.seen().len(), 5, "live, archived, two single reads, the survivor");
    }
}
