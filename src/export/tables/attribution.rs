//! ATTRIBUTION: what each touch earned of each opportunity, by every model, and by the agreement in force where its
//! terms are none of those. The credits of one opportunity by one model add up to its amount: what no touch earned is a
//! row of its own. Source: domain guide §7, §13.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::domain::event::HistoryPart;
use crate::domain::fact::{Ix, TouchFact};
use crate::domain::lead_source::Channel;
use crate::domain::opportunity::StageCategory;
use crate::domain::view::Aspect;
use crate::facts::{FactsError, Table};
use crate::metrics::attribution::{Model, Position, Terms, attribute, in_force, journey_to};

use super::super::cell::Kind;
use super::super::column::Column;
use super::super::reading::Reading;
use super::history::of_people;
use super::opportunities::category;
use super::{Spot, Stamp, Tabled, name, observed_at, policy_version, sequence, source};

/// People whose histories are read at once.
const PEOPLE_AT_ONCE: usize = 200;

/// What one touch earned of one opportunity by one model.
pub(in super::super) struct CreditRow {
    part: String,
    opportunity: Arc<str>,
    category: StageCategory,
    converted_at: DateTime<Utc>,
    model: Model,
    is_official: bool,
    touch: Option<Credited>,
    share: Option<Decimal>,
    amount: Decimal,
    currency: Arc<str>,
    stamp: Stamp,
}

/// The touch that earned it.
struct Credited {
    id: Option<Arc<str>>,
    person: Option<Arc<str>>,
    campaign: Option<Arc<str>>,
    channel: Channel,
    occurred_at: DateTime<Utc>,
    positions: String,
}

fn of_touch(row: &CreditRow, of: fn(&Credited) -> Option<Arc<str>>) -> super::Cell {
    row.touch.as_ref().and_then(of).into()
}

type Row = CreditRow;

static COLUMNS: [Column<CreditRow>; 19] = [
    Column::new("id", Kind::Text, "The opportunity's id, the model, the number of the row.", |it: &Row| {
        Arc::<str>::from(format!("{}:{}", it.opportunity, it.part)).into()
    }),
    Column::new("opportunity_id", Kind::Text, "What is divided.", |it: &Row| (&it.opportunity).into()),
    Column::new("model", Kind::Text, "How it is divided.", |it: &Row| it.model.name().into()),
    Column::new(
        "is_official",
        Kind::Boolean,
        "These are the terms agreed on at the conversion.",
        |it: &Row| it.is_official.into(),
    ),
    Column::new("stage_category", Kind::Text, "OPEN, WON, LOST, or OMITTED.", |it: &Row| {
        category(it.category).into()
    }),
    Column::new(
        "converted_at",
        Kind::Instant,
        "When it closed; the present while it is open.",
        |it: &Row| it.converted_at.into(),
    ),
    Column::new("person_id", Kind::Text, "Who was touched; null where nobody was.", |it: &Row| {
        of_touch(it, |touch| touch.person.clone())
    })
    .shown_as(Aspect::MarketingEntries),
    Column::new("touchpoint_id", Kind::Text, "The touch; its row in TOUCHPOINTS.", |it: &Row| {
        of_touch(it, |touch| touch.id.clone())
    })
    .shown_as(Aspect::MarketingEntries),
    Column::new("campaign_id", Kind::Text, "The campaign of the touch.", |it: &Row| {
        of_touch(it, |touch| touch.campaign.clone())
    })
    .shown_as(Aspect::MarketingEntries),
    Column::new("channel", Kind::Text, "Where the touch came from.", |it: &Row| {
        name(it.touch.as_ref().map(|touch| touch.channel.name()))
    })
    .shown_as(Aspect::MarketingEntries),
    Column::new("touched_at", Kind::Instant, "When the touch happened.", |it: &Row| {
        it.touch.as_ref().map(|touch| touch.occurred_at).into()
    })
    .or_null(),
    Column::new(
        "positions",
        Kind::Text,
        "The places the touch takes in the journey, with + between; UNATTRIBUTED where there was no touch.",
        |it: &Row| match &it.touch {
            Some(touch) => touch.positions.as_str().into(),
            None => "UNATTRIBUTED".into(),
        },
    ),
    Column::new("share", Kind::Decimal, "Its share, to six places.", |it: &Row| it.share.into()).or_null(),
    Column::new("credit_amount", Kind::Decimal, "What it earned.", |it: &Row| it.amount.into()),
    Column::new("credit_currency", Kind::Text, "Its currency, ISO 4217.", |it: &Row| (&it.currency).into()),
    source(),
    observed_at(),
    sequence(),
    policy_version(),
];

fn position(position: Position) -> &'static str {
    match position {
        Position::FirstTouch => "FIRST_TOUCH",
        Position::LeadCreation => "LEAD_CREATION",
        Position::OpportunityCreation => "OPPORTUNITY_CREATION",
        Position::ClosedWon => "CLOSED_WON",
        Position::LastTouch => "LAST_TOUCH",
        Position::Middle => "MIDDLE",
    }
}

