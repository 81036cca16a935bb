//! Campaigns and who belongs to them.

use serde::Deserialize;
use serde_json::Value;

use crate::domain::campaign::{CampaignMembership, CampaignRecord};
use crate::domain::id::RecordKey;

use super::super::wire::{Campaign, CampaignMember};
use super::{Mapping, Stamps};

/// What is read of a campaign.
pub(in super::super) const CAMPAIGN_COLUMNS: &[&str] = &[
    "Id",
    "IsDeleted",
    "CreatedDate",
    "SystemModstamp",
    "Name",
    "Type",
    "Status",
    "StartDate",
    "EndDate",
    "BudgetedCost",
    "ActualCost",
];

/// What is read of a member.
pub(in super::super) const MEMBER_COLUMNS: &[&str] = &[
    "Id",
    "CampaignId",
    "LeadId",
    "ContactId",
    "Status",
    "HasResponded",
    "FirstRespondedDate",
    "CreatedDate",
];

impl Mapping<'_> {
    /// A campaign.
    pub(in super::super) fn campaign(&self, row: &Value) -> Result<CampaignRecord, serde_json::Error> {
        let campaign = Campaign::deserialize(row)?;
        let stamps = Stamps {
            id: &campaign.id,
            is_deleted: campaign.is_deleted,
            master: None,
            created: campaign.created_date,
            modified: campaign.system_modstamp,
        };
        let currency = campaign.currency_iso_code.as_ref();
        Ok(CampaignRecord {
            meta: self.meta("Campaign", &stamps),
            name: campaign.name,
            channel: campaign.r#type.as_deref().map(|kind| self.options.campaign_channel(kind)),
            status: campaign.status,
            starts_on: campaign.start_date,
            ends_on: campaign.end_date,
            spend: self.money(campaign.actual_cost, currency),
            budget: self.money(campaign.budgeted_cost, currency),
            spend_lines: Vec::new(),
        })
    }

    /// A member; none for one that names nobody.
    pub(in super::super) fn membership(&self, member: CampaignMember) -> Option<CampaignMembership> {
        let person = self.member(&member)?;
        Some(CampaignMembership {
            campaign: self.key("Campaign", &member.campaign_id),
            person,
            status: member.status,
            has_responded: member.has_responded,
            responded_on: member.first_responded_date,
            joined_at: member.created_date.0,
            id: member.id.0,
        })
    }

    /// Who the member is: the contact, once the lead has become one.
    fn member(&self, member: &CampaignMember) -> Option<RecordKey> {
        let lead = || self.optional_key("Lead", member.lead_id.as_ref());
        self.optional_key("Contact", member.contact_id.as_ref()).or_else(lead)
    }
}
