//! The entries of a timeline: one type for each kind of thing that happens, all with the same head.

use std::sync::Arc;

use async_graphql::{Context, ID, Interface, Object, Result};
use chrono::{DateTime, Utc};

use crate::domain::event::{Detail, Event};
use crate::domain::id::{NodeId, NodeKind, RecordKey};
use crate::domain::lead_source::Channel as DomainChannel;
use crate::domain::lifecycle::LifecycleStage as DomainStage;
use crate::domain::record::RecordMeta;
use crate::domain::view::{Aspect, View};
use crate::source::cached::Freshness;
use crate::unify::history::Entry;
use crate::unify::shown::{Shown, see, see_field};

use super::super::super::request::request;
use super::super::super::scalars::{Seconds, Url};
use super::super::super::{load, visible};
use super::super::account::Account;
use super::super::campaign::Campaign;
use super::super::lead_source::Channel;
use super::super::money::Money;
use super::super::opportunity::{Opportunity, OpportunityStage};
use super::super::person::Person;
use super::super::record::SourceRecord;
use super::super::source::Side;
use super::super::user::User;
use super::kind::{Direction, LifecycleStage, Precision, TimelineEventKind};

/// An entry with the record its history was read for, which is part of the entry's id.
#[derive(Clone, Debug)]
pub struct Head {
    entry: Arc<Entry>,
    anchor: RecordKey,
    kind: NodeKind,
    freshness: Freshness,
}

impl Head {
    /// An entry of the history of the object named by `anchor`; what it refers to is read as it was.
    pub fn new(entry: Entry, kind: NodeKind, anchor: &RecordKey, freshness: Freshness) -> Self {
        Self { entry: Arc::new(entry), anchor: anchor.clone(), kind, freshness }
    }

    /// The place of the entry in its timeline.
    pub fn place(&self) -> &str {
        &self.entry.id
    }

    fn event(&self) -> &Event {
        &self.entry.event
    }

    fn id(&self) -> ID {
        self.entry.node(self.kind, &self.anchor).encode().into()
    }

    fn record(&self, key: &RecordKey) -> SourceRecord {
        let event = self.event();
        let written = event.recorded_at.unwrap_or(event.occurred_at);
        let meta = RecordMeta {
            key: key.clone(),
            created_at: written,
            updated_at: written,
            fetched_at: event.observed_at,
            deleted_at: None,
            merged_into: None,
            merged_ids: Vec::new(),
            url: None,
        };
        SourceRecord::new(&meta, None)
    }

    fn summary(&self, view: &View) -> Option<String> {
        let arrow =
            |from: Option<&str>, to: Option<&str>| format!("{} → {}", from.unwrap_or("–"), to.unwrap_or("–"));
        match &self.event().detail {
            Detail::Field { field, withheld: true, .. } => Some(format!("{field} changed")),
            Detail::Field { field, old, new, .. } => {
                let seen = |value: &Option<Arc<str>>| see_field(view, field, value.as_ref());
                let (Shown::Value(old), Shown::Value(new)) = (seen(old), seen(new)) else { return None };
                Some(format!("{field}: {}", arrow(old.as_deref(), new.as_deref())))
            }
            Detail::Stage { from, to, .. } => Some(arrow(from.map(DomainStage::name), Some(to.name()))),
            Detail::Touch { asset, url, .. } => {
                let title = asset.as_ref().and_then(|asset| asset.title.clone());
                title.or_else(|| url.clone()).map(|text| text.to_string())
            }
            Detail::Activity { subject, .. } => match see(view, Aspect::ActivityBody, subject.as_ref()) {
                Shown::Value(subject) => subject.map(|text| text.to_string()),
                Shown::Denied => None,
            },
            Detail::Record { merged_ids, .. } if !merged_ids.is_empty() => {
                Some(format!("merged with {}", merged_ids.join(", ")))
            }
            Detail::Record { .. } => {
                Some(format!("{} in {}", self.event().source.object, self.event().source.source))
            }
            Detail::Opportunity { from, to, .. } if view.may_filter_by(Aspect::DealFigures) => {
                Some(arrow(from.as_deref(), to.as_deref()))
            }
            Detail::Opportunity { .. } => None,
        }
    }
}

/// A changed field's value as text; null where the view may not see the field at all.
fn seen_text(view: &View, field: &str, value: Option<&Arc<str>>) -> Option<String> {
    match see_field(view, field, value) {
        Shown::Value(value) => value.map(|text| text.to_string()),
        Shown::Denied => None,
    }
}

