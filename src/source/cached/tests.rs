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

    fn rests_on(&self, _found: &[Self::Found], any: &dyn Fn(&str) -> bool) -> bool {
        any(&self.0.to_string())
    }

    /// From a thousand on keys look for records, as an address does.
    fn is_by_id(&self) -> bool {
        self.0 < 1_000
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
    outdating(vendor, slots).0
}

/// The same, and what says which records changed.
fn outdating(vendor: &Arc<Vendor>, slots: usize) -> (Cached<Key>, Arc<Outdated>) {
    let outdated = Arc::new(Outdated::default());
    let lifetimes = Lifetimes {
        fresh: Duration::from_secs(60),
        negative: Duration::from_secs(10),
        stale: Duration::from_secs(3600),
    };
    let (name, told) = (SourceName::new("sales"), outdated.clone());
    (Cached::new(name, "reading", vendor.clone(), lifetimes, 1 << 20, slots, told), outdated)
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

#[tokio::test]
async fn a_notice_has_the_record_it_names_read_again_and_no_other() {
    let vendor = vendor(10);
    let (cached, outdated) = outdating(&vendor, 4);
    ask(&cached, &[1, 2]).await.expect("the vendor answers");
    outdated.note(&["1".into()], false);
    ask(&cached, &[2]).await.expect("it is remembered");
    assert_eq!(batches(&vendor), [2]);
    ask(&cached, &[1, 2]).await.expect("the vendor answers");
    ask(&cached, &[1, 2]).await.expect("it is remembered");
    assert_eq!(batches(&vendor), [2, 1]);
}

#[tokio::test]
async fn who_comes_after_a_notice_does_not_take_what_was_under_way_before_it() {
    for key in [1, 1_000] {
        let vendor = vendor(0);
        let (cached, outdated) = outdating(&vendor, 4);
        let asking = |cached: &Cached<Key>| {
            let cached = cached.clone();
            tokio::spawn(async move { ask(&cached, &[key]).await })
        };
        let before = asking(&cached);
        tokio::task::yield_now().await;
        outdated.note(&["1".into()], key >= 1_000);
        let (after, too) = (asking(&cached), asking(&cached));
        tokio::task::yield_now().await;
        assert_eq!(batches(&vendor), [1], "a record is under way once at a time");
        vendor.gate.add_permits(2);
        for asked in [before, after, too] {
            assert!(asked.await.expect("it does not panic").is_ok());
        }
        assert_eq!(batches(&vendor), [1, 1], "who came after it shares one call");
        ask(&cached, &[key]).await.expect("it is remembered");
        assert_eq!(batches(&vendor), [1, 1]);
    }
}

#[tokio::test]
async fn a_notice_of_something_else_lets_a_reader_join_what_is_under_way() {
    let vendor = vendor(0);
    let (cached, outdated) = outdating(&vendor, 4);
    let asking = || {
        let cached = cached.clone();
        tokio::spawn(async move { ask(&cached, &[1]).await })
    };
    let before = asking();
    tokio::task::yield_now().await;
    outdated.note(&["2".into()], true);
    let after = asking();
    tokio::task::yield_now().await;
    vendor.gate.add_permits(1);
    assert!(before.await.expect("it does not panic").is_ok() && after.await.expect("nor this").is_ok());
    assert_eq!(batches(&vendor), [1]);
}

#[tokio::test]
async fn a_burst_of_notices_costs_no_call_and_then_one_a_reader() {
    let vendor = vendor(10);
    let (cached, outdated) = outdating(&vendor, 4);
    ask(&cached, &[1]).await.expect("the vendor answers");
    for _ in 0..10_000 {
        outdated.note(&["1".into()], true);
    }
    assert_eq!(batches(&vendor), [1]);
    let asks = (0..50).map(|_| ask(&cached, &[1]));
    assert!(futures::future::join_all(asks).await.iter().all(Result::is_ok));
    assert_eq!(batches(&vendor), [1, 1]);
}

#[tokio::test(start_paused = true)]
async fn what_a_notice_outdated_is_not_served_for_a_silent_vendor_either() {
    let vendor = vendor(10);
    let (cached, outdated) = outdating(&vendor, 4);
    ask(&cached, &[1]).await.expect("the vendor answers");
    outdated.note(&["1".into()], false);
    vendor.failures.store(1, Ordering::Relaxed);
    assert!(ask(&cached, &[1]).await.is_err());
}
