//! An event as the vendor delivers it. Ids are numbers here; what names the kind of event is called differently in
//! documentation and in life.

use serde::Deserialize;
use serde_json::Value;

use super::optional_text_or_number;

/// One event of a delivery.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::connectors::hubspot) struct Event {
    #[serde(default)]
    subscription_type: Option<String>,
    /// What some samples of the documentation call it.
    #[serde(default, rename = "eventType")]
    kind_in_samples: Option<String>,
    #[serde(default, deserialize_with = "optional_text_or_number")]
    pub(in crate::connectors::hubspot) portal_id: Option<String>,
    #[serde(default, deserialize_with = "optional_text_or_number")]
    pub(in crate::connectors::hubspot) object_id: Option<String>,
    /// Of the generic subscriptions: `0-1`.
    #[serde(default)]
    pub(in crate::connectors::hubspot) object_type_id: Option<String>,
    #[serde(default)]
    pub(in crate::connectors::hubspot) property_name: Option<String>,
    #[serde(default, deserialize_with = "optional_text_or_number")]
    primary_object_id: Option<String>,
    #[serde(default)]
    merged_object_ids: Vec<Value>,
    #[serde(default, deserialize_with = "optional_text_or_number")]
    new_object_id: Option<String>,
    #[serde(default, deserialize_with = "optional_text_or_number")]
    from_object_id: Option<String>,
    #[serde(default, deserialize_with = "optional_text_or_number")]
    to_object_id: Option<String>,
}

impl Event {
    /// What happened to what: `contact.propertyChange`.
    pub(in crate::connectors::hubspot) fn kind(&self) -> &str {
        self.subscription_type.as_deref().or(self.kind_in_samples.as_deref()).unwrap_or_default()
    }

    /// Every record it names.
    pub(in crate::connectors::hubspot) fn ids(&self) -> impl Iterator<Item = String> {
        let merged = self.merged_object_ids.iter().map(|id| match id {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        let (one, other) = (&self.object_id, &self.primary_object_id);
        let behind = [&self.new_object_id, &self.from_object_id, &self.to_object_id];
        [one, other].into_iter().flatten().cloned().chain(merged).chain(behind.into_iter().flatten().cloned())
    }
}
