//! Retries, pauses, quota and the breaker, as the vendor sees them.

use super::*;

fn throttled(kind: &ErrorKind) -> bool {
    matches!(kind, ErrorKind::Throttled { .. })
}

#[tokio::test]
async fn a_read_survives_two_failures_and_its_cost_is_counted() {
    let vendor = Vendor::start(|n, _| async move { if n < 2 { status(503) } else { json("{}") } }).await;
    let call = call();
    let tally = call.tally.clone();
    vendor.upstream().send(call).await.unwrap();
    assert_eq!(tally.calls(), 3);
}

#[tokio::test]
async fn there_is_no_third_retry() {
    let vendor = Vendor::start(|_, _| async { status(503) }).await;
    assert_eq!(ask(&vendor.upstream()).await, Err(ErrorKind::Failed { status: 503 }));
    assert_eq!(vendor.calls(), 3);
}

#[tokio::test]
async fn what_must_not_happen_twice_is_sent_once_and_refusals_are_final() {
    let vendor = Vendor::start(|n, _| async move { status(if n == 0 { 503 } else { 400 }) }).await;
    let upstream = vendor.upstream();
    let write = Call::post("people.create", "api", "/people", Value::Null, call().deadline);
    assert_eq!(upstream.send(write).await.unwrap_err().kind, ErrorKind::Failed { status: 503 });
    assert_eq!(vendor.calls(), 1);
    assert!(matches!(ask(&upstream).await, Err(ErrorKind::Rejected { status: 400, .. })));
    assert_eq!(vendor.calls(), 2);
    assert_eq!(upstream.health().state, HealthState::Ok, "a refusal is an answer");
}

#[tokio::test]
async fn a_third_of_all_calls_failing_adds_a_fifth_of_load_and_the_floor() {
    let vendor = Vendor::start(|n, _| async move { if n % 10 < 3 { status(500) } else { json("{}") } }).await;
    let mut config = vendor.config();
    config.retry.floor_per_second = 1;
    let upstream = upstream(&config);
    for _ in 0..300 {
        let _ = ask(&upstream).await;
    }
    assert!((320..=300 + 60 + 10).contains(&vendor.calls()), "{} calls for 300", vendor.calls());
}

#[tokio::test]
async fn nothing_is_sent_before_the_vendors_retry_after() {
    let vendor = Vendor::start(|n, _| async move {
        if n == 0 { (status(429).status(), [("retry-after", "1")]).into_response() } else { json("{}") }
    })
    .await;
    let upstream = vendor.upstream();
    let first = tokio::spawn({
        let upstream = upstream.clone();
        async move { ask(&upstream).await }
    });
    while upstream.health().state != HealthState::Throttled {
        tokio::task::yield_now().await;
    }
    let mut hasty = call();
    hasty.deadline = Instant::now() + Duration::from_millis(300);
    let refused = upstream.send(hasty).await.unwrap_err();
    assert!(
        throttled(&refused.kind) && refused.retry_can_help() && refused.retry_at().is_some(),
        "{refused:?}"
    );
    let (second, first) = tokio::join!(ask(&upstream), first);
    assert!(second.is_ok() && first.unwrap().is_ok());
    let asked = vendor.asked.lock().unwrap();
    assert_eq!(asked.len(), 3);
    assert!(asked[1..].iter().all(|at| *at - asked[0] >= Duration::from_secs(1)));
}

#[tokio::test]
async fn a_failure_that_names_a_time_pauses_the_source_as_well() {
    let vendor = Vendor::start(|_, _| async {
        (status(503).status(), [("retry-after", "Fri, 01 Jan 2100 00:00:00 GMT")]).into_response()
    })
    .await;
    let upstream = vendor.upstream();
    assert_eq!(ask(&upstream).await, Err(ErrorKind::Failed { status: 503 }));
    assert!(throttled(&ask(&upstream).await.unwrap_err()));
    assert_eq!(vendor.calls(), 1, "no retry, no other call");
    let day = Duration::from_secs(24 * 60 * 60);
    assert!(upstream.health().paused_until.unwrap() <= Instant::now() + day, "nobody waits for ever");
}

#[tokio::test]
async fn a_spent_day_stops_every_call() {
    let vendor = Vendor::start(|_, _| async {
        (status(429).status(), [("x-daily", "1"), ("retry-after", "3600")]).into_response()
    })
    .await;
    let upstream = vendor.upstream();
    for _ in 0..3 {
        assert!(matches!(ask(&upstream).await, Err(ErrorKind::QuotaSpent { .. })));
    }
    assert_eq!(vendor.calls(), 1);
    let health = upstream.health();
    assert_eq!((health.state, health.quota_remaining), (HealthState::Throttled, Some(0)));
    assert!(health.quota_resets_at.is_some());
}

