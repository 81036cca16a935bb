//! Rows in chunks that copies of a table share.

use std::ops::{Index, IndexMut};
use std::sync::Arc;

use super::Span;

/// Rows of one chunk, unless one owner has more.
const CHUNK: usize = 4_096;

/// A table whose copies share what is the same: copying it costs nothing to speak of, and a change copies the chunks it
/// touches. The rows of one owner, a [`Span`], lie next to each other in one chunk; where they do not fit into what is
/// left of one, the places there stay empty.
#[derive(Clone, Debug)]
pub struct Table<T> {
    /// Which rows are at the places from `CHUNK * n` on.
    chunks: Vec<Chunk<T>>,
    /// The next free place.
    len: usize,
}

/// A chunk larger than usual stands here once for each [`CHUNK`] of its places.
#[derive(Debug)]
struct Chunk<T> {
    start: usize,
    rows: Arc<Vec<T>>,
}

impl<T> Clone for Chunk<T> {
    fn clone(&self) -> Self {
        Self { start: self.start, rows: self.rows.clone() }
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { chunks: Vec::new(), len: 0 }
    }
}

impl<T> Table<T> {
    /// How many places have been given, those left empty between owners among them.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True without any row.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The row at this place; none where there is none.
    pub fn get(&self, place: usize) -> Option<&T> {
        let chunk = self.chunks.get(place / CHUNK)?;
        chunk.rows.get(place - chunk.start)
    }

    /// The rows in the order of places.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks().flat_map(|chunk| chunk.rows.iter())
    }

    /// The rows of one owner.
    pub(super) fn rows(&self, span: Span<T>) -> &[T] {
        let places = span.places();
        if places.is_empty() {
            return &[];
        }
        let chunk = &self.chunks[places.start / CHUNK];
        &chunk.rows[places.start - chunk.start..places.end - chunk.start]
    }

    /// The rows as they lie: the first place of each chunk and what is from there on. See [`of_chunks`](Self::of_chunks).
    pub fn as_chunks(&self) -> impl Iterator<Item = (usize, &[T])> {
        self.chunks().map(|chunk| (chunk.start, &**chunk.rows))
    }

    /// A table of so many places with these chunks, in the order of places. None for what no table gave.
    pub fn of_chunks(len: usize, chunks: impl IntoIterator<Item = (usize, Vec<T>)>) -> Option<Self> {
        let mut table = Self::default();
        for (start, rows) in chunks {
            let end = start + rows.len();
            if start != table.chunks.len() * CHUNK || rows.is_empty() || end > len {
                return None;
            }
            table.chunks.resize(end.div_ceil(CHUNK), Chunk { start, rows: Arc::new(rows) });
        }
        table.len = len;
        (table.chunks.len() == len.div_ceil(CHUNK)).then_some(table)
    }

    /// Each chunk once.
    fn chunks(&self) -> impl Iterator<Item = &Chunk<T>> {
        let is_first = |(nth, chunk): &(usize, &Chunk<T>)| chunk.start == nth * CHUNK;
        self.chunks.iter().enumerate().filter(is_first).map(|(_, chunk)| chunk)
    }
}

impl<T: Clone> Table<T> {
    /// Puts a row at the end.
    pub fn push(&mut self, row: T) {
        self.append([row]);
    }

    /// Puts the rows of one owner at the end, next to each other.
    pub fn append(&mut self, rows: impl IntoIterator<Item = T>) -> Span<T> {
        let mut rows: Vec<T> = rows.into_iter().collect();
        if rows.is_empty() {
            return Span::EMPTY;
        }
        let taken = self.len % CHUNK;
        let is_usual = self.chunks.last().is_some_and(|last| last.rows.len() <= CHUNK);
        let has_room = is_usual && taken > 0 && taken + rows.len() <= CHUNK;
        if !has_room {
            self.len = self.len.next_multiple_of(CHUNK);
        }
        let span = Span::new(self.len, rows.len());
        self.len += rows.len();
        if let Some(last) = self.chunks.last_mut().filter(|_| has_room) {
            Arc::make_mut(&mut last.rows).append(&mut rows);
        } else {
            let chunk = Chunk { start: span.places().start, rows: Arc::new(rows) };
            self.chunks.resize(self.len.div_ceil(CHUNK), chunk);
        }
        span
    }

