use std::sync::atomic::AtomicUsize;

use async_trait::async_trait;
use tokio::sync::Semaphore;

use super::*;
use crate::domain::opportunity::Pipeline;

/// A pretend vendor that counts batches and answers when told to.
struct Vendor {
    batches: Mutex<Vec<usize>>,
    gate: Semaphore,
    failures: AtomicUsize,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key(u32);

impl Lookup for Key {
    type Found = Arc<Pipeline>;
    type Select = ();

    fn by_id(_found: &Self::Found) -> Option<Self> {
        None
    }

    fn weight(_found: &Self::Found) -> usize {
        100
    }
}

#[async_trait]
impl Ask<Key> for Vendor {
    fn batch_size(&self) -> usize {
        10
    }

    async fn ask(
        &self,
        lookups: &[Key],
        (): &(),
        reading: &Reading,
    ) -> Result<Vec<(Key, Vec<Arc<Pipeline>>)>, SourceError> {
        self.batches.lock().expect("no test panics holding it").push(lookups.len());
        self.gate.acquire().await.expect("the gate is never closed").forget();
        reading.count_calls(1);
        if self.failures.load(Ordering::Relaxed) > 0 {
            self.failures.fetch_sub(1, Ordering::Relaxed);
            return Err(SourceError {
                source_name: SourceName::new("sales"),
                operation: "reading",
                kind: SourceErrorKind::Unavailable,
                cause: None,
            });
        }
        Ok(lookups.iter().map(|key| (key.clone(), vec![pipeline()])).collect())
    }
}

fn pipeline() -> Arc<Pipeline> {
    Arc::new(Pipeline {
        key: "default".into(),
        label: "Default".into(),
        source: SourceName::new("sales"),
        stages: vec![],
    })
}

fn vendor(open: usize) -> Arc<Vendor> {
    Arc::new(Vendor { batches: Mutex::default(), gate: Semaphore::new(open), failures: AtomicUsize::new(0) })
}

fn cached(vendor: &Arc<Vendor>, slots: usize) -> Cached<Key> {
    let lifetimes = Lifetimes {
        fresh: Duration::from_secs(60),
        negative: Duration::from_secs(10),
        stale: Duration::from_secs(3600),
    };
    Cached::new(SourceName::new("sales"), "reading", vendor.clone(), lifetimes, 1 << 20, slots)
}

fn reading() -> Reading {
    Reading::interactive(Duration::from_secs(5))
}

async fn ask(cached: &Cached<Key>, keys: &[u32]) -> Result<Vec<CachedAnswer<Key>>, SourceError> {
    let keys: Vec<Key> = keys.iter().copied().map(Key).collect();
    cached.find(&keys, &(), Freshness::default(), &reading()).await
}

fn batches(vendor: &Vendor) -> Vec<usize> {
    vendor.batches.lock().expect("no test panics holding it").clone()
}

#[tokio::test]
async fn the_same_key_asked_by_many_at_once_is_read_once() {
    let vendor = vendor(1);
    let cached = cached(&vendor, 4);
    let asks = (0..50).map(|_| ask(&cached, &[1]));
    let answers = futures::future::join_all(asks).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(batches(&vendor), [1]);
}

#[tokio::test]
async fn what_arrives_while_the_slots_are_taken_forms_the_next_batch() {
    let vendor = vendor(0);
    let cached = cached(&vendor, 1);
    let first = tokio::spawn({
        let cached = cached.clone();
        async move { ask(&cached, &[0]).await }
    });
    tokio::task::yield_now().await;
    let others: Vec<_> = (1..=12)
        .map(|key| {
            let cached = cached.clone();
            tokio::spawn(async move { ask(&cached, &[key]).await })
        })
        .collect();
    tokio::task::yield_now().await;
    vendor.gate.add_permits(3);
    assert!(first.await.expect("it does not panic").is_ok());
    for other in others {
        assert!(other.await.expect("it does not panic").is_ok());
    }
    assert_eq!(batches(&vendor), [1, 10, 2]);
}

#[tokio::test]
async fn a_failed_read_fails_all_who_wait_and_is_not_kept() {
    let vendor = vendor(2);
    vendor.failures.store(1, Ordering::Relaxed);
    let cached = cached(&vendor, 4);
    let answers = futures::future::join_all((0..20).map(|_| ask(&cached, &[1]))).await;
    assert!(answers.iter().all(Result::is_err));
    assert!(ask(&cached, &[1]).await.is_ok());
    assert_eq!(batches(&vendor), [1, 1]);
}

#[tokio::test(start_paused = true)]
async fn an_old_answer_is_served_when_the_vendor_is_silent_and_the_caller_allows_it() {
    let vendor = vendor(10);
    let cached = cached(&vendor, 4);
    ask(&cached, &[1]).await.expect("the vendor answers");
    tokio::time::advance(Duration::from_secs(61)).await;
    vendor.failures.store(2, Ordering::Relaxed);
    let answers = ask(&cached, &[1]).await.expect("the old answer is served");
    assert_eq!(answers[0].stale, Some(SourceErrorKind::Unavailable));
    let strict = Freshness { max_age: None, allow_stale: false, captured: false };
    assert!(cached.find(&[Key(1)], &(), strict, &reading()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_caller_may_refuse_answers_older_than_it_says() {
    let vendor = vendor(10);
    let cached = cached(&vendor, 4);
    ask(&cached, &[1]).await.expect("the vendor answers");
    tokio::time::advance(Duration::from_secs(5)).await;
    let young = Freshness { max_age: Some(Duration::from_secs(3)), allow_stale: true, captured: false };
    cached.find(&[Key(1)], &(), young, &reading()).await.expect("the vendor answers");
    assert_eq!(batches(&vendor), [1, 1]);
}

#[tokio::test]
async fn a_caller_who_goes_away_does_not_end_the_flight_of_others() {
    let vendor = vendor(0);
    let cached = cached(&vendor, 1);
    let leaver = tokio::spawn({
        let cached = cached.clone();
        async move { ask(&cached, &[7]).await }
    });
    tokio::task::yield_now().await;
    let stayer = tokio::spawn({
        let cached = cached.clone();
        async move { ask(&cached, &[7]).await }
    });
    tokio::task::yield_now().await;
    leaver.abort();
    vendor.gate.add_permits(1);
    assert!(stayer.await.expect("it does not panic").is_ok());
    assert_eq!(batches(&vendor), [1]);
}

#[tokio::test]
async fn all_who_share_a_batch_pay_for_it_exactly_once() {
    let vendor = vendor(5);
    let cached = cached(&vendor, 1);
    let readings: Vec<Reading> = (0..5).map(|_| reading()).collect();
    let keys = [Key(1), Key(2)];
    let asks = readings.iter().map(|reading| cached.find(&keys, &(), Freshness::default(), reading));
    futures::future::join_all(asks).await;
    assert_eq!(readings.iter().map(Reading::calls).sum::<u32>(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_was_read_since_the_request_began_is_fresh_enough() {
    let vendor = vendor(10);
    let cached = cached(&vendor, 4);
    let reading = reading();
    let strict = Freshness { max_age: Some(Duration::ZERO), allow_stale: false, captured: false };
    for _ in 0..2 {
        tokio::time::advance(Duration::from_millis(10)).await;
        cached.find(&[Key(1)], &(), strict, &reading).await.expect("the vendor answers");
    }
    assert_eq!(batches(&vendor), [1]);
    cached.find(&[Key(1)], &(), strict, &self::reading()).await.expect("the vendor answers");
    assert_eq!(batches(&vendor), [1, 1]);
}
