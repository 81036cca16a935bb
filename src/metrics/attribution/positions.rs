//! Models that give shares to anchors and divide the rest among the touches between. Source: domain guide §7.

use super::{Anchors, Journey, Middle};

/// What each anchor and the middle earn, in millionths of the amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weights {
    /// The first eligible touch.
    pub first_touch: u32,
    /// The latest at or before lead creation.
    pub lead_creation: u32,
    /// The latest at or before opportunity creation.
    pub opportunity_creation: u32,
    /// The latest at or before closed-won.
    pub closed_won: u32,
    /// The latest.
    pub last_touch: u32,
    /// All others together.
    pub middle: u32,
}

impl Weights {
    /// What the weights add up to.
    pub const WHOLE: u32 = 1_000_000;

    /// True when they are exactly the whole.
    pub fn are_whole(&self) -> bool {
        let anchors: u64 = self.of_anchors().iter().map(|weight| u64::from(*weight)).sum();
        anchors + u64::from(self.middle) == u64::from(Self::WHOLE)
    }

    fn of_anchors(&self) -> [u32; Anchors::COUNT] {
        [self.first_touch, self.lead_creation, self.opportunity_creation, self.closed_won, self.last_touch]
    }
}

/// The weight of each touch. An anchor no touch holds leaves its share to the anchors that are held, in proportion;
/// so does the middle when no touch is in it. Where no anchor of the model is held, every touch is in the middle and
/// the middle earns everything: as long as there is a touch, nothing is unattributed.
pub(super) fn weigh(journey: &Journey, weights: &Weights, middle: Middle) -> Vec<u128> {
    let count = journey.stops.len();
    let mut held = vec![0_u128; count];
    let mut is_anchor = vec![false; count];
    let (mut of_held, mut of_all) = (0, 0);
    for (weight, holder) in weights.of_anchors().into_iter().zip(journey.anchors.holders()) {
        let weight = u128::from(weight);
        of_all += weight;
        if let Some(holder) = holder.filter(|_| weight > 0) {
            held[holder] += weight;
            is_anchor[holder] = true;
            of_held += weight;
        }
    }
    if of_held == 0 {
        return vec![1; count];
    }
    let first = is_anchor.iter().position(|is| *is).unwrap_or(0);
    let last = is_anchor.iter().rposition(|is| *is).unwrap_or(0);
    let is_middle = |place: usize| {
        !is_anchor[place] && (middle == Middle::WholeJourney || (first < place && place < last))
    };
    let in_middle = (0..count).filter(|place| is_middle(*place)).count() as u128;
    let of_middle = u128::from(weights.middle);
    if in_middle == 0 || of_middle == 0 {
        return held;
    }
    // Over the common denominator of_held × in_middle × whole.
    let weigh = |place: usize| match (is_anchor[place], is_middle(place)) {
        (true, _) => held[place] * of_all * in_middle,
        (false, true) => of_middle * of_held,
        (false, false) => 0,
    };
    (0..count).map(weigh).collect()
}
