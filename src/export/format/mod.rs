//! How rows are written. A [`Writer`] takes batches and gives bytes as they become whole; it holds at most what its
//! format must have together: a line, or a group of rows of a Parquet file.

mod csv;
mod ndjson;
mod parquet;

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::cell::Cell;
use super::column::ColumnInfo;

/// A format of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// One JSON object a line.
    Ndjson,
    /// RFC 4180 in UTF-8 with a header; nothing stands for null.
    Csv,
    /// Apache Parquet.
    Parquet,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::Ndjson, Self::Csv, Self::Parquet];

    /// The ending of file names.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }

    /// The format of that ending.
    pub fn from_ending(ending: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.ending() == ending)
    }

    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Ndjson => "application/x-ndjson; charset=utf-8",
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }

    /// What writes rows of these columns.
    pub fn writer(self, columns: &[ColumnInfo]) -> Writer {
        match self {
            Self::Ndjson => Writer::Ndjson(ndjson::Lines::new(columns)),
            Self::Csv => Writer::Csv(csv::Sheet::new(columns)),
            Self::Parquet => Writer::Parquet(Box::new(parquet::Groups::new(columns))),
        }
    }
}

/// Writes rows of one file.
pub enum Writer {
    /// As NDJSON.
    Ndjson(ndjson::Lines),
    /// As CSV.
    Csv(csv::Sheet),
    /// As Parquet.
    Parquet(Box<parquet::Groups>),
}

impl Writer {
    /// Takes rows, and gives the bytes that are whole.
    pub fn write(&mut self, rows: &[Vec<Cell>]) -> Vec<u8> {
        match self {
            Self::Ndjson(lines) => lines.write(rows),
            Self::Csv(sheet) => sheet.write(rows),
            Self::Parquet(groups) => groups.write(rows),
        }
    }

    /// Rows that wait in memory until enough of them are there.
    pub fn waiting(&self) -> usize {
        match self {
            Self::Ndjson(_) | Self::Csv(_) => 0,
            Self::Parquet(groups) => groups.waiting(),
        }
    }

    /// Gives the bytes of what waits.
    pub fn settle(&mut self) -> Vec<u8> {
        match self {
            Self::Ndjson(_) | Self::Csv(_) => Vec::new(),
            Self::Parquet(groups) => groups.settle(),
        }
    }

    /// Gives the bytes that end the file. Without it a file of Parquet is none.
    pub fn finish(&mut self) -> Vec<u8> {
        match self {
            Self::Ndjson(_) => Vec::new(),
            Self::Csv(sheet) => sheet.write(&[]),
            Self::Parquet(groups) => groups.finish(),
        }
    }
}

/// An instant as text: RFC 3339 in UTC with milliseconds, so that texts order as instants do.
fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn names(columns: &[ColumnInfo]) -> Vec<Arc<str>> {
    columns.iter().map(|column| column.name.clone()).collect()
}
