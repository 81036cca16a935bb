//! Deals.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::connectors::hubspot::object::Object;
use crate::connectors::hubspot::pipelines::stage;
use crate::connectors::hubspot::wire::{Association, ObjectRecord, Version};
use crate::domain::money::Money;
use crate::domain::opportunity::{
    BuyingRole, OpportunityContactRole, OpportunityRecord, Pipeline, StageCategory, StageSnapshot,
};

use super::{Reader, custom_fields, value};

/// The type of the association between a deal and its primary company.
const PRIMARY_COMPANY: u32 = 5;

/// What a deal's own properties do not tell.
#[derive(Clone, Copy)]
pub(in crate::connectors::hubspot) struct Deal<'a> {
    /// The id of the company it is with.
    pub(in crate::connectors::hubspot) company: Option<&'a str>,
    pub(in crate::connectors::hubspot) contacts: &'a [Association],
    pub(in crate::connectors::hubspot) pipelines: &'a [Arc<Pipeline>],
    /// The account's own zone, in which the closing instant falls on a day.
    pub(in crate::connectors::hubspot) zone: Tz,
    pub(in crate::connectors::hubspot) with_stages: bool,
}

impl Reader<'_> {
    /// A deal as an opportunity record.
    pub(in crate::connectors::hubspot) fn opportunity(
        &self,
        record: &ObjectRecord,
        deal: Deal<'_>,
    ) -> OpportunityRecord {
        let text = |property: &str| record.value(property).map(Arc::<str>::from);
        let pipeline = record.value("pipeline");
        let known = record.value("dealstage").and_then(|key| stage(deal.pipelines, pipeline, key));
        let category = known.map_or_else(|| category_by_flags(record), |stage| stage.category);
        let closed_at = record.value("closedate").and_then(value::instant);
        let said = record.value("hs_deal_stage_probability").and_then(value::number);
        let reference = self.options.cross_references.opportunity.as_deref();
        OpportunityRecord {
            meta: self.meta(Object::Deal, record),
            name: text("dealname"),
            account: deal.company.map(|id| self.key("company", id)),
            owner: self.owner(record),
            pipeline: text("pipeline"),
            stage: text("dealstage"),
            category,
            amount: record.value("amount").and_then(|amount| self.deal_money(record, amount)),
            probability: said.or_else(|| known?.probability),
            close_date: closed_at.map(|at| at.with_timezone(&deal.zone).date_naive()),
            closed_at: closed_at.filter(|_| matches!(category, StageCategory::Won | StageCategory::Lost)),
            lead_source: self.lead_source(record),
            loss_reason: text("closed_lost_reason"),
            contacts: deal.contacts.iter().map(|association| self.role(association)).collect(),
            stage_history: if deal.with_stages { self.stages(record, deal.pipelines) } else { Vec::new() },
            cross_references: reference
                .map(|property| self.cross_references(record, &[(property, "Opportunity")]))
                .unwrap_or_default(),
            custom: custom_fields(record, &self.options.fields.opportunity),
        }
    }

    /// An amount of a deal, in the deal's own currency where it has one.
    pub(in crate::connectors::hubspot) fn deal_money(
        &self,
        record: &ObjectRecord,
        amount: &str,
    ) -> Option<Money> {
        self.money(amount, record.value("deal_currency_code"))
    }

    /// The amount a deal had at an instant.
    pub(in crate::connectors::hubspot) fn amount_at(
        &self,
        record: &ObjectRecord,
        at: DateTime<Utc>,
    ) -> Option<Money> {
        let versions = record.versions("amount");
        let amount = match versions {
            [] => record.value("amount"),
            _ => versions
                .iter()
                .filter(|version| version.timestamp <= at)
                .max_by_key(|version| version.timestamp)
                .and_then(Version::text),
        };
        self.deal_money(record, amount?)
    }

    fn stages(&self, record: &ObjectRecord, pipelines: &[Arc<Pipeline>]) -> Vec<StageSnapshot> {
        let snapshot = |version: &Version| {
            let key = version.text()?;
            Some(StageSnapshot {
                stage: Arc::from(key),
                at: version.timestamp,
                amount: self.amount_at(record, version.timestamp),
                probability: stage(pipelines, record.value("pipeline"), key)
                    .and_then(|stage| stage.probability),
                by: self.actor(version),
            })
        };
        let mut stages: Vec<StageSnapshot> =
            record.versions("dealstage").iter().filter_map(snapshot).collect();
        stages.sort_by_key(|stage| stage.at);
        stages
    }

    fn role(&self, association: &Association) -> OpportunityContactRole {
        let mut labels = association.association_types.iter().filter_map(|kind| kind.label.as_deref());
        OpportunityContactRole {
            person: self.key("contact", &association.to_object_id),
            role: labels.find_map(buying_role),
            is_primary: false,
        }
    }
}

