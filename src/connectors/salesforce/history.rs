//! The history of a record, part by part. Changes come from the record and the rows below it, touches from campaign
//! members, activities from tasks and meetings; whatever a batch asks for travels together.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::Months;

use crate::domain::event::{Event, Floor, HistoryPart, RecordHistory};
use crate::domain::id::RecordKey;
use crate::source::ask::{Ask, HistoryLookup};
use crate::source::error::SourceError;
use crate::source::reading::Reading;

use super::campaigns::{MEMBER_EVENT_COLUMNS, member_queries};
use super::id::canonical;
use super::map::campaign::MEMBER_COLUMNS;
use super::map::event::Subject;
use super::map::event::opportunity::{StageCategories, stage_categories};
use super::opportunities::stages_query;
use super::org::{KEYS_PER_QUERY, Org, Query, chunks};
use super::soql::{Child, Filter, Literal, Name, Soql};
use super::wire::{self, CampaignMember, Changed, Task};

const OPERATION: &str = "reading history";

/// What the history of every record is told from.
pub(super) const CHANGED: &[&str] =
    &["Id", "IsDeleted", "CreatedDate", "CreatedById", "SystemModstamp", "LastModifiedById"];

/// What is read of a task.
pub(super) const TASK: &[&str] = &[
    "Id",
    "WhoId",
    "WhatId",
    "AccountId",
    "OwnerId",
    "CreatedById",
    "CreatedDate",
    "Subject",
    "Description",
    "Status",
    "IsClosed",
    "ActivityDate",
    "CompletedDateTime",
    "TaskSubtype",
    "CallType",
    "CallDurationInSeconds",
    "CallDisposition",
];

/// What is read of a meeting.
pub(super) const MEETING: &[&str] = &[
    "Id",
    "WhoId",
    "WhatId",
    "AccountId",
    "OwnerId",
    "CreatedById",
    "CreatedDate",
    "Subject",
    "Description",
    "IsAllDayEvent",
    "ActivityDate",
    "StartDateTime",
    "DurationInMinutes",
    "EventSubtype",
];

/// The objects that have a history here, each with the object its rows are of.
pub(super) const OBJECTS: [(&str, &str); 4] = [
    ("Lead", "LeadHistory"),
    ("Contact", "ContactHistory"),
    ("Account", "AccountHistory"),
    ("Opportunity", "OpportunityFieldHistory"),
];

/// What the rows of a query tell of.
#[derive(Clone, Copy)]
enum Tells {
    Changes(&'static str),
    Stages,
    Touches,
    Tasks,
    Meetings,
}

/// What was read, ready to be told apart by record.
#[derive(Default)]
struct Read {
    changed: HashMap<(&'static str, Arc<str>), Changed>,
    losers: HashMap<Arc<str>, Vec<Changed>>,
    stages: StageCategories,
    events: HashMap<(HistoryPart, Arc<str>), Vec<Event>>,
    /// Members, tasks and meetings told already: one may be found by several of its links.
    told: HashSet<Arc<str>>,
}

impl Org {
    fn changes_query(&self, object: &'static str, history: &'static str, ids: &[Arc<str>]) -> Query {
        let mut soql = Soql::from(object, CHANGED);
        self.add_changes(&mut soql, history);
        let mut ways = vec![Filter::one_id_of("Id", ids)];
        if object != "Opportunity" {
            ways.push(Filter::one_id_of("MasterRecordId", ids));
        }
        Query::all_rows(soql.filtered(Filter::Any(ways)))
    }

    /// Adds everything the changes of the query's records are told from.
    pub(super) fn add_changes(&self, soql: &mut Soql, history: &'static str) {
        let more: &[&'static str] = match soql.object {
            "Opportunity" => &["AccountId", "StageName"],
            "Lead" => &["MasterRecordId", "IsConverted", "ConvertedDate", "ConvertedContactId"],
            _ => &["MasterRecordId"],
        };
        for column in CHANGED.iter().chain(more) {
            soql.also(*column);
        }
        if soql.object == "Opportunity" {
            if self.options.multi_currency {
                soql.also("CurrencyIsoCode");
            }
            let snapshot = ["Id", "StageName", "Amount", "CreatedById", "CreatedDate"];
            soql.also_below(child("OpportunityHistory", "OpportunityHistories", &snapshot));
        }
        let row = ["Id", "Field", "OldValue", "NewValue", "CreatedById", "CreatedDate"];
        soql.also_below(child(history, "Histories", &row));
    }

