//! An opportunity: a potential sale, and the pipeline it moves through.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};
use chrono::{DateTime, Utc};

use crate::domain::id::{NodeKind, RecordKey};
use crate::domain::opportunity::{
    BuyingRole as DomainRole, OpportunityContactRole, Pipeline as DomainPipeline, Stage, StageCategory,
    StageSnapshot,
};
use crate::domain::view::{Aspect, Sight};
use crate::source::cached::Freshness;
use crate::unify::opportunities::Opportunity as Unified;

use super::super::numbers::attribution::{self, AttributionResult};
use super::super::numbers::choices::{AttributionModelKind, SourcedRule};
use super::super::numbers::sourced;
use super::super::numbers::touches::{OpportunityTouchConnection, touches_before};
use super::super::paging::{Window, connection};
use super::super::request::{denied, refused, request};
use super::super::scalars::{Date, Ratio, Seconds};
use super::super::{load, visible};
use super::account::Account;
use super::custom::{CustomField, custom_fields};
use super::history::{TimelineConnection, TimelineFilter, TimelineOrder, page};
use super::lead_source::LeadSource;
use super::money::Money;
use super::person::Person;
use super::record::SourceRecord;
use super::source::{Source, SourceGap, source};
use super::user::User;

/// A potential sale: a Salesforce opportunity, a HubSpot deal, or both.
#[derive(Clone, Debug)]
pub struct Opportunity(pub Arc<Unified>);

impl Opportunity {
    /// An opportunity that `unify` has answered.
    pub fn new(opportunity: Unified) -> Self {
        Self(Arc::new(opportunity))
    }
}

/// A figure of a deal, where the view sees them.
fn figure<T>(ctx: &Context<'_>, field: &str, value: Option<T>) -> Option<Result<T>> {
    match request(ctx).view.sight(Aspect::DealFigures) {
        Sight::Full => value.map(Ok),
        Sight::Masked | Sight::Pseudonym => None,
        Sight::Denied | Sight::Hidden => Some(Err(denied(field))),
    }
}

#[Object]
impl Opportunity {
    /// Opaque and lasting.
    pub async fn id(&self) -> ID {
        self.0.id.encode().into()
    }

    /// What sellers call it.
    async fn name(&self) -> Option<&str> {
        self.0.merged.name.as_deref()
    }

    /// The organisation it is with.
    async fn account(&self, ctx: &Context<'_>) -> Option<Result<Account>> {
        load::account_by_record(ctx, self.0.merged.account.as_ref()?, self.0.freshness).await.transpose()
    }

    /// Who works on it.
    async fn owner(&self, ctx: &Context<'_>) -> Option<User> {
        load::user_by_record(ctx, self.0.merged.owner.as_ref()?, self.0.freshness).await
    }

    /// The pipeline it moves through.
    async fn pipeline(&self, ctx: &Context<'_>) -> Option<Pipeline> {
        let merged = &self.0.merged;
        load::pipeline(
            ctx,
            &merged.leading,
            merged.pipeline.as_deref(),
            merged.stage.as_deref()?,
            self.0.freshness,
        )
        .await
    }

    /// Where it stands in its pipeline.
    #[graphql(visible = "visible::deal_figures")]
    async fn stage(&self, ctx: &Context<'_>) -> Option<Result<OpportunityStage>> {
        let stage = match &self.0.merged.stage {
            Some(key) => load::stage(ctx, &self.0.merged.leading, key, self.0.freshness).await,
            None => None,
        };
        figure(ctx, "stage", stage)
    }

    /// Whether it is still in play.
    async fn stage_category(&self) -> OpportunityStageCategory {
        self.0.merged.category.into()
    }

    /// What it is worth.
    #[graphql(visible = "visible::deal_figures")]
    async fn amount(&self, ctx: &Context<'_>) -> Option<Result<Money>> {
        figure(ctx, "amount", self.0.merged.amount.as_ref().map(Into::into))
    }

    /// How likely it is to be won.
    #[graphql(visible = "visible::deal_figures")]
    async fn probability(&self, ctx: &Context<'_>) -> Option<Result<Ratio>> {
        figure(ctx, "probability", self.0.merged.probability.map(Ratio))
    }

