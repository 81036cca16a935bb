//! The unified history: entries, filters, pages.

mod event;
mod kind;

use std::collections::BTreeSet;

use async_graphql::{ComplexObject, Context, Enum, InputObject, Result, SimpleObject};
use chrono::{DateTime, Utc};

use crate::domain::event::{EventKind, HistoryPart};
use crate::domain::id::{NodeKind, RecordKey, SourceName};
use crate::unify::history::Entry;
use crate::unify::timeline::Timeline;

use super::super::paging::{PageInfo, Question, Window, slice};
use super::super::visible;
use super::source::{Side, Source, SourceGap, source};

pub use event::{
    ContentAsset, FieldChange, Head, OpportunityEvent, RecordEvent, SalesActivity, StageEvent, TimelineEvent,
    Touchpoint,
};
pub use kind::{LifecycleStage, TimelineEventKind};

/// Instants that satisfy every bound given.
#[derive(Clone, Debug, Default, InputObject)]
pub struct DateTimeFilter {
    /// After this instant.
    pub gt: Option<DateTime<Utc>>,
    /// At this instant or after.
    pub gte: Option<DateTime<Utc>>,
    /// Before this instant.
    pub lt: Option<DateTime<Utc>>,
    /// At this instant or before.
    pub lte: Option<DateTime<Utc>>,
    /// Without a value, or with any.
    pub is_null: Option<bool>,
}

impl DateTimeFilter {
    fn holds(&self, instant: DateTime<Utc>) -> bool {
        self.gt.is_none_or(|bound| instant > bound)
            && self.gte.is_none_or(|bound| instant >= bound)
            && self.lt.is_none_or(|bound| instant < bound)
            && self.lte.is_none_or(|bound| instant <= bound)
            && self.is_null != Some(true)
    }
}

/// Which entries of a history; every condition given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct TimelineFilter {
    /// Of one of these kinds.
    pub kinds: Option<Vec<TimelineEventKind>>,
    /// Of one of these sides.
    pub sides: Option<Vec<Side>>,
    /// Told by one of these sources, by name.
    pub sources: Option<Vec<String>>,
    /// Happened then.
    pub occurred_at: Option<DateTimeFilter>,
    /// Read by this gateway then.
    pub observed_at: Option<DateTimeFilter>,
    /// Also show copies that other systems hold as entries of their own in `echoes`; without it `echoes` is empty.
    #[graphql(default = false)]
    pub include_echoes: bool,
}

impl TimelineFilter {
    /// The parts of a history that can hold what is asked for; the others need not be read.
    pub fn parts(filter: Option<&Self>) -> BTreeSet<HistoryPart> {
        match filter.and_then(|filter| filter.kinds.as_ref()) {
            None => HistoryPart::ALL.into_iter().collect(),
            Some(kinds) => kinds.iter().map(|kind| EventKind::from(*kind).part()).collect(),
        }
    }

    fn holds(&self, entry: &Entry) -> bool {
        let event = &entry.event;
        self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&event.kind.into()))
            && self.sides.as_ref().is_none_or(|sides| sides.contains(&entry.side.into()))
            && self
                .sources
                .as_ref()
                .is_none_or(|names| names.iter().any(|name| name == event.source.source.as_str()))
            && self.occurred_at.as_ref().is_none_or(|filter| filter.holds(event.occurred_at))
            && self.observed_at.as_ref().is_none_or(|filter| filter.holds(event.observed_at))
    }

    /// An entry of which only the number is seen is counted by its kind alone; any other condition leaves it out.
    fn counts(&self, kind: EventKind) -> bool {
        self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&kind.into()))
            && self.sides.is_none()
            && self.sources.is_none()
            && self.occurred_at.is_none()
            && self.observed_at.is_none()
    }
}

/// Which way a list runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum OrderDirection {
    /// Smallest, oldest, first letter first.
    Asc,
    /// Largest, newest, last letter first.
    Desc,
}

/// What a history is ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum TimelineOrderField {
    /// When it happened; ties as the unified history orders them.
    OccurredAt,
    /// When this gateway read it.
    ObservedAt,
}

