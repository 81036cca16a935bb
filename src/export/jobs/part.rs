//! One file that is being written: under another name until it is whole, counted and hashed on its way to the disk.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use crate::domain::hex::hex;
use crate::export::cell::Cell;
use crate::export::column::ColumnInfo;
use crate::export::format::{Format, Writer};

use super::folder::UNFINISHED;
use super::record::Part;

/// What follows the name of a part.
pub(super) fn ending(format: Format) -> &'static str {
    match format {
        Format::Ndjson => "ndjson.gz",
        Format::Csv => "csv.gz",
        Format::Parquet => "parquet",
    }
}

/// A part that is being written. Dropped before its end, it was never there.
pub(super) struct Open {
    writer: Writer,
    sink: Sink,
    unfinished: Unfinished,
    file: PathBuf,
    name: Arc<str>,
    month: Option<Arc<str>>,
    rows: u64,
}

impl Open {
    /// Begins a part in a folder, with the name that its ending still follows.
    pub(super) fn begin(
        folder: &Path,
        stem: &str,
        month: Option<Arc<str>>,
        format: Format,
        columns: &[ColumnInfo],
    ) -> io::Result<Self> {
        let name = format!("{stem}.{}", ending(format));
        let unfinished = Unfinished(folder.join(format!("{name}.{UNFINISHED}")));
        let counted = Counted {
            file: BufWriter::with_capacity(64 * 1024, File::create(&unfinished.0)?),
            digest: Sha256::new(),
            bytes: 0,
        };
        let sink = match format {
            Format::Parquet => Sink::Plain(counted),
            Format::Ndjson | Format::Csv => Sink::Zipped(GzEncoder::new(counted, Compression::default())),
        };
        let file = folder.join(&name);
        Ok(Self { writer: format.writer(columns), sink, unfinished, file, name: name.into(), month, rows: 0 })
    }

    /// Rows it has.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Rows that wait in memory until enough of them are there.
    pub(super) fn waiting(&self) -> usize {
        self.writer.waiting()
    }

    /// Bytes written so far.
    pub(super) fn bytes(&self) -> u64 {
        match &self.sink {
            Sink::Plain(counted) => counted.bytes,
            Sink::Zipped(zip) => zip.get_ref().bytes,
        }
    }

    /// Takes rows.
    pub(super) fn write(&mut self, rows: &[Vec<Cell>]) -> io::Result<()> {
        let bytes = self.writer.write(rows);
        self.rows += rows.len() as u64;
        self.sink.write_all(&bytes)
    }

    /// Writes out what waits.
    pub(super) fn settle(&mut self) -> io::Result<()> {
        let bytes = self.writer.settle();
        self.sink.write_all(&bytes)
    }

    /// Ends the part: it is on the disk and has its name.
    pub(super) fn finish(mut self) -> io::Result<Part> {
        let bytes = self.writer.finish();
        self.sink.write_all(&bytes)?;
        let Counted { file, digest, bytes } = match self.sink {
            Sink::Plain(counted) => counted,
            Sink::Zipped(zip) => zip.finish()?,
        };
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&self.unfinished.0, &self.file)?;
        let sha256 = hex(&digest.finalize()).into();
        Ok(Part { name: self.name, month: self.month, rows: self.rows, bytes, sha256 })
    }
}

/// Where the bytes of a format go.
enum Sink {
    Plain(Counted),
    Zipped(GzEncoder<Counted>),
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(counted) => counted.write(bytes),
            Self::Zipped(zip) => zip.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(counted) => counted.flush(),
            Self::Zipped(zip) => zip.flush(),
        }
    }
}

struct Counted {
    file: BufWriter<File>,
    digest: Sha256,
    bytes: u64,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.digest.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A file that goes unless it was given its name.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        // It is gone already where it has its name.
        let _renamed = fs::remove_file(&self.0);
    }
}
