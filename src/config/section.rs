//! One table of the settings, read key by key. What is wrong is noted and reading goes on; a key nobody asked for
//! is noted when the section is left.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use secrecy::SecretString;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::book::{Book, Place};
use super::units;

/// A table, where it stands, and which keys were asked for.
pub(super) struct Section<'a> {
    book: &'a Book<'a>,
    path: String,
    place: Place,
    table: &'a DeTable<'a>,
    asked: RefCell<BTreeSet<String>>,
}

/// A text of the settings and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Said<'a> {
    pub(super) text: &'a str,
    pub(super) place: Place,
}

impl<'a> Section<'a> {
    pub(super) fn new(book: &'a Book<'a>, path: String, place: Place, table: &'a DeTable<'a>) -> Self {
        Self { book, path, place, table, asked: RefCell::default() }
    }

    pub(super) fn book(&self) -> &'a Book<'a> {
        self.book
    }

    pub(super) fn place(&self) -> Place {
        self.place.clone()
    }

    /// The path of one of its keys.
    pub(super) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Notes something about the section as a whole.
    pub(super) fn wrong(&self, message: impl Into<String>) {
        self.book.note(self.place(), self.path.clone(), message);
    }

    /// Notes something about one of its keys: at its value, or at the section where it is missing.
    pub(super) fn wrong_at(&self, key: &str, message: impl Into<String>) {
        let place = self.table.get(key).map_or_else(|| self.place(), Spanned::span);
        self.book.note(place, self.path_of(key), message);
    }

    /// Notes something about one of its keys at a place of its own, such as an entry of a list.
    pub(super) fn wrong_there(&self, key: &str, place: Place, message: impl Into<String>) {
        self.book.note(place, self.path_of(key), message);
    }

    /// The value of a key, which is known from now on.
    pub(super) fn value(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.asked.borrow_mut().insert(key.to_owned());
        self.table.get(key)
    }

    /// Every entry, in the order of the file. All keys are known from now on.
    pub(super) fn entries(&self) -> Vec<(Said<'a>, &'a Spanned<DeValue<'a>>)> {
        let mut entries: Vec<_> = self
            .table
            .iter()
            .map(|(key, value)| (Said { text: key.get_ref(), place: key.span() }, value))
            .collect();
        entries.sort_by_key(|(key, _)| key.place.start);
        self.asked.borrow_mut().extend(entries.iter().map(|(key, _)| key.text.to_owned()));
        entries
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    pub(super) fn text(&self, key: &str) -> Option<Said<'a>> {
        let value = self.value(key)?;
        self.as_text(key, value)
    }

