//! Stopped, killed, out of room: capture goes on where it was.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use leadline::ledger;
use leadline::sandbox::faults::{FaultKind, Switch};
use leadline::sandbox::{self, Sandbox};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tempfile::TempDir;

use super::brim::Brim;
use super::{everybody, tally};
use crate::running::{Running, SETTINGS, company, filled};

/// How often the process is killed.
const KILLS: usize = 10;

fn slowly(milliseconds: u64) -> Vec<Switch> {
    vec![Switch { ms: Some(milliseconds), ..Switch::new(FaultKind::Latency) }]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_was_stopped_captures_on_where_it_was() {
    let running = Running::about_to_capture(company(60), None).await;
    running.salesforce().set(slowly(20)).unwrap();
    running.hubspot().set(slowly(20)).unwrap();
    let mut latest = running.capture().latest();
    latest.wait_for(|last| *last > 0).await.unwrap();
    let running = running.restart().await;
    running.salesforce().clear();
    running.hubspot().clear();
    running.wait_until_captured().await;
    let whole = Running::capturing(company(60)).await;
    assert_eq!(tally(&running).await, tally(&whole).await);
}

/// The process of a gateway over these vendors and this ledger.
fn serve(world: &sandbox::world::World, vendors: &Sandbox, folder: &TempDir) -> Child {
    let file = folder.path().join("leadline.toml");
    std::fs::write(&file, SETTINGS).unwrap();
    Command::new(env!("CARGO_BIN_EXE_leadline"))
        .args(["serve", "--config"])
        .arg(&file)
        .env_clear()
        .envs(filled(world, vendors, Some(folder)))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_ten_times_misses_nothing_and_keeps_nothing_twice() {
    let world = company(60);
    let vendors = sandbox::start(sandbox::Options::new(world.clone())).await.unwrap();
    vendors.salesforce.faults.set(slowly(15)).unwrap();
    vendors.hubspot.faults.set(slowly(15)).unwrap();
    let folder = TempDir::new().unwrap();
    let mut chance = ChaCha8Rng::seed_from_u64(7);
    let calls = || vendors.salesforce.faults.calls().total + vendors.hubspot.faults.calls().total;
    for _ in 0..KILLS {
        let mut process = serve(&world, &vendors, &folder);
        // Looking at the vendors' metadata takes some calls; where in the capture it is hit is left to chance.
        let hit = calls() + chance.random_range(10..40);
        while calls() < hit && process.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        process.kill().unwrap();
        process.wait().unwrap();
    }
    vendors.salesforce.faults.clear();
    vendors.hubspot.faults.clear();
    let running = Running::taking_over(world, vendors, folder).await;
    running.wait_until_captured().await;
    let whole = Running::capturing(company(60)).await;
    assert_eq!(tally(&running).await, tally(&whole).await);
    assert_eq!(everybody(&running, true).await, everybody(&whole, true).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_ledger_stops_capture_and_nothing_else() {
    let folder = TempDir::new().unwrap();
    let file = format!("sqlite:{}", folder.path().join("ledger.db").display());
    let brim = Arc::new(Brim::over(ledger::open(&file).await.unwrap(), true));
    let running = Running::about_to_capture(company(30), Some(brim.clone())).await;
    running.capture().watch().wait_for(|status| status.hindrance.is_some()).await.unwrap();

    let viewer = running.viewer("revops");
    let told = viewer.ask("{ sources { message } people(first: 3) { nodes { displayName } } }").await.fine();
    assert!(told.at("/sources/0/message").to_string().contains("Capture has stopped"), "{:#}", told.body);
    assert_eq!(told.at("/people/nodes").as_array().unwrap().len(), 3, "reading goes on");
    let ready = running.http().get(format!("http://{}/readyz", running.gateway.admin)).send().await.unwrap();
    assert_eq!(ready.status(), 200);
    let text = ready.text().await.unwrap();
    assert!(text.starts_with("ready\ncapture has stopped: ") && text.contains("full"), "{text}");
    assert_eq!(running.ledger().last_sequence().await.unwrap(), 0);

    brim.is_full.store(false, Ordering::SeqCst);
    running.capture_again().await;
    assert!(running.capture().status().hindrance.is_none());
    assert_eq!(everybody(&running, true).await, everybody(&running, false).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_vendor_holds_up_its_own_capture_and_says_so() {
    let running = Running::about_to_capture(company(30), None).await;
    running.wait_until_captured().await;
    let refusal = Switch { status: Some(503), ..Switch::new(FaultKind::Status) };
    running.break_hubspot(refusal);
    running.capture().read_now();
    let marketing = |status: &Arc<leadline::capture::status::Status>| {
        status.sources.iter().any(|it| it.source.as_str() == "marketing" && it.message.is_some())
    };
    running.capture().watch().wait_for(marketing).await.unwrap();
    running.hubspot().clear();
    running.capture_again().await;
    assert!(running.capture().status().sources.iter().all(|it| it.message.is_none()));
}
