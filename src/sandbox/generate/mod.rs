//! Makes up a world: a company of any size, the same for the same seed.
//!
//! Each person is drawn first as a person (who they are, what happened to them when) and then written down as each
//! side would have it, so that both sides tell one story where they agree and differ where real systems differ.
//!
//! The first `SHOWCASE` people are made for showing: known to both sides by one address, one
//! record on each, with a full history; leads and contacts take turns. The next ten are as rich and were converted.
//! About half of the others are on both sides, 28 in 100 only in marketing, 22 only in sales. Among them: new
//! inquiries as further leads (6 in 100), merge losers on both sides (3 to 4), deleted and archived records (1.5),
//! role addresses (1), cross-references that are missing (12), dangling (1) or point elsewhere (0.7).

mod activity;
mod business;
mod copies;
mod furniture;
mod ids;
mod layout;
mod mail;
mod marketing;
mod names;
mod opportunity;
mod person;
mod sales;
mod setting;
mod sheet;
mod showcase;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::world::World;
use ids::Ids;
use layout::Sheet;
use person::{Hand, Person, Sides};
use setting::{FORMS, INTEGRATION, Setting};
use sheet::{At, Book};

pub use showcase::{integration_user, showcase_emails};

/// Beyond so many people the individual is told with fewer activities, so that a million fit in memory.
const DETAILED: usize = 200_000;

/// A world of so many people, at least one, as it stands at an instant.
pub fn generate(people: usize, seed: u64, as_of: DateTime<Utc>) -> World {
    let people = people.max(1);
    let as_of_here = At(as_of.timestamp_millis()).second();
    let mut ids = Ids::default();
    let mut rng = dice(seed, u64::MAX - 1);
    let setting = Setting::new(people, as_of_here, &mut ids, &mut rng);
    let detail = if people > DETAILED { 0.3 } else { 1.0 };
    let mut studio = Studio { book: Book::new(), ids, setting, detail, earlier_lead: None };
    furniture::write(&mut studio);

    let mut taken = HashSet::new();
    for n in 0..people {
        // Dice of one's own: what happens to one person changes nobody else.
        let mut rng = dice(seed, n as u64);
        studio.person(&Person::draw(n, &studio.setting, &mut taken, &mut rng), &mut rng);
    }
    furniture::companies(&mut studio, &mut rng);

    let mut world = studio.book.into_world(as_of);
    world
        .documents
        .entry("hubspot".into())
        .or_default()
        .insert("pipelines".into(), furniture::pipelines(as_of_here));
    world
}

/// The dice of one person.
fn dice(seed: u64, person: u64) -> ChaCha8Rng {
    let mut start = [0; 32];
    start[..8].copy_from_slice(&seed.to_le_bytes());
    start[8..16].copy_from_slice(&(person + 1).to_le_bytes());
    ChaCha8Rng::from_seed(start)
}

/// A world in the making.
#[derive(Debug)]
struct Studio {
    book: Book,
    ids: Ids,
    setting: Setting,
    /// How much of a person's small doings is told, from 0 to 1.
    detail: f64,
    /// A lead of somebody else, for references that point elsewhere.
    earlier_lead: Option<Arc<str>>,
}

impl Studio {
    fn person(&mut self, person: &Person, rng: &mut ChaCha8Rng) {
        let known = (person.sides != Sides::Marketing).then(|| sales::write(self, person, rng));
        let contact =
            (person.sides != Sides::Sales).then(|| marketing::write(self, person, known.as_ref(), rng));
        activity::write(self, person, known.as_ref(), contact.as_ref(), rng);
        // People made for showing keep their records to themselves.
        if !person.rich() {
            let lead = known.filter(|known| !known.deleted).and_then(|known| known.lead);
            self.earlier_lead = lead.or(self.earlier_lead.take());
        }
    }

    /// One version of a property of the marketing platform.
    fn version(
        &mut self,
        object: &'static str,
        id: &Arc<str>,
        property: &'static str,
        when: At,
        value: &str,
        by: Hand,
    ) {
        let (source, detail, user) = match by {
            Hand::Colleague(INTEGRATION) | Hand::Sync => ("INTEGRATION", "salesforce".to_owned(), None),
            Hand::Colleague(colleague) => {
                let user = &self.setting.colleagues[colleague].owner_user;
                ("CRM_UI", format!("userId:{user}"), Some(user))
            }
            Hand::Form => ("FORM", FORMS[0].0.to_owned(), None),
            Hand::Workflow => ("AUTOMATION_PLATFORM", "enrollmentId:1".to_owned(), None),
        };
        self.book
            .row(Sheet::PropertyHistory)
            .set("object", object)
            .set("id", id)
            .set("property", property)
            .set("timestamp", when)
            .set("value", value)
            .set("source_type", source)
            .set("source_id", &*detail)
            .set("user_id", user)
            .put();
    }

    /// One association of the marketing platform, from the first record to the second.
    fn associate(
        &mut self,
        (from, from_id): (&'static str, &Arc<str>),
        (to, to_id): (&'static str, &Arc<str>),
        kind: &str,
    ) {
        self.book
            .row(Sheet::Associations)
            .set("from_type", from)
            .set("from_id", from_id)
            .set("to_type", to)
            .set("to_id", to_id)
            .set("type_id", kind)
            .put();
    }
}
