//! From what clients and settings name to rows, and from rows to what they show.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::domain::fact::{CampaignFact, Ix, OwnerFact};
use crate::domain::id::{RecordKey, SourceName};
use crate::domain::record::SourceInfo;
use crate::domain::territory::Owner;
use crate::unify::live::CustomFields;

use super::snapshot::Snapshot;
use super::visible::Visible;

impl Snapshot {
    /// The campaign of this source and id, whichever of its records that is.
    pub fn campaign_of(&self, source: &SourceName, id: &str) -> Option<Ix<CampaignFact>> {
        let is_own = |key: &RecordKey| key.source == *source && *key.id == *id;
        self.campaigns.iter().position(|line| line.keys.iter().any(is_own)).map(Ix::new)
    }

    /// The configured sources, in the order of every tie.
    pub fn sources(&self) -> &[SourceInfo] {
        &self.rules.sources
    }

    /// The company's own fields.
    pub fn custom_fields(&self) -> &CustomFields {
        &self.rules.fields
    }

    /// From source and id of every record of a campaign to the campaign, for those who look up very many.
    pub fn campaigns_by_id(&self) -> HashMap<(SourceName, Arc<str>), Ix<CampaignFact>> {
        let keys = self.campaigns.iter().enumerate();
        keys.flat_map(|(place, line)| line.keys.iter().map(move |key| (by_id(key), Ix::new(place)))).collect()
    }

    /// The same for owners.
    pub fn owners_by_id(&self) -> HashMap<(SourceName, Arc<str>), Ix<OwnerFact>> {
        let owners = self.owners.iter().enumerate();
        owners
            .flat_map(|(place, owner)| owner.keys.iter().map(move |key| (by_id(key), Ix::new(place))))
            .collect()
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

fn by_id(key: &RecordKey) -> (SourceName, Arc<str>) {
    (key.source.clone(), key.id.clone())
}
