//! Joined records as a view sees them: from keys that are asked for, or from a list's page, to rows.
//!
//! All rows of an answer are decided together. What a view must know of a row before it can be asked about it, an
//! account's team or the campaigns of a person, is read for all rows at once, so that the number of calls does not
//! grow with the number of rows.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use futures::future::join_all;

use crate::domain::id::{NodeId, NodeKind, RecordKey, SourceName};
use crate::domain::view::View;
use crate::source::Source;
use crate::source::ask::Lookup;
use crate::source::cached::{Cached, Freshness};
use crate::source::walk::Listed;

use super::gather::{Gathered, Joined, Seeds};
use super::identity::cluster::Cluster;
use super::inquiry::{Gap, Inquiry};
use super::live::Live;
use super::refusal::Refusal;

/// What is wanted of people, accounts or opportunities, and how old it may be.
#[derive(Clone, Debug, Default)]
pub struct Wanted<S> {
    /// The fields.
    pub select: S,
    /// How old answers may be.
    pub freshness: Freshness,
}

/// What a view may see: a person, an account, an opportunity.
#[async_trait]
pub(super) trait Seen: Sized + Send {
    /// The records it is made of.
    type Record: Joined;

    /// The fields to read so that these can be answered under this view.
    fn select(view: &View, wanted: &SelectOf<Self>) -> SelectOf<Self>;

    /// Each row as the view sees it, in their order; `None` where it does not.
    async fn see(
        live: &Live,
        view: &View,
        inquiry: &Inquiry,
        rows: &[Row<'_, Self::Record>],
        wanted: &WantedOf<Self>,
    ) -> Vec<Option<Self>>;
}

/// Whether a list shows a cluster at a record's place.
pub(super) type Shows<'a, R> = &'a (dyn Fn(&Cluster<R>, &RecordKey) -> bool + Send + Sync);

/// Fields of the records something is made of.
pub(super) type SelectOf<T> = <<T as Seen>::Record as Listed>::Select;
/// What is wanted of it.
pub(super) type WantedOf<T> = Wanted<SelectOf<T>>;

/// A cluster that may become a row.
pub(super) struct Row<'a, R> {
    /// The records.
    pub cluster: &'a Cluster<R>,
    /// What is missing among them.
    pub gaps: &'a [Gap],
    /// The key it was asked by.
    pub asked: Option<&'a RecordKey>,
}

impl<R> Row<'_, R> {
    /// The id clients hold: the one they asked for where a source is silent, since the anchor may be there.
    pub(super) fn id(&self, kind: NodeKind) -> NodeId {
        let anchor = &self.cluster.anchor;
        let key = if self.gaps.is_empty() { anchor } else { self.asked.unwrap_or(anchor) };
        NodeId::new(kind, key.clone())
    }
}

impl Live {
    /// Reads what the seeds name, with what is wanted of it and what the view must know.
    pub(super) async fn gather_seen<T: Seen>(
        &self,
        view: &View,
        inquiry: &Inquiry,
        seeds: Seeds<T::Record>,
        wanted: &WantedOf<T>,
    ) -> Gathered<T::Record> {
        self.gather(inquiry, seeds, &T::select(view, &wanted.select), wanted.freshness).await
    }

    /// The clusters as the view sees them, in their order.
    pub(super) async fn see<T: Seen>(
        &self,
        view: &View,
        inquiry: &Inquiry,
        clusters: &[&Cluster<T::Record>],
        gaps: &[Gap],
        wanted: &WantedOf<T>,
    ) -> Vec<Option<T>> {
        let rows: Vec<_> = clusters.iter().map(|cluster| Row { cluster, gaps, asked: None }).collect();
        T::see(self, view, inquiry, &rows, wanted).await
    }

