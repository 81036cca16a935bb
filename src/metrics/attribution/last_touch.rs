//! LAST_TOUCH: everything to the latest touch before the conversion.

use super::Weights;

/// In millionths.
pub(super) const WEIGHTS: Weights = Weights {
    first_touch: 0,
    lead_creation: 0,
    opportunity_creation: 0,
    closed_won: 0,
    last_touch: 1_000_000,
    middle: 0,
};
