//! From HubSpot's JSON to the domain's words: pure functions, one file a kind of record.
//!
//! A property that was not asked for is simply absent, so nothing here looks at what was selected except where
//! absence and "no" differ.

pub(super) mod account;
pub(super) mod activities;
pub(super) mod history;
pub(super) mod opportunity;
pub(super) mod person;
pub(super) mod touches;
pub(super) mod value;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::case_safe;
use crate::domain::custom::CustomValue;
use crate::domain::id::{RecordKey, SourceName};
use crate::domain::lead_source::{Channel, LeadSource};
use crate::domain::money::Money;
use crate::domain::record::{Edit, RecordMeta};

use super::config::{HubspotField, HubspotOptions};
use super::object::Object;
use super::wire::account::AccountDetails;
use super::wire::{ObjectRecord, Version};

/// What is needed to read any record.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) source: &'a SourceName,
    pub(super) options: &'a HubspotOptions,
    /// What the account says of itself, where it was asked.
    pub(super) details: Option<&'a AccountDetails>,
    pub(super) fetched_at: DateTime<Utc>,
}

impl Reader<'_> {
    /// The key of one of this source's records.
    pub(super) fn key(&self, object: &str, id: &str) -> RecordKey {
        RecordKey::new(self.source, object, id)
    }

    /// The key of the owner a record names.
    pub(super) fn owner(&self, record: &ObjectRecord) -> Option<RecordKey> {
        Some(self.key("owner", record.value("hubspot_owner_id")?))
    }

    /// The key of the user who made a change. Users and owners have different ids; an owner carries both.
    pub(super) fn actor(&self, version: &Version) -> Option<RecordKey> {
        Some(self.key("user", version.user()?))
    }

    /// Whether a sync or an integration user made the change.
    pub(super) fn by_integration(&self, version: &Version) -> bool {
        version.source_type.as_ref().is_some_and(|kind| self.options.integration_source_types.contains(kind))
            || version.user().is_some_and(|user| self.options.integration_users.contains(user))
    }

    /// Stamps, merges and place of a record.
    pub(super) fn meta(&self, object: Object, record: &ObjectRecord) -> RecordMeta {
        let stamp = |property| record.value(property).and_then(value::instant);
        RecordMeta {
            key: self.key(object.name(), &record.id),
            created_at: stamp("createdate").unwrap_or(record.created_at),
            updated_at: stamp(object.modified()).unwrap_or(record.updated_at),
            fetched_at: self.fetched_at,
            deleted_at: record.archived.then(|| record.archived_at.unwrap_or(record.updated_at)),
            merged_into: None,
            merged_ids: merged_ids(record).into_iter().map(Arc::from).collect(),
            url: self.url(object, record),
        }
    }

    fn url(&self, object: Object, record: &ObjectRecord) -> Option<Arc<str>> {
        if let Some(url) = &record.url {
            return Some(Arc::from(url.as_str()));
        }
        let details = self.details?;
        let host = details.ui_domain.as_deref().unwrap_or("app.hubspot.com");
        let (portal, kind, id) = (&details.portal_id, object.type_id(), &record.id);
        Some(Arc::from(format!("https://{host}/contacts/{portal}/record/{kind}/{id}")))
    }

    /// The records of the sales system a record names as itself.
    pub(super) fn cross_references(&self, record: &ObjectRecord, named: &[(&str, &str)]) -> Vec<RecordKey> {
        let Some(source) = &self.options.cross_references.source else { return Vec::new() };
        let source = SourceName::new(source);
        let key = |(property, object): &(&str, &str)| {
            // The integration stores short ids; keys have the long form, so that equal keys mean equal records.
            let id = record.value(property)?;
            Some(RecordKey::new(&source, object, case_safe::canonical(id).unwrap_or_else(|| Arc::from(id))))
        };
        named.iter().filter_map(key).collect()
    }

    /// The latest edit among the properties behind a field; the record's own stamp where none has a history.
    pub(super) fn edit(&self, object: Object, record: &ObjectRecord, properties: &[&str]) -> Edit {
        let newest = properties
            .iter()
            .flat_map(|property| record.versions(property))
            .max_by_key(|version| version.timestamp);
        if let Some(version) = newest {
            let by_integration = self.by_integration(version);
            return Edit { at: version.timestamp, by: self.actor(version), by_integration };
        }
        let stamp = record.value(object.modified()).and_then(value::instant);
        Edit { at: stamp.unwrap_or(record.updated_at), by: None, by_integration: false }
    }

    /// How a record came to be, in the vendor's words and ours.
    pub(super) fn lead_source(&self, record: &ObjectRecord) -> Option<LeadSource> {
        let source = record.value("hs_analytics_source")?;
        let details: Vec<&str> = ["hs_analytics_source_data_1", "hs_analytics_source_data_2"]
            .into_iter()
            .filter_map(|property| record.value(property))
            .collect();
        Some(LeadSource {
            channel: self.channel(source),
            sub_channel: Some(Arc::from(source)),
            detail: (!details.is_empty()).then(|| Arc::from(details.join(" / "))),
            is_marketing: !self.options.not_marketing.contains(source),
        })
    }

    /// The channel of a source; `Other` where the settings do not map it.
    pub(super) fn channel(&self, source: &str) -> Channel {
        self.options.channels.get(source).copied().unwrap_or(Channel::Other)
    }

    /// An amount in the currency the record names, else in the account's own. Without either there is no amount:
    /// a number without a currency is not money.
    pub(super) fn money(&self, amount: &str, currency: Option<&str>) -> Option<Money> {
        let company = self.details.and_then(|details| details.company_currency.as_deref());
        Some(Money { amount: value::number(amount)?, currency: Arc::from(currency.or(company)?) })
    }
}

/// The custom fields among a record's properties.
fn custom_fields(
    record: &ObjectRecord,
    mapped: &BTreeMap<Arc<str>, HubspotField>,
) -> BTreeMap<Arc<str>, CustomValue> {
    let value = |(key, field): (&Arc<str>, &HubspotField)| {
        Some((key.clone(), value::custom(record.value(&field.property)?, field)?))
    };
    mapped.iter().filter_map(value).collect()
}

/// Ids merged into a record, from both markers, without its own.
pub(super) fn merged_ids(record: &ObjectRecord) -> BTreeSet<String> {
    let plain = record.value("hs_merged_object_ids").into_iter().flat_map(value::choices);
    let timed = record.value("hs_calculated_merged_vids").into_iter().flat_map(value::choices);
    plain
        .chain(timed.map(|entry| entry.split(':').next().unwrap_or(entry)))
        .map(str::to_owned)
        .filter(|id| super::object::is_record_id(id) && *id != record.id)
        .collect()
}
