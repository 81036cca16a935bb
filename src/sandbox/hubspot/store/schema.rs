//! What properties a kind has, and of what type: decides how values compare and which writes are refused.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::place::stage_property;
use super::standard::{CHOICES, shapes};
use crate::sandbox::hubspot::kind::Kind;
use crate::sandbox::hubspot::stamp::{self, Millis};

/// What a property's values are, whatever they look like: on the wire each is a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueType {
    Text,
    Number,
    Date,
    Datetime,
    Enumeration,
    Bool,
    Phone,
}

impl ValueType {
    /// The vendor's word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            ValueType::Text => "string",
            ValueType::Number => "number",
            ValueType::Date => "date",
            ValueType::Datetime => "datetime",
            ValueType::Enumeration => "enumeration",
            ValueType::Bool => "bool",
            ValueType::Phone => "phone_number",
        }
    }

    /// The type a vendor's word means.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "string" | "json" | "object_coordinates" => ValueType::Text,
            "number" => ValueType::Number,
            "date" => ValueType::Date,
            "datetime" => ValueType::Datetime,
            "enumeration" => ValueType::Enumeration,
            "bool" => ValueType::Bool,
            "phone_number" => ValueType::Phone,
            _ => return None,
        })
    }
}

/// One property's definition.
#[derive(Clone, Debug)]
pub(crate) struct Property {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) description: String,
    pub(crate) group: String,
    pub(crate) value_type: ValueType,
    pub(crate) field_type: String,
    /// Values and labels; empty where any value goes.
    pub(crate) options: Vec<(String, String)>,
    pub(crate) read_only: bool,
    pub(crate) unique: bool,
    pub(crate) standard: bool,
    pub(crate) archived: bool,
    pub(crate) changed: Millis,
}

impl Property {
    /// The definition as the API shows it.
    pub(crate) fn json(&self) -> Value {
        let owner = self.name == "hubspot_owner_id";
        let stages = matches!(&*self.name, "dealstage" | "pipeline" | "hs_pipeline" | "hs_pipeline_stage");
        let options: Vec<Value> = self
            .options
            .iter()
            .enumerate()
            .map(|(order, (value, label))| {
                json!({ "label": label, "value": value, "displayOrder": order, "hidden": false })
            })
            .collect();
        let mut shown = json!({
            "name": self.name,
            "label": self.label,
            "type": self.value_type.name(),
            "fieldType": self.field_type,
            "groupName": self.group,
            "description": self.description,
            "options": options,
            "displayOrder": -1,
            "calculated": false,
            "externalOptions": owner || stages,
            "hasUniqueValue": self.unique,
            "hidden": false,
            "hubspotDefined": self.standard,
            "formField": !self.read_only,
            "modificationMetadata": {
                "archivable": !self.standard,
                "readOnlyDefinition": self.standard,
                "readOnlyValue": self.read_only,
            },
            "createdAt": stamp::iso(self.changed),
            "updatedAt": stamp::iso(self.changed),
            "archived": self.archived,
        });
        if owner {
            shown["referencedObjectType"] = "OWNER".into();
        }
        shown
    }
}

/// The properties and property groups of one kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schema {
    pub(crate) properties: BTreeMap<String, Property>,
    /// Group name to label.
    pub(crate) groups: BTreeMap<String, String>,
}

impl Schema {
    /// The standard properties of a kind, those of its stages, and one for each column the world has beyond.
    pub(crate) fn standard<'a, 'b>(
        kind: Kind,
        stages: impl Iterator<Item = &'a str>,
        columns: impl Iterator<Item = &'b str>,
        changed: Millis,
    ) -> Self {
        let group = format!("{}information", kind.singular());
        let mut schema = Self::default();
        schema.groups.insert(group.clone(), format!("{} information", label(kind.singular())));
        let mut add =
            |name: &str, value_type: ValueType, field_type: &str, read_only: bool, standard: bool| {
                let options = if standard { choices(name) } else { Vec::new() };
                schema.properties.entry(name.into()).or_insert_with(|| Property {
                    name: name.into(),
                    label: label(name),
                    description: String::new(),
                    group: group.clone(),
                    value_type,
                    field_type: field_type.into(),
                    options,
                    read_only,
                    unique: name == "email" && kind == Kind::CONTACTS,
                    standard,
                    archived: false,
                    changed,
                });
            };
        for (value_type, field_type, read_only, names) in shapes(kind) {
            for name in names.split_whitespace() {
                add(name, *value_type, field_type, *read_only, true);
            }
        }
        if stage_property(kind).is_some() {
            for stage in stages {
                for name in ["hs_v2_date_entered_", "hs_v2_date_exited_"] {
                    add(&format!("{name}{stage}"), ValueType::Datetime, "date", true, true);
                }
                if matches!(kind, Kind::CONTACTS | Kind::COMPANIES) {
                    let name = format!("hs_lifecyclestage_{stage}_date");
                    add(&name, ValueType::Datetime, "date", true, true);
                }
            }
        }
        for name in columns {
            let standard = name.starts_with("hs_");
            let stamp = name.contains("_date_entered_") || name.contains("_date_exited_");
            if stamp {
                add(name, ValueType::Datetime, "date", true, true);
            } else {
                add(name, ValueType::Text, "text", standard, standard);
            }
        }
        schema
    }

    /// A property in use.
    pub(crate) fn get(&self, name: &str) -> Option<&Property> {
        self.properties.get(name).filter(|property| !property.archived)
    }
}

/// The standard lifecycle stages, in the order a record walks them.
pub(crate) fn lifecycle_stages() -> impl Iterator<Item = &'static str> {
    let (_, pairs) =
        CHOICES.iter().find(|(name, _)| *name == "lifecyclestage").expect("lifecycle stages are listed");
    pairs.split_whitespace().filter_map(|pair| pair.split_once('=')).map(|(value, _)| value)
}

fn choices(name: &str) -> Vec<(String, String)> {
    let name = if name == "hs_latest_source" { "hs_analytics_source" } else { name };
    let Some((_, pairs)) = CHOICES.iter().find(|(property, _)| *property == name) else { return Vec::new() };
    pairs
        .split_whitespace()
        .filter_map(|pair| pair.split_once('='))
        .map(|(value, label)| (value.to_owned(), label.replace('_', " ")))
        .collect()
}

/// `hs_lead_status` to `Lead status`.
pub(crate) fn label(name: &str) -> String {
    let words = name.strip_prefix("hs_").unwrap_or(name).replace('_', " ");
    let mut characters = words.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}
