//! Pouring a world's tables into the store, and filling in what follows from other fields.

use std::collections::HashMap;

use tracing::warn;

use crate::sandbox::world::{self, World};

use super::super::id::RecordId;
use super::super::schema::{self, ObjectNo, Schema};
use super::column::store;
use super::table::Table;
use super::value::Value;
use super::{RowNo, Store};

/// Columns with at most this many different texts keep each text once.
const WORTH_SHARING: usize = 4096;

impl Store {
    /// The org a world describes.
    pub(in super::super) fn of(world: &World) -> Self {
        let schema = Schema::of(world);
        let tables = schema.objects.iter().map(Table::new).collect();
        let mut store = Self { schema, tables, journal: Vec::new() };
        for object in 0..store.schema.objects.len() {
            let name = store.schema.objects[object].name.clone();
            if let Some(rows) = schema::table(world, &name) {
                store.pour(object, &rows);
                store.complete(object, &rows);
            }
        }
        store.commit();
        store
    }

    fn pour(&mut self, object: ObjectNo, from: &world::Table) {
        let name = &self.schema.objects[object].name;
        let Some(id_column) = from.column("Id") else {
            warn!(table = name, "the table {name} has no column Id and is left out");
            return;
        };
        let mut order: Vec<(RecordId, usize)> = from
            .rows
            .iter()
            .enumerate()
            .filter_map(|(at, row)| Some((RecordId::lenient(row[id_column].as_deref()?)?, at)))
            .collect();
        order.sort_unstable();
        order.dedup_by_key(|(id, _)| *id);
        if order.len() < from.rows.len() {
            let lost = from.rows.len() - order.len();
            warn!(table = name, lost, "{lost} rows of {name} have no id of their own and are left out");
        }
        let table = &mut self.tables[object];
        table.ids = order.iter().map(|(id, _)| *id).collect();
        let mut unread = 0_usize;
        for (column, title) in from.columns.iter().enumerate() {
            let Some(field) = self.schema.objects[object].field(title).filter(|field| *field > 0) else {
                continue;
            };
            let kind = self.schema.objects[object].fields[field].kind;
            let mut seen = HashMap::new();
            for (row, (_, at)) in order.iter().enumerate() {
                let Some(cell) = from.rows[*at][column].as_deref() else { continue };
                let Some(value) = Value::read(cell, kind) else {
                    unread += 1;
                    continue;
                };
                if let Value::Text(text) = &value
                    && seen.len() < WORTH_SHARING
                {
                    let span = *seen.entry(cell).or_insert_with(|| store(&mut table.heap, text));
                    table.columns[field].set_span(row, span);
                } else {
                    table.columns[field].set(row, &value, &mut table.heap);
                }
            }
        }
        if unread > 0 {
            warn!(
                table = name,
                unread, "{unread} cells of {name} are not of their field's type and read as null"
            );
        }
        table.heap.shrink_to_fit();
    }

    /// Fields a world may leave out because they follow from others.
    fn complete(&mut self, object: ObjectNo, from: &world::Table) {
        let shape = &self.schema.objects[object];
        let name = shape.name.clone();
        let missing = |field: &str| shape.field(field).filter(|_| from.column(field).is_none());
        let stamps: Vec<_> = ["LastModifiedDate", "SystemModstamp"].into_iter().filter_map(missing).collect();
        let full_name = missing("Name").filter(|_| shape.field("LastName").is_some());
        let emitted: Vec<&str> = DERIVED
            .iter()
            .filter(|(of, field)| *of == name && missing(field).is_some())
            .map(|(_, field)| *field)
            .collect();
        let sources = ["LastModifiedDate", "CreatedDate"].map(|field| shape.field(field));
        for row in 0..self.tables[object].len() as RowNo {
            for &stamp in &stamps {
                let value = sources
                    .iter()
                    .flatten()
                    .map(|source| self.get(object, row, *source).into_owned())
                    .find(|value| !value.is_null());
                if let Some(value) = value {
                    self.tables[object].set(row, stamp, &value);
                }
            }
            if let Some(field) = full_name {
                let value = self.full_name(object, row);
                self.tables[object].set(row, field, &value);
            }
            for field in &emitted {
                let value = self.derived(object, row, field);
                let field = self.schema.known_field(object, field);
                self.tables[object].set(row, field, &value);
            }
        }
    }

