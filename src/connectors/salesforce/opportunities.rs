//! Opportunities: by id, by account, by person, and all of them in order; and the org's pipeline.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use crate::domain::opportunity::{OpportunityField, OpportunityRecord, OpportunitySelect, Pipeline};
use crate::source::ask::{Ask, OpportunityLookup, PipelineLookup};
use crate::source::error::SourceError;
use crate::source::reading::Reading;
use crate::source::walk::{Condition, Order, Page, PageAsk, Walk};

use super::id::canonical;
use super::listing::PAGE;
use super::map::opportunity::{OPPORTUNITY_ALWAYS, opportunity_columns};
use super::org::{KEYS_PER_QUERY, Org, Query, chunks};
use super::soql::{Child, Filter, Name, Soql};
use super::wire;

const OPERATION: &str = "reading opportunities";
const PIPELINES: &str = "reading pipelines";
const OBJECTS: &[&str] = &["Opportunity"];

/// The keys of one batch, taken apart.
#[derive(Default)]
struct Keys {
    ids: BTreeSet<Arc<str>>,
    accounts: BTreeSet<Arc<str>>,
    contacts: BTreeSet<Arc<str>>,
    leads: BTreeSet<Arc<str>>,
}

impl Keys {
    fn of(lookups: &[OpportunityLookup]) -> Self {
        let mut keys = Self::default();
        for lookup in lookups {
            match lookup {
                OpportunityLookup::Id(id) => keys.ids.extend(canonical(id)),
                OpportunityLookup::OfAccount(id) => keys.accounts.extend(canonical(id)),
                OpportunityLookup::OfPerson { object, id } if &**object == "Contact" => {
                    keys.contacts.extend(canonical(id));
                }
                OpportunityLookup::OfPerson { object, id } if &**object == "Lead" => {
                    keys.leads.extend(canonical(id));
                }
                OpportunityLookup::OfPerson { .. } => {}
            }
        }
        keys
    }

    /// The queries for opportunities, then those that tell which a lead became.
    fn queries(&self, org: &Org, select: &OpportunitySelect) -> (Vec<Query>, Vec<Query>) {
        let soql = org.opportunity_query(select);
        let mut queries = Vec::new();
        for chunk in chunks(&self.ids) {
            queries.push(Query::all_rows(soql.clone().filtered(Filter::one_id_of("Id", chunk))));
        }
        for chunk in chunks(&self.accounts) {
            queries.push(Query::live(soql.clone().filtered(Filter::one_id_of("AccountId", chunk))));
        }
        for chunk in chunks(&self.contacts) {
            let mut soql = soql.clone();
            add_contact_roles(&mut soql);
            let those =
                among("OpportunityContactRole", "OpportunityId", Filter::one_id_of("ContactId", chunk));
            queries.push(Query::live(soql.filtered(those)));
        }
        let mut conversions = Vec::new();
        for chunk in chunks(&self.leads) {
            let those = among("Lead", "ConvertedOpportunityId", Filter::one_id_of("Id", &chunk));
            queries.push(Query::live(soql.clone().filtered(those)));
            let lead = Soql::from("Lead", &["Id", "ConvertedOpportunityId"]);
            let opened = Filter::has_value("ConvertedOpportunityId");
            let lead = lead.filtered(Filter::All(vec![Filter::one_id_of("Id", &chunk), opened]));
            conversions.push(Query::live(lead));
        }
        (queries, conversions)
    }
}

fn among(object: &'static str, of: &'static str, filter: Filter) -> Filter {
    let (object, of) = (object.into(), of.into());
    Filter::Among { field: "Id".into(), object, of, filter: Box::new(filter) }
}

fn add_contact_roles(soql: &mut Soql) {
    let relationship = "OpportunityContactRoles";
    if soql.children.iter().any(|child| child.relationship == relationship) {
        return;
    }
    let fields = ["ContactId", "Role", "IsPrimary"].into_iter().map(Name::from).collect();
    let object = "OpportunityContactRole";
    soql.children.push(Child { object, relationship, fields, filter: None, order: Vec::new() });
}

impl Org {
    pub(super) fn opportunity_query(&self, select: &OpportunitySelect) -> Soql {
        let mut soql = Soql::from("Opportunity", OPPORTUNITY_ALWAYS);
        for column in select.fields().flat_map(opportunity_columns) {
            soql.also(*column);
        }
        let has_money = select.has(OpportunityField::Amount) || select.has(OpportunityField::StageHistory);
        if self.options.multi_currency && has_money {
            soql.also("CurrencyIsoCode");
        }
        if let Some(name) =
            self.options.loss_reason_name().filter(|_| select.has(OpportunityField::LossReason))
        {
            soql.also(name);
        }
        for field in select.custom().filter_map(|key| self.options.fields.opportunity.get(&**key)) {
            soql.also(field.name());
        }
        if select.has(OpportunityField::Contacts) {
            add_contact_roles(&mut soql);
        }
        if select.has(OpportunityField::StageHistory) {
            let fields = ["StageName", "Amount", "Probability", "CreatedById", "CreatedDate"];
            soql.children.push(Child {
                object: "OpportunityHistory",
                relationship: "OpportunityHistories",
                fields: fields.into_iter().map(Name::from).collect(),
                filter: None,
                order: Vec::new(),
            });
        }
        soql
    }

