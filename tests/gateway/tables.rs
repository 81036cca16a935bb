//! What a world holds, read straight from its tables: what the gateway's answers are compared with.

use std::collections::{BTreeSet, HashMap};

use leadline::sandbox::world::{Row, Table, World};

/// One column of a table.
pub(crate) fn column(world: &World, vendor: &str, table: &str, name: &str) -> Vec<String> {
    let Some(table) = world.table(vendor, table) else { return Vec::new() };
    table.rows.iter().filter_map(|row| table.value(row, name)).map(ToString::to_string).collect()
}

/// The rows of a table that are neither deleted nor archived.
pub(crate) fn live<'w>(world: &'w World, vendor: &str, table: &str) -> Vec<Record<'w>> {
    let Some(table) = world.table(vendor, table) else { return Vec::new() };
    let records = table.rows.iter().map(|row| Record { table, row });
    records
        .filter(|record| record.get("IsDeleted") != Some("true") && record.get("archived_at").is_none())
        .collect()
}

/// One row with the names of its cells.
#[derive(Clone, Copy)]
pub(crate) struct Record<'w> {
    table: &'w Table,
    row: &'w Row,
}

impl<'w> Record<'w> {
    /// A cell.
    pub(crate) fn get(&self, column: &str) -> Option<&'w str> {
        self.table.value(self.row, column)
    }

    /// The id, by either vendor's name for it.
    pub(crate) fn id(&self) -> &'w str {
        self.get("Id").or_else(|| self.get("id")).unwrap()
    }
}

/// Every record that is a person's and neither deleted nor merged away, as `source:object:id`.
pub(crate) fn live_people(world: &World) -> BTreeSet<String> {
    let of = |vendor, table, name: &'static str| {
        live(world, vendor, table).into_iter().map(move |record| format!("{name}:{}", record.id()))
    };
    of("salesforce", "Lead", "sales:Lead")
        .chain(of("salesforce", "Contact", "sales:Contact"))
        .chain(of("hubspot", "contacts", "marketing:contact"))
        .collect()
}

/// Addresses that name exactly one live record on each side, which names no other.
pub(crate) fn plain_addresses(world: &World, count: usize) -> Vec<String> {
    let found = leadline::sandbox::generate::showcase_emails(world, count);
    assert_eq!(found.len(), count, "the world is too small");
    found
}

/// Addresses of people whose records are several, name each other under other addresses, or were merged: those that
/// need the most rounds first.
pub(crate) fn entangled_addresses(world: &World, count: usize) -> Vec<String> {
    let sales: HashMap<&str, Record<'_>> = ["Lead", "Contact"]
        .iter()
        .flat_map(|table| live(world, "salesforce", table))
        .map(|record| (record.id(), record))
        .collect();
    let address = |record: &Record<'_>, column| record.get(column).map(str::to_lowercase);
    let trouble = |contact: &Record<'_>| {
        let own = address(contact, "email");
        let named: Vec<&str> =
            ["salesforceleadid", "salesforcecontactid"].iter().filter_map(|name| contact.get(name)).collect();
        let elsewhere = named
            .iter()
            .filter(|id| sales.get(*id).is_none_or(|record| address(record, "Email") != own))
            .count();
        let same = sales.values().filter(|record| address(record, "Email") == own).count();
        let converted = sales
            .values()
            .any(|record| address(record, "Email") == own && record.get("ConvertedContactId").is_some());
        4 * elsewhere
            + 2 * usize::from(contact.get("hs_merged_object_ids").is_some())
            + 2 * usize::from(same > 1)
            + usize::from(converted)
    };
    let mut found: Vec<(usize, String)> = live(world, "hubspot", "contacts")
        .iter()
        .filter_map(|contact| Some((trouble(contact), address(contact, "email")?)))
        .filter(|(trouble, _)| *trouble > 0)
        .collect();
    found.sort_by(|(one, a), (other, b)| other.cmp(one).then(a.cmp(b)));
    assert!(found.len() >= count, "the world is too small");
    found.into_iter().take(count).map(|(_, email)| email).collect()
}
