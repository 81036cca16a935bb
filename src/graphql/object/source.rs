//! Sources, how they are doing, and what is missing because one is silent.

use async_graphql::{ComplexObject, Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};

use crate::capture::status::{Status, StreamProgress};
use crate::domain::id::{NodeId, NodeKind, RecordKey, SourceName};
use crate::domain::record::{Side as DomainSide, SourceInfo, Vendor};
use crate::source::describe::{Health, HealthReport};
use crate::unify::inquiry::Gap;

use super::super::request::{gap_code, request};

/// The product behind a source. Grows with every connector; clients treat unknown values as data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum SourceSystem {
    /// Salesforce Sales Cloud.
    Salesforce,
    /// HubSpot.
    #[graphql(name = "HUBSPOT")]
    HubSpot,
    /// Leadline's own records.
    Gateway,
}

impl From<Vendor> for SourceSystem {
    fn from(vendor: Vendor) -> Self {
        match vendor {
            Vendor::Salesforce => Self::Salesforce,
            Vendor::HubSpot => Self::HubSpot,
            Vendor::Gateway => Self::Gateway,
        }
    }
}

/// Which team's system something comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enum)]
pub enum Side {
    /// A marketing platform.
    Marketing,
    /// A sales CRM.
    Sales,
    /// The gateway itself.
    System,
}

impl From<DomainSide> for Side {
    fn from(side: DomainSide) -> Self {
        match side {
            DomainSide::Marketing => Self::Marketing,
            DomainSide::Sales => Self::Sales,
            DomainSide::System => Self::System,
        }
    }
}

/// One configured connection to a vendor, e.g. `sales`, `sales-emea`, `marketing`.
#[derive(Clone, Debug)]
pub struct Source(pub SourceInfo);

#[Object]
impl Source {
    /// Opaque and lasting.
    pub async fn id(&self) -> ID {
        NodeId::new(NodeKind::Source, RecordKey::new(&self.0.name, "", "")).encode().into()
    }

    /// The name in the settings; it is part of every id.
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// What people call it.
    async fn label(&self) -> &str {
        &self.0.label
    }

    /// The product behind it.
    async fn system(&self) -> SourceSystem {
        self.0.vendor.into()
    }

    /// Whose system it is.
    async fn side(&self) -> Side {
        self.0.side.into()
    }
}

/// The source of that name, as the schema shows it.
pub fn source(ctx: &Context<'_>, name: &SourceName) -> Source {
    let known = request(ctx).live.sources().iter().find(|info| info.name == *name);
    Source(known.cloned().unwrap_or_else(|| SourceInfo {
        name: name.clone(),
        label: name.as_str().into(),
        vendor: Vendor::Gateway,
        side: DomainSide::System,
        rank: usize::MAX,
    }))
}

/// What is missing from an answer because a source is silent. Siblings are intact; merged fields come from the sources
/// that spoke.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct SourceGap {
    #[graphql(skip)]
    name: SourceName,
    /// Why it is silent: `SOURCE_UNAVAILABLE`, `SOURCE_LIMITED`, `SOURCE_REJECTED` or `DEADLINE_EXCEEDED`.
    code: &'static str,
    /// The same in a sentence.
    message: String,
    /// Since when, where known.
    since: Option<DateTime<Utc>>,
}

#[ComplexObject]
impl SourceGap {
    /// The silent source.
    async fn source(&self, ctx: &Context<'_>) -> Source {
        source(ctx, &self.name)
    }
}

impl From<&Gap> for SourceGap {
    fn from(gap: &Gap) -> Self {
        Self {
            name: gap.source.clone(),
            code: gap_code(gap).as_str(),
            message: gap.message.clone(),
            since: gap.since,
        }
    }
}

/// How a source is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum SourceHealth {
    /// It answers.
    Ok,
    /// It answers some calls.
    Degraded,
    /// It asked the gateway to slow down, or its quota is spent.
    Throttled,
    /// It does not answer, or lacks a field the gateway cannot do without.
    Down,
}

/// How a source is doing, with figures.
#[derive(Clone, Debug, SimpleObject)]
pub struct SourceStatus {
    /// The source.
    source: Source,
    /// How it is doing.
    health: SourceHealth,
    /// When it last answered.
    fresh_as_of: Option<DateTime<Utc>>,
    /// Calls left of its daily quota, as the vendor last told.
    quota_remaining: Option<i32>,
    /// When that quota begins anew, where known.
    quota_resets_at: Option<DateTime<Utc>>,
    /// What an operator should know, in a sentence.
    message: Option<String>,
    /// What of it is being copied into the ledger, stream by stream; null where it is not captured.
    capture: Option<Vec<CaptureProgress>>,
}

impl SourceStatus {
    /// A source, the report it gave of itself, and how far capture is.
    pub fn of(info: SourceInfo, report: HealthReport, capture: Option<&Status>) -> Self {
        let captured = capture.and_then(|status| status.of(&info.name));
        let hindrance = captured.and(capture).and_then(|status| status.hindrance.as_ref());
        let hindrance = hindrance.map(|why| format!("Capture has stopped: {why}."));
        let held_up = || captured?.message.as_ref().map(ToString::to_string);
        Self {
            source: Source(info),
            capture: captured.map(|it| it.streams.iter().map(Into::into).collect()),
            health: match report.health {
                Health::Ok => SourceHealth::Ok,
                Health::Degraded => SourceHealth::Degraded,
                Health::Throttled => SourceHealth::Throttled,
                Health::Down => SourceHealth::Down,
            },
            fresh_as_of: report.last_answer_at,
            quota_remaining: report.quota_remaining.map(|left| i32::try_from(left).unwrap_or(i32::MAX)),
            quota_resets_at: report.quota_resets_at,
            message: report.message.or(hindrance).or_else(held_up),
        }
    }
}

/// How far one stream of a source has been captured.
#[derive(Clone, Debug, SimpleObject)]
pub struct CaptureProgress {
    /// The name of the stream.
    stream: &'static str,
    /// Rows of the vendor's that were read in the pass that is under way, or in the last one.
    rows: i32,
    /// Rows of that pass, where the vendor says.
    total: Option<i32>,
    /// How many rows are read a second while a pass is under way.
    rows_per_second: Option<f64>,
    /// How long the pass will still take at that pace.
    seconds_left: Option<i32>,
    /// It has been read through once; from then on only what changed is read.
    caught_up: bool,
    /// When it was last read through.
    fresh_as_of: Option<DateTime<Utc>>,
    /// Why it is not read at present, in a sentence.
    message: Option<String>,
}

impl From<&StreamProgress> for CaptureProgress {
    fn from(progress: &StreamProgress) -> Self {
        let number = |number: u64| i32::try_from(number).unwrap_or(i32::MAX);
        Self {
            stream: progress.stream.name,
            rows: number(progress.rows),
            total: progress.total.map(number),
            rows_per_second: progress.rows_per_second,
            seconds_left: progress.remaining().map(|left| number(left.as_secs())),
            caught_up: progress.caught_up_at.is_some(),
            fresh_as_of: progress.caught_up_at,
            message: progress.message.as_ref().map(ToString::to_string),
        }
    }
}
