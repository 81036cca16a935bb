//! For tests: reads streams as capture does, and compares what they told with what live reading gives.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::domain::account::{AccountRecord, AccountSelect};
use crate::domain::email;
use crate::domain::event::{Event, HistoryPart};
use crate::domain::id::RecordKey;
use crate::domain::opportunity::{OpportunityRecord, OpportunitySelect};
use crate::domain::person::{PersonRecord, PersonSelect};
use crate::domain::record::RecordMeta;
use crate::source::Connection;
use crate::source::ask::{AccountLookup, HistoryLookup, OpportunityLookup, PersonLookup};
use crate::source::changes::{Change, ChangeBatch, Changes, told_of};
use crate::source::reading::{Reading, Urgency};

/// A reader of every stream, with its positions.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) positions: HashMap<&'static str, Arc<str>>,
    /// What every stream cost, and how many rows it read.
    pub(super) cost: BTreeMap<&'static str, (u32, u64)>,
}

pub(super) fn reading() -> Reading {
    Reading::until(tokio::time::Instant::now() + Duration::from_secs(120), Urgency::Background)
}

impl Reader {
    /// The next batch of a stream.
    pub(super) async fn batch(&mut self, changes: &dyn Changes, stream: &'static str) -> ChangeBatch {
        let reading = reading();
        let after = self.positions.get(stream).cloned();
        let batch = changes.read(stream, after.as_deref(), &reading).await.expect("a batch");
        let (calls, rows) = self.cost.entry(stream).or_default();
        *calls += reading.calls();
        *rows += batch.rows;
        self.positions.insert(stream, batch.position.clone());
        batch
    }

    /// One pass of a stream, to its end.
    pub(super) async fn pass(&mut self, changes: &dyn Changes, stream: &'static str) -> Vec<Change> {
        let mut told = Vec::new();
        let mut left = None;
        loop {
            let batch = self.batch(changes, stream).await;
            if let (Some(before), Some(now)) = (left, batch.total) {
                assert_eq!(before, now, "what is left of {stream} is what was read less");
            }
            left = batch.total.map(|total| total.saturating_sub(batch.rows));
            told.extend(batch.changes);
            if batch.caught_up {
                return told;
            }
        }
    }

    /// One pass of all streams.
    pub(super) async fn passes(&mut self, changes: &dyn Changes) -> Told {
        let mut told = Told::default();
        for stream in changes.streams() {
            told.add(self.pass(changes, stream.name).await);
        }
        told
    }
}

/// What was told, by record.
#[derive(Default)]
pub(super) struct Told {
    pub(super) people: BTreeMap<RecordKey, PersonRecord>,
    pub(super) accounts: BTreeMap<RecordKey, AccountRecord>,
    pub(super) opportunities: BTreeMap<RecordKey, OpportunityRecord>,
    /// How often each record of any kind was told.
    pub(super) times: BTreeMap<RecordKey, usize>,
    pub(super) events: BTreeMap<RecordKey, Vec<Event>>,
    pub(super) mail: BTreeMap<Arc<str>, Vec<Event>>,
    pub(super) gone: BTreeSet<RecordKey>,
}

impl Told {
    pub(super) fn add(&mut self, changes: Vec<Change>) {
        for change in changes {
            let key = match change {
                Change::Person(record) => {
                    let key = record.meta.key.clone();
                    self.people.insert(key.clone(), *record);
                    key
                }
                Change::Account(record) => {
                    let key = record.meta.key.clone();
                    self.accounts.insert(key.clone(), *record);
                    key
                }
                Change::Opportunity(record) => {
                    let key = record.meta.key.clone();
                    self.opportunities.insert(key.clone(), *record);
                    key
                }
                Change::Campaign(record) => record.meta.key,
                Change::User(record) => record.meta.key,
                Change::Membership(record) => {
                    RecordKey::new(&record.campaign.source, "CampaignMember", &record.id)
                }
                Change::Event { of, event } => {
                    self.events.entry(of).or_default().push(*event);
                    continue;
                }
                Change::AddressEvent { address, event } => {
                    self.mail.entry(address).or_default().push(*event);
                    continue;
                }
                Change::Gone { key, .. } => {
                    self.gone.insert(key);
                    continue;
                }
                Change::Pipeline(_) | Change::Floor(_) => continue,
            };
            *self.times.entry(key).or_default() += 1;
        }
    }

    /// Adds what was told later, as whoever keeps it would: what is told again replaces what was told before.
    pub(super) fn keep(&mut self, news: Self) {
        let mut batch: BTreeSet<RecordKey> = news.gone.clone();
        for (of, events) in &news.events {
            batch.extend(events.iter().map(|event| event.source.clone()).filter(|source| source != of));
        }
        for events in self.events.values_mut() {
            events.retain(|event| !batch.contains(&event.source));
        }
        for key in &news.gone {
            self.people.remove(key);
            self.accounts.remove(key);
            self.opportunities.remove(key);
            self.events.remove(key);
        }
        self.people.extend(news.people);
        self.accounts.extend(news.accounts);
        self.opportunities.extend(news.opportunities);
        for (of, events) in news.events {
            self.events.entry(of).or_default().extend(events);
        }
        for (address, events) in news.mail {
            self.mail.entry(address).or_default().extend(events);
        }
    }

    /// The ids of the records of an object that were told.
    pub(super) fn ids(&self, object: &str) -> BTreeSet<String> {
        let of = self.times.keys().filter(|key| &*key.object == object);
        of.map(|key| key.id.to_string()).collect()
    }

