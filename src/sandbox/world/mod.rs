//! A world: everything the pretend vendors know, as plain tables.
//!
//! One folder a vendor, one CSV file an object, one column a field, an empty cell for null; the README of the sandbox
//! documents every table. A world is what a company would get from its vendors' own exports, so that
//! anyone's data can be poured in.

mod read;
mod tables;
mod write;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;

/// The file of a world that says how a gateway is to read it; the vendors themselves know nothing of it.
pub const SETTINGS: &str = "settings.toml";

/// A company's data on both sides.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct World {
    /// The instant at which the world's clock starts; none means the present.
    pub as_of: Option<DateTime<Utc>>,
    /// ISO 4217 code of the company's home currency.
    pub currency: String,
    /// Vendor folder (`salesforce`, `hubspot`) to table name to rows.
    pub vendors: BTreeMap<String, BTreeMap<String, Table>>,
    /// Vendor folder to name to a document that is no table: `hubspot/pipelines.json` is `pipelines`.
    pub documents: BTreeMap<String, BTreeMap<String, Value>>,
}

/// One object's rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The vendor's own field names.
    pub columns: Vec<Arc<str>>,
    /// One cell a column.
    pub rows: Vec<Row>,
}

/// The cells of one record, in the order of the table's columns.
pub type Row = Box<[Cell]>;

/// One value as the vendor would write it, or null. Shared, so that copies of a world cost little and the same
/// short text is kept once.
pub type Cell = Option<Arc<str>>;

impl Table {
    /// The position of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| &**column == name)
    }

    /// The value of a row in a named column; null also where the table has no such column.
    pub fn value<'row>(&self, row: &'row Row, name: &str) -> Option<&'row str> {
        row.get(self.column(name)?)?.as_deref()
    }
}

impl World {
    /// The table of one vendor's object, if the world has it.
    pub fn table(&self, vendor: &str, name: &str) -> Option<&Table> {
        self.vendors.get(vendor)?.get(name)
    }

    /// Reads a world from its folder.
    ///
    /// # Errors
    /// A sentence naming the file and line that cannot be read.
    pub fn load(folder: &Path) -> Result<Self, WorldError> {
        read::world(folder)
    }

    /// Saves this world to a folder, over the files of an earlier one.
    ///
    /// # Errors
    /// The file that cannot be written, and why.
    pub fn write(&self, folder: &Path) -> Result<(), WorldError> {
        write::world(self, folder)
    }

    /// A vendor's document that is no table, if the world has it.
    pub fn document(&self, vendor: &str, name: &str) -> Option<&Value> {
        self.documents.get(vendor)?.get(name)
    }
}

/// What is wrong with a world folder, in a sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct WorldError(pub String);

/// Keeps each short text once, while a table is filled.
#[derive(Debug, Default)]
pub(super) struct Interner {
    known: HashSet<Arc<str>>,
}

impl Interner {
    /// Longer texts hardly repeat, and looking for them costs more than it saves.
    const LONGEST: usize = 40;
    /// Beyond so many different texts a table is full of ids and names: what is new is then no longer kept.
    const MOST: usize = 1 << 16;

    /// The shared copy of a text.
    pub(super) fn text(&mut self, text: &str) -> Arc<str> {
        if text.len() > Self::LONGEST {
            return text.into();
        }
        if let Some(known) = self.known.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = text.into();
        if self.known.len() < Self::MOST {
            self.known.insert(Arc::clone(&new));
        }
        new
    }
}

/// The last three characters of a Salesforce id, made of the capitals in its first fifteen.
pub(super) fn salesforce_checksum(fifteen: &str) -> String {
    const DIGITS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
    fifteen
        .as_bytes()
        .chunks(5)
        .map(|five| {
            let bits = five.iter().enumerate().filter(|(_, byte)| byte.is_ascii_uppercase());
            char::from(DIGITS[bits.map(|(bit, _)| 1 << bit).sum::<usize>()])
        })
        .collect()
}
