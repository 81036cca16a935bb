//! A file of frames: values one after the other, each with its length and a digest, so that no more than one is in
//! memory as bytes and nothing is made of bytes that are not those which were written.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};

use aws_lc_rs::digest::{SHA256, digest};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::fact::Table;

/// A digest of so many bytes tells a broken disk from a whole one.
const DIGEST: usize = 16;
/// The last frame is the only one without bytes.
const END: u64 = 0;
/// Values of one frame where there are very many.
const IN_A_FRAME: usize = 10_000;

/// Writes frames.
pub(in super::super) struct FrameWriter {
    out: BufWriter<File>,
    bytes: Vec<u8>,
}

impl FrameWriter {
    pub(super) fn new(file: File) -> Self {
        Self { out: BufWriter::new(file), bytes: Vec::new() }
    }

    /// Writes a value.
    pub(in super::super) fn put<T: Serialize + ?Sized>(&mut self, value: &T) -> io::Result<()> {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        self.bytes = postcard::to_extend(value, bytes).map_err(io::Error::other)?;
        // A value without bytes would read like the end.
        self.bytes.push(0);
        self.out.write_all(&(self.bytes.len() as u64).to_le_bytes())?;
        self.out.write_all(&seal(&self.bytes))?;
        self.out.write_all(&self.bytes)
    }

    /// Writes a table of rows that are stored as they are.
    pub(in super::super) fn put_table<T: Serialize>(&mut self, table: &Table<T>) -> io::Result<()> {
        self.put(&(table.len(), table.as_chunks().count()))?;
        table.as_chunks().try_for_each(|chunk| self.put(&chunk))
    }

    /// Writes very many values, so many in a frame.
    pub(in super::super) fn put_all<T: Serialize>(
        &mut self,
        values: impl ExactSizeIterator<Item = T>,
    ) -> io::Result<()> {
        self.put(&values.len())?;
        let mut values = values.peekable();
        while values.peek().is_some() {
            self.put(&values.by_ref().take(IN_A_FRAME).collect::<Vec<T>>())?;
        }
        Ok(())
    }

    /// Says that nothing follows, and waits until all is on the disk.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.out.write_all(&END.to_le_bytes())?;
        self.out.flush()?;
        self.out.get_ref().sync_all()
    }
}

/// Reads frames.
pub(in super::super) struct FrameReader {
    input: BufReader<File>,
    /// Bytes of the file that are not read yet: a broken length asks for no more memory than that.
    left: u64,
}

impl FrameReader {
    pub(super) fn new(file: File) -> io::Result<Self> {
        let left = file.metadata()?.len();
        Ok(Self { input: BufReader::new(file), left })
    }

    /// Reads a value.
    pub(in super::super) fn take<T: DeserializeOwned>(&mut self) -> io::Result<T> {
        let length = self.length()?;
        if length == END || length > self.left {
            return Err(broken("it ends before its time"));
        }
        let mut expected = [0; DIGEST];
        self.input.read_exact(&mut expected)?;
        let mut bytes = vec![0; length as usize];
        self.input.read_exact(&mut bytes)?;
        self.left = self.left.saturating_sub(length + DIGEST as u64);
        if seal(&bytes) != expected {
            return Err(broken("its bytes are not those that were written"));
        }
        postcard::from_bytes(&bytes).map_err(io::Error::other)
    }

    /// Reads a table, and makes each of its rows of what was stored.
    pub(in super::super) fn take_table<S: DeserializeOwned, T>(
        &mut self,
        mut row: impl FnMut(usize, S) -> T,
    ) -> io::Result<Table<T>> {
        let (len, count) = self.take::<(usize, usize)>()?;
        let mut chunks = Vec::new();
        for _ in 0..count {
            let (start, rows) = self.take::<(usize, Vec<S>)>()?;
            chunks.push((start, rows.into_iter().zip(start..).map(|(stored, at)| row(at, stored)).collect()));
        }
        Table::of_chunks(len, chunks).ok_or_else(|| broken("a table has gaps"))
    }

    /// Reads very many values, one after the other.
    pub(in super::super) fn take_all<T: DeserializeOwned>(
        &mut self,
        mut each: impl FnMut(T),
    ) -> io::Result<()> {
        let mut left: usize = self.take()?;
        while left > 0 {
            let values: Vec<T> = self.take()?;
            left = left.checked_sub(values.len().max(1)).ok_or_else(|| broken("there is too much of it"))?;
            values.into_iter().for_each(&mut each);
        }
        Ok(())
    }

    /// Makes sure that nothing follows.
    pub(super) fn finish(mut self) -> io::Result<()> {
        if self.length()? == END { Ok(()) } else { Err(broken("it goes on")) }
    }

    fn length(&mut self) -> io::Result<u64> {
        let mut length = [0; 8];
        self.input.read_exact(&mut length)?;
        self.left = self.left.saturating_sub(8);
        Ok(u64::from_le_bytes(length))
    }
}

fn seal(bytes: &[u8]) -> [u8; DIGEST] {
    let mut seal = [0; DIGEST];
    seal.copy_from_slice(&digest(&SHA256, bytes).as_ref()[..DIGEST]);
    seal
}

pub(in super::super) fn broken(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
