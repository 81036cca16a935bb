//! Who earned what an opportunity is worth, by which agreement.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal as Exact;

use crate::domain::event::HistoryPart;
use crate::domain::fact::{FactSet, Ix, OpportunityFact, OpportunityState, PersonFact, TouchFact};
use crate::domain::id::{NodeId, NodeKind, RecordKey, SourceName};
use crate::domain::view::{Aspect, Sight};
use crate::metrics::attribution::{
    Agreement, Credit, Position, Terms, Weights, attribute, in_force, is_official, journey_to,
};
use crate::source::cached::Freshness;
use crate::unify::people::PeopleWanted;

use super::super::code::Code;
use super::super::object::history::{Head, TimelineEvent, Touchpoint};
use super::super::object::money::Money;
use super::super::paging::{PageInfo, Question, Window, slice};
use super::super::request::{refused, request};
use super::super::scalars::{Date, Decimal, Ratio};
use super::super::visible;
use super::input::AttributionModelKind;
use super::slice::shown;
use super::{Numbers, Table, sees_amounts, table};

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

/// What an opportunity is worth, divided among the touches before it. The credits and what is unattributed add up to the
/// total, to the cent.
#[derive(Clone, SimpleObject)]
pub struct AttributionResult {
    /// How it was divided.
    model: AttributionModelKind,
    /// Whether these are the terms agreed on at its close, or at present while it is open.
    official: bool,
    /// The agreement whose terms these are.
    agreement: Option<AttributionAgreement>,
    /// What is divided.
    total: Money,
    /// Each eligible touch in order of time, also those that earned nothing.
    credits: Vec<AttributionCredit>,
    /// What no touch earned: everything, where there was none.
    unattributed: Money,
}

/// What one touch earned.
#[derive(Clone, SimpleObject)]
pub struct AttributionCredit {
    /// The places it takes in the journey.
    positions: Vec<TouchPosition>,
    /// The touch; null where this view may not see it.
    #[graphql(visible = "visible::marketing_entries")]
    touchpoint: Option<Touchpoint>,
    /// When it happened; a touch known to the day alone stands at the end of its day.
    occurred_at: DateTime<Utc>,
    /// Its share.
    share: Ratio,
    /// What it earned.
    amount: Money,
}

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

/// One opportunity with what is known of it when it converted, or now.
struct Converted<'a> {
    facts: &'a FactSet,
    row: &'a OpportunityFact,
    state: OpportunityState,
    at: DateTime<Utc>,
}

impl Table {
    fn converted(&self, opportunity: Ix<OpportunityFact>) -> Option<Converted<'_>> {
        let facts: &FactSet = self.snapshot.facts();
        let row = &facts.opportunities[opportunity.place()];
        let state = facts.opportunity_at(row, facts.as_of)?;
        let at = state.closed.map_or(facts.as_of, |closed| closed.at);
        Some(Converted { facts, row, state, at })
    }
}

/// Divides what an opportunity is worth; none for one without an amount, or that is not there.
pub(in super::super) async fn attribution(
    ctx: &Context<'_>,
    key: &RecordKey,
    model: Option<AttributionModelKind>,
    agreement: Option<&ID>,
) -> Result<Option<AttributionResult>> {
    let table = table(ctx)?;
    sees_amounts(&table.view, "what an opportunity is worth")?;
    let Some(converted) = table.opportunity(key).and_then(|place| table.converted(place)) else {
        return Ok(None);
    };
    let (terms, agreed) = chosen(&table, model, agreement, converted.at)?;
    let Some(amount) = converted.state.amount else { return Ok(None) };
    let Converted { facts, row, state, at } = converted;
    let journey = journey_to(facts, row, &state, facts.as_of, &terms, table.calendar.zone);
    let divided = attribute(amount.minor, &journey, &terms);
    let touches: Vec<Ix<TouchFact>> = divided.credits.iter().map(|credit| credit.touch).collect();
    let wants_touches = ctx.look_ahead().field("credits").field("touchpoint").exists();
    let mut shown = if wants_touches { touchpoints(ctx, &table, &touches).await? } else { HashMap::new() };
    let currency = &facts.currencies[amount.currency.place()];
    let money = |minor: i64| Money::new(currency.decimal(minor), currency.code.clone());
    let credit = |credit: Credit| AttributionCredit {
        positions: credit.positions.into_iter().map(Into::into).collect(),
        touchpoint: shown.remove(&credit.touch),
        occurred_at: facts.touches[credit.touch.place()].when.at,
        share: Ratio(credit.share.decimal(6).unwrap_or_default()),
        amount: money(credit.minor),
    };
    Ok(Some(AttributionResult {
        model: terms.model.into(),
        official: is_official(&table.inputs.agreements, &terms, at),
        agreement: agreed.map(AttributionAgreement::new),
        total: money(amount.minor),
        unattributed: money(divided.unattributed),
        credits: divided.credits.into_iter().map(credit).collect(),
    }))
}

