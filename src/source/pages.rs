//! Lists through memory: a page asked by many at once is read once, and kept for a short while.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use moka::future::Cache;
use tokio::time::{Instant, timeout_at};

use crate::domain::id::SourceName;

use super::cached::Freshness;
use super::error::{SourceError, SourceErrorKind};
use super::reading::Reading;
use super::walk::{Condition, Listed, Order, Page, PageAsk, Walk};

/// One list of one source, read through memory.
pub struct Pages<R: Listed> {
    source: SourceName,
    vendor: Arc<dyn Walk<R>>,
    fresh: Duration,
    memory: Cache<PageAsk<R::Select>, Arc<KeptPage<R>>>,
}

struct KeptPage<R> {
    page: Arc<Page<R>>,
    read_at: Instant,
}

impl<R: Listed> Pages<R> {
    /// Reads `vendor` through a memory of at most `bytes`, keeping a page for `fresh`.
    pub fn new(
        source: SourceName,
        vendor: Arc<dyn Walk<R>>,
        fresh: Duration,
        bytes: u64,
        record_bytes: u32,
    ) -> Self {
        let memory = Cache::builder()
            .max_capacity(bytes)
            .weigher(move |_ask, kept: &Arc<KeptPage<R>>| {
                let records = u32::try_from(kept.page.records.len()).unwrap_or(u32::MAX);
                records.saturating_mul(record_bytes).saturating_add(500)
            })
            .time_to_live(fresh)
            .build();
        Self { source, vendor, fresh, memory }
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
            if kept.read_at.elapsed() < limit {
                return Ok((kept.page.clone(), kept.read_at));
            }
            self.memory.invalidate(&ask).await;
        }
        // The read runs in a task of its own: a caller who goes away must not end it for the others.
        let (vendor, memory, own) = (self.vendor.clone(), self.memory.clone(), reading.clone());
        let fill = tokio::spawn(async move {
            let read = async {
                let page = vendor.page(&ask, &own).await?;
                Ok::<_, SourceError>(Arc::new(KeptPage { page: Arc::new(page), read_at: Instant::now() }))
            };
            memory.try_get_with(ask.clone(), read).await
        });
        match timeout_at(reading.deadline, fill).await {
            Ok(Ok(Ok(kept))) => Ok((kept.page.clone(), kept.read_at)),
            Ok(Ok(Err(error))) => Err((*error).clone()),
            Ok(Err(_panicked)) => Err(self.error(SourceErrorKind::BadAnswer)),
            Err(_elapsed) => Err(self.error(SourceErrorKind::DeadlineExceeded)),
        }
    }

    fn error(&self, kind: SourceErrorKind) -> SourceError {
        SourceError { source_name: self.source.clone(), operation: "reading a list", kind, cause: None }
    }
}
