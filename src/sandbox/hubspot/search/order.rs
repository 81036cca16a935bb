//! In which order a search answers: by one property, or by id, which is the order of creation.

use std::cmp::Ordering;

use serde::Deserialize;

use crate::sandbox::hubspot::kind::Kind;
use crate::sandbox::hubspot::refusal::Refusal;
use crate::sandbox::hubspot::stamp::{self, Millis};
use crate::sandbox::hubspot::store::Store;
use crate::sandbox::hubspot::store::place::{Place, Virtual};
use crate::sandbox::hubspot::store::schema::ValueType;

/// A sort in either of its spellings: `"-createdate"` or an object.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Sort {
    Short(String),
    #[serde(rename_all = "camelCase")]
    Long {
        property_name: String,
        #[serde(default)]
        direction: Option<String>,
    },
}

/// The order of an answer.
#[derive(Debug)]
pub(super) struct Order {
    kind: Kind,
    place: Option<Place>,
    value_type: ValueType,
    descending: bool,
}

#[derive(Debug, PartialEq, PartialOrd)]
enum Key {
    Number(f64),
    Text(String),
}

impl Order {
    pub(super) fn new(store: &Store, kind: Kind, sort: Option<&Sort>) -> Result<Self, Refusal> {
        let (name, descending) = match sort {
            None => ("hs_object_id", false),
            Some(Sort::Short(name)) => (name.strip_prefix('-').unwrap_or(name), name.starts_with('-')),
            Some(Sort::Long { property_name, direction }) => {
                (property_name.as_str(), direction.as_deref() == Some("DESCENDING"))
            }
        };
        let known = store
            .schema(kind)
            .get(name)
            .ok_or_else(|| Refusal::validation(format!("Property \"{name}\" to sort by does not exist")))?;
        let place = store.objects(kind).place(name);
        let place = (place.made != Some(Virtual::Id)).then_some(place);
        Ok(Self { kind, place, value_type: known.value_type, descending })
    }

    /// The first `wanted` of the rows found, in order; they come in ascending by id.
    pub(super) fn sort(&self, store: &Store, mut found: Vec<u32>, wanted: usize, now: Millis) -> Vec<u32> {
        let Some(place) = &self.place else {
            if self.descending {
                found.reverse();
            }
            found.truncate(wanted);
            return found;
        };
        let mut keyed: Vec<(Option<Key>, u32)> =
            found.into_iter().map(|row| (self.key(store, place, row, now), row)).collect();
        let compare = |a: &(Option<Key>, u32), b: &(Option<Key>, u32)| {
            // What has no value comes last in either direction; equals stay in order of id.
            let values = match (&a.0, &b.0) {
                (Some(a), Some(b)) => {
                    let order = a.partial_cmp(b).unwrap_or(Ordering::Equal);
                    if self.descending { order.reverse() } else { order }
                }
                (a, b) => b.is_some().cmp(&a.is_some()),
            };
            values.then(a.1.cmp(&b.1))
        };
        if wanted < keyed.len() {
            keyed.select_nth_unstable_by(wanted, compare);
            keyed.truncate(wanted);
        }
        keyed.sort_unstable_by(compare);
        keyed.into_iter().map(|(_, row)| row).collect()
    }

    fn key(&self, store: &Store, place: &Place, row: u32, now: Millis) -> Option<Key> {
        let row = store.objects(self.kind).as_indexed(row as usize, now)?;
        match place.made {
            Some(Virtual::Created) => return Some(Key::Number(row.created as f64)),
            Some(Virtual::Modified) => return Some(Key::Number(row.updated as f64)),
            _ => {}
        }
        let value = store.value(self.kind, row, place)?;
        match self.value_type {
            ValueType::Number => value.trim().parse().ok().map(Key::Number),
            ValueType::Date | ValueType::Datetime => stamp::parse(&value).map(|at| Key::Number(at as f64)),
            _ => Some(Key::Text(value.to_lowercase())),
        }
    }
}
