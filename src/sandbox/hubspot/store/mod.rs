//! Everything one portal knows, in memory.
//!
//! The store knows values and their past, not requests: what is refused, paged or shown is the business of the
//! endpoints. It is filled once from a world and then changed by writes through the API.

pub(crate) mod cells;
pub(crate) mod history;
pub(crate) mod index;
pub(crate) mod links;
pub(crate) mod load;
pub(crate) mod news;
pub(crate) mod objects;
pub(crate) mod place;
pub(crate) mod schema;
pub(crate) mod sheet;
mod standard;

use links::{End, Links, TypeId};
use news::News;
use objects::Objects;
use schema::Schema;
use serde_json::Value;

use std::borrow::Cow;

use super::events::Events;
use super::forms::Forms;
use super::kind::Kind;
use super::segments::Segments;
use super::stamp::Millis;
use objects::Row;
use place::{Place, Virtual};
use sheet::Sheet;

/// One portal's data.
#[derive(Debug)]
pub(crate) struct Store {
    objects: Vec<Objects>,
    schemas: Vec<Schema>,
    pub(crate) links: Links,
    pub(crate) owners: Sheet,
    /// Object type to pipelines, as the API shows them.
    pub(crate) pipelines: serde_json::Map<String, Value>,
    pub(crate) forms: Forms,
    pub(crate) segments: Segments,
    pub(crate) marketing_emails: Sheet,
    pub(crate) events: Events,
    pub(crate) campaigns: Sheet,
    /// ISO 4217 code of the home currency.
    pub(crate) currency: String,
    /// The instant at which the portal was filled.
    pub(crate) since: Millis,
}

impl Store {
    /// The records of a kind.
    pub(crate) fn objects(&self, kind: Kind) -> &Objects {
        &self.objects[kind.index()]
    }

    /// The records of a kind, to change them.
    pub(crate) fn objects_mut(&mut self, kind: Kind) -> &mut Objects {
        &mut self.objects[kind.index()]
    }

    /// What happened to records since this was last asked.
    pub(crate) fn take_news(&mut self) -> Vec<(Kind, News)> {
        let of = |objects: &mut Objects| {
            let kind = objects.kind;
            std::mem::take(&mut objects.news).into_iter().map(move |news| (kind, news))
        };
        self.objects.iter_mut().flat_map(of).collect()
    }

    /// The properties of a kind.
    pub(crate) fn schema(&self, kind: Kind) -> &Schema {
        &self.schemas[kind.index()]
    }

    /// The properties of a kind, to change them.
    pub(crate) fn schema_mut(&mut self, kind: Kind) -> &mut Schema {
        &mut self.schemas[kind.index()]
    }

    /// The live records of a kind associated with one: archived and merged-away ones have lost theirs.
    pub(crate) fn linked(&self, from: End, to: Kind) -> Vec<(u64, Vec<TypeId>)> {
        let mut linked = self.links.of(from, to);
        linked.retain(|(id, _)| self.objects(to).find_live(*id).is_some());
        linked
    }

    /// A record's value of a property, roll-ups of its associations included.
    pub(crate) fn value<'a>(&'a self, kind: Kind, row: &'a Row, place: &Place) -> Option<Cow<'a, str>> {
        let from = (kind, row.id);
        // Associations change after a world was written, so they come before what it says about them.
        let linked = match place.made {
            Some(Virtual::Linked(to)) => {
                let count = self.linked(from, to).len();
                (count > 0).then(|| count.to_string())
            }
            Some(Virtual::PrimaryCompany) => self.primary_company(kind, row.id).map(|id| id.to_string()),
            _ => None,
        };
        linked.map(Cow::Owned).or_else(|| self.objects(kind).value(row, place))
    }

    fn primary_company(&self, kind: Kind, id: u64) -> Option<u64> {
        let primary = links::primary(kind, Kind::COMPANIES)?;
        let companies = self.linked((kind, id), Kind::COMPANIES);
        companies.into_iter().find(|(_, types)| types.contains(&primary)).map(|(id, _)| id)
    }
}
