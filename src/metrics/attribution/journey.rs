//! The touches before a conversion and the places they take in it. Source: domain guide §7.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::domain::fact::{FactSet, Ix, Moment, OpportunityFact, OpportunityState, TouchFact};

/// A place in a journey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields of `Anchors` say what each is")]
pub enum Position {
    FirstTouch,
    LeadCreation,
    OpportunityCreation,
    ClosedWon,
    LastTouch,
    /// Holds no anchor.
    Middle,
}

/// One touch of a journey.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stop {
    /// Which.
    pub touch: Ix<TouchFact>,
    /// How long before the conversion: exact between two instants, whole days where one side is only a day.
    pub before: TimeDelta,
}

/// Which stop holds each anchor; none where no touch was in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Anchors {
    /// The first.
    pub first_touch: Option<usize>,
    /// The latest at or before lead creation.
    pub lead_creation: Option<usize>,
    /// The latest at or before opportunity creation.
    pub opportunity_creation: Option<usize>,
    /// The latest at or before closed-won.
    pub closed_won: Option<usize>,
    /// The latest.
    pub last_touch: Option<usize>,
}

impl Anchors {
    /// How many there are.
    pub const COUNT: usize = 5;

    /// The holders, in the order of the fields.
    pub(super) fn holders(&self) -> [Option<usize>; Self::COUNT] {
        [self.first_touch, self.lead_creation, self.opportunity_creation, self.closed_won, self.last_touch]
    }
}

/// The eligible touches before a conversion, in order of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Journey {
    /// The touches.
    pub stops: Vec<Stop>,
    /// The anchors they hold.
    pub anchors: Anchors,
}

/// What a journey leads past and to.
#[derive(Clone, Copy, Debug)]
pub struct Milestones {
    /// When the lead was created.
    pub lead: Option<Moment>,
    /// When the opportunity was created.
    pub opportunity: Option<Moment>,
    /// When it was won.
    pub won: Option<Moment>,
    /// The conversion: nothing later counts.
    pub conversion: Moment,
}

impl Journey {
    /// The journey of these touches past these milestones. Touches are put in order of time, then of the table.
    pub fn of(
        mut touches: Vec<(Ix<TouchFact>, Moment)>,
        milestones: &Milestones,
        lookback_days: Option<u32>,
        zone: Tz,
    ) -> Self {
        let conversion = milestones.conversion;
        let window = lookback_days.map(|days| TimeDelta::days(i64::from(days)));
        touches.retain(|(_, when)| {
            let before = when.until(conversion, zone);
            before >= TimeDelta::zero() && window.is_none_or(|window| before <= window)
        });
        touches.sort_by_key(|(touch, when)| (when.at, *touch));
        let latest_by = |milestone: Option<Moment>| {
            let milestone = milestone?;
            touches.iter().rposition(|(_, when)| when.is_by(milestone, zone))
        };
        let anchors = Anchors {
            first_touch: (!touches.is_empty()).then_some(0),
            lead_creation: latest_by(milestones.lead),
            opportunity_creation: latest_by(milestones.opportunity),
            closed_won: latest_by(milestones.won),
            last_touch: touches.len().checked_sub(1),
        };
        let stops =
            touches.iter().map(|(touch, when)| Stop { touch: *touch, before: when.until(conversion, zone) });
        Self { stops: stops.collect(), anchors }
    }

    /// The anchors the stop at this place holds; the middle where it holds none.
    pub fn positions(&self, place: usize) -> Vec<Position> {
        let all = [
            Position::FirstTouch,
            Position::LeadCreation,
            Position::OpportunityCreation,
            Position::ClosedWon,
            Position::LastTouch,
        ];
        let held = all.into_iter().zip(self.anchors.holders());
        let mut positions: Vec<Position> =
            held.filter(|(_, holder)| *holder == Some(place)).map(|(position, _)| position).collect();
        if positions.is_empty() {
            positions.push(Position::Middle);
        }
        positions
    }
}

/// The journey to an opportunity: the eligible touches of its people. The conversion is its closing, or the as-of
/// instant while it is open; the lead is the one it came from, else the first created of its people.
pub(super) fn to(
    facts: &FactSet,
    opportunity: &OpportunityFact,
    state: &OpportunityState,
    as_of: DateTime<Utc>,
    lookback_days: Option<u32>,
    zone: Tz,
) -> Journey {
    let people = facts.people_of(opportunity);
    let mut touches = Vec::new();
    for person in people {
        let span = facts.people[person.place()].touches;
        let rows = span.places().zip(span.of(&facts.touches));
        let eligible = rows.filter(|(_, touch)| touch.is_eligible && touch.when.at <= as_of);
        touches.extend(eligible.map(|(place, touch)| (Ix::new(place), touch.when)));
    }
    let created = |place: usize| facts.people[place].created_at;
    let lead = opportunity.lead.map(|lead| created(lead.place()));
    let lead = lead.or_else(|| people.iter().map(|person| created(person.place())).min());
    let milestones = Milestones {
        lead: lead.map(Moment::instant),
        opportunity: Some(Moment::instant(opportunity.created_at)),
        won: state.won(),
        conversion: state.closed.unwrap_or(Moment::instant(as_of)),
    };
    Journey::of(touches, &milestones, lookback_days, zone)
}
