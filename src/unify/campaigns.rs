//! Campaigns, and who belongs to them.

use std::sync::Arc;

use crate::domain::campaign::CampaignRecord;
use crate::domain::id::{NodeId, NodeKind, RecordKey};
use crate::domain::view::View;
use crate::source::ask::CampaignLookup;
use crate::source::cached::Freshness;

use super::inquiry::Inquiry;
use super::live::Live;
use super::refusal::Refusal;

/// One campaign as a view sees it. Campaigns of several sources are one only where the settings say so.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// The id clients hold: made of the first record in the order of sources.
    pub id: NodeId,
    /// What the vendors tell, in the order of sources.
    pub records: Vec<Arc<CampaignRecord>>,
    /// How old answers below this campaign may be.
    pub freshness: Freshness,
}

impl Campaign {
    /// Every key it has.
    pub fn keys(&self) -> Vec<RecordKey> {
        self.records.iter().map(|record| record.meta.key.clone()).collect()
    }

    /// The first value any record holds, in the order of sources.
    pub fn first<T>(&self, value: impl Fn(&CampaignRecord) -> Option<T>) -> Option<T> {
        self.records.iter().find_map(|record| value(record))
    }
}

impl Live {
    /// A campaign by any record of its.
    ///
    /// # Errors
    /// When the source of the record is silent.
    pub async fn campaign_by_record(
        &self,
        view: &View,
        inquiry: &Inquiry,
        key: &RecordKey,
        freshness: Freshness,
    ) -> Result<Option<Campaign>, Refusal> {
        let Some(record) = self.campaign_record(inquiry, key, freshness).await? else { return Ok(None) };
        Ok(self.campaign(view, inquiry, record, freshness).await)
    }

    async fn campaign_record(
        &self,
        inquiry: &Inquiry,
        key: &RecordKey,
        freshness: Freshness,
    ) -> Result<Option<Arc<CampaignRecord>>, Refusal> {
        let source = self.reading(&key.source, freshness);
        let Some(handle) = source.and_then(|source| source.campaigns.as_ref()) else {
            return Ok(None);
        };
        let lookup = CampaignLookup(key.id.clone());
        match handle.find(&[lookup], &(), freshness, &inquiry.reading(&key.source)).await {
            Ok(answers) => {
                for answer in &answers {
                    inquiry.note_answer(&key.source, answer);
                }
                Ok(answers.into_iter().flat_map(|answer| answer.found.records.clone()).next())
            }
            Err(error) => Err(Refusal::Silent(inquiry.note_gap(&error))),
        }
    }

    /// The campaign of a record, with the records of other sources the settings join it with, where the view sees it.
    pub(super) async fn campaign(
        &self,
        view: &View,
        inquiry: &Inquiry,
        record: Arc<CampaignRecord>,
        freshness: Freshness,
    ) -> Option<Campaign> {
        let own = record.meta.key.clone();
        let mut records = vec![record];
        for key in self.joined_campaigns(&own).iter().filter(|key| !is_same(key, &own)) {
            // A silent source leaves its part out; the request's books tell the gap.
            records.extend(self.campaign_record(inquiry, key, freshness).await.ok().flatten());
        }
        records.sort_by_key(|record| self.place_of_source(&record.meta.key));
        let anchor = records.first()?.meta.key.clone();
        let campaign = Campaign { id: NodeId::new(NodeKind::Campaign, anchor), records, freshness };
        view.sees_campaign(&campaign.keys()).then_some(campaign)
    }

    /// Whether a list shows the campaign of this record here: at its first record in the order of sources.
    pub(super) fn is_shown_here(&self, key: &RecordKey) -> bool {
        let joined = self.joined_campaigns(key);
        joined.iter().all(|other| self.place_of_source(key) <= self.place_of_source(other))
    }

    fn joined_campaigns(&self, key: &RecordKey) -> &[RecordKey] {
        let group = self.campaigns.iter().find(|group| group.iter().any(|own| is_same(own, key)));
        group.map_or(&[], Vec::as_slice)
    }

    fn place_of_source(&self, key: &RecordKey) -> usize {
        self.infos.iter().position(|info| info.name == key.source).unwrap_or(usize::MAX)
    }
}

/// The settings name campaigns by source and id alone.
fn is_same(one: &RecordKey, other: &RecordKey) -> bool {
    one.source == other.source && one.id == other.id
}
