//! U_SHAPED: two fifths to the first touch and to the one that made the lead.

use super::Weights;

/// In millionths.
pub(super) const WEIGHTS: Weights = Weights {
    first_touch: 400_000,
    lead_creation: 400_000,
    opportunity_creation: 0,
    closed_won: 0,
    last_touch: 0,
    middle: 200_000,
};
