//! A number divided: by a dimension, or along its period.

use async_graphql::{Context, Object, Result, SimpleObject};

use crate::domain::id::{NodeId, NodeKind};
use crate::metrics::slots::Key;
use crate::metrics::{Point, Slice};
use crate::source::cached::Freshness;

use super::super::load;
use super::super::query::Node;
use super::super::scalars::{Date, Decimal};
use super::Table;
use super::metric::{MetricPart, MetricStatus, suppressed};
use crate::metrics::answer::Answer;

/// A count as the schema's integers hold it.
pub(super) fn shown(count: u64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// The number for one value of a dimension.
#[derive(Clone)]
pub struct MetricSlice {
    key: String,
    label: String,
    node: Option<NodeId>,
    answer: Answer,
}

impl MetricSlice {
    /// A slice as the table's view sees it; none for one of a campaign or a seller it may not tell apart.
    pub(super) fn of(table: &Table, slice: Slice) -> Option<Self> {
        let facts = table.snapshot.facts();
        let text = |text| facts.texts.text(text).to_string();
        let (key, label, node) = match slice.key {
            Key::Channel(channel) => (channel.name().to_owned(), channel.name().to_owned(), None),
            Key::Text(value) => (text(value), text(value), None),
            Key::Campaign(campaign) if table.visible.campaigns.holds(campaign) => {
                let own = facts.campaign_keys[campaign.place()].clone();
                let name = facts.campaigns[campaign.place()].name.map(text);
                let id = NodeId::new(NodeKind::Campaign, own);
                (id.encode(), name.unwrap_or_else(|| id.key.to_string()), Some(id))
            }
            Key::Owner(owner) if table.view.sees_numbers_of(table.snapshot.owner(owner)) => {
                let own = facts.owner_keys[owner.place()].clone();
                let name = facts.owners[owner.place()].name.map(text);
                let id = NodeId::new(NodeKind::User, own);
                (id.encode(), name.unwrap_or_else(|| id.key.to_string()), Some(id))
            }
            Key::Campaign(_) | Key::Owner(_) => return None,
            Key::Team(team) => {
                let fact = &facts.teams[team.place()];
                (text(fact.key), text(fact.label), None)
            }
            Key::Territory(territory) => {
                let fact = &facts.territories[territory.place()];
                (text(fact.key), text(fact.label), None)
            }
            Key::CompanySize(size) => (size.label().to_owned(), size.label().to_owned(), None),
            Key::None => (String::new(), "none".to_owned(), None),
        };
        Some(Self { key, label, node, answer: suppressed(&table.view, slice.answer) })
    }
}

#[Object]
impl MetricSlice {
    /// The value: a name of the schema or of the settings, or an object's id; empty for rows that have none.
    async fn key(&self) -> &str {
        &self.key
    }

    /// What people call it.
    async fn label(&self) -> &str {
        &self.label
    }

    /// The object it is, of a campaign or an owner.
    async fn node(&self, ctx: &Context<'_>) -> Option<Result<Node>> {
        let node = self.node.as_ref()?;
        match node.kind {
            NodeKind::Campaign => {
                let found = load::campaign_by_record(ctx, &node.key, Freshness::captured()).await;
                found.transpose().map(|campaign| campaign.map(Node::Campaign))
            }
            _ => load::user_by_record(ctx, &node.key, Freshness::captured())
                .await
                .map(|user| Ok(Node::User(user))),
        }
    }

    /// The number; null as that of the whole may be.
    async fn value(&self) -> Option<Decimal> {
        self.answer.value.map(Decimal)
    }

    /// What was divided.
    async fn numerator(&self) -> Option<Decimal> {
        self.answer.numerator.map(Decimal)
    }

    /// By what.
    async fn denominator(&self) -> Option<Decimal> {
        self.answer.denominator.map(Decimal)
    }

    /// Whether there is a number, and why not.
    async fn status(&self) -> MetricStatus {
        self.answer.status.into()
    }

    /// How many rows stand behind it.
    async fn sample(&self) -> i32 {
        shown(self.answer.sample)
    }

    /// Further figures of the same question, such as `perLead`.
    async fn parts(&self) -> Vec<MetricPart> {
        self.answer.parts.iter().map(MetricPart::of).collect()
    }
}

/// The number for one part of the period.
#[derive(Clone, Debug, SimpleObject)]
pub struct MetricPoint {
    /// First day.
    start: Date,
    /// Last day.
    end: Date,
    /// The number; null as that of the whole may be.
    value: Option<Decimal>,
    /// Whether there is a number, and why not.
    status: MetricStatus,
    /// How many rows stand behind it.
    sample: i32,
    /// What was divided.
    numerator: Option<Decimal>,
    /// By what.
    denominator: Option<Decimal>,
}

impl MetricPoint {
    pub(super) fn of(table: &Table, point: Point) -> Self {
        let answer = suppressed(&table.view, point.answer);
        Self {
            start: Date(point.period.start),
            end: Date(point.period.end),
            value: answer.value.map(Decimal),
            status: answer.status.into(),
            sample: shown(answer.sample),
            numerator: answer.numerator.map(Decimal),
            denominator: answer.denominator.map(Decimal),
        }
    }
}