    /// What records belong to, merged-away ones too, in the order asked.
    pub(super) async fn seen_by_record<T: Seen>(
        &self,
        view: &View,
        inquiry: &Inquiry,
        keys: &[RecordKey],
        wanted: &WantedOf<T>,
    ) -> Vec<Result<Option<T>, Refusal>> {
        let seeds = Seeds::ask(self.by_keys::<T::Record>(keys));
        let gathered = self.gather_seen::<T>(view, inquiry, seeds, wanted).await;
        // A merged-away id is found by its survivor's record, whose key is another.
        let cluster = |key: &RecordKey| {
            let found = || gathered.clusters_found(&key.source, &T::Record::by_key(key)).into_iter().next();
            gathered.cluster_of(key).or_else(found)
        };
        let row = |key| Some(Row { cluster: cluster(key)?, gaps: &gathered.gaps, asked: Some(key) });
        let (found, rows): (Vec<bool>, Vec<Option<_>>) =
            keys.iter().map(row).map(|row| (row.is_some(), row)).unzip();
        let rows: Vec<_> = rows.into_iter().flatten().collect();
        let mut seen = T::see(self, view, inquiry, &rows, wanted).await.into_iter();
        let answer = |(key, is_found): (&RecordKey, bool)| {
            if is_found {
                return Ok(seen.next().flatten());
            }
            gathered.gap_of(&key.source).map_or(Ok(None), |gap| Err(Refusal::Silent(gap.clone())))
        };
        keys.iter().zip(found).map(answer).collect()
    }

    /// What the records of a list's page belong to, one entry a record: `None` where the view does not see it, or
    /// where `shows` says that another record is its place.
    pub(super) async fn seen_of_page<T: Seen>(
        &self,
        view: &View,
        inquiry: &Inquiry,
        records: Vec<Arc<T::Record>>,
        keys: &[RecordKey],
        wanted: &WantedOf<T>,
        shows: Shows<'_, T::Record>,
    ) -> (Vec<Option<T>>, Vec<Gap>) {
        let gathered = self.gather_seen::<T>(view, inquiry, Seeds::known(records), wanted).await;
        let here = |key: &RecordKey| gathered.cluster_of(key).filter(|cluster| shows(cluster, key));
        let here: Vec<Option<&Cluster<T::Record>>> = keys.iter().map(here).collect();
        let clusters: Vec<_> = here.iter().flatten().copied().collect();
        let mut seen = self.see::<T>(view, inquiry, &clusters, &gathered.gaps, wanted).await.into_iter();
        let entries = here.iter().map(|cluster| cluster.and_then(|_| seen.next().flatten())).collect();
        (entries, gathered.gaps)
    }

    /// The records of one source whose keys alone a page brought: from memory where another part of the walk has met
    /// them. What has gone since is left out.
    pub(super) async fn whole<T: Seen>(
        &self,
        view: &View,
        inquiry: &Inquiry,
        source: &SourceName,
        keys: &[RecordKey],
        wanted: &WantedOf<T>,
    ) -> Result<Vec<Arc<T::Record>>, Gap> {
        let read_from = self.reading(source, wanted.freshness);
        let Some(handle) = read_from.and_then(T::Record::handle) else { return Ok(Vec::new()) };
        let lookups: Vec<_> = keys.iter().map(T::Record::by_key).collect();
        let select = T::select(view, &wanted.select);
        match handle.find(&lookups, &select, wanted.freshness, &inquiry.reading(source)).await {
            Ok(answers) => {
                for answer in &answers {
                    inquiry.note_answer(source, answer);
                }
                Ok(answers.into_iter().flat_map(|answer| answer.found.records.clone()).collect())
            }
            Err(error) => Err(inquiry.note_gap(&error)),
        }
    }

    /// What each of these records has of another kind, read at once from each source. A record whose source has no
    /// such thing or is silent has none; the request's books tell the gap.
    pub(super) async fn had_by<L: Lookup>(
        &self,
        inquiry: &Inquiry,
        records: BTreeSet<RecordKey>,
        handle: fn(&Source) -> Option<&Cached<L>>,
        lookup: fn(&RecordKey) -> L,
        freshness: Freshness,
    ) -> HashMap<RecordKey, Vec<L::Found>> {
        let mut by_source: BTreeMap<SourceName, Vec<RecordKey>> = BTreeMap::new();
        for key in records {
            by_source.entry(key.source.clone()).or_default().push(key);
        }
        let asks = by_source.into_iter().filter_map(|(name, keys)| {
            let handle = handle(self.reading(&name, freshness)?)?;
            let reading = inquiry.reading(&name);
            let lookups: Vec<L> = keys.iter().map(lookup).collect();
            Some(async move {
                let answers = handle.find(&lookups, &L::Select::default(), freshness, &reading).await;
                (keys, answers)
            })
        });
        let mut had = HashMap::new();
        for (keys, outcome) in join_all(asks).await {
            match outcome {
                Ok(answers) => had.extend(
                    keys.into_iter().zip(answers).map(|(key, answer)| (key, answer.found.records.clone())),
                ),
                Err(error) => {
                    inquiry.note_gap(&error);
                }
            }
        }
        had
    }
}
