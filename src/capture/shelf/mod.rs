//! The shelf: what was captured of a source, answered through the very traits its vendor is asked through.
//!
//! [`shelf_of`] gives a [`Source`] that has the capabilities of the vendor's and asks the ledger alone. Whoever gathers,
//! merges and shows records does not notice the difference, but for two things: nothing costs a vendor call, and answers
//! are as old as the last capture and say so. Nothing is remembered here, so that no answer is older than the ledger.

mod accounts;
mod campaigns;
mod history;
mod lists;
mod opportunities;
mod people;

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::domain::id::{RecordKey, SourceName};
use crate::domain::opportunity::Pipeline;
use crate::domain::user::UserRecord;
use crate::ledger::Ledger;
use crate::ledger::entry::{CapturedRecord, RecordKind, Recorded};
use crate::ledger::error::LedgerError;
use crate::ledger::link::Link;
use crate::source::ask::{Ask, Lookup, PipelineLookup, UserLookup};
use crate::source::cached::Cached;
use crate::source::describe::{Describe, Finding, Health, HealthReport};
use crate::source::error::{SourceError, SourceErrorKind};
use crate::source::pages::Pages;
use crate::source::reading::Reading;
use crate::source::{Connection, Memory, Source};

use super::Capture;
use lists::ShelvedList;

/// At most so many questions about one capability are put to the ledger at once.
const SLOTS: usize = 4;
/// Heads of a kind are read in pages of so many.
const PAGE: u32 = 500;

/// What was captured of one source.
struct Shelf {
    name: SourceName,
    capture: Capture,
    /// The vendor's names of its objects.
    people: &'static [&'static str],
    account: &'static str,
    opportunity: &'static str,
    campaign: &'static str,
}

/// A source that answers from what was captured of this one.
pub fn shelf_of(vendor: &Source, capture: &Capture) -> Source {
    let first = |objects: Option<&'static [&'static str]>| {
        objects.and_then(|objects| objects.first().copied()).unwrap_or_default()
    };
    let shelf = Arc::new(Shelf {
        name: vendor.info.name.clone(),
        capture: capture.clone(),
        people: vendor.all_people.as_ref().map_or(&[], Pages::objects),
        account: first(vendor.all_accounts.as_ref().map(Pages::objects)),
        opportunity: first(vendor.all_opportunities.as_ref().map(Pages::objects)),
        campaign: first(vendor.all_campaigns.as_ref().map(Pages::objects)),
    });
    let connection = Connection {
        people: asked(&shelf, vendor.people.as_ref()),
        accounts: asked(&shelf, vendor.accounts.as_ref()),
        opportunities: asked(&shelf, vendor.opportunities.as_ref()),
        campaigns: asked(&shelf, vendor.campaigns.as_ref()),
        memberships: asked(&shelf, vendor.memberships.as_ref()),
        history: asked(&shelf, vendor.history.as_ref()),
        users: asked(&shelf, vendor.users.as_ref()),
        pipelines: asked(&shelf, vendor.pipelines.as_ref()),
        all_people: vendor.all_people.as_ref().map(|it| ShelvedList::walk(&shelf, it)),
        all_accounts: vendor.all_accounts.as_ref().map(|it| ShelvedList::walk(&shelf, it)),
        all_opportunities: vendor.all_opportunities.as_ref().map(|it| ShelvedList::walk(&shelf, it)),
        all_campaigns: vendor.all_campaigns.as_ref().map(|it| ShelvedList::walk(&shelf, it)),
        all_memberships: vendor.all_memberships.as_ref().map(|it| ShelvedList::walk(&shelf, it)),
        ..Connection::new(vendor.info.clone(), shelf)
    };
    Source::new(connection, Memory { bytes: 0, fresh: Duration::ZERO, slots: SLOTS })
}

fn asked<L: Lookup>(shelf: &Arc<Shelf>, vendor: Option<&Cached<L>>) -> Option<Arc<dyn Ask<L>>>
where
    Shelf: Answers<L>,
{
    let vendor = vendor?.clone();
    Some(Arc::new(Shelved { shelf: shelf.clone(), vendor }))
}

/// Lookups that captured records can answer.
#[async_trait]
trait Answers<L: Lookup>: Send + Sync {
    /// How many lookups are answered together.
    const BATCH: usize;

    /// What each lookup finds, in their order.
    async fn answer(&self, lookups: &[L]) -> Result<Vec<Vec<L::Found>>, LedgerError>;
}

/// One capability of a vendor, answered from the shelf: whatever the vendor can be asked, and nothing else.
struct Shelved<L: Lookup> {
    shelf: Arc<Shelf>,
    vendor: Cached<L>,
}

#[async_trait]
impl<L: Lookup> Ask<L> for Shelved<L>
where
    Shelf: Answers<L>,
{
    fn batch_size(&self) -> usize {
        <Shelf as Answers<L>>::BATCH
    }

    fn can_answer(&self, lookup: &L) -> bool {
        self.vendor.can_answer(lookup)
    }

    fn as_of(&self) -> Option<DateTime<Utc>> {
        self.shelf.as_of()
    }

    async fn ask(
        &self,
        lookups: &[L],
        _select: &L::Select,
        _reading: &Reading,
    ) -> Result<Vec<(L, Vec<L::Found>)>, SourceError> {
        let answers = self.shelf.answer(lookups).await;
        let answers = answers.map_err(|error| self.shelf.silent("reading what was captured", error))?;
        Ok(lookups.iter().cloned().zip(answers).collect())
    }
}

