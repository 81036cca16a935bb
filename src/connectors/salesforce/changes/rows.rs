//! What one row of each object tells: the record it is, and the events of its history.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;

use crate::connectors::salesforce::campaigns::MEMBER_EVENT_COLUMNS;
use crate::connectors::salesforce::history::{CHANGED, MEETING, OBJECTS, TASK};
use crate::connectors::salesforce::id::object_of;
use crate::connectors::salesforce::listing::PAGE;
use crate::connectors::salesforce::map::campaign::MEMBER_COLUMNS;
use crate::connectors::salesforce::map::event::Subject;
use crate::connectors::salesforce::map::event::change::tells_of_a_merge;
use crate::connectors::salesforce::map::event::opportunity::{StageCategories, stage_categories};
use crate::connectors::salesforce::opportunities::stages_query;
use crate::connectors::salesforce::org::{Org, Query, chunks};
use crate::connectors::salesforce::people::{Kind, person_query};
use crate::connectors::salesforce::soql::{Filter, Soql, Sort};
use crate::connectors::salesforce::wire::{self, CampaignMember, Changed, Id, Task};
use crate::domain::account::AccountSelect;
use crate::domain::event::{Event, HistoryPart};
use crate::domain::id::RecordKey;
use crate::domain::opportunity::OpportunitySelect;
use crate::domain::person::PersonSelect;
use crate::source::changes::{Change, HistoryFloor};
use crate::source::error::SourceError;
use crate::source::reading::Reading;

use super::OPERATION;

/// Whose rows are read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Accounts,
    Contacts,
    Leads,
    Opportunities,
    Campaigns,
    Members,
    Tasks,
    Meetings,
}

impl Of {
    /// What is read together with every page.
    pub(super) fn beside(self) -> Option<Query> {
        // Whether a move won or lost is what its stage says.
        (self == Self::Opportunities).then(stages_query)
    }

    fn object(self) -> &'static str {
        match self {
            Self::Accounts => "Account",
            Self::Contacts => "Contact",
            Self::Leads => "Lead",
            Self::Opportunities => "Opportunity",
            Self::Campaigns => "Campaign",
            Self::Members => "CampaignMember",
            Self::Tasks => "Task",
            Self::Meetings => "Event",
        }
    }

    /// The object that keeps the history of its fields.
    fn history(self) -> Option<&'static str> {
        OBJECTS.iter().find(|(object, _)| *object == self.object()).map(|(_, history)| *history)
    }
}

/// Adds an entry of a history.
fn tell(changes: &mut Vec<Change>, of: &RecordKey, event: Event) {
    changes.push(Change::Event { of: of.clone(), event: Box::new(event) });
}

fn is_deleted(row: &Value) -> bool {
    row.get("IsDeleted") == Some(&Value::Bool(true))
}

impl Org {
    fn every_person_field(&self) -> PersonSelect {
        PersonSelect::whole(self.options.fields.person.keys())
    }

    fn every_account_field(&self) -> AccountSelect {
        AccountSelect::whole(self.options.fields.account.keys())
    }

    fn every_opportunity_field(&self) -> OpportunitySelect {
        OpportunitySelect::whole(self.options.fields.opportunity.keys())
    }

