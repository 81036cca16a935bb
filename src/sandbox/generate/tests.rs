use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use chrono::TimeZone;

use super::*;
use crate::sandbox::world::{Row, Table};

fn as_of() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 31, 8, 0, 0).single().expect("a day in the calendar")
}

/// Two thousand people, made once for all tests.
static WORLD: LazyLock<World> = LazyLock::new(|| generate(2000, 7, as_of()));

fn sales(name: &str) -> &'static Table {
    WORLD.table("salesforce", name).expect("every table is there")
}

fn marketing(name: &str) -> &'static Table {
    WORLD.table("hubspot", name).expect("every table is there")
}

fn ids(tables: &[&'static Table], column: &str) -> BTreeSet<&'static str> {
    tables.iter().flat_map(|table| values(table, column)).collect()
}

fn values(table: &'static Table, column: &str) -> impl Iterator<Item = &'static str> {
    let place = table.column(column).unwrap_or_else(|| panic!("no column {column}"));
    table.rows.iter().filter_map(move |row| row[place].as_deref())
}

fn text<'row>(table: &'row Table, row: &'row Row, column: &str) -> &'row str {
    table.value(row, column).unwrap_or_default()
}

#[test]
fn the_same_seed_makes_the_same_world_and_another_another() {
    assert!(generate(300, 1, as_of()) == generate(300, 1, as_of()));
    assert!(generate(300, 1, as_of()) != generate(300, 2, as_of()));
}

#[test]
fn a_made_up_world_survives_its_folder() {
    let world = generate(250, 3, as_of());
    let folder = tempfile::tempdir().expect("a folder to write to");
    world.write(folder.path()).expect("a world can be written");
    assert!(World::load(folder.path()).expect("a written world can be read") == world);
}

#[test]
fn a_world_of_one_person_has_that_person_on_both_sides() {
    let world = generate(1, 0, as_of());
    assert_eq!(showcase_emails(&world, 20).len(), 1);
}

#[test]
fn every_reference_finds_its_record() {
    let users = ids(&[sales("User")], "Id");
    let owners: BTreeSet<_> = users.union(&ids(&[sales("Group")], "Id")).copied().collect();
    let accounts = ids(&[sales("Account")], "Id");
    let contacts = ids(&[sales("Contact")], "Id");
    let leads = ids(&[sales("Lead")], "Id");
    let opportunities = ids(&[sales("Opportunity")], "Id");
    let campaigns = ids(&[sales("Campaign")], "Id");
    let who: BTreeSet<_> = leads.union(&contacts).copied().collect();
    let known = [
        ("CreatedById", &users),
        ("LastModifiedById", &users),
        ("ManagerId", &users),
        ("OwnerId", &owners),
        ("AccountId", &accounts),
        ("ConvertedAccountId", &accounts),
        ("ContactId", &contacts),
        ("ConvertedContactId", &contacts),
        ("LeadId", &leads),
        ("OpportunityId", &opportunities),
        ("ConvertedOpportunityId", &opportunities),
        ("WhatId", &opportunities),
        ("CampaignId", &campaigns),
        ("WhoId", &who),
        ("MasterRecordId", &who),
    ];
    for (name, table) in &WORLD.vendors["salesforce"] {
        for (column, there) in known {
            if table.column(column).is_some() {
                let dangling: Vec<_> = values(table, column).filter(|id| !there.contains(id)).collect();
                assert!(dangling.is_empty(), "{name}.{column}: {dangling:?}");
            }
        }
    }
    let objects = ["contacts", "companies", "deals", "calls", "emails", "meetings", "notes", "tasks"];
    let objects: BTreeMap<_, _> = objects.map(|name| (name, ids(&[marketing(name)], "id"))).into();
    let associations = marketing("associations");
    for row in &associations.rows {
        for (kind, id) in [("from_type", "from_id"), ("to_type", "to_id")] {
            assert!(objects[text(associations, row, kind)].contains(text(associations, row, id)));
        }
    }
    let history = marketing("property_history");
    for row in &history.rows {
        assert!(objects[text(history, row, "object")].contains(text(history, row, "id")));
    }
    let owners = ids(&[marketing("owners")], "id");
    for object in objects.keys() {
        assert!(values(marketing(object), "hubspot_owner_id").all(|id| owners.contains(id)), "{object}");
    }
    let merges = marketing("merges");
    for row in &merges.rows {
        assert!(objects["contacts"].contains(text(merges, row, "winner")));
        assert!(!objects["contacts"].contains(text(merges, row, "loser")));
    }
    assert!(values(marketing("contacts"), "associatedcompanyid").all(|id| objects["companies"].contains(id)));
    let forms = ids(&[marketing("forms")], "id");
    assert!(values(marketing("form_submissions"), "form_id").all(|id| forms.contains(id)));
    assert!(values(marketing("companies"), "salesforceaccountid").all(|id| accounts.contains(id)));
    assert!(values(marketing("deals"), "salesforceopportunityid").all(|id| opportunities.contains(id)));
    // Those that dangle on purpose are of numbers nobody will ever have.
    let lost: Vec<_> = values(marketing("contacts"), "salesforceleadid")
        .filter(|id| !leads.contains(id))
        .inspect(|id| assert!(id.starts_with("00Q5ezzzz"), "{id}"))
        .collect();
    assert!(!lost.is_empty());
    assert!(values(marketing("contacts"), "salesforcecontactid").all(|id| contacts.contains(id)));
}

#[test]
fn the_newest_version_of_a_property_is_its_value() {
    let history = marketing("property_history");
    let mut newest: BTreeMap<(&str, &str, &str), (&str, &str)> = BTreeMap::new();
    for row in &history.rows {
        let key = (text(history, row, "object"), text(history, row, "id"), text(history, row, "property"));
        let version = (text(history, row, "timestamp"), text(history, row, "value"));
        let known = newest.entry(key).or_insert(version);
        *known = (*known).max(version);
    }
    for name in ["contacts", "deals"] {
        let table = marketing(name);
        for row in &table.rows {
            for property in &table.columns {
                if let Some((_, value)) = newest.get(&(name, text(table, row, "id"), &**property)) {
                    assert_eq!(text(table, row, property), *value, "{name} {property}");
                }
            }
            let modified = ["lastmodifieddate", "hs_lastmodifieddate"].map(|column| text(table, row, column));
            assert!(modified.concat().as_str() >= text(table, row, "createdate"));
        }
    }
}

#[test]
fn the_newest_tracked_change_of_a_record_is_its_value() {
    for (object, parent) in [("Lead", "LeadId"), ("Contact", "ContactId")] {
        let history = sales(&format!("{object}History"));
        let mut newest: BTreeMap<(&str, &str), (&str, &str)> = BTreeMap::new();
        for row in &history.rows {
            let key = (text(history, row, parent), text(history, row, "Field"));
            let change = (text(history, row, "CreatedDate"), text(history, row, "NewValue"));
            let known = newest.entry(key).or_insert(change);
            *known = if change.0 >= known.0 { change } else { *known };
        }
        let table = sales(object);
        for row in &table.rows {
            for field in ["Status", "Title", "Phone"] {
                if let Some((_, value)) = newest.get(&(text(table, row, "Id"), field)) {
                    assert_eq!(text(table, row, field), *value, "{object} {field}");
                }
            }
        }
    }
}

#[test]
fn nothing_happens_after_the_world_ends_but_what_is_planned() {
    let end = "2026-03-31T08:00:00.000Z";
    for vendor in WORLD.vendors.values() {
        for (name, table) in vendor {
            for (place, column) in table.columns.iter().enumerate() {
                let planned =
                    matches!(&**column, "closedate" | "hs_timestamp" | "hs_meeting_end_time" | "EndDateTime");
                for cell in table.rows.iter().filter_map(|row| row[place].as_deref()) {
                    let instant = cell.len() == 24 && cell.ends_with('Z');
                    assert!(!instant || planned || cell <= end, "{name}.{column}: {cell}");
                }
            }
        }
    }
}

#[test]
fn an_address_belongs_to_one_marketing_contact() {
    let mut seen = BTreeSet::new();
    for address in values(marketing("contacts"), "email") {
        assert!(seen.insert(address), "{address}");
    }
    assert!(seen.iter().any(|address| address.starts_with("info@")));
}

#[test]
fn half_of_the_people_are_on_both_sides_and_thirty_can_be_shown() {
    let addresses: BTreeSet<String> =
        ids(&[sales("Lead"), sales("Contact")], "Email").into_iter().map(str::to_lowercase).collect();
    let both = values(marketing("contacts"), "email").filter(|email| addresses.contains(*email)).count();
    assert!((850..1150).contains(&both), "{both}");
    let shown = showcase_emails(&WORLD, 1000);
    let first: Vec<_> = values(marketing("contacts"), "email").take(person::SHOWCASE).collect();
    assert_eq!(&shown[..person::SHOWCASE], first.as_slice());
    assert_eq!(integration_user(&WORLD).as_deref(), values(sales("User"), "Id").next());
}

#[test]
fn every_kind_of_trouble_occurs() {
    let leads = sales("Lead");
    let count =
        |table: &Table, fits: &dyn Fn(&Row) -> bool| table.rows.iter().filter(|row| fits(row)).count();
    assert!(count(leads, &|row| text(leads, row, "IsConverted") == "true") > 50);
    assert!(count(leads, &|row| leads.value(row, "MasterRecordId").is_some()) > 5);
    assert!(count(leads, &|row| text(leads, row, "IsDeleted") == "true") > 15);
    let contacts = marketing("contacts");
    assert!(count(contacts, &|row| contacts.value(row, "archived_at").is_some()) > 5);
    assert!(count(contacts, &|row| contacts.value(row, "hs_merged_object_ids").is_some()) > 20);
    assert!(count(contacts, &|row| contacts.value(row, "hs_additional_emails").is_some()) > 50);
    assert!(count(contacts, &|row| text(contacts, row, "hs_email_optout") == "true") > 20);
    for (vendor, tables) in &WORLD.vendors {
        for (name, table) in tables {
            assert!(!table.rows.is_empty(), "{vendor}/{name} is empty");
        }
    }
}
