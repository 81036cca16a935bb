//! What the sales CRM knows of a person: leads, conversions, contacts, their history and what was merged away.

use std::sync::Arc;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::Studio;
use super::business::TRADES;
use super::copies;
use super::layout::Sheet;
use super::names::CULTURES;
use super::opportunity;
use super::person::{Edit, Hand, Person, between};
use super::setting::{MANAGER, one};
use super::sheet::At;

/// Where a person is to be found in the sales CRM.
#[derive(Debug)]
pub(super) struct InSales {
    pub(super) lead: Option<Arc<str>>,
    pub(super) contact: Option<Arc<str>>,
    pub(super) account: Option<Arc<str>>,
    pub(super) opportunity: Option<opportunity::Written>,
    pub(super) converted: Option<At>,
    pub(super) deleted: bool,
    /// The address as sales writes it.
    pub(super) email: String,
}

impl InSales {
    /// The record that stands for the person now.
    pub(super) fn who(&self) -> &Arc<str> {
        self.contact.as_ref().or(self.lead.as_ref()).expect("who is in sales has a lead or a contact")
    }
}

/// One row of a history table.
struct Change {
    when: At,
    field: &'static str,
    old: String,
    new: String,
    by: Hand,
}

/// Writes a person's records.
pub(super) fn write(studio: &mut Studio, person: &Person, rng: &mut ChaCha8Rng) -> InSales {
    let direct = if person.showcase() { person.n % 2 == 1 } else { person.quirk(0.08, rng) };
    let converted = person
        .journey
        .opportunity
        .filter(|_| !direct)
        .map(|when| when.max(person.in_sales.plus(10 * At::MINUTE)).second());
    let mut known = InSales {
        lead: (!direct).then(|| studio.ids.salesforce("00Q")),
        contact: (direct || converted.is_some()).then(|| studio.ids.salesforce("003")),
        account: None,
        opportunity: None,
        converted,
        deleted: false,
        email: spelling(person, rng),
    };
    if known.contact.is_some() {
        known.account = account(studio, person, converted.unwrap_or(person.in_sales), direct);
    }
    if let (Some(contact), Some(when)) = (&known.contact, person.journey.opportunity) {
        let when = converted.unwrap_or(when).max(person.in_sales.plus(At::HOUR)).second();
        let written = opportunity::write(studio, person, (contact, known.account.as_ref()), when, rng);
        known.opportunity = Some(written);
    }
    if let Some(id) = known.lead.clone() {
        known.deleted = converted.is_none() && person.quirk(0.015, rng);
        lead(studio, person, &id, &known, rng);
    }
    if let Some(id) = known.contact.clone() {
        contact(studio, person, &id, &known);
        if let Some(company) = person.company {
            studio.setting.companies[company].contact = Some(id);
        }
    }
    copies::write(studio, person, &known, rng);
    memberships(studio, person, &known, rng);
    known
}

/// The address as somebody typed it into the sales CRM.
fn spelling(person: &Person, rng: &mut ChaCha8Rng) -> String {
    match &person.second_email {
        Some(second) if rng.random_bool(0.4) => second.clone(),
        _ if person.quirk(0.04, rng) => person
            .email
            .split('.')
            .map(|part| part[..1].to_uppercase() + &part[1..])
            .collect::<Vec<_>>()
            .join("."),
        _ => person.email.clone(),
    }
}

fn account(studio: &mut Studio, person: &Person, since: At, direct: bool) -> Option<Arc<str>> {
    if let Some(company) = person.company {
        return Some(studio.setting.companies[company].account(&mut studio.ids, since));
    }
    if direct {
        return None;
    }
    // A lead without a company still becomes an account on conversion.
    let id = studio.ids.salesforce("001");
    let by = &studio.setting.colleagues[person.owner].user;
    studio
        .book
        .row(Sheet::Account)
        .set("Id", &id)
        .set("Name", format!("{} {} (private)", person.called, person.last))
        .set("Type", "Prospect")
        .set("BillingCountry", CULTURES[person.culture].country)
        .set("OwnerId", by)
        .set("IsDeleted", false)
        .set("CreatedById", by)
        .set("CreatedDate", since)
        .set("LastModifiedById", by)
        .set("LastModifiedDate", since)
        .set("SystemModstamp", since)
        .put();
    Some(id)
}

