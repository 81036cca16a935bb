//! Opportunities, their way through the stages, and the one pipeline of an org.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use crate::domain::opportunity::{
    BuyingRole, OpportunityContactRole, OpportunityField, OpportunityRecord, OpportunitySelect, Pipeline,
    Stage, StageCategory, StageSnapshot,
};

use super::super::wire::{self, Opportunity, OpportunityHistory, OpportunityStage};
use super::{Mapping, Stamps, custom, scalar_text, share};

/// The key of the org's pipeline: the vendor has no name for it.
pub(in super::super) const PIPELINE: &str = "opportunity";

/// What always travels of an opportunity: views and conditions need it.
pub(in super::super) const OPPORTUNITY_ALWAYS: &[&str] = &[
    "Id",
    "IsDeleted",
    "CreatedDate",
    "SystemModstamp",
    "AccountId",
    "OwnerId",
    "StageName",
    "IsClosed",
    "IsWon",
];

/// The columns of an opportunity that hold a field. Why one was lost is in a field of the company's own; people and
/// stages are rows below it.
pub(in super::super) fn opportunity_columns(field: OpportunityField) -> &'static [&'static str] {
    match field {
        OpportunityField::Name => &["Name"],
        OpportunityField::Amount => &["Amount"],
        OpportunityField::Probability => &["Probability"],
        OpportunityField::CloseDate => &["CloseDate"],
        OpportunityField::LeadSource => &["LeadSource"],
        OpportunityField::LossReason | OpportunityField::Contacts | OpportunityField::StageHistory => &[],
    }
}

impl Mapping<'_> {
    /// An opportunity.
    pub(in super::super) fn opportunity(
        &self,
        row: &Value,
        select: &OpportunitySelect,
    ) -> Result<OpportunityRecord, serde_json::Error> {
        let found = Opportunity::deserialize(row)?;
        let stamps = Stamps {
            id: &found.id,
            is_deleted: found.is_deleted,
            master: None,
            created: found.created_date,
            modified: found.system_modstamp,
        };
        let currency = found.currency_iso_code.as_ref();
        let roles = found.opportunity_contact_roles.map(|roles| roles.records).unwrap_or_default();
        let roles = roles.iter().filter(|_| select.has(OpportunityField::Contacts));
        let history = found.opportunity_histories.map(|rows| rows.records).unwrap_or_default();
        Ok(OpportunityRecord {
            meta: self.meta("Opportunity", &stamps),
            name: found.name,
            account: self.optional_key("Account", found.account_id.as_ref()),
            owner: found.owner_id.as_ref().map(|owner| self.user_key(owner)),
            pipeline: Some(PIPELINE.into()),
            stage: found.stage_name,
            category: category(found.is_closed.unwrap_or(false), found.is_won.unwrap_or(false)),
            amount: self.money(found.amount, currency),
            probability: share(found.probability),
            close_date: found.close_date,
            closed_at: None,
            lead_source: found.lead_source.as_ref().and_then(|source| self.source_of(source)),
            loss_reason: self.loss_reason(row),
            contacts: roles.map(|role| self.contact_role(role)).collect(),
            stage_history: self.stage_history(&history, currency),
            cross_references: Vec::new(),
            custom: custom(&self.options.fields.opportunity, select.custom(), row),
        })
    }

    /// Why it was lost, in the field the settings name.
    fn loss_reason(&self, row: &Value) -> Option<Arc<str>> {
        scalar_text(row.get(&**self.options.loss_reason.as_ref()?)?)
    }

    fn contact_role(&self, role: &wire::OpportunityContactRole) -> OpportunityContactRole {
        OpportunityContactRole {
            person: self.key("Contact", &role.contact_id),
            role: role.role.as_deref().map(buying_role),
            is_primary: role.is_primary,
        }
    }

    fn stage_history(&self, rows: &[OpportunityHistory], currency: Option<&Arc<str>>) -> Vec<StageSnapshot> {
        let mut snapshots = rows
            .iter()
            .map(|row| StageSnapshot {
                stage: row.stage_name.clone(),
                at: row.created_date.0,
                amount: self.money(row.amount, currency),
                probability: share(row.probability),
                by: row.created_by_id.as_ref().map(|by| self.user_key(by)),
            })
            .collect::<Vec<_>>();
        snapshots.sort_by_key(|snapshot| snapshot.at);
        snapshots
    }

    /// The org's pipeline, from its list of stages.
    pub(in super::super) fn pipeline(&self, mut stages: Vec<OpportunityStage>) -> Pipeline {
        stages.sort_by_key(|stage| stage.sort_order);
        let stages = stages.into_iter().zip(0..).map(|(stage, position)| Stage {
            // Opportunities hold the stage by its API name.
            key: stage.api_name.unwrap_or_else(|| stage.master_label.clone()),
            label: stage.master_label,
            position,
            category: match (category(stage.is_closed, stage.is_won), stage.forecast_category_name.as_deref())
            {
                (StageCategory::Open, Some("Omitted")) => StageCategory::Omitted,
                (category, _) => category,
            },
            probability: share(stage.default_probability),
        });
        Pipeline {
            key: PIPELINE.into(),
            label: "Opportunities".into(),
            source: self.source.clone(),
            stages: stages.collect(),
        }
    }
}

/// Open, won or lost.
pub(in super::super) fn category(is_closed: bool, is_won: bool) -> StageCategory {
    match (is_closed, is_won) {
        (_, true) => StageCategory::Won,
        (true, false) => StageCategory::Lost,
        (false, false) => StageCategory::Open,
    }
}

/// The roles the vendor ships with, and plain words for the others.
fn buying_role(role: &str) -> BuyingRole {
    match role.trim().to_ascii_lowercase().as_str() {
        "decision maker" | "business decision maker" | "executive sponsor" => BuyingRole::DecisionMaker,
        "economic buyer" | "economic decision maker" | "buyer" => BuyingRole::EconomicBuyer,
        "champion" => BuyingRole::Champion,
        "influencer" | "evaluator" | "technical buyer" => BuyingRole::Influencer,
        "business user" | "user" | "end user" => BuyingRole::User,
        "blocker" => BuyingRole::Blocker,
        _ => BuyingRole::Other,
    }
}
