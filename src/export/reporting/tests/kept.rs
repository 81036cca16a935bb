//! What roles read, what a round writes, and who is kept out.

use crate::domain::id::{NodeId, NodeKind};
use crate::domain::view::{Pii, Sight};
use crate::export::Dataset;
use crate::ledger::entry::{CapturedRecord, Observation};
use crate::unify::samples::person;

use super::scene::{Scene, found, happenings, lead, lead_key, lead_name, run, view, views};

#[tokio::test]
async fn a_role_reads_what_the_export_of_its_view_gives_before_and_after_changes() {
    let Some(scene) = Scene::set("a_role_reads_what_the_export_of_its_view_gives").await else { return };
    let mut reporter = scene.reporter(views());
    assert_eq!(reporter.round().await.expect("it is written"), None);
    for view in views() {
        scene.assert_alike(&view).await;
    }
    let (people, _) = scene.both(&views()[2], Dataset::People).await;
    assert_eq!(people.len(), 5);
    let credits = scene.both(&views()[0], Dataset::Attribution).await.0;
    assert!(credits.iter().any(|row| row[7].is_some()), "touches earn credit: {credits:?}");

    // Somebody changes, somebody comes, somebody goes.
    let changed =
        person(&lead_name(1)).email("jane1@example1.com").created("2025-01-02").modified("2025-02-01");
    let changed = changed.with(|it| it.first_name = Some("Janet".into()));
    let gone = person(&lead_name(4)).deleted();
    let record = |it: crate::unify::samples::Sample| Observation::Record(CapturedRecord::Person(it.record()));
    scene.told(lead(7).into_iter().chain([record(changed), record(gone)])).await;
    reporter.round().await.expect("it is written");
    for view in views() {
        scene.assert_alike(&view).await;
    }
    let mut role = scene.role("marketing").await;
    let told = format!("SELECT rows::text FROM {}_marketing.status WHERE dataset = 'people'", scene.prefix);
    assert_eq!(found(&mut role, &told).await, ["5"]);
    // A new start compares everything and finds nothing to write.
    let places = |of: &'static str| {
        format!("SELECT id || ctid::text || xmin::text FROM {}_reporting.{of}", scene.prefix)
    };
    let mut connection = scene.connection().await;
    let before = found(&mut connection, &places("bi_people")).await;
    scene.reporter(views()).round().await.expect("it is written");
    assert_eq!(found(&mut connection, &places("bi_people")).await, before);
}

#[tokio::test]
async fn whatever_happens_is_told_after_the_next_rounds() {
    let Some(scene) = Scene::set("whatever_happens_is_told_after_the_next_rounds").await else { return };
    let mut reporter = scene.reporter(views());
    reporter.round().await.expect("it is written");
    let mut before = Vec::new();
    for (what, observations) in happenings() {
        scene.told(observations).await;
        for _ in 0..=super::super::PRESENT_EVERY {
            reporter.round().await.expect("it is written");
        }
        let mut now = Vec::new();
        for view in views() {
            for dataset in Dataset::ALL.into_iter().filter(|dataset| dataset.is_shown(&view)) {
                let (exported, read) = scene.both(&view, dataset).await;
                assert_eq!(read, exported, "{what}: {} {}", view.key(), dataset.name());
                now.push(exported);
            }
        }
        let changed = now.iter().zip(&before).filter(|(now, before)| now != before).count();
        // Credits of what is open change with the present alone, in each of the three views.
        assert!(before.is_empty() || changed > 3, "{what} changes something");
        before = now;
    }
}

#[tokio::test]
async fn a_round_writes_nobody_who_was_not_touched() {
    let Some(scene) = Scene::set("a_round_writes_nobody_who_was_not_touched").await else { return };
    let mut reporter = scene.reporter(views());
    reporter.round().await.expect("it is written");
    let mut connection = scene.connection().await;
    let written =
        format!("SELECT _spot || ' ' || xmin::text FROM {}_reporting.bi_people ORDER BY 1", scene.prefix);
    let before = found(&mut connection, &written).await;
    let changed =
        person(&lead_name(3)).email("jane3@example3.com").created("2025-01-02").modified("2025-02-01");
    scene.told([Observation::Record(CapturedRecord::Person(changed.record()))]).await;
    reporter.round().await.expect("it is written");
    let after = found(&mut connection, &written).await;
    let moved: Vec<&String> = after.iter().filter(|row| !before.contains(row)).collect();
    assert_eq!(moved.len(), 1, "{moved:?}");
    assert!(moved[0].starts_with("person:sales:Lead:L3"), "{moved:?}");
}

#[tokio::test]
async fn who_is_erased_is_gone_from_every_table_when_erasing_returns() {
    let Some(scene) = Scene::set("who_is_erased_is_gone_from_every_table").await else { return };
    let mut reporter = scene.reporter(views());
    reporter.round().await.expect("it is written");
    let mut connection = scene.connection().await;
    let tables =
        format!("SELECT tablename::text FROM pg_tables WHERE schemaname = '{}_reporting'", scene.prefix);
    let id = NodeId::new(NodeKind::Person, lead_key(0)).encode();
    let mut naming = 0;
    for is_erased in [false, true] {
        for table in found(&mut connection, &tables).await {
            let rows = format!("SELECT t::text FROM {}_reporting.\"{table}\" t", scene.prefix);
            let rows = found(&mut connection, &rows).await;
            let names =
                |row: &&String| row.contains(&id) || row.contains(&lead_name(0)) || row.contains("ane0@");
            let naming_now = rows.iter().filter(names).count();
            assert!(!is_erased || naming_now == 0, "{table} still names them: {rows:?}");
            naming += naming_now;
        }
        if !is_erased {
            assert!(naming > 10, "the test looks for what was there: {naming}");
            scene
                .ledger
                .erase(&[lead_key(0)], crate::unify::samples::at("2025-04-01"))
                .await
                .expect("erased");
        }
    }
    // A round made of what was known before is not begun; the next one makes whole what was torn.
    reporter.round().await.expect("it is left");
    let mut role = scene.role("marketing").await;
    let people = format!("SELECT display_name FROM {}_marketing.people", scene.prefix);
    assert_eq!(found(&mut role, &people).await.len(), 4);
    scene.refresh().await;
    reporter.round().await.expect("it is written");
    for view in views() {
        scene.assert_alike(&view).await;
    }
}