    /// The queries a batch needs, each with what its rows tell of.
    fn history_queries(&self, lookups: &[HistoryLookup]) -> Vec<(Tells, Query)> {
        let mut ids: BTreeMap<(HistoryPart, &'static str), BTreeSet<Arc<str>>> = BTreeMap::new();
        for lookup in lookups {
            let known = OBJECTS.iter().find(|(object, _)| **object == *lookup.object);
            if let (Some((object, _)), Some(id)) = (known, canonical(&lookup.id)) {
                ids.entry((lookup.part, object)).or_default().insert(id);
            }
        }
        let of = |part: HistoryPart, objects: &[&'static str]| {
            let found = objects.iter().filter_map(|object| ids.get(&(part, *object)));
            found.flatten().cloned().collect::<BTreeSet<_>>()
        };
        let mut queries = Vec::new();
        for (object, history) in OBJECTS {
            for chunk in chunks(&of(HistoryPart::Changes, &[object])) {
                queries.push((Tells::Changes(object), self.changes_query(object, history, &chunk)));
            }
        }
        if !of(HistoryPart::Changes, &["Opportunity"]).is_empty() {
            queries.push((Tells::Stages, stages_query()));
        }
        let member = [MEMBER_COLUMNS, MEMBER_EVENT_COLUMNS].concat();
        let people = of(HistoryPart::Touches, &["Lead", "Contact"]);
        queries.extend(member_queries(&people, &member).into_iter().map(|query| (Tells::Touches, query)));
        let who = chunks(&of(HistoryPart::Activities, &["Lead", "Contact"]));
        let what = chunks(&of(HistoryPart::Activities, &["Account", "Opportunity"]));
        for place in 0..who.len().max(what.len()) {
            for (tells, object, columns) in
                [(Tells::Tasks, "Task", TASK), (Tells::Meetings, "Event", MEETING)]
            {
                let ways = [("WhoId", who.get(place)), ("WhatId", what.get(place))];
                let ways = ways.into_iter().filter_map(|(link, ids)| Some(Filter::one_id_of(link, ids?)));
                // The all-rows query finds what was archived, and with it what was deleted.
                let alive = Filter::equal("IsDeleted", Literal::Boolean(false));
                let filter = Filter::All(vec![Filter::Any(ways.collect()), alive]);
                queries.push((tells, Query::all_rows(Soql::from(object, columns).filtered(filter))));
            }
        }
        queries
    }

    fn tell(&self, tells: Tells, rows: Vec<serde_json::Value>, read: &mut Read) -> Result<(), SourceError> {
        let mapping = self.mapping();
        let mut add = |part: HistoryPart,
                       itself: &wire::Id,
                       ids: [Option<&wire::Id>; 2],
                       tell: &dyn Fn(&Subject) -> Vec<Event>| {
            let is_new = read.told.insert(itself.0.clone());
            for id in ids.into_iter().flatten().filter(|_| is_new) {
                let Some(object) = super::id::object_of(&id.0) else { continue };
                let subject = Subject { key: RecordKey::new(&self.name, object, &*id.0), account: None };
                read.events.entry((part, id.0.clone())).or_default().extend(tell(&subject));
            }
        };
        match tells {
            Tells::Stages => {
                let stages = rows.iter().map(|row| self.typed(OPERATION, row));
                read.stages = stage_categories(stages.collect::<Result<_, _>>()?);
            }
            Tells::Changes(object) => {
                for row in &rows {
                    let changed: Changed = self.typed(OPERATION, row)?;
                    if let Some(winner) = &changed.master_record_id {
                        let loser: Changed = self.typed(OPERATION, row)?;
                        read.losers.entry(winner.0.clone()).or_default().push(loser);
                    }
                    read.changed.insert((object, changed.id.0.clone()), changed);
                }
            }
            Tells::Touches => {
                for row in &rows {
                    let member: CampaignMember = self.typed(OPERATION, row)?;
                    let people = [member.lead_id.as_ref(), member.contact_id.as_ref()];
                    add(HistoryPart::Touches, &member.id, people, &|subject| {
                        mapping.touches(&member, subject)
                    });
                }
            }
            Tells::Tasks => {
                for row in &rows {
                    let task: Task = self.typed(OPERATION, row)?;
                    let linked = [task.who_id.as_ref(), task.what_id.as_ref()];
                    add(HistoryPart::Activities, &task.id, linked, &|subject| {
                        vec![mapping.task(&task, subject)]
                    });
                }
            }
            Tells::Meetings => {
                for row in &rows {
                    let meeting: wire::Event = self.typed(OPERATION, row)?;
                    let linked = [meeting.who_id.as_ref(), meeting.what_id.as_ref()];
                    add(HistoryPart::Activities, &meeting.id, linked, &|subject| {
                        vec![mapping.meeting(&meeting, subject)]
                    });
                }
            }
        }
        Ok(())
    }

    /// The history a lookup asked for; none for a record that does not exist.
    fn history_of(&self, lookup: &HistoryLookup, read: &Read) -> Option<RecordHistory> {
        let id = canonical(&lookup.id)?;
        let (object, history) = OBJECTS.into_iter().find(|(object, _)| **object == *lookup.object)?;
        if lookup.part != HistoryPart::Changes {
            let events = read.events.get(&(lookup.part, id)).cloned().unwrap_or_default();
            return Some(RecordHistory { events, floor: None });
        }
        let record = read.changed.get(&(object, id.clone()))?;
        if object == "Opportunity" {
            // Snapshots reach back to the beginning.
            let events = self.mapping().opportunity_changes(record, &read.stages);
            return Some(RecordHistory { events, floor: None });
        }
        let losers = read.losers.get(&id).map(Vec::as_slice).unwrap_or_default();
        let events = self.mapping().changes(record, object, losers);
        Some(RecordHistory { events, floor: self.floor(record, history) })
    }

    /// Up to where the history of fields reaches back.
    fn floor(&self, record: &Changed, history: &str) -> Option<Floor> {
        self.kept_history(history).filter(|kept| record.created_date.0 < kept.from)
    }

    /// Up to where the org keeps a history of fields.
    pub(super) fn kept_history(&self, history: &str) -> Option<Floor> {
        if self.known.is_absent(history) {
            let reason = "Field history is not visible in this org.".into();
            return Some(Floor { from: self.now(), reason });
        }
        let months = self.options.field_history_months;
        let from = self.now().checked_sub_months(Months::new(months))?;
        let reason = format!("Salesforce keeps the history of fields for {months} months.");
        Some(Floor { from, reason: reason.into() })
    }
}

fn child(object: &'static str, relationship: &'static str, fields: &[&'static str]) -> Child {
    let fields = fields.iter().map(|field| Name::from(*field)).collect();
    Child { object, relationship, fields, filter: None, order: Vec::new() }
}

#[async_trait]
impl Ask<HistoryLookup> for Org {
    fn batch_size(&self) -> usize {
        KEYS_PER_QUERY
    }

    async fn ask(
        &self,
        lookups: &[HistoryLookup],
        (): &(),
        reading: &Reading,
    ) -> Result<Vec<(HistoryLookup, Vec<Arc<RecordHistory>>)>, SourceError> {
        let (tells, queries): (Vec<_>, Vec<_>) = self.history_queries(lookups).into_iter().unzip();
        let answers = self.rows(OPERATION, &queries, reading).await?;
        let mut read = Read::default();
        for (tells, rows) in tells.into_iter().zip(answers) {
            self.tell(tells, rows, &mut read)?;
        }
        let answer = |lookup: &HistoryLookup| self.history_of(lookup, &read).map(Arc::new);
        Ok(lookups.iter().map(|lookup| (lookup.clone(), answer(lookup).into_iter().collect())).collect())
    }
}
