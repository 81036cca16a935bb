//! Who earned what was won: models that divide an opportunity's amount among the touches before it. Source: domain
//! guide §7.
//!
//! A [`Journey`] is the eligible touches of an opportunity's people up to the conversion, in order, with the anchors
//! they hold. A model gives each touch a whole number as its weight; a share is a weight divided by their sum, an
//! exact rational. [`split`] turns shares into minor units by largest remainder. What is always true: the credits and
//! what is unattributed add up to the amount, in every model, to the minor unit; the result depends on the journey
//! alone. [`Agreement`] says which model the company has agreed on, and since when.

mod agreement;
mod custom;
mod first_touch;
mod full_path;
mod inverse_j_shaped;
mod j_shaped;
mod journey;
mod last_touch;
mod lead_creation;
mod linear;
mod position_based;
mod positions;
mod split;
#[cfg(test)]
mod tests;
mod time_decay;
mod u_shaped;
mod u_shaped_even;
mod w_shaped;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

pub use agreement::{Agreement, agreed_before_start, in_force, is_official};
pub use journey::{Anchors, Journey, Milestones, Position, Stop};
pub use positions::Weights;
pub use split::split;

use super::ratio::Ratio;
use crate::domain::fact::{FactSet, Ix, OpportunityFact, OpportunityState, TouchFact};

/// How an amount is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each model has a file of its name")]
pub enum Model {
    FirstTouch,
    LeadCreation,
    LastTouch,
    Linear,
    PositionBased,
    UShaped,
    UShapedEven,
    WShaped,
    FullPath,
    TimeDecay,
    JShaped,
    InverseJShaped,
    Custom,
}

impl Model {
    /// Every model.
    pub const ALL: [Self; 13] = [
        Self::FirstTouch,
        Self::LeadCreation,
        Self::LastTouch,
        Self::Linear,
        Self::PositionBased,
        Self::UShaped,
        Self::UShapedEven,
        Self::WShaped,
        Self::FullPath,
        Self::TimeDecay,
        Self::JShaped,
        Self::InverseJShaped,
        Self::Custom,
    ];

    /// The name in settings and in the schema, e.g. `W_SHAPED`.
    pub fn name(self) -> &'static str {
        match self {
            Self::FirstTouch => "FIRST_TOUCH",
            Self::LeadCreation => "LEAD_CREATION",
            Self::LastTouch => "LAST_TOUCH",
            Self::Linear => "LINEAR",
            Self::PositionBased => "POSITION_BASED",
            Self::UShaped => "U_SHAPED",
            Self::UShapedEven => "U_SHAPED_EVEN",
            Self::WShaped => "W_SHAPED",
            Self::FullPath => "FULL_PATH",
            Self::TimeDecay => "TIME_DECAY",
            Self::JShaped => "J_SHAPED",
            Self::InverseJShaped => "INVERSE_J_SHAPED",
            Self::Custom => "CUSTOM",
        }
    }

    /// The model of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|model| model.name() == name)
    }
}

/// Which touches count as the middle of a journey.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Middle {
    /// All that hold no anchor of the model.
    #[default]
    WholeJourney,
    /// Of these only those between the first and the last anchor of the model.
    BetweenAnchors,
}

/// A model and what belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How an amount is divided.
    pub model: Model,
    /// The weights of `CUSTOM`; other models have their own and ignore these.
    pub custom: Weights,
    /// Touches longer before the conversion do not count; none for all.
    pub lookback_days: Option<u32>,
    /// After how many seconds a touch of `TIME_DECAY` is worth half; 7 days by default, never 0.
    pub half_life_seconds: u32,
    /// Which touches are the middle.
    pub middle: Middle,
}

impl Terms {
    /// The usual terms of a model.
    pub fn of(model: Model) -> Self {
        Self {
            model,
            custom: custom::EVEN,
            lookback_days: None,
            half_life_seconds: 7 * 86_400,
            middle: Middle::default(),
        }
    }

    /// The weights of a model of anchors; none for `LINEAR` and `TIME_DECAY`, which know no anchors.
    pub fn weights(&self) -> Option<Weights> {
        match self.model {
            Model::FirstTouch => Some(first_touch::WEIGHTS),
            Model::LeadCreation => Some(lead_creation::WEIGHTS),
            Model::LastTouch => Some(last_touch::WEIGHTS),
            Model::PositionBased => Some(position_based::WEIGHTS),
            Model::UShaped => Some(u_shaped::WEIGHTS),
            Model::UShapedEven => Some(u_shaped_even::WEIGHTS),
            Model::WShaped => Some(w_shaped::WEIGHTS),
            Model::FullPath => Some(full_path::WEIGHTS),
            Model::JShaped => Some(j_shaped::WEIGHTS),
            Model::InverseJShaped => Some(inverse_j_shaped::WEIGHTS),
            Model::Custom => Some(self.custom),
            Model::Linear | Model::TimeDecay => None,
        }
    }
}

/// How much one touch earned.
#[derive(Clone, Debug, PartialEq)]
pub struct Credit {
    /// The touch.
    pub touch: Ix<TouchFact>,
    /// The anchors it holds; the middle where it holds none.
    pub positions: Vec<Position>,
    /// Its share, exact.
    pub share: Ratio,
    /// Minor units.
    pub minor: i64,
}

/// An amount, divided.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribution {
    /// Each touch of the journey in order, also those that earned nothing.
    pub credits: Vec<Credit>,
    /// What no touch earned: everything, where there was none.
    pub unattributed: i64,
}

/// The weight of each touch of a journey; a share is a weight divided by their sum, which is positive as soon as
/// there is a touch.
pub fn weigh(journey: &Journey, terms: &Terms) -> Vec<u128> {
    match (terms.model, terms.weights()) {
        (Model::TimeDecay, _) => time_decay::weigh(journey, terms.half_life_seconds),
        (_, Some(weights)) => positions::weigh(journey, &weights, terms.middle),
        (_, None) => linear::weigh(journey),
    }
}

/// Divides an amount in minor units over a journey.
pub fn attribute(minor: i64, journey: &Journey, terms: &Terms) -> Attribution {
    let weights = weigh(journey, terms);
    if weights.is_empty() {
        return Attribution { credits: Vec::new(), unattributed: minor };
    }
    let whole: u128 = weights.iter().sum();
    let parts = split(minor, &weights);
    let credits = journey.stops.iter().zip(&weights).zip(parts).enumerate();
    let credits = credits.map(|(place, ((stop, weight), minor))| Credit {
        touch: stop.touch,
        positions: journey.positions(place),
        share: Ratio::new(weight.cast_signed(), whole.cast_signed()).unwrap_or(Ratio::ZERO),
        minor,
    });
    Attribution { credits: credits.collect(), unattributed: 0 }
}

/// The journey to an opportunity as it stood at an instant.
pub fn journey_to(
    facts: &FactSet,
    opportunity: &OpportunityFact,
    state: &OpportunityState,
    as_of: DateTime<Utc>,
    terms: &Terms,
    zone: Tz,
) -> Journey {
    journey::to(facts, opportunity, state, as_of, terms.lookback_days, zone)
}