    /// The history of a record, as whoever keeps what was told would answer.
    fn history_of(&self, key: &RecordKey) -> BTreeSet<String> {
        let own = self.events.get(key).into_iter().flatten().cloned();
        let person = self.people.get(key).into_iter();
        let addresses = person.flat_map(|it| it.email.iter().chain(&it.other_emails));
        let addresses: BTreeSet<Arc<str>> = addresses.filter_map(|it| email::normalise(it)).collect();
        let mail = addresses.iter().filter_map(|address| self.mail.get(address)).flatten();
        own.chain(mail.map(|event| told_of(event, key))).map(shown).collect()
    }

    /// Every record that was told is the one a live reading gives, and so is its whole history.
    pub(super) async fn assert_same_as_live(&self, connection: &Connection, custom: [&[&str]; 3]) -> usize {
        let reading = reading();
        let [of_people, of_accounts, of_opportunities] = custom;
        let people = connection.people.as_deref().expect("people");
        let id = |key: &RecordKey| (key.object.clone(), key.id.clone());
        let keys: Vec<&RecordKey> = self.people.keys().collect();
        for keys in keys.chunks(100) {
            let lookups = keys.iter().map(|key| id(key)).map(|(object, id)| PersonLookup::Id { object, id });
            let lookups: Vec<_> = lookups.collect();
            let live = people.ask(&lookups, &PersonSelect::whole(of_people), &reading).await.expect("people");
            for (key, lookup) in keys.iter().zip(&lookups) {
                let found = live.iter().find(|(asked, _)| asked == lookup).expect("an answer");
                let mut found = PersonRecord::clone(found.1.first().expect("a person"));
                let mut told = self.people[*key].clone();
                same_reading(&mut found.meta, &mut told.meta);
                assert_eq!(told, found);
            }
        }
        if let Some(accounts) = connection.accounts.as_deref() {
            let lookups: Vec<_> = self.accounts.keys().map(id).collect();
            let lookups: Vec<_> =
                lookups.into_iter().map(|(object, id)| AccountLookup::Id { object, id }).collect();
            let live = accounts.ask(&lookups, &AccountSelect::whole(of_accounts), &reading).await;
            for ((_, found), told) in live.expect("accounts").iter().zip(self.accounts.values()) {
                let (mut found, mut told) = (AccountRecord::clone(&found[0]), told.clone());
                same_reading(&mut found.meta, &mut told.meta);
                assert_eq!(told, found);
            }
        }
        if let Some(deals) = connection.opportunities.as_deref() {
            let lookups: Vec<_> =
                self.opportunities.keys().map(|key| OpportunityLookup::Id(key.id.clone())).collect();
            let live = deals.ask(&lookups, &OpportunitySelect::whole(of_opportunities), &reading).await;
            for ((_, found), told) in live.expect("deals").iter().zip(self.opportunities.values()) {
                let (mut found, mut told) = (OpportunityRecord::clone(&found[0]), told.clone());
                same_reading(&mut found.meta, &mut told.meta);
                self.sort_contacts(&mut found);
                self.sort_contacts(&mut told);
                assert_eq!(told, found);
            }
        }
        self.assert_same_histories(connection).await
    }

    fn is_deleted(&self, key: &RecordKey) -> bool {
        self.people.get(key).is_some_and(|person| person.meta.deleted_at.is_some())
    }

    /// In one order, without those who were deleted: some vendors leave them out at once, some never.
    fn sort_contacts(&self, deal: &mut OpportunityRecord) {
        deal.contacts.retain(|role| !self.is_deleted(&role.person));
        deal.contacts.sort_by(|a, b| a.person.cmp(&b.person));
    }

    async fn assert_same_histories(&self, connection: &Connection) -> usize {
        let history = connection.history.as_deref().expect("history");
        let keys = self.people.keys().chain(self.accounts.keys()).chain(self.opportunities.keys());
        let keys: Vec<&RecordKey> = keys.collect();
        let mut compared = 0;
        for keys in keys.chunks(50) {
            let mut lookups = Vec::new();
            for key in keys {
                let person = self.people.get(key).into_iter();
                let addresses: Vec<_> =
                    person.flat_map(|it| it.email.iter().chain(&it.other_emails)).collect();
                let lookup = |part, address: Option<&Arc<str>>| HistoryLookup {
                    object: key.object.clone(),
                    id: key.id.clone(),
                    part,
                    address: address.cloned(),
                };
                lookups.extend(HistoryPart::ALL.map(|part| lookup(part, addresses.first().copied())));
                let further = addresses.iter().skip(1);
                lookups.extend(further.map(|address| lookup(HistoryPart::Touches, Some(*address))));
            }
            let live = history.ask(&lookups, &(), &reading()).await.expect("history");
            for key in keys {
                let of = live.iter().filter(|(asked, _)| asked.object == key.object && asked.id == key.id);
                let events = of.flat_map(|(_, found)| found).flat_map(|history| history.events.clone());
                let live: BTreeSet<String> = events.map(shown).collect();
                let told = self.history_of(key);
                let missing: Vec<_> = live.difference(&told).collect();
                let made_up: Vec<_> = told.difference(&live).collect();
                // Some vendors forget what hung on a record that was deleted; what was told of it stays.
                let is_sound = made_up.is_empty() || self.is_deleted(key);
                assert!(missing.is_empty() && is_sound, "{key}\n{missing:#?}\n{made_up:#?}");
                compared += live.len();
            }
        }
        compared
    }
}

/// Everything of an event but when it was read.
fn shown(event: Event) -> String {
    format!("{:?}", Event { observed_at: DateTime::<Utc>::UNIX_EPOCH, ..event })
}

/// The instant of reading is another, and a page in the vendor's interface is known only once the account was asked.
fn same_reading(one: &mut RecordMeta, other: &mut RecordMeta) {
    one.fetched_at = other.fetched_at;
    if one.url.is_none() || other.url.is_none() {
        one.url.clone_from(&other.url);
    }
}
