//! Asking one account: batches, searches, associations and listings, each read whole, whatever page sizes the vendor
//! chooses.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::de::DeserializeOwned;
use serde_json::json;

use crate::connectors::bridge::{Meter, source_error};
use crate::source::error::{SourceError, SourceErrorKind};
use crate::source::reading::Reading;
use crate::upstream::{Answer, Call, ErrorKind, UpstreamError, encode_segment};

use super::dialect::{BURST, SEARCH};
use super::map::merged_ids;
use super::object::{Object, is_record_id};
use super::portal::Portal;
use super::properties::Wish;
use super::search::Search;
use super::wire::account::AccountDetails;
use super::wire::{
    Association, AssociationsOf, BatchAnswer, BatchError, ListAnswer, ObjectRecord, SearchAnswer, next_of,
};

/// The most records of one batch read.
pub(super) const BATCH: usize = 100;
/// The most where histories are read too.
pub(super) const BATCH_WITH_HISTORY: usize = 50;
/// The most records whose associations one call reads.
const ASSOCIATIONS_BATCH: usize = 1000;

/// A read of one account under way: for whom, and what it is called in errors.
#[derive(Clone, Copy)]
pub(super) struct Ask<'a> {
    pub(super) portal: &'a Portal,
    pub(super) operation: &'static str,
    pub(super) reading: &'a Reading,
}

