//! Who owns rows, and how the company is divided.

use super::{Ix, Text};

/// A user or queue. Its first key is in [`FactSet::owner_keys`](super::FactSet::owner_keys) at the same place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OwnerFact {
    /// Full name, or the queue's name.
    pub name: Option<Text>,
    /// The team it belongs to; the first of the settings where it belongs to several.
    pub team: Option<Ix<TeamFact>>,
    /// A queue, not a person.
    pub is_queue: bool,
}

/// A team of the settings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TeamFact {
    /// Its key in the settings.
    pub key: Text,
    /// What people call it.
    pub label: Text,
}

/// A territory of the settings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TerritoryFact {
    /// Its key in the settings.
    pub key: Text,
    /// What people call it.
    pub label: Text,
    /// The territory it is part of.
    pub parent: Option<Ix<TerritoryFact>>,
    /// The region it counts to: its own, else its nearest parent's.
    pub region: Option<Text>,
}
