//! Territories and teams: how a company divides its market and its people. Source: domain guide §12.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::case_safe;
use super::id::RecordKey;

/// Where a person or an account is, in the words territories ask.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Country, as the vendor holds it.
    pub country: Option<Arc<str>>,
    /// State or region within the country.
    pub state: Option<Arc<str>>,
    /// Industry.
    pub industry: Option<Arc<str>>,
    /// Number of employees.
    pub employees: Option<i64>,
}

/// A user or queue that owns a row, with every key and address the sources know it by.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Owner {
    /// Its keys, one per source that knows it.
    pub keys: Vec<RecordKey>,
    /// Its address, normalised.
    pub email: Option<Arc<str>>,
    /// A queue, not a person.
    pub is_queue: bool,
    /// Names of the vendor's own teams it belongs to.
    pub teams: Vec<Arc<str>>,
}

impl Owner {
    /// True when one of the names means this owner: its address, `source:id`, or `source:object:id`.
    pub fn is_named_in(&self, names: &BTreeSet<Arc<str>>) -> bool {
        self.email.as_ref().is_some_and(|email| names.contains(email))
            || self.keys.iter().any(|key| key_is_named_in(key, names))
    }
}

/// True when one of the names means this record: `source:id` or `source:object:id`, by either form of the id.
pub fn key_is_named_in(key: &RecordKey, names: &BTreeSet<Arc<str>>) -> bool {
    let is_named = |id: &str| {
        names.contains(format!("{}:{id}", key.source).as_str())
            || names.contains(format!("{}:{}:{id}", key.source, key.object).as_str())
    };
    is_named(&key.id) || case_safe::short(&key.id).is_some_and(is_named)
}

/// What a territory asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each name is the field's own term and says all there is")]
pub enum TerritoryField {
    Country,
    State,
    Industry,
    Employees,
    Owner,
}

impl TerritoryField {
    /// Every field a territory may ask.
    pub const ALL: [Self; 5] = [Self::Country, Self::State, Self::Industry, Self::Employees, Self::Owner];

    /// The name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Country => "country",
            Self::State => "state",
            Self::Industry => "industry",
            Self::Employees => "employees",
            Self::Owner => "owner",
        }
    }

    /// The field of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }
}

/// One way to belong to a territory.
#[derive(Clone, Debug, PartialEq)]
pub enum Belongs {
    /// The field has one of these values, ignoring case and surrounding spaces.
    OneOf(TerritoryField, BTreeSet<Arc<str>>),
    /// The number of employees lies within, both ends included.
    Employees {
        /// At least so many.
        from: i64,
        /// At most so many; none for no upper end.
        to: Option<i64>,
    },
    /// Owned by one of these: addresses or `source:id`.
    OwnedBy(BTreeSet<Arc<str>>),
}

impl Belongs {
    fn matches(&self, place: &Place, owner: Option<&Owner>) -> bool {
        match self {
            Self::OneOf(field, values) => {
                let value = match field {
                    TerritoryField::Country => &place.country,
                    TerritoryField::State => &place.state,
                    TerritoryField::Industry => &place.industry,
                    TerritoryField::Employees | TerritoryField::Owner => &None,
                };
                value.as_ref().is_some_and(|value| values.contains(folded(value).as_str()))
            }
            Self::Employees { from, to } => {
                place.employees.is_some_and(|count| count >= *from && to.is_none_or(|to| count <= to))
            }
            Self::OwnedBy(names) => owner.is_some_and(|owner| owner.is_named_in(names)),
        }
    }
}

/// How territory values are compared: without case and surrounding spaces.
pub fn folded(value: &str) -> String {
    value.trim().to_lowercase()
}

/// A part of the market.
#[derive(Clone, Debug, PartialEq)]
pub struct Territory {
    /// Its key in the settings.
    pub key: Arc<str>,
    /// What people call it.
    pub label: Arc<str>,
    /// The territory it is part of.
    pub parent: Option<Arc<str>>,
    /// The region it counts to.
    pub region: Option<Arc<str>>,
    /// A row that matches any of these belongs to it.
    pub any: Vec<Belongs>,
}

/// A team of the company.
#[derive(Clone, Debug, PartialEq)]
pub struct Team {
    /// Its key in the settings.
    pub key: Arc<str>,
    /// Its members: addresses or `source:id`.
    pub members: BTreeSet<Arc<str>>,
    /// Its queues: `source:id`.
    pub queues: BTreeSet<Arc<str>>,
    /// Names of vendors' teams whose members belong to it too.
    pub vendor_teams: BTreeSet<Arc<str>>,
}

impl Team {
    /// True for a member, by name or through a vendor's team.
    pub fn has(&self, owner: &Owner) -> bool {
        owner.is_named_in(&self.members) || owner.teams.iter().any(|team| self.vendor_teams.contains(team))
    }
}

/// How the company is divided: territories in the order of the settings, and teams.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Company {
    /// Territories; the first that matches a row has it.
    pub territories: Vec<Territory>,
    /// Teams.
    pub teams: Vec<Team>,
}

impl Company {
    /// The territory a row belongs to: the first of the settings that matches.
    pub fn territory_of(&self, place: &Place, owner: Option<&Owner>) -> Option<&Territory> {
        self.territories.iter().find(|territory| territory.any.iter().any(|way| way.matches(place, owner)))
    }

    /// Whether any territory asks who owns a row.
    pub fn asks_owner(&self) -> bool {
        self.territories
            .iter()
            .flat_map(|territory| &territory.any)
            .any(|way| matches!(way, Belongs::OwnedBy(_)))
    }

    /// These territories and everything beneath them. A name that is not configured adds nothing.
    pub fn subtree(&self, roots: &BTreeSet<Arc<str>>) -> BTreeSet<Arc<str>> {
        let mut found: BTreeSet<Arc<str>> = self
            .territories
            .iter()
            .map(|territory| &territory.key)
            .filter(|key| roots.contains(*key))
            .cloned()
            .collect();
        loop {
            let children: Vec<Arc<str>> = self
                .territories
                .iter()
                .filter(|territory| territory.parent.as_ref().is_some_and(|parent| found.contains(parent)))
                .map(|territory| territory.key.clone())
                .filter(|key| !found.contains(key))
                .collect();
            if children.is_empty() {
                return found;
            }
            found.extend(children);
        }
    }

    /// The territories that count to one of these regions.
    pub fn of_regions(&self, regions: &BTreeSet<Arc<str>>) -> BTreeSet<Arc<str>> {
        self.territories
            .iter()
            .filter(|territory| territory.region.as_ref().is_some_and(|region| regions.contains(region)))
            .map(|territory| territory.key.clone())
            .collect()
    }
}
