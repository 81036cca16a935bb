//! Reading the records of people in rounds, until nothing a record names is left unread.
//!
//! The first round asks every source what the caller named. A further round is made only while a record read names
//! another, shares an address with one not yet read, or has no partner on the other side; after three rounds what is
//! still open is told as a warning. All people of a question go through the rounds together, so that the number of
//! calls does not grow with the number of people.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use futures::future::join_all;

use crate::domain::id::{RecordKey, SourceName};
use crate::domain::person::{PersonRecord, PersonSelect};
use crate::source::ask::PersonLookup;
use crate::source::cached::Freshness;

use super::identity::cluster::{Cluster, Reach};
use super::identity::lookups::open_lookups;
use super::identity::people::link;
use super::inquiry::{Gap, Inquiry};
use super::live::Live;

/// Rounds of reading before a cluster is given as far as it is known.
const ROUNDS: usize = 3;

/// A question to one source.
pub(super) type Open = (SourceName, PersonLookup);

/// What the rounds brought.
pub(super) struct Gathered {
    /// The records as people.
    pub clusters: Vec<Cluster>,
    /// What each lookup of the first round found.
    pub found: HashMap<Open, Vec<RecordKey>>,
    /// The sources that did not answer.
    pub gaps: Vec<Gap>,
}

impl Gathered {
    /// The person a record belongs to.
    pub fn cluster_of(&self, key: &RecordKey) -> Option<&Cluster> {
        self.clusters.iter().find(|cluster| cluster.holds(key))
    }
}

impl Live {
    /// Reads the records of the people `seeds` and `known` belong to, and everything that belongs with them.
    pub(super) async fn gather(
        &self,
        inquiry: &Inquiry,
        seeds: Vec<Open>,
        known: Vec<Arc<PersonRecord>>,
        select: &PersonSelect,
        freshness: Freshness,
    ) -> Gathered {
        let mut records: BTreeMap<RecordKey, Arc<PersonRecord>> = BTreeMap::new();
        let mut asked: HashSet<Open> = HashSet::new();
        for record in known {
            let key = record.meta.key.clone();
            asked.insert((
                key.source.clone(),
                PersonLookup::Id { object: key.object.clone(), id: key.id.clone() },
            ));
            records.insert(key, record);
        }
        let mut found: HashMap<Open, Vec<RecordKey>> = HashMap::new();
        let mut reach = Reach::default();
        let mut gaps = Vec::new();
        let mut open = seeds;
        if open.is_empty() {
            open = self.still_open(&records, &asked, &reach);
        }
        for _round in 0..ROUNDS {
            if open.is_empty() {
                break;
            }
            asked.extend(open.iter().cloned());
            for (source, outcome) in self.ask_round(inquiry, open, select, freshness).await {
                match outcome {
                    Ok(answers) => {
                        for answer in answers {
                            inquiry.note_answer(&source, &answer);
                            let keys = answer.found.records.iter().map(|record| record.meta.key.clone());
                            found.insert((source.clone(), answer.lookup.clone()), keys.collect());
                            for record in &answer.found.records {
                                keep_newest(&mut records, record);
                            }
                        }
                    }
                    Err(error) => {
                        gaps.push(inquiry.note_gap(&error));
                        reach.silent.insert(source);
                    }
                }
            }
            open = self.still_open(&records, &asked, &reach);
        }
        reach.open = open;
        let records: Vec<Arc<PersonRecord>> = records.into_values().collect();
        Gathered { clusters: link(&records, &self.infos, &self.rules, &reach), found, gaps }
    }

    /// Asks every source its part of a round at the same time.
    async fn ask_round(
        &self,
        inquiry: &Inquiry,
        open: Vec<Open>,
        select: &PersonSelect,
        freshness: Freshness,
    ) -> Vec<(SourceName, RoundAnswer)> {
        let mut by_source: BTreeMap<SourceName, Vec<PersonLookup>> = BTreeMap::new();
        for (source, lookup) in open {
            by_source.entry(source).or_default().push(lookup);
        }
        let asks = by_source.into_iter().filter_map(|(name, lookups)| {
            let people = self.source(&name)?.people.as_ref()?;
            let reading = inquiry.reading(&name);
            Some(async move { (name, people.find(&lookups, select, freshness, &reading).await) })
        });
        join_all(asks).await
    }

    /// What is worth asking next, of sources that speak and can answer it.
    fn still_open(
        &self,
        records: &BTreeMap<RecordKey, Arc<PersonRecord>>,
        asked: &HashSet<Open>,
        reach: &Reach,
    ) -> Vec<Open> {
        let records: Vec<Arc<PersonRecord>> = records.values().cloned().collect();
        let mut open = open_lookups(&records, asked, &self.infos, &self.rules);
        open.retain(|(source, lookup)| {
            let people = self.source(source).and_then(|source| source.people.as_ref());
            !reach.silent.contains(source) && people.is_some_and(|people| people.can_answer(lookup))
        });
        open
    }
}

type RoundAnswer =
    Result<Vec<crate::source::cached::CachedAnswer<PersonLookup>>, crate::source::error::SourceError>;

/// The same record found by two lookups of different age counts once, as last read.
fn keep_newest(records: &mut BTreeMap<RecordKey, Arc<PersonRecord>>, record: &Arc<PersonRecord>) {
    let key = &record.meta.key;
    if records.get(key).is_none_or(|own| own.meta.fetched_at <= record.meta.fetched_at) {
        records.insert(key.clone(), record.clone());
    }
}
