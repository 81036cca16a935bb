//! POSITION_BASED: two fifths to the first and the last touch, the rest between them.

use super::Weights;

/// In millionths.
pub(super) const WEIGHTS: Weights = Weights {
    first_touch: 400_000,
    lead_creation: 0,
    opportunity_creation: 0,
    closed_won: 0,
    last_touch: 400_000,
    middle: 200_000,
};
