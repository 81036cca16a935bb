//! From what clients and settings name to rows, and from rows to what they show.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::fact::{CampaignFact, Ix, OwnerFact};
use crate::domain::id::{RecordKey, SourceName};
use crate::domain::territory::Owner;

use super::snapshot::Snapshot;
use super::visible::Visible;

impl Snapshot {
    /// The campaign of this source and id, whichever of its records that is.
    pub fn campaign_of(&self, source: &SourceName, id: &str) -> Option<Ix<CampaignFact>> {
        let is_own = |key: &RecordKey| key.source == *source && *key.id == *id;
        self.campaigns.iter().position(|line| line.keys.iter().any(is_own)).map(Ix::new)
    }

    /// Every key of a campaign.
    pub fn campaign_keys(&self, campaign: Ix<CampaignFact>) -> &[RecordKey] {
        &self.campaigns[campaign.place()].keys
    }

    /// The owner whose record this is.
    pub fn owner_of(&self, key: &RecordKey) -> Option<Ix<OwnerFact>> {
        self.owners.iter().position(|owner| owner.keys.contains(key)).map(Ix::new)
    }

    /// The owner that an address or `source:id` names.
    pub fn owner_named(&self, name: &str) -> Option<Ix<OwnerFact>> {
        let names = BTreeSet::from([Arc::from(name)]);
        self.owners.iter().position(|owner| owner.is_named_in(&names)).map(Ix::new)
    }

    /// Who an owner is.
    pub fn owner(&self, owner: Ix<OwnerFact>) -> &Owner {
        &self.owners[owner.place()]
    }

    /// Whether a view sees every person and every opportunity there is.
    pub fn is_seen_wholly(&self, visible: &Visible) -> bool {
        visible.sight.people.count() == self.people.iter().flatten().count()
            && visible.sight.opportunities.count() == self.opportunities.iter().flatten().count()
    }
}
