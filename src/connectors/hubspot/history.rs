//! The history of records, part by part. Changes are one batch read for fifty records; touches are one for a hundred
//! contacts and a call for each address; activities are two calls a kind for all records together.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::event::{Event, Floor, HistoryPart, RecordHistory};
use crate::source::ask::{self, HistoryLookup};
use crate::source::error::{SourceError, SourceErrorKind};
use crate::source::reading::Reading;

use super::asking::{Ask, BATCH_WITH_HISTORY};
use super::map::activities::{ACTIVITIES, ActivityKind};
use super::map::touches::Titles;
use super::object::{Object, is_record_id};
use super::portal::Portal;
use super::properties::Wish;
use super::wire::ObjectRecord;
use super::wire::marketing::{EmailEvent, EmailEvents, Form, MarketingEmail};

/// The histories of one account.
pub(super) struct Histories(pub(super) Arc<Portal>);

/// The property that holds every form a contact sent in.
pub(super) const SUBMISSIONS: &str = "hs_calculated_form_submissions";
/// How many events one page of the e-mail events holds.
pub(super) const EVENTS_PAGE: &str = "1000";
/// How many such pages are read of one address.
const MOST_PAGES: usize = 10;

type Found = HashMap<HistoryLookup, RecordHistory>;

#[async_trait]
impl ask::Ask<HistoryLookup> for Histories {
    fn batch_size(&self) -> usize {
        BATCH_WITH_HISTORY
    }

    fn can_answer(&self, lookup: &HistoryLookup) -> bool {
        Object::named(&lookup.object).is_some()
    }

    async fn ask(
        &self,
        lookups: &[HistoryLookup],
        (): &(),
        reading: &Reading,
    ) -> Result<Vec<(HistoryLookup, Vec<Arc<RecordHistory>>)>, SourceError> {
        let ask = self.0.ask("reading history", reading);
        let mut parts: BTreeMap<(Object, HistoryPart), Vec<&HistoryLookup>> = BTreeMap::new();
        for lookup in lookups.iter().filter(|lookup| is_record_id(&lookup.id)) {
            if let Some(object) = Object::named(&lookup.object) {
                parts.entry((object, lookup.part)).or_default().push(lookup);
            }
        }
        let reads = parts.iter().map(async |((object, part), some)| match part {
            HistoryPart::Changes => ask.changes(*object, some).await,
            HistoryPart::Touches => ask.touches(*object, some).await,
            HistoryPart::Activities => ask.activities(*object, some).await,
        });
        let read = futures::future::try_join_all(reads).await?;
        let found: HashMap<HistoryLookup, Arc<RecordHistory>> =
            read.into_iter().flatten().map(|(lookup, history)| (lookup, Arc::new(history))).collect();
        let answer =
            |lookup: &HistoryLookup| (lookup.clone(), found.get(lookup).cloned().into_iter().collect());
        Ok(lookups.iter().map(answer).collect())
    }
}

