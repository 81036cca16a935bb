//! What can be made to go wrong at a pretend vendor, and what it was asked.

/// The switches and counters of one pretend vendor, shared by its router and its admin port.
#[derive(Debug, Default)]
pub struct Faults {}
