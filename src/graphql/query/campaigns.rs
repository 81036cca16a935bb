//! Campaigns: one, and all or those a filter names.

use async_graphql::{Context, ID, Result};
use async_trait::async_trait;
use futures::future::join_all;

use crate::domain::id::{NodeId, NodeKind, RecordKey};
use crate::domain::view::View;
use crate::facts::Snapshot;
use crate::facts::lists::{ListRefusal, PageOfIds};
use crate::source::cached::Freshness;

use super::super::code::Code;
use super::super::filter::{CampaignFilter, CampaignOrder};
use super::super::load::decode;
use super::super::object::campaign::Campaign;
use super::super::paging::Page;
use super::super::request::{FreshnessInput, Request, freshness, refused, request};
use super::list::{AskOf, Asked, Found, Listed};

/// One campaign.
pub(super) async fn one_campaign(
    ctx: &Context<'_>,
    id: &ID,
    age: Option<&FreshnessInput>,
) -> Result<Option<Campaign>> {
    let node = decode(request(ctx).live, "id", id)?;
    if !matches!(node.kind, NodeKind::Campaign | NodeKind::SourceRecord) {
        return Err(Code::BadInput.error("id is the id of another kind of object, not of a campaign."));
    }
    let request = request(ctx);
    let found =
        request.live.campaign_by_record(request.view, request.inquiry, &node.key, freshness(ctx, age)?).await;
    found.map(|campaign| campaign.map(Campaign::new)).map_err(|refusal| refused(&refusal))
}

#[async_trait]
impl Listed for Campaign {
    const NAME: &'static str = "campaigns";
    type Filter = CampaignFilter;
    type Order = CampaignOrder;
    type Wanted = Freshness;

    fn wanted(_ctx: &Context<'_>, freshness: Freshness) -> Freshness {
        freshness
    }

    fn chosen(snapshot: &Snapshot, view: &View, ask: &AskOf<Self>) -> Result<PageOfIds, ListRefusal> {
        snapshot.campaigns(view, ask)
    }

    async fn read(request: &Request<'_>, keys: &[RecordKey], wanted: &Freshness) -> Found<Self> {
        let one = |key| request.live.campaign_by_record(request.view, request.inquiry, key, *wanted);
        let found = join_all(keys.iter().map(one)).await;
        found.into_iter().map(|one| one.map(|one| one.map(Campaign::new))).collect()
    }

    fn node_id(&self) -> &NodeId {
        &self.0.id
    }

    async fn live(ctx: &Context<'_>, asked: &Asked<'_, Self>, freshness: Freshness) -> Result<Page<Self>> {
        let mut ask = asked.of_walk(&asked.question())?;
        asked.filter.apply(&mut ask)?;
        let request = request(ctx);
        let walked = request.live.campaigns_page(request.view, request.inquiry, &ask, freshness).await;
        Ok(Page::walked(walked.map_err(|refusal| refused(&refusal))?, &asked.question(), Campaign::new))
    }
}
