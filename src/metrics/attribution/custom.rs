//! CUSTOM: whatever weights two parties agree on, as long as they are exactly the whole.

use super::Weights;

/// What stands in for weights nobody has given: everything in the middle, which is the same for every touch.
pub(super) const EVEN: Weights = Weights {
    first_touch: 0,
    lead_creation: 0,
    opportunity_creation: 0,
    closed_won: 0,
    last_touch: 0,
    middle: Weights::WHOLE,
};
