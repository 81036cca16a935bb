//! Lists through memory: a page asked by many at once is read once, and kept for a short while.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use moka::future::Cache;
use tokio::time::{Instant, timeout_at};

use crate::domain::id::SourceName;

use super::cached::Freshness;
use super::error::{SourceError, SourceErrorKind};
use super::outdated::{Moment, Outdated};
use super::reading::Reading;
use super::walk::{Condition, Listed, Order, Page, PageAsk, Walk};

/// One list of one source, read through memory.
pub struct Pages<R: Listed> {
    source: SourceName,
    vendor: Arc<dyn Walk<R>>,
    fresh: Duration,
    memory: Cache<PageAsk<R::Select>, Arc<KeptPage<R>>>,
    outdated: Arc<Outdated>,
}

struct KeptPage<R> {
    page: Arc<Page<R>>,
    read_at: Instant,
    asked: Moment,
}

impl<R: Listed> Pages<R> {
    /// Reads `vendor` through a memory of at most `bytes`, keeping a page for `fresh`.
    pub(super) fn new(
        source: SourceName,
        vendor: Arc<dyn Walk<R>>,
        fresh: Duration,
        bytes: u64,
        record_bytes: u32,
        outdated: Arc<Outdated>,
    ) -> Self {
        let memory = Cache::builder()
            .max_capacity(bytes)
            .weigher(move |_ask, kept: &Arc<KeptPage<R>>| {
                let records = u32::try_from(kept.page.records.len()).unwrap_or(u32::MAX);
                records.saturating_mul(record_bytes).saturating_add(500)
            })
            .time_to_live(fresh)
            .build();
        Self { source, vendor, fresh, memory, outdated }
    }

    /// The vendor's objects in the order a list of everything visits them.
    pub fn objects(&self) -> &'static [&'static str] {
        self.vendor.objects()
    }

    /// The largest page one vendor call gives.
    pub fn page_size(&self) -> usize {
        self.vendor.page_size()
    }

    /// Whether the vendor itself can apply this condition, exactly.
    pub fn can_filter(&self, condition: &Condition) -> bool {
        self.vendor.can_filter(condition)
    }

    /// Whether the vendor itself can give this order.
    pub fn can_order(&self, order: &Order) -> bool {
        self.vendor.can_order(order)
    }

    /// As of when its pages are true, where that is not when they were read.
    pub fn as_of(&self) -> Option<DateTime<Utc>> {
        self.vendor.as_of()
    }

    /// Forgets every page.
    pub fn forget_all(&self) {
        self.memory.invalidate_all();
    }

    /// Reads one page, from memory where it is young enough, and says when it was read.
    ///
    /// # Errors
    /// When the vendor could not be read in time.
    pub async fn page(
        &self,
        ask: PageAsk<R::Select>,
        freshness: Freshness,
        reading: &Reading,
    ) -> Result<(Arc<Page<R>>, Instant), SourceError> {
        let limit = freshness.max_age.map_or(self.fresh, |age| age.min(self.fresh));
        if let Some(kept) = self.memory.get(&ask).await {
            if kept.read_at.elapsed() < limit && self.holds(&ask, &kept) {
                return Ok((kept.page.clone(), kept.read_at));
            }
            self.memory.invalidate(&ask).await;
        }
        let arrived = self.outdated.now();
        let kept = self.fill(&ask, reading).await?;
        if kept.asked >= arrived || self.holds(&ask, &kept) {
            return Ok((kept.page.clone(), kept.read_at));
        }
        // It was under way when a notice outdated it, before this reader came: the next one is not.
        self.memory.invalidate(&ask).await;
        let kept = self.fill(&ask, reading).await?;
        Ok((kept.page.clone(), kept.read_at))
    }

    /// Reads a page, or waits for whoever reads it.
    async fn fill(
        &self,
        ask: &PageAsk<R::Select>,
        reading: &Reading,
    ) -> Result<Arc<KeptPage<R>>, SourceError> {
        // The read runs in a task of its own: a caller who goes away must not end it for the others.
        let (vendor, memory, outdated) = (self.vendor.clone(), self.memory.clone(), self.outdated.clone());
        let (ask, own) = (ask.clone(), reading.clone());
        let fill = tokio::spawn(async move {
            let read = async {
                let asked = outdated.now();
                let page = Arc::new(vendor.page(&ask, &own).await?);
                Ok::<_, SourceError>(Arc::new(KeptPage { page, read_at: Instant::now(), asked }))
            };
            let kept = memory.try_get_with(ask.clone(), read).await;
            // Everything was forgotten while this was under way: it goes the same way.
            if kept.as_ref().is_ok_and(|kept| outdated.was_forgotten_since(kept.asked)) {
                memory.invalidate(&ask).await;
            }
            kept
        });
        match timeout_at(reading.deadline, fill).await {
            Ok(Ok(Ok(kept))) => Ok(kept),
            Ok(Ok(Err(error))) => Err((*error).clone()),
            Ok(Err(_panicked)) => Err(self.error(SourceErrorKind::BadAnswer)),
            Err(_elapsed) => Err(self.error(SourceErrorKind::DeadlineExceeded)),
        }
    }

    /// Whether a page is still the answer. A page that is chosen or ordered by what records hold may be another one
    /// whenever any record changed; a page by id only when records come or go, or one of its own changed.
    fn holds(&self, ask: &PageAsk<R::Select>, kept: &KeptPage<R>) -> bool {
        let by_id_alone = ask.conditions.is_empty() && ask.order.is_none();
        self.outdated.holds(kept.asked, false, |is_outdated| {
            !by_id_alone || kept.page.records.iter().any(|(_, record)| is_outdated(record.id()))
        })
    }

    fn error(&self, kind: SourceErrorKind) -> SourceError {
        SourceError { source_name: self.source.clone(), operation: "reading a list", kind, cause: None }
    }
}

#[cfg(test)]
mod tests;
