//! An account: one organisation, however many records tell of it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};

use crate::domain::account::AccountRecord;
use crate::domain::id::{NodeKind, RecordKey};
use crate::unify::accounts::Account as Unified;
use crate::unify::merge::account::MergedAccountField as Merged;

use super::super::filter::PersonFilter;
use super::super::numbers::engagement::{AccountEngagement, engagement};
use super::super::numbers::input::PeriodInput;
use super::super::paging::{Window, connection};
use super::super::query::people::people_of_account;
use super::super::request::{refused, request};
use super::super::{load, visible};
use super::custom::{CustomField, custom_fields};
use super::history::{TimelineConnection, TimelineFilter, TimelineOrder, page};
use super::money::Money;
use super::opportunity::OpportunityConnection;
use super::person::PersonConnection;
use super::provenance::{FieldProvenance, shown};
use super::record::SourceRecord;
use super::source::SourceGap;
use super::user::User;

/// A real organisation: a Salesforce account, a HubSpot company, or both.
#[derive(Clone, Debug)]
pub struct Account(pub Arc<Unified>);

impl Account {
    /// An account that `unify` has answered.
    pub fn new(account: Unified) -> Self {
        Self(Arc::new(account))
    }

    fn source_records(&self) -> HashMap<RecordKey, SourceRecord> {
        let members = self.0.cluster.members.iter();
        let record = |record: &AccountRecord, link| {
            (record.meta.key.clone(), SourceRecord::new(&record.meta, Some(link)))
        };
        members.map(|member| record(&member.record, &member.link)).collect()
    }
}

#[Object]
impl Account {
    /// Opaque; made of the oldest record. Ids of all other records of this account resolve to it too.
    pub async fn id(&self) -> ID {
        self.0.id.encode().into()
    }

    /// The organisation's name.
    async fn name(&self) -> Option<&str> {
        self.0.merged.name.as_deref()
    }

    /// Its registrable domains, e.g. `example.co.uk`.
    async fn domains(&self) -> Vec<&str> {
        self.0.merged.domains.iter().map(AsRef::as_ref).collect()
    }

    /// The industry it is in.
    async fn industry(&self) -> Option<&str> {
        self.0.merged.industry.as_deref()
    }

    /// Number of employees.
    async fn employees(&self) -> Option<i32> {
        self.0.merged.employees.and_then(|number| i32::try_from(number).ok())
    }

    /// Revenue a year.
    async fn annual_revenue(&self) -> Option<Money> {
        self.0.merged.annual_revenue.as_ref().map(Into::into)
    }

