//! Which records are one account, and which account a person belongs to.

mod link;
mod lookups;
mod of_person;

pub use link::{domains_of_account, link_accounts};
pub use lookups::open_account_lookups;
pub use of_person::{AccountCandidate, AccountMatch, account_named, account_of, domains_of_person};

#[cfg(test)]
mod tests;