/// The statuses a lead went through, each later than the one before.
fn statuses(person: &Person, known: &InSales) -> Vec<(At, &'static str)> {
    let journey = &person.journey;
    let steps = [
        (journey.sal, "Working - Contacted"),
        (journey.sql, "Qualified"),
        (
            journey.returned.map(|(when, _)| when),
            if journey.returned.is_some_and(|(_, good)| good) {
                "Closed - Not Converted"
            } else {
                "Nurturing"
            },
        ),
        (known.converted, "Closed - Converted"),
    ];
    let mut statuses = vec![(person.in_sales, "Open - Not Contacted")];
    for (when, status) in steps {
        let last = statuses[statuses.len() - 1].0;
        statuses.extend(when.map(|when| (when.max(last.plus(At::MINUTE)).second(), status)));
    }
    statuses
}

fn lead(studio: &mut Studio, person: &Person, id: &Arc<str>, known: &InSales, rng: &mut ChaCha8Rng) {
    let statuses = statuses(person, known);
    let (ended, status) = statuses[statuses.len() - 1];
    let frozen = if known.converted.is_some() { ended } else { studio.setting.as_of };
    let seller = Hand::Colleague(person.owner);
    let mut changes: Vec<Change> = statuses
        .windows(2)
        .map(|pair| Change {
            when: pair[1].0,
            field: "Status",
            old: pair[0].1.into(),
            new: pair[1].1.into(),
            by: seller,
        })
        .collect();
    for (field, track) in [("Title", &person.title.sales), ("Phone", &person.phone.sales)] {
        let mut old = track.first.as_str();
        for Edit { when, value, by } in track.edits.iter().filter(|edit| edit.when <= frozen) {
            changes.push(Change { when: *when, field, old: old.into(), new: value.clone(), by: *by });
            old = value;
        }
    }
    let (owner, queue) = owners(studio, person, &statuses, &mut changes, rng);
    if known.converted.is_some() {
        changes.push(Change {
            when: ended,
            field: "leadConverted",
            old: String::new(),
            new: String::new(),
            by: seller,
        });
    }
    changes.sort_by_key(|change| change.when);
    let creator = if person.channel.inbound { Hand::Sync } else { seller };
    history(studio, Sheet::LeadHistory, "LeadId", id, person.in_sales, creator, &changes);

    let (modified, by) = changes.last().map_or((person.in_sales, creator), |change| (change.when, change.by));
    let place = &CULTURES[person.culture];
    let at_home = person.company.map(|company| &studio.setting.companies[company]);
    let user = |hand: Hand| &studio.setting.colleagues[hand.user()].user;
    studio
        .book
        .row(Sheet::Lead)
        .set("Id", id)
        .set("FirstName", person.called)
        .set("LastName", &*person.last)
        .set("Name", format!("{} {}", person.called, person.last))
        .set("Title", person.title.sales.value_at(frozen))
        .set("Company", at_home.map_or("[not provided]", |company| &company.name))
        .set("Email", &*known.email)
        .set("Phone", person.phone.sales.value_at(frozen).to_owned())
        .set("MobilePhone", person.mobile.clone())
        .set("Website", at_home.map(|company| format!("https://www.{}", company.domain)))
        .set("City", place.cities[person.city].0)
        .set("State", place.cities[person.city].1)
        .set("Country", place.country)
        .set("LeadSource", person.channel.lead_source)
        .set("Status", status)
        .set("Rating", one(&["Hot", "Warm", "Cold", ""], rng))
        .set("Industry", at_home.map(|company| TRADES[company.trade].1))
        .set("NumberOfEmployees", at_home.map(|company| company.employees))
        .set("OwnerId", queue.as_ref().unwrap_or(&studio.setting.colleagues[owner].user))
        .set("HasOptedOutOfEmail", person.opted_out.0)
        .set("DoNotCall", person.opted_out == (true, true))
        .set("EmailBouncedReason", person.bounced.map(|_| "550 5.1.1 user unknown"))
        .set("EmailBouncedDate", person.bounced)
        .set("IsConverted", known.converted.is_some())
        .set("ConvertedDate", known.converted.map(|_| ended.day()))
        .set("ConvertedAccountId", known.converted.and(known.account.as_ref()))
        .set("ConvertedContactId", known.converted.and(known.contact.as_ref()))
        .set("ConvertedOpportunityId", known.opportunity.as_ref().map(|written| &written.id))
        .set("Tier__c", person.tier)
        .set("LastActivityDate", person.journey.sal.map(At::day))
        .set("IsDeleted", known.deleted)
        .set("CreatedById", user(creator))
        .set("CreatedDate", person.in_sales)
        .set("LastModifiedById", user(by))
        .set("LastModifiedDate", modified)
        .set("SystemModstamp", modified)
        .put();
}

