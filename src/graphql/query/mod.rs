//! Everything a client can ask for: the root's fields, each answered by the file of its question.

mod accounts;
mod campaigns;
mod changes;
mod list;
mod node;
mod opportunities;
pub(super) mod people;
mod person;
mod users;
mod viewer;

use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use crate::capture::Capture;
use crate::domain::id::NodeId;
use crate::source::cached::Freshness;

use super::code::Code;
use super::filter::{
    AccountFilter, AccountOrder, CampaignFilter, CampaignOrder, OpportunityFilter, OpportunityOrder,
    PersonFilter, PersonOrder,
};
use super::numbers::agreement::{AttributionAgreement, agreements};
use super::numbers::input::{MetricInput, PeriodInput};
use super::numbers::metric::{self, Metric};
use super::numbers::plan::{self, FunnelPlan, PlanRatesInput};
use super::numbers::review::{self, Cadence, ReasonCount, Review};
use super::object::account::{Account, AccountConnection};
use super::object::campaign::{Campaign, CampaignConnection};
use super::object::export::{Export, export_of};
use super::object::opportunity::{Opportunity, OpportunityConnection, Pipeline};
use super::object::person::{Person, PersonConnection};
use super::object::record::SourceRecord;
use super::object::source::SourceStatus;
use super::object::user::UserConnection;
use super::paging::{Page, Window};
use super::request::{FreshnessInput, request};
use super::scalars::{ChangeCursor, Decimal, EmailAddress};
use super::visible;
pub use accounts::AccountKey;
pub use changes::{Change, ChangeConnection, ChangeEdge, ChangeOperation, ExportDataset};
use list::Asked;
pub use node::{Node, RecordInput};
pub use person::PersonKey;
pub use viewer::{MaskingLevel, Viewer};

/// Numbers in the order asked, each with its own error.
type Metrics = Vec<Option<Result<Metric>>>;

/// At most so many ids or addresses in one question.
const MOST_KEYS: usize = 100;

/// The root of every question.
#[derive(Clone, Copy, Debug, Default)]
pub struct Query;

#[Object]
impl Query {
    /// Who is asking and what the token lets them see.
    async fn viewer(&self, ctx: &Context<'_>) -> Viewer {
        Viewer::of(request(ctx).view)
    }

    /// The configured sources and how each is doing.
    async fn sources(&self, ctx: &Context<'_>) -> Vec<SourceStatus> {
        let request = request(ctx);
        let capture = request.capture.map(Capture::status);
        let health = request.live.health().into_iter();
        health.map(|(info, report)| SourceStatus::of(info, report, capture.as_deref())).collect()
    }

    /// An object by its id. Null where it is unknown or this view may not see it.
    async fn node(&self, ctx: &Context<'_>, id: ID) -> Option<Result<Node>> {
        node::node(ctx, &id).await.transpose()
    }

    /// Objects by their ids, in the order asked, null where one is unknown. At most 100.
    async fn nodes(&self, ctx: &Context<'_>, ids: Vec<ID>) -> Result<Vec<Option<Result<Node>>>> {
        node::nodes(ctx, &ids).await
    }

    /// Finds by any vendor id, so that links from a CRM page work.
    async fn record(
        &self,
        ctx: &Context<'_>,
        source: String,
        object: String,
        external_id: String,
    ) -> Option<Result<SourceRecord>> {
        let key = RecordInput { source, object, external_id }.key(request(ctx).live);
        node::record_of(ctx, &key).await.transpose()
    }

    /// One person, by id, address or vendor record.
    async fn person(
        &self,
        ctx: &Context<'_>,
        by: PersonKey,
        #[graphql(name = "freshness")] age: Option<FreshnessInput>,
    ) -> Option<Result<Person>> {
        person::one_person(ctx, &by, age.as_ref()).await.transpose()
    }

    /// By e-mail, in the order asked, null where nobody is known. At most 100.
    async fn people_by_email(
        &self,
        ctx: &Context<'_>,
        emails: Vec<EmailAddress>,
        #[graphql(name = "freshness")] age: Option<FreshnessInput>,
    ) -> Result<Vec<Option<Result<Person>>>> {
        person::people_by_email(ctx, emails, age.as_ref()).await
    }

