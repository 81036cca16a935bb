//! INVERSE_J_SHAPED: most to the first touch.

use super::Weights;

/// In millionths.
pub(super) const WEIGHTS: Weights = Weights {
    first_touch: 600_000,
    lead_creation: 0,
    opportunity_creation: 0,
    closed_won: 0,
    last_touch: 200_000,
    middle: 200_000,
};
