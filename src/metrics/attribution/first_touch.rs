//! FIRST_TOUCH: everything to the touch that began it.

use super::Weights;

/// In millionths.
pub(super) const WEIGHTS: Weights = Weights {
    first_touch: 1_000_000,
    lead_creation: 0,
    opportunity_creation: 0,
    closed_won: 0,
    last_touch: 0,
    middle: 0,
};
