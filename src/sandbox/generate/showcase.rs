//! What a demonstration wants to know of a world, made up or poured in.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::sandbox::credentials::SALESFORCE_USERNAME;
use crate::sandbox::world::{Row, Table, World};

/// The Salesforce id of the user as whom the platforms write to each other, if the world has one.
pub fn integration_user(world: &World) -> Option<Arc<str>> {
    let users = world.table("salesforce", "User")?;
    let user = users.rows.iter().find(|row| users.value(row, "Username") == Some(SALESFORCE_USERNAME))?;
    users.value(user, "Id").map(Arc::from)
}

/// The first addresses that name exactly one record on each side, with nothing else hanging on either: people whom
/// one round of questions finds completely.
pub fn showcase_emails(world: &World, count: usize) -> Vec<String> {
    let Some(contacts) = world.table("hubspot", "contacts") else { return Vec::new() };
    let sales = Sales::of(world);
    let mut addresses: HashMap<String, usize> = HashMap::new();
    let mut referred: HashMap<&str, usize> = HashMap::new();
    for row in live(contacts) {
        for address in [contacts.value(row, "email"), contacts.value(row, "hs_additional_emails")] {
            for address in address.unwrap_or_default().split(';') {
                *addresses.entry(normal(address)).or_default() += 1;
            }
        }
        for reference in references(contacts, row) {
            *referred.entry(reference).or_default() += 1;
        }
    }
    live(contacts)
        .filter_map(|row| {
            let email = contacts.value(row, "email")?;
            let address = normal(email);
            let alone = addresses.get(&address) == Some(&1)
                && contacts.value(row, "hs_additional_emails").is_none()
                && contacts.value(row, "hs_merged_object_ids").is_none()
                && contacts.value(row, "hs_calculated_merged_vids").is_none();
            let [record] = sales.by_address.get(&address)?.as_slice() else { return None };
            let mut references = references(contacts, row).peekable();
            let led = references.peek().is_some();
            let straight = references.all(|reference| reference == *record);
            let chosen = led && straight && referred.get(record) == Some(&1);
            (alone && chosen && sales.plain(record)).then(|| email.to_owned())
        })
        .take(count)
        .collect()
}

/// The sales side by address.
struct Sales<'world> {
    by_address: HashMap<String, Vec<&'world str>>,
    /// Records that were converted, came of a conversion, or swallowed another.
    entangled: HashSet<&'world str>,
}

impl<'world> Sales<'world> {
    fn of(world: &'world World) -> Self {
        let mut sales = Self { by_address: HashMap::new(), entangled: HashSet::new() };
        for table in ["Lead", "Contact"].into_iter().filter_map(|name| world.table("salesforce", name)) {
            for row in &table.rows {
                let id = table.value(row, "Id").unwrap_or_default();
                sales.entangled.extend(table.value(row, "MasterRecordId"));
                if let Some(contact) = table.value(row, "ConvertedContactId") {
                    sales.entangled.extend([id, contact]);
                }
                if table.value(row, "IsDeleted") != Some("true")
                    && let Some(email) = table.value(row, "Email")
                {
                    sales.by_address.entry(normal(email)).or_default().push(id);
                }
            }
        }
        sales
    }

    fn plain(&self, record: &str) -> bool {
        !self.entangled.contains(record)
    }
}

fn live(contacts: &Table) -> impl Iterator<Item = &Row> {
    contacts.rows.iter().filter(|row| contacts.value(row, "archived_at").is_none())
}

fn references<'row>(contacts: &'row Table, row: &'row Row) -> impl Iterator<Item = &'row str> {
    ["salesforceleadid", "salesforcecontactid"].into_iter().filter_map(|name| contacts.value(row, name))
}

fn normal(address: &str) -> String {
    address.trim().to_lowercase()
}
