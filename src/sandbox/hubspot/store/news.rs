//! What a write changed, for those who want to be told: noted where it happens, taken when the write is over.

use super::links::End;

/// One thing that happened to a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// It came to be.
    Created(u64),
    /// A property got another value; none when it was cleared.
    Changed {
        /// The record.
        id: u64,
        /// The property.
        property: String,
        /// Its value now.
        value: Option<String>,
    },
    /// It was archived.
    Archived(u64),
    /// It was deleted for its owner's privacy.
    Forgotten(u64),
    /// Two records became one.
    Merged {
        /// The one whose values won.
        primary: u64,
        /// The other.
        merged: u64,
        /// What they are now.
        into: u64,
    },
}

/// An association was made, or removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Linked {
    pub(crate) from: End,
    pub(crate) to: End,
    pub(crate) is_removed: bool,
}