/// One entry of the unified history. Equal events seen in several systems appear once; the copies are in `echoes`.
#[derive(Clone, Debug, Interface)]
#[expect(clippy::duplicated_attributes, reason = "two fields may well have the same type")]
#[graphql(
    field(name = "id", ty = "ID", desc = "Opaque, and the same whenever the event is read."),
    field(name = "kind", ty = "TimelineEventKind", desc = "What happened."),
    field(name = "occurred_at", ty = "DateTime<Utc>", desc = "When it happened."),
    field(name = "precision", ty = "Precision", desc = "How exactly that is known."),
    field(
        name = "recorded_at",
        ty = "Option<DateTime<Utc>>",
        desc = "When the vendor wrote it down, where that differs."
    ),
    field(name = "observed_at", ty = "DateTime<Utc>", desc = "When this gateway read it."),
    field(name = "is_late", ty = "bool", desc = "Written down more than an hour after it happened."),
    field(
        name = "is_inferred",
        ty = "bool",
        desc = "No vendor recorded it: the record holds another value than its history ends with."
    ),
    field(name = "side", ty = "Side", desc = "Whose system it happened in."),
    field(name = "person", ty = "Option<Result<Person>>", desc = "The person it is about."),
    field(name = "account", ty = "Option<Result<Account>>", desc = "The account it is about."),
    field(name = "opportunity", ty = "Option<Result<Opportunity>>", desc = "The opportunity it is about."),
    field(name = "campaign", ty = "Option<Result<Campaign>>", desc = "The campaign it belongs to."),
    field(name = "actor", ty = "Option<User>", desc = "Who did it."),
    field(
        name = "source",
        ty = "Option<SourceRecord>",
        desc = "The vendor record that tells it. Null for an event of the gateway itself."
    ),
    field(name = "echoes", ty = "Vec<SourceRecord>", desc = "Records of other systems that tell the same."),
    field(
        name = "summary",
        ty = "Option<String>",
        desc = "The same in a few words, as far as this view may see them."
    )
)]
pub enum TimelineEvent {
    /// A field changed.
    FieldChange(FieldChange),
    /// A marketing interaction.
    Touchpoint(Touchpoint),
    /// Something a seller did.
    SalesActivity(SalesActivity),
    /// A record was created, merged, converted or deleted.
    RecordEvent(RecordEvent),
    /// The lifecycle stage changed.
    StageEvent(StageEvent),
    /// An opportunity was created or moved.
    OpportunityEvent(OpportunityEvent),
}

impl TimelineEvent {
    /// The type that shows this kind of entry.
    pub fn of(head: Head) -> Self {
        match &head.event().detail {
            Detail::Field { .. } => Self::FieldChange(FieldChange(head)),
            Detail::Touch { .. } => Self::Touchpoint(Touchpoint(head)),
            Detail::Activity { .. } => Self::SalesActivity(SalesActivity(head)),
            Detail::Record { .. } => Self::RecordEvent(RecordEvent(head)),
            Detail::Stage { .. } => Self::StageEvent(StageEvent(head)),
            Detail::Opportunity { .. } => Self::OpportunityEvent(OpportunityEvent(head)),
        }
    }
}