    /// First and last name in one.
    pub(in super::super) fn full_name(&self, object: ObjectNo, row: RowNo) -> Value<'static> {
        let parts = ["FirstName", "LastName"].map(|field| self.named(object, row, field).to_string());
        let name = parts.join(" ").trim().to_owned();
        if name.is_empty() { Value::Null } else { Value::text(name) }
    }
}

/// Fields the vendor computes, by object.
pub(in super::super) const DERIVED: &[(&str, &str)] = &[
    ("Opportunity", "IsClosed"),
    ("Opportunity", "IsWon"),
    ("Opportunity", "Probability"),
    ("Opportunity", "ForecastCategory"),
    ("Opportunity", "ForecastCategoryName"),
    ("Opportunity", "ExpectedRevenue"),
    ("Opportunity", "FiscalYear"),
    ("Opportunity", "FiscalQuarter"),
    ("Opportunity", "Fiscal"),
    ("Task", "IsClosed"),
    ("Task", "IsHighPriority"),
    ("CampaignMember", "LeadOrContactId"),
    ("CampaignMember", "Type"),
    ("Contact", "IsEmailBounced"),
];

impl Store {
    /// What the vendor would compute for a field of [`DERIVED`].
    pub(in super::super) fn derived(&self, object: ObjectNo, row: RowNo, field: &str) -> Value<'static> {
        let get = |name: &str| self.named(object, row, name);
        match field {
            "IsClosed" if self.schema.objects[object].name == "Task" => {
                Value::Bool(get("Status").same(&Value::text("Completed")))
            }
            "IsHighPriority" => Value::Bool(get("Priority").same(&Value::text("High"))),
            "Probability" => self.of_stage(object, row, "DefaultProbability"),
            "IsClosed" | "IsWon" | "ForecastCategory" | "ForecastCategoryName" => {
                self.of_stage(object, row, field)
            }
            "ExpectedRevenue" => match (get("Amount"), get("Probability")) {
                (Value::Number(amount), Value::Number(percent)) => Value::Number(amount * percent / 100.0),
                _ => Value::Null,
            },
            "FiscalYear" | "FiscalQuarter" | "Fiscal" => fiscal(&get("CloseDate").to_string(), field),
            "LeadOrContactId" => match get("ContactId") {
                Value::Null => get("LeadId").into_owned(),
                contact => contact.into_owned(),
            },
            "Type" => match (get("ContactId"), get("LeadId")) {
                (Value::Null, Value::Null) => Value::Null,
                (Value::Null, _) => Value::text("Lead"),
                _ => Value::text("Contact"),
            },
            "IsEmailBounced" => Value::Bool(!get("EmailBouncedDate").is_null()),
            _ => Value::Null,
        }
    }

    fn of_stage(&self, object: ObjectNo, row: RowNo, field: &str) -> Value<'static> {
        let stages = self.schema.known("OpportunityStage");
        let stage = self.named(object, row, "StageName");
        let found = (0..self.tables[stages].len() as RowNo).find(|stage_row| {
            ["ApiName", "MasterLabel"].iter().any(|name| self.named(stages, *stage_row, name).same(&stage))
        });
        match found {
            _ if stage.is_null() => Value::Null,
            Some(found) => self.named(stages, found, field).into_owned(),
            None => Value::Null,
        }
    }
}

fn fiscal(day: &str, field: &str) -> Value<'static> {
    let Some((Some(year), Some(month))) =
        day.get(..7).map(|day| (day[..4].parse::<f64>().ok(), day[5..].parse::<u32>().ok()))
    else {
        return Value::Null;
    };
    let quarter = month.saturating_sub(1) / 3 + 1;
    match field {
        "FiscalYear" => Value::Number(year),
        "FiscalQuarter" => Value::Number(f64::from(quarter)),
        _ => Value::text(format!("{year} {quarter}")),
    }
}
