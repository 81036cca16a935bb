//! How rows name each other: by their place in a table.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::num::NonZeroU32;
use std::ops::Range;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Table;

/// The place of a row in the table of `T`. Four bytes, also inside an `Option`. Valid within one
/// [`FactSet`](super::FactSet) only.
pub struct Ix<T: ?Sized>(NonZeroU32, PhantomData<fn() -> T>);

impl<T: ?Sized> Ix<T> {
    /// The row at this place, from 0.
    pub fn new(place: usize) -> Self {
        let number = u32::try_from(place + 1).ok().and_then(NonZeroU32::new);
        Self(number.expect("a table holds fewer than 2^32 - 1 rows"), PhantomData)
    }

    /// The place in the table, from 0.
    pub fn place(self) -> usize {
        self.0.get() as usize - 1
    }
}

impl<T: ?Sized> Clone for Ix<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for Ix<T> {}

impl<T: ?Sized> PartialEq for Ix<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T: ?Sized> Eq for Ix<T> {}

impl<T: ?Sized> PartialOrd for Ix<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: ?Sized> Ord for Ix<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

impl<T: ?Sized> Hash for Ix<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<T: ?Sized> Serialize for Ix<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: ?Sized> Deserialize<'de> for Ix<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        NonZeroU32::deserialize(deserializer).map(|number| Self(number, PhantomData))
    }
}

impl<T: ?Sized> fmt::Debug for Ix<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.place())
    }
}

/// The rows of one owner in another table: where they start and how many there are.
pub struct Span<T> {
    start: u32,
    len: u32,
    rows: PhantomData<fn() -> T>,
}

impl<T> Span<T> {
    /// The rows from `start` on.
    pub fn new(start: usize, len: usize) -> Self {
        let fits = "a table holds fewer than 2^32 - 1 rows";
        Self {
            start: u32::try_from(start).expect(fits),
            len: u32::try_from(len).expect(fits),
            rows: PhantomData,
        }
    }

    /// No rows.
    pub const EMPTY: Self = Self { start: 0, len: 0, rows: PhantomData };

    /// How many rows.
    pub fn len(self) -> usize {
        self.len as usize
    }

    /// True without any row.
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    /// The places in the table.
    pub fn places(self) -> Range<usize> {
        self.start as usize..self.start as usize + self.len as usize
    }

    /// The rows themselves.
    pub fn of(self, table: &Table<T>) -> &[T] {
        table.rows(self)
    }
}

impl<T> Clone for Span<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Span<T> {}

impl<T> Default for Span<T> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<T> PartialEq for Span<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.start, self.len) == (other.start, other.len)
    }
}

impl<T> Serialize for Span<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.start, self.len).serialize(serializer)
    }
}

impl<'de, T> Deserialize<'de> for Span<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (start, len) = Deserialize::deserialize(deserializer)?;
        Ok(Self { start, len, rows: PhantomData })
    }
}

impl<T> fmt::Debug for Span<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.places())
    }
}
