//! W_SHAPED: three tenths each to first touch, lead creation and opportunity creation.

use super::Weights;

/// In millionths.
pub(super) const WEIGHTS: Weights = Weights {
    first_touch: 300_000,
    lead_creation: 300_000,
    opportunity_creation: 300_000,
    closed_won: 0,
    last_touch: 0,
    middle: 100_000,
};
