//! Contacts, companies and deals: the record as it is, and the events its own properties tell.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::future::try_join_all;

use crate::connectors::hubspot::asking::Ask;
use crate::connectors::hubspot::history::{SUBMISSIONS, submitted};
use crate::connectors::hubspot::map::activities::ACTIVITIES;
use crate::connectors::hubspot::map::{merged_ids, value};
use crate::connectors::hubspot::object::Object;
use crate::connectors::hubspot::properties::Wish;
use crate::connectors::hubspot::search::LARGEST_PAGE;
use crate::connectors::hubspot::wire::ObjectRecord;
use crate::domain::account::AccountSelect;
use crate::domain::event::HistoryPart;
use crate::domain::opportunity::OpportunitySelect;
use crate::domain::person::PersonSelect;
use crate::source::changes::{Change, ChangeBatch, HistoryFloor};
use crate::source::error::SourceError;

use super::Position;
use super::sweep::{Behind, What};

/// The property that says which contacts were merged into one, and when.
const MERGES: &str = "hs_calculated_merged_vids";

impl Ask<'_> {
    /// The next page of a kind of record: one search, then a batch for every fifty.
    pub(super) async fn read_records(
        &self,
        object: Object,
        position: Position<Behind>,
    ) -> Result<ChangeBatch, SourceError> {
        let properties = [object.modified().to_owned()];
        let what = What {
            plural: object.plural(),
            modified: object.modified(),
            properties: &properties,
            limit: LARGEST_PAGE,
        };
        let found = self.sweep(&what, &position).await?;
        let ids: Vec<&str> = found.records.iter().map(|record| record.id.as_str()).collect();
        let records = self.batch(object.plural(), &ids, None, &self.whole_wish(object), false).await?;
        let mut changes = self.tell_records(object, &records).await?;
        if let Some(since) = position.since {
            changes.extend(self.tell_inherited(object, &records, since).await?);
        }
        Ok(position.batch(changes, ids.len() as u64, found.next, found.total))
    }

    /// What a merge since then brought to its winner: the activities and deals of the losers, whose own stamps show
    /// nothing.
    /// Only contacts say when they were merged.
    async fn tell_inherited(
        &self,
        object: Object,
        records: &[ObjectRecord],
        since: DateTime<Utc>,
    ) -> Result<Vec<Change>, SourceError> {
        let is_new = |record: &&ObjectRecord| {
            let mut merges = record.value(MERGES).into_iter().flat_map(value::stamped).peekable();
            let is_timed = merges.peek().is_some();
            !merged_ids(record).is_empty() && (!is_timed || merges.any(|(_, at)| at >= since))
        };
        let winners: Vec<&str> = records.iter().filter(is_new).map(|record| record.id.as_str()).collect();
        if winners.is_empty() {
            return Ok(Vec::new());
        }
        let kinds = ACTIVITIES.iter().map(|kind| self.activities_of(object, kind, &winners));
        let mut told = Vec::new();
        for (id, events) in try_join_all(kinds).await?.into_iter().flatten() {
            let of = self.portal.reader().subject(object, &id).key;
            told.extend(events.into_iter().map(|it| Change::Event { of: of.clone(), event: Box::new(it) }));
        }
        if object != Object::Deal && self.portal.options.opportunities {
            let linked = self.associations(object.plural(), Object::Deal.plural(), &winners).await?;
            let ids: BTreeSet<&str> = linked.values().flatten().map(|to| to.to_object_id.as_str()).collect();
            let ids: Vec<&str> = ids.into_iter().collect();
            let wish = self.whole_wish(Object::Deal);
            let deals = self.batch(Object::Deal.plural(), &ids, None, &wish, false).await?;
            told.extend(self.tell_records(Object::Deal, &deals).await?);
        }
        Ok(told)
    }

    /// Everything there is to ask of a record.
    pub(super) fn whole_wish(&self, object: Object) -> Wish {
        let options = &self.portal.options;
        let mut wish = match object {
            Object::Contact => Wish::people(&self.every_person_field(), options),
            Object::Company => Wish::accounts(&self.every_account_field(), options),
            Object::Deal => Wish::opportunities(&self.every_opportunity_field(), options),
        };
        wish.add_changes(object, options);
        if object == Object::Contact {
            wish.add(&[SUBMISSIONS]);
        }
        self.portal.granted(object, wish)
    }

    fn every_person_field(&self) -> PersonSelect {
        PersonSelect::whole(self.portal.options.fields.person.keys())
    }

    fn every_account_field(&self) -> AccountSelect {
        AccountSelect::whole(self.portal.options.fields.account.keys())
    }

    fn every_opportunity_field(&self) -> OpportunitySelect {
        OpportunitySelect::whole(self.portal.options.fields.opportunity.keys())
    }

    /// Everything some records tell.
    pub(super) async fn tell_records(
        &self,
        object: Object,
        records: &[ObjectRecord],
    ) -> Result<Vec<Change>, SourceError> {
        if records.is_empty() {
            return Ok(Vec::new());
        }
        // The account says in which currency an amount is, and where a record's page is.
        self.details().await?;
        let mut told: Vec<Change> = match object {
            Object::Contact => {
                let (reader, select) = (self.portal.reader(), self.every_person_field());
                records.iter().map(|it| Change::Person(Box::new(reader.person(it, &select)))).collect()
            }
            Object::Company => {
                let (reader, select) = (self.portal.reader(), self.every_account_field());
                records.iter().map(|it| Change::Account(Box::new(reader.account(it, &select)))).collect()
            }
            Object::Deal => {
                let deals = Box::pin(self.opportunities(records, &self.every_opportunity_field())).await?;
                deals.into_iter().map(|it| Change::Opportunity(Box::new(it))).collect()
            }
        };
        let pipelines = if object == Object::Deal { self.pipelines().await? } else { Arc::default() };
        let forms = self.titles_of_forms(records.iter().any(|record| submitted(record).is_some())).await?;
        let reader = self.portal.reader();
        for record in records {
            let subject = reader.subject(object, &record.id);
            let history = reader.changes(object, record, &pipelines);
            let mut events = history.events;
            if object == Object::Contact {
                events.extend(reader.submissions(&subject, record, &forms));
            }
            told.extend(
                events
                    .into_iter()
                    .map(|event| Change::Event { of: subject.key.clone(), event: Box::new(event) }),
            );
            told.extend(history.floor.map(|floor| {
                Change::Floor(HistoryFloor {
                    object: Arc::from(object.name()),
                    id: Some(Arc::from(record.id.as_str())),
                    part: HistoryPart::Changes,
                    floor,
                })
            }));
            let at = reader.meta(object, record).updated_at;
            let losers = merged_ids(record).into_iter();
            told.extend(losers.map(|id| Change::Gone { key: reader.key(object.name(), &id), at }));
        }
        Ok(told)
    }
}

impl Position<Behind> {
    /// A batch, and where to go on behind it.
    pub(super) fn batch(
        mut self,
        changes: Vec<Change>,
        rows: u64,
        next: Option<Behind>,
        total: Option<u64>,
    ) -> ChangeBatch {
        if self.is_first() {
            self.left = total;
        }
        let total = self.left;
        let next = match next {
            Some(behind) => self.behind(behind, rows),
            None => self.through(),
        };
        ChangeBatch { changes, position: next.text(), caught_up: next.is_first(), rows, total }
    }
}
