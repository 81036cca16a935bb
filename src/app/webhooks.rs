//! What is done about what vendors tell unasked.
//!
//! A record that changed is asked again by whoever reads it next: telling so costs no call, so a burst of notices costs
//! none. A record that was deleted for its owner's privacy is erased as an operator's erasure does it, but that vendor's
//! record alone: from the ledger before the delivery is acknowledged, from memory, and from there on facts, exports and
//! reporting tables follow the ledger.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::capture::Capture;
use crate::domain::id::{RecordKey, SourceName};
use crate::http::webhooks::{Delivered, Heard, Hearing, NotHeard};
use crate::ledger::Ledger;
use crate::ledger::entry::{Appended, Batch, Entry, Observation, RecordKind};
use crate::ledger::error::LedgerError;
use crate::ledger::link::Link;
use crate::source::Source;
use crate::source::notices::{Delivery, Notice, Refused};
use crate::unify::live::Live;

/// The name that what arrives this way has in the ledger instead of a stream's.
const STREAM: &str = "webhooks";

/// The ears of a gateway.
pub(super) struct Ears {
    live: Arc<Live>,
    ledger: Option<Arc<dyn Ledger>>,
    capture: Option<Capture>,
}

impl Ears {
    pub(super) fn new(live: Arc<Live>, ledger: Option<Arc<dyn Ledger>>, capture: Option<Capture>) -> Self {
        Self { live, ledger, capture }
    }

    fn source(&self, name: &str) -> Option<&Source> {
        let named = |source: &&Source| source.info.name.as_str() == name;
        self.live.described().find(named).filter(|source| source.notices.is_some())
    }

    /// Erases these records of a source. Done twice, it is done.
    async fn erase(
        &self,
        source: &SourceName,
        keys: Vec<RecordKey>,
        at: DateTime<Utc>,
    ) -> Result<Appended, LedgerError> {
        let Some(ledger) = &self.ledger else { return Ok(Appended::default()) };
        let keys = with_merged(&**ledger, keys).await?;
        let batch = Batch {
            source: source.clone(),
            stream: STREAM.into(),
            observed_at: at,
            observations: keys.into_iter().map(|key| Observation::Erased { key }).collect(),
            progress: None,
        };
        let appended = ledger.append(batch).await?;
        if let Some(capture) = &self.capture {
            capture.has_grown(appended.last);
        }
        Ok(appended)
    }
}

#[async_trait]
impl Hearing for Ears {
    fn has_door(&self, source: &str) -> bool {
        self.source(source).is_some()
    }

    async fn hear(&self, source: &str, delivered: &Delivered) -> Result<Heard, NotHeard> {
        let gone = || NotHeard::Failed("there is no such source".to_owned());
        let source = self.source(source).ok_or_else(gone)?;
        let now = self.live.clock().now();
        let header = |name: &str| delivered.header(name);
        let delivery = Delivery {
            method: delivered.method(),
            header: &header,
            body: delivered.body(),
            received_at: now,
        };
        let notices = source.notices.as_ref().ok_or_else(gone)?.read(&delivery).map_err(not_heard)?;
        let mut heard = Heard::default();
        let (mut changed, mut anywhere, mut erased) = (BTreeSet::new(), false, Vec::new());
        for notice in notices {
            match notice {
                Notice::Changed { ids, found_otherwise } => {
                    heard.changed += 1;
                    changed.extend(ids);
                    anywhere |= found_otherwise;
                }
                Notice::Erased(key) => {
                    heard.erased += 1;
                    erased.push(key);
                }
                Notice::Other => heard.other += 1,
            }
        }
        if !changed.is_empty() {
            let changed: Vec<Arc<str>> = changed.into_iter().collect();
            source.outdate(&changed, anywhere);
        }
        if !erased.is_empty() {
            let done = self.erase(&source.info.name, erased, now).await;
            // Whatever became of that: memory speaks of nobody who is to be forgotten.
            self.live.forget(&source.info.name);
            let done = done.map_err(|error| NotHeard::Failed(error.to_string()))?;
            let is_record = |entry: &&Entry| matches!(entry, Entry::Erased { .. });
            heard.records = done.entries.iter().filter(is_record).count() as u64;
            heard.events = done.entries.len() as u64 - heard.records;
        }
        Ok(heard)
    }
}

fn not_heard(refused: Refused) -> NotHeard {
    let told = refused.to_string();
    let outcome = match refused {
        Refused::Unsigned => "unsigned",
        Refused::Forged => "forged",
        Refused::Stale => "stale",
        Refused::Unreadable => return NotHeard::Unreadable(told),
    };
    NotHeard::NotBelieved { outcome, told }
}

/// These records, and those that were merged into them or they into: the vendor deleted them as one, and knows what was
/// merged away no more.
async fn with_merged(ledger: &dyn Ledger, named: Vec<RecordKey>) -> Result<Vec<RecordKey>, LedgerError> {
    let mut keys: BTreeSet<RecordKey> = BTreeSet::new();
    let mut next: BTreeSet<RecordKey> = named.into_iter().collect();
    while !next.is_empty() {
        let open: Vec<RecordKey> = next.iter().cloned().collect();
        keys.append(&mut next);
        let links: Vec<Link> =
            open.iter().flat_map(|key| [Link::MergedInto(key.clone()), Link::AliasOf(key.clone())]).collect();
        let mut found = ledger.heads_of(&open).await?;
        found.extend(ledger.linked(&links, RecordKind::Person).await?.into_iter().map(|(_, found)| found));
        for recorded in found {
            let Some(meta) = recorded.record.meta() else { continue };
            let alias = |id: &Arc<str>| RecordKey { id: id.clone(), ..recorded.key.clone() };
            next.extend(meta.merged_ids.iter().map(alias));
            next.extend(meta.merged_into.clone());
            next.insert(recorded.key);
        }
        next.retain(|key| !keys.contains(key));
    }
    Ok(keys.into_iter().collect())
}