/// The terms that are asked for, and the agreement they are of.
fn chosen(
    table: &Table,
    model: Option<AttributionModelKind>,
    agreement: Option<&ID>,
    at: DateTime<Utc>,
) -> Result<(Terms, Option<Agreement>)> {
    let agreements = &table.inputs.agreements;
    if let Some(id) = agreement {
        let node = NodeId::decode(id).filter(|node| node.kind == NodeKind::Agreement);
        let found = node.and_then(|node| agreements.iter().find(|one| one.key == node.key.id));
        let Some(found) = found else {
            return Err(Code::BadInput.error("agreement is the id of no attribution agreement."));
        };
        if model.is_some_and(|model| model != found.terms.model.into()) {
            return Err(Code::BadInput.error("model is another one than that of the agreement."));
        }
        return Ok((found.terms, Some(found.clone())));
    }
    let in_force = in_force(agreements, at);
    let Some(model) = model else {
        let Some(agreed) = in_force else {
            return Err(Code::BadInput.error("No agreement was in force; name a model."));
        };
        return Ok((agreed.terms, Some(agreed.clone())));
    };
    let terms = table.terms(model, at)?;
    Ok((terms, in_force.filter(|agreed| agreed.terms == terms).cloned()))
}

/// Whether marketing created an opportunity, by a rule; none for one that is not there.
pub(in super::super) fn is_marketing_sourced(
    ctx: &Context<'_>,
    key: &RecordKey,
    rule: super::input::SourcedRule,
) -> Result<Option<bool>> {
    use crate::metrics::marketing_sourced_share::is_sourced;
    judged(ctx, key, |question| question.sourced_rule = rule.into(), is_sourced)
}

/// Whether marketing touched somebody of an opportunity from so many days before its creation.
pub(in super::super) fn is_marketing_influenced(
    ctx: &Context<'_>,
    key: &RecordKey,
    days: i32,
) -> Result<Option<bool>> {
    use crate::metrics::marketing_influenced_share::is_influenced;
    let days = u32::try_from(days).ok().filter(|days| *days <= 36_500);
    let days = days.ok_or_else(|| Code::BadInput.error("lookbackDays must lie between 0 and 36500."))?;
    judged(ctx, key, |question| question.influence_days = days, is_influenced)
}

fn judged(
    ctx: &Context<'_>,
    key: &RecordKey,
    option: impl FnOnce(&mut crate::metrics::Question),
    judge: impl Fn(&crate::metrics::scene::Scene<'_>, &crate::metrics::scene::Seen<'_>) -> bool,
) -> Result<Option<bool>> {
    use crate::metrics::{MetricKind, period::Period, scene::Scene};
    let table = table(ctx)?;
    let facts = table.snapshot.facts();
    let today = facts.as_of.with_timezone(&table.calendar.zone).date_naive();
    let mut question = table.plain(MetricKind::RevenueWon, Period { start: today, end: today });
    option(&mut question);
    let Some(place) = table.opportunity(key) else { return Ok(None) };
    let scene = Scene::new(facts, &table.visible.sight, &table.inputs, &question);
    Ok(scene.opportunity(place.place()).map(|seen| judge(&scene, &seen)))
}

/// Whether an opportunity has been in its stage for longer than is usual; none where nobody can tell.
pub(in super::super) fn is_stalled(ctx: &Context<'_>, key: &RecordKey) -> Result<Option<bool>> {
    let table = table(ctx)?;
    Ok(table.snapshot.is_stalled(&table.view, key))
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
        let terms = Terms::of(crate::metrics::attribution::Model::Linear);
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
async fn touchpoints(
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
            let is_it = |entry: &crate::unify::history::Entry| {
                entry.event.kind == fact.kind && entry.event.occurred_at == fact.when.at
            };
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
