//! The records of a cluster in the order in which they are believed when nothing else decides.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::custom::CustomValue;
use crate::domain::id::RecordKey;
use crate::domain::record::Record;
use crate::unify::identity::cluster::Cluster;
use crate::unify::source_order::SourceOrder;

use super::blank::said;
use super::same::Same;
use super::weigh::{Say, Weighed, sales_unless_blank};

/// A value as it is, as people read it, and as it is compared.
pub(super) type Value<T> = (T, Arc<str>, Option<String>);

/// The records, most believed first: sales side first, then the order of the settings, then what the caller says.
pub(super) struct Believed<'a, R> {
    pub(super) records: Vec<&'a R>,
}

impl<'a, R: Record> Believed<'a, R> {
    /// Within a source the records with the smaller measure come first.
    pub(super) fn of<M: Ord>(
        cluster: &'a Cluster<R>,
        order: &SourceOrder<'_>,
        measure: impl Fn(&'a R) -> M,
    ) -> Self {
        let mut records: Vec<&R> = cluster.members.iter().map(|member| &*member.record).collect();
        records.sort_by_key(|it| (order.rank(&it.meta().key.source), measure(it), &it.meta().key));
        Self { records }
    }

    /// What each record says of a field; a record that says nothing is left out.
    pub(super) fn says<T>(&self, say: impl Fn(&R) -> Option<Value<T>>) -> Vec<Say<T>> {
        let said = self.records.iter().filter_map(|it| {
            say(it).map(|(value, text, compared)| Say {
                record: it.meta().key.clone(),
                created_at: it.meta().created_at,
                value,
                text,
                compared,
                edit: None,
            })
        });
        said.collect()
    }

    /// SALES_UNLESS_BLANK over a text.
    pub(super) fn text(&self, text: impl Fn(&R) -> Option<&Arc<str>>) -> Weighed<Arc<str>> {
        sales_unless_blank(self.says(|it| {
            let value = said(text(it))?;
            let compared = super::folded(&value);
            Some((value.clone(), value, Some(compared)))
        }))
    }

    /// SALES_UNLESS_BLANK over a value that reads the same in every source.
    pub(super) fn plain<T: ToString>(&self, value: impl Fn(&R) -> Option<T>) -> Weighed<T> {
        sales_unless_blank(self.says(|it| {
            let value = value(it)?;
            let text = value.to_string();
            Some((value, Arc::from(text.as_str()), Some(text)))
        }))
    }

    /// SALES_UNLESS_BLANK over a reference. Two sources are compared where both keys are known to mean something.
    pub(super) fn key(&self, same: &Same, key: impl Fn(&R) -> Option<&RecordKey>) -> Weighed<RecordKey> {
        sales_unless_blank(self.says(|it| {
            let key = key(it)?;
            let compared = same.knows(key).then(|| same.of(key).to_string());
            Some((key.clone(), Arc::from(key.to_string()), compared))
        }))
    }

    /// SALES_UNLESS_BLANK for every custom field.
    pub(super) fn custom<'r>(
        &'r self,
        custom: impl Fn(&'r R) -> &'r BTreeMap<Arc<str>, CustomValue>,
    ) -> BTreeMap<Arc<str>, CustomValue> {
        let mut merged = BTreeMap::new();
        for (key, value) in self.records.iter().flat_map(|it| custom(it)) {
            if !is_blank(value) {
                merged.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
        merged
    }
}

/// A custom value that says nothing.
fn is_blank(value: &CustomValue) -> bool {
    match value {
        CustomValue::Text(text) => said(Some(text)).is_none(),
        CustomValue::Values(values) => values.iter().all(|text| said(Some(text)).is_none()),
        CustomValue::Number(_) | CustomValue::Boolean(_) | CustomValue::Date(_) | CustomValue::Instant(_) => {
            false
        }
    }
}