#[tokio::test]
async fn a_role_reads_its_own_views_and_nothing_else_and_writes_nothing() {
    let Some(scene) = Scene::set("a_role_reads_its_own_views_and_nothing_else").await else { return };
    scene.reporter(views()).round().await.expect("it is written");
    let prefix = &scene.prefix;
    let mut role = scene.role("bi").await;
    let own = format!("SELECT count(*)::text FROM {prefix}_bi.people");
    assert_eq!(found(&mut role, &own).await, ["5"]);
    let mut connection = scene.connection().await;
    let ledger = found(&mut connection, "SELECT current_schema()::text").await.remove(0);
    for refused in [
        format!("SELECT * FROM {prefix}_reporting.bi_people"),
        format!("SELECT * FROM {prefix}_reporting.status"),
        format!("SELECT * FROM {prefix}_marketing.people"),
        format!("SELECT * FROM {ledger}.versions"),
        format!("DELETE FROM {prefix}_bi.people"),
        format!("INSERT INTO {prefix}_bi.people (id) VALUES ('x')"),
        format!("UPDATE {prefix}_bi.people SET email = 'x'"),
        format!("CREATE TABLE {prefix}_bi.mine (a text)"),
        format!("DROP VIEW {prefix}_bi.people"),
    ] {
        let error = run(&mut role, &refused).await.expect_err(&refused);
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        assert_eq!(code.as_deref(), Some("42501"), "{refused}: {error}");
    }
    let status = format!("SELECT dataset FROM {prefix}_bi.status ORDER BY 1");
    assert_eq!(found(&mut role, &status).await.len(), Dataset::ALL.len());
}

#[tokio::test]
async fn a_view_that_sees_less_shows_less_and_one_that_is_gone_takes_its_tables_along() {
    let Some(scene) = Scene::set("a_view_that_sees_less_shows_less").await else { return };
    scene.reporter(views()).round().await.expect("it is written");
    let stricter = view("marketing", |it| {
        it.pii = Pii::Masked;
        it.deal_figures = Sight::Hidden;
    });
    let mut reporter = scene.reporter(vec![stricter.clone()]);
    reporter.round().await.expect("it is written");
    scene.assert_alike(&stricter).await;
    let mut connection = scene.connection().await;
    let columns = format!(
        "SELECT column_name::text FROM information_schema.columns WHERE table_schema = '{}_marketing'
         AND table_name = 'opportunities'",
        scene.prefix
    );
    assert!(!found(&mut connection, &columns).await.contains(&"amount_amount".to_owned()));
    let left = format!(
        "SELECT table_schema || '.' || table_name FROM information_schema.tables
         WHERE table_schema LIKE '{}%' ORDER BY 1",
        scene.prefix
    );
    let left = found(&mut connection, &left).await;
    assert!(left.iter().all(|name| !name.contains("leadership") && !name.contains("_bi")), "{left:?}");
    assert!(left.iter().all(|name| !name.contains("attribution")), "{left:?}");
    let about = format!("SELECT col_description('{}_marketing.people'::regclass, 5)", scene.prefix);
    assert_eq!(found(&mut connection, &about).await, ["Primary address. Seen masked by this view."]);
}

#[tokio::test]
async fn without_the_right_to_create_roles_everything_else_is_made_and_the_statements_are_told() {
    let Some(scene) = Scene::set("without_the_right_to_create_roles").await else { return };
    let (prefix, mut admin) = (scene.prefix.clone(), scene.connection().await);
    let schema = found(&mut admin, "SELECT current_schema()::text").await.remove(0);
    let database = found(&mut admin, "SELECT current_database()::text").await.remove(0);
    let user = format!("{prefix}_user");
    let make = format!(
        "CREATE ROLE {user} LOGIN; GRANT CREATE ON DATABASE {database} TO {user};
         DROP SCHEMA {schema} CASCADE; CREATE SCHEMA {schema} AUTHORIZATION {user}"
    );
    run(&mut admin, &make).await.expect("a user without rights");
    let mut place = scene.place;
    place.url = place.url.replace("//leadline@", &format!("//{user}@"));
    let scene = Scene::at(place).await;
    scene.told(lead(1)).await;

    let view = view("bi", |it| it.pii = Pii::Pseudonym);
    let mut reporter = scene.reporter(vec![view.clone()]);
    let told = reporter.round().await.expect("it is written").expect("something is missing");
    let statement = format!("CREATE ROLE \"{}_bi\" NOLOGIN", scene.prefix);
    assert!(told.contains(&statement) && told.contains("may not create roles"), "{told}");
    run(&mut admin, &format!("{statement}; GRANT {}_bi TO {user}", scene.prefix))
        .await
        .expect("an administrator may");
    // Told even though the facts are as they were.
    assert_eq!(reporter.round().await.expect("it is written"), None);
    scene.assert_alike(&view).await;
}
