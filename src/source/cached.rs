//! Point reads through memory: one cache, one flight per key, batches across requests.
//!
//! A key that is fresh in memory costs nothing. A key already under way is waited for. Every other key waits for
//! a slot: the first read leaves at once, and what arrives while the slots are taken forms the next batch. Values
//! belong to no viewer; views are applied above. A failed read is never kept, and a caller who goes away
//! does not end the flight others wait for.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::FutureExt;
use moka::future::Cache;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use crate::domain::id::SourceName;

use super::ask::{Ask, Lookup, Wanted};
use super::error::{SourceError, SourceErrorKind};
use super::outdated::{Moment, Outdated};
use super::reading::Reading;

/// How long answers of one capability are kept.
#[derive(Clone, Copy, Debug)]
pub struct Lifetimes {
    /// An answer younger than this is served from memory.
    pub fresh: Duration,
    /// "Nothing found" is believed for this long.
    pub negative: Duration,
    /// An answer is kept this long in case the vendor falls silent.
    pub stale: Duration,
}

/// What the caller demands of an answer's age.
#[derive(Clone, Copy, Debug)]
pub struct Freshness {
    /// Refuse answers from memory older than this, where given.
    pub max_age: Option<Duration>,
    /// Take an answer past its lifetime when the vendor is silent.
    pub allow_stale: bool,
    /// Answer from what was captured, and ask no vendor that has been.
    pub captured: bool,
}

impl Freshness {
    /// As old as what was captured, at no cost to a vendor.
    pub fn captured() -> Self {
        Self { captured: true, ..Self::default() }
    }
}

impl Default for Freshness {
    fn default() -> Self {
        Self { max_age: None, allow_stale: true, captured: false }
    }
}

/// What one lookup found, and when.
#[derive(Debug)]
pub struct Found<L: Lookup> {
    /// The records, in the vendor's order.
    pub records: Vec<L::Found>,
    /// When they were read.
    pub read_at: Instant,
    select: L::Select,
    asked: Moment,
}

/// An answer to one lookup.
#[derive(Debug)]
pub struct CachedAnswer<L: Lookup> {
    /// The lookup.
    pub lookup: L,
    /// What it found.
    pub found: Arc<Found<L>>,
    /// True when the vendor was silent and the answer is past its lifetime.
    pub stale: Option<SourceErrorKind>,
    /// As of when it is true, where that is not when it was read.
    pub as_of: Option<DateTime<Utc>>,
}

impl<L: Lookup> Clone for CachedAnswer<L> {
    fn clone(&self) -> Self {
        let (lookup, found, stale) = (self.lookup.clone(), self.found.clone(), self.stale.clone());
        Self { lookup, found, stale, as_of: self.as_of }
    }
}

/// One capability of one source, read through memory.
pub struct Cached<L: Lookup> {
    shared: Arc<Shared<L>>,
}

impl<L: Lookup> Clone for Cached<L> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone() }
    }
}

struct Shared<L: Lookup> {
    source: SourceName,
    operation: &'static str,
    vendor: Arc<dyn Ask<L>>,
    lifetimes: Lifetimes,
    memory: Cache<L, Arc<Found<L>>>,
    outdated: Arc<Outdated>,
    queue: Mutex<Queue<L>>,
}

/// What waits for a slot and what is under way.
struct Queue<L: Lookup> {
    slots_free: usize,
    /// In order of arrival, so that nobody waits for ever.
    waiting: Vec<L>,
    wants: HashMap<L, Want<L>>,
    flying: HashMap<L, Want<L>>,
}

struct Want<L: Lookup> {
    select: L::Select,
    reading: Reading,
    waiters: Vec<oneshot::Sender<Landing<L>>>,
    /// When it left, once it has.
    asked: Moment,
}

/// A batch that was read: with which fields, and when.
struct Read<L: Lookup> {
    select: L::Select,
    at: Instant,
    asked: Moment,
}

impl<L: Lookup> Read<L> {
    fn found(&self, records: Vec<L::Found>) -> Found<L> {
        Found { records, read_at: self.at, select: self.select.clone(), asked: self.asked }
    }
}

type Landing<L> = (Result<Arc<Found<L>>, SourceError>, Arc<Bill>);

