//! Rows as the JSON records of a query answer.

use serde_json::{Map, Value as Json, json};

use super::super::schema::{Kind, ObjectNo};
use super::super::store::{RowNo, Store, Value};
use super::plan::{Plan, Shape, Slot, Tree};
use super::run;

/// Prints rows until a page is full, and says how many were taken. Children count towards a page as parents do,
/// so a page of parents with children is shorter.
pub(in super::super) fn page(
    store: &Store,
    plan: &Plan,
    rows: &[RowNo],
    size: usize,
    version: &str,
) -> (Vec<Json>, usize) {
    let Shape::Rows(tree) = &plan.shape else { return (Vec::new(), 0) };
    let size = if long_texts(store, plan.object, tree) >= 2 { size.min(200) } else { size };
    let mut records = Vec::new();
    let mut filled = 0;
    for row in rows {
        if filled >= size {
            break;
        }
        let mut printer = Printer { store, version, children: 0 };
        records.push(printer.record(tree, plan.object, *row, None));
        filled += 1 + printer.children;
    }
    let taken = records.len();
    (records, taken)
}

/// How many fields of unbounded length a page carries: two of them make pages short.
fn long_texts(store: &Store, object: ObjectNo, tree: &Tree) -> usize {
    let long = |slot: &Slot| match slot {
        Slot::Field(end) => end.fields.as_ref().is_some_and(|fields| {
            fields.iter().any(|(of, field)| *of == object && store.schema.objects[*of].fields[*field].long)
        }),
        _ => false,
    };
    tree.slots.iter().filter(|(_, slot)| long(slot)).count()
}

struct Printer<'s> {
    store: &'s Store,
    version: &'s str,
    children: usize,
}

impl Printer<'_> {
    /// One record. `known_as` is what a reference with several targets calls its target: `Name`.
    fn record(&mut self, tree: &Tree, object: ObjectNo, row: RowNo, known_as: Option<&str>) -> Json {
        let mut record = Map::new();
        record.insert("attributes".into(), attributes(self.store, object, row, known_as, self.version));
        for (name, slot) in &tree.slots {
            record.insert(name.clone(), self.slot(slot, object, row));
        }
        Json::Object(record)
    }

    fn slot(&mut self, slot: &Slot, object: ObjectNo, row: RowNo) -> Json {
        match slot {
            Slot::Field(end) if end.kind == Kind::Address => address(self.store, object, row, &end.name),
            Slot::Field(end) => end.value(self.store, object, row).json(end.kind),
            Slot::Parent { step, tree } => match step.follow(self.store, object, row) {
                Some((target, parent)) => {
                    let known_as = (step.targets.len() > 1).then_some("Name");
                    self.record(tree, target, parent, known_as)
                }
                None => Json::Null,
            },
            Slot::TypeOf { step, cases, otherwise } => match step.follow(self.store, object, row) {
                Some((target, parent)) => match cases.iter().find(|(of, _)| *of == target) {
                    Some((_, tree)) => self.record(tree, target, parent, None),
                    None => match otherwise {
                        Some(tree) => self.record(tree, target, parent, Some("Name")),
                        None => self.record(&Tree::default(), target, parent, Some("Name")),
                    },
                },
                None => Json::Null,
            },
            Slot::Children { plan, field } => {
                let Shape::Rows(tree) = &plan.shape else {
                    let parent = self.store.table(object).id(row);
                    let count = run::children(self.store, plan, *field, parent).len();
                    return json!({ "totalSize": count, "done": true, "records": [] });
                };
                let rows = run::children(self.store, plan, *field, self.store.table(object).id(row));
                if rows.is_empty() {
                    return Json::Null;
                }
                self.children += rows.len();
                let records: Vec<Json> =
                    rows.iter().map(|child| self.record(tree, plan.object, *child, None)).collect();
                json!({ "totalSize": records.len(), "done": true, "records": records })
            }
        }
    }
}

/// The `attributes` member of a record.
pub(in super::super) fn attributes(
    store: &Store,
    object: ObjectNo,
    row: RowNo,
    known_as: Option<&str>,
    version: &str,
) -> Json {
    let name = &store.schema.objects[object].name;
    let id = store.table(object).id(row);
    json!({ "type": known_as.unwrap_or(name), "url": format!("/services/data/v{version}/sobjects/{name}/{id}") })
}

/// An address put together from its parts; null when all of them are.
pub(in super::super) fn address(store: &Store, object: ObjectNo, row: RowNo, field: &str) -> Json {
    let prefix = field.strip_suffix("Address").unwrap_or_default();
    let part = |name: &str| match store.named(object, row, &format!("{prefix}{name}")) {
        Value::Null => Json::Null,
        value => Json::String(value.to_string()),
    };
    let parts = [
        ("street", "Street"),
        ("city", "City"),
        ("state", "State"),
        ("postalCode", "PostalCode"),
        ("country", "Country"),
    ];
    let mut address: Map<String, Json> =
        parts.iter().map(|(key, name)| ((*key).to_owned(), part(name))).collect();
    if address.values().all(Json::is_null) {
        return Json::Null;
    }
    for key in ["latitude", "longitude", "geocodeAccuracy"] {
        address.insert(key.into(), Json::Null);
    }
    Json::Object(address)
}