/// The part a label gives a contact. Labels are the company's own; the usual names of buying roles are understood.
fn buying_role(label: &str) -> Option<BuyingRole> {
    Some(match label.to_lowercase().replace(['-', '_'], " ").as_str() {
        "decision maker" => BuyingRole::DecisionMaker,
        "economic buyer" | "budget holder" => BuyingRole::EconomicBuyer,
        "champion" => BuyingRole::Champion,
        "influencer" => BuyingRole::Influencer,
        "end user" | "user" => BuyingRole::User,
        "blocker" => BuyingRole::Blocker,
        _ => return None,
    })
}

/// The company a deal is with: the one marked as primary, else the one with the lowest id.
pub(in crate::connectors::hubspot) fn primary_company(associations: &[Association]) -> Option<&str> {
    let is_primary = |association: &&Association| {
        association
            .association_types
            .iter()
            .any(|kind| kind.type_id == PRIMARY_COMPANY && kind.is_the_vendors())
    };
    let age = |association: &&Association| (association.to_object_id.len(), association.to_object_id.clone());
    let primary = associations.iter().find(is_primary);
    primary
        .or_else(|| associations.iter().min_by_key(age))
        .map(|association| association.to_object_id.as_str())
}

/// What a deal itself says where its stage is no longer in any pipeline.
fn category_by_flags(record: &ObjectRecord) -> StageCategory {
    let flag = |property| record.value(property) == Some("true");
    match (flag("hs_is_closed_won"), flag("hs_is_closed")) {
        (true, _) => StageCategory::Won,
        (false, true) => StageCategory::Lost,
        (false, false) => StageCategory::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connectors::hubspot::config::HubspotOptions;
    use crate::connectors::hubspot::wire::BatchAnswer;
    use crate::domain::id::SourceName;

    #[test]
    fn stages_are_told_oldest_first_with_the_amount_of_their_time() {
        let answer: BatchAnswer<ObjectRecord> =
            serde_json::from_str(include_str!("../fixtures/deals.json")).expect("the fixture is read");
        let (source, options) = (SourceName::new("marketing"), HubspotOptions::default());
        let fetched_at = DateTime::<Utc>::UNIX_EPOCH;
        let reader = Reader { source: &source, options: &options, details: None, fetched_at };
        let deal = Deal { company: None, contacts: &[], pipelines: &[], zone: Tz::UTC, with_stages: true };
        let read = reader.opportunity(&answer.results[0], deal);
        let seen: Vec<(&str, String)> = read
            .stage_history
            .iter()
            .map(|stage| (&*stage.stage, stage.amount.as_ref().expect("an amount").amount.to_string()))
            .collect();
        assert_eq!(
            seen,
            [
                ("appointmentscheduled", "20000".to_owned()),
                ("contractsent", "24000.50".to_owned()),
                ("closedwon", "24000.50".to_owned())
            ]
        );
        assert_eq!(read.category, StageCategory::Won, "the stage is in no pipeline we know");
        assert_eq!(read.amount.map(|money| money.currency.to_string()).as_deref(), Some("EUR"));
    }

    #[test]
    fn without_a_primary_company_the_oldest_one_counts() {
        let to = |id: &str, kind: u32| Association {
            to_object_id: id.to_owned(),
            association_types: vec![crate::connectors::hubspot::wire::AssociationType {
                category: Some("HUBSPOT_DEFINED".to_owned()),
                type_id: kind,
                label: None,
            }],
        };
        assert_eq!(primary_company(&[to("100", 341), to("99", 341)]), Some("99"));
        assert_eq!(primary_company(&[to("99", 341), to("100", 5)]), Some("100"));
        assert_eq!(primary_company(&[]), None);
    }
}
