//! What the two teams agreed on about credit, and since when.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal as Exact;

use crate::domain::id::{NodeId, NodeKind, RecordKey, SourceName};
use crate::metrics::attribution::{Agreement, Weights};

use super::super::request::request;
use super::super::scalars::{Date, Decimal, Ratio};
use super::Numbers;
use super::choices::AttributionModelKind;

/// The name under which agreements of the settings are known in ids.
const SETTINGS: &str = "settings";

/// A model both teams agreed on for a span of time.
#[derive(Clone, Debug)]
pub struct AttributionAgreement {
    agreement: Agreement,
}

impl AttributionAgreement {
    /// An agreement of the settings.
    pub(in super::super) fn new(agreement: Agreement) -> Self {
        Self { agreement }
    }
}

#[Object]
impl AttributionAgreement {
    /// Opaque and lasting.
    pub async fn id(&self) -> ID {
        let key = RecordKey::new(&SourceName::new(SETTINGS), "attribution", &self.agreement.key);
        NodeId::new(NodeKind::Agreement, key).encode().into()
    }

    /// Its key in the settings.
    async fn key(&self) -> &str {
        &self.agreement.key
    }

    /// How an amount is divided.
    async fn model(&self) -> AttributionModelKind {
        self.agreement.terms.model.into()
    }

    /// What each anchor earns; null for a model that knows no anchors.
    async fn weights(&self) -> Option<AttributionWeights> {
        self.agreement.terms.weights().map(AttributionWeights::of)
    }

    /// Touches longer before the conversion do not count; null where all do.
    async fn lookback_days(&self) -> Option<i32> {
        self.agreement.terms.lookback_days.and_then(|days| i32::try_from(days).ok())
    }

    /// After how many days a touch of TIME_DECAY is worth half; null for other models.
    async fn half_life_days(&self) -> Option<Decimal> {
        let decays =
            AttributionModelKind::from(self.agreement.terms.model) == AttributionModelKind::TimeDecay;
        let days = Exact::from(self.agreement.terms.half_life_seconds) / Exact::from(86_400);
        decays.then(|| Decimal(days.normalize()))
    }

    /// Whether it is in force, or another one is.
    async fn status(&self, ctx: &Context<'_>) -> AgreementStatus {
        let now = request(ctx).inquiry.now();
        let is_over = self.agreement.effective_to.is_some_and(|end| end <= now);
        if is_over { AgreementStatus::Superseded } else { AgreementStatus::Agreed }
    }

    /// When it was agreed.
    async fn agreed_at(&self) -> Option<DateTime<Utc>> {
        Some(self.agreement.agreed_at)
    }

    /// In force from this instant.
    async fn effective_from(&self) -> Option<DateTime<Utc>> {
        Some(self.agreement.effective_from)
    }

    /// In force until, not including, this instant; null while it lasts.
    async fn effective_to(&self) -> Option<DateTime<Utc>> {
        self.agreement.effective_to
    }

    /// The last day on which it cannot be changed.
    async fn locked_until(&self) -> Option<Date> {
        Some(Date(self.agreement.locked_until))
    }
}

/// Where an agreement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum AgreementStatus {
    /// Both teams agreed; it is in force, or will be.
    Agreed,
    /// Its time is over.
    Superseded,
}

/// What each anchor earns, as shares that add up to 1.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct AttributionWeights {
    /// The first eligible touch.
    first_touch: Ratio,
    /// The latest at or before lead creation.
    lead_creation: Ratio,
    /// The latest at or before opportunity creation.
    opportunity_creation: Ratio,
    /// The latest at or before closed-won.
    closed_won: Ratio,
    /// The latest.
    last_touch: Ratio,
    /// All others together.
    middle: Ratio,
}

impl AttributionWeights {
    fn of(weights: Weights) -> Self {
        let share = |millionths: u32| Ratio(Exact::new(i64::from(millionths), 6));
        Self {
            first_touch: share(weights.first_touch),
            lead_creation: share(weights.lead_creation),
            opportunity_creation: share(weights.opportunity_creation),
            closed_won: share(weights.closed_won),
            last_touch: share(weights.last_touch),
            middle: share(weights.middle),
        }
    }
}

/// The agreements in force at an instant, or all.
pub(in super::super) fn agreements(
    ctx: &Context<'_>,
    at: Option<DateTime<Utc>>,
) -> Vec<AttributionAgreement> {
    let all = ctx.data_unchecked::<Arc<Numbers>>().agreements().iter();
    let wanted = all.filter(|agreement| at.is_none_or(|at| agreement.is_in_force(at)));
    wanted.cloned().map(AttributionAgreement::new).collect()
}

/// The agreement of an id.
pub(in super::super) fn agreement_of(ctx: &Context<'_>, key: &RecordKey) -> Option<AttributionAgreement> {
    let mut all = ctx.data_unchecked::<Arc<Numbers>>().agreements().iter();
    let found = all.find(|agreement| agreement.key == key.id && key.source.as_str() == SETTINGS)?;
    Some(AttributionAgreement::new(found.clone()))
}