/// The order of a history.
#[derive(Clone, Debug, InputObject)]
pub struct TimelineOrder {
    /// What by.
    pub field: TimelineOrderField,
    /// Which way.
    pub direction: OrderDirection,
}

impl Default for TimelineOrder {
    fn default() -> Self {
        Self { field: TimelineOrderField::OccurredAt, direction: OrderDirection::Desc }
    }
}

/// A page of a unified history.
#[derive(Clone, SimpleObject)]
pub struct TimelineConnection {
    /// The entries with their cursors.
    #[graphql(visible = "visible::timeline_entries")]
    edges: Vec<TimelineEdge>,
    /// The entries alone.
    #[graphql(visible = "visible::timeline_entries")]
    nodes: Vec<TimelineEvent>,
    /// Where this page lies in the history.
    page_info: PageInfo,
    /// How many entries there are in all, those of which only the number is seen included.
    total_count: Option<i32>,
    /// Earliest instant for which history is complete, per source. A source that is not named reaches back to the
    /// beginning.
    complete_from: Vec<HistoryFloor>,
    /// What is missing because a source is silent.
    gaps: Vec<SourceGap>,
}

/// One entry of a history with its place.
#[derive(Clone, SimpleObject)]
pub struct TimelineEdge {
    /// The entry's place, for `after` and `before`.
    cursor: String,
    /// The entry.
    node: TimelineEvent,
}

/// How far back a source's history is complete.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct HistoryFloor {
    #[graphql(skip)]
    name: SourceName,
    /// Complete from here on.
    from: DateTime<Utc>,
    /// Why not further back.
    reason: String,
}

#[ComplexObject]
impl HistoryFloor {
    /// The source.
    async fn source(&self, ctx: &Context<'_>) -> Source {
        source(ctx, &self.name)
    }
}

/// Filters, orders and pages a history. `kind` and `anchor` say whose it is.
///
/// # Errors
/// `BAD_INPUT` for page sizes and cursors that make no sense.
pub fn page(
    timeline: Timeline,
    filter: Option<&TimelineFilter>,
    order: &TimelineOrder,
    window: &Window,
    kind: NodeKind,
    anchor: &RecordKey,
) -> Result<TimelineConnection> {
    let counted =
        timeline.counted.iter().filter(|kind| filter.is_none_or(|filter| filter.counts(**kind))).count();
    let mut entries = timeline.entries;
    if let Some(filter) = filter {
        entries.retain(|entry| filter.holds(entry));
    }
    if !filter.is_some_and(|filter| filter.include_echoes) {
        for entry in &mut entries {
            entry.echoes.clear();
        }
    }
    if order.field == TimelineOrderField::ObservedAt {
        entries.sort_by_key(|entry| entry.event.observed_at);
    }
    if order.direction == OrderDirection::Desc {
        entries.reverse();
    }
    let freshness = timeline.freshness;
    let heads: Vec<Head> =
        entries.into_iter().map(|entry| Head::new(entry, kind, anchor, freshness)).collect();
    let question = Question::new("history", &(kind, anchor, filter, order));
    let slice = slice(heads, window, 50, &question, |head| head.place().to_owned())?;
    let total = slice.total + counted;
    let entries = slice.entries.into_iter().map(|(cursor, head)| (cursor, TimelineEvent::of(head)));
    let (mut edges, mut nodes) = (Vec::new(), Vec::new());
    for (cursor, node) in entries {
        nodes.push(node.clone());
        edges.push(TimelineEdge { cursor, node });
    }
    let floors = timeline.floors.into_iter().map(|(name, floor)| HistoryFloor {
        name,
        from: floor.from,
        reason: floor.reason.to_string(),
    });
    Ok(TimelineConnection {
        edges,
        nodes,
        page_info: slice.info,
        total_count: timeline.gaps.is_empty().then(|| i32::try_from(total).unwrap_or(i32::MAX)),
        complete_from: floors.collect(),
        gaps: timeline.gaps.iter().map(Into::into).collect(),
    })
}
