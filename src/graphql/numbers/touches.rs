//! The marketing touches on the way to an opportunity, and the entries of history they are.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_graphql::{Context, Enum, Result, SimpleObject};

use crate::domain::event::HistoryPart;
use crate::domain::fact::{Ix, PersonFact, TouchFact};
use crate::domain::id::{NodeKind, RecordKey};
use crate::domain::view::{Aspect, Sight};
use crate::metrics::attribution::{Model, Position, Terms, journey_to};
use crate::source::cached::Freshness;
use crate::unify::history::Entry;
use crate::unify::people::PeopleWanted;

use super::super::object::history::{Head, TimelineEvent, Touchpoint};
use super::super::paging::{PageInfo, Question, Window, slice};
use super::super::request::{refused, request};
use super::super::visible;
use super::attribution::Converted;
use super::slice::shown;
use super::{Table, table};

/// A place in the journey to an opportunity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Position")]
pub enum TouchPosition {
    /// The first.
    FirstTouch,
    /// The latest at or before lead creation.
    LeadCreation,
    /// The latest at or before opportunity creation.
    OpportunityCreation,
    /// The latest at or before closed-won.
    ClosedWon,
    /// The latest.
    LastTouch,
    /// None of the others.
    Middle,
}

/// A page of marketing touches on the way to an opportunity.
#[derive(Clone, SimpleObject)]
pub struct OpportunityTouchConnection {
    /// The touches with their places.
    #[graphql(visible = "visible::marketing_entries")]
    edges: Vec<OpportunityTouchEdge>,
    /// The touches alone.
    #[graphql(visible = "visible::marketing_entries")]
    nodes: Vec<Touchpoint>,
    /// Where this page lies in the list.
    page_info: PageInfo,
    /// How many touches the caller may see in all.
    total_count: Option<i32>,
}

/// One touch on the way to an opportunity.
#[derive(Clone, SimpleObject)]
pub struct OpportunityTouchEdge {
    /// The touch's place, for `after`.
    cursor: String,
    /// The touch.
    node: Touchpoint,
    /// It may earn credit.
    is_eligible: bool,
    /// The places it takes in the journey; none for a touch that may not earn credit.
    positions: Vec<TouchPosition>,
}

/// The touches of an opportunity's people up to its conversion, oldest first.
pub(in super::super) async fn touches_before(
    ctx: &Context<'_>,
    key: &RecordKey,
    only_eligible: bool,
    window: &Window,
) -> Result<OpportunityTouchConnection> {
    let table = table(ctx)?;
    let mut rows: Vec<(Ix<TouchFact>, Vec<Position>)> = Vec::new();
    if let Some(Converted { facts, row, state, at }) =
        table.opportunity(key).and_then(|place| table.converted(place))
    {
        let terms = Terms::of(Model::Linear);
        let journey = journey_to(facts, row, &state, facts.as_of, &terms, table.calendar.zone);
        let places: HashMap<Ix<TouchFact>, usize> =
            journey.stops.iter().enumerate().map(|(place, stop)| (stop.touch, place)).collect();
        for person in facts.people_of(row) {
            for place in facts.people[person.place()].touches.places() {
                let touch: Ix<TouchFact> = Ix::new(place);
                let stop = places.get(&touch).map(|place| journey.positions(*place));
                if stop.is_some() || (!only_eligible && facts.touches[place].when.at <= at) {
                    rows.push((touch, stop.unwrap_or_default()));
                }
            }
        }
        rows.sort_by_key(|(touch, _)| (facts.touches[touch.place()].when.at, *touch));
    }
    let touches: Vec<Ix<TouchFact>> = rows.iter().map(|(touch, _)| *touch).collect();
    if table.view.sight(Aspect::MarketingEntries) == Sight::Hidden {
        return Ok(counted(&table, &touches));
    }
    let mut shown_touches = touchpoints(ctx, &table, &touches).await?;
    let seen = rows.into_iter().filter_map(|(touch, positions)| {
        Some((shown_touches.remove(&touch)?, table.snapshot.facts().touches[touch.place()], positions))
    });
    let question = Question::new("opportunity.touchpoints", &(key, only_eligible));
    let page = slice(seen.collect(), window, 50, &question, |(node, ..)| node.place().to_owned())?;
    let total = shown(page.total as u64);
    let edges: Vec<OpportunityTouchEdge> = page
        .entries
        .into_iter()
        .map(|(cursor, (node, fact, positions))| OpportunityTouchEdge {
            cursor,
            node,
            is_eligible: fact.is_eligible,
            positions: positions.into_iter().map(Into::into).collect(),
        })
        .collect();
    let nodes = edges.iter().map(|edge| edge.node.clone()).collect();
    Ok(OpportunityTouchConnection { edges, nodes, page_info: page.info, total_count: Some(total) })
}

