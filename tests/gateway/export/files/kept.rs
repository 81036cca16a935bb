//! How long exports stay: over a restart, until they expire, and what is left of them then.

use std::path::Path;

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::running::Running;

use super::{by_key, create, ended, export, fetch, made, rows};
use crate::export::download;

fn files(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder.join("exports")).unwrap() {
        let path = entry.unwrap().path();
        let Ok(own) = std::fs::read_dir(&path) else { continue };
        names.extend(own.map(|file| file.unwrap().file_name().to_string_lossy().into_owned()));
    }
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_loses_nothing_that_was_asked_for() {
    let running = Running::counting("q1").await;
    let input = json!({ "dataset": "LEAD_HISTORY", "format": "NDJSON" });
    let before = made(&running.viewer("revops"), input.clone()).await;
    // More than are written at once, so that some wait and some are being written.
    let mut waiting = Vec::new();
    for _ in 0..6 {
        waiting.push(create(&running.viewer("revops"), input.clone()).await);
    }
    let running = running.restart().await;
    running.wait_until_counted().await;
    let revops = running.viewer("revops");
    let downloaded =
        by_key("lead_history", download(&running, "revops", "/lead_history.ndjson").await.rows());
    for id in waiting {
        let export = ended(&revops, &id).await;
        assert_eq!(export["status"], "COMPLETED", "{export:#}");
        assert_eq!(by_key("lead_history", rows(&running, &export).await), downloaded);
    }
    let after = export(&revops, before["id"].as_str().unwrap()).await;
    assert_eq!(after, before, "what had ended is as it was, links too");
    assert_eq!(by_key("lead_history", rows(&running, &after).await), downloaded);
    assert!(!files(running.folder()).iter().any(|name| name.ends_with("unfinished")));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_stay_for_seven_days_and_what_is_known_of_them_for_seven_more() {
    let mut running = Running::counting("q1").await;
    let begun = running.world.as_of.unwrap();
    let made = made(&running.viewer("revops"), json!({ "dataset": "PEOPLE", "format": "CSV" })).await;
    let id = made["id"].as_str().unwrap().to_owned();
    let expires: chrono::DateTime<chrono::Utc> = made["expiresAt"].as_str().unwrap().parse().unwrap();
    assert_eq!((expires - begun).num_days(), 7);

    running.world.as_of = Some(begun + TimeDelta::days(6));
    let mut running = running.restart().await;
    assert_eq!(fetch(&running, &made["url"]).await.status, 200, "on the sixth day it is there");

    running.world.as_of = Some(begun + TimeDelta::days(8));
    let mut running = running.restart().await;
    let expired = export(&running.viewer("revops"), &id).await;
    assert_eq!((&expired["status"], &expired["rows"]), (&json!("EXPIRED"), &made["rows"]));
    assert_eq!((&expired["url"], &expired["parts"]), (&Value::Null, &json!([])));
    assert_eq!(fetch(&running, &made["url"]).await.status, 404);
    assert_eq!(fetch(&running, &made["parts"][0]["url"]).await.status, 404);
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while files(running.folder()) != ["export.json"] {
        assert!(std::time::Instant::now() < patience, "{:?}", files(running.folder()));
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }

    running.world.as_of = Some(begun + TimeDelta::days(15));
    let running = running.restart().await;
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !files(running.folder()).is_empty() {
        assert!(std::time::Instant::now() < patience, "{:?}", files(running.folder()));
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(export(&running.viewer("revops"), &id).await, Value::Null);
}
