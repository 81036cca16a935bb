//! Which records are worth looking at: those an index proposes, those from an id on, or all.

use super::filter::{On, Operator, Test};
use crate::sandbox::hubspot::kind::Kind;
use crate::sandbox::hubspot::store::Store;
use crate::sandbox::hubspot::store::place::Virtual;
use crate::sandbox::hubspot::store::schema::ValueType;

/// Rows in ascending order, among which is every row the groups can accept.
pub(super) fn candidates(store: &Store, kind: Kind, groups: &[Vec<Test>]) -> Box<dyn Iterator<Item = u32>> {
    let end = store.objects(kind).rows().len() as u32;
    if groups.is_empty() {
        return Box::new(0..end);
    }
    let mut rows = Vec::new();
    for group in groups {
        if let Some(proposed) = group.iter().find_map(|test| proposed(store, kind, test)) {
            rows.extend(proposed);
            continue;
        }
        // One group that must look far decides for all.
        let start = match groups {
            [group] => group.iter().filter_map(|test| first(store, kind, test)).max().unwrap_or_default(),
            _ => 0,
        };
        return Box::new(start..end);
    }
    rows.sort_unstable();
    rows.dedup();
    Box::new(rows.into_iter())
}

/// The rows a filter by equality can accept.
fn proposed(store: &Store, kind: Kind, test: &Test) -> Option<Vec<u32>> {
    if !matches!(test.operator, Operator::Eq | Operator::In) {
        return None;
    }
    let objects = store.objects(kind);
    let ids = || test.texts.iter().filter_map(|id| id.parse::<u64>().ok());
    match &test.on {
        On::Associated(to) => Some(
            ids()
                .flat_map(|id| store.links.of((*to, id), kind))
                .filter_map(|(id, _)| objects.find(id))
                .map(|row| row as u32)
                .collect(),
        ),
        On::Property(place) if place.made == Some(Virtual::Id) => {
            Some(ids().filter_map(|id| objects.find(id)).map(|row| row as u32).collect())
        }
        On::Property(place) => {
            let value_type = store.schema(kind).get(&test.property)?.value_type;
            // A number has many spellings, and what is made of other things is in no index.
            let spelled_once =
                matches!(value_type, ValueType::Text | ValueType::Enumeration | ValueType::Phone);
            (spelled_once && place.made.is_none())
                .then(|| test.texts.iter().flat_map(|text| objects.propose(&test.property, text)).collect())
        }
    }
}

/// The first row a filter on the id can accept.
fn first(store: &Store, kind: Kind, test: &Test) -> Option<u32> {
    let On::Property(place) = &test.on else { return None };
    let from = matches!(test.operator, Operator::Gt | Operator::Gte | Operator::Between);
    if place.made != Some(Virtual::Id) || !from {
        return None;
    }
    let id = test.texts.first()?.parse().ok()?;
    Some(store.objects(kind).position_from(id) as u32)
}
