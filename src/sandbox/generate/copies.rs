//! The other rows of a person in the sales CRM: new inquiries, merge losers, a second contact nobody noticed.

use std::sync::Arc;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::Studio;
use super::layout::Sheet;
use super::names::CULTURES;
use super::person::{Person, between};
use super::sales::{InSales, Stamps, contact_row};
use super::setting::{INTEGRATION, one};
use super::sheet::At;

/// Writes them, for the few people who have any.
pub(super) fn write(studio: &mut Studio, person: &Person, known: &InSales, rng: &mut ChaCha8Rng) {
    let as_of = studio.setting.as_of;
    let first = known.converted.unwrap_or(person.in_sales);
    if !known.deleted && person.quirk(0.06, rng) {
        for _ in 0..rng.random_range(1..=3) {
            if let Some(when) = between(first.plus(At::DAY), as_of, rng) {
                again(studio, person, known, when.second(), None, rng);
            }
        }
    }
    if !known.deleted && person.quirk(0.03, rng) {
        let merged = between(first.plus(At::DAY), as_of, rng).unwrap_or(first).second();
        let created = first.plus(-rng.random_range(At::HOUR..20 * At::DAY)).second();
        if let Some(contact) = &known.contact {
            let id = studio.ids.salesforce("003");
            let stamps = Stamps { created, modified: merged, by: person.owner, master: Some(contact) };
            contact_row(studio, person, &id, known, stamps);
        } else {
            again(studio, person, known, created, Some((known.who(), merged)), rng);
        }
    }
    if known.contact.is_some() && person.quirk(0.01, rng) {
        let id = studio.ids.salesforce("003");
        let created = first.plus(-At::DAY);
        contact_row(
            studio,
            person,
            &id,
            known,
            Stamps { created, modified: created, by: person.owner, master: None },
        );
    }
}

/// One more lead of the same person; `merged` says into which record it went, and when.
fn again(
    studio: &mut Studio,
    person: &Person,
    known: &InSales,
    when: At,
    merged: Option<(&Arc<str>, At)>,
    rng: &mut ChaCha8Rng,
) {
    let id = studio.ids.salesforce("00Q");
    let at_home = person.company.map(|company| &studio.setting.companies[company]);
    let integration = &studio.setting.colleagues[INTEGRATION].user;
    let modified = merged.map_or(when, |(_, when)| when);
    studio
        .book
        .row(Sheet::Lead)
        .set("Id", &id)
        .set("FirstName", person.first)
        .set("LastName", &*person.last)
        .set("Name", format!("{} {}", person.first, person.last))
        .set("Title", &*person.title.sales.first)
        .set("Company", at_home.map_or("[not provided]", |company| &company.name))
        .set("Email", &*known.email)
        .set("Country", CULTURES[person.culture].country)
        .set("LeadSource", one(&["Web", "Webinar", "Content Download"], rng))
        .set("Status", "Open - Not Contacted")
        .set("OwnerId", &studio.setting.queues[0].0)
        .set("HasOptedOutOfEmail", false)
        .set("DoNotCall", false)
        .set("IsConverted", false)
        .set("MasterRecordId", merged.map(|(winner, _)| winner))
        .set("IsDeleted", merged.is_some())
        .set("CreatedById", integration)
        .set("CreatedDate", when)
        .set("LastModifiedById", integration)
        .set("LastModifiedDate", modified)
        .set("SystemModstamp", modified)
        .put();
}