    /// Everybody, or those a filter names; without an order the oldest first. Once everything is captured, lists are
    /// chosen, ordered and counted over all of it and ask no vendor. Until then, without a ledger, and where `freshness`
    /// asks for it, they are read live: a list runs through one source after the other, a page may be shorter than
    /// `first` though more follows, `totalCount` is null, and what no vendor can decide for all is `LEDGER_REQUIRED`.
    #[expect(clippy::too_many_arguments, reason = "the arguments of the schema")]
    async fn people(
        &self,
        ctx: &Context<'_>,
        filter: Option<PersonFilter>,
        #[graphql(name = "order")] orders: Option<Vec<PersonOrder>>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        #[graphql(name = "freshness")] age: Option<FreshnessInput>,
    ) -> Option<Result<PersonConnection>> {
        let filter = filter.unwrap_or_default();
        let window = Window { first, after, last, before };
        let asked = Asked { filter: &filter, orders: orders.as_deref(), window, age: age.as_ref() };
        Some(list::page(ctx, asked).await.map(Page::into))
    }

    /// People somebody should look at, the oldest first: systems disagree on a field, or it is not clear which records
    /// are theirs. Out of captured history.
    #[graphql(visible = "visible::provenance_others")]
    async fn identity_review(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Option<Result<PersonConnection>> {
        Some(people::identity_review(ctx, &Window { first, after, ..Window::default() }).await)
    }

    /// One account, by id, domain or vendor record.
    async fn account(
        &self,
        ctx: &Context<'_>,
        by: AccountKey,
        #[graphql(name = "freshness")] age: Option<FreshnessInput>,
    ) -> Option<Result<Account>> {
        accounts::one_account(ctx, &by, age.as_ref()).await.transpose()
    }

    /// All accounts, or those a filter names; as `people` are listed.
    async fn accounts(
        &self,
        ctx: &Context<'_>,
        filter: Option<AccountFilter>,
        #[graphql(name = "order")] orders: Option<Vec<AccountOrder>>,
        first: Option<i32>,
        after: Option<String>,
        #[graphql(name = "freshness")] age: Option<FreshnessInput>,
    ) -> Option<Result<AccountConnection>> {
        let filter = filter.unwrap_or_default();
        let window = Window { first, after, ..Window::default() };
        let asked = Asked { filter: &filter, orders: orders.as_deref(), window, age: age.as_ref() };
        Some(list::page(ctx, asked).await.map(Page::into))
    }

    /// One opportunity, by id.
    async fn opportunity(
        &self,
        ctx: &Context<'_>,
        id: ID,
        #[graphql(name = "freshness")] age: Option<FreshnessInput>,
    ) -> Option<Result<Opportunity>> {
        opportunities::one_opportunity(ctx, &id, age.as_ref()).await.transpose()
    }

    /// All opportunities, or those a filter names; as `people` are listed.
    #[expect(clippy::too_many_arguments, reason = "the arguments of the schema")]
    async fn opportunities(
        &self,
        ctx: &Context<'_>,
        filter: Option<OpportunityFilter>,
        #[graphql(name = "order")] orders: Option<Vec<OpportunityOrder>>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        #[graphql(name = "freshness")] age: Option<FreshnessInput>,
    ) -> Option<Result<OpportunityConnection>> {
        let filter = filter.unwrap_or_default();
        let window = Window { first, after, last, before };
        let asked = Asked { filter: &filter, orders: orders.as_deref(), window, age: age.as_ref() };
        Some(list::page(ctx, asked).await.map(Page::into))
    }

    /// One campaign, by id.
    async fn campaign(
        &self,
        ctx: &Context<'_>,
        id: ID,
        #[graphql(name = "freshness")] age: Option<FreshnessInput>,
    ) -> Option<Result<Campaign>> {
        campaigns::one_campaign(ctx, &id, age.as_ref()).await.transpose()
    }

    /// All campaigns, or those a filter names, by name; as `people` are listed, live in the vendors' order.
    async fn campaigns(
        &self,
        ctx: &Context<'_>,
        filter: Option<CampaignFilter>,
        #[graphql(name = "order")] orders: Option<Vec<CampaignOrder>>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Option<Result<CampaignConnection>> {
        let filter = filter.unwrap_or_default();
        let window = Window { first, after, ..Window::default() };
        let asked = Asked { filter: &filter, orders: orders.as_deref(), window, age: None };
        Some(list::page(ctx, asked).await.map(Page::into))
    }

    /// Everybody who owns or changes records, in all sources.
    async fn users(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Option<Result<UserConnection>> {
        Some(users::users_page(ctx, Window { first, after, ..Window::default() }).await)
    }

    /// The pipelines of every source that has opportunities.
    async fn pipelines(&self, ctx: &Context<'_>) -> Vec<Pipeline> {
        let request = request(ctx);
        let (pipelines, _gaps) =
            request.live.pipelines(request.view, request.inquiry, Freshness::default()).await;
        pipelines.into_iter().map(Pipeline).collect()
    }

    /// One number, over everything that was captured and this view sees.
    async fn metric(&self, ctx: &Context<'_>, input: MetricInput) -> Option<Result<Metric>> {
        Some(metric::metric(ctx, &input).await)
    }

    /// Several numbers over the same rows, in the order asked; null where one cannot be asked by this view. At most 30.
    async fn metrics(&self, ctx: &Context<'_>, inputs: Vec<MetricInput>) -> Option<Result<Metrics>> {
        Some(metric::metrics(ctx, &inputs).await)
    }

    /// Works back from customers, or from revenue, to the leads that are needed, by rates given or as they were.
    async fn plan(
        &self,
        ctx: &Context<'_>,
        customers: Option<i32>,
        revenue: Option<Decimal>,
        average_amount: Option<Decimal>,
        rates: Option<PlanRatesInput>,
        period: PeriodInput,
    ) -> Option<Result<FunnelPlan>> {
        Some(plan::plan(ctx, plan::Wanted { customers, revenue, average_amount }, rates, period).await)
    }

    /// What sales and marketing look at together, by how often they meet.
    #[graphql(visible = "visible::deal_figures")]
    async fn review(
        &self,
        ctx: &Context<'_>,
        cadence: Cadence,
        period: PeriodInput,
    ) -> Option<Result<Review>> {
        Some(review::review(ctx, cadence, period).await)
    }

    /// Why opportunities were lost in the period, the most frequent reason first.
    #[graphql(visible = "visible::deal_figures")]
    async fn top_reasons(
        &self,
        ctx: &Context<'_>,
        period: PeriodInput,
        #[graphql(default = 3)] limit: i32,
    ) -> Option<Result<Vec<ReasonCount>>> {
        Some(review::reasons(ctx, period, limit).await)
    }

    /// How sales and marketing agreed to credit revenue: every agreement, or those in force at an instant.
    async fn attribution_agreements(
        &self,
        ctx: &Context<'_>,
        at: Option<DateTime<Utc>>,
    ) -> Vec<AttributionAgreement> {
        agreements(ctx, at)
    }

    /// What became of people, accounts and opportunities, for whoever keeps a copy. Without `after` it begins with every
    /// row the view sees, with `updatedSince` with those observed since; from `nextCursor` on it tells what changed: at
    /// least once, in the order of observation. A row that leaves the view is deleted, one that enters is upserted. A
    /// cursor too old to go on from has the code CURSOR_EXPIRED; start over. At most 1000 a page.
    async fn changes(
        &self,
        ctx: &Context<'_>,
        after: Option<ChangeCursor>,
        updated_since: Option<DateTime<Utc>>,
        datasets: Option<Vec<ExportDataset>>,
        #[graphql(default = 500)] first: i32,
    ) -> Option<Result<ChangeConnection>> {
        Some(changes::changes(ctx, after, updated_since, datasets, first))
    }

    /// An export of yours, by its id; null for an id that is none, and where it was made under another view than yours is.
    async fn export(&self, ctx: &Context<'_>, id: ID) -> Option<Export> {
        export_of(ctx, &NodeId::decode(&id)?)
    }

    /// The gateway's clock: what "now" means in every answer.
    async fn now(&self, ctx: &Context<'_>) -> DateTime<Utc> {
        request(ctx).inquiry.now()
    }
}

fn at_most<T>(keys: &[T], argument: &str) -> Result<()> {
    if keys.len() > MOST_KEYS {
        return Err(Code::BadInput.error(format!("{argument} takes at most {MOST_KEYS} entries.")));
    }
    Ok(())
}
