//! A store from a world: the tables of the `hubspot` folder, as the sandbox's `README.md` describes them.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::Store;
use super::cells::Cells;
use super::history::{Origin, Version};
use super::links::{End, Links, TypeId};
use super::objects::{Objects, Row, State};
use super::schema::{Property, Schema, ValueType, label, lifecycle_stages};
use super::sheet::{Line, Sheet};
use crate::sandbox::hubspot::kind::Kind;
use crate::sandbox::hubspot::stamp::{self, Millis};
use crate::sandbox::hubspot::{events, forms, pipelines, segments};
use crate::sandbox::world::{Table, World};

const VENDOR: &str = "hubspot";

impl Store {
    /// Everything the world's HubSpot knows at an instant.
    pub(crate) fn load(world: &World, now: Millis) -> Self {
        let sheet = |name: &str| Sheet::of(world.table(VENDOR, name));
        let pipelines = pipelines::load(
            world.documents.get(VENDOR).and_then(|documents| documents.get("pipelines")),
            now,
        );
        let mut objects: Vec<Objects> =
            Kind::all().map(|kind| records(kind, world.table(VENDOR, kind.plural()), now)).collect();
        objects[Kind::DEALS.index()].stages = pipelines::stage_facts(&pipelines, "deals");
        history(&mut objects, &sheet("property_history"));
        merges(&mut objects, &sheet("merges"));
        let schemas = schemas(&objects, &pipelines, &sheet("properties"), now);
        let mut links = Links::default();
        let associations = sheet("associations");
        let surviving = |(kind, id): End| (kind, objects[kind.index()].surviving(id));
        let linked = associations.lines().filter_map(association);
        links.load(linked.map(|(from, to, type_id)| (surviving(from), surviving(to), type_id)));
        let currency = if world.currency.is_empty() { "USD".into() } else { world.currency.clone() };
        Self {
            objects,
            schemas,
            links,
            owners: sheet("owners"),
            pipelines,
            forms: forms::Forms::load(sheet("forms"), sheet("form_submissions")),
            segments: segments::Segments::load(&sheet("lists"), &sheet("list_memberships"), now),
            marketing_emails: sheet("marketing_emails"),
            events: events::Events::load(sheet("email_events"), sheet("email_campaigns")),
            campaigns: sheet("campaigns"),
            currency,
            since: now,
        }
    }
}

fn records(kind: Kind, table: Option<&Table>, now: Millis) -> Objects {
    let Some(table) = table else { return Objects::new(kind, []) };
    let kept: Vec<usize> = (0..table.columns.len())
        .filter(|column| {
            let name = &*table.columns[*column];
            ![kind.created(), kind.modified(), "id", "hs_object_id", "archived_at"].contains(&name)
        })
        .collect();
    let mut objects = Objects::new(kind, kept.iter().map(|column| Arc::clone(&table.columns[*column])));
    let [id, created, modified, archived] =
        ["id", kind.created(), kind.modified(), "archived_at"].map(|name| table.column(name));
    let rows = table.rows.iter().filter_map(|row| {
        let text = |column: Option<usize>| column.and_then(|column| row.get(column)?.as_deref());
        let instant = |column| text(column).and_then(stamp::parse);
        let created = instant(created).unwrap_or(now);
        Some(Row {
            id: text(id)?.parse().ok()?,
            created,
            updated: instant(modified).unwrap_or(created),
            state: instant(archived).map_or(State::Live, State::Archived),
            cells: Cells::pack(kept.iter().map(|column| row.get(*column)?.as_deref())),
        })
    });
    objects.load(rows.collect());
    objects
}

