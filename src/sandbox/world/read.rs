//! Reads a world from its folder, and says what is wrong with it by file and line.

use std::collections::HashSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::Deserialize;

use super::tables::{DOCUMENTS, Form, IdForm, Spec, TABLES, VENDORS, form};
use super::{Cell, Interner, Row, SETTINGS, Table, World, WorldError, salesforce_checksum};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    as_of: Option<DateTime<Utc>>,
    #[serde(default = "us_dollar")]
    currency: String,
}

fn us_dollar() -> String {
    "USD".into()
}

/// The world in a folder.
pub(super) fn world(folder: &Path) -> Result<World, WorldError> {
    let head = head(folder)?;
    let mut world = World { as_of: head.as_of, currency: head.currency, ..World::default() };
    for entry in entries(folder, "")? {
        let known = ["world.json", SETTINGS].contains(&entry.name.as_str())
            || VENDORS.contains(&entry.name.as_str())
            || entry.ignored();
        if !known {
            return Err(
                entry.unknown("a world has world.json, settings.toml and the folders salesforce and hubspot")
            );
        }
    }
    for vendor in VENDORS {
        let inside = folder.join(vendor);
        if !inside.exists() {
            continue;
        }
        for entry in entries(&inside, vendor)?.into_iter().filter(|entry| !entry.ignored()) {
            if let Some(name) = entry.name.strip_suffix(".csv")
                && let Some(spec) = TABLES.iter().find(|spec| (spec.vendor, spec.name) == (vendor, name))
            {
                let read = table(&entry, spec)?;
                world.vendors.entry(vendor.into()).or_default().insert(name.into(), read);
            } else if let Some(name) = entry.name.strip_suffix(".json")
                && DOCUMENTS.contains(&(vendor, name))
            {
                let document = serde_json::from_str(&entry.text()?)
                    .map_err(|error| entry.wrong(error.line(), &format!("no JSON: {error}")))?;
                world.documents.entry(vendor.into()).or_default().insert(name.into(), document);
            } else {
                let known: Vec<_> =
                    TABLES.iter().filter(|spec| spec.vendor == vendor).map(|spec| spec.name).collect();
                return Err(entry.unknown(&format!("its tables are {}", known.join(", "))));
            }
        }
    }
    Ok(world)
}

fn head(folder: &Path) -> Result<Head, WorldError> {
    let path = folder.join("world.json");
    let file = Entry { path, shown: "world.json".into(), name: "world.json".into() };
    let head: Head = match fs::read_to_string(&file.path) {
        Ok(text) => serde_json::from_str(&text)
            .map_err(|error| file.wrong(error.line(), &format!("no settings of a world: {error}")))?,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(WorldError(format!("{} is no world: it has no world.json", folder.display())));
        }
        Err(error) => return Err(file.unreadable(&error)),
    };
    let code = head.currency.as_bytes();
    if code.len() != 3 || !code.iter().all(u8::is_ascii_uppercase) {
        let message = format!("currency \"{}\" is no ISO 4217 code such as USD", head.currency);
        return Err(file.wrong(1, &message));
    }
    Ok(head)
}

/// One file of the folder, and how we name it to its owner.
struct Entry {
    path: PathBuf,
    shown: String,
    name: String,
}

impl Entry {
    /// Files people keep beside the data.
    fn ignored(&self) -> bool {
        self.name.starts_with('.') || self.name.eq_ignore_ascii_case("readme.md")
    }

    fn text(&self) -> Result<String, WorldError> {
        fs::read_to_string(&self.path).map_err(|error| self.unreadable(&error))
    }

    fn wrong(&self, line: usize, what: &str) -> WorldError {
        WorldError(format!("{}, line {line}: {what}", self.shown))
    }

    fn unknown(&self, known: &str) -> WorldError {
        WorldError(format!("{}: no such table; {known}", self.shown))
    }

    fn unreadable(&self, error: &std::io::Error) -> WorldError {
        WorldError(format!("{} cannot be read: {error}", self.shown))
    }
}

