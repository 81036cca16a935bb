//! FULL_PATH: W_SHAPED that goes on to the sale; 22.5 percent to each of its four anchors.

use super::Weights;

/// In millionths.
pub(super) const WEIGHTS: Weights = Weights {
    first_touch: 225_000,
    lead_creation: 225_000,
    opportunity_creation: 225_000,
    closed_won: 225_000,
    last_touch: 0,
    middle: 100_000,
};
