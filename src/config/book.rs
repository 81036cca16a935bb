//! The text of the settings and what was found wrong in it.

use std::cell::RefCell;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::DeTable;

use super::Mistake;
use super::section::Section;

/// Where a value stands in the text, in bytes.
pub(super) type Place = Range<usize>;

/// A text, and the mistakes noted so far.
pub(super) struct Book<'a> {
    text: &'a str,
    folder: PathBuf,
    mistakes: RefCell<Vec<Mistake>>,
}

impl<'a> Book<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self::beside(Path::new(""), text)
    }

    /// A text that lies in this folder.
    pub(super) fn beside(folder: &Path, text: &'a str) -> Self {
        Self { text, folder: folder.to_owned(), mistakes: RefCell::default() }
    }

    /// Where tables the settings name are looked for.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Parses as much as can be understood; the rest is noted.
    pub(super) fn parse(&self) -> Spanned<DeTable<'a>> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            self.note(error.span().unwrap_or_default(), String::new(), error.message().to_owned());
        }
        table
    }

    /// A section of the book, to be read.
    pub(super) fn section<'b>(&'b self, path: &str, table: &'b Spanned<DeTable<'b>>) -> Section<'b> {
        Section::new(self, path.to_owned(), table.span(), table.get_ref())
    }

    /// Notes a mistake.
    pub(super) fn note(&self, place: Place, path: String, message: impl Into<String>) {
        let line = self.line_of(place.start);
        self.mistakes.borrow_mut().push(Mistake { line, path, message: message.into() });
    }

    /// The line a byte is on, from 1.
    pub(super) fn line_of(&self, byte: usize) -> usize {
        1 + self.text.as_bytes().iter().take(byte).filter(|byte| **byte == b'\n').count()
    }

    /// The settings, if nothing was noted.
    pub(super) fn verdict<T>(self, settings: Option<T>) -> Result<T, Vec<Mistake>> {
        let mut mistakes = self.mistakes.into_inner();
        mistakes.sort();
        mistakes.dedup();
        match settings {
            Some(settings) if mistakes.is_empty() => Ok(settings),
            _ => Err(mistakes),
        }
    }
}
