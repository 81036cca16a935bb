//! What rows are made of: one snapshot of the facts, what the caller sees of it, and the names of everything rows refer
//! to. A reference to a row the view does not see is null, as everywhere.

use std::collections::HashMap;
use std::sync::Arc;

use chrono_tz::Tz;

use crate::domain::fact::{AccountFact, CampaignFact, FactSet, Ix, OpportunityFact, OwnerFact, PersonFact};
use crate::domain::id::{NodeId, NodeKind, RecordKey, SourceName};
use crate::domain::record::{Side, SourceInfo, Vendor};
use crate::domain::view::View;
use crate::facts::keys::Row;
use crate::facts::visible::Visible;
use crate::facts::{Facts, Snapshot};
use crate::metrics::attribution::Agreement;

/// Everything a row is made of.
pub(super) struct Reading {
    pub(super) facts: Arc<Facts>,
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) visible: Arc<Visible>,
    pub(super) view: View,
    pub(super) agreements: Arc<[Agreement]>,
    pub(super) zone: Tz,
    campaigns: HashMap<(SourceName, Arc<str>), Ix<CampaignFact>>,
    owners: HashMap<(SourceName, Arc<str>), Ix<OwnerFact>>,
    sources: HashMap<SourceName, SourceInfo>,
}

impl Reading {
    pub(super) fn new(
        facts: Arc<Facts>,
        snapshot: Arc<Snapshot>,
        view: &View,
        agreements: Arc<[Agreement]>,
        zone: Tz,
    ) -> Self {
        let sources = snapshot.sources().iter().map(|info| (info.name.clone(), info.clone()));
        Self {
            visible: snapshot.visible(view),
            campaigns: snapshot.campaigns_by_id(),
            owners: snapshot.owners_by_id(),
            sources: sources.collect(),
            view: view.clone(),
            facts,
            snapshot,
            agreements,
            zone,
        }
    }

    pub(super) fn set(&self) -> &FactSet {
        self.snapshot.facts()
    }

    pub(super) fn person_id(&self, person: Option<Ix<PersonFact>>) -> Option<Arc<str>> {
        let person = person.filter(|it| self.visible.sight.people.holds(*it))?;
        Some(id(NodeKind::Person, &self.set().person_keys[person.place()]))
    }

    pub(super) fn account_id(&self, account: Option<Ix<AccountFact>>) -> Option<Arc<str>> {
        let account = account.filter(|it| self.visible.accounts.holds(*it))?;
        Some(id(NodeKind::Account, &self.set().account_keys[account.place()]))
    }

    pub(super) fn opportunity_id(&self, opportunity: Option<Ix<OpportunityFact>>) -> Option<Arc<str>> {
        let opportunity = opportunity.filter(|it| self.visible.sight.opportunities.holds(*it))?;
        Some(id(NodeKind::Opportunity, &self.set().opportunity_keys[opportunity.place()]))
    }

    pub(super) fn campaign_id(&self, campaign: Option<Ix<CampaignFact>>) -> Option<Arc<str>> {
        let campaign = campaign.filter(|it| self.visible.campaigns.holds(*it))?;
        Some(id(NodeKind::Campaign, &self.set().campaign_keys[campaign.place()]))
    }

    /// Every view sees who owns what it sees.
    pub(super) fn owner_id(&self, owner: Option<Ix<OwnerFact>>) -> Option<Arc<str>> {
        Some(id(NodeKind::User, &self.set().owner_keys[owner?.place()]))
    }

    /// The person, account or opportunity a record is of, as far as the view sees it.
    pub(super) fn id_of(&self, kind: NodeKind, record: Option<&RecordKey>) -> Option<Arc<str>> {
        match (kind, self.snapshot.row_of(record?)?) {
            (NodeKind::Person, Row::Person(place)) => self.person_id(Some(Ix::new(place as usize))),
            (NodeKind::Account, Row::Account(place)) => self.account_id(Some(Ix::new(place as usize))),
            (NodeKind::Opportunity, Row::Opportunity(place)) => {
                self.opportunity_id(Some(Ix::new(place as usize)))
            }
            _ => None,
        }
    }

    pub(super) fn id_of_campaign(&self, record: Option<&RecordKey>) -> Option<Arc<str>> {
        let key = record?;
        self.campaign_id(self.campaigns.get(&(key.source.clone(), key.id.clone())).copied())
    }

    pub(super) fn id_of_user(&self, record: Option<&RecordKey>) -> Option<Arc<str>> {
        let key = record?;
        self.owner_id(self.owners.get(&(key.source.clone(), key.id.clone())).copied())
    }

    /// The product behind a source, by its name in the schema.
    pub(super) fn system(&self, source: &SourceName) -> Option<Arc<str>> {
        let name = match self.sources.get(source)?.vendor {
            Vendor::Salesforce => "SALESFORCE",
            Vendor::HubSpot => "HUBSPOT",
            Vendor::Gateway => "GATEWAY",
        };
        Some(Arc::from(name))
    }
}

/// The id clients hold.
pub(super) fn id(kind: NodeKind, key: &RecordKey) -> Arc<str> {
    NodeId::new(kind, key.clone()).encode().into()
}

/// A side by its name in the schema.
pub(super) fn side(side: Side) -> &'static str {
    match side {
        Side::Sales => "SALES",
        Side::Marketing => "MARKETING",
        Side::System => "SYSTEM",
    }
}
