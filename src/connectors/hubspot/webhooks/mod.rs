//! What the account delivers to our door: events of its records, up to a hundred in a list, signed.
//!
//! `signature` decides over the raw bytes whether the vendor sent them here just now; only then are they read. Values in
//! an event are not used: events arrive twice, late and in any order, and what a record says is asked of the vendor. A
//! privacy delete alone is an order, and one that cannot be understood refuses the whole delivery, so that it is sent
//! again and not lost.

mod signature;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

use crate::domain::id::{RecordKey, SourceName};
use crate::source::notices::{Delivery, Notice, Notices, Refused};

use super::config::HubspotOptions;
use super::object::{Object, is_record_id};
use super::properties::cross_references;
use super::wire::webhook::Event;
use signature::Signed;

/// What happens to a contact whose owner wants to be forgotten.
const PRIVACY_DELETION: &str = "privacyDeletion";
/// Properties by which records are found, beside cross-references.
const FOUND_BY: [&str; 3] = ["email", "hs_additional_emails", "domain"];

/// What one account delivers.
pub(super) struct Webhooks {
    source: SourceName,
    signed: Signed,
    /// The account whose events are ours; all of them when not said.
    portal: Option<String>,
    found_by: BTreeSet<String>,
}

impl Webhooks {
    /// Believes what is signed with this secret for the address in the options; none where they name no address.
    pub(super) fn of(source: &SourceName, options: &HubspotOptions, secret: &SecretString) -> Option<Self> {
        let webhooks = options.webhooks.as_ref()?;
        let objects = [Object::Contact, Object::Company, Object::Deal];
        let references = objects.into_iter().flat_map(|object| cross_references(object, options));
        Some(Self {
            source: source.clone(),
            signed: Signed::new(&webhooks.url, secret),
            portal: webhooks.portal_id.map(|id| id.to_string()),
            found_by: references.chain(FOUND_BY).map(str::to_owned).collect(),
        })
    }

    fn notice(&self, event: &Value) -> Result<Notice, Refused> {
        let Ok(event) = Event::deserialize(event) else {
            // What the vendor may send one day and we cannot read tells of nothing here, unless it is an order.
            let is_order = event.to_string().contains(PRIVACY_DELETION);
            return if is_order { Err(Refused::Unreadable) } else { Ok(Notice::Other) };
        };
        if event.portal_id.as_ref().zip(self.portal.as_ref()).is_some_and(|(told, own)| told != own) {
            return Ok(Notice::Other);
        }
        let (object, action) = event.kind().rsplit_once('.').unwrap_or_default();
        if action == PRIVACY_DELETION {
            return self.erased(object, &event);
        }
        let found_otherwise = match action {
            "creation" | "restore" | "merge" | "associationChange" => true,
            "propertyChange" => event.property_name.as_ref().is_none_or(|it| self.found_by.contains(it)),
            "deletion" => false,
            _ => return Ok(Notice::Other),
        };
        let ids: Vec<Arc<str>> = event.ids().filter(|id| is_record_id(id)).map(Arc::from).collect();
        if ids.is_empty() {
            return Ok(Notice::Other);
        }
        Ok(Notice::Changed { ids, found_otherwise })
    }

    fn erased(&self, object: &str, event: &Event) -> Result<Notice, Refused> {
        let contact = Object::Contact;
        let is_contact = object == contact.name()
            || object == "object" && event.object_type_id.as_deref() == Some(contact.type_id());
        if !is_contact {
            return Ok(Notice::Other);
        }
        let id = event.object_id.as_deref().filter(|id| is_record_id(id)).ok_or(Refused::Unreadable)?;
        Ok(Notice::Erased(RecordKey::new(&self.source, contact.name(), id)))
    }
}

impl Notices for Webhooks {
    fn read(&self, delivery: &Delivery<'_>) -> Result<Vec<Notice>, Refused> {
        self.signed.check(delivery)?;
        let events: Vec<Value> = serde_json::from_slice(delivery.body).map_err(|_| Refused::Unreadable)?;
        events.iter().map(|event| self.notice(event)).collect()
    }
}