impl Ask<'_> {
    /// What the account says of itself: currency, zone, number. Asked once.
    pub(super) async fn details(&self) -> Result<&AccountDetails, SourceError> {
        let read = || self.get("account.details", "/account-info/v3/details".to_owned(), &[]);
        self.portal.details.get_or_try_init(read).await
    }

    /// Records by a property that names each uniquely; `None` for the record id. What is not found is left out.
    pub(super) async fn batch(
        &self,
        plural: &str,
        ids: &[&str],
        id_property: Option<&str>,
        wish: &Wish,
        archived: bool,
    ) -> Result<Vec<ObjectRecord>, SourceError> {
        let path = format!("{}/batch/read", self.portal.paths.object(plural));
        let size = if wish.history.is_empty() { BATCH } else { BATCH_WITH_HISTORY };
        let calls = ids.chunks(size).map(|some| {
            let inputs: Vec<_> = some.iter().map(|id| json!({ "id": id })).collect();
            let mut body = json!({ "inputs": inputs, "properties": wish.values });
            if !wish.history.is_empty() {
                body["propertiesWithHistory"] = json!(wish.history);
            }
            if let Some(property) = id_property {
                body["idProperty"] = json!(property);
            }
            let mut call = Call::post("objects.batch_read", BURST, &path, body, self.reading.deadline);
            call.idempotent = true;
            if archived {
                call.query.push(("archived".into(), "true".to_owned()));
            }
            async move {
                let answer: BatchAnswer<ObjectRecord> = self.send(call).await?;
                self.nothing_but_missing(&answer.errors)?;
                Ok::<_, SourceError>(answer.results)
            }
        });
        Ok(futures::future::try_join_all(calls).await?.into_iter().flatten().collect())
    }

    /// Records by id, each under the id it was asked by: a merged-away id finds its survivor, an archived record is
    /// found too. One call, unless some ids are not live; then one more for the archived ones, and one for each
    /// id that is neither, because only the single read is known to follow merges.
    pub(super) async fn by_id(
        &self,
        object: Object,
        ids: &[&str],
        wish: &Wish,
    ) -> Result<HashMap<String, ObjectRecord>, SourceError> {
        let ids: BTreeSet<&str> = ids.iter().copied().filter(|id| is_record_id(id)).collect();
        let ids: Vec<&str> = ids.into_iter().collect();
        let mut found = HashMap::new();
        take(&mut found, &ids, self.batch(object.plural(), &ids, None, wish, false).await?);
        let rest = without(&ids, &found);
        take(&mut found, &rest, self.batch(object.plural(), &rest, None, wish, true).await?);
        let rest = without(&rest, &found);
        let survivors =
            futures::future::try_join_all(rest.iter().map(|id| self.survivor(object, id))).await?;
        let survivors: BTreeMap<&str, String> =
            rest.iter().zip(survivors).filter_map(|(id, survivor)| Some((*id, survivor?))).collect();
        let wanted: BTreeSet<&str> = survivors.values().map(String::as_str).collect();
        let wanted: Vec<&str> = wanted.into_iter().collect();
        let records = self.batch(object.plural(), &wanted, None, wish, false).await?;
        for (id, survivor) in &survivors {
            if let Some(record) = records.iter().find(|record| record.id == *survivor) {
                found.insert((*id).to_owned(), with_alias(record.clone(), id));
            }
        }
        Ok(found)
    }

    /// The id of the record that answers for this id; none where nothing does.
    async fn survivor(&self, object: Object, id: &str) -> Result<Option<String>, SourceError> {
        let path = format!("{}/{}", self.portal.paths.object(object.plural()), encode_segment(id));
        let read = self.get_if_there::<ObjectRecord>("objects.get", path, &[("properties", "hs_object_id")]);
        Ok(read.await?.map(|record| record.id))
    }

    /// One page of a search, behind the record `after`.
    pub(super) async fn search(
        &self,
        object: Object,
        search: &Search,
        after: Option<&str>,
    ) -> Result<SearchAnswer, SourceError> {
        self.search_for(object.plural(), search.body(after)).await
    }

    /// One page of a search over any kind of object.
    pub(super) async fn search_for(
        &self,
        plural: &str,
        body: serde_json::Value,
    ) -> Result<SearchAnswer, SourceError> {
        let path = format!("{}/search", self.portal.paths.object(plural));
        let mut call = Call::post("objects.search", SEARCH, path, body, self.reading.deadline);
        call.idempotent = true;
        self.send(call).await
    }

    /// Everything a search finds, however many pages it takes: never by offset, which ends at ten thousand.
    pub(super) async fn search_all(
        &self,
        object: Object,
        search: &Search,
    ) -> Result<Vec<ObjectRecord>, SourceError> {
        let mut found: Vec<ObjectRecord> = Vec::new();
        loop {
            let after = found.last().map(|record| record.id.clone());
            let page = self.search(object, search, after.as_deref()).await?;
            let more = next_of(page.paging.as_ref()).is_some() && !page.results.is_empty();
            found.extend(page.results);
            if !more {
                return Ok(found);
            }
        }
    }

    /// What each of these records is associated with. Records without any are left out.
    pub(super) async fn associations(
        &self,
        from: &str,
        to: &str,
        ids: &[&str],
    ) -> Result<HashMap<String, Vec<Association>>, SourceError> {
        let path = self.portal.paths.associations(from, to);
        let mut found: HashMap<String, Vec<Association>> = HashMap::new();
        let mut inputs: Vec<_> = ids.iter().map(|id| json!({ "id": id })).collect();
        while !inputs.is_empty() {
            let rest = inputs.split_off(inputs.len().min(ASSOCIATIONS_BATCH));
            let body = json!({ "inputs": inputs });
            let mut call = Call::post("associations.batch_read", BURST, &path, body, self.reading.deadline);
            call.idempotent = true;
            let answer: BatchAnswer<AssociationsOf> = self.send(call).await?;
            self.nothing_but_missing(&answer.errors)?;
            inputs = rest;
            for of in answer.results {
                if let Some(after) = next_of(of.paging.as_ref()) {
                    inputs.push(json!({ "id": of.from.id, "after": after }));
                }
                found.entry(of.from.id).or_default().extend(of.to);
            }
        }
        Ok(found)
    }

    /// Every page of a listing that is paged by the vendor's locator, within this one read.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        endpoint: &'static str,
        path: &str,
        query: &[(&'static str, &str)],
    ) -> Result<Vec<T>, SourceError> {
        let mut found = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let mut query = query.to_vec();
            if let Some(after) = &after {
                query.push(("after", after));
            }
            let page: ListAnswer<T> = self.get(endpoint, path.to_owned(), &query).await?;
            let next = next_of(page.paging.as_ref()).filter(|next| after.as_ref() != Some(next));
            found.extend(page.results);
            match next {
                Some(next) => after = Some(next),
                None => return Ok(found),
            }
        }
    }

    /// Reads one answer.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        endpoint: &'static str,
        path: String,
        query: &[(&'static str, &str)],
    ) -> Result<T, SourceError> {
        self.send(self.getting(endpoint, path, query)).await
    }

    /// Reads one answer, or learns that there is nothing by that name.
    pub(super) async fn get_if_there<T: DeserializeOwned>(
        &self,
        endpoint: &'static str,
        path: String,
        query: &[(&'static str, &str)],
    ) -> Result<Option<T>, SourceError> {
        match self.call(self.getting(endpoint, path, query)).await {
            Ok(answer) => Ok(Some(answer.value)),
            Err(error) if matches!(error.kind, ErrorKind::Rejected { status: 404, .. }) => Ok(None),
            Err(error) => Err(self.failed(error)),
        }
    }

    fn getting(&self, endpoint: &'static str, path: String, query: &[(&'static str, &str)]) -> Call {
        let mut call = Call::get(endpoint, BURST, path, self.reading.deadline);
        call.query = query.iter().map(|(name, value)| ((*name).into(), (*value).to_owned())).collect();
        call
    }

    async fn send<T: DeserializeOwned>(&self, call: Call) -> Result<T, SourceError> {
        match self.call(call).await {
            Ok(answer) => Ok(answer.value),
            Err(error) => Err(self.failed(error)),
        }
    }

    async fn call<T: DeserializeOwned>(&self, call: Call) -> Result<Answer<T>, UpstreamError> {
        let meter = Meter::new(self.reading);
        self.portal.upstream.json(meter.put_on(call)).await
    }

    fn failed(&self, error: UpstreamError) -> SourceError {
        source_error(&self.portal.info.name, self.operation, error)
    }

    /// An error of this read that never reached the wire.
    pub(super) fn refused(&self, code: &str) -> SourceError {
        self.error(SourceErrorKind::Rejected { code: code.to_owned() })
    }

    fn error(&self, kind: SourceErrorKind) -> SourceError {
        SourceError {
            source_name: self.portal.info.name.clone(),
            operation: self.operation,
            kind,
            cause: None,
        }
    }

    /// A batch may leave out what does not exist. Anything else it could not answer fails the read: an absence we
    /// made up would look like a fact.
    fn nothing_but_missing(&self, errors: &[BatchError]) -> Result<(), SourceError> {
        let other = errors.iter().find(|error| !error.is_absence());
        other.map_or(Ok(()), |error| Err(self.refused(error.category.as_deref().unwrap_or("BATCH_ERROR"))))
    }
}