fn history(objects: &mut [Objects], sheet: &Sheet) {
    let mut origins: Vec<Arc<str>> = Vec::new();
    for line in sheet.lines() {
        let source = line.get("source_type").unwrap_or("CRM_UI");
        let source_type = origins.iter().find(|known| &***known == source).cloned().unwrap_or_else(|| {
            let new: Arc<str> = source.into();
            origins.push(Arc::clone(&new));
            new
        });
        let (Some(kind), Some(id), Some(property), Some(at)) = (
            line.get("object").and_then(Kind::named),
            line.get("id").and_then(|id| id.parse().ok()),
            line.get("property"),
            line.get("timestamp").and_then(stamp::parse),
        ) else {
            continue;
        };
        let origin = Origin {
            source_type,
            source_id: line.get("source_id").map(Into::into),
            user: line.get("user_id").and_then(|user| user.parse().ok()),
        };
        let version = Version { at, value: line.get("value").unwrap_or_default().into(), origin };
        objects[kind.index()].history.load(id, property, version);
    }
    for objects in objects {
        objects.history.settle();
    }
}

fn merges(objects: &mut [Objects], sheet: &Sheet) {
    let mut all: Vec<(Millis, Kind, u64, u64)> = sheet
        .lines()
        .filter_map(|line| {
            Some((
                line.get("merged_at").and_then(stamp::parse)?,
                line.get("object").and_then(Kind::named)?,
                line.get("winner")?.parse().ok()?,
                line.get("loser")?.parse().ok()?,
            ))
        })
        .collect();
    all.sort_unstable();
    for (at, kind, winner, loser) in all {
        objects[kind.index()].absorb(loser, winner, at);
    }
}

fn association(line: Line) -> Option<(End, End, TypeId)> {
    let from = (Kind::named(line.get("from_type")?)?, line.get("from_id")?.parse().ok()?);
    let to = (Kind::named(line.get("to_type")?)?, line.get("to_id")?.parse().ok()?);
    Some((from, to, line.get("type_id")?.parse().ok()?))
}

fn schemas(objects: &[Objects], pipelines: &Map<String, Value>, custom: &Sheet, now: Millis) -> Vec<Schema> {
    let mut schemas: Vec<Schema> = objects
        .iter()
        .map(|objects| {
            let kind = objects.kind;
            let columns = objects.columns().map(|name| &**name);
            // Custom properties are typed by their own table, below.
            let custom: Vec<&str> = custom
                .lines()
                .filter(|line| line.get("object").and_then(Kind::named) == Some(kind))
                .filter_map(|line| line.get("name"))
                .collect();
            let columns = columns.filter(|name| !custom.contains(name));
            if matches!(kind, Kind::CONTACTS | Kind::COMPANIES) {
                Schema::standard(kind, lifecycle_stages(), columns, now)
            } else {
                let stages = pipelines::stages(pipelines, kind.plural());
                Schema::standard(kind, stages.iter().map(String::as_str), columns, now)
            }
        })
        .collect();
    for line in custom.lines() {
        let (Some(kind), Some(name)) = (line.get("object").and_then(Kind::named), line.get("name")) else {
            continue;
        };
        let schema = &mut schemas[kind.index()];
        let value_type = line.get("type").and_then(ValueType::named).unwrap_or(ValueType::Text);
        let property = Property {
            name: name.into(),
            label: line.get("label").map_or_else(|| label(name), str::to_owned),
            description: String::new(),
            group: format!("{}information", kind.singular()),
            value_type,
            field_type: line.get("field_type").unwrap_or("text").into(),
            options: line.get("options_json").map(options).unwrap_or_default(),
            read_only: false,
            unique: line.get("unique").is_some_and(|unique| unique == "true"),
            // A custom line may also refine a standard property, such as an account's own lifecycle stages.
            standard: schema.properties.get(name).is_some_and(|known| known.standard),
            archived: false,
            changed: now,
        };
        schema.properties.insert(name.into(), property);
    }
    schemas
}

fn options(json: &str) -> Vec<(String, String)> {
    let listed: Vec<Value> = serde_json::from_str(json).unwrap_or_default();
    listed
        .iter()
        .filter_map(|option| {
            let value = option.get("value")?.as_str()?;
            Some((value.to_owned(), option.get("label").and_then(Value::as_str).unwrap_or(value).to_owned()))
        })
        .collect()
}