fn entries(folder: &Path, shown: &str) -> Result<Vec<Entry>, WorldError> {
    let unreadable =
        |error: std::io::Error| WorldError(format!("{} cannot be read: {error}", folder.display()));
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let shown = if shown.is_empty() { name.clone() } else { format!("{shown}/{name}") };
        found.push(Entry { path: entry.path(), shown, name });
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// One column as it is read.
struct Column {
    name: Arc<str>,
    form: Form,
    required: bool,
}

fn table(file: &Entry, spec: &Spec) -> Result<Table, WorldError> {
    let input = fs::File::open(&file.path).map_err(|error| file.unreadable(&error))?;
    let mut reader = csv::ReaderBuilder::new().from_reader(std::io::BufReader::with_capacity(1 << 16, input));
    let columns = columns(file, spec, reader.headers().map_err(|error| broken(file, &error))?)?;
    let id = (spec.id != IdForm::None)
        .then(|| columns.iter().position(|column| *column.name == *spec.required[0]))
        .flatten();

    let mut rows = Vec::new();
    let mut seen = HashSet::new();
    let mut interner = Interner::default();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| broken(file, &error))? {
        let line = record.position().map_or(0, |position| position.line() as usize);
        let mut row: Vec<Cell> = Vec::with_capacity(columns.len());
        for (column, text) in columns.iter().zip(&record) {
            row.push(cell(column, text, &mut interner).map_err(|what| file.wrong(line, &what))?);
        }
        let row: Row = row.into();
        if let Some(id) = id.and_then(|id| row[id].as_ref()) {
            if let Some(what) = id_mistake(spec.id, id) {
                return Err(file.wrong(line, &what));
            }
            if !seen.insert(Arc::clone(id)) {
                return Err(file.wrong(line, &format!("{id} is there twice")));
            }
        }
        rows.push(row);
    }
    rows.shrink_to_fit();
    Ok(Table { columns: columns.into_iter().map(|column| column.name).collect(), rows })
}

fn columns(file: &Entry, spec: &Spec, header: &csv::StringRecord) -> Result<Vec<Column>, WorldError> {
    let mut columns: Vec<Column> = Vec::new();
    for name in header.iter().map(|name| name.trim_start_matches('\u{feff}').trim()) {
        if name.is_empty() {
            return Err(file.wrong(1, "a column has no name"));
        }
        if columns.iter().any(|column| &*column.name == name) {
            return Err(file.wrong(1, &format!("the column {name} is there twice")));
        }
        columns.push(Column {
            name: name.into(),
            form: form(spec.vendor, name),
            required: spec.required.contains(&name),
        });
    }
    for required in spec.required {
        if !columns.iter().any(|column| &*column.name == *required) {
            return Err(file.wrong(1, &format!("the column {required} is missing")));
        }
    }
    Ok(columns)
}

fn broken(file: &Entry, error: &csv::Error) -> WorldError {
    let line = error.position().map_or(1, |position| position.line() as usize);
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            file.wrong(line, &format!("{len} cells where the header has {expected_len}"))
        }
        csv::ErrorKind::Utf8 { .. } => file.wrong(line, "not UTF-8"),
        csv::ErrorKind::Io(error) => file.unreadable(error),
        _ => file.wrong(line, &error.to_string()),
    }
}

fn cell(column: &Column, text: &str, interner: &mut Interner) -> Result<Cell, String> {
    let name = &column.name;
    if text.is_empty() {
        return if column.required { Err(format!("{name} is empty")) } else { Ok(None) };
    }
    let value = match column.form {
        Form::Text => interner.text(text),
        Form::Instant => instant(text)
            .ok_or_else(|| format!("{name} \"{text}\" is no instant such as 2026-01-31T08:00:00Z"))?
            .into(),
        Form::Date => match NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            Ok(_) => interner.text(text),
            Err(_) => return Err(format!("{name} \"{text}\" is no date such as 2026-01-31")),
        },
        Form::Truth => match text.to_ascii_lowercase().as_str() {
            truth @ ("true" | "false") => interner.text(truth),
            _ => return Err(format!("{name} \"{text}\" is neither true nor false")),
        },
        Form::Json => match serde_json::from_str::<serde::de::IgnoredAny>(text) {
            Ok(_) => interner.text(text),
            Err(error) => return Err(format!("{name} is no JSON: {error}")),
        },
    };
    Ok(Some(value))
}

/// The instant as every world keeps it.
fn instant(text: &str) -> Option<String> {
    let instant = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
        .ok()?;
    Some(instant.to_utc().to_rfc3339_opts(SecondsFormat::Millis, true))
}

fn id_mistake(form: IdForm, id: &str) -> Option<String> {
    match form {
        IdForm::Salesforce => {
            let plain = id.len() == 18 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
            (!plain || salesforce_checksum(&id[..15]) != id[15..])
                .then(|| format!("{id} is no Salesforce id of 18 characters with its checksum"))
        }
        IdForm::Number => (id.starts_with('0') || !id.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| format!("{id} is no HubSpot id: those are digits")),
        IdForm::Text | IdForm::None => None,
    }
}
