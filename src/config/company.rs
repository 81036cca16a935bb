//! `[teams.X]` and `[territories.X]`: how the company divides its people and its market.

use std::collections::BTreeSet;
use std::sync::Arc;

use toml::de::DeValue;

use super::section::{Said, Section};
use crate::domain::territory::{Belongs, Company, Team, Territory, TerritoryField, folded};

pub(super) fn read(root: &Section<'_>) -> Company {
    let teams =
        root.section("teams").map(|all| all.sections().iter().map(team).collect()).unwrap_or_default();
    let territories = root.section("territories").map(|all| territories(&all)).unwrap_or_default();
    Company { territories, teams }
}

fn team((key, section): &(Said<'_>, Section<'_>)) -> Team {
    Team {
        key: Arc::from(key.text),
        members: names(section, "members"),
        queues: names(section, "queues"),
        vendor_teams: section
            .texts("vendor_teams")
            .unwrap_or_default()
            .iter()
            .map(|said| Arc::from(said.text))
            .collect(),
    }
}

/// Users and queues by address or `source:id`. Addresses are compared in lower case.
pub(super) fn names(section: &Section<'_>, key: &str) -> BTreeSet<Arc<str>> {
    let mut names = BTreeSet::new();
    for said in section.texts(key).unwrap_or_default() {
        if said.text.contains('@') {
            names.insert(Arc::from(said.text.trim().to_lowercase()));
        } else if said.text.split_once(':').is_some_and(|(source, id)| !source.is_empty() && !id.is_empty()) {
            names.insert(Arc::from(said.text));
        } else {
            let message = format!("`{}` is neither an e-mail address nor source:id", said.text);
            section.wrong_there(key, said.place, message);
        }
    }
    names
}

fn territories(all: &Section<'_>) -> Vec<Territory> {
    let sections = all.sections();
    let keys: BTreeSet<&str> = sections.iter().map(|(key, _)| key.text).collect();
    let read: Vec<Territory> = sections.iter().map(|(key, section)| territory(key, section, &keys)).collect();
    for (territory, (_, section)) in read.iter().zip(&sections) {
        if is_in_a_circle(territory, &read) {
            section.wrong_at("parent", "leads back to the territory itself");
        }
    }
    read
}

fn territory(key: &Said<'_>, section: &Section<'_>, keys: &BTreeSet<&str>) -> Territory {
    let parent = section.text("parent");
    if let Some(parent) = parent.as_ref().filter(|parent| !keys.contains(parent.text)) {
        section.wrong_at("parent", format!("there is no territory `{}`", parent.text));
    }
    Territory {
        key: Arc::from(key.text),
        label: Arc::from(section.text("label").map_or(key.text, |said| said.text)),
        parent: parent.map(|said| Arc::from(said.text)),
        region: section.text("region").map(|said| Arc::from(said.text)),
        any: section.list_of_sections("any").iter().flat_map(belongs).collect(),
    }
}

/// One condition; several ranges of employees make several.
fn belongs(section: &Section<'_>) -> Vec<Belongs> {
    if !section.has("field") {
        section.wrong_at("field", "is missing");
    }
    let field = section.choice("field", &TerritoryField::ALL, TerritoryField::name);
    match field {
        None => {
            section.value("in");
            Vec::new()
        }
        Some(TerritoryField::Owner) => vec![Belongs::OwnedBy(names(section, "in"))],
        Some(TerritoryField::Employees) => ranges(section),
        Some(field) => {
            let values = section.texts("in").unwrap_or_default();
            if values.is_empty() {
                section.wrong_at("in", "names no value");
            }
            vec![Belongs::OneOf(field, values.iter().map(|said| Arc::from(folded(said.text))).collect())]
        }
    }
}

/// `"1-49"`, `"5000-"`, or a single number.
fn ranges(section: &Section<'_>) -> Vec<Belongs> {
    let Some(value) = section.value("in") else {
        section.wrong_at("in", "is missing");
        return Vec::new();
    };
    let DeValue::Array(entries) = value.get_ref() else {
        section.wrong_at("in", "must be a list of ranges such as \"50-199\" or \"1000-\"");
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in &**entries {
        let range = match entry.get_ref() {
            DeValue::String(text) => range(text),
            DeValue::Integer(number) => number.as_str().parse().ok().map(|one| (one, Some(one))),
            _ => None,
        };
        if let Some((from, to)) = range {
            found.push(Belongs::Employees { from, to });
        } else {
            section.wrong_there("in", entry.span(), "must be a range such as \"50-199\" or \"1000-\"");
        }
    }
    found
}

fn range(text: &str) -> Option<(i64, Option<i64>)> {
    let (from, to) = text.split_once('-')?;
    let from = from.trim().parse().ok()?;
    let to = match to.trim() {
        "" => None,
        to => Some(to.parse().ok().filter(|to| *to >= from)?),
    };
    Some((from, to))
}

fn is_in_a_circle(start: &Territory, all: &[Territory]) -> bool {
    let mut at = start;
    for _ in 0..=all.len() {
        let Some(parent) = at.parent.as_ref().and_then(|key| all.iter().find(|one| one.key == *key)) else {
            return false;
        };
        at = parent;
        if at.key == start.key {
            return true;
        }
    }
    false
}
