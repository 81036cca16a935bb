//! The options of one source: a tree that shared settings are put into, then read by the connector's serde type.

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use super::super::book::{Book, Place};
use super::super::section::Section;

/// How many mistakes of one source's options are looked for.
const PATIENCE: usize = 50;

/// The options, and where they were said.
pub(super) struct Tree<'s, 'a> {
    book: &'s Book<'a>,
    path: String,
    place: Place,
    table: DeTable<'a>,
    /// What was put in; the settings themselves must not say it again.
    put: Vec<String>,
}

impl<'s, 'a> Tree<'s, 'a> {
    /// The table `options` of a source; empty where there is none.
    pub(super) fn new(section: &'s Section<'a>) -> Self {
        let path = section.path_of("options");
        let table = match section.value("options").map(Spanned::get_ref) {
            None => DeTable::new(),
            Some(DeValue::Table(table)) => table.clone(),
            Some(_) => {
                section.wrong_at("options", "must be a table");
                DeTable::new()
            }
        };
        Self { book: section.book(), path, place: section.place_of("options"), table, put: Vec::new() }
    }

    /// Whether the options say something at this dotted path.
    pub(super) fn says(&self, path: &str) -> bool {
        place_of(&self.table, path).is_some()
    }

    /// Notes something about an option, by its path within the options. What is missing is told where the table stands
    /// that it is missing from.
    pub(super) fn wrong_at(&self, path: &str, message: impl Into<String>) {
        let above = || path.rsplit_once('.').and_then(|(above, _)| place_of(&self.table, above));
        let place = place_of(&self.table, path).or_else(above).unwrap_or_else(|| self.place.clone());
        self.book.note(place, format!("{}.{path}", self.path), message);
    }

    pub(super) fn put_text(&mut self, path: &[&str], place: Place, text: &str) {
        self.put(path, Spanned::new(place, DeValue::String(text.to_owned().into())));
    }

    pub(super) fn put_flag(&mut self, path: &[&str], place: Place, flag: bool) {
        self.put(path, Spanned::new(place, DeValue::Boolean(flag)));
    }

    /// Puts a list of texts, after those the options say themselves.
    pub(super) fn put_texts<'t>(&mut self, key: &str, texts: impl Iterator<Item = &'t str>) {
        let place = self.place.clone();
        let entry = self
            .table
            .entry(Spanned::new(place.clone(), key.to_owned().into()))
            .or_insert_with(|| Spanned::new(place.clone(), DeValue::Array(toml::de::DeArray::new())));
        if let DeValue::Array(list) = entry.get_mut() {
            for text in texts {
                list.push(Spanned::new(place.clone(), DeValue::String(text.to_owned().into())));
            }
        }
    }

    /// Reads the options. serde stops at its first mistake, so that each is noted, taken out, and the rest read
    /// again.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Option<T> {
        let mut table = self.table.clone();
        let mut taken_out: Vec<String> = Vec::new();
        for _ in 0..PATIENCE {
            let error =
                match T::deserialize(Deserializer::from(Spanned::new(self.place.clone(), table.clone()))) {
                    Ok(options) if taken_out.is_empty() => return Some(options),
                    Ok(_) => return None,
                    Err(error) => error,
                };
            let message = error.message().trim().to_owned();
            if taken_out.iter().any(|key| message.contains(&format!("missing field `{key}`"))) {
                return None;
            }
            let place = error.span().unwrap_or_else(|| self.place.clone());
            let Some(steps) = take_out(&mut table, &place) else {
                self.book.note(place, self.path.clone(), message);
                return None;
            };
            self.book.note(place, format!("{}.{}", self.path, steps.join(".")), message);
            taken_out.extend(steps.into_iter().last());
        }
        None
    }

    fn put(&mut self, path: &[&str], value: Spanned<DeValue<'a>>) {
        let place = value.span();
        let dotted = path.join(".");
        let Some((last, steps)) = path.split_last() else { return };
        let mut table = &mut self.table;
        for step in steps {
            let key = Spanned::new(place.clone(), (*step).to_owned().into());
            let entry = table
                .entry(key)
                .or_insert_with(|| Spanned::new(place.clone(), DeValue::Table(DeTable::new())));
            match entry.get_mut() {
                DeValue::Table(beneath) => table = beneath,
                // The connector's own type will say what is wrong with it.
                _ => return,
            }
        }
        if table.contains_key(*last) && !self.put.contains(&dotted) {
            let message = format!("is said twice: also in {}.{dotted}", self.path);
            self.book.note(place, String::new(), message);
            return;
        }
        table.insert(Spanned::new(place, (*last).to_owned().into()), value);
        self.put.push(dotted);
    }
}

/// Where the value at a dotted path stands.
fn place_of(table: &DeTable<'_>, path: &str) -> Option<Place> {
    match path.split_once('.') {
        None => table.get(path).map(Spanned::span),
        Some((first, rest)) => match table.get(first)?.get_ref() {
            DeValue::Table(beneath) => place_of(beneath, rest),
            _ => None,
        },
    }
}

/// Takes out the innermost entry that stands at this place, and tells its path.
fn take_out(table: &mut DeTable<'_>, place: &Place) -> Option<Vec<String>> {
    for (key, value) in table.iter_mut() {
        if let DeValue::Table(beneath) = value.get_mut()
            && let Some(mut steps) = take_out(beneath, place)
        {
            steps.insert(0, key.get_ref().to_string());
            return Some(steps);
        }
    }
    let within = |outer: &Place| outer.start <= place.start && place.end <= outer.end;
    let found = table
        .iter()
        .find(|(key, value)| key.span() == *place || value.span() == *place)
        .or_else(|| {
            table
                .iter()
                .find(|(_, value)| !matches!(value.get_ref(), DeValue::Table(_)) && within(&value.span()))
        })
        .map(|(key, _)| key.get_ref().to_string())?;
    table.remove(found.as_str());
    Some(vec![found])
}
