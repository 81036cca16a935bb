//! U_SHAPED_EVEN: half to the first touch, half to the one that made the lead, nothing to others.

use super::Weights;

/// In millionths.
pub(super) const WEIGHTS: Weights = Weights {
    first_touch: 500_000,
    lead_creation: 500_000,
    opportunity_creation: 0,
    closed_won: 0,
    last_touch: 0,
    middle: 0,
};
