//! Ids as each vendor makes them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::sandbox::world::salesforce_checksum;

/// Hands out ids, each once.
#[derive(Debug, Default)]
pub(super) struct Ids {
    salesforce: BTreeMap<&'static str, u64>,
    hubspot: BTreeMap<&'static str, u64>,
}

impl Ids {
    /// The next Salesforce id under a key prefix such as `00Q`, in rising order.
    pub(super) fn salesforce(&mut self, prefix: &'static str) -> Arc<str> {
        // A young organisation: the counter has passed its first five digits.
        let next = self.salesforce.entry(prefix).or_insert(62_u64.pow(5));
        *next += 1;
        salesforce_id(prefix, *next)
    }

    /// The next HubSpot id of an object, in rising order.
    pub(super) fn hubspot(&mut self, object: &'static str) -> Arc<str> {
        let first = match object {
            "contacts" => 100_000,
            "companies" => 5_790_000_000,
            "deals" => 9_400_000_000,
            "owners" => 41_629_000,
            "users" => 9_586_000,
            "lists" => 10,
            _ => 20_300_000_000,
        };
        let next = self.hubspot.entry(object).or_insert(first);
        *next += 1;
        next.to_string().into()
    }
}

/// The id with this number under a prefix.
pub(super) fn salesforce_id(prefix: &str, number: u64) -> Arc<str> {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut id = format!("{prefix}5e");
    let mut rest = number;
    let mut tail = [b'0'; 10];
    for digit in tail.iter_mut().rev() {
        *digit = DIGITS[(rest % 62) as usize];
        rest /= 62;
    }
    id.extend(tail.map(char::from));
    id.push_str(&salesforce_checksum(&id));
    id.into()
}
