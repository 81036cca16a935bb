//! Who is erased is in no file any more, whoever erases them and however.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use leadline::sandbox::Sandbox;
use leadline::sandbox::world::World;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::capture::erased::{ADDRESS, SURNAME, somebody};
use crate::running::{Running, SETTINGS, company, filled};
use crate::webhooks;

use super::{create, ended, export, fetch, made, rows, unzipped};

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The files below the directory of exports that hold these letters, zipped or not.
fn holding(folder: &Path, text: &str) -> Vec<PathBuf> {
    let holds =
        |bytes: &[u8]| bytes.windows(text.len()).any(|window| window.eq_ignore_ascii_case(text.as_bytes()));
    let mut found = files(&folder.join("exports"));
    found.retain(|file| {
        // One may be removed while it is looked for.
        let Ok(bytes) = std::fs::read(file) else { return false };
        let is_zipped = file.extension().is_some_and(|ending| ending == "gz");
        if is_zipped { holds(unzipped(&bytes).as_bytes()) } else { holds(&bytes) }
    });
    found
}

/// A person with a name nobody else has, in files of every format.
async fn exported(running: &Running) -> (String, String, Vec<Value>) {
    let (lead, contact) = somebody(running).await;
    running.capture_again().await;
    let revops = running.viewer("revops");
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        let mut exports = Vec::new();
        for format in ["NDJSON", "CSV", "PARQUET"] {
            exports.push(made(&revops, json!({ "dataset": "PEOPLE", "format": format })).await);
        }
        if rows(running, &exports[0]).await.iter().any(|row| row["last_name"] == SURNAME) {
            for text in [SURNAME, ADDRESS] {
                assert!(
                    holding(running.folder(), text).len() >= 2,
                    "the files tell of them: {:?}",
                    holding(running.folder(), text)
                );
            }
            return (lead, contact, exports);
        }
        assert!(std::time::Instant::now() < patience, "the new person is in no export");
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}

/// `leadline erase`, with what a gateway over this folder is started with.
async fn command(world: &World, vendors: &Sandbox, folder: &TempDir, admin: &str, person: String) -> Output {
    let file = folder.path().join("leadline.toml");
    std::fs::write(&file, SETTINGS).unwrap();
    let mut env = filled(world, vendors, Some(folder));
    env.insert("ADMIN", admin.to_owned());
    let mut command = Command::new(env!("CARGO_BIN_EXE_leadline"));
    command.args(["erase", "--config"]).arg(&file).arg(person).env_clear().envs(env);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_takes_who_is_erased_out_of_every_file_that_was_made_before() {
    let running = Running::capturing(company(20)).await;
    let (lead, _, exports) = exported(&running).await;
    let (folder, admin) = (running.whole_folder(), running.gateway.admin.to_string());
    let key = format!("sales:Lead:{lead}");
    // The directory is the gateway's while it runs: who does not find it is told so, and takes nothing away.
    let astray = command(&running.world, &running.vendors, folder, "127.0.0.1:9", key.clone()).await;
    assert!(!astray.status.success());
    assert!(String::from_utf8_lossy(&astray.stderr).contains("another process has"), "{astray:?}");
    let told = command(&running.world, &running.vendors, folder, &admin, key).await;
    assert!(told.status.success(), "{told:?}");
    for text in [SURNAME, ADDRESS] {
        assert_eq!(holding(running.folder(), text), Vec::<PathBuf>::new(), "{text}");
    }
    let revops = running.viewer("revops");
    for made in &exports {
        let gone = export(&revops, made["id"].as_str().unwrap()).await;
        assert_eq!((&gone["status"], &gone["errorCode"]), (&json!("EXPIRED"), &json!("ERASED")));
        assert_eq!(fetch(&running, &made["url"]).await.status, 404);
        assert_eq!(fetch(&running, &made["parts"][0]["url"]).await.status, 404);
    }
    // What is asked for at once tells of them no more, and stays.
    let id = create(&revops, json!({ "dataset": "PEOPLE", "format": "NDJSON" })).await;
    let again = ended(&revops, &id).await;
    assert_eq!(again["status"], "COMPLETED");
    assert!(rows(&running, &again).await.iter().all(|row| row["last_name"] != SURNAME));
    assert_eq!(holding(running.folder(), SURNAME), Vec::<PathBuf>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_privacy_delete_at_the_vendor_takes_them_out_too() {
    let running = Running::capturing_with(company(20), &webhooks::door()).await;
    let (_, contact, _) = exported(&running).await;
    webhooks::deliver_to(&running);
    webhooks::forget(&running, &contact).await;
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while !holding(running.folder(), SURNAME).is_empty() {
        assert!(std::time::Instant::now() < patience, "{:?}", holding(running.folder(), SURNAME));
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_takes_them_out_when_no_gateway_runs() {
    let running = Running::capturing(company(20)).await;
    let (lead, _, exports) = exported(&running).await;
    let meanwhile = async |world: &World, vendors: &Sandbox, folder: &TempDir| {
        let told = command(world, vendors, folder, "127.0.0.1:9", format!("sales:Lead:{lead}")).await;
        assert!(told.status.success(), "{told:?}");
        for text in [SURNAME, ADDRESS] {
            assert_eq!(holding(folder.path(), text), Vec::<PathBuf>::new(), "{text}");
        }
    };
    let running = running.restart_after(meanwhile).await;
    let gone = export(&running.viewer("revops"), exports[0]["id"].as_str().unwrap()).await;
    assert_eq!((&gone["status"], &gone["errorCode"]), (&json!("EXPIRED"), &json!("ERASED")));
}
