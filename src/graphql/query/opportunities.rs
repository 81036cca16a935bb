//! Opportunities: one, and all or those a filter names.

use async_graphql::{Context, ID, Result};
use async_trait::async_trait;

use crate::domain::id::{NodeId, NodeKind, RecordKey};
use crate::domain::view::View;
use crate::facts::Snapshot;
use crate::facts::lists::{ListRefusal, PageOfIds};
use crate::source::cached::Freshness;
use crate::unify::opportunities::OpportunitiesWanted;

use super::super::code::Code;
use super::super::filter::{OpportunityFilter, OpportunityOrder};
use super::super::load::decode;
use super::super::object::opportunity::Opportunity;
use super::super::paging::Page;
use super::super::request::{FreshnessInput, Request, freshness, refused, request};
use super::super::select;
use super::list::{AskOf, Asked, Found, Listed};

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

#[async_trait]
impl Listed for Opportunity {
    const NAME: &'static str = "opportunities";
    type Filter = OpportunityFilter;
    type Order = OpportunityOrder;
    type Wanted = OpportunitiesWanted;

    fn wanted(ctx: &Context<'_>, freshness: Freshness) -> OpportunitiesWanted {
        OpportunitiesWanted {
            select: select::opportunities(ctx, &select::entries(ctx.look_ahead())),
            freshness,
        }
    }

    fn chosen(snapshot: &Snapshot, view: &View, ask: &AskOf<Self>) -> Result<PageOfIds, ListRefusal> {
        snapshot.opportunities(view, ask)
    }

    async fn read(request: &Request<'_>, keys: &[RecordKey], wanted: &OpportunitiesWanted) -> Found<Self> {
        let found = request.live.opportunities_by_record(request.view, request.inquiry, keys, wanted).await;
        found.into_iter().map(|one| one.map(|one| one.map(Opportunity::new))).collect()
    }

    fn node_id(&self) -> &NodeId {
        &self.0.id
    }

    async fn live(ctx: &Context<'_>, asked: &Asked<'_, Self>, freshness: Freshness) -> Result<Page<Self>> {
        let mut ask = asked.of_walk(&asked.question())?;
        asked.filter.apply(request(ctx).live, &mut ask)?;
        let (wanted, request) = (Self::wanted(ctx, freshness), request(ctx));
        if let Some(accounts) = ask.accounts.take() {
            let keys = request.live.keys_of_accounts(request.view, request.inquiry, &accounts).await;
            ask.accounts = Some(keys);
        }
        let walked = request.live.opportunities_page(request.view, request.inquiry, &ask, &wanted).await;
        Ok(Page::walked(walked.map_err(|refusal| refused(&refusal))?, &asked.question(), Opportunity::new))
    }
}
