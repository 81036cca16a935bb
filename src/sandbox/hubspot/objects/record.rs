//! A record as the vendor's JSON shows it: every value a string or null.

use serde_json::{Map, Value, json};

use crate::sandbox::hubspot::kind::Kind;
use crate::sandbox::hubspot::stamp;
use crate::sandbox::hubspot::store::Store;
use crate::sandbox::hubspot::store::history::Version;
use crate::sandbox::hubspot::store::links;
use crate::sandbox::hubspot::store::objects::{Row, State};
use crate::sandbox::hubspot::store::place::Place;

/// Which properties a caller wants to see, looked up once for all records of an answer.
#[derive(Debug)]
pub(crate) struct Selection {
    kind: Kind,
    properties: Vec<(String, Place)>,
    history: Vec<(String, Place)>,
    associations: Vec<Kind>,
}

impl Selection {
    /// What was asked for, less what does not exist, plus what is always shown.
    pub(crate) fn new(store: &Store, kind: Kind, properties: &[String], history: &[String]) -> Self {
        let objects = store.objects(kind);
        let schema = store.schema(kind);
        let known = |names: &mut dyn Iterator<Item = &str>| -> Vec<(String, Place)> {
            names
                .filter(|name| schema.get(name).is_some())
                .map(|name| (name.to_owned(), objects.place(name)))
                .collect()
        };
        let asked = properties.iter().chain(history).map(String::as_str);
        let shown = if properties.is_empty() && history.is_empty() { kind.shown() } else { &[] };
        let always = ["hs_object_id", kind.created(), kind.modified()];
        Self {
            kind,
            properties: known(&mut asked.chain(shown.iter().copied()).chain(always)),
            history: known(&mut history.iter().map(String::as_str)),
            associations: Vec::new(),
        }
    }

    /// The same with the ids of associated records.
    pub(crate) fn with_associations(mut self, kinds: Vec<Kind>) -> Self {
        self.associations = kinds;
        self
    }

    /// One record.
    pub(crate) fn show(&self, store: &Store, row: &Row) -> Value {
        let mut shown = Map::new();
        shown.insert("id".into(), row.id.to_string().into());
        let properties = self.properties.iter().map(|(name, place)| {
            (name.clone(), store.value(self.kind, row, place).map_or(Value::Null, Value::from))
        });
        shown.insert("properties".into(), Value::Object(properties.collect()));
        if !self.history.is_empty() {
            let history = self.history.iter().filter_map(|(name, place)| {
                let versions = self.versions(store, row, name, place);
                (!versions.is_empty()).then(|| (name.clone(), versions.into()))
            });
            shown.insert("propertiesWithHistory".into(), Value::Object(history.collect()));
        }
        shown.insert("createdAt".into(), stamp::iso(row.created).into());
        shown.insert("updatedAt".into(), stamp::iso(row.updated).into());
        shown.insert("archived".into(), (row.state != State::Live).into());
        if let State::Archived(at) = row.state {
            shown.insert("archivedAt".into(), stamp::iso(at).into());
        }
        let associations: Map<String, Value> = self
            .associations
            .iter()
            .map(|kind| (kind.plural().to_owned(), associated(store, (self.kind, row.id), *kind)))
            .filter(|(_, found)| found["results"].as_array().is_some_and(|found| !found.is_empty()))
            .collect();
        if !associations.is_empty() {
            shown.insert("associations".into(), Value::Object(associations));
        }
        Value::Object(shown)
    }

    fn versions(&self, store: &Store, row: &Row, name: &str, place: &Place) -> Vec<Value> {
        let objects = store.objects(self.kind);
        let versions = objects.history.versions(row.id, name);
        if !versions.is_empty() {
            return versions.into_iter().map(version).collect();
        }
        // A property whose past nobody wrote down has held its value since the record exists.
        let Some(value) = store.value(self.kind, row, place) else { return Vec::new() };
        let source = objects.value(row, &objects.place("hs_object_source"));
        vec![json!({
            "value": value,
            "timestamp": stamp::iso(row.created),
            "sourceType": source.as_deref().unwrap_or("CRM_UI"),
        })]
    }
}

fn version(version: &Version) -> Value {
    let mut shown = json!({
        "value": version.value,
        "timestamp": stamp::iso(version.at),
        "sourceType": version.origin.source_type,
    });
    if let Some(id) = &version.origin.source_id {
        shown["sourceId"] = (&**id).into();
    }
    if let Some(user) = version.origin.user {
        shown["updatedByUserId"] = user.into();
    }
    shown
}

/// The first page of associated ids, with the older, textual types: each type repeats the id.
fn associated(store: &Store, from: (Kind, u64), to: Kind) -> Value {
    let primary = links::primary(from.0, to);
    let name = format!("{}_to_{}", from.0.singular(), to.singular());
    let mut results = Vec::new();
    for (id, types) in store.linked(from, to) {
        for type_id in types {
            let plain = links::unlabelled(from.0, to).any(|plain| plain == type_id);
            let name = if plain && primary.is_some() { format!("{name}_unlabeled") } else { name.clone() };
            results.push(json!({ "id": id.to_string(), "type": name }));
        }
    }
    json!({ "results": results })
}
