//! Reading `objects.txt` and the world's custom fields into a [`Schema`].

use tracing::warn;

use crate::sandbox::world::{Table, World};

use super::{Child, Choice, Field, Formula, Kind, Object, ObjectNo, Reference, Schema};

const OBJECTS: &str = include_str!("objects.txt");

impl Schema {
    /// The org a world describes.
    pub(in super::super) fn of(world: &World) -> Self {
        let mut schema = Self::default();
        for line in OBJECTS.lines().filter(|line| line.starts_with("object ")) {
            schema.open(line);
        }
        let mut at = 0;
        for line in OBJECTS.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(rest) = line.strip_prefix("object ") {
                let name = rest.split(' ').next().unwrap_or_default();
                at = schema.known(name);
            } else {
                let field = schema.standard_field(line);
                schema.objects[at].add(field);
            }
        }
        schema.close_audit();
        if let Some(fields) = world.table("salesforce", "fields") {
            schema.add_custom(fields);
        }
        schema.add_unknown_columns(world);
        if let Some(fields) = world.table("salesforce", "fields") {
            schema.add_formulas(fields);
        }
        schema.link_children();
        schema.fill_picklists(world);
        schema
    }

    fn open(&mut self, line: &str) {
        let mut parts = line.split(" | ");
        let mut words = parts.next().unwrap_or_default().split(' ').skip(1);
        let name = words.next().unwrap_or_default().to_owned();
        let prefix = words.next().unwrap_or_default().to_owned();
        let abilities: Vec<&str> = words.collect();
        let can = |ability: &str| abilities.contains(&ability);
        let mut object = Object {
            name,
            prefix,
            label: parts.next().unwrap_or_default().trim().to_owned(),
            plural: parts.next().unwrap_or_default().trim().to_owned(),
            createable: can("create"),
            updateable: can("update"),
            deletable: can("delete"),
            fields: Vec::new(),
            children: Vec::new(),
            by_name: std::collections::HashMap::new(),
        };
        object.add(fixed("Id", Kind::Id));
        if can("bin") {
            object.add(fixed("IsDeleted", Kind::Boolean));
        }
        if can("audit") {
            for name in ["CreatedDate", "LastModifiedDate", "SystemModstamp"] {
                object.add(fixed(name, Kind::DateTime));
            }
            for name in ["CreatedById", "LastModifiedById"] {
                object.add(fixed(name, Kind::Reference));
            }
        }
        self.by_name.insert(object.name.to_ascii_lowercase(), self.objects.len());
        self.objects.push(object);
    }

    /// Created-by and modified-by lead to users, who are known only once every object is open.
    fn close_audit(&mut self) {
        let user = self.known("User");
        for object in &mut self.objects {
            for (name, relationship) in [("CreatedById", "CreatedBy"), ("LastModifiedById", "LastModifiedBy")]
            {
                if let Some(field) = object.field(name) {
                    object.fields[field].reference =
                        Some(Reference { relationship: relationship.into(), targets: vec![user] });
                }
            }
        }
    }

    fn standard_field(&self, line: &str) -> Field {
        let (name, rest) = line.split_once(' ').expect("a line of objects.txt is a name and a kind");
        let (kind, flags) = match rest.find(')') {
            Some(end) => rest.split_at(end + 1),
            None => rest.split_once(' ').unwrap_or((rest, "")),
        };
        let (word, inside) = kind.split_once('(').unwrap_or((kind, ""));
        let inside = inside.trim_end_matches(')');
        let is = |flag: &str| flags.split_whitespace().any(|word| word == flag);
        let mut field = Field {
            kind: if word == "address" { Kind::Address } else { Kind::parse(word).expect("a known kind") },
            createable: !is("fixed"),
            updateable: !is("fixed") && !is("once"),
            required: is("required"),
            defaulted: is("default"),
            naming: is("name"),
            tracked: is("tracked"),
            restricted: is("restricted"),
            lookup: is("lookup"),
            long: is("long"),
            ..fixed(name, Kind::String)
        };
        match field.kind {
            Kind::Reference => {
                let mut parts = inside.split(' ');
                field.reference = Some(Reference {
                    relationship: parts.next().unwrap_or_default().to_owned(),
                    targets: parts.next().unwrap_or_default().split(',').map(|n| self.known(n)).collect(),
                });
                field.length = 18;
            }
            Kind::String | Kind::TextArea => field.length = inside.parse().unwrap_or(255),
            kind => field.length = length_of(kind),
        }
        field
    }

    /// Child relationships are written with the reference they turn around.
    fn link_children(&mut self) {
        let mut at = 0;
        for line in OBJECTS.lines().filter(|line| !line.starts_with('#')) {
            if let Some(rest) = line.strip_prefix("object ") {
                at = self.known(rest.split(' ').next().unwrap_or_default());
            }
            let Some((name, rest)) = line.split_once(" reference(") else { continue };
            let child = rest.split(')').next().unwrap_or_default().split(' ').nth(2).unwrap_or("-");
            if child == "-" {
                continue;
            }
            let field = self.known_field(at, name);
            let targets =
                self.objects[at].fields[field].reference.clone().map_or(Vec::new(), |to| to.targets);
            for target in targets {
                self.objects[target].children.push(Child { name: child.into(), object: at, field });
            }
        }
    }

    fn add_custom(&mut self, table: &Table) {
        let column = |name: &str| table.column(name);
        for row in &table.rows {
            let cell = |name: &str| column(name).and_then(|at| row.get(at)?.as_deref());
            let (Some(object), Some(name)) = (cell("object").and_then(|name| self.find(name)), cell("name"))
            else {
                continue;
            };
            if self.objects[object].field(name).is_some() {
                continue;
            }
            let kind = cell("type").and_then(Kind::parse).unwrap_or(Kind::String);
            let length = cell("length").and_then(|text| text.parse().ok());
            let external = cell("externalId").is_some_and(|text| text.eq_ignore_ascii_case("true"));
            self.objects[object].add(Field {
                label: cell("label").map_or_else(|| label_of(name), str::to_owned),
                length: length.unwrap_or_else(|| length_of(kind)),
                external,
                lookup: external,
                long: kind == Kind::TextArea && length.is_some_and(|length| length > 255),
                tracked: true,
                ..written(name, kind)
            });
        }
    }

    /// What fields are computed from may itself be a custom field, so that comes when all are known.
    fn add_formulas(&mut self, table: &Table) {
        let column = |name: &str| table.column(name);
        for row in &table.rows {
            let cell = |name: &str| column(name).and_then(|at| row.get(at)?.as_deref());
            let (Some(object), Some(name), Some(text)) =
                (cell("object").and_then(|name| self.find(name)), cell("name"), cell("formula"))
            else {
                continue;
            };
            let (Some(field), Some(formula)) =
                (self.objects[object].field(name), self.formula(object, text.trim()))
            else {
                warn!(
                    field = name,
                    formula = text,
                    "the formula `{text}` of {name} names no field behind a reference"
                );
                continue;
            };
            let kind = self.objects[formula.shows.0].fields[formula.shows.1].kind;
            let field = &mut self.objects[object].fields[field];
            (field.createable, field.updateable, field.tracked, field.kind) = (false, false, false, kind);
            field.formula = Some(formula);
        }
    }

    fn formula(&self, object: ObjectNo, text: &str) -> Option<Formula> {
        let (relationship, name) = text.split_once('.')?;
        let through = self.objects[object].relationship(relationship)?;
        let reference = self.objects[object].fields[through].reference.as_ref()?;
        let [target] = reference.targets[..] else { return None };
        let shows = (target, self.objects[target].field(name)?);
        Some(Formula { text: text.to_owned(), through, shows })
    }

    /// A world may carry fields this sandbox has never heard of; they are text until its `fields` say otherwise.
    fn add_unknown_columns(&mut self, world: &World) {
        let Some(tables) = world.vendors.get("salesforce") else { return };
        for (name, table) in tables {
            let Some(object) = self.find(name) else { continue };
            for column in &table.columns {
                if self.objects[object].field(column).is_none() {
                    self.objects[object].add(written(column, Kind::String));
                }
            }
        }
    }

    fn fill_picklists(&mut self, world: &World) {
        for (table, object, field) in
            [("LeadStatus", "Lead", "Status"), ("OpportunityStage", "Opportunity", "StageName")]
        {
            let Some(table) = super::table(world, table) else { continue };
            let value = table.column("ApiName").or_else(|| table.column("MasterLabel"));
            let order = table.column("SortOrder");
            let default = table.column("IsDefault");
            let Some(value) = value else { continue };
            let mut choices: Vec<(i64, Choice)> = table
                .rows
                .iter()
                .filter_map(|row| {
                    let rank = order.and_then(|at| row[at].as_deref()?.parse().ok()).unwrap_or(0);
                    let default =
                        default.and_then(|at| row[at].as_deref()).is_some_and(|text| text == "true");
                    Some((rank, Choice { value: row[value].as_deref()?.to_owned(), default }))
                })
                .collect();
            choices.sort_by_key(|(rank, _)| *rank);
            let object = self.known(object);
            let field = self.known_field(object, field);
            self.objects[object].fields[field].picklist =
                choices.into_iter().map(|(_, choice)| choice).collect();
        }
        for (object, field, values) in [
            ("Lead", "Rating", &["Hot", "Warm", "Cold"][..]),
            (
                "Task",
                "Status",
                &["Not Started", "In Progress", "Completed", "Waiting on someone else", "Deferred"],
            ),
            ("Task", "Priority", &["High", "Normal", "Low"]),
        ] {
            let object = self.known(object);
            let field = self.known_field(object, field);
            self.objects[object].fields[field].picklist = values
                .iter()
                .map(|value| Choice {
                    value: (*value).into(),
                    default: matches!(*value, "Not Started" | "Normal"),
                })
                .collect();
        }
    }
}