/// What a batch cost. The first waiter to see it pays, so that all requests together pay exactly once.
struct Bill {
    calls: u32,
    paid: AtomicBool,
}

impl<L: Lookup> Cached<L> {
    /// Reads `vendor` through a memory of at most `bytes`, with at most `slots` batches under way.
    pub(super) fn new(
        source: SourceName,
        operation: &'static str,
        vendor: Arc<dyn Ask<L>>,
        lifetimes: Lifetimes,
        bytes: u64,
        slots: usize,
        outdated: Arc<Outdated>,
    ) -> Self {
        let memory = Cache::builder()
            .max_capacity(bytes)
            .weigher(|key: &L, found: &Arc<Found<L>>| {
                let records: usize = found.records.iter().map(L::weight).sum();
                u32::try_from(records + 200 + size_of_val(key)).unwrap_or(u32::MAX)
            })
            .time_to_live(lifetimes.stale)
            .build();
        let queue = Queue {
            slots_free: slots.max(1),
            waiting: Vec::new(),
            wants: HashMap::new(),
            flying: HashMap::new(),
        };
        Self {
            shared: Arc::new(Shared {
                source,
                operation,
                vendor,
                lifetimes,
                memory,
                outdated,
                queue: Mutex::new(queue),
            }),
        }
    }

    /// Whether the vendor can answer this kind of lookup at all.
    pub fn can_answer(&self, lookup: &L) -> bool {
        self.shared.vendor.can_answer(lookup)
    }

    /// Gives back the memory of every answer; [`Outdated::forget_all`] has made them no answers any more. Who waits for
    /// one that is under way still gets it; nobody after them does.
    pub(super) fn forget_all(&self) {
        self.shared.memory.invalidate_all();
    }

    /// Answers every lookup once, in the order given.
    ///
    /// # Errors
    /// The first error of any lookup that has neither an answer nor an acceptable old one.
    pub async fn find(
        &self,
        lookups: &[L],
        select: &L::Select,
        freshness: Freshness,
        reading: &Reading,
    ) -> Result<Vec<CachedAnswer<L>>, SourceError> {
        let mut answers: Vec<Option<CachedAnswer<L>>> = Vec::with_capacity(lookups.len());
        let mut missing = Vec::new();
        let as_of = self.shared.vendor.as_of();
        for (place, lookup) in lookups.iter().enumerate() {
            let kept = self.shared.kept(lookup).await;
            let fresh = kept.filter(|found| self.shared.is_fresh(found, select, freshness, reading.began));
            if fresh.is_none() {
                missing.push(place);
            }
            answers.push(fresh.map(|found| CachedAnswer {
                lookup: lookup.clone(),
                found,
                stale: None,
                as_of,
            }));
        }
        if !missing.is_empty() {
            let wanted: Vec<L> = missing.iter().map(|place| lookups[*place].clone()).collect();
            let landings = self.shared.clone().join(&wanted, select, reading).await;
            for ((place, lookup), landing) in missing.into_iter().zip(wanted).zip(landings) {
                answers[place] = Some(self.shared.accept(lookup, landing, select, freshness).await?);
            }
        }
        Ok(answers.into_iter().flatten().collect())
    }
}

impl<L: Lookup> Shared<L> {
    /// What is remembered, unless something it is about has changed since it was asked.
    async fn kept(&self, lookup: &L) -> Option<Arc<Found<L>>> {
        self.memory.get(lookup).await.filter(|found| self.holds(lookup, found))
    }

    fn holds(&self, lookup: &L, found: &Found<L>) -> bool {
        let rests_on = |any: &dyn Fn(&str) -> bool| lookup.rests_on(&found.records, any);
        self.outdated.holds(found.asked, lookup.is_by_id(), rests_on)
    }

    /// Whether somebody who asks only now may wait for this flight. What a lookup by id will find is known; what any
    /// other will find is not, and may have changed with whatever has.
    fn may_join(&self, lookup: &L, flight: &Want<L>) -> bool {
        let rests_on = |any: &dyn Fn(&str) -> bool| !lookup.is_by_id() || lookup.rests_on(&[], any);
        self.outdated.holds(flight.asked, lookup.is_by_id(), rests_on)
    }

