//! Opportunities: one, and all or those a filter names.

use async_graphql::{Context, ID, Result};

use crate::domain::id::NodeKind;
use crate::source::walk::ConditionField;
use crate::unify::opportunities::OpportunitiesWanted;

use super::super::code::Code;
use super::super::filter::{OpportunityFilter, OpportunityOrder, OpportunityOrderField, order};
use super::super::load::{Page, decode};
use super::super::object::opportunity::{Opportunity, OpportunityConnection, OpportunityEdge};
use super::super::paging::{Question, Window};
use super::super::request::{FreshnessInput, freshness, refused, request};
use super::super::select;
use super::list_ask;

/// One opportunity.
pub(super) async fn one_opportunity(
    ctx: &Context<'_>,
    id: &ID,
    age: Option<&FreshnessInput>,
) -> Result<Option<Opportunity>> {
    let node = decode(request(ctx).live, "id", id)?;
    if !matches!(node.kind, NodeKind::Opportunity | NodeKind::SourceRecord) {
        return Err(Code::BadInput.error("id is the id of another kind of object, not of an opportunity."));
    }
    let select = select::opportunities(ctx, &[ctx.look_ahead()]);
    let wanted = OpportunitiesWanted { select, freshness: freshness(ctx, age)? };
    let request = request(ctx);
    let keys = [node.key];
    let found =
        request.live.opportunities_by_record(request.view, request.inquiry, &keys, &wanted).await.pop();
    found.unwrap_or(Ok(None)).map(|it| it.map(Opportunity::new)).map_err(|refusal| refused(&refusal))
}

/// A page of opportunities.
pub(super) async fn opportunities_page(
    ctx: &Context<'_>,
    filter: &OpportunityFilter,
    orders: Option<&[OpportunityOrder]>,
    window: &Window,
    age: Option<&FreshnessInput>,
) -> Result<OpportunityConnection> {
    let question = Question::new("opportunities", &(filter, orders));
    let wanted = OpportunitiesWanted {
        select: select::opportunities(ctx, &select::entries(ctx.look_ahead())),
        freshness: freshness(ctx, age)?,
    };
    let mut ask = list_ask(window, 20, &question)?;
    ask.order = order(orders, |order| {
        let field = match order.field {
            OpportunityOrderField::CreatedAt => ConditionField::CreatedAt,
            OpportunityOrderField::UpdatedAt => ConditionField::UpdatedAt,
            OpportunityOrderField::CloseDate => ConditionField::CloseDate,
            OpportunityOrderField::Amount => ConditionField::Amount,
        };
        (field, order.direction)
    })?;
    filter.apply(request(ctx).live, &mut ask)?;
    let request = request(ctx);
    if let Some(accounts) = ask.accounts.take() {
        ask.accounts = Some(request.live.keys_of_accounts(request.view, request.inquiry, &accounts).await);
    }
    let walked = request.live.opportunities_page(request.view, request.inquiry, &ask, &wanted).await;
    let page = Page::of(walked.map_err(|refusal| refused(&refusal))?, &question, Opportunity::new);
    let (edges, nodes) = OpportunityEdge::pair(page.entries);
    Ok(OpportunityConnection { edges, nodes, page_info: page.info, total_count: None, gaps: page.gaps })
}
