//! A person: one individual, however many records tell of them.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};
use chrono::{DateTime, Utc};

use crate::domain::custom::CustomValue;
use crate::domain::id::{NodeId, NodeKind, RecordKey};
use crate::unify::people::Person as Unified;
use crate::unify::shown::{Shown, ShownEmail};

use super::super::numbers::funnel::{FunnelPassConnection, LifecyclePeriod, lifecycle_of, passes_of};
use super::super::numbers::snapshot;
use super::super::numbers::touches::first_touch;
use super::super::paging::{Window, connection};
use super::super::request::{denied, refused, request};
use super::super::scalars::{Decimal, EmailAddress};
use super::super::{load, visible};
use super::account::Account;
use super::custom::{CustomField, custom_fields};
use super::history::{LifecycleStage, TimelineConnection, TimelineFilter, TimelineOrder, Touchpoint, page};
use super::lead_source::LeadSource;
use super::opportunity::OpportunityConnection;
use super::past::{PersonSnapshot, person_as_of};
pub use super::person_field::PersonField;
use super::provenance::{FieldProvenance, shown};
use super::record::SourceRecord;
use super::source::{Source, SourceGap, source};
use super::user::User;
use super::warning::IdentityWarning;

/// A real-world individual: any mix of Salesforce leads and contacts, HubSpot contacts and other vendors' people.
#[derive(Clone, Debug)]
pub struct Person(pub Arc<Unified>);

impl Person {
    /// A person that `unify` has answered.
    pub fn new(person: Unified) -> Self {
        Self(Arc::new(person))
    }

    /// The vendor records they are made of, by key.
    pub fn source_records(&self) -> HashMap<RecordKey, SourceRecord> {
        let members = self.0.cluster.members.iter();
        let record = |meta: &crate::domain::record::RecordMeta, link| {
            (meta.key.clone(), SourceRecord::new(meta, Some(link)))
        };
        members.map(|member| record(&member.record.meta, &member.link)).collect()
    }

    fn provenance_of(&self, ctx: &Context<'_>, fields: &[PersonField]) -> Vec<FieldProvenance> {
        let request = request(ctx);
        let records = self.source_records();
        let one = |field: &PersonField| {
            let found = field.merged().iter().filter_map(|merged| {
                let provenance = request.live.person_provenance(&self.0, *merged)?;
                shown(request.view, &provenance, field.name(), field.aspect(), &records)
            });
            found.collect::<Vec<_>>()
        };
        fields.iter().flat_map(one).collect()
    }
}

/// A text field as the view sees it.
fn text(shown: &Shown<Arc<str>>, field: &str) -> Option<Result<String>> {
    match shown {
        Shown::Value(value) => value.as_ref().map(|text| Ok(text.to_string())),
        Shown::Denied => Some(Err(denied(field))),
    }
}

#[Object]
impl Person {
    /// Opaque; made of the oldest record. Ids of all other records of this person resolve to it too.
    pub async fn id(&self) -> ID {
        self.0.id.encode().into()
    }

    /// Ids this person had before later evidence moved its anchor. All of them still resolve. Known to the ledger;
    /// empty without one, and until everything is captured.
    async fn previous_ids(&self, ctx: &Context<'_>) -> Vec<ID> {
        let Ok(snapshot) = snapshot(ctx) else { return Vec::new() };
        let previous = snapshot.previous_anchors(&self.0.cluster.anchor).into_iter();
        previous.map(|key| NodeId::new(NodeKind::Person, key).encode().into()).collect()
    }

    /// Given and family name together.
    async fn display_name(&self) -> Option<Result<String>> {
        text(&self.0.shown.display_name, "displayName")
    }

    /// Given name.
    async fn first_name(&self) -> Option<Result<String>> {
        text(&self.0.shown.first_name, "firstName")
    }

    /// Family name.
    async fn last_name(&self) -> Option<Result<String>> {
        text(&self.0.shown.last_name, "lastName")
    }

    /// Primary address.
    async fn email(&self) -> Option<Result<EmailAddress>> {
        match &self.0.shown.email {
            Shown::Value(address) => address.clone().map(|address| Ok(EmailAddress(address))),
            Shown::Denied => Some(Err(denied("email"))),
        }
    }

    /// Every address of every record, the primary one first.
    async fn emails(&self) -> Option<Result<Vec<PersonEmail>>> {
        match &self.0.shown.emails {
            Shown::Value(emails) => {
                emails.as_ref().map(|emails| Ok(emails.iter().cloned().map(PersonEmail).collect()))
            }
            Shown::Denied => Some(Err(denied("emails"))),
        }
    }