fn fixed(name: &str, kind: Kind) -> Field {
    Field {
        name: name.to_owned(),
        label: label_of(name),
        kind,
        length: length_of(kind),
        custom: name.ends_with("__c"),
        required: false,
        createable: false,
        updateable: false,
        defaulted: false,
        naming: false,
        tracked: false,
        restricted: false,
        external: false,
        lookup: kind == Kind::Id,
        long: false,
        reference: None,
        formula: None,
        picklist: Vec::new(),
    }
}

fn written(name: &str, kind: Kind) -> Field {
    Field { createable: true, updateable: true, ..fixed(name, kind) }
}

fn length_of(kind: Kind) -> u32 {
    match kind {
        Kind::Id | Kind::Reference => 18,
        Kind::Email => 80,
        Kind::Phone => 40,
        Kind::Picklist | Kind::String | Kind::TextArea | Kind::Url => 255,
        Kind::MultiPicklist => 4099,
        _ => 0,
    }
}

/// `NumberOfEmployees` reads `Number Of Employees`, `Lead_Score__c` reads `Lead Score`.
fn label_of(name: &str) -> String {
    let plain = name.strip_suffix("__c").unwrap_or(name);
    let mut label = String::new();
    for (at, letter) in plain.char_indices() {
        if letter == '_' {
            label.push(' ');
            continue;
        }
        let after_small = plain[..at].ends_with(|before: char| before.is_ascii_lowercase());
        if letter.is_ascii_uppercase() && after_small {
            label.push(' ');
        }
        label.push(letter);
    }
    label.strip_suffix(" Id").map_or(label.clone(), |owner| format!("{owner} ID"))
}
