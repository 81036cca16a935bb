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
    /// The id clients hold.
    pub id: NodeId,
    /// What the vendor tells.
    pub record: Arc<CampaignRecord>,
    /// Every key it has.
    pub keys: Vec<RecordKey>,
    /// How old answers below this campaign may be.
    pub freshness: Freshness,
}

impl Live {
    /// A campaign by its record.
    ///
    /// # Errors
    /// When its source is silent.
    pub async fn campaign_by_record(
        &self,
        view: &View,
        inquiry: &Inquiry,
        key: &RecordKey,
        freshness: Freshness,
    ) -> Result<Option<Campaign>, Refusal> {
        let Some(handle) = self.source(&key.source).and_then(|source| source.campaigns.as_ref()) else {
            return Ok(None);
        };
        let lookup = CampaignLookup(key.id.clone());
        match handle.find(&[lookup], &(), freshness, &inquiry.reading(&key.source)).await {
            Ok(answers) => {
                answers.iter().for_each(|answer| inquiry.note_answer(&key.source, answer));
                let record = answers.into_iter().flat_map(|answer| answer.found.records.clone()).next();
                Ok(record.and_then(|record| self.campaign(view, record, freshness)))
            }
            Err(error) => Err(Refusal::Silent(inquiry.note_gap(&error))),
        }
    }

    /// The campaign of a record, where the view sees it.
    pub(super) fn campaign(
        &self,
        view: &View,
        record: Arc<CampaignRecord>,
        freshness: Freshness,
    ) -> Option<Campaign> {
        let keys = vec![record.meta.key.clone()];
        view.sees_campaign(&keys).then(|| Campaign {
            id: NodeId::new(NodeKind::Campaign, record.meta.key.clone()),
            record,
            keys,
            freshness,
        })
    }
}