impl Shelf {
    fn ledger(&self) -> &dyn Ledger {
        &**self.capture.ledger()
    }

    fn as_of(&self) -> Option<DateTime<Utc>> {
        self.capture.status().of(&self.name)?.as_of()
    }

    fn key(&self, object: &str, id: &str) -> RecordKey {
        RecordKey::new(&self.name, object, id)
    }

    fn silent(&self, operation: &'static str, error: LedgerError) -> SourceError {
        SourceError {
            source_name: self.name.clone(),
            operation,
            kind: SourceErrorKind::Unavailable,
            cause: Some(Arc::new(error)),
        }
    }

    /// The newest versions of these records, tombstones too. A key that was merged away without a tombstone of its own
    /// to say so is answered by the record that names it.
    async fn by_keys(
        &self,
        keys: Vec<RecordKey>,
        kind: RecordKind,
    ) -> Result<HashMap<RecordKey, Recorded>, LedgerError> {
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let aliases: Vec<Link> = keys.iter().cloned().map(Link::AliasOf).collect();
        let heads = self.ledger().heads_of(&keys).await?;
        let mut found: HashMap<RecordKey, Recorded> =
            heads.into_iter().filter(|it| it.record.kind() == kind).map(|it| (it.key.clone(), it)).collect();
        for (link, winner) in self.ledger().linked(&aliases, kind).await? {
            let Link::AliasOf(key) = link else { continue };
            let own = found.get(&key);
            let says_so = |own: &Recorded| own.record.meta().is_some_and(|meta| meta.merged_into.is_some());
            let is_better = |own: &Recorded| own.key != key && winner.is_live() && !own.is_live();
            if own.is_none_or(|own| (own.key == key && !says_so(own)) || is_better(own)) {
                found.insert(key, winner);
            }
        }
        Ok(found)
    }

    /// What these links find, by link.
    async fn by_links<K>(
        &self,
        links: HashMap<Link, Vec<K>>,
        kind: RecordKind,
    ) -> Result<HashMap<K, Vec<Recorded>>, LedgerError>
    where
        K: Clone + Eq + Hash + Send,
    {
        let mut found: HashMap<K, Vec<Recorded>> = HashMap::new();
        if links.is_empty() {
            return Ok(found);
        }
        let asked: Vec<Link> = links.keys().cloned().collect();
        for (link, recorded) in self.ledger().linked(&asked, kind).await? {
            if recorded.key.source != self.name {
                continue;
            }
            for asker in links.get(&link).into_iter().flatten() {
                let own = found.entry(asker.clone()).or_default();
                if own.iter().all(|it| it.key != recorded.key) {
                    own.push(recorded.clone());
                }
            }
        }
        for own in found.values_mut() {
            own.sort_by(|a, b| a.key.cmp(&b.key));
        }
        Ok(found)
    }

    /// Every live record of a kind of this source, in order of key.
    async fn all(&self, kind: RecordKind) -> Result<Vec<Recorded>, LedgerError> {
        let mut all: HashMap<RecordKey, Recorded> = HashMap::new();
        let mut after = 0;
        loop {
            let page = self.ledger().heads(kind, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.sequence;
            let own = page.into_iter().filter(|it| it.key.source == self.name);
            all.extend(own.map(|it| (it.key.clone(), it)));
        }
        let mut all: Vec<Recorded> = all.into_values().filter(Recorded::is_live).collect();
        all.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(all)
    }
}

#[async_trait]
impl Answers<UserLookup> for Shelf {
    const BATCH: usize = 1;

    async fn answer(&self, lookups: &[UserLookup]) -> Result<Vec<Vec<Arc<UserRecord>>>, LedgerError> {
        let all = self.all(RecordKind::User).await?;
        let users: Vec<Arc<UserRecord>> = all
            .into_iter()
            .filter_map(|it| match it.record {
                CapturedRecord::User(user) => Some(user),
                _ => None,
            })
            .collect();
        Ok(lookups.iter().map(|_| users.clone()).collect())
    }
}

#[async_trait]
impl Answers<PipelineLookup> for Shelf {
    const BATCH: usize = 1;

    async fn answer(&self, lookups: &[PipelineLookup]) -> Result<Vec<Vec<Arc<Pipeline>>>, LedgerError> {
        let all = self.all(RecordKind::Pipeline).await?;
        let pipelines: Vec<Arc<Pipeline>> = all
            .into_iter()
            .filter_map(|it| match it.record {
                CapturedRecord::Pipeline(pipeline) => Some(pipeline),
                _ => None,
            })
            .collect();
        Ok(lookups.iter().map(|_| pipelines.clone()).collect())
    }
}

#[async_trait]
impl Describe for Shelf {
    /// Whole or not yet: who wants to answer from captured records alone asks this first.
    fn health(&self) -> HealthReport {
        let status = self.capture.status();
        let source = status.of(&self.name);
        let is_whole = source.is_some_and(super::status::SourceProgress::is_whole);
        HealthReport {
            health: if is_whole { Health::Ok } else { Health::Degraded },
            last_answer_at: self.as_of(),
            quota_remaining: None,
            quota_resets_at: None,
            message: status.outlook(),
        }
    }

    async fn check(&self) -> Result<Vec<Finding>, SourceError> {
        Ok(Vec::new())
    }
}
