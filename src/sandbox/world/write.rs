//! Saves a world to a folder that can be read again.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;

use chrono::SecondsFormat;
use serde_json::json;

use super::{Table, World, WorldError};

/// Writes every table and document.
pub(super) fn world(world: &World, folder: &Path) -> Result<(), WorldError> {
    let failed = |path: &Path, error: &dyn std::fmt::Display| {
        WorldError(format!("{} cannot be written: {error}", path.display()))
    };
    fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    let mut head = json!({ "currency": world.currency });
    if let Some(as_of) = world.as_of {
        head["as_of"] = as_of.to_rfc3339_opts(SecondsFormat::AutoSi, true).into();
    }
    let path = folder.join("world.json");
    fs::write(&path, format!("{head:#}\n")).map_err(|error| failed(&path, &error))?;
    for (vendor, tables) in &world.vendors {
        fs::create_dir_all(folder.join(vendor)).map_err(|error| failed(folder, &error))?;
        for (name, content) in tables {
            let path = folder.join(vendor).join(format!("{name}.csv"));
            table(content, &path).map_err(|error| failed(&path, &error))?;
        }
    }
    for (vendor, documents) in &world.documents {
        fs::create_dir_all(folder.join(vendor)).map_err(|error| failed(folder, &error))?;
        for (name, content) in documents {
            let path = folder.join(vendor).join(format!("{name}.json"));
            fs::write(&path, format!("{content:#}\n")).map_err(|error| failed(&path, &error))?;
        }
    }
    Ok(())
}

fn table(table: &Table, path: &Path) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(BufWriter::with_capacity(1 << 16, fs::File::create(path)?));
    writer.write_record(table.columns.iter().map(|column| &**column))?;
    for row in &table.rows {
        writer.write_record(row.iter().map(|cell| cell.as_deref().unwrap_or_default()))?;
    }
    writer.flush()?;
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?.flush()?;
    Ok(())
}
