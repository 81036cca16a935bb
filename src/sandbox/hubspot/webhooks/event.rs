//! Events in the vendor's words.

use serde_json::{Value, json};

use crate::sandbox::hubspot::kind::Kind;
use crate::sandbox::hubspot::stamp::Millis;
use crate::sandbox::hubspot::store::news::{Linked, News};

/// The app whose events these are.
const APP: u64 = 1_160_452;
/// Kinds of record with subscriptions of their own; the events of others are of the generic `object`.
const NAMED: [&str; 3] = ["contacts", "companies", "deals"];

/// Writes events; numbers them.
#[derive(Debug, Default)]
pub(super) struct Writer {
    written: u64,
}

impl Writer {
    /// The events of one piece of news. A privacy deletion is also told as a deletion.
    pub(super) fn events(&mut self, portal: u64, at: Millis, kind: Kind, news: &News) -> Vec<Value> {
        let mut event = |what: &str, more: Value| self.event(portal, at, kind, what, more);
        match news {
            News::Created(id) => {
                vec![event("creation", json!({ "objectId": id, "changeFlag": "CREATED" }))]
            }
            News::Archived(id) => {
                vec![event("deletion", json!({ "objectId": id, "changeFlag": "DELETED" }))]
            }
            News::Changed { id, property, value } => {
                let value = value.as_deref().unwrap_or_default();
                let more = json!({ "objectId": id, "propertyName": property, "propertyValue": value });
                vec![event("propertyChange", more)]
            }
            News::Forgotten(id) => vec![
                event("privacyDeletion", json!({ "objectId": id })),
                event("deletion", json!({ "objectId": id, "changeFlag": "DELETED" })),
            ],
            News::Merged { primary, merged, into } => vec![event(
                "merge",
                json!({
                    "objectId": into,
                    "primaryObjectId": primary,
                    "mergedObjectIds": [merged],
                    "newObjectId": into,
                    "numberOfPropertiesMoved": 0,
                }),
            )],
        }
    }

    /// The event of an association; none between kinds without subscriptions of their own.
    pub(super) fn linked(&mut self, portal: u64, at: Millis, linked: &Linked) -> Option<Value> {
        let Linked { from, to, is_removed } = *linked;
        if !NAMED.contains(&from.0.plural()) || !NAMED.contains(&to.0.plural()) {
            return None;
        }
        let [one, other] = [from.0, to.0].map(|kind| kind.singular().to_uppercase());
        let more = json!({
            "fromObjectId": from.1,
            "toObjectId": to.1,
            "associationType": format!("{one}_TO_{other}"),
            "associationRemoved": is_removed,
            "isPrimaryAssociation": false,
        });
        Some(self.event(portal, at, from.0, "associationChange", more))
    }

    fn event(&mut self, portal: u64, at: Millis, kind: Kind, what: &str, more: Value) -> Value {
        self.written += 1;
        let is_named = NAMED.contains(&kind.plural());
        let object = if is_named { kind.singular() } else { "object" };
        let mut event = json!({
            "eventId": 3_816_279_000 + self.written,
            "subscriptionId": 25,
            "portalId": portal,
            "appId": APP,
            "occurredAt": at,
            "subscriptionType": format!("{object}.{what}"),
            "attemptNumber": 0,
            "changeSource": "INTEGRATION",
            "sourceId": APP.to_string(),
        });
        if !is_named {
            event["objectTypeId"] = kind.type_id().into();
        }
        if let (Some(event), Value::Object(more)) = (event.as_object_mut(), more) {
            event.extend(more);
        }
        event
    }
}
