//! Which rows are counted: one bit for each row of a table.

use super::{FactSet, Ix};

/// A set of rows of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bits {
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    /// No row of a table of this length.
    pub fn none(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(64)], len }
    }

    /// Every row of a table of this length.
    pub fn all(len: usize) -> Self {
        Self::from_fn(len, |_| true)
    }

    /// The rows for which the question is answered with yes.
    pub fn from_fn(len: usize, mut has: impl FnMut(usize) -> bool) -> Self {
        let mut bits = Self::none(len);
        for place in (0..len).filter(|place| has(*place)) {
            bits.words[place / 64] |= 1 << (place % 64);
        }
        bits
    }

    /// Adds a row.
    pub fn insert(&mut self, place: usize) {
        debug_assert!(place < self.len, "the row is in the table");
        self.words[place / 64] |= 1 << (place % 64);
    }

    /// Whether the row at this place is in the set.
    pub fn has(&self, place: usize) -> bool {
        self.words[place / 64] >> (place % 64) & 1 == 1
    }

    /// Whether this row is in the set.
    pub fn holds<T: ?Sized>(&self, row: Ix<T>) -> bool {
        self.has(row.place())
    }

    /// The places in the set, in order.
    pub fn places(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(number, word)| {
            let mut word = *word;
            std::iter::from_fn(move || {
                (word != 0).then(|| {
                    let bit = word.trailing_zeros() as usize;
                    word &= word - 1;
                    number * 64 + bit
                })
            })
        })
    }

    /// How many rows are in the set.
    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// How many rows the table has.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True for a table without rows.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// The rows that exist for a caller. Whoever knows the caller's view makes it, once for each view and snapshot; a
/// number is then computed over these rows as if no others existed. Rows that are no longer pointed at (merged
/// away, erased) are in no sight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// People that exist for the caller.
    pub people: Bits,
    /// Opportunities that exist for the caller.
    pub opportunities: Bits,
}

impl Sight {
    /// Every row of the tables.
    pub fn everything(facts: &FactSet) -> Self {
        Self { people: Bits::all(facts.people.len()), opportunities: Bits::all(facts.opportunities.len()) }
    }
}
