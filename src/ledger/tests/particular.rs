//! What is particular to one store, and what is refused.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use crate::domain::event::HistoryPart;
use crate::domain::person::PersonRecord;
use crate::ledger::entry::{Entry, Observation, RecordKind, history_of_address};
use crate::ledger::error::LedgerError;
use crate::ledger::open::{self, MIGRATIONS};
use crate::ledger::{Ledger, open as open_ledger};

use super::Place;
use super::fixtures::*;

async fn refusal(url: &str) -> String {
    match open_ledger(url).await {
        Ok(_) => panic!("{url} was taken for a ledger"),
        Err(error) => error.to_string(),
    }
}

async fn run_on_sqlite(path: &Path, sql: &str) {
    let url = format!("sqlite:{}?mode=rwc", path.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

fn file(place: &Place) -> std::path::PathBuf {
    place.folder.as_ref().unwrap().path().join("leadline.db")
}

#[tokio::test]
async fn what_is_no_address_is_refused_with_a_sentence() {
    for url in ["", "leadline.db", "mysql://x/y", "sqlite:", "sqlite::memory:", "sqlite:a.db?mode=ro"] {
        let said = refusal(url).await;
        assert!(said.contains("no place for a ledger"), "{url}: {said}");
    }
    // A password never gets into the sentence.
    for url in ["postgres://me:secret@[bad", "me:secret@host/db"] {
        assert!(!refusal(url).await.contains("secret"), "{url}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_ledger_is_refused_and_left_as_it_is() {
    let place = Place::sqlite();
    let path = file(&place);
    fs::write(&path, "Dear diary, today nothing happened, and so on for more than a header.\n".repeat(40))
        .unwrap();
    let before = fs::read(&path).unwrap();
    let said = refusal(&place.url).await;
    assert!(said.contains("is not a ledger") && said.contains("no SQLite file"), "{said}");
    assert_eq!(fs::read(&path).unwrap(), before);

    fs::remove_file(&path).unwrap();
    run_on_sqlite(&path, "CREATE TABLE recipes (name TEXT)").await;
    let before = fs::read(&path).unwrap();
    let said = refusal(&place.url).await;
    assert!(said.contains("is not a ledger") && said.contains("recipes"), "{said}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_newer_sqlite_ledger_is_refused_with_a_sentence() {
    let place = Place::sqlite();
    drop(place.open().await);
    run_on_sqlite(&file(&place), "UPDATE leadline_ledger SET format = 99").await;
    let said = refusal(&place.url).await;
    assert!(said.contains("newer Leadline") && said.contains("format 99"), "{said}");
    assert!(said.contains(&format!("knows {}", MIGRATIONS.len())), "{said}");
}

#[tokio::test]
async fn a_newer_postgres_ledger_is_refused_with_a_sentence() {
    let Some(place) = Place::postgres("a_newer_postgres_ledger_is_refused_with_a_sentence").await else {
        return;
    };
    drop(place.open().await);
    let mut connection = PgConnection::connect(&place.url).await.unwrap();
    sqlx::raw_sql("UPDATE leadline_ledger SET format = 99").execute(&mut connection).await.unwrap();
    let said = refusal(&place.url).await;
    assert!(said.contains("newer Leadline") && said.contains("format 99"), "{said}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told() {
    // Port 9 of this machine: nobody discards any more.
    let said = refusal("postgres://me:secret@127.0.0.1:9/db").await;
    assert!(said.contains("failed while connecting"), "{said}");
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::sqlite();
    let ledger = place.open().await;
    ledger.append(batch(1, vec![seen(person("Lead", "00Q1", ""))])).await.unwrap();
    ledger.backup(&file(&place).with_extension("copy")).await.unwrap();
    for entry in fs::read_dir(place.folder.as_ref().unwrap().path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.path());
    }
}

/// What a ledger tells whoever asks for all of it.
pub(super) async fn everything(ledger: &Arc<dyn Ledger>) -> String {
    let changes = ledger.changes(0, 100_000).await.unwrap();
    let heads = ledger.heads(RecordKind::Person, 0, 100_000).await.unwrap();
    let (positions, tallies) = (ledger.positions().await.unwrap(), ledger.tallies().await.unwrap());
    let floors = ledger.floors(&[]).await.unwrap();
    format!("{} {changes:?} {heads:?} {positions:?} {tallies:?} {floors:?}", ledger.id())
}

#[tokio::test]
async fn a_backup_made_while_writing_goes_on_is_a_whole_ledger() {
    let place = Place::sqlite();
    let ledger = place.open().await;
    let copy = place.folder.as_ref().unwrap().path().join("copy.db");
    let write = |n: i64| {
        let lead = person("Lead", &format!("00Q{n}"), "jane@example.com");
        let viewed = touch(&format!("v{n}"), &lead.meta.key, "/", n);
        let progress = Some(progress(&n.to_string(), 1, None, false));
        crate::ledger::entry::Batch { progress, ..batch(n, vec![seen(lead), told(viewed)]) }
    };
    for n in 0..50 {
        ledger.append(write(n)).await.unwrap();
    }
    let writer = ledger.clone();
    let writing = tokio::spawn(async move {
        for n in 50..100 {
            writer.append(write(n)).await.unwrap();
        }
    });
    ledger.backup(&copy).await.unwrap();
    writing.await.unwrap();
    // The copy holds whole batches up to some moment, and that moment is what it says.
    let restored = open_ledger(&format!("sqlite:{}", copy.display())).await.unwrap();
    let last = restored.last_sequence().await.unwrap();
    let position = restored.position(&sales(), "leads").await.unwrap().unwrap();
    assert!(last >= 100 && last % 2 == 0, "{last}");
    assert_eq!(position.position.parse::<i64>().unwrap() + 1, last / 2);
    let until_then: Vec<Entry> = ledger
        .changes(0, 100_000)
        .await
        .unwrap()
        .into_iter()
        .filter(|entry| entry.sequence() <= last)
        .collect();
    assert_eq!(restored.changes(0, 100_000).await.unwrap(), until_then);

    // At rest the two are the same, and the copy goes on as the ledger would.
    let second = place.folder.as_ref().unwrap().path().join("second.db");
    ledger.backup(&second).await.unwrap();
    let restored = open_ledger(&format!("sqlite:{}", second.display())).await.unwrap();
    assert_eq!(everything(&restored).await, everything(&ledger).await);
    assert_eq!(restored.append(write(100)).await.unwrap().last, 202);
    let said = ledger.backup(&second).await.unwrap_err().to_string();
    assert!(said.contains("exists already"), "{said}");
}

#[tokio::test]
async fn a_backup_of_postgres_is_left_to_postgres() {
    let Some(place) = Place::postgres("a_backup_of_postgres_is_left_to_postgres").await else { return };
    let said = place.open().await.backup(Path::new("/nowhere")).await.unwrap_err().to_string();
    assert!(said.contains("pg_dump"), "{said}");
}

#[tokio::test]
async fn a_full_disk_refuses_writing_and_leaves_reading() {
    let place = Place::sqlite();
    let store = open::sqlite(&file(&place), &MIGRATIONS).await.unwrap();
    store.append(batch(1, vec![seen(person("Lead", "00Q1", ""))])).await.unwrap();
    let mut writer = store.database.writer().await.unwrap().unwrap();
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&mut *writer).await.unwrap();
    let limit = |pages: i64| AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
    sqlx::raw_sql(limit(pages + 20)).execute(&mut *writer).await.unwrap();
    drop(writer);

    let many =
        |n: i64| (0..200).map(|m| seen(person("Lead", &format!("{n}-{m}"), "jane@example.com"))).collect();
    let mut refused = None;
    let mut written = 1;
    for n in 0..20 {
        match store.append(batch(n, many(n))).await {
            Ok(_) => written += 200,
            Err(error) => {
                refused = Some(error);
                break;
            }
        }
    }
    assert!(matches!(refused, Some(LedgerError::Full)), "{refused:?}");
    assert_eq!(store.heads(RecordKind::Person, 0, 10_000).await.unwrap().len(), written);
    assert_eq!(store.last_sequence().await.unwrap(), written as i64);

    // With room again it goes on, without a restart.
    let mut writer = store.database.writer().await.unwrap().unwrap();
    sqlx::raw_sql(limit(1_000_000)).execute(&mut *writer).await.unwrap();
    drop(writer);
    assert_eq!(store.append(batch(30, many(30))).await.unwrap().entries.len(), 200);
}

#[tokio::test]
async fn no_byte_of_an_erased_person_is_left_in_the_files() {
    const WORDS: [&str; 6] = ["Xaviera", "Quillfeather", "xaviera.q@", "5550142", "Ombudsman", "zanzibar"];
    let place = Place::sqlite();
    let folder = place.folder.as_ref().unwrap().path().to_owned();
    let ledger = place.open().await;
    let bytes_left = |words: &[&'static str]| -> Vec<&'static str> {
        let files = fs::read_dir(&folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
        let bytes: Vec<u8> = files.flatten().collect();
        let is_there = |word: &str| bytes.windows(word.len()).any(|window| window == word.as_bytes());
        words.iter().copied().filter(|word| is_there(word)).collect()
    };
    // Written among many, and changed, so that pages were split and rows moved.
    let mut doomed = Vec::new();
    for n in 0..30_i64 {
        let mut observations = Vec::new();
        for m in 0..60 {
            let id = format!("{:05}", (n * 60 + m) * 7919 % 99_991);
            let is_doomed = m == 30;
            let address =
                if is_doomed { format!("xaviera.q@n{n}.example") } else { format!("p{id}@example.com") };
            let mut one = person("Lead", &id, &address);
            if is_doomed {
                one.first_name = Some("Xaviera".into());
                one.last_name = Some("Quillfeather".into());
                one.phone = Some("+1 5550142".into());
                doomed.push(one.meta.key.clone());
            }
            let key = one.meta.key.clone();
            let page = if is_doomed { "/?q=zanzibar" } else { "/pricing" };
            observations.extend([
                seen(one.clone()),
                told(touch(&format!("v{id}"), &key, page, n)),
                seen(PersonRecord { title: is_doomed.then(|| "Ombudsman".into()), ..one }),
            ]);
            if is_doomed {
                let of = history_of_address(&sales(), &address);
                let mut opened = touch(&format!("e{id}"), &super::fixtures::key("contact", &address), "", n);
                opened.person = None;
                observations.push(Observation::Event { of, event: Arc::new(opened) });
            }
        }
        ledger.append(batch(n, observations)).await.unwrap();
    }
    assert_eq!(bytes_left(&WORDS), WORDS, "the test looks for what was there");
    let erasure = ledger.erase(&doomed, at(99)).await.unwrap();
    assert_eq!((erasure.records, erasure.events), (30, 60));
    assert_eq!(bytes_left(&WORDS), Vec::<&str>::new());
    assert_eq!(ledger.heads(RecordKind::Person, 0, 10_000).await.unwrap().len(), 30 * 59);
    assert!(ledger.events_of(&doomed, &HistoryPart::ALL).await.unwrap().is_empty());
}