    /// What was read since the caller's request began is as fresh as anything it could read now.
    fn is_fresh(&self, found: &Found<L>, select: &L::Select, freshness: Freshness, began: Instant) -> bool {
        let lifetime = if found.records.is_empty() { self.lifetimes.negative } else { self.lifetimes.fresh };
        let limit = freshness.max_age.map_or(lifetime, |age| age.min(lifetime));
        (found.read_at.elapsed() < limit || found.read_at >= began) && found.select.covers(select)
    }

    /// Takes what landed, or the old answer where the vendor is silent and the caller allows it.
    async fn accept(
        &self,
        lookup: L,
        landing: Result<Arc<Found<L>>, SourceError>,
        select: &L::Select,
        freshness: Freshness,
    ) -> Result<CachedAnswer<L>, SourceError> {
        let as_of = self.vendor.as_of();
        match landing {
            Ok(found) => Ok(CachedAnswer { lookup, found, stale: None, as_of }),
            Err(error) if freshness.allow_stale && error.kind.can_pass() => {
                match self.kept(&lookup).await.filter(|found| found.select.covers(select)) {
                    Some(found) => Ok(CachedAnswer { lookup, found, stale: Some(error.kind), as_of }),
                    None => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Waits for flights that will bring these keys, starting them where none is under way.
    async fn join(
        self: Arc<Self>,
        lookups: &[L],
        select: &L::Select,
        reading: &Reading,
    ) -> Vec<Result<Arc<Found<L>>, SourceError>> {
        let mut receivers = Vec::with_capacity(lookups.len());
        for lookup in lookups {
            // An entry only grows: what it held before is asked for again, so that readers do not alternate.
            let held = self.memory.get(lookup).await.map(|found| found.select.clone());
            let select = held.map_or_else(|| select.clone(), |held| held.union(select));
            receivers.push(self.enqueue(lookup, select, reading));
        }
        self.dispatch();
        let mut landed = Vec::with_capacity(receivers.len());
        for receiver in receivers {
            landed.push(match timeout_at(reading.deadline, receiver).await {
                Ok(Ok((result, bill))) => {
                    if !bill.paid.swap(true, Ordering::Relaxed) {
                        reading.count_calls(bill.calls);
                    }
                    result
                }
                Ok(Err(_ended)) => Err(self.error(SourceErrorKind::Unavailable)),
                Err(_elapsed) => Err(self.error(SourceErrorKind::DeadlineExceeded)),
            });
        }
        landed
    }

    fn enqueue(&self, lookup: &L, select: L::Select, reading: &Reading) -> oneshot::Receiver<Landing<L>> {
        let (sender, receiver) = oneshot::channel();
        let mut queue = self.lock();
        if let Some(flight) = queue.flying.get_mut(lookup)
            && flight.select.covers(&select)
            && self.may_join(lookup, flight)
        {
            flight.waiters.push(sender);
            return receiver;
        }
        if let Some(want) = queue.wants.get_mut(lookup) {
            want.select = want.select.union(&select);
            if reading.deadline > want.reading.deadline {
                want.reading = reading.clone();
            }
            want.waiters.push(sender);
        } else {
            queue.waiting.push(lookup.clone());
            let want = Want { select, reading: reading.clone(), waiters: vec![sender], asked: 0 };
            queue.wants.insert(lookup.clone(), want);
        }
        receiver
    }

    /// Starts as many batches as there are free slots and waiting keys.
    fn dispatch(self: &Arc<Self>) {
        while let Some(batch) = self.next_batch() {
            let shared = self.clone();
            tokio::spawn(async move { shared.fly(batch).await });
        }
    }

    /// Takes a slot and the longest-waiting keys. A key under way with fewer fields, or that a notice outdated, waits for
    /// its landing.
    fn next_batch(&self) -> Option<Vec<L>> {
        let mut queue = self.lock();
        if queue.slots_free == 0 {
            return None;
        }
        let size = self.vendor.batch_size().max(1);
        let mut batch = Vec::new();
        let waiting = std::mem::take(&mut queue.waiting);
        for lookup in waiting {
            if batch.len() < size && !queue.flying.contains_key(&lookup) {
                batch.push(lookup);
            } else {
                queue.waiting.push(lookup);
            }
        }
        if batch.is_empty() {
            return None;
        }
        queue.slots_free -= 1;
        let asked = self.outdated.now();
        for lookup in &batch {
            if let Some(mut want) = queue.wants.remove(lookup) {
                want.asked = asked;
                queue.flying.insert(lookup.clone(), want);
            }
        }
        Some(batch)
    }

    async fn fly(self: Arc<Self>, batch: Vec<L>) {
        let (select, reading) = self.batch_terms(&batch);
        let asked = self.outdated.now();
        let answered = AssertUnwindSafe(self.vendor.ask(&batch, &select, &reading)).catch_unwind().await;
        let outcome = answered.unwrap_or_else(|_panic| Err(self.error(SourceErrorKind::BadAnswer)));
        let bill = Arc::new(Bill { calls: reading.calls(), paid: AtomicBool::new(false) });
        match outcome {
            Ok(answers) => {
                let read = Read { select, at: Instant::now(), asked };
                let mut found: HashMap<L, Vec<L::Found>> = answers.into_iter().collect();
                // What was not asked for is kept before anybody is told, so that whoever asks next finds it.
                let unasked: Vec<L> = found.keys().filter(|it| !batch.contains(it)).cloned().collect();
                for lookup in unasked {
                    let records = found.remove(&lookup).unwrap_or_default();
                    self.remember(lookup, records, &read).await;
                }
                for lookup in batch {
                    let records = found.remove(&lookup).unwrap_or_default();
                    for record in &records {
                        self.remember_by_id(record, &lookup, &read).await;
                    }
                    let entry = Arc::new(read.found(records));
                    self.memory.insert(lookup.clone(), entry.clone()).await;
                    self.land(&lookup, &Ok(entry), &bill);
                }
                // Everything was forgotten while this was under way: it goes the same way.
                if self.outdated.was_forgotten_since(asked) {
                    self.memory.invalidate_all();
                }
            }
            Err(error) => {
                for lookup in &batch {
                    self.land(lookup, &Err(error.clone()), &bill);
                }
            }
        }
        self.lock().slots_free += 1;
        self.dispatch();
    }

    /// The widest choice of fields and the latest deadline among those who wait for this batch.
    fn batch_terms(&self, batch: &[L]) -> (L::Select, Reading) {
        let queue = self.lock();
        let mut select = L::Select::default();
        let mut latest: Option<Reading> = None;
        for want in batch.iter().filter_map(|lookup| queue.flying.get(lookup)) {
            select = select.union(&want.select);
            if latest.as_ref().is_none_or(|reading| want.reading.deadline > reading.deadline) {
                latest = Some(want.reading.clone());
            }
        }
        let reading = latest.map_or_else(
            || Reading::interactive(Duration::from_secs(10)),
            |reading| Reading::until(reading.deadline, reading.urgency),
        );
        (select, reading)
    }

    /// A record found by address need not be read again by id.
    async fn remember_by_id(&self, record: &L::Found, by: &L, read: &Read<L>) {
        if let Some(key) = L::by_id(record).filter(|key| key != by) {
            self.remember(key, vec![record.clone()], read).await;
        }
    }

    /// Keeps what nobody asked for, unless more is known already.
    async fn remember(&self, lookup: L, records: Vec<L::Found>, read: &Read<L>) {
        let entry = read.found(records);
        let held = self.kept(&lookup).await;
        if self.holds(&lookup, &entry) && held.is_none_or(|held| read.select.covers(&held.select)) {
            self.memory.insert(lookup, Arc::new(entry)).await;
        }
    }

    fn land(&self, lookup: &L, result: &Result<Arc<Found<L>>, SourceError>, bill: &Arc<Bill>) {
        let flight = self.lock().flying.remove(lookup);
        for waiter in flight.into_iter().flat_map(|flight| flight.waiters) {
            // A waiter that has gone away needs no answer.
            let _gone = waiter.send((result.clone(), bill.clone()));
        }
    }

    fn error(&self, kind: SourceErrorKind) -> SourceError {
        SourceError { source_name: self.source.clone(), operation: self.operation, kind, cause: None }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Queue<L>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