    /// Creation of the oldest record.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.merged.created_at
    }

    /// Latest change of any record.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.merged.updated_at
    }

    /// The day it is expected to close, or the day it closed.
    async fn close_date(&self) -> Option<Date> {
        self.0.merged.close_date.map(Date)
    }

    /// The instant it closed, where a system keeps one.
    async fn closed_at(&self) -> Option<DateTime<Utc>> {
        self.0.merged.closed_at
    }

    /// Open although its expected day of closing has passed, in the zone the settings count days in.
    async fn close_date_passed(&self, ctx: &Context<'_>) -> bool {
        let today = request(ctx).live.today();
        self.0.merged.category == StageCategory::Open
            && self.0.merged.close_date.is_some_and(|day| day < today)
    }

    /// Its path through the stages, oldest first.
    #[graphql(visible = "visible::deal_figures")]
    async fn stage_history(&self, ctx: &Context<'_>) -> Option<Result<Vec<OpportunityStagePeriod>>> {
        let path = &self.0.merged.stage_history;
        let periods = path.iter().enumerate().map(|(nth, snapshot)| OpportunityStagePeriod {
            record: self.0.merged.leading.clone(),
            snapshot: snapshot.clone(),
            freshness: self.0.freshness,
            exited_at: path.get(nth + 1).map(|next| next.at),
        });
        figure(ctx, "stageHistory", Some(periods.collect()))
    }

    /// How long it has been in its present stage.
    #[graphql(visible = "visible::deal_figures")]
    async fn stage_age(&self, ctx: &Context<'_>) -> Option<Result<Seconds>> {
        let merged = &self.0.merged;
        let entered = merged.stage.as_ref().and_then(|stage| {
            let since = merged.stage_history.iter().rev().take_while(|snapshot| snapshot.stage == *stage);
            since.last().map(|snapshot| snapshot.at)
        });
        let now = merged.closed_at.unwrap_or_else(|| request(ctx).inquiry.now());
        figure(ctx, "stageAge", entered.map(|entered| Seconds((now - entered).num_seconds().max(0))))
    }

    /// How it came to be.
    async fn lead_source(&self) -> Option<LeadSource> {
        self.0.merged.lead_source.as_ref().map(Into::into)
    }

    /// Why it was lost, in the vendor's words.
    #[graphql(visible = "visible::deal_figures")]
    async fn loss_reason(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        figure(ctx, "lossReason", self.0.merged.loss_reason.as_ref().map(ToString::to_string))
    }

    /// The people in the buying group; one this view may not see is left out.
    async fn contacts(&self, ctx: &Context<'_>) -> Option<Result<Vec<OpportunityContact>>> {
        let roles = &self.0.merged.contacts;
        let keys: Vec<RecordKey> = roles.iter().map(|role| role.person.clone()).collect();
        let people = match load::people_by_record(ctx, &keys, "person", self.0.freshness).await {
            Ok(people) => people,
            Err(error) => return Some(Err(error)),
        };
        let contact = |(role, person): (&OpportunityContactRole, Option<Person>)| {
            Some(OpportunityContact { role: role.clone(), person: person? })
        };
        Some(Ok(roles.iter().zip(people).filter_map(contact).collect()))
    }

    /// What happened to it, newest first. Read live for at most ten records a request.
    async fn history(
        &self,
        ctx: &Context<'_>,
        filter: Option<TimelineFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Option<Result<TimelineConnection>> {
        let request = request(ctx);
        let parts: BTreeSet<_> = TimelineFilter::parts(filter.as_ref());
        let read = request.live.history_of_opportunity(request.view, request.inquiry, &self.0, &parts).await;
        let window = Window { first, after, ..Window::default() };
        let anchor = &self.0.cluster.anchor;
        Some(read.map_err(|refusal| refused(&refusal)).and_then(|timeline| {
            page(timeline, filter.as_ref(), &TimelineOrder::default(), &window, NodeKind::Opportunity, anchor)
        }))
    }

    /// What it is worth, divided among the touches before it: by the model asked for, the agreement asked for, or the
    /// agreement in force at its close (at present while it is open). Null without an amount.
    #[graphql(visible = "visible::deal_figures")]
    async fn attribution(
        &self,
        ctx: &Context<'_>,
        model: Option<AttributionModelKind>,
        agreement: Option<ID>,
    ) -> Option<Result<AttributionResult>> {
        attribution::attribution(ctx, &self.0.id.key, model, agreement.as_ref()).await.transpose()
    }

    /// Whether marketing created it, by this rule.
    async fn is_marketing_sourced(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "SourcedRule::LeadSource")] by: SourcedRule,
    ) -> Option<Result<bool>> {
        sourced::is_marketing_sourced(ctx, &self.0.id.key, by).transpose()
    }

    /// Whether marketing touched somebody of it: a contact, or without contact roles somebody of its account, from so many
    /// days before its creation to its close.
    async fn is_marketing_influenced(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 90)] lookback_days: i32,
    ) -> Option<Result<bool>> {
        sourced::is_marketing_influenced(ctx, &self.0.id.key, lookback_days).transpose()
    }

    /// Whether it has been in its stage for longer than three of four won opportunities were in the last twelve months.
    /// Null where fewer than ten were won, and for one that is not open.
    async fn is_stalled(&self, ctx: &Context<'_>) -> Option<Result<bool>> {
        sourced::is_stalled(ctx, &self.0.id.key).transpose()
    }

    /// Marketing touches of its people up to its close, oldest first, with the place each takes in the journey to it; all
    /// of them where `eligible` is false, else those that may earn credit.
    async fn touchpoints(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = true)] eligible: bool,
        first: Option<i32>,
        after: Option<String>,
    ) -> Option<Result<OpportunityTouchConnection>> {
        let window = Window { first, after, ..Window::default() };
        Some(touches_before(ctx, &self.0.id.key, eligible, &window).await)
    }

    /// Fields of the company's own, mapped in the settings. All where no keys are named.
    async fn custom_fields(&self, ctx: &Context<'_>, keys: Option<Vec<String>>) -> Vec<CustomField> {
        let request = request(ctx);
        let infos = &request.live.custom_fields().opportunity;
        custom_fields(request.view, infos, keys.as_deref(), &self.0.merged.custom)
    }

    /// What is missing because a source is silent.
    async fn gaps(&self) -> Vec<SourceGap> {
        self.0.gaps.iter().map(Into::into).collect()
    }

    /// The vendor records this opportunity is made of.
    async fn records(&self) -> Vec<SourceRecord> {
        let members = self.0.cluster.members.iter();
        members.map(|member| SourceRecord::new(&member.record.meta, Some(&member.link))).collect()
    }
}