    /// Copies the rows of one owner from another table to the end of this one.
    pub fn append_of(&mut self, span: Span<T>, from: &Self) -> Span<T> {
        self.append(from.rows(span).iter().cloned())
    }

    /// The rows, to be changed. Every chunk that a copy of the table shares is copied.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        // Tables whose rows are changed one by one hold rows of no owner, and so no chunk twice.
        self.chunks.iter_mut().flat_map(|chunk| Arc::make_mut(&mut chunk.rows).iter_mut())
    }
}

impl<T> Index<usize> for Table<T> {
    type Output = T;

    fn index(&self, place: usize) -> &T {
        let chunk = &self.chunks[place / CHUNK];
        &chunk.rows[place - chunk.start]
    }
}

impl<T: Clone> IndexMut<usize> for Table<T> {
    fn index_mut(&mut self, place: usize) -> &mut T {
        let chunk = &mut self.chunks[place / CHUNK];
        &mut Arc::make_mut(&mut chunk.rows)[place - chunk.start]
    }
}

impl<T: Clone> FromIterator<T> for Table<T> {
    fn from_iter<I: IntoIterator<Item = T>>(rows: I) -> Self {
        let mut table = Self::default();
        rows.into_iter().for_each(|row| table.push(row));
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_of_one_owner_lie_next_to_each_other() {
        let mut table = Table::default();
        let few = table.append(0..3);
        let nearly_all = table.append(10..10 + CHUNK as i32 - 2);
        let many = table.append(0..3 * CHUNK as i32);
        let after = table.append([7, 8]);
        assert_eq!(few.of(&table), [0, 1, 2]);
        assert_eq!(nearly_all.places().start, CHUNK, "it does not fit behind the few");
        assert_eq!(nearly_all.of(&table).len(), CHUNK - 2);
        assert!(many.of(&table).iter().copied().eq(0..3 * CHUNK as i32));
        assert_eq!(many.places().next_back().map(|place| table[place]), Some(3 * CHUNK as i32 - 1));
        assert_eq!(after.of(&table), [7, 8]);
        assert_eq!(table.iter().count(), 3 + CHUNK - 2 + 3 * CHUNK + 2, "places left empty hold no row");
        assert_eq!((table.get(3), table.get(0)), (None, Some(&0)));
        assert!(table.append([]).of(&table).is_empty());
    }

    #[test]
    fn a_copy_stays_as_it_was_when_the_table_changes() {
        let mut table: Table<usize> = (0..3 * CHUNK).collect();
        let copy = table.clone();
        table[CHUNK] = 0;
        table.push(1);
        assert_eq!((copy[CHUNK], copy.len()), (CHUNK, 3 * CHUNK));
        let shared =
            copy.chunks.iter().zip(&table.chunks).filter(|(old, new)| Arc::ptr_eq(&old.rows, &new.rows));
        assert_eq!(shared.count(), 2, "what did not change is not copied");
    }

    #[test]
    fn a_table_of_its_own_chunks_is_the_table() {
        let mut table = Table::default();
        let spans = [3, CHUNK as i32 - 2, 3 * CHUNK as i32, 2].map(|rows| table.append(0..rows));
        let chunks: Vec<(usize, Vec<i32>)> =
            table.as_chunks().map(|(start, rows)| (start, rows.to_vec())).collect();
        let mut again = Table::of_chunks(table.len(), chunks.clone()).expect("they are a table's");
        for span in spans {
            assert_eq!(span.of(&again), span.of(&table));
        }
        assert_eq!(again.append([7]).places(), table.append([7]).places());
        assert!(Table::of_chunks(table.len(), chunks[1..].to_vec()).is_none());
        assert!(Table::of_chunks(1, chunks).is_none());
        assert!(Table::<i32>::of_chunks(0, []).expect("an empty one").is_empty());
    }
}