/// Who owns the lead now, and the queue it still lies in, if it does.
fn owners(
    studio: &Studio,
    person: &Person,
    statuses: &[(At, &'static str)],
    changes: &mut Vec<Change>,
    rng: &mut ChaCha8Rng,
) -> (usize, Option<Arc<str>>) {
    if !person.channel.inbound || rng.random_bool(0.4) {
        return (person.owner, None);
    }
    let (queue, name) = &studio.setting.queues[usize::from(rng.random_bool(0.1))];
    let Some((worked, _)) = statuses.get(1) else { return (person.owner, Some(Arc::clone(queue))) };
    let assigned = between(person.in_sales, *worked, rng).unwrap_or(*worked).second();
    let seller = &studio.setting.colleagues[person.owner];
    for (old, new) in [((*name).to_owned(), seller.name()), (queue.to_string(), seller.user.to_string())] {
        changes.push(Change { when: assigned, field: "Owner", old, new, by: Hand::Colleague(MANAGER) });
    }
    (person.owner, None)
}

fn contact(studio: &mut Studio, person: &Person, id: &Arc<str>, known: &InSales) {
    let created = known.converted.unwrap_or(person.in_sales);
    let creator = Hand::Colleague(person.owner);
    let mut changes = Vec::new();
    for (field, track) in [("Title", &person.title.sales), ("Phone", &person.phone.sales)] {
        let mut old = track.value_at(created);
        for Edit { when, value, by } in track.edits.iter().filter(|edit| edit.when > created) {
            changes.push(Change { when: *when, field, old: old.into(), new: value.clone(), by: *by });
            old = value;
        }
    }
    changes.sort_by_key(|change| change.when);
    history(studio, Sheet::ContactHistory, "ContactId", id, created, creator, &changes);
    let (modified, by) = changes.last().map_or((created, creator), |change| (change.when, change.by));
    contact_row(studio, person, id, known, Stamps { created, modified, by: by.user(), master: None });
}

/// What differs between a contact and its copies.
pub(super) struct Stamps<'master> {
    pub(super) created: At,
    pub(super) modified: At,
    pub(super) by: usize,
    /// The winner, where this one was merged away.
    pub(super) master: Option<&'master Arc<str>>,
}

pub(super) fn contact_row(
    studio: &mut Studio,
    person: &Person,
    id: &Arc<str>,
    known: &InSales,
    stamps: Stamps<'_>,
) {
    let place = &CULTURES[person.culture];
    let colleagues = &studio.setting.colleagues;
    studio
        .book
        .row(Sheet::Contact)
        .set("Id", id)
        .set("AccountId", known.account.as_ref())
        .set("FirstName", person.called)
        .set("LastName", &*person.last)
        .set("Name", format!("{} {}", person.called, person.last))
        .set("Title", person.title.sales.now())
        .set("Email", &*known.email)
        .set("Phone", person.phone.sales.now().to_owned())
        .set("MobilePhone", person.mobile.clone())
        .set("MailingCity", place.cities[person.city].0)
        .set("MailingState", place.cities[person.city].1)
        .set("MailingCountry", place.country)
        .set("LeadSource", person.channel.lead_source)
        .set("OwnerId", &colleagues[person.owner].user)
        .set("HasOptedOutOfEmail", person.opted_out.0)
        .set("DoNotCall", person.opted_out == (true, true))
        .set("EmailBouncedReason", person.bounced.map(|_| "550 5.1.1 user unknown"))
        .set("EmailBouncedDate", person.bounced)
        .set("Tier__c", person.tier)
        .set("LastActivityDate", person.journey.sal.map(At::day))
        .set("MasterRecordId", stamps.master)
        .set("IsDeleted", stamps.master.is_some())
        .set("CreatedById", &colleagues[person.owner].user)
        .set("CreatedDate", stamps.created)
        .set("LastModifiedById", &colleagues[stamps.by].user)
        .set("LastModifiedDate", stamps.modified)
        .set("SystemModstamp", stamps.modified)
        .put();
}

fn history(
    studio: &mut Studio,
    sheet: Sheet,
    parent: &'static str,
    id: &Arc<str>,
    created: At,
    creator: Hand,
    changes: &[Change],
) {
    let first =
        Change { when: created, field: "created", old: String::new(), new: String::new(), by: creator };
    for change in std::iter::once(&first).chain(changes) {
        let row = studio.ids.salesforce("017");
        studio
            .book
            .row(sheet)
            .set("Id", row)
            .set(parent, id)
            .set("Field", change.field)
            .set("OldValue", &*change.old)
            .set("NewValue", &*change.new)
            .set("CreatedById", &studio.setting.colleagues[change.by.user()].user)
            .set("CreatedDate", change.when)
            .set("IsDeleted", false)
            .put();
    }
}

fn memberships(studio: &mut Studio, person: &Person, known: &InSales, rng: &mut ChaCha8Rng) {
    let count = if person.rich() { 2 } else { usize::from(rng.random_bool(0.3)) };
    let open: Vec<usize> = (0..studio.setting.campaigns.len())
        .filter(|&n| studio.setting.campaigns[n].end >= person.in_sales.day())
        .filter(|&n| At((studio.setting.campaigns[n].start.0 + 1) * At::DAY) < studio.setting.as_of)
        .collect();
    for chosen in rand::seq::index::sample(rng, open.len(), count.min(open.len())) {
        let id = studio.ids.salesforce("00v");
        let campaign = &studio.setting.campaigns[open[chosen]];
        let earliest = At(campaign.start.0 * At::DAY).max(person.in_sales);
        let when = between(earliest, studio.setting.as_of.min(earliest.plus(20 * At::DAY)), rng);
        let when = when.unwrap_or(earliest).second();
        let responded = rng.random_bool(0.5);
        let by = &studio.setting.colleagues[super::setting::MARKETER].user;
        studio
            .book
            .row(Sheet::CampaignMember)
            .set("Id", id)
            .set("CampaignId", &campaign.id)
            .set("LeadId", known.lead.as_ref())
            .set("ContactId", known.contact.as_ref())
            .set("Status", if responded { "Responded" } else { "Sent" })
            .set("HasResponded", responded)
            .set("FirstRespondedDate", responded.then(|| when.day()))
            .set("IsDeleted", false)
            .set("CreatedById", by)
            .set("CreatedDate", when)
            .set("LastModifiedById", by)
            .set("LastModifiedDate", when)
            .set("SystemModstamp", when)
            .put();
    }
}
