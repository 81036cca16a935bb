//! Whose turn it is: waiting, being cancelled, being erased, being another's view.

use super::*;

#[tokio::test]
async fn what_waits_can_be_cancelled_and_is_never_made() {
    let mut office = Office::of(3).await;
    let me = view("me");
    let kept = office.jobs.create(&me, wish(Dataset::People, Format::Csv)).await.unwrap();
    let gone = office.jobs.create(&me, wish(Dataset::People, Format::Csv)).await.unwrap();
    assert_eq!(office.jobs.cancel(&view("another"), &gone.id).await.err(), Some(CancelRefusal::Unknown));
    assert_eq!(office.jobs.cancel(&me, &gone.id).await.unwrap().status, Status::Canceled);
    office.begin();
    assert_eq!(office.ended(&me, &kept.id).await.status, Status::Completed);
    assert_eq!(office.jobs.find(&me, &gone.id).unwrap().status, Status::Canceled);
    assert_eq!(office.files(&gone.id), ["export.json"]);
    assert_eq!(office.files(&kept.id), ["export.json", "manifest.json", "people.csv.gz"]);
    assert_eq!(office.jobs.cancel(&me, &kept.id).await.unwrap().status, Status::Canceled);
    assert_eq!(office.files(&kept.id), ["export.json"], "what is whole goes too");
    assert_eq!(office.jobs.cancel(&me, &kept.id).await.err(), Some(CancelRefusal::Gone));
}

#[tokio::test]
async fn what_is_being_written_can_be_cancelled_and_nothing_stays_of_it() {
    let mut office = Office::of(30 * crate::export::BATCH).await;
    let me = view("me");
    let export = office.jobs.create(&me, wish(Dataset::People, Format::Ndjson)).await.unwrap();
    office.begin();
    let seen = office.until(&me, &export.id, |export| export.rows > 0).await;
    assert_eq!((seen.status, seen.has_files()), (Status::Running, false), "rows tell how far it is");
    assert_eq!(office.jobs.cancel(&me, &export.id).await.unwrap().status, Status::Canceled);
    while office.files(&export.id) != ["export.json"] {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    office.close().await;
    assert_eq!(office.jobs.find(&me, &export.id).unwrap().status, Status::Canceled);
}

#[tokio::test]
async fn who_has_nothing_at_work_comes_before_who_asked_earlier_for_more() {
    let facts = Facts::of((0..30 * crate::export::BATCH).map(|nth| person(nth, None, None))).await;
    let folder = Arc::new(TempDir::new().unwrap());
    let jobs = Office::jobs(&facts, &folder, Limits { at_once: 2, ..LIMITS });
    let mut office = Office { facts, jobs, folder, at_work: None };
    let (busy, patient) = (view("busy"), view("patient"));
    for _ in 0..5 {
        office.jobs.create(&busy, wish(Dataset::People, Format::Csv)).await.unwrap();
    }
    let theirs = office.jobs.create(&patient, wish(Dataset::People, Format::Csv)).await.unwrap();
    office.begin();
    office.until(&patient, &theirs.id, |export| export.status == Status::Running).await;
    let at_work = |status| {
        let known = office.jobs.known();
        known.exports.values().filter(|kept| kept.export.status == status).count()
    };
    assert_eq!((at_work(Status::Running), at_work(Status::Queued)), (2, 4));
    office.close().await;
}

#[tokio::test]
async fn who_is_given_another_view_by_the_settings_of_now_gets_no_files() {
    for again in [
        Arc::new(|_: Claims| None) as Again,
        Arc::new(|claims: Claims| {
            let pii = crate::domain::view::Pii::Masked;
            let policy = crate::domain::view::Policy { pii, ..View::system().policy().clone() };
            Some(View::grant(Arc::new(policy), Arc::default(), None, claims))
        }),
    ] {
        let facts = Facts::of([person(0, None, None)]).await;
        let folder = Arc::new(TempDir::new().unwrap());
        let jobs = Office::jobs_with(&facts, &folder, LIMITS, again);
        let mut office = Office { facts, jobs, folder, at_work: None };
        let me = view("me");
        let export = office.jobs.create(&me, wish(Dataset::People, Format::Csv)).await.unwrap();
        office.begin();
        let ended = office.ended(&me, &export.id).await;
        assert_eq!((ended.status, ended.trouble), (Status::Failed, Some(Trouble::ViewChanged)));
        assert_eq!(office.files(&export.id), ["export.json"]);
    }
}

#[tokio::test]
async fn an_erasure_takes_what_was_told_before_and_what_is_being_written_begins_anew() {
    let people = 30 * crate::export::BATCH;
    let mut office = Office::of(people).await;
    let me = view("me");
    office.begin();
    let before = office.jobs.create(&me, wish(Dataset::Accounts, Format::Csv)).await.unwrap();
    assert_eq!(office.ended(&me, &before.id).await.status, Status::Completed);
    let meanwhile = office.jobs.create(&me, wish(Dataset::People, Format::Ndjson)).await.unwrap();
    let seen = office.until(&me, &meanwhile.id, |export| export.rows > 0).await;
    let told = seen.told.unwrap().sequence;
    assert_eq!(office.jobs.oldest().map(|oldest| oldest <= told), Some(true));

    // The ledger knows of the erasure, and the facts do not yet.
    let key = crate::unify::samples::key("sales:Lead:00001");
    let erased = office.facts.erased_from_the_ledger(&key).await;
    office.jobs.erased(erased).await.unwrap();
    let expired = office.jobs.find(&me, &before.id).unwrap();
    assert_eq!((expired.status, expired.trouble), (Status::Expired, Some(Trouble::Erased)));
    assert_eq!(office.files(&before.id), ["export.json"]);
    assert!(!office.files(&meanwhile.id).iter().any(|name| name.contains("people")));
    assert_eq!(office.jobs.oldest(), None, "nothing is told of the time before");

    office.facts.refreshed().await;
    let ended = office.ended(&me, &meanwhile.id).await;
    assert_eq!((ended.status, ended.rows), (Status::Completed, people as u64 - 1));
    assert!(ended.told.unwrap().sequence >= erased);
    // What tells of the time after stays.
    office.jobs.erased(erased).await.unwrap();
    assert_eq!(office.jobs.find(&me, &meanwhile.id).unwrap().status, Status::Completed);
    office.close().await;
}
