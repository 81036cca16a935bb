//! The order in which sources are named, asked and believed when nothing else decides: sales side first, then the
//! order of the settings.

use std::collections::HashMap;

use crate::domain::id::{RecordKey, SourceName};
use crate::domain::record::{Side, SourceInfo};

/// Every source's place and side.
pub(in crate::unify) struct SourceOrder<'a> {
    places: HashMap<&'a SourceName, (usize, Side)>,
}

impl<'a> SourceOrder<'a> {
    pub(in crate::unify) fn new(sources: &'a [SourceInfo]) -> Self {
        Self { places: sources.iter().map(|source| (&source.name, (source.rank, source.side))).collect() }
    }

    /// The place of a source; one that is not configured comes last.
    pub(in crate::unify) fn rank(&self, source: &SourceName) -> usize {
        self.places.get(source).map_or(usize::MAX, |(rank, _)| *rank)
    }

    /// Whose system a source is; what is not configured is the gateway's own.
    pub(in crate::unify) fn side(&self, source: &SourceName) -> Side {
        self.places.get(source).map_or(Side::System, |(_, side)| *side)
    }

    /// The place of a record among records of other sources.
    pub(in crate::unify) fn place<'k>(&self, key: &'k RecordKey) -> (usize, &'k RecordKey) {
        (self.rank(&key.source), key)
    }
}