    pub(super) fn required_text(&self, key: &str) -> Option<Said<'a>> {
        if self.value(key).is_none() {
            self.wrong_at(key, "is missing");
        }
        self.text(key)
    }

    pub(super) fn texts(&self, key: &str) -> Option<Vec<Said<'a>>> {
        let value = self.value(key)?;
        let DeValue::Array(entries) = value.get_ref() else {
            self.wrong_at(key, format!("must be a list of texts, not {}", kind(value)));
            return None;
        };
        Some(entries.iter().filter_map(|entry| self.as_text(key, entry)).collect())
    }

    pub(super) fn flag(&self, key: &str, default: bool) -> bool {
        match self.value(key).map(|value| (value, value.get_ref())) {
            None => default,
            Some((_, DeValue::Boolean(flag))) => *flag,
            Some((value, _)) => {
                self.wrong_at(key, format!("must be true or false, not {}", kind(value)));
                default
            }
        }
    }

    pub(super) fn number(&self, key: &str, default: u64, within: RangeInclusive<u64>) -> u64 {
        let Some(value) = self.value(key) else { return default };
        let number = match value.get_ref() {
            DeValue::Integer(integer) => u64::from_str_radix(integer.as_str(), integer.radix()).ok(),
            _ => None,
        };
        if let Some(number) = number.filter(|number| within.contains(number)) {
            return number;
        }
        self.wrong_at(key, format!("must be a whole number from {} to {}", within.start(), within.end()));
        default
    }

    pub(super) fn duration(
        &self,
        key: &str,
        default: Duration,
        within: RangeInclusive<Duration>,
    ) -> Duration {
        let Some(said) = self.text(key) else { return default };
        let wrong = match units::duration(said.text) {
            None => format!("`{}` is no length of time such as \"8s\" or \"5m\"", said.text),
            Some(duration) if within.contains(&duration) => return duration,
            Some(_) => format!("must lie between {:?} and {:?}", within.start(), within.end()),
        };
        self.wrong_at(key, wrong);
        default
    }

    pub(super) fn size(&self, key: &str, default: u64, within: RangeInclusive<u64>) -> u64 {
        let Some(said) = self.text(key) else { return default };
        let wrong = match units::size(said.text) {
            None => format!("`{}` is no size such as \"64MiB\"", said.text),
            Some(size) if within.contains(&size) => return size,
            Some(_) => format!("must lie between {} and {} bytes", within.start(), within.end()),
        };
        self.wrong_at(key, wrong);
        default
    }

    /// A text that is read as something else.
    pub(super) fn parsed<T: FromStr>(&self, key: &str, what: &str) -> Option<T> {
        let said = self.text(key)?;
        let parsed = said.text.parse().ok();
        if parsed.is_none() {
            self.wrong_at(key, format!("`{}` is no {what}", said.text));
        }
        parsed
    }

    /// One of several names.
    pub(super) fn choice<T: Copy>(&self, key: &str, all: &[T], name: fn(T) -> &'static str) -> Option<T> {
        let said = self.text(key)?;
        self.chosen(key, &said, all, name)
    }

    /// Which of several names a text is.
    pub(super) fn chosen<T: Copy>(
        &self,
        key: &str,
        said: &Said<'_>,
        all: &[T],
        name: fn(T) -> &'static str,
    ) -> Option<T> {
        let found = all.iter().copied().find(|one| name(*one) == said.text);
        if found.is_none() {
            let names: Vec<&str> = all.iter().map(|one| name(*one)).collect();
            let message = format!("`{}` is none of {}", said.text, names.join(", "));
            self.wrong_there(key, said.place.clone(), message);
        }
        found
    }

    /// A secret: `key`, or the file named by `key_file`.
    pub(super) fn secret(&self, key: &str) -> Option<SecretString> {
        let file_key = format!("{key}_file");
        let said = self.text(key);
        match (said, self.text(&file_key)) {
            (Some(_), Some(_)) => {
                self.wrong_at(&file_key, format!("give either {key} or {file_key}, not both"));
                None
            }
            (Some(said), None) => Some(SecretString::from(said.text)),
            (None, Some(file)) => match std::fs::read_to_string(file.text) {
                Ok(content) => Some(SecretString::from(content.trim_end_matches(['\r', '\n']))),
                Err(error) => {
                    self.wrong_at(&file_key, format!("cannot read `{}`: {}", file.text, error.kind()));
                    None
                }
            },
            (None, None) => None,
        }
    }

    /// A table beneath this one.
    pub(super) fn section(&self, key: &str) -> Option<Section<'a>> {
        let value = self.value(key)?;
        self.as_section(key, value)
    }

    /// The named tables beneath this one, in the order of the file.
    pub(super) fn sections(&self) -> Vec<(Said<'a>, Section<'a>)> {
        let named = |(key, value): (Said<'a>, &'a Spanned<DeValue<'a>>)| {
            let section = self.as_section(key.text, value)?;
            Some((key, section))
        };
        self.entries().into_iter().filter_map(named).collect()
    }

    /// The tables of a list.
    pub(super) fn list_of_sections(&self, key: &str) -> Vec<Section<'a>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let DeValue::Array(entries) = value.get_ref() else {
            self.wrong_at(key, format!("must be a list of tables, not {}", kind(value)));
            return Vec::new();
        };
        entries.iter().filter_map(|entry| self.as_section(key, entry)).collect()
    }

    pub(super) fn as_section(&self, key: &str, value: &'a Spanned<DeValue<'a>>) -> Option<Section<'a>> {
        if let DeValue::Table(table) = value.get_ref() {
            return Some(Section::new(self.book, self.path_of(key), value.span(), table));
        }
        self.wrong_there(key, value.span(), format!("must be a table, not {}", kind(value)));
        None
    }

    pub(super) fn as_text(&self, key: &str, value: &'a Spanned<DeValue<'a>>) -> Option<Said<'a>> {
        match value.get_ref() {
            DeValue::String(text) if text.trim().is_empty() => {
                self.wrong_there(key, value.span(), "is empty");
                None
            }
            DeValue::String(text) => Some(Said { text, place: value.span() }),
            _ => {
                self.wrong_there(key, value.span(), format!("must be a text, not {}", kind(value)));
                None
            }
        }
    }

    /// Where the value of a key stands, else where the section does.
    pub(super) fn place_of(&self, key: &str) -> Place {
        self.table.get(key).map_or_else(|| self.place(), Spanned::span)
    }
}

impl Drop for Section<'_> {
    /// Every key that may be there has been asked for by now; others are mistakes.
    fn drop(&mut self) {
        let asked = self.asked.borrow();
        for key in self.table.keys().filter(|key| !asked.contains(&**key.get_ref())) {
            let meant = asked.iter().filter(|known| distance(known, key.get_ref()) <= 2);
            let meant = meant.min_by_key(|known| distance(known, key.get_ref()));
            let hint = meant.map_or_else(String::new, |known| format!("; did you mean {known}?"));
            self.book.note(key.span(), self.path_of(key.get_ref()), format!("is no known setting{hint}"));
        }
    }
}

fn kind(value: &Spanned<DeValue<'_>>) -> impl Display {
    match value.get_ref() {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// How many letters must be changed, added or taken away to make one of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, one) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(one != *other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