    pub(super) fn opportunity(
        &self,
        row: &Value,
        select: &OpportunitySelect,
    ) -> Result<OpportunityRecord, SourceError> {
        self.mapping().opportunity(row, select).map_err(|_| self.unreadable(OPERATION))
    }
}

/// Opportunities found, and to whom each belongs.
#[derive(Default)]
struct Found {
    by_id: HashMap<Arc<str>, Arc<OpportunityRecord>>,
    by_owner: HashMap<Arc<str>, BTreeSet<Arc<str>>>,
}

impl Found {
    fn add(&mut self, record: OpportunityRecord, contacts: Vec<wire::Id>) {
        let id = record.meta.key.id.clone();
        let account = record.account.as_ref().map(|account| account.id.clone());
        let is_live = record.meta.deleted_at.is_none();
        for owner in contacts.into_iter().map(|contact| contact.0).chain(account).filter(|_| is_live) {
            self.by_owner.entry(owner).or_default().insert(id.clone());
        }
        self.by_id.insert(id, Arc::new(record));
    }

    fn of(&self, owner: &str) -> Vec<Arc<OpportunityRecord>> {
        let ids = canonical(owner).and_then(|owner| self.by_owner.get(&owner));
        ids.into_iter().flatten().filter_map(|id| self.by_id.get(id)).cloned().collect()
    }

    fn answer(&self, lookup: &OpportunityLookup) -> Vec<Arc<OpportunityRecord>> {
        match lookup {
            OpportunityLookup::Id(id) => {
                canonical(id).and_then(|id| self.by_id.get(&id)).cloned().into_iter().collect()
            }
            OpportunityLookup::OfAccount(id) | OpportunityLookup::OfPerson { id, .. } => self.of(id),
        }
    }
}

#[async_trait]
impl Ask<OpportunityLookup> for Org {
    fn batch_size(&self) -> usize {
        KEYS_PER_QUERY
    }

    async fn ask(
        &self,
        lookups: &[OpportunityLookup],
        select: &OpportunitySelect,
        reading: &Reading,
    ) -> Result<Vec<(OpportunityLookup, Vec<Arc<OpportunityRecord>>)>, SourceError> {
        let (mut queries, conversions) = Keys::of(lookups).queries(self, select);
        let of_opportunities = queries.len();
        queries.extend(conversions);
        let mut answers = self.rows(OPERATION, &queries, reading).await?;
        let conversions = answers.split_off(of_opportunities);
        let mut found = Found::default();
        for row in answers.into_iter().flatten() {
            let roles = row.pointer("/OpportunityContactRoles/records").and_then(Value::as_array);
            let contacts = roles.into_iter().flatten().filter_map(|role| role.get("ContactId"));
            let contacts = contacts.map(|id| self.typed(OPERATION, id)).collect::<Result<_, _>>()?;
            found.add(self.opportunity(&row, select)?, contacts);
        }
        for row in conversions.into_iter().flatten() {
            let lead: wire::ConvertedLead = self.typed(OPERATION, &row)?;
            found.by_owner.entry(lead.id.0).or_default().insert(lead.converted_opportunity_id.0);
        }
        Ok(lookups.iter().map(|lookup| (lookup.clone(), found.answer(lookup))).collect())
    }
}

#[async_trait]
impl Walk<OpportunityRecord> for Org {
    fn objects(&self) -> &'static [&'static str] {
        OBJECTS
    }

    fn page_size(&self) -> usize {
        PAGE
    }

    fn can_filter(&self, condition: &Condition) -> bool {
        self.can_filter_all(OBJECTS, condition)
    }

    fn can_order(&self, order: &Order) -> bool {
        self.can_order_all(OBJECTS, order)
    }

    async fn page(
        &self,
        ask: &PageAsk<OpportunitySelect>,
        reading: &Reading,
    ) -> Result<Page<OpportunityRecord>, SourceError> {
        let soql = self.opportunity_query(&ask.select);
        self.listed(OPERATION, soql, ask, reading, |row| self.opportunity(row, &ask.select)).await
    }
}

/// The query for the org's stages.
pub(super) fn stages_query() -> Query {
    const COLUMNS: &[&str] = &[
        "MasterLabel",
        "ApiName",
        "SortOrder",
        "IsClosed",
        "IsWon",
        "ForecastCategoryName",
        "DefaultProbability",
    ];
    Query::live(Soql::from("OpportunityStage", COLUMNS))
}

#[async_trait]
impl Ask<PipelineLookup> for Org {
    fn batch_size(&self) -> usize {
        1
    }

    async fn ask(
        &self,
        lookups: &[PipelineLookup],
        (): &(),
        reading: &Reading,
    ) -> Result<Vec<(PipelineLookup, Vec<Arc<Pipeline>>)>, SourceError> {
        let rows = self.rows(PIPELINES, &[stages_query()], reading).await?;
        let stages = rows.iter().flatten().map(|row| self.typed(PIPELINES, row));
        let pipeline = Arc::new(self.mapping().pipeline(stages.collect::<Result<_, _>>()?));
        Ok(lookups.iter().map(|lookup| (*lookup, vec![pipeline.clone()])).collect())
    }
}