impl Tabled for CreditRow {
    const TABLES: &'static [Table] = &[Table::Opportunities];

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }

    fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    fn part(&self) -> &str {
        &self.part
    }

    async fn read(reading: &Reading, spots: &[Spot]) -> Result<Vec<Self>, FactsError> {
        let ids = touch_ids(reading, spots).await?;
        Ok(spots.iter().flat_map(|spot| credits(reading, *spot, &ids)).collect())
    }
}

/// The terms an amount is divided by: those of every model that needs no agreement, and the agreed ones.
fn terms_at(reading: &Reading, at: DateTime<Utc>) -> Vec<Terms> {
    let agreed = in_force(&reading.agreements, at).map(|agreement| agreement.terms);
    let mut all: Vec<Terms> =
        Model::ALL.into_iter().filter(|model| *model != Model::Custom).map(Terms::of).collect();
    match agreed {
        Some(terms) if terms.model == Model::Custom => all.push(terms),
        // As everywhere, a model that is agreed on is the one of the agreement.
        Some(terms) => all.iter_mut().filter(|own| own.model == terms.model).for_each(|own| *own = terms),
        None => {}
    }
    all
}

fn credits(reading: &Reading, spot: Spot, ids: &HashMap<Ix<TouchFact>, Arc<str>>) -> Vec<CreditRow> {
    let (facts, place) = (reading.set(), spot.place as usize);
    let fact = &facts.opportunities[place];
    let opportunity = reading.opportunity_id(Some(Ix::new(place)));
    let (Some(opportunity), Some(state)) = (opportunity, facts.opportunity_at(fact, facts.as_of)) else {
        return Vec::new();
    };
    let Some(amount) = state.amount else { return Vec::new() };
    let currency = &facts.currencies[amount.currency.place()];
    let converted_at = state.closed.map_or(facts.as_of, |closed| closed.at);
    let agreed = in_force(&reading.agreements, converted_at).map(|agreement| agreement.terms);
    let mut rows = Vec::new();
    for terms in terms_at(reading, converted_at) {
        let journey = journey_to(facts, fact, &state, facts.as_of, &terms, reading.zone);
        let divided = attribute(amount.minor, &journey, &terms);
        let mut push = |touch: Option<Credited>, share: Option<Decimal>, minor: i64, nth: usize| {
            rows.push(CreditRow {
                part: format!("{}:{nth}", terms.model.name()),
                opportunity: opportunity.clone(),
                category: state.category,
                converted_at,
                model: terms.model,
                is_official: agreed == Some(terms),
                touch,
                share,
                amount: currency.decimal(minor),
                currency: currency.code.clone(),
                stamp: Stamp::of(reading, spot, converted_at),
            });
        };
        if divided.credits.is_empty() || divided.unattributed != 0 {
            push(None, None, divided.unattributed, 0);
        }
        for (nth, credit) in divided.credits.into_iter().enumerate() {
            let touch = &facts.touches[credit.touch.place()];
            let positions: Vec<&str> = credit.positions.iter().map(|it| position(*it)).collect();
            let credited = Credited {
                id: ids.get(&credit.touch).cloned(),
                person: reading.person_id(Some(touch.person)),
                campaign: reading.campaign_id(touch.campaign),
                channel: touch.channel,
                occurred_at: touch.when.at,
                positions: positions.join("+"),
            };
            push(Some(credited), credit.share.decimal(6), credit.minor, nth + 1);
        }
    }
    rows
}

/// The ids of the touches of these opportunities' people, as far as the view sees both.
async fn touch_ids(
    reading: &Reading,
    spots: &[Spot],
) -> Result<HashMap<Ix<TouchFact>, Arc<str>>, FactsError> {
    let facts = reading.set();
    let of = |spot: &Spot| facts.people_of(&facts.opportunities[spot.place as usize]);
    let people: BTreeSet<usize> = spots
        .iter()
        .flat_map(of)
        .filter(|person| reading.visible.sight.people.holds(**person))
        .map(|person| person.place())
        .collect();
    let people: Vec<usize> = people.into_iter().collect();
    let mut ids = HashMap::new();
    for some in people.chunks(PEOPLE_AT_ONCE) {
        for row in of_people(reading, some, &[HistoryPart::Touches]).await? {
            let span = facts.people[row.stamp.spot.place as usize].touches;
            let event = &row.entry.event;
            // A touch of the facts carries no id: it is told by kind and instant, and of equal ones by their order.
            let own = span.places().find(|place| {
                let touch = &facts.touches[*place];
                touch.kind == event.kind
                    && touch.when.at == event.occurred_at
                    && !ids.contains_key(&Ix::new(*place))
            });
            if let Some(place) = own {
                ids.insert(Ix::new(place), row.event_id);
            }
        }
    }
    Ok(ids)
}