    /// State and country of its billing address.
    async fn region(&self) -> Option<String> {
        let parts: Vec<&str> =
            [&self.0.merged.state, &self.0.merged.country].into_iter().flatten().map(AsRef::as_ref).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// Who looks after it.
    async fn owner(&self, ctx: &Context<'_>) -> Option<User> {
        load::user_by_record(ctx, self.0.merged.owner.as_ref()?, self.0.freshness).await
    }

    /// Marked as a target of account-based marketing.
    async fn is_target_account(&self) -> Option<bool> {
        self.0.merged.is_target
    }

    /// How far it takes part: over everything known, or within whole days of the reporting zone. Out of captured history.
    async fn engagement(
        &self,
        ctx: &Context<'_>,
        window: Option<PeriodInput>,
    ) -> Option<Result<AccountEngagement>> {
        engagement(ctx, &self.0.cluster.anchor, window).transpose()
    }

    /// The people who work for it. Read live, those whose records name it as their account.
    async fn people(
        &self,
        ctx: &Context<'_>,
        filter: Option<PersonFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Option<Result<PersonConnection>> {
        let window = Window { first, after, ..Window::default() };
        Some(people_of_account(ctx, &self.0, filter, window).await)
    }

    /// Its opportunities, the latest created first.
    async fn opportunities(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Option<Result<OpportunityConnection>> {
        Some(load::opportunities_of_account(ctx, &self.0, Window { first, after, ..Window::default() }).await)
    }

    /// What happened to its own records, newest first. Read live for at most ten records a request; what happened to
    /// its people is told by them.
    async fn history(
        &self,
        ctx: &Context<'_>,
        filter: Option<TimelineFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Option<Result<TimelineConnection>> {
        let request = request(ctx);
        let parts: BTreeSet<_> = TimelineFilter::parts(filter.as_ref());
        let read = request.live.history_of_account(request.view, request.inquiry, &self.0, &parts).await;
        let window = Window { first, after, ..Window::default() };
        let anchor = &self.0.cluster.anchor;
        Some(read.map_err(|refusal| refused(&refusal)).and_then(|timeline| {
            page(timeline, filter.as_ref(), &TimelineOrder::default(), &window, NodeKind::Account, anchor)
        }))
    }

    /// The vendor records this account is made of, and why each belongs here.
    async fn records(&self) -> Vec<SourceRecord> {
        let members = self.0.cluster.members.iter();
        members.map(|member| SourceRecord::new(&member.record.meta, Some(&member.link))).collect()
    }

    /// Where values came from. All fields where none are named; a field no record holds is left out.
    #[graphql(visible = "visible::provenance")]
    async fn provenance(&self, ctx: &Context<'_>, fields: Option<Vec<AccountField>>) -> Vec<FieldProvenance> {
        let request = request(ctx);
        let records = self.source_records();
        let fields = fields.as_deref().unwrap_or(&AccountField::ALL);
        let one = |field: &AccountField| {
            let found = field.merged().iter().filter_map(|merged| {
                let provenance = request.live.account_provenance(&self.0, *merged)?;
                shown(request.view, &provenance, field.name(), None, &records)
            });
            found.collect::<Vec<_>>()
        };
        fields.iter().flat_map(one).collect()
    }

    /// Fields of the company's own, mapped in the settings. All where no keys are named.
    async fn custom_fields(&self, ctx: &Context<'_>, keys: Option<Vec<String>>) -> Vec<CustomField> {
        let request = request(ctx);
        custom_fields(
            request.view,
            &request.live.custom_fields().account,
            keys.as_deref(),
            &self.0.merged.custom,
        )
    }

    /// What is missing because a source is silent.
    async fn gaps(&self) -> Vec<SourceGap> {
        self.0.gaps.iter().map(Into::into).collect()
    }
}

connection! {
    /// A page of accounts.
    AccountConnection, AccountEdge, Account, gaps: SourceGap
}

/// A field of an account that has a provenance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum AccountField {
    /// `name`.
    Name,
    /// `domains`.
    Domains,
    /// `industry`.
    Industry,
    /// `employees`.
    Employees,
    /// `annualRevenue`.
    AnnualRevenue,
    /// `region`.
    Region,
    /// `owner`.
    Owner,
    /// `isTargetAccount`.
    IsTargetAccount,
}

impl AccountField {
    /// Every field, in the order of the schema.
    pub const ALL: [Self; 8] = [
        Self::Name,
        Self::Domains,
        Self::Industry,
        Self::Employees,
        Self::AnnualRevenue,
        Self::Region,
        Self::Owner,
        Self::IsTargetAccount,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Name => "NAME",
            Self::Domains => "DOMAINS",
            Self::Industry => "INDUSTRY",
            Self::Employees => "EMPLOYEES",
            Self::AnnualRevenue => "ANNUAL_REVENUE",
            Self::Region => "REGION",
            Self::Owner => "OWNER",
            Self::IsTargetAccount => "IS_TARGET_ACCOUNT",
        }
    }

    /// The merged fields whose provenance answers for it.
    fn merged(self) -> &'static [Merged] {
        match self {
            Self::Name => &[Merged::Name],
            Self::Domains => &[Merged::Domains],
            Self::Industry => &[Merged::Industry],
            Self::Employees => &[Merged::Employees],
            Self::AnnualRevenue => &[Merged::AnnualRevenue],
            Self::Region => &[Merged::State, Merged::Country],
            Self::Owner => &[Merged::Owner],
            Self::IsTargetAccount => &[Merged::IsTarget],
        }
    }
}
