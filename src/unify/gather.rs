//! Reading the records of people, accounts or opportunities in rounds, until nothing a record names is left unread.
//!
//! The first round asks every source what the caller named. A further round is made only while a record read names
//! another, shares what identifies it with one not yet read, or has no partner on the other side; after three rounds
//! what is still open is told as a warning. All things of a question go through the rounds together, so that the
//! number of calls does not grow with their number.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use futures::future::join_all;

use crate::domain::account::AccountRecord;
use crate::domain::id::{RecordKey, SourceName};
use crate::domain::opportunity::OpportunityRecord;
use crate::domain::person::PersonRecord;
use crate::domain::record::Record;
use crate::source::Source;
use crate::source::ask::{AccountLookup, Lookup, OpportunityLookup, PersonLookup};
use crate::source::cached::{Cached, CachedAnswer, Freshness};
use crate::source::error::SourceError;
use crate::source::walk::Listed;

use super::identity::accounts::{link_accounts, open_account_lookups};
use super::identity::cluster::{Cluster, Reach};
use super::identity::lookups::{Depth, open_lookups};
use super::identity::opportunities::link_opportunities;
use super::identity::people::link;
use super::inquiry::{Gap, Inquiry};
use super::live::Live;

/// Rounds of reading before a cluster is given as far as it is known.
const ROUNDS: usize = 3;

/// A kind of record that is read in rounds and joined into clusters.
pub(super) trait Joined: Record + Listed {
    /// The keys it is read by.
    type Lookup: Lookup<Found = Arc<Self>, Select = <Self as Listed>::Select>;

    /// The capability that reads it.
    fn handle(source: &Source) -> Option<&Cached<Self::Lookup>>;
    /// The lookup of one record.
    fn by_key(key: &RecordKey) -> Self::Lookup;
    /// What is worth asking next.
    fn still_open(
        live: &Live,
        records: &[Arc<Self>],
        asked: &HashSet<(SourceName, Self::Lookup)>,
        depth: Depth,
    ) -> Vec<(SourceName, Self::Lookup)>;
    /// Which records belong together. `silent` did not answer, `open` was not asked.
    fn join(
        live: &Live,
        records: &[Arc<Self>],
        silent: BTreeSet<SourceName>,
        open: Vec<(SourceName, Self::Lookup)>,
    ) -> Vec<Cluster<Self>>;
}

impl Joined for PersonRecord {
    type Lookup = PersonLookup;

    fn handle(source: &Source) -> Option<&Cached<PersonLookup>> {
        source.people.as_ref()
    }

    fn by_key(key: &RecordKey) -> PersonLookup {
        PersonLookup::Id { object: key.object.clone(), id: key.id.clone() }
    }

    fn still_open(
        live: &Live,
        records: &[Arc<Self>],
        asked: &HashSet<(SourceName, PersonLookup)>,
        depth: Depth,
    ) -> Vec<(SourceName, PersonLookup)> {
        open_lookups(records, asked, &live.infos, &live.rules, depth)
    }

    fn join(
        live: &Live,
        records: &[Arc<Self>],
        silent: BTreeSet<SourceName>,
        open: Vec<(SourceName, PersonLookup)>,
    ) -> Vec<Cluster> {
        link(records, &live.infos, &live.rules, &Reach { silent, open })
    }
}

impl Joined for AccountRecord {
    type Lookup = AccountLookup;

    fn handle(source: &Source) -> Option<&Cached<AccountLookup>> {
        source.accounts.as_ref()
    }

    fn by_key(key: &RecordKey) -> AccountLookup {
        AccountLookup::Id { object: key.object.clone(), id: key.id.clone() }
    }

    fn still_open(
        live: &Live,
        records: &[Arc<Self>],
        asked: &HashSet<(SourceName, AccountLookup)>,
        _depth: Depth,
    ) -> Vec<(SourceName, AccountLookup)> {
        open_account_lookups(records, asked, &live.infos)
    }

    fn join(
        live: &Live,
        records: &[Arc<Self>],
        _silent: BTreeSet<SourceName>,
        _open: Vec<(SourceName, AccountLookup)>,
    ) -> Vec<Cluster<Self>> {
        link_accounts(records, &live.infos)
    }
}

impl Joined for OpportunityRecord {
    type Lookup = OpportunityLookup;

