//! Campaigns: one, and all or those a filter names.

use async_graphql::{Context, ID, Result};

use crate::domain::id::NodeKind;
use crate::source::walk::ConditionField;

use super::super::code::Code;
use super::super::filter::{CampaignFilter, CampaignOrder, CampaignOrderField, order};
use super::super::load::{Page, decode};
use super::super::object::campaign::{Campaign, CampaignConnection, CampaignEdge};
use super::super::paging::{Question, Window};
use super::super::request::{FreshnessInput, freshness, refused, request};
use super::list_ask;

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

/// A page of campaigns.
pub(super) async fn campaigns_page(
    ctx: &Context<'_>,
    filter: &CampaignFilter,
    orders: Option<&[CampaignOrder]>,
    window: &Window,
) -> Result<CampaignConnection> {
    let question = Question::new("campaigns", &(filter, orders));
    let mut ask = list_ask(window, 20, &question)?;
    ask.order = order(orders, |order| {
        let field = match order.field {
            CampaignOrderField::Name => ConditionField::Name,
            CampaignOrderField::StartsOn => ConditionField::StartsOn,
        };
        (field, order.direction)
    })?;
    filter.apply(request(ctx).live, &mut ask)?;
    let request = request(ctx);
    let walked =
        request.live.campaigns_page(request.view, request.inquiry, &ask, freshness(ctx, None)?).await;
    let page = Page::of(walked.map_err(|refusal| refused(&refusal))?, &question, Campaign::new);
    let (edges, nodes) = CampaignEdge::pair(page.entries);
    Ok(CampaignConnection { edges, nodes, page_info: page.info, total_count: None, gaps: page.gaps })
}
