//! Datasets at the door: what comes, in which formats, for whom; how a download is told to go on, and what is refused.

mod feed;
mod files;
mod same;

use std::collections::BTreeSet;

use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::running::{Running, committed};

/// A file that came.
pub(super) struct File {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) bytes: Vec<u8>,
}

impl File {
    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }

    /// The rows of a file of NDJSON.
    pub(super) fn rows(&self) -> Vec<Value> {
        assert_eq!(self.status, 200, "{}", self.text());
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    fn refusal(&self) -> (u16, String, String) {
        let error = &self.json()["errors"][0];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (self.status, text(&error["extensions"]["code"]), text(&error["message"]))
    }
}

/// Downloads a file as somebody of a built-in view.
pub(super) async fn download(running: &Running, view: &str, file: &str) -> File {
    download_with(running, view, file, HeaderMap::new()).await
}

async fn download_with(running: &Running, view: &str, file: &str, headers: HeaderMap) -> File {
    let address = format!("http://{}/export{file}", running.gateway.address);
    let token = running.token(view, running.usual_claims(view));
    let request = running.http().get(address).bearer_auth(token).headers(headers);
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    File { status, headers, bytes: response.bytes().await.unwrap().to_vec() }
}

const DATASETS: [&str; 7] = [
    "lead_history",
    "people",
    "accounts",
    "opportunities",
    "opportunity_stages",
    "touchpoints",
    "attribution",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_dataset_comes_in_every_format_with_the_columns_of_its_manifest() {
    let running = Running::counting("q1").await;
    let list = download(&running, "revops", "").await.json();
    let named: Vec<&str> =
        list["datasets"].as_array().unwrap().iter().map(|it| it["dataset"].as_str().unwrap()).collect();
    assert_eq!(named, DATASETS);
    for dataset in DATASETS {
        let manifest = download(&running, "revops", &format!("/{dataset}.json")).await.json();
        let columns: Vec<&str> =
            manifest["columns"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
        let rows = download(&running, "revops", &format!("/{dataset}.ndjson")).await.rows();
        assert!(!rows.is_empty(), "{dataset}");
        for row in &rows {
            let mut own: Vec<&str> = row.as_object().unwrap().keys().map(String::as_str).collect();
            let mut expected = columns.clone();
            own.sort_unstable();
            expected.sort_unstable();
            assert_eq!(own, expected, "{dataset}");
        }
        let sheet = download(&running, "revops", &format!("/{dataset}.csv")).await;
        let mut reader = csv::Reader::from_reader(&*sheet.bytes);
        assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>(), columns, "{dataset}");
        let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(records.len(), rows.len(), "{dataset}");
        let key = columns[0];
        let ids: BTreeSet<&str> = rows.iter().map(|row| row[key].as_str().unwrap()).collect();
        assert_eq!(ids.len(), rows.len(), "{dataset}: {key} is the key of the table");
        assert!(records.iter().zip(&rows).all(|(record, row)| record[0] == *row[key].as_str().unwrap()));
        let file = download(&running, "revops", &format!("/{dataset}.parquet")).await;
        assert!(file.bytes.starts_with(b"PAR1") && file.bytes.ends_with(b"PAR1"), "{dataset}");
        assert_eq!(file.header("content-type"), Some("application/vnd.apache.parquet"));
    }
    // Without rows the columns are the same.
    let nobody = download(&running, "revops", "/people.csv?from=2031-01-01").await;
    assert!(nobody.text().starts_with("id,display_name,") && nobody.text().lines().count() == 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_numbers_of_the_quarter_are_in_the_tables() {
    let running = Running::counting("q1").await;
    let people = download(&running, "bi", "/people.ndjson").await.rows();
    assert_eq!(people.len(), 14);
    assert!(people.iter().all(|row| row["display_name"].is_null() && row["phone"].is_null()));
    assert!(people.iter().all(|row| row["email"].as_str().unwrap().starts_with("h_")));
    let manifest = download(&running, "bi", "/people.json").await.json();
    let column = |name: &str| {
        let columns = manifest["columns"].as_array().unwrap();
        columns.iter().find(|column| column["name"] == name).cloned().unwrap()
    };
    assert_eq!((&column("email")["masked"], &column("email")["sight"]), (&json!(true), &json!("pseudonym")));
    assert_eq!(column("title")["masked"], false);

    let opportunities = download(&running, "bi", "/opportunities.ndjson").await.rows();
    assert_eq!(opportunities.len(), 8);
    // The credits of each model add up to what each opportunity is worth.
    let credits = download(&running, "bi", "/attribution.ndjson").await.rows();
    for opportunity in opportunities.iter().filter(|row| !row["amount_amount"].is_null()) {
        for model in ["FIRST_TOUCH", "LINEAR", "W_SHAPED", "TIME_DECAY"] {
            let own =
                credits.iter().filter(|it| it["opportunity_id"] == opportunity["id"] && it["model"] == model);
            let sum: f64 = own.map(|it| it["credit_amount"].as_f64().unwrap()).sum();
            let amount = opportunity["amount_amount"].as_f64().unwrap();
            assert!((sum - amount).abs() < 0.001, "{model}: {sum} is not {amount}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_goes_on_where_it_stopped_by_pages_and_by_the_cursor_of_a_row() {
    let running = Running::counting("q1").await;
    for dataset in ["people", "lead_history", "attribution"] {
        let whole = download(&running, "revops", &format!("/{dataset}.ndjson")).await.rows();
        let (mut pages, mut after) = (Vec::new(), String::new());
        loop {
            let page = download(&running, "revops", &format!("/{dataset}.ndjson?limit=9{after}")).await;
            pages.extend(page.rows());
            let Some(next) = page.header("leadline-next-cursor") else { break };
            after = format!("&cursor={next}");
        }
        assert_eq!(pages, whole, "{dataset}");
        let key = if dataset == "lead_history" { "event_id" } else { "id" };
        let file = format!("/{dataset}.ndjson?columns={key},cursor");
        let cursors = download(&running, "revops", &file).await.rows();
        assert_eq!(cursors.len(), whole.len());
        for at in [0, whole.len() / 2, whole.len() - 1] {
            let cursor = cursors[at]["cursor"].as_str().unwrap();
            let rest =
                download(&running, "revops", &format!("/{dataset}.ndjson?cursor={cursor}")).await.rows();
            assert_eq!(rest, whole[at + 1..], "{dataset} behind row {at}");
        }
        let other = cursors[0]["cursor"].as_str().unwrap();
        let other = format!("/{dataset}.ndjson?from=2025-01-02&cursor={other}");
        let (status, code, message) = download(&running, "revops", &other).await.refusal();
        assert_eq!((status, &*code), (400, "BAD_INPUT"));
        assert!(message.contains("another dataset"), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_are_half_open_and_what_was_observed_later_alone_comes_again() {
    let running = Running::counting("q1").await;
    let all = download(&running, "revops", "/lead_history.ndjson").await;
    let at = |row: &Value| row["occurred_at"].as_str().unwrap().to_owned();
    let middle = at(&all.rows()[all.rows().len() / 2]);
    let before = download(&running, "revops", &format!("/lead_history.ndjson?to={middle}")).await.rows();
    let since = download(&running, "revops", &format!("/lead_history.ndjson?from={middle}")).await.rows();
    assert!(before.iter().all(|row| at(row) < middle) && since.iter().all(|row| at(row) >= middle));
    assert_eq!(before.len() + since.len(), all.rows().len());
    let as_of = all.header("leadline-as-of").unwrap();
    let nothing = download(&running, "revops", "/people.ndjson?updated_since=2031-01-01").await;
    assert_eq!(nothing.rows().len(), 0, "nobody was observed after {as_of}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_known_is_not_sent_again_and_comes_zipped_to_who_wants_it() {
    let running = Running::counting("q1").await;
    let first = download(&running, "revops", "/people.csv").await;
    let tag = first.headers["etag"].clone();
    let headers = HeaderMap::from_iter([(reqwest::header::IF_NONE_MATCH, tag.clone())]);
    let again = download_with(&running, "revops", "/people.csv", headers.clone()).await;
    assert_eq!((again.status, again.bytes.len()), (304, 0));
    let others = download_with(&running, "bi", "/people.csv", headers.clone()).await;
    assert_eq!(others.status, 200, "another view's rows are others");
    let less = download_with(&running, "revops", "/people.csv?columns=id", headers).await;
    assert_eq!(less.status, 200);
    // A client that unzips by itself would say nothing of it.
    let plain = reqwest::Client::builder().no_gzip().build().unwrap();
    let address = format!("http://{}/export/people.csv", running.gateway.address);
    let request = plain.get(address).bearer_auth(running.token("revops", json!({})));
    let response = request.header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let zipped = response.bytes().await.unwrap();
    assert!(zipped.starts_with(&[0x1f, 0x8b]) && zipped.len() < first.bytes.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_question_is_told_what_would_be_good() {
    let running = Running::counting("q1").await;
    for (file, status, part) in [
        ("/people.csv?since=2025-01-01", 400, "there are from, to, updated_since, columns, cursor, limit"),
        ("/people.csv?from=monday", 400, "such as 2025-01-31T08:00:00Z"),
        ("/people.csv?columns=id,e_mail", 400, "there are id, display_name, first_name"),
        ("/people.csv?cursor=x", 400, "no cursor"),
        ("/people.csv?limit=100000", 400, "from 1 to 10000"),
        ("/people.xlsx", 404, "ndjson, csv, parquet; json is its manifest"),
        ("/handoffs.csv", 404, "there are lead_history, people"),
        ("/people", 404, "ndjson, csv, parquet"),
    ] {
        let (told, code, message) = download(&running, "revops", file).await.refusal();
        assert_eq!((told, &*code), (status, "BAD_INPUT"), "{file}: {message}");
        assert!(message.contains(part), "{file}: {message}");
    }
    let address = format!("http://{}/export/people.csv", running.gateway.address);
    assert_eq!(running.http().get(address).send().await.unwrap().status(), 401);
    // What a view sees nothing of is not there: no figures and no offers for the agency.
    let (status, _, message) = download(&running, "agency", "/attribution.csv").await.refusal();
    assert_eq!(status, 404);
    assert!(
        message.ends_with("there are lead_history, people, accounts, opportunities, touchpoints."),
        "{message}"
    );
    let columns = download(&running, "agency", "/opportunities.csv").await;
    assert_eq!((columns.text().contains("amount_amount"), columns.text().lines().count()), (false, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_captured_records_there_is_nothing_to_export_and_the_answer_says_so() {
    let running = Running::over(committed("q1")).await;
    let (status, code, message) = download(&running, "revops", "/people.csv").await.refusal();
    assert_eq!((status, &*code), (409, "LEDGER_REQUIRED"), "{message}");
}
