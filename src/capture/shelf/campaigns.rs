//! Campaigns by id, and the memberships of people.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::campaign::{CampaignMembership, CampaignRecord};
use crate::ledger::entry::{CapturedRecord, RecordKind};
use crate::ledger::error::LedgerError;
use crate::ledger::link::Link;
use crate::source::ask::{CampaignLookup, MembershipLookup};

use super::{Answers, Shelf};

#[async_trait]
impl Answers<CampaignLookup> for Shelf {
    const BATCH: usize = 500;

    async fn answer(&self, lookups: &[CampaignLookup]) -> Result<Vec<Vec<Arc<CampaignRecord>>>, LedgerError> {
        let key = |lookup: &CampaignLookup| self.key(self.campaign, &lookup.0);
        let found = self.by_keys(lookups.iter().map(key).collect(), RecordKind::Campaign).await?;
        let answer = |lookup: &CampaignLookup| match found.get(&key(lookup)).map(|it| (it, &it.record)) {
            Some((recorded, CapturedRecord::Campaign(campaign))) if recorded.is_live() => {
                vec![campaign.clone()]
            }
            _ => Vec::new(),
        };
        Ok(lookups.iter().map(answer).collect())
    }
}

#[async_trait]
impl Answers<MembershipLookup> for Shelf {
    const BATCH: usize = 500;

    async fn answer(
        &self,
        lookups: &[MembershipLookup],
    ) -> Result<Vec<Vec<Arc<CampaignMembership>>>, LedgerError> {
        let mut links: HashMap<Link, Vec<MembershipLookup>> = HashMap::new();
        for lookup in lookups {
            let link = Link::OfPerson(self.key(&lookup.object, &lookup.id));
            links.entry(link).or_default().push(lookup.clone());
        }
        let found = self.by_links(links, RecordKind::Membership).await?;
        let answer = |lookup: &MembershipLookup| {
            let own = found.get(lookup).into_iter().flatten();
            own.filter_map(|it| match &it.record {
                CapturedRecord::Membership(membership) => Some(membership.clone()),
                _ => None,
            })
            .collect()
        };
        Ok(lookups.iter().map(answer).collect())
    }
}