impl BatchError {
    fn is_absence(&self) -> bool {
        self.category.as_deref() == Some("OBJECT_NOT_FOUND")
            || self.sub_category.as_deref() == Some("crm.associations.NO_ASSOCIATIONS_FOUND")
    }
}

/// Puts every record under the ids it was asked by.
fn take(found: &mut HashMap<String, ObjectRecord>, asked: &[&str], records: Vec<ObjectRecord>) {
    for record in records {
        let aliases = merged_ids(&record);
        for id in asked.iter().filter(|id| aliases.contains(**id)) {
            found.insert((*id).to_owned(), record.clone());
        }
        if asked.contains(&record.id.as_str()) {
            found.insert(record.id.clone(), record);
        }
    }
}

fn without<'a>(ids: &[&'a str], found: &HashMap<String, ObjectRecord>) -> Vec<&'a str> {
    ids.iter().copied().filter(|id| !found.contains_key(*id)).collect()
}

/// The record with one more id it is known by, as if the vendor's own marker had it.
fn with_alias(mut record: ObjectRecord, id: &str) -> ObjectRecord {
    if !merged_ids(&record).contains(id) {
        let known = record.value("hs_merged_object_ids").unwrap_or_default();
        let all = [known, id].join(";");
        record.properties.insert("hs_merged_object_ids".to_owned(), Some(all));
    }
    record
}
