//! The whole waiting room in paused time: order, limits, pauses, deadlines.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::*;
use crate::upstream::config::Bucket;

const SECOND: Duration = Duration::from_secs(1);

fn pace(change: impl FnOnce(&mut UpstreamConfig)) -> Arc<Pace> {
    let mut config = UpstreamConfig::new("sales", "https://vendor.example".parse().unwrap());
    change(&mut config);
    Arc::new(Pace::new(&config, Arc::from("sales")))
}

async fn admit(pace: &Arc<Pace>, class: Class, patience: Duration) -> Result<Pass, ErrorKind> {
    pace.admit("api", class, Instant::now() + patience, None).await
}

fn pause(wait: Duration) -> Throttle {
    Throttle { wait: Some(wait), bucket: None, daily: false }
}

#[tokio::test(start_paused = true)]
async fn forty_callers_at_once_never_exceed_window_or_slots_and_leave_in_order() {
    let per = SECOND;
    let pace = pace(|config| {
        config.concurrency = 3;
        config.buckets = vec![Bucket { name: "api", max: 5, per }];
    });
    let arrivals = Arc::new(Mutex::new(Vec::new()));
    let under_way = Arc::new(AtomicUsize::new(0));
    let mut callers = JoinSet::new();
    for n in 0..40_u64 {
        let (pace, arrivals, under_way) = (pace.clone(), arrivals.clone(), under_way.clone());
        callers.spawn(async move {
            let mut pass = admit(&pace, Class::Interactive, SECOND * 60).await.unwrap();
            assert!(under_way.fetch_add(1, Ordering::SeqCst) < 3, "three slots");
            pass.sent();
            sleep(Duration::from_millis(n * 37 % 90)).await;
            arrivals.lock().unwrap().push((n, Instant::now()));
            sleep(Duration::from_millis(n * 53 % 90)).await;
            pass.counted(None);
            under_way.fetch_sub(1, Ordering::SeqCst);
            pass.end(Outcome::Answered);
        });
        tokio::task::yield_now().await;
    }
    callers.join_all().await;
    let arrivals = arrivals.lock().unwrap();
    assert_eq!(arrivals.len(), 40);
    for (_, first) in arrivals.iter() {
        let seen = arrivals.iter().filter(|(_, at)| at >= first && *at < *first + per).count();
        assert!(seen <= 5, "{seen} in one window");
    }
    let late = arrivals.iter().enumerate().filter(|(place, (n, _))| place.abs_diff(*n as usize) > 3);
    assert_eq!(late.count(), 0, "nobody is overtaken by more than those under way beside him");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_start_in_time_fails_at_once_and_says_when() {
    let pace = pace(|config| config.buckets = vec![Bucket { name: "api", max: 1, per: SECOND * 10 }]);
    let mut first = admit(&pace, Class::Interactive, SECOND).await.unwrap();
    first.sent();
    first.counted(None);
    let before = Instant::now();
    let refused = admit(&pace, Class::Interactive, SECOND * 5).await.unwrap_err();
    assert_eq!(Instant::now(), before);
    let ErrorKind::Limited { until } = refused else { panic!("{refused:?}") };
    assert_eq!((until - before).as_secs(), 10);
    // Somebody patient is already waiting for that place: the next one would come twenty seconds from now.
    let patient = tokio::spawn({
        let pace = pace.clone();
        async move { admit(&pace, Class::Interactive, SECOND * 30).await }
    });
    tokio::task::yield_now().await;
    let refused = admit(&pace, Class::Interactive, SECOND * 15).await.unwrap_err();
    assert!(
        matches!(refused, ErrorKind::Limited { until } if (until - before).as_secs() == 20),
        "{refused:?}"
    );
    assert!(patient.await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_pause_holds_everyone_also_who_waited_for_a_slot() {
    let pace = pace(|config| config.concurrency = 1);
    let start = Instant::now();
    let first = admit(&pace, Class::Interactive, SECOND).await.unwrap();
    let second = tokio::spawn({
        let pace = pace.clone();
        async move { admit(&pace, Class::Interactive, SECOND * 60).await.map(|_| Instant::now()) }
    });
    tokio::task::yield_now().await;
    pace.throttled(pause(SECOND * 7));
    drop(first);
    assert!(second.await.unwrap().unwrap() >= start + SECOND * 7);
}

#[tokio::test(start_paused = true)]
async fn a_pause_longer_than_the_deadline_fails_at_once() {
    let pace = pace(|_| ());
    let until = Instant::now() + SECOND * 30;
    pace.throttled(pause(SECOND * 30));
    let refused = admit(&pace, Class::Interactive, SECOND * 10).await.unwrap_err();
    assert_eq!(refused, ErrorKind::Throttled { until });
    assert_eq!(until - Instant::now(), SECOND * 30, "without waiting");
    assert_eq!(pace.health(false).paused_until, Some(until));
}

#[tokio::test(start_paused = true)]
async fn a_full_bucket_pauses_only_its_own_calls() {
    let pace = pace(|_| ());
    pace.throttled(Throttle { bucket: Some("search"), ..pause(SECOND * 30) });
    assert!(admit(&pace, Class::Interactive, SECOND).await.is_ok());
    let deadline = Instant::now() + SECOND;
    assert!(pace.admit("search", Class::Interactive, deadline, None).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn refusals_without_a_time_pause_longer_each_time_but_one_burst_counts_once() {
    let pace = pace(|_| ());
    let asked = Throttle { wait: None, bucket: None, daily: false };
    let mut pauses = Vec::new();
    for _ in 0..3 {
        let ErrorKind::Throttled { .. } = pace.throttled(asked) else { panic!("a pause") };
        pace.throttled(asked);
        let until = pace.health(false).paused_until.unwrap();
        pauses.push((until - Instant::now()).as_secs());
        sleep_until(until).await;
    }
    // The burst's second refusal may find a pause of the next size, never of the one after.
    assert!(pauses[0] <= 2 && pauses[1] >= 2 && pauses[2] >= 4 && pauses[2] <= 9, "{pauses:?}");
}

#[tokio::test(start_paused = true)]
async fn exports_and_background_work_leave_slots_for_people() {
    let pace = pace(|config| config.concurrency = 8);
    let mut held = Vec::new();
    while let Ok(pass) = admit(&pace, Class::Export, SECOND).await {
        held.push(pass);
    }
    assert_eq!(held.len(), 4);
    while let Ok(pass) = admit(&pace, Class::Background, SECOND).await {
        held.push(pass);
    }
    assert_eq!(held.len(), 6);
    while let Ok(pass) = admit(&pace, Class::Interactive, SECOND).await {
        held.push(pass);
    }
    assert_eq!((held.len(), pace.slots_free()), (8, 0));
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_background_work_never_keeps_a_person_waiting() {
    let pace = pace(|config| {
        config.concurrency = 4;
        config.buckets = vec![Bucket { name: "api", max: 20, per: SECOND }];
    });
    let made = Arc::new(AtomicUsize::new(0));
    let mut flood = JoinSet::new();
    for _ in 0..300 {
        let (pace, made) = (pace.clone(), made.clone());
        flood.spawn(async move {
            let Ok(mut pass) = admit(&pace, Class::Background, SECOND * 60).await else { return };
            pass.sent();
            sleep(Duration::from_millis(120)).await;
            pass.counted(None);
            pass.end(Outcome::Answered);
            made.fetch_add(1, Ordering::SeqCst);
        });
    }
    sleep(SECOND).await;
    for _ in 0..40 {
        let before = Instant::now();
        let mut person = admit(&pace, Class::Interactive, SECOND).await.unwrap();
        assert_eq!(Instant::now(), before, "at once");
        person.sent();
        person.counted(None);
        person.end(Outcome::Answered);
        // Four a second: what the flood's share leaves free of the window, and one slot of four.
        sleep(Duration::from_millis(250)).await;
    }
    assert!(made.load(Ordering::SeqCst) > 80, "and the flood gets on");
    flood.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_days_quota_belongs_to_people() {
    let pace = pace(|config| config.daily = Some(100));
    let mut made = [0; 3];
    for (place, class) in [Class::Export, Class::Background, Class::Interactive].into_iter().enumerate() {
        while let Ok(mut pass) = admit(&pace, class, SECOND).await {
            pass.sent();
            pass.counted(None);
            pass.end(Outcome::Answered);
            made[place] += 1;
        }
    }
    assert_eq!(made, [50, 25, 25]);
}

#[tokio::test(start_paused = true)]
async fn a_reserved_slot_is_the_one_used() {
    let pace = pace(|config| config.concurrency = 1);
    let slot = pace.slot(Class::Interactive).await;
    assert_eq!(admit(&pace, Class::Interactive, SECOND).await.unwrap_err(), ErrorKind::DeadlineExceeded);
    let deadline = Instant::now() + SECOND;
    let pass = pace.admit("api", Class::Interactive, deadline, Some(slot)).await.unwrap();
    assert_eq!(pace.slots_free(), 0);
    drop(pass);
    assert_eq!(pace.slots_free(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_never_left_costs_nothing() {
    let pace = pace(|config| {
        config.buckets = vec![Bucket { name: "api", max: 1, per: SECOND * 10 }];
        config.daily = Some(1);
    });
    drop(admit(&pace, Class::Interactive, SECOND).await.unwrap());
    assert_eq!(pace.health(false).quota_remaining, Some(1));
    assert!(admit(&pace, Class::Interactive, SECOND).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_open_circuit_is_not_waited_for_and_one_probe_closes_it() {
    let pace = pace(|_| ());
    for _ in 0..5 {
        let pass = admit(&pace, Class::Interactive, SECOND).await.unwrap();
        pass.end(Outcome::Failed);
        pace.finished(Outcome::Failed, Some("failed"));
    }
    let refused = admit(&pace, Class::Interactive, SECOND * 60).await.unwrap_err();
    let ErrorKind::CircuitOpen { until } = refused else { panic!("{refused:?}") };
    assert_eq!(pace.health(false).state, super::super::health::HealthState::Down);
    sleep_until(until).await;
    // A probe whose caller goes away makes room for the next.
    drop(admit(&pace, Class::Interactive, SECOND).await.unwrap());
    let probe = admit(&pace, Class::Interactive, SECOND).await.unwrap();
    let other = admit(&pace, Class::Interactive, SECOND * 60).await.unwrap_err();
    assert!(matches!(other, ErrorKind::CircuitOpen { .. }), "{other:?}");
    probe.end(Outcome::Answered);
    assert!(admit(&pace, Class::Interactive, SECOND).await.is_ok());
}