    fn handle(source: &Source) -> Option<&Cached<OpportunityLookup>> {
        source.opportunities.as_ref()
    }

    fn by_key(key: &RecordKey) -> OpportunityLookup {
        OpportunityLookup::Id(key.id.clone())
    }

    /// A deal that names an opportunity of the sales side is read together with it.
    fn still_open(
        _live: &Live,
        records: &[Arc<Self>],
        asked: &HashSet<(SourceName, OpportunityLookup)>,
        _depth: Depth,
    ) -> Vec<(SourceName, OpportunityLookup)> {
        let read: HashSet<&RecordKey> = records.iter().map(|record| &record.meta.key).collect();
        let named = records.iter().flat_map(|record| &record.cross_references);
        let unread = named.filter(|key| !read.contains(key));
        let mut open: Vec<_> = unread.map(|key| (key.source.clone(), Self::by_key(key))).collect();
        open.retain(|lookup| !asked.contains(lookup));
        open
    }

    fn join(
        live: &Live,
        records: &[Arc<Self>],
        _silent: BTreeSet<SourceName>,
        _open: Vec<(SourceName, OpportunityLookup)>,
    ) -> Vec<Cluster<Self>> {
        link_opportunities(records, &live.infos)
    }
}

/// What the rounds brought.
pub(super) struct Gathered<R: Joined> {
    /// The records, joined.
    pub clusters: Vec<Cluster<R>>,
    /// What each lookup found.
    pub found: HashMap<(SourceName, R::Lookup), Vec<RecordKey>>,
    /// The sources that did not answer.
    pub gaps: Vec<Gap>,
    cluster_of: HashMap<RecordKey, usize>,
}

impl<R: Joined> Gathered<R> {
    /// The cluster a record belongs to, by its own key or one that was merged into it.
    pub(super) fn cluster_of(&self, key: &RecordKey) -> Option<&Cluster<R>> {
        self.cluster_of.get(key).map(|place| &self.clusters[*place])
    }

    /// The clusters a lookup found, each once, in the order found.
    pub(super) fn clusters_found(&self, source: &SourceName, lookup: &R::Lookup) -> Vec<&Cluster<R>> {
        let keys = self.found.get(&(source.clone(), lookup.clone())).into_iter().flatten();
        let mut seen = HashSet::new();
        keys.filter_map(|key| self.cluster_of.get(key))
            .filter(|place| seen.insert(**place))
            .map(|place| &self.clusters[*place])
            .collect()
    }

    /// The gap of a source, where it was silent.
    pub(super) fn gap_of(&self, source: &SourceName) -> Option<&Gap> {
        self.gaps.iter().find(|gap| gap.source == *source)
    }
}

/// The records to begin with.
pub(super) struct Seeds<R: Joined> {
    /// What to ask in the first round.
    pub ask: Vec<(SourceName, R::Lookup)>,
    /// What is read already.
    pub known: Vec<Arc<R>>,
    /// How far to look for what belongs to them.
    depth: Depth,
}

impl<R: Joined> Seeds<R> {
    /// Lookups to ask, each once.
    pub(super) fn ask(ask: Vec<(SourceName, R::Lookup)>) -> Self {
        let mut seen = HashSet::new();
        let ask = ask.into_iter().filter(|lookup| seen.insert(lookup.clone())).collect();
        Self { ask, known: Vec::new(), depth: Depth::Partner }
    }

    /// Records of a page that was read.
    pub(super) fn known(known: Vec<Arc<R>>) -> Self {
        Self { ask: Vec::new(), known, depth: Depth::Everybody }
    }
}

/// A question to one source.
type Open<R> = (SourceName, <R as Joined>::Lookup);
type Answers<R> = Result<Vec<CachedAnswer<<R as Joined>::Lookup>>, SourceError>;

