//! `[fields.person.KEY]`, `[fields.account.KEY]`, `[fields.opportunity.KEY]`: fields of the company's own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::book::Place;
use super::section::{Said, Section};
use crate::domain::custom::{CustomFieldInfo, CustomFieldType};
use crate::domain::view::Policy;

/// The company's own fields, in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct CustomFields {
    /// Of people.
    pub person: Vec<CustomField>,
    /// Of accounts.
    pub account: Vec<CustomField>,
    /// Of opportunities.
    pub opportunity: Vec<CustomField>,
}

/// A field of the company's own.
#[derive(Clone, Debug)]
pub struct CustomField {
    /// Key, label, type, and who sees it.
    pub info: CustomFieldInfo,
    /// The vendor's field by the name of the source.
    pub sources: BTreeMap<Arc<str>, Arc<str>>,
    /// Where each of those stands.
    pub(super) places: BTreeMap<Arc<str>, Place>,
}

/// Keys of a field that no source can be named.
pub(super) const OWN_KEYS: [&str; 4] = ["label", "type", "personal", "hidden_from"];

const TYPES: [CustomFieldType; 6] = [
    CustomFieldType::Text,
    CustomFieldType::Number,
    CustomFieldType::Boolean,
    CustomFieldType::Date,
    CustomFieldType::Instant,
    CustomFieldType::Values,
];

pub(super) fn type_name(kind: CustomFieldType) -> &'static str {
    match kind {
        CustomFieldType::Text => "TEXT",
        CustomFieldType::Number => "NUMBER",
        CustomFieldType::Boolean => "BOOLEAN",
        CustomFieldType::Date => "DATE",
        CustomFieldType::Instant => "INSTANT",
        CustomFieldType::Values => "VALUES",
    }
}

pub(super) fn read(root: &Section<'_>, sources: &[&str], views: &[Arc<Policy>]) -> CustomFields {
    let Some(section) = root.section("fields") else { return CustomFields::default() };
    let of = |object: &str| {
        let Some(all) = section.section(object) else { return Vec::new() };
        let is_person = object == "person";
        all.sections()
            .iter()
            .filter_map(|(key, field)| read_one(key, field, is_person, sources, views))
            .collect()
    };
    CustomFields { person: of("person"), account: of("account"), opportunity: of("opportunity") }
}

fn read_one(
    key: &Said<'_>,
    section: &Section<'_>,
    is_person: bool,
    sources: &[&str],
    views: &[Arc<Policy>],
) -> Option<CustomField> {
    if !key.text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        section.wrong("a key has only letters, digits and _");
    }
    let label = section.text("label").map_or(key.text, |said| said.text);
    if !section.has("type") {
        section.wrong_at("type", "is missing");
    }
    let kind = section.choice("type", &TYPES, type_name);
    // Nobody can say what is in a text, so that it counts as personal until somebody does.
    let may_name = is_person && matches!(kind, Some(CustomFieldType::Text | CustomFieldType::Values) | None);
    let is_personal = section.flag("personal", may_name);
    let mut hidden_from = BTreeSet::new();
    for view in section.texts("hidden_from").unwrap_or_default() {
        if views.iter().any(|policy| &*policy.key == view.text) {
            hidden_from.insert(Arc::from(view.text));
        } else {
            section.wrong_there("hidden_from", view.place, format!("there is no view `{}`", view.text));
        }
    }
    let mut found = BTreeMap::new();
    let mut places = BTreeMap::new();
    for source in sources {
        if let Some(said) = section.text(source) {
            found.insert(Arc::from(*source), Arc::from(said.text));
            places.insert(Arc::from(*source), said.place);
        }
    }
    if !sources.iter().any(|source| section.has(source)) {
        section.wrong("names no source; add a line such as: sales = \"Tier__c\"");
    }
    Some(CustomField {
        info: CustomFieldInfo {
            key: Arc::from(key.text),
            label: Arc::from(label),
            kind: kind?,
            is_personal,
            hidden_from,
        },
        sources: found,
        places,
    })
}
