//! A campaign: a planned marketing effort, and who belongs to it.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use crate::domain::campaign::SpendLine as DomainLine;
use crate::unify::campaigns::Campaign as Known;
use crate::unify::lists::Member;

use super::super::numbers::agreement::AttributionAgreement;
use super::super::numbers::campaign::{self, CampaignResults};
use super::super::numbers::choices::AttributionModelKind;
use super::super::numbers::input::PeriodInput;
use super::super::paging::connection;
use super::super::request::request;
use super::super::scalars::Date;
use super::super::{load, visible};
use super::lead_source::Channel;
use super::money::Money;
use super::person::Person;
use super::record::SourceRecord;
use super::source::SourceGap;

/// A planned marketing effort.
#[derive(Clone, Debug)]
pub struct Campaign(pub Arc<Known>);

impl Campaign {
    /// A campaign that `unify` has answered.
    pub fn new(campaign: Known) -> Self {
        Self(Arc::new(campaign))
    }
}

#[Object]
impl Campaign {
    /// Opaque and lasting.
    pub async fn id(&self) -> ID {
        self.0.id.encode().into()
    }

    /// Its name.
    async fn name(&self) -> Option<String> {
        self.0.first(|record| record.name.as_ref().map(ToString::to_string))
    }

    /// The channel the settings map the vendor's type to.
    async fn channel(&self) -> Option<Channel> {
        self.0.first(|record| record.channel).map(Into::into)
    }

    /// The vendor's status, as written.
    async fn status(&self) -> Option<String> {
        self.0.first(|record| record.status.as_ref().map(ToString::to_string))
    }

    /// First day.
    async fn starts_on(&self) -> Option<Date> {
        self.0.first(|record| record.starts_on).map(Date)
    }

    /// Last day.
    async fn ends_on(&self) -> Option<Date> {
        self.0.first(|record| record.ends_on).map(Date)
    }

    /// What was spent.
    async fn spend(&self) -> Option<Money> {
        self.0.first(|record| record.spend.as_ref().map(Into::into))
    }

    /// The single items of the spend, where the vendor keeps them.
    #[graphql(visible = "visible::spend_lines")]
    async fn spend_lines(&self, ctx: &Context<'_>) -> Option<Vec<SpendLine>> {
        let records = self.0.records.iter();
        let lines = || records.flat_map(|record| record.spend_lines.iter().map(SpendLine::of)).collect();
        request(ctx).view.sees_spend_lines(&self.0.keys()).then(lines)
    }

    /// What was planned to be spent.
    async fn budget(&self) -> Option<Money> {
        self.0.first(|record| record.budget.as_ref().map(Into::into))
    }

    /// Who belongs to it.
    async fn members(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Option<Result<CampaignMemberConnection>> {
        Some(load::members(ctx, &self.0, first, after.as_deref()).await)
    }

    /// What it brought in a period, or up to now; credited by the model asked for, else by the agreement in force at each
    /// opportunity's close, else to the first touch.
    async fn results(
        &self,
        ctx: &Context<'_>,
        model: Option<AttributionModelKind>,
        period: Option<PeriodInput>,
    ) -> Option<Result<CampaignResults>> {
        campaign::results(ctx, &self.0.id.key, model, period).await.transpose()
    }

    /// The agreement it is credited by: the one in force on its first day, else the one in force now.
    async fn agreement(&self, ctx: &Context<'_>) -> Option<AttributionAgreement> {
        campaign::agreement(ctx, self.0.first(|record| record.starts_on)).map(AttributionAgreement::new)
    }

    /// False when that agreement was made after the first day of the campaign.
    async fn agreed_before_start(&self, ctx: &Context<'_>) -> Option<bool> {
        campaign::is_agreed_before_start(ctx, self.0.first(|record| record.starts_on))
    }

    /// The vendor records this campaign is made of.
    async fn records(&self) -> Vec<SourceRecord> {
        self.0.records.iter().map(|record| SourceRecord::new(&record.meta, None)).collect()
    }
}

connection! {
    /// A page of campaigns.
    CampaignConnection, CampaignEdge, Campaign, gaps: SourceGap
}

/// One item of a campaign's spend.
#[derive(Clone, Debug, SimpleObject)]
pub struct SpendLine {
    /// The day it was booked.
    on: Date,
    /// How much.
    amount: Money,
    /// What for.
    note: Option<String>,
}

impl SpendLine {
    fn of(line: &DomainLine) -> Self {
        let note = line.note.as_ref().map(ToString::to_string);
        Self { on: Date(line.on), amount: (&line.amount).into(), note }
    }
}

/// A person's membership of a campaign.
#[derive(Clone, Debug)]
pub struct CampaignMember(pub Arc<Member>);

#[Object]
impl CampaignMember {
    /// The person; null while their source is silent.
    async fn person(&self) -> Option<Person> {
        self.0.person.clone().map(Person::new)
    }

    /// The vendor's status, as written.
    async fn status(&self) -> Option<&str> {
        self.0.membership.status.as_deref()
    }

    /// The day of the first response.
    async fn responded_on(&self) -> Option<Date> {
        self.0.membership.responded_on.map(Date)
    }

    /// They responded.
    async fn has_responded(&self) -> bool {
        self.0.membership.has_responded
    }
}

connection! {
    /// A page of a campaign's members.
    CampaignMemberConnection, CampaignMemberEdge, CampaignMember, gaps: SourceGap
}