impl Ask<'_> {
    async fn changes(&self, object: Object, lookups: &[&HistoryLookup]) -> Result<Found, SourceError> {
        let mut wish = Wish::keys(object, &self.portal.options);
        wish.add_changes(object, &self.portal.options);
        let wish = self.portal.granted(object, wish);
        let ids: Vec<&str> = lookups.iter().map(|lookup| &*lookup.id).collect();
        let of_deals = async {
            if object != Object::Deal {
                return Ok(Arc::default());
            }
            self.details().await?;
            self.pipelines().await
        };
        let (records, pipelines) = futures::try_join!(self.by_id(object, &ids, &wish), of_deals)?;
        let reader = self.portal.reader();
        let history = |lookup: &&HistoryLookup| {
            let record = records.get(&*lookup.id)?;
            Some(((*lookup).clone(), reader.changes(object, record, &pipelines)))
        };
        Ok(lookups.iter().filter_map(history).collect())
    }

    /// Only contacts are touched by marketing.
    async fn touches(&self, object: Object, lookups: &[&HistoryLookup]) -> Result<Found, SourceError> {
        if object != Object::Contact {
            return Ok(lookups.iter().map(|lookup| ((*lookup).clone(), RecordHistory::default())).collect());
        }
        let mut wish = Wish::keys(object, &self.portal.options);
        wish.values.push(SUBMISSIONS.to_owned());
        let wish = self.portal.granted(object, wish);
        let ids: Vec<&str> = lookups.iter().map(|lookup| &*lookup.id).collect();
        let mails = lookups.iter().map(async |lookup| match &lookup.address {
            Some(address) => self.email_events(address).await,
            None => Ok((Vec::new(), None)),
        });
        let (records, mails) =
            futures::try_join!(self.by_id(object, &ids, &wish), futures::future::try_join_all(mails))?;
        let has_forms = records.values().any(|record| submitted(record).is_some());
        let has_mails = mails.iter().any(|(events, _)| !events.is_empty());
        let (forms, emails) =
            futures::try_join!(self.titles_of_forms(has_forms), self.titles_of_emails(has_mails))?;
        let reader = self.portal.reader();
        let history = |(lookup, (mails, floor)): (&&HistoryLookup, (Vec<EmailEvent>, Option<Floor>))| {
            let record = records.get(&*lookup.id)?;
            let subject = reader.subject(object, &record.id);
            let mut events = reader.submissions(&subject, record, &forms);
            events.extend(mails.iter().filter_map(|event| reader.email_event(&subject, event, &emails)));
            Some(((*lookup).clone(), RecordHistory { events, floor }))
        };
        Ok(lookups.iter().zip(mails).filter_map(history).collect())
    }

    async fn activities(&self, object: Object, lookups: &[&HistoryLookup]) -> Result<Found, SourceError> {
        let ids: Vec<&str> = lookups.iter().map(|lookup| &*lookup.id).collect();
        let kinds = ACTIVITIES.iter().map(|kind| self.activities_of(object, kind, &ids));
        let kinds = futures::future::try_join_all(kinds).await?;
        let history = |lookup: &&HistoryLookup| {
            let events =
                kinds.iter().filter_map(|events| events.get(&*lookup.id)).flatten().cloned().collect();
            ((*lookup).clone(), RecordHistory { events, floor: None })
        };
        Ok(lookups.iter().map(history).collect())
    }

    /// One kind of activity of several records: which, then what.
    pub(super) async fn activities_of(
        &self,
        object: Object,
        kind: &ActivityKind,
        ids: &[&str],
    ) -> Result<HashMap<String, Vec<Event>>, SourceError> {
        let associated = self.associations(object.plural(), kind.plural, ids).await?;
        let mut wanted: Vec<&str> =
            associated.values().flatten().map(|to| to.to_object_id.as_str()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let wish = Wish { values: kind.properties(), history: Vec::new() };
        let records = self.batch(kind.plural, &wanted, None, &wish, false).await?;
        let records: HashMap<&str, &ObjectRecord> =
            records.iter().map(|record| (record.id.as_str(), record)).collect();
        let reader = self.portal.reader();
        let events = associated.iter().map(|(id, some)| {
            let subject = reader.subject(object, id);
            let mut ids: Vec<&str> = some.iter().map(|to| to.to_object_id.as_str()).collect();
            ids.sort_unstable();
            ids.dedup();
            let found = ids.into_iter().filter_map(|id| records.get(id));
            (id.clone(), found.map(|record| reader.activity(&subject, kind, record)).collect())
        });
        Ok(events.collect())
    }

    /// What marketing e-mails did at an address, and how far back that is told.
    async fn email_events(&self, address: &str) -> Result<(Vec<EmailEvent>, Option<Floor>), SourceError> {
        let mut events: Vec<EmailEvent> = Vec::new();
        let mut offset: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut query =
                vec![("recipient", address), ("limit", EVENTS_PAGE), ("excludeFilteredEvents", "true")];
            if let Some(offset) = &offset {
                query.push(("offset", offset));
            }
            let path = "/email/public/v1/events".to_owned();
            let page: EmailEvents = self.get("email.events", path, &query).await?;
            events.extend(page.events);
            if !page.has_more || page.offset.is_none() || page.offset == offset {
                return Ok((events, None));
            }
            offset = page.offset;
        }
        let oldest = events.iter().map(|event| event.created).min();
        let from = oldest.and_then(chrono::DateTime::from_timestamp_millis);
        let reason = Arc::from("only the latest ten thousand e-mail events of an address are read");
        Ok((events, from.map(|from| Floor { from, reason })))
    }

    pub(super) async fn titles_of_forms(&self, needed: bool) -> Result<Arc<Titles>, SourceError> {
        if !needed {
            return Ok(Arc::default());
        }
        let read = async {
            let query = [("limit", "100"), ("formTypes", "all")];
            let forms = self.list::<Form>("forms.list", "/marketing/v3/forms", &query).await;
            let title = |form: Form| Some((form.id, Arc::from(form.name?)));
            Ok(or_none(forms)?.into_iter().filter_map(title).collect())
        };
        self.portal.forms.get(read).await
    }

    pub(super) async fn titles_of_emails(&self, needed: bool) -> Result<Arc<Titles>, SourceError> {
        if !needed {
            return Ok(Arc::default());
        }
        let read = async {
            let emails =
                self.list::<MarketingEmail>("emails.list", "/marketing/v3/emails", &[("limit", "100")]).await;
            let mut titles = Titles::new();
            for email in or_none(emails)? {
                let Some(name) = &email.name else { continue };
                let name: Arc<str> = Arc::from(name.as_str());
                titles.extend(email.event_ids().map(|id| (id, name.clone())));
            }
            Ok(titles)
        };
        self.portal.emails.get(read).await
    }
}