#[tokio::test]
async fn the_last_of_the_quota_is_kept_for_people() {
    let vendor = Vendor::start(|n, _| async move {
        ([("x-left", format!("{}/100", 20_usize.saturating_sub(n)))], json("{}")).into_response()
    })
    .await;
    let upstream = vendor.upstream();
    let of = |class| Call { class, ..call() };
    assert!(upstream.send(of(Class::Export)).await.is_ok(), "nothing is known yet");
    for class in [Class::Export, Class::Background] {
        assert_eq!(upstream.send(of(class)).await.unwrap_err().kind.code(), "quota_spent");
    }
    let mut served = 0;
    while upstream.send(of(Class::Interactive)).await.is_ok() {
        served += 1;
    }
    assert_eq!((served, vendor.calls(), upstream.health().quota_remaining), (20, 21, Some(0)));
}

#[tokio::test]
async fn the_configured_quota_holds_without_a_word_from_the_vendor() {
    let vendor = Vendor::start(|_, _| async { json("{}") }).await;
    let mut config = vendor.config();
    config.daily = Some(7);
    let upstream = upstream(&config);
    let calls = (0..20).map(|_| ask(&upstream));
    let served = futures::future::join_all(calls).await.into_iter().flatten().count();
    assert_eq!((served, vendor.calls()), (7, 7));
}

#[tokio::test]
async fn windows_and_slots_hold_as_the_vendor_counts() {
    let under_way = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let (now, peak) = (Arc::clone(&under_way), Arc::clone(&most));
    let vendor = Vendor::start(move |n, _| {
        let (now, peak) = (Arc::clone(&now), Arc::clone(&peak));
        async move {
            peak.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(n as u64 * 7 % 20)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            json("{}")
        }
    })
    .await;
    let mut config = vendor.config();
    config.concurrency = 4;
    let per = Duration::from_millis(200);
    config.buckets = vec![Bucket { name: "api", max: 10, per }];
    let upstream = upstream(&config);
    let answers = futures::future::join_all((0..40).map(|_| ask(&upstream))).await;
    assert!(answers.iter().all(Result::is_ok));
    assert!(most.load(Ordering::SeqCst) <= 4);
    let asked = vendor.asked.lock().unwrap();
    let worst =
        asked.iter().map(|first| asked.iter().filter(|at| **at >= *first && **at < *first + per).count());
    assert!(worst.max().unwrap() <= 10);
}

#[tokio::test]
async fn a_vendor_that_is_down_is_left_alone_and_found_again() {
    let well = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let healed = Arc::clone(&well);
    let vendor = Vendor::start(move |_, _| {
        let well = healed.load(Ordering::SeqCst);
        async move { if well { json("{}") } else { status(500) } }
    })
    .await;
    let mut config = vendor.config();
    config.breaker.first_pause = Duration::from_millis(400);
    let upstream = upstream(&config);
    while !matches!(ask(&upstream).await, Err(ErrorKind::CircuitOpen { .. })) {}
    let before = vendor.calls();
    assert!(before <= 15, "five calls with two retries each at most, not {before}");
    assert_eq!(upstream.health().state, HealthState::Down);
    assert!(matches!(ask(&upstream).await, Err(ErrorKind::CircuitOpen { .. })));
    assert_eq!(vendor.calls(), before);
    well.store(true, Ordering::SeqCst);
    while matches!(ask(&upstream).await, Err(ErrorKind::CircuitOpen { .. })) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(vendor.calls(), before + 1, "one probe");
    assert!(ask(&upstream).await.is_ok());
    assert_eq!(upstream.health().state, HealthState::Ok);
}

#[tokio::test]
async fn a_batch_may_wait_for_its_slot_before_it_is_formed() {
    let vendor = Vendor::start(|_, _| async { json("[]") }).await;
    let mut config = vendor.config();
    config.concurrency = 1;
    let upstream = upstream(&config);
    let slot = upstream.reserve(Class::Interactive).await;
    assert_eq!(upstream.slots_free(), 0);
    let answer: Answer<Value> = upstream.json_in(slot, call()).await.unwrap();
    assert_eq!((answer.value, upstream.slots_free()), (serde_json::json!([]), 1));
}
