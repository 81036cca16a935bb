//! What is on the disk: a full one, another process, what nobody owns, what a process that ended left behind.

use super::*;

/// A file in the place of another that has no room for a byte.
fn fill(folder: &Path, name: &str) {
    std::os::unix::fs::symlink("/dev/full", folder.join(format!("{name}.unfinished"))).unwrap();
}

#[tokio::test]
async fn a_full_disk_fails_the_export_and_leaves_nothing_half_written() {
    let mut office = Office::of(3).await;
    let me = view("me");
    let export = office.jobs.create(&me, wish(Dataset::People, Format::Csv)).await.unwrap();
    fill(&office.folder.path().join(&*export.id), "people.csv.gz");
    office.begin();
    let ended = office.ended(&me, &export.id).await;
    assert_eq!((ended.status, ended.trouble), (Status::Failed, Some(Trouble::DiskFull)));
    assert_eq!((ended.rows, ended.parts.len()), (0, 0));
    assert_eq!(office.files(&export.id), ["export.json"]);
    // The next one is made.
    let next = office.jobs.create(&me, wish(Dataset::People, Format::Csv)).await.unwrap();
    assert_eq!(office.ended(&me, &next.id).await.status, Status::Completed);
}

#[tokio::test]
async fn of_an_export_that_broke_off_the_parts_that_are_whole_can_be_fetched() {
    let mut office = Office::of(40).await;
    let me = view("me");
    let export = office.jobs.create(&me, wish(Dataset::LeadHistory, Format::Ndjson)).await.unwrap();
    let own = office.folder.path().join(&*export.id);
    fill(&own, "lead_history-2025-02.ndjson.gz");
    office.facts.told(super::parts::happened(40)).await;
    office.begin();
    let ended = office.ended(&me, &export.id).await;
    assert_eq!((ended.status, ended.trouble), (Status::Failed, Some(Trouble::DiskFull)));
    let whole: Vec<&str> = ended.parts.iter().map(|part| &*part.name).collect();
    assert_eq!(whole, ["lead_history-2025-01.ndjson.gz", "lead_history-2025-03.ndjson.gz"]);
    assert_eq!(ended.rows, ended.parts.iter().map(|part| part.rows).sum::<u64>());
    let part = office.jobs.fetch(&ended.id, &ended.key, whole[0]).unwrap();
    assert_eq!(lines(&part.path).len() as u64, ended.parts[0].rows);
    let manifest = office.jobs.fetch(&ended.id, &ended.key, MANIFEST).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&std::fs::read(manifest.path).unwrap()).unwrap();
    assert_eq!((&manifest["is_whole"], &manifest["next_cursor"]), (&false.into(), &serde_json::Value::Null));
}

#[tokio::test]
async fn a_directory_belongs_to_one_process_until_it_ends() {
    let mut office = Office::of(1).await;
    let taken = Folder::open(office.folder.path()).err().unwrap();
    assert!(matches!(taken, OpenError::Taken(_)), "{taken}");
    office.begin();
    office.close().await;
    assert!(Folder::open(office.folder.path()).is_ok());
    let file = office.folder.path().join("a file");
    std::fs::write(&file, "x").unwrap();
    assert!(matches!(Folder::open(&file).err().unwrap(), OpenError::Unusable(..)));
}

#[tokio::test]
async fn the_owner_alone_may_look_into_it() {
    use std::os::unix::fs::PermissionsExt;
    let office = Office::of(1).await;
    let export = office.jobs.create(&view("me"), wish(Dataset::People, Format::Csv)).await.unwrap();
    let own = office.folder.path().join(&*export.id);
    assert_eq!(std::fs::metadata(own).unwrap().permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn what_nobody_owns_is_removed_at_the_start_and_what_is_somebody_elses_is_not() {
    let mut office = Office::of(3).await;
    let me = view("me");
    office.begin();
    let made = office.jobs.create(&me, wish(Dataset::People, Format::Csv)).await.unwrap();
    let lost = office.jobs.create(&me, wish(Dataset::People, Format::Csv)).await.unwrap();
    office.ended(&me, &made.id).await;
    office.ended(&me, &lost.id).await;
    office.close().await;
    let at = |name: &str| office.folder.path().join(name);
    let nobodys = "0123456789abcdef0123456789abcdef";
    std::fs::create_dir(at(nobodys)).unwrap();
    std::fs::write(at(nobodys).join("people.csv.gz"), "rows").unwrap();
    std::fs::create_dir(at("somebody else's")).unwrap();
    std::fs::write(at(&made.id).join("people-2.csv.gz.unfinished"), "half of it").unwrap();
    std::fs::remove_file(at(&lost.id).join("people.csv.gz")).unwrap();
    let begun_again = Office::jobs(&office.facts, &office.folder, LIMITS);
    assert!(!at(nobodys).exists() && at("somebody else's").exists());
    assert_eq!(office.files(&made.id), ["export.json", "manifest.json", "people.csv.gz"]);
    let lost = begun_again.find(&me, &lost.id).unwrap();
    assert_eq!((lost.status, lost.trouble), (Status::Expired, Some(Trouble::Lost)));
    assert_eq!(begun_again.find(&me, &made.id).unwrap().status, Status::Completed);
}

#[tokio::test]
async fn what_was_being_written_when_a_process_ended_begins_anew_in_the_next() {
    let people = 30 * crate::export::BATCH;
    let mut office = Office::of(people).await;
    let me = view("me");
    let export = office.jobs.create(&me, wish(Dataset::People, Format::Ndjson)).await.unwrap();
    let waiting = office.jobs.create(&me, wish(Dataset::Accounts, Format::Ndjson)).await.unwrap();
    office.begin();
    office.until(&me, &export.id, |export| export.rows > 0).await;
    office.close().await;
    assert_eq!(office.files(&export.id), ["export.json"]);
    let mut office = Office { jobs: Office::jobs(&office.facts, &office.folder, LIMITS), ..office };
    for id in [&export.id, &waiting.id] {
        assert_eq!(office.jobs.find(&me, id).unwrap().status, Status::Queued);
    }
    office.begin();
    assert_eq!(office.ended(&me, &export.id).await.rows, people as u64);
    assert_eq!(office.ended(&me, &waiting.id).await.status, Status::Completed);
}

#[tokio::test]
async fn files_take_no_more_room_than_they_may() {
    let facts = Facts::of((0..40 * crate::export::BATCH).map(|nth| person(nth, None, None))).await;
    let folder = Arc::new(TempDir::new().unwrap());
    let jobs = Office::jobs(&facts, &folder, Limits { bytes: 20_000, ..LIMITS });
    let mut office = Office { facts, jobs, folder, at_work: None };
    let me = view("me");
    office.begin();
    let small = office.jobs.create(&me, wish(Dataset::Accounts, Format::Csv)).await.unwrap();
    assert_eq!(office.ended(&me, &small.id).await.status, Status::Completed);
    let large = office.jobs.create(&me, wish(Dataset::People, Format::Csv)).await.unwrap();
    let ended = office.ended(&me, &large.id).await;
    assert_eq!((ended.status, ended.trouble), (Status::Failed, Some(Trouble::NoRoom)));
    assert!(ended.rows > 0 && ended.has_files(), "what was written until then is whole");
    let refused = office.jobs.create(&me, wish(Dataset::Accounts, Format::Csv)).await.err().unwrap();
    assert!(matches!(refused, CreateRefusal::Full), "{refused}");
    office.jobs.cancel(&me, &large.id).await.unwrap();
    assert!(office.jobs.create(&me, wish(Dataset::Accounts, Format::Csv)).await.is_ok());
}