/// Titles are an ornament: where the token may not read them, events go without.
fn or_none<T>(listed: Result<Vec<T>, SourceError>) -> Result<Vec<T>, SourceError> {
    match listed {
        Err(SourceError { kind: SourceErrorKind::Rejected { .. }, .. }) => Ok(Vec::new()),
        other => other,
    }
}

pub(super) fn submitted(record: &ObjectRecord) -> Option<&str> {
    record.value(SUBMISSIONS)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::connectors::hubspot::fake::{Fake, Seen, reading};
    use crate::domain::event::{Detail, EventKind};

    fn lookup(part: HistoryPart, id: &str, address: Option<&str>) -> HistoryLookup {
        HistoryLookup { object: "contact".into(), id: id.into(), part, address: address.map(Into::into) }
    }

    fn contact(id: &str, submissions: Option<&str>) -> Value {
        json!({
            "id": id, "properties": {"hs_object_id": id, "hs_calculated_form_submissions": submissions},
            "createdAt": "2025-01-01T00:00:00Z", "updatedAt": "2025-01-01T00:00:00Z", "archived": false,
        })
    }

    fn marketing(seen: &Seen) -> (u16, Value) {
        let answer = match seen.path.as_str() {
            "/crm/v3/objects/contacts/batch/read" => {
                json!({"results": [contact("1", Some("f-1::1740000000000;f-2::1740000500000")), contact("2", None)]})
            }
            "/marketing/v3/forms" => json!({"results": [{"id": "f-1", "name": "Contact us"}]}),
            "/marketing/v3/emails" => return (403, json!({"category": "MISSING_SCOPES"})),
            "/email/public/v1/events" if seen.query.contains("offset=") => {
                json!({"events": [{"id": "b", "created": 1_740_000_200_000_i64, "type": "CLICK"}], "hasMore": false})
            }
            "/email/public/v1/events" => {
                json!({"events": [{"id": "a", "created": 1_740_000_100_000_i64, "type": "OPEN"}], "hasMore": true, "offset": "o"})
            }
            other => panic!("nobody asks {other}"),
        };
        (200, answer)
    }

    #[tokio::test]
    async fn touches_are_one_batch_and_a_call_for_each_page_of_an_address() {
        let fake = Fake::start(marketing).await;
        let histories = Histories(fake.portal(""));
        let lookups = [
            lookup(HistoryPart::Touches, "1", Some("a@example.com")),
            lookup(HistoryPart::Touches, "2", None),
        ];
        let answers = ask::Ask::ask(&histories, &lookups, &(), &reading()).await.expect("an answer");
        let kinds: Vec<EventKind> = answers[0].1[0].events.iter().map(|event| event.kind).collect();
        assert_eq!(
            kinds,
            [
                EventKind::FormSubmission,
                EventKind::FormSubmission,
                EventKind::EmailOpened,
                EventKind::EmailClicked
            ]
        );
        let Detail::Touch { asset: Some(form), .. } = &answers[0].1[0].events[0].detail else {
            panic!("a form")
        };
        assert_eq!(form.title.as_deref(), Some("Contact us"));
        assert!(answers[1].1[0].events.is_empty());
        assert_eq!(fake.seen().len(), 5, "a batch, two pages of events, the titles of forms and of e-mails");
        ask::Ask::ask(&histories, &lookups, &(), &reading()).await.expect("an answer");
        assert_eq!(fake.seen().len(), 8, "titles are remembered");
    }

    fn sellers(seen: &Seen) -> (u16, Value) {
        let answer = match seen.path.as_str() {
            "/crm/v4/associations/contacts/calls/batch/read" if seen.body["inputs"][0]["after"].is_null() => {
                json!({
                    "results": [{"from": {"id": "1"}, "to": [{"toObjectId": 71, "associationTypes": []}],
                                 "paging": {"next": {"after": "71"}}}]
                })
            }
            "/crm/v4/associations/contacts/calls/batch/read" => json!({
                "results": [{"from": {"id": "1"}, "to": [{"toObjectId": "72", "associationTypes": []}]}]
            }),
            path if path.starts_with("/crm/v4/associations/contacts/") => {
                return (
                    207,
                    json!({"results": [], "errors": [{"subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND"}]}),
                );
            }
            "/crm/v3/objects/calls/batch/read" => {
                json!({"results": [contact("71", None), contact("72", None)]})
            }
            other => panic!("nobody asks {other}"),
        };
        (200, answer)
    }

    #[tokio::test]
    async fn activities_are_read_to_the_last_page_of_associations() {
        let fake = Fake::start(sellers).await;
        let histories = Histories(fake.portal(""));
        let lookups =
            [lookup(HistoryPart::Activities, "1", None), lookup(HistoryPart::Activities, "2", None)];
        let answers = ask::Ask::ask(&histories, &lookups, &(), &reading()).await.expect("an answer");
        let ids: Vec<&str> = answers[0].1[0].events.iter().map(|event| &*event.source.id).collect();
        assert_eq!(ids, ["71", "72"]);
        assert!(answers[1].1[0].events.is_empty());
        assert_eq!(fake.seen().len(), 7, "five kinds, one with a second page and records to read");
    }

    #[tokio::test]
    async fn an_unknown_record_has_no_history_at_all() {
        let missing = |seen: &Seen| match seen.path.as_str() {
            "/crm/v3/objects/contacts/9" => (404, json!({"category": "OBJECT_NOT_FOUND"})),
            _ => (207, json!({"results": [], "errors": [{"category": "OBJECT_NOT_FOUND"}]})),
        };
        let fake = Fake::start(missing).await;
        let lookups = [lookup(HistoryPart::Changes, "9", None)];
        let answers =
            ask::Ask::ask(&Histories(fake.portal("")), &lookups, &(), &reading()).await.expect("an answer");
        assert!(answers[0].1.is_empty());
        assert!(fake.seen()[0].body["propertiesWithHistory"].as_array().is_some_and(|all| all.len() > 10));
    }
}
