//! One vendor record by its own name, so that links from a CRM page work.

use crate::domain::id::RecordKey;
use crate::domain::record::{Record, RecordMeta};
use crate::domain::view::View;

use super::accounts::AccountsWanted;
use super::identity::cluster::{Cluster, Link};
use super::inquiry::Inquiry;
use super::live::Live;
use super::opportunities::OpportunitiesWanted;
use super::people::PeopleWanted;
use super::refusal::Refusal;
use crate::source::cached::Freshness;
use crate::source::pages::Pages;

/// A record and why it belongs to its person, account or opportunity.
pub type Found = (RecordMeta, Option<Link>);

impl Live {
    /// A record as far as the view sees what it belongs to. An id that was merged away finds its survivor.
    ///
    /// # Errors
    /// When its source is silent.
    pub async fn record(
        &self,
        view: &View,
        inquiry: &Inquiry,
        key: &RecordKey,
    ) -> Result<Option<Found>, Refusal> {
        let Some(source) = self.source(&key.source) else { return Ok(None) };
        let keys = std::slice::from_ref(key);
        let lists = |objects: Option<&[&str]>| objects.is_some_and(|own| own.contains(&&*key.object));
        if lists(source.all_people.as_ref().map(Pages::objects)) {
            let found = self.people_by_record(view, inquiry, keys, &PeopleWanted::default()).await.pop();
            return Ok(found.unwrap_or(Ok(None))?.and_then(|person| member(&person.cluster, key)));
        }
        if lists(source.all_accounts.as_ref().map(Pages::objects)) {
            let found = self.accounts_by_record(view, inquiry, keys, &AccountsWanted::default()).await.pop();
            return Ok(found.unwrap_or(Ok(None))?.and_then(|account| member(&account.cluster, key)));
        }
        if lists(source.all_opportunities.as_ref().map(Pages::objects)) {
            let wanted = OpportunitiesWanted::default();
            let found = self.opportunities_by_record(view, inquiry, keys, &wanted).await.pop();
            return Ok(found.unwrap_or(Ok(None))?.and_then(|deal| member(&deal.cluster, key)));
        }
        if lists(source.all_campaigns.as_ref().map(Pages::objects)) {
            let found = self.campaign_by_record(view, inquiry, key, Freshness::default()).await?;
            let records = found.into_iter().flat_map(|campaign| campaign.records);
            return Ok(records.filter(|it| it.meta.key == *key).map(|it| (it.meta.clone(), None)).next());
        }
        let user = self.user(view, inquiry, key, Freshness::default()).await;
        let records = user.iter().flat_map(|user| &user.records);
        Ok(records.filter(|it| it.meta.key == *key).map(|it| (it.meta.clone(), None)).next())
    }
}

fn member<R: Record>(cluster: &Cluster<R>, key: &RecordKey) -> Option<Found> {
    let own = cluster.members.iter().find(|member| member.record.meta().key == *key);
    // A merged-away record is told by its survivor in the same source.
    let of_source = || cluster.members.iter().find(|member| member.record.meta().key.source == key.source);
    own.or_else(of_source).map(|member| (member.record.meta().clone(), Some(member.link.clone())))
}