impl Live {
    /// Reads the records the seeds name and everything that belongs with them.
    pub(super) async fn gather<R: Joined>(
        &self,
        inquiry: &Inquiry,
        seeds: Seeds<R>,
        select: &R::Select,
        freshness: Freshness,
    ) -> Gathered<R> {
        let mut records: BTreeMap<RecordKey, Arc<R>> = BTreeMap::new();
        let mut asked: HashSet<Open<R>> = HashSet::new();
        let mut silent: BTreeSet<SourceName> = BTreeSet::new();
        let mut found: HashMap<Open<R>, Vec<RecordKey>> = HashMap::new();
        let mut gaps = Vec::new();
        let depth = seeds.depth;
        for record in seeds.known {
            let key = record.meta().key.clone();
            asked.insert((key.source.clone(), R::by_key(&key)));
            records.insert(key, record);
        }
        let mut open = seeds.ask;
        if open.is_empty() {
            open = self.still_open(&records, &asked, &silent, depth);
        }
        for _round in 0..ROUNDS {
            if open.is_empty() {
                break;
            }
            asked.extend(open.iter().cloned());
            for (source, outcome) in self.ask_round::<R>(inquiry, open, select, freshness).await {
                match outcome {
                    Ok(answers) => {
                        for answer in answers {
                            inquiry.note_answer(&source, &answer);
                            let keys = answer.found.records.iter().map(|record| record.meta().key.clone());
                            found.insert((source.clone(), answer.lookup.clone()), keys.collect());
                            answer.found.records.iter().for_each(|record| keep_newest(&mut records, record));
                        }
                    }
                    Err(error) => {
                        gaps.push(inquiry.note_gap(&error));
                        silent.insert(source);
                    }
                }
            }
            open = self.still_open(&records, &asked, &silent, depth);
        }
        let records: Vec<Arc<R>> = records.into_values().collect();
        let clusters = R::join(self, &records, silent, open);
        let keys = clusters
            .iter()
            .enumerate()
            .flat_map(|(place, it)| it.keys().map(move |key| (key.clone(), place)));
        let cluster_of = keys.collect();
        Gathered { clusters, found, gaps, cluster_of }
    }

    /// Asks every source its part of a round at the same time.
    async fn ask_round<R: Joined>(
        &self,
        inquiry: &Inquiry,
        open: Vec<Open<R>>,
        select: &R::Select,
        freshness: Freshness,
    ) -> Vec<(SourceName, Answers<R>)> {
        let mut by_source: BTreeMap<SourceName, Vec<R::Lookup>> = BTreeMap::new();
        for (source, lookup) in open {
            by_source.entry(source).or_default().push(lookup);
        }
        let asks = by_source.into_iter().filter_map(|(name, lookups)| {
            let handle = R::handle(self.reading(&name, freshness)?)?;
            let reading = inquiry.reading(&name);
            Some(async move { (name, handle.find(&lookups, select, freshness, &reading).await) })
        });
        join_all(asks).await
    }

    /// What is worth asking next, of sources that speak and can answer it.
    fn still_open<R: Joined>(
        &self,
        records: &BTreeMap<RecordKey, Arc<R>>,
        asked: &HashSet<Open<R>>,
        silent: &BTreeSet<SourceName>,
        depth: Depth,
    ) -> Vec<Open<R>> {
        let records: Vec<Arc<R>> = records.values().cloned().collect();
        let mut open = R::still_open(self, &records, asked, depth);
        open.retain(|(source, lookup)| {
            let handle = self.source(source).and_then(R::handle);
            !silent.contains(source) && handle.is_some_and(|handle| handle.can_answer(lookup))
        });
        open
    }

    /// The same lookups for every source that can read this kind of record.
    pub(super) fn everywhere<R: Joined>(&self, lookups: &[R::Lookup]) -> Vec<(SourceName, R::Lookup)> {
        let sources = self.sources.iter().filter(|source| R::handle(source).is_some());
        sources.flat_map(|source| lookups.iter().map(|it| (source.info.name.clone(), it.clone()))).collect()
    }

    /// The lookup of each record, of sources that can read this kind of record.
    pub(super) fn by_keys<R: Joined>(&self, keys: &[RecordKey]) -> Vec<(SourceName, R::Lookup)> {
        let known =
            |key: &&RecordKey| self.source(&key.source).is_some_and(|source| R::handle(source).is_some());
        keys.iter().filter(known).map(|key| (key.source.clone(), R::by_key(key))).collect()
    }
}

/// The same record found by two lookups of different age counts once, as last read.
fn keep_newest<R: Joined>(records: &mut BTreeMap<RecordKey, Arc<R>>, record: &Arc<R>) {
    let meta = record.meta();
    if records.get(&meta.key).is_none_or(|own| own.meta().fetched_at <= meta.fetched_at) {
        records.insert(meta.key.clone(), record.clone());
    }
}
