//! What is not done, and what those are told who asked for it.

use serde_json::{Value, json};

use crate::running::{Running, committed};

use super::{CREATE, create, ended, fetch, made};

pub(super) const CANCEL: &str = "mutation($input: ExportCancelInput!) { exportCancel(input: $input) {
    clientMutationId userErrors { field code message } export { id status } } }";

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_cannot_be_made_is_told_what_could_be() {
    let running = Running::counting("q1").await;
    let refused = async |view: &str, input: Value| {
        let answer = running.viewer(view).ask_with(CREATE, json!({ "input": input })).await.fine();
        assert_eq!(answer.at("/exportCreate/export"), &Value::Null);
        answer.at("/exportCreate/userErrors/0").clone()
    };
    let with = |name: &str, value: Value| {
        let mut input = json!({ "dataset": "PEOPLE", "format": "CSV" });
        input[name] = value;
        input
    };
    let other_ledger = "YzEfbm9uZR94HzAfMB8w";
    for (view, input, member, part) in [
        ("revops", with("columns", json!(["id", "e_mail"])), "columns", "there are id, display_name"),
        ("revops", with("timeZone", json!("Mars/Olympus")), "timeZone", "IANA zone"),
        (
            "revops",
            with("period", json!({ "start": "2025-02-01", "end": "2025-01-01" })),
            "period",
            "ends before",
        ),
        ("revops", with("updatedAfter", json!("x")), "updatedAfter", "no cursor"),
        ("revops", with("updatedAfter", json!(other_ledger)), "updatedAfter", "another ledger"),
        ("agency", with("dataset", json!("ATTRIBUTION")), "dataset", "there are lead_history, people"),
    ] {
        let told = refused(view, input).await;
        assert_eq!((&told["code"], &told["field"]), (&json!("INVALID"), &json!(["input", member])), "{told}");
        assert!(told["message"].as_str().unwrap().contains(part), "{told}");
    }
    // A column that the view masks is there and says so.
    let export = made(&running.viewer("bi"), with("columns", json!(["id", "email"]))).await;
    let email = &export["manifest"][1];
    assert_eq!((&email["name"], &email["masked"]), (&json!("email"), &json!(true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cancelled_is_gone_and_what_never_was_is_not_found() {
    let running = Running::counting("q1").await;
    let revops = running.viewer("revops");
    let done = made(&revops, json!({ "dataset": "PEOPLE", "format": "CSV" })).await;
    let cancel = async |id: &str| {
        let input = json!({ "input": { "id": id, "clientMutationId": "7" } });
        let answer = revops.ask_with(CANCEL, input).await.fine();
        assert_eq!(answer.at("/exportCancel/clientMutationId"), "7");
        answer.at("/exportCancel").clone()
    };
    let own = done["id"].as_str().unwrap();
    assert_eq!(cancel(own).await["export"], json!({ "id": own, "status": "CANCELED" }));
    assert_eq!(fetch(&running, &done["url"]).await.status, 404);
    assert_eq!(fetch(&running, &done["parts"][0]["url"]).await.status, 404);
    let person = "cDpzYWxlczpMZWFkOng";
    for (id, code) in [(own, "WRONG_STATE"), ("x", "NOT_FOUND"), (person, "NOT_FOUND")] {
        assert_eq!(cancel(id).await["userErrors"][0]["code"], code, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_made_or_cancelled_by_get_is_neither() {
    let running = Running::counting("q1").await;
    let query = "mutation { exportCreate(input: {dataset: PEOPLE, format: CSV}) { export { id } } }";
    let token = running.token("revops", running.usual_claims("revops"));
    let request = running.http().get(running.url()).bearer_auth(token).query(&[("query", query)]);
    let response = request.header("accept", "application/json").send().await.unwrap();
    assert_eq!((response.status().as_u16(), &response.headers()["allow"]), (405, &"POST".parse().unwrap()));
    let made: Vec<_> = std::fs::read_dir(running.folder().join("exports")).unwrap().collect();
    assert_eq!(made.len(), 1, "nothing but the lock: {made:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_opens_by_its_own_key_alone_and_what_is_no_file_of_the_export_is_not_there() {
    let running = Running::counting("q1").await;
    let revops = running.viewer("revops");
    let one = made(&revops, json!({ "dataset": "PEOPLE", "format": "CSV" })).await;
    let other = made(&revops, json!({ "dataset": "PEOPLE", "format": "CSV" })).await;
    let parts =
        |link: &Value| -> Vec<String> { link.as_str().unwrap().split('/').map(str::to_owned).collect() };
    let (own, others) = (parts(&one["url"]), parts(&other["url"]));
    assert_eq!(own[4].len(), 64, "a key of 256 bits");
    let at = |id: &str, key: &str, file: &str| json!(format!("/export/files/{id}/{key}/{file}"));
    let nowhere = fetch(&running, &json!("/nowhere")).await;
    for link in [
        at(&own[3], &others[4], "manifest.json"),
        at(&others[3], &own[4], "manifest.json"),
        at(&own[3], "", "manifest.json"),
        at(&own[3], &own[4], "export.json"),
        at(&own[3], &own[4], "..%2F.lock"),
        at(&own[3], &own[4], "people-2.csv.gz"),
    ] {
        let file = fetch(&running, &link).await;
        assert_eq!((file.status, file.text()), (404, nowhere.text()), "{link}");
    }
    let address = format!("http://{}{}", running.gateway.address, one["url"].as_str().unwrap());
    assert_eq!(running.http().post(address).send().await.unwrap().status(), 405);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_subject_has_so_many_exports_and_no_more() {
    let running = Running::counting_with("q1", "per_subject = 2\n").await;
    let revops = running.viewer("revops");
    let input = json!({ "dataset": "ACCOUNTS", "format": "CSV" });
    for _ in 0..2 {
        let id = create(&revops, input.clone()).await;
        ended(&revops, &id).await;
    }
    let answer = revops.ask_with(CREATE, json!({ "input": input })).await.fine();
    let told = answer.at("/exportCreate/userErrors/0");
    assert_eq!(told["code"], "WRONG_STATE");
    assert!(told["message"].as_str().unwrap().starts_with("You have 2 exports"), "{told}");
    // Others have their own.
    create(&running.viewer("marketing"), input).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_directory_or_captured_records_nothing_is_made() {
    let running = Running::over(committed("q1")).await;
    let input = json!({ "input": { "dataset": "PEOPLE", "format": "CSV", "clientMutationId": "a" } });
    let answer = running.viewer("revops").ask_with(CREATE, input).await.fine();
    let told = answer.at("/exportCreate/userErrors/0");
    assert_eq!((&told["code"], &told["field"]), (&json!("WRONG_STATE"), &Value::Null));
    assert!(told["message"].as_str().unwrap().contains("no [exports]"), "{told}");
    assert_eq!(answer.at("/exportCreate/clientMutationId"), "a");
    let answer = running.viewer("revops").ask("{ export(id: \"eDpleHBvcnRzOjph\") { id } }").await.fine();
    assert_eq!(answer.at("/export"), &Value::Null);
    assert_eq!(fetch(&running, &json!("/export/files/a/b/manifest.json")).await.status, 404);
}