    /// Business phone.
    async fn phone(&self) -> Option<Result<String>> {
        text(&self.0.shown.phone, "phone")
    }

    /// Mobile phone.
    async fn mobile(&self) -> Option<Result<String>> {
        text(&self.0.shown.mobile, "mobile")
    }

    /// Job title.
    async fn title(&self) -> Option<&str> {
        self.0.merged().title.as_deref()
    }

    /// The organisation they work for: the contact's account, the account a lead was converted to, the primary company,
    /// or the one account with the domain of their address.
    async fn account(&self, ctx: &Context<'_>) -> Option<Result<Account>> {
        load::account_of_person(ctx, &self.0).await.transpose()
    }

    /// Who looks after them.
    async fn owner(&self, ctx: &Context<'_>) -> Option<User> {
        load::user_by_record(ctx, self.0.merged().owner.as_ref()?, self.0.freshness).await
    }

    /// Where they stand between stranger and customer.
    async fn lifecycle_stage(&self) -> Option<LifecycleStage> {
        self.0.merged().lifecycle_stage.map(Into::into)
    }

    /// The stages they went through, oldest first. Out of captured history.
    #[graphql(visible = "visible::changes")]
    async fn lifecycle(&self, ctx: &Context<'_>) -> Option<Result<Vec<LifecyclePeriod>>> {
        lifecycle_of(ctx, &self.0.cluster.anchor).transpose()
    }

    /// Their attempts from marketing-qualified to an end, the first one first. Out of captured history.
    #[graphql(visible = "visible::changes")]
    async fn funnel_passes(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Option<Result<FunnelPassConnection>> {
        Some(passes_of(ctx, &self.0.cluster.anchor, &Window { first, after, ..Window::default() }))
    }

    /// The first touch that may earn credit. Out of captured history.
    #[graphql(visible = "visible::marketing_entries")]
    async fn first_touch(&self, ctx: &Context<'_>) -> Option<Result<Touchpoint>> {
        first_touch(ctx, &self.0.cluster.anchor).await.transpose()
    }

    /// What was known of them at an instant: what their records held then, merged by the rules of today. Null before
    /// their first record. Out of captured history.
    #[graphql(visible = "visible::changes")]
    async fn as_of(&self, ctx: &Context<'_>, at: DateTime<Utc>) -> Option<Result<PersonSnapshot>> {
        person_as_of(ctx, &self.0.cluster.anchor, at).await.transpose()
    }

    /// How they first came to be known.
    async fn original_source(&self) -> Option<LeadSource> {
        self.0.merged().original_source.as_ref().map(Into::into)
    }

    /// Every score of every system.
    #[graphql(visible = "visible::scores")]
    async fn scores(&self) -> Option<Vec<Score>> {
        let scores = self.0.merged().scores.iter();
        Some(scores.map(|held| Score(held.clone())).collect())
    }

    /// What they allow: the strictest word of any system.
    async fn consent(&self) -> Option<Consent> {
        Some(Consent(self.0.clone()))
    }

    /// The vendor records this person is made of, and why each belongs here.
    async fn records(&self) -> Vec<SourceRecord> {
        let members = self.0.cluster.members.iter();
        members.map(|member| SourceRecord::new(&member.record.meta, Some(&member.link))).collect()
    }

    /// Where values came from. All fields where none are named; a field no record holds is left out.
    #[graphql(visible = "visible::provenance")]
    async fn provenance(&self, ctx: &Context<'_>, fields: Option<Vec<PersonField>>) -> Vec<FieldProvenance> {
        self.provenance_of(ctx, fields.as_deref().unwrap_or(&PersonField::ALL))
    }

    /// The fields on which systems disagree.
    #[graphql(visible = "visible::provenance_others")]
    async fn conflicts(&self, ctx: &Context<'_>) -> Vec<FieldProvenance> {
        let mut all = self.provenance_of(ctx, &PersonField::ALL);
        all.retain(FieldProvenance::is_in_conflict);
        all
    }

    /// Fields whose value is masked or a pseudonym in this view.
    async fn masked_fields(&self) -> Vec<PersonField> {
        let masked = &self.0.shown.masked;
        let is_masked = |field: &PersonField| field.aspect().is_some_and(|aspect| masked.contains(&aspect));
        PersonField::ALL.into_iter().filter(is_masked).collect()
    }

    /// Fields of the company's own, mapped in the settings. All where no keys are named.
    async fn custom_fields(&self, ctx: &Context<'_>, keys: Option<Vec<String>>) -> Vec<CustomField> {
        let request = request(ctx);
        let held: &std::collections::BTreeMap<Arc<str>, CustomValue> = &self.0.merged().custom;
        custom_fields(request.view, &request.live.custom_fields().person, keys.as_deref(), held)
    }

    /// What is missing because a source is silent.
    async fn gaps(&self) -> Vec<SourceGap> {
        self.0.gaps.iter().map(Into::into).collect()
    }

    /// What somebody should look at: duplicates, contradictions, dangling references.
    async fn identity_warnings(&self, ctx: &Context<'_>) -> Vec<IdentityWarning> {
        let records = self.source_records();
        let of_account = load::account_warning(ctx, &self.0).await;
        let warnings = self.0.cluster.warnings.iter().chain(&of_account);
        warnings.map(|warning| IdentityWarning::of(warning, &records)).collect()
    }

    /// Everything that happened, from all systems, newest first. Read live for at most ten people a request.
    #[expect(clippy::too_many_arguments, reason = "the arguments of the schema")]
    async fn history(
        &self,
        ctx: &Context<'_>,
        filter: Option<TimelineFilter>,
        #[graphql(default_with = "TimelineOrder::default()")] order: TimelineOrder,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Option<Result<TimelineConnection>> {
        let request = request(ctx);
        let parts: BTreeSet<_> = TimelineFilter::parts(filter.as_ref());
        let read = request.live.history_of_person(request.view, request.inquiry, &self.0, &parts).await;
        let window = Window { first, after, last, before };
        let anchor = &self.0.cluster.anchor;
        Some(
            read.map_err(|refusal| refused(&refusal)).and_then(|timeline| {
                page(timeline, filter.as_ref(), &order, &window, NodeKind::Person, anchor)
            }),
        )
    }

    /// The opportunities they belong to.
    async fn opportunities(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Option<Result<OpportunityConnection>> {
        Some(load::opportunities_of_person(ctx, &self.0, Window { first, after, ..Window::default() }).await)
    }

    /// Creation of the oldest record.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.merged().created_at
    }

    /// Latest change of any record.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.merged().updated_at
    }
}