/// Defines the type for one kind of entry: the head all have, then what only this kind has.
macro_rules! timeline_event {
    ($(#[doc = $doc:literal])+ $name:ident $(visible = $visible:literal)? { $($own:tt)* }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug)]
        pub struct $name(Head);

        $(#[doc = $doc])+
        #[Object$((visible = $visible))?]
        impl $name {
            /// Opaque, and the same whenever the event is read.
            pub async fn id(&self) -> ID {
                self.0.id()
            }

            /// What happened.
            async fn kind(&self) -> TimelineEventKind {
                self.0.event().kind.into()
            }

            /// When it happened. An event known to the day alone stands at the end of its day.
            async fn occurred_at(&self) -> DateTime<Utc> {
                self.0.event().occurred_at
            }

            /// How exactly that is known.
            async fn precision(&self) -> Precision {
                self.0.event().precision.into()
            }

            /// When the vendor wrote it down, where that differs.
            async fn recorded_at(&self) -> Option<DateTime<Utc>> {
                self.0.event().recorded_at
            }

            /// When this gateway read it.
            async fn observed_at(&self) -> DateTime<Utc> {
                self.0.event().observed_at
            }

            /// Written down more than an hour after it happened.
            async fn is_late(&self) -> bool {
                self.0.entry.is_late
            }

            /// No vendor recorded it: the record holds another value than its history ends with.
            async fn is_inferred(&self) -> bool {
                self.0.entry.is_inferred
            }

            /// Whose system it happened in.
            async fn side(&self) -> Side {
                self.0.entry.side.into()
            }

            /// The person it is about.
            async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
                load::person_by_record(ctx, self.0.event().person.as_ref()?, self.0.freshness).await.transpose()
            }

            /// The account it is about.
            async fn account(&self, ctx: &Context<'_>) -> Option<Result<Account>> {
                load::account_by_record(ctx, self.0.event().account.as_ref()?, self.0.freshness).await.transpose()
            }

            /// The opportunity it is about.
            async fn opportunity(&self, ctx: &Context<'_>) -> Option<Result<Opportunity>> {
                load::opportunity_by_record(ctx, self.0.event().opportunity.as_ref()?, self.0.freshness).await.transpose()
            }

            /// The campaign it belongs to.
            async fn campaign(&self, ctx: &Context<'_>) -> Option<Result<Campaign>> {
                load::campaign_by_record(ctx, self.0.event().campaign.as_ref()?, self.0.freshness).await.transpose()
            }

            /// Who did it.
            async fn actor(&self, ctx: &Context<'_>) -> Option<User> {
                load::user_by_record(ctx, self.0.event().actor.as_ref()?, self.0.freshness).await
            }

            /// The vendor record that tells it. Null for an event of the gateway itself.
            async fn source(&self) -> Option<SourceRecord> {
                Some(self.0.record(&self.0.event().source))
            }

            /// Records of other systems that tell the same.
            async fn echoes(&self) -> Vec<SourceRecord> {
                self.0.entry.echoes.iter().map(|key| self.0.record(key)).collect()
            }

            /// The same in a few words, as far as this view may see them.
            async fn summary(&self, ctx: &Context<'_>) -> Option<String> {
                self.0.summary(request(ctx).view)
            }

            $($own)*
        }
    };
}

impl Touchpoint {
    /// The place of the touch in its timeline.
    pub fn place(&self) -> &str {
        self.0.place()
    }
}

timeline_event! {
    /// A field of a record changed.
    FieldChange {
        /// Canonical name (`title`, `owner`) or, for a field Leadline does not know, the vendor's.
        async fn field(&self) -> &str {
            match &self.0.event().detail {
                Detail::Field { field, .. } => field,
                _ => "",
            }
        }

        /// The value before, where known and seen by this view.
        async fn old_value(&self, ctx: &Context<'_>) -> Option<String> {
            match &self.0.event().detail {
                Detail::Field { field, old, .. } => {
                    seen_text(request(ctx).view, field, old.as_ref())
                }
                _ => None,
            }
        }

        /// The value after, where known and seen by this view.
        async fn new_value(&self, ctx: &Context<'_>) -> Option<String> {
            match &self.0.event().detail {
                Detail::Field { field, new, .. } => {
                    seen_text(request(ctx).view, field, new.as_ref())
                }
                _ => None,
            }
        }

        /// True when the vendor recorded that the field changed but not its values.
        async fn values_withheld_by_vendor(&self) -> bool {
            matches!(self.0.event().detail, Detail::Field { withheld: true, .. })
        }
    }
}

timeline_event! {
    /// A marketing interaction by the person.
    Touchpoint {
        /// Where it came from.
        async fn channel(&self) -> Channel {
            match &self.0.event().detail {
                Detail::Touch { channel, .. } => (*channel).into(),
                _ => DomainChannel::Unknown.into(),
            }
        }

        /// The form, e-mail or page.
        async fn asset(&self) -> Option<ContentAsset> {
            match &self.0.event().detail {
                Detail::Touch { asset, .. } => asset.clone().map(ContentAsset),
                _ => None,
            }
        }

        /// The page it happened on.
        async fn url(&self) -> Option<Url> {
            match &self.0.event().detail {
                Detail::Touch { url, .. } => url.clone().map(Url),
                _ => None,
            }
        }
    }
}

timeline_event! {
    /// Something a seller did with the person.
    SalesActivity visible = "visible::sales_activities" {
        /// Who started it.
        async fn direction(&self) -> Option<Direction> {
            match &self.0.event().detail {
                Detail::Activity { direction, .. } => direction.map(Into::into),
                _ => None,
            }
        }

        /// The vendor's outcome or status, as written.
        async fn outcome(&self) -> Option<&str> {
            match &self.0.event().detail {
                Detail::Activity { outcome, .. } => outcome.as_deref(),
                _ => None,
            }
        }

        /// How long it took.
        async fn duration_seconds(&self) -> Option<Seconds> {
            match &self.0.event().detail {
                Detail::Activity { duration_seconds, .. } => duration_seconds.map(Seconds),
                _ => None,
            }
        }

        /// Sent by a sequence or another machine.
        async fn is_automated(&self) -> bool {
            matches!(self.0.event().detail, Detail::Activity { automated: true, .. })
        }

        /// Free text.
        #[graphql(visible = "visible::activity_body")]
        async fn body(&self, ctx: &Context<'_>) -> Option<Result<String>> {
            let Detail::Activity { body, .. } = &self.0.event().detail else { return None };
            match see(request(ctx).view, Aspect::ActivityBody, body.as_ref()) {
                Shown::Value(body) => body.map(|text| Ok(text.to_string())),
                Shown::Denied => Some(Err(super::super::super::request::denied("body"))),
            }
        }
    }
}

timeline_event! {
    /// A record was created, merged, converted or deleted in a source.
    RecordEvent {
        /// Vendor object name.
        async fn object(&self) -> &str {
            &self.0.event().source.object
        }

        /// Vendor ids that were merged into the record.
        async fn merged_ids(&self) -> Vec<&str> {
            match &self.0.event().detail {
                Detail::Record { merged_ids, .. } => merged_ids.iter().map(AsRef::as_ref).collect(),
                _ => Vec::new(),
            }
        }

        /// What a lead became.
        async fn converted_to(&self) -> Option<SourceRecord> {
            match &self.0.event().detail {
                Detail::Record { converted_to: Some(key), .. } => Some(self.0.record(key)),
                _ => None,
            }
        }
    }
}

timeline_event! {
    /// A person's lifecycle stage changed.
    StageEvent {
        /// The stage before.
        async fn stage_from(&self) -> Option<LifecycleStage> {
            match &self.0.event().detail {
                Detail::Stage { from, .. } => from.map(Into::into),
                _ => None,
            }
        }

        /// The stage after.
        async fn stage_to(&self) -> LifecycleStage {
            match &self.0.event().detail {
                Detail::Stage { to, .. } => (*to).into(),
                _ => LifecycleStage::Other,
            }
        }
    }
}

timeline_event! {
    /// An opportunity was created or moved.
    OpportunityEvent {
        /// The stage before.
        #[graphql(visible = "visible::deal_figures")]
        async fn stage_from(&self, ctx: &Context<'_>) -> Option<OpportunityStage> {
            let Detail::Opportunity { from, .. } = &self.0.event().detail else { return None };
            load::stage(ctx, &self.0.event().source, from.as_ref()?, self.0.freshness).await
        }

        /// The stage after.
        #[graphql(visible = "visible::deal_figures")]
        async fn stage_to(&self, ctx: &Context<'_>) -> Option<OpportunityStage> {
            let Detail::Opportunity { to, .. } = &self.0.event().detail else { return None };
            load::stage(ctx, &self.0.event().source, to.as_ref()?, self.0.freshness).await
        }

        /// The amount from then on.
        #[graphql(visible = "visible::deal_figures")]
        async fn amount(&self, ctx: &Context<'_>) -> Option<Money> {
            let Detail::Opportunity { amount, .. } = &self.0.event().detail else { return None };
            let is_seen = request(ctx).view.may_filter_by(Aspect::DealFigures);
            amount.as_ref().filter(|_| is_seen).map(Into::into)
        }
    }
}

/// A form, an e-mail, a page: what a person interacted with.
#[derive(Clone, Debug)]
pub struct ContentAsset(crate::domain::event::Asset);

#[Object]
impl ContentAsset {
    /// Opaque and lasting.
    pub async fn id(&self) -> ID {
        NodeId::new(NodeKind::SourceRecord, self.0.key.clone()).encode().into()
    }

    /// Its title or name.
    async fn title(&self) -> Option<&str> {
        self.0.title.as_deref()
    }

    /// What kind of thing it is: `form`, `email`, `page`.
    #[graphql(name = "type")]
    async fn kind(&self) -> &str {
        &self.0.kind
    }
}