connection! {
    /// A page of opportunities.
    OpportunityConnection, OpportunityEdge, Opportunity, gaps: SourceGap
}

/// The stages one kind of opportunity moves through.
#[derive(Clone, Debug)]
pub struct Pipeline(pub Arc<DomainPipeline>);

#[Object]
impl Pipeline {
    /// The vendor's key of it.
    async fn key(&self) -> &str {
        &self.0.key
    }

    /// What people call it.
    async fn label(&self) -> &str {
        &self.0.label
    }

    /// The source it is defined in.
    async fn source(&self, ctx: &Context<'_>) -> Source {
        source(ctx, &self.0.source)
    }

    /// Its stages in order.
    async fn stages(&self) -> Vec<OpportunityStage> {
        self.0.stages.iter().cloned().map(OpportunityStage).collect()
    }
}

/// A stage of a pipeline.
#[derive(Clone, Debug)]
pub struct OpportunityStage(pub Stage);

#[Object]
impl OpportunityStage {
    /// The vendor's key of it.
    async fn key(&self) -> &str {
        &self.0.key
    }

    /// What people call it.
    async fn label(&self) -> &str {
        &self.0.label
    }

    /// Place in the pipeline, from 0.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// Whether an opportunity in it is open, won or lost.
    async fn category(&self) -> OpportunityStageCategory {
        self.0.category.into()
    }
}

/// Whether an opportunity is still in play.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "StageCategory")]
pub enum OpportunityStageCategory {
    /// In play.
    Open,
    /// Won.
    Won,
    /// Lost.
    Lost,
    /// Counts neither as open nor as closed.
    Omitted,
}

/// A time an opportunity spent in a stage with the same amount and probability.
#[derive(Clone, Debug)]
pub struct OpportunityStagePeriod {
    record: RecordKey,
    snapshot: StageSnapshot,
    freshness: Freshness,
    exited_at: Option<DateTime<Utc>>,
}

#[Object]
impl OpportunityStagePeriod {
    /// The stage; null for one its pipeline no longer has.
    async fn stage(&self, ctx: &Context<'_>) -> Option<OpportunityStage> {
        load::stage(ctx, &self.record, &self.snapshot.stage, self.freshness).await
    }

    /// The vendor's key of the stage.
    async fn stage_key(&self) -> &str {
        &self.snapshot.stage
    }

    /// From when on.
    async fn entered_at(&self) -> DateTime<Utc> {
        self.snapshot.at
    }

    /// Until when; null while it lasts.
    async fn exited_at(&self) -> Option<DateTime<Utc>> {
        self.exited_at
    }

    /// The amount in that time.
    async fn amount(&self) -> Option<Money> {
        self.snapshot.amount.as_ref().map(Into::into)
    }

    /// How likely it was to be won.
    async fn probability(&self) -> Option<Ratio> {
        self.snapshot.probability.map(Ratio)
    }
}

/// The part a person plays in a purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "DomainRole")]
pub enum BuyingRole {
    /// Decides.
    DecisionMaker,
    /// Pays.
    EconomicBuyer,
    /// Wants it and says so.
    Champion,
    /// Is listened to.
    Influencer,
    /// Will work with it.
    User,
    /// Is against it.
    Blocker,
    /// Plays another part.
    Other,
}

/// A person of the buying group.
#[derive(Clone, Debug)]
pub struct OpportunityContact {
    role: OpportunityContactRole,
    person: Person,
}

#[Object]
impl OpportunityContact {
    /// The person.
    async fn person(&self) -> Option<Person> {
        Some(self.person.clone())
    }

    /// The part they play.
    async fn role(&self) -> Option<BuyingRole> {
        self.role.role.map(Into::into)
    }

    /// The first among them.
    async fn is_primary(&self) -> bool {
        self.role.is_primary
    }
}