connection! {
    /// A page of people.
    PersonConnection, PersonEdge, Person, gaps: SourceGap
}

/// One address of a person.
#[derive(Clone, Debug)]
pub struct PersonEmail(ShownEmail);

#[Object]
impl PersonEmail {
    /// The address, or its masked or pseudonym form.
    async fn address(&self) -> EmailAddress {
        EmailAddress(self.0.address.clone())
    }

    /// The address they are written to.
    async fn is_primary(&self) -> bool {
        self.0.is_primary
    }

    /// The sources that hold it.
    async fn sources(&self, ctx: &Context<'_>) -> Vec<Source> {
        self.0.sources.iter().map(|name| source(ctx, name)).collect()
    }
}

/// What a score measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "crate::domain::person::ScoreKind")]
pub enum ScoreKind {
    /// How well they match the ideal customer profile.
    Fit,
    /// What they did.
    Behaviour,
    /// Both together.
    Combined,
    /// A prediction of the vendor.
    Predictive,
    /// What they do elsewhere.
    Intent,
    /// How likely they are to leave.
    ChurnRisk,
}

/// A score a system keeps of a person.
#[derive(Clone, Debug)]
pub struct Score(pub crate::unify::merge::person::MergedScore);

#[Object]
impl Score {
    /// The vendor's name of it.
    async fn name(&self) -> &str {
        &self.0.score.name
    }

    /// The value.
    async fn value(&self) -> Decimal {
        Decimal(self.0.score.value)
    }

    /// What it measures.
    async fn kind(&self) -> ScoreKind {
        self.0.score.kind.into()
    }

    /// The source that keeps it.
    async fn source(&self, ctx: &Context<'_>) -> Source {
        source(ctx, &self.0.record.source)
    }

    /// When it was last computed, as far as the vendor tells.
    async fn at(&self) -> DateTime<Utc> {
        self.0.score.at
    }
}

/// What a person allows: the strictest word of any system.
#[derive(Clone, Debug)]
pub struct Consent(Arc<Unified>);

#[Object]
impl Consent {
    /// Asked not to be e-mailed. Null where no system says.
    async fn email_opt_out(&self) -> Option<bool> {
        self.0.merged().consent.email_opt_out
    }

    /// Asked not to be called. Null where no system says.
    async fn do_not_call(&self) -> Option<bool> {
        self.0.merged().consent.do_not_call
    }

    /// Mail to them bounced. Null where no system says.
    async fn bounced(&self) -> Option<bool> {
        self.0.merged().consent.bounced
    }

    /// The source whose word it is, where one forbids something.
    async fn strictest_source(&self, ctx: &Context<'_>) -> Option<Source> {
        self.0.merged().consent.strictest.as_ref().map(|key| source(ctx, &key.source))
    }
}
