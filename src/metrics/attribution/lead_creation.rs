//! LEAD_CREATION: everything to the touch that made a lead of a stranger.

use super::Weights;

/// In millionths.
pub(super) const WEIGHTS: Weights = Weights {
    first_touch: 0,
    lead_creation: 1_000_000,
    opportunity_creation: 0,
    closed_won: 0,
    last_touch: 0,
    middle: 0,
};