    /// The query for the rows, with what their history is told from.
    pub(super) fn rows_query(&self, of: Of) -> Soql {
        let columns = |object: &'static str, columns: &[&'static str]| {
            let mut soql = Soql::from(object, columns);
            for column in ["IsDeleted", "SystemModstamp"] {
                soql.also(column);
            }
            soql
        };
        let mut soql = match of {
            Of::Leads => person_query(Kind::Lead, &self.every_person_field(), self),
            Of::Contacts => person_query(Kind::Contact, &self.every_person_field(), self),
            Of::Accounts => self.account_query(&self.every_account_field()),
            Of::Opportunities => self.opportunity_query(&self.every_opportunity_field()),
            Of::Campaigns => self.campaign_query(),
            Of::Members => columns("CampaignMember", &[MEMBER_COLUMNS, MEMBER_EVENT_COLUMNS].concat()),
            Of::Tasks => columns("Task", TASK),
            Of::Meetings => columns("Event", MEETING),
        };
        if let Some(history) = of.history() {
            self.add_changes(&mut soql, history);
        }
        soql
    }

    /// How far back the history of fields reaches.
    pub(super) fn floor_of(&self, of: Of) -> Option<Change> {
        // Snapshots of opportunities reach back to the beginning.
        let history = of.history().filter(|_| of != Of::Opportunities)?;
        Some(Change::Floor(HistoryFloor {
            object: Arc::from(of.object()),
            id: None,
            part: HistoryPart::Changes,
            floor: self.kept_history(history)?,
        }))
    }

    /// Everything a page tells; `beside` is the answer to what is read together with it.
    pub(super) async fn tell_rows(
        &self,
        of: Of,
        rows: &[Value],
        beside: &[Value],
        reading: &Reading,
    ) -> Result<Vec<Change>, SourceError> {
        let mut changes = Vec::new();
        match of {
            Of::Leads | Of::Contacts | Of::Accounts => {
                let losers = self.losers(of.object(), rows, reading).await?;
                for row in rows {
                    changes.push(self.record(of, row)?);
                    self.tell_changes(of.object(), &self.typed(OPERATION, row)?, &losers, &mut changes);
                }
            }
            Of::Opportunities => {
                let stages = beside.iter().map(|row| self.typed(OPERATION, row));
                let stages = stage_categories(stages.collect::<Result<_, _>>()?);
                for row in rows {
                    self.tell_opportunity(row, &stages, &mut changes)?;
                }
            }
            Of::Campaigns => {
                for row in rows {
                    changes.push(Change::Campaign(Box::new(self.campaign(row)?)));
                }
            }
            Of::Members => {
                for row in rows {
                    self.tell_member(row, &mut changes)?;
                }
            }
            Of::Tasks | Of::Meetings => {
                for row in rows {
                    self.tell_activity(of, row, &mut changes)?;
                }
            }
        }
        Ok(changes)
    }

    fn record(&self, of: Of, row: &Value) -> Result<Change, SourceError> {
        let person =
            |kind| Ok(Change::Person(Box::new(self.person(kind, row, &self.every_person_field())?)));
        match of {
            Of::Leads => person(Kind::Lead),
            Of::Contacts => person(Kind::Contact),
            _ => Ok(Change::Account(Box::new(self.account(row, &self.every_account_field())?))),
        }
    }

    /// The rows that were merged into one of these and are still in the recycle bin. Only where a history says that
    /// something was merged: elsewhere the loser's own row tells it.
    async fn losers(
        &self,
        object: &'static str,
        rows: &[Value],
        reading: &Reading,
    ) -> Result<HashMap<Arc<str>, Vec<Changed>>, SourceError> {
        let mut winners = BTreeSet::new();
        for row in rows {
            let changed: Changed = self.typed(OPERATION, row)?;
            let history = changed.histories.iter().flat_map(|rows| &rows.records);
            if history.into_iter().any(tells_of_a_merge) {
                winners.insert(changed.id.0);
            }
        }
        let mut soql = Soql::from(object, CHANGED);
        soql.also("MasterRecordId");
        let queries = chunks(&winners)
            .into_iter()
            .map(|chunk| Query::all_rows(soql.clone().filtered(Filter::one_id_of("MasterRecordId", chunk))));
        let answers = self.rows(OPERATION, &queries.collect::<Vec<_>>(), reading).await?;
        let mut losers: HashMap<Arc<str>, Vec<Changed>> = HashMap::new();
        for row in answers.iter().flatten() {
            let loser: Changed = self.typed(OPERATION, row)?;
            if let Some(winner) = &loser.master_record_id {
                losers.entry(winner.0.clone()).or_default().push(loser);
            }
        }
        Ok(losers)
    }

    /// The history of a lead, a contact or an account; and where it was merged away, what that adds to the winner's.
    fn tell_changes(
        &self,
        object: &str,
        changed: &Changed,
        losers: &HashMap<Arc<str>, Vec<Changed>>,
        changes: &mut Vec<Change>,
    ) {
        let of = self.mapping().key(object, &changed.id);
        let losers = losers.get(&changed.id.0).map(Vec::as_slice).unwrap_or_default();
        for event in self.mapping().changes(changed, object, losers) {
            tell(changes, &of, event);
        }
        if let Some((winner, event)) = self.mapping().merged_away(changed, object) {
            tell(changes, &winner, event);
        }
    }

    fn tell_opportunity(
        &self,
        row: &Value,
        stages: &StageCategories,
        changes: &mut Vec<Change>,
    ) -> Result<(), SourceError> {
        let record = self.opportunity(row, &self.every_opportunity_field())?;
        let of = record.meta.key.clone();
        changes.push(Change::Opportunity(Box::new(record)));
        for event in self.mapping().opportunity_changes(&self.typed(OPERATION, row)?, stages) {
            tell(changes, &of, event);
        }
        Ok(())
    }

    fn tell_member(&self, row: &Value, changes: &mut Vec<Change>) -> Result<(), SourceError> {
        let member: CampaignMember = self.typed(OPERATION, row)?;
        let key = self.mapping().key("CampaignMember", &member.id);
        if is_deleted(row) {
            changes.push(self.gone(key, row)?);
            return Ok(());
        }
        for subject in self.subjects([member.lead_id.as_ref(), member.contact_id.as_ref()]) {
            for event in self.mapping().touches(&member, &subject) {
                tell(changes, &subject.key, event);
            }
        }
        if let Some(membership) = self.mapping().membership(member) {
            changes.push(Change::Membership(Box::new(membership)));
        }
        Ok(())
    }

    fn tell_activity(&self, of: Of, row: &Value, changes: &mut Vec<Change>) -> Result<(), SourceError> {
        if is_deleted(row) {
            let id: Id = self.typed(OPERATION, row.get("Id").unwrap_or_default())?;
            changes.push(self.gone(self.mapping().key(of.object(), &id), row)?);
            return Ok(());
        }
        if of == Of::Tasks {
            let task: Task = self.typed(OPERATION, row)?;
            for subject in self.subjects([task.who_id.as_ref(), task.what_id.as_ref()]) {
                tell(changes, &subject.key, self.mapping().task(&task, &subject));
            }
        } else {
            let meeting: wire::Event = self.typed(OPERATION, row)?;
            for subject in self.subjects([meeting.who_id.as_ref(), meeting.what_id.as_ref()]) {
                tell(changes, &subject.key, self.mapping().meeting(&meeting, &subject));
            }
        }
        Ok(())
    }

    /// Those of the linked records that have a history here.
    fn subjects(&self, links: [Option<&Id>; 2]) -> Vec<Subject> {
        let has_history = |object: &&str| OBJECTS.iter().any(|(known, _)| known == object);
        let subject = |id: &Id| {
            let object = object_of(&id.0).filter(has_history)?;
            Some(Subject { key: self.mapping().key(object, id), account: None })
        };
        links.into_iter().flatten().filter_map(subject).collect()
    }

    fn gone(&self, key: RecordKey, row: &Value) -> Result<Change, SourceError> {
        // The vendor keeps no instant of deletion; deleting is the last thing that happened to the row.
        let stamp = row.get("SystemModstamp").unwrap_or_default();
        let at: wire::Stamp = self.typed(OPERATION, stamp)?;
        Ok(Change::Gone { key, at: at.0 })
    }

    /// The opportunities of the contact roles a filter finds, told anew, and those roles.
    pub(super) async fn changed_groups(
        &self,
        filter: Filter,
        order: Vec<Sort>,
        reading: &Reading,
    ) -> Result<(Vec<Change>, Vec<Value>), SourceError> {
        let columns = ["Id", "OpportunityId", "SystemModstamp"];
        let mut roles = Soql::from("OpportunityContactRole", &columns).filtered(filter);
        (roles.order, roles.limit) = (order, Some(PAGE));
        let roles = self.rows(OPERATION, &[Query::all_rows(roles)], reading).await?.remove(0);
        let mut ids = BTreeSet::new();
        for role in &roles {
            let id: Id = self.typed(OPERATION, role.get("OpportunityId").unwrap_or_default())?;
            ids.insert(id.0);
        }
        if ids.is_empty() {
            return Ok((Vec::new(), roles));
        }
        let soql = self.rows_query(Of::Opportunities);
        let mut queries = vec![stages_query()];
        for chunk in chunks(&ids) {
            queries.push(Query::all_rows(soql.clone().filtered(Filter::one_id_of("Id", chunk))));
        }
        let mut answers = self.rows(OPERATION, &queries, reading).await?;
        let beside = answers.remove(0);
        let mut changes = Vec::new();
        for rows in answers {
            changes.extend(self.tell_rows(Of::Opportunities, &rows, &beside, reading).await?);
        }
        Ok((changes, roles))
    }
}
