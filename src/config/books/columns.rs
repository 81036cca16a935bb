//! A CSV file beside the settings, read row by row: what is wrong is told with the file's name and line.

use std::collections::HashMap;

use super::super::section::Section;

/// A file of columns, and where the settings name it.
pub(super) struct Columns<'a> {
    section: &'a Section<'a>,
    key: &'a str,
    name: String,
}

/// One row: its line in the file and its cells by column, blank ones left out.
pub(super) struct Row {
    pub(super) line: u64,
    cells: HashMap<&'static str, String>,
}

impl Row {
    pub(super) fn cell(&self, column: &str) -> Option<&str> {
        self.cells.get(column).map(String::as_str)
    }
}

impl<'a> Columns<'a> {
    /// Reads the file that a key names, where it names one: `known` are its columns, the `required` ones among them must
    /// be there.
    pub(super) fn read(
        section: &'a Section<'a>,
        key: &'a str,
        known: &[&'static str],
        required: &[&'static str],
    ) -> Option<(Self, Vec<Row>)> {
        let said = section.text(key)?;
        let columns = Self { section, key, name: said.text.to_owned() };
        let text = match std::fs::read_to_string(section.book().folder().join(said.text)) {
            Ok(text) => text,
            Err(error) => {
                section.wrong_at(key, format!("cannot read `{}`: {}", said.text, error.kind()));
                return None;
            }
        };
        let rows = columns.rows(&text, known, required);
        Some((columns, rows))
    }

    /// Notes something about a line of the file.
    pub(super) fn wrong(&self, line: u64, message: &str) {
        self.section.wrong_at(self.key, format!("{} line {line}: {message}", self.name));
    }

    fn rows(&self, text: &str, known: &[&'static str], required: &[&'static str]) -> Vec<Row> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
        let Ok(header) = reader.headers().cloned() else {
            self.wrong(1, "is no row of column names");
            return Vec::new();
        };
        let mut places = Vec::new();
        for (place, name) in header.iter().enumerate() {
            match known.iter().find(|known| **known == name) {
                Some(known) => places.push((place, *known)),
                None => self.wrong(1, &format!("`{name}` is none of {}", known.join(", "))),
            }
        }
        for column in required.iter().filter(|column| !header.iter().any(|name| name == **column)) {
            self.wrong(1, &format!("there is no column {column}"));
        }
        let mut rows = Vec::new();
        for record in reader.records() {
            match record {
                Ok(record) => {
                    let line = record.position().map_or(0, csv::Position::line);
                    let cell = |(place, name): &(usize, &'static str)| {
                        let text = record.get(*place).filter(|text| !text.is_empty())?;
                        Some((*name, text.to_owned()))
                    };
                    let cells: HashMap<_, _> = places.iter().filter_map(cell).collect();
                    if cells.is_empty() {
                        continue;
                    }
                    for column in required.iter().filter(|column| !cells.contains_key(**column)) {
                        if header.iter().any(|name| name == *column) {
                            self.wrong(line, &format!("{column} is missing"));
                        }
                    }
                    rows.push(Row { line, cells });
                }
                Err(error) => {
                    let line = error.position().map_or(0, csv::Position::line);
                    self.wrong(line, "has not as many cells as there are columns");
                }
            }
        }
        rows
    }
}
