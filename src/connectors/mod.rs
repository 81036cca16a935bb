//! One folder per vendor: the only place that knows a vendor's names, its JSON and its oddities.
//!
//! A connector turns a source's settings into a [`Connection`](crate::source::Connection): it implements the
//! capability contracts of `source`, speaks `domain` types, and reaches its vendor through `upstream` alone. Each
//! folder has the same rooms: `config` (what the settings say), `wire` (the vendor's JSON as documented), `map`
//! (pure functions from wire to domain), one file per capability, and a `README.md` with the vendor's oddities.
//! [`bridge`] holds what is the same for all of them, and `position` where the reader of a stream of changes stands.

pub mod bridge;
pub mod hubspot;
mod position;
pub mod salesforce;
#[cfg(test)]
mod told;

use crate::domain::record::Vendor;

/// The vendors we can connect to, by the word the settings use.
pub const VENDORS: [(&str, Vendor); 2] = [("salesforce", Vendor::Salesforce), ("hubspot", Vendor::HubSpot)];