/// The first of a person's touches that may earn credit.
pub(in super::super) async fn first_touch(ctx: &Context<'_>, key: &RecordKey) -> Result<Option<Touchpoint>> {
    let table = table(ctx)?;
    let Some(person) = table.person(key) else { return Ok(None) };
    let facts = table.snapshot.facts();
    let own = facts.people[person.place()].touches;
    let first = own.places().find(|place| facts.touches[*place].is_eligible).map(Ix::new);
    let Some(first) = first else { return Ok(None) };
    Ok(touchpoints(ctx, &table, &[first]).await?.remove(&first))
}

/// How many touches there are, for a view that may know no more of them.
fn counted(table: &Table, touches: &[Ix<TouchFact>]) -> OpportunityTouchConnection {
    let facts = table.snapshot.facts();
    let is_seen =
        |touch: &&Ix<TouchFact>| table.visible.sight.people.holds(facts.touches[touch.place()].person);
    let may_know = table.view.sight(Aspect::MarketingHistory) != Sight::Hidden;
    let total = may_know.then(|| shown(touches.iter().filter(is_seen).count() as u64));
    let (edges, nodes, page_info) = (Vec::new(), Vec::new(), PageInfo::default());
    OpportunityTouchConnection { edges, nodes, page_info, total_count: total }
}

/// The entries of history that these touches are, read from what was captured and as far as the caller sees them.
pub(super) async fn touchpoints(
    ctx: &Context<'_>,
    table: &Table,
    touches: &[Ix<TouchFact>],
) -> Result<HashMap<Ix<TouchFact>, Touchpoint>> {
    let facts = table.snapshot.facts();
    let mut by_person: BTreeMap<Ix<PersonFact>, Vec<Ix<TouchFact>>> = BTreeMap::new();
    for touch in touches {
        let person = facts.touches[touch.place()].person;
        if table.visible.sight.people.holds(person) {
            by_person.entry(person).or_default().push(*touch);
        }
    }
    let keys: Vec<RecordKey> =
        by_person.keys().map(|person| facts.person_keys[person.place()].clone()).collect();
    let request = request(ctx);
    let wanted = PeopleWanted { freshness: Freshness::captured(), ..PeopleWanted::default() };
    let people = request.live.people_by_record(request.view, request.inquiry, &keys, &wanted).await;
    let parts = BTreeSet::from([HistoryPart::Touches]);
    let mut found = HashMap::new();
    for (own, person) in by_person.into_values().zip(people) {
        let Some(person) = person.map_err(|refusal| refused(&refusal))? else { continue };
        let history = request.live.history_of_person(request.view, request.inquiry, &person, &parts).await;
        let timeline = history.map_err(|refusal| refused(&refusal))?;
        let mut entries: Vec<_> = timeline.entries.into_iter().map(Some).collect();
        for touch in own {
            let fact = &facts.touches[touch.place()];
            let is_it =
                |entry: &Entry| entry.event.kind == fact.kind && entry.event.occurred_at == fact.when.at;
            let Some(place) = entries.iter().position(|entry| entry.as_ref().is_some_and(is_it)) else {
                continue;
            };
            let Some(entry) = entries[place].take() else { continue };
            let anchor = &facts.person_keys[fact.person.place()];
            let head = Head::new(entry, NodeKind::Person, anchor, Freshness::captured());
            if let TimelineEvent::Touchpoint(touchpoint) = TimelineEvent::of(head) {
                found.insert(touch, touchpoint);
            }
        }
    }
    Ok(found)
}
