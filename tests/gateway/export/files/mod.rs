//! Exports into files at the doors: asked for by a mutation, followed by a query, fetched by a link without a token.

mod erased;
mod kept;
mod refused;

use std::collections::BTreeMap;
use std::io::Read;
use std::time::{Duration, Instant};

use flate2::read::MultiGzDecoder;
use parquet::file::reader::{FileReader, SerializedFileReader};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::running::{Running, Viewer};

use super::{DATASETS, File, download};

const CREATE: &str = "mutation($input: ExportInput!) { exportCreate(input: $input) {
    clientMutationId userErrors { field code message } export { id status dataset format } } }";

const EXPORT: &str = "query($id: ID!) { export(id: $id) {
    id status dataset format rows bytes createdAt expiresAt url partialUrl nextCursor errorCode
    manifest { name type nullable masked description } parts { name month rows bytes sha256 url } } }";

/// Has an export made, and gives its id.
pub(super) async fn create(viewer: &Viewer<'_>, input: Value) -> String {
    let answer = viewer.ask_with(CREATE, json!({ "input": input })).await.fine();
    assert_eq!(answer.at("/exportCreate/userErrors"), &json!([]), "{:#}", answer.body);
    answer.at("/exportCreate/export/id").as_str().unwrap().to_owned()
}

/// The export as it stands.
pub(super) async fn export(viewer: &Viewer<'_>, id: &str) -> Value {
    viewer.ask_with(EXPORT, json!({ "id": id })).await.fine().at("/export").clone()
}

/// The export once it has ended.
pub(super) async fn ended(viewer: &Viewer<'_>, id: &str) -> Value {
    let patience = Instant::now() + Duration::from_secs(60);
    loop {
        let found = export(viewer, id).await;
        if !["QUEUED", "RUNNING"].contains(&found["status"].as_str().unwrap()) {
            return found;
        }
        assert!(Instant::now() < patience, "it never ends: {found:#}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Has an export made, and waits until it is.
pub(super) async fn made(viewer: &Viewer<'_>, input: Value) -> Value {
    let export = ended(viewer, &create(viewer, input).await).await;
    assert_eq!(export["status"], "COMPLETED", "{export:#}");
    export
}

/// Fetches a link, without a token.
pub(super) async fn fetch(running: &Running, link: &Value) -> File {
    fetch_with(running, link, HeaderMap::new()).await
}

async fn fetch_with(running: &Running, link: &Value, headers: HeaderMap) -> File {
    let address = format!("http://{}{}", running.gateway.address, link.as_str().unwrap());
    let response = running.http().get(address).headers(headers).send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    File { status, headers, bytes: response.bytes().await.unwrap().to_vec() }
}

/// What zipped bytes were.
pub(super) fn unzipped(bytes: &[u8]) -> String {
    let mut text = String::new();
    MultiGzDecoder::new(bytes).read_to_string(&mut text).unwrap();
    text
}

/// The rows of every part of an export of NDJSON.
pub(super) async fn rows(running: &Running, export: &Value) -> Vec<Value> {
    let mut rows = Vec::new();
    for part in export["parts"].as_array().unwrap() {
        let file = fetch(running, &part["url"]).await;
        assert_eq!(file.status, 200);
        rows.extend(unzipped(&file.bytes).lines().map(|line| serde_json::from_str::<Value>(line).unwrap()));
    }
    rows
}

/// Rows by the first of their columns' values, which is their key.
fn by_key(dataset: &str, rows: Vec<Value>) -> BTreeMap<String, Value> {
    let key = if dataset == "lead_history" { "event_id" } else { "id" };
    let count = rows.len();
    let table: BTreeMap<String, Value> =
        rows.into_iter().map(|row| (row[key].as_str().unwrap().to_owned(), row)).collect();
    assert_eq!(table.len(), count, "{dataset}: nothing comes twice");
    table
}

fn parquet_rows(bytes: &[u8]) -> i64 {
    let file = SerializedFileReader::new(bytes::Bytes::copy_from_slice(bytes)).unwrap();
    file.metadata().file_metadata().num_rows()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_hold_the_rows_of_a_download_by_months_and_say_what_they_are() {
    let running = Running::counting("q1").await;
    let revops = running.viewer("revops");
    for dataset in DATASETS {
        let whole = download(&running, "revops", &format!("/{dataset}.ndjson")).await.rows();
        let count = whole.len();
        let name = dataset.to_uppercase();
        let ndjson = made(&revops, json!({ "dataset": name, "format": "NDJSON" })).await;
        assert_eq!(by_key(dataset, rows(&running, &ndjson).await), by_key(dataset, whole), "{dataset}");
        let csv = made(&revops, json!({ "dataset": name, "format": "CSV" })).await;
        let parquet = made(&revops, json!({ "dataset": name, "format": "PARQUET" })).await;
        let columns = download(&running, "revops", &format!("/{dataset}.json")).await.json();
        for export in [&ndjson, &csv, &parquet] {
            assert_eq!((&export["dataset"], &export["rows"]), (&json!(name), &json!(count)), "{export:#}");
            let names = |list: &Value| -> Vec<Value> {
                list.as_array().unwrap().iter().map(|column| column["name"].clone()).collect()
            };
            assert_eq!(names(&export["manifest"]), names(&columns["columns"]));
            let manifest = fetch(&running, &export["url"]).await;
            assert_eq!(manifest.header("cache-control"), Some("private, no-store"));
            let manifest = manifest.json();
            assert_eq!((&manifest["is_whole"], &manifest["rows"]), (&json!(true), &json!(count)));
            assert_eq!(manifest["columns"], export["manifest"]);
            let mut bytes = 0;
            for (part, told) in
                export["parts"].as_array().unwrap().iter().zip(manifest["parts"].as_array().unwrap())
            {
                let file = fetch(&running, &part["url"]).await;
                for name in ["name", "month", "rows", "bytes", "sha256"] {
                    assert_eq!(part[name], told[name], "{dataset}");
                }
                let digest = Sha256::digest(&file.bytes);
                let digest = digest.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
                assert_eq!((&json!(file.bytes.len()), &json!(digest)), (&part["bytes"], &part["sha256"]));
                bytes += file.bytes.len();
                let counted = match export["format"].as_str().unwrap() {
                    "NDJSON" => unzipped(&file.bytes).lines().count() as i64,
                    "CSV" => {
                        csv::Reader::from_reader(unzipped(&file.bytes).as_bytes()).records().count() as i64
                    }
                    _ => parquet_rows(&file.bytes),
                };
                assert_eq!(part["rows"], counted, "{dataset}: {part}");
            }
            assert_eq!((&export["bytes"], &manifest["bytes"]), (&json!(bytes), &json!(bytes)));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_is_told_month_by_month_in_the_zone_that_is_asked_for() {
    let running = Running::counting("q1").await;
    let revops = running.viewer("revops");
    for (zone, offset) in [("UTC", 0), ("Asia/Tokyo", 9)] {
        let input = json!({ "dataset": "LEAD_HISTORY", "format": "NDJSON", "timeZone": zone,
                            "period": { "start": "2025-01-01", "end": "2025-02-28" },
                            "columns": ["event_id", "occurred_at"] });
        let export = made(&revops, input).await;
        let parts = export["parts"].as_array().unwrap();
        let names: Vec<&str> = parts.iter().map(|part| part["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["lead_history-2025-01.ndjson.gz", "lead_history-2025-02.ndjson.gz"]);
        for part in parts {
            let text = unzipped(&fetch(&running, &part["url"]).await.bytes);
            for line in text.lines() {
                let row: Value = serde_json::from_str(line).unwrap();
                assert_eq!(row.as_object().unwrap().len(), 2, "the columns that were asked for: {row}");
                let at: chrono::DateTime<chrono::Utc> = row["occurred_at"].as_str().unwrap().parse().unwrap();
                let there = at + chrono::TimeDelta::hours(offset);
                assert_eq!(json!(there.format("%Y-%m").to_string()), part["month"], "{row}");
            }
        }
    }
    // Without any row there is a file with the columns.
    let input = json!({ "dataset": "TOUCHPOINTS", "format": "CSV",
                        "period": { "start": "2031-01-01", "end": "2031-01-01" } });
    let none = made(&revops, input).await;
    assert_eq!((&none["rows"], none["parts"].as_array().unwrap().len()), (&json!(0), 1));
    let sheet = unzipped(&fetch(&running, &none["parts"][0]["url"]).await.bytes);
    assert!(sheet.starts_with("id,person_id,") && sheet.lines().count() == 1, "{sheet}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_view_gets_into_files_what_it_downloads_and_nobody_else_knows_of_it() {
    let running = Running::counting("q1").await;
    for view in crate::running::VIEWS {
        let viewer = running.viewer(view);
        let export = made(&viewer, json!({ "dataset": "PEOPLE", "format": "NDJSON" })).await;
        let downloaded = download(&running, view, "/people.ndjson").await.rows();
        assert_eq!(rows(&running, &export).await, downloaded, "{view}");

        let somebody = running.bearer(&running.token_of("somebody", view, running.usual_claims(view)));
        let other_view = if view == "revops" { "marketing" } else { "revops" };
        let claims = running.usual_claims(other_view);
        let same_subject = running.bearer(&running.token_of(&format!("test-{view}"), other_view, claims));
        for other in [&somebody, &same_subject] {
            let id = export["id"].as_str().unwrap();
            assert_eq!(self::export(other, id).await, Value::Null, "{view}");
            let query = "query($id: ID!) { node(id: $id) { id } }";
            assert_eq!(other.ask_with(query, json!({ "id": id })).await.fine().at("/node"), &Value::Null);
            let answer = other.ask_with(refused::CANCEL, json!({ "input": { "id": id } })).await.fine();
            assert_eq!(answer.at("/exportCancel/userErrors/0/code"), "NOT_FOUND");
        }
        let query = "query($id: ID!) { node(id: $id) { __typename id } }";
        let node = viewer.ask_with(query, json!({ "id": export["id"] })).await.fine();
        assert_eq!(node.at("/node"), &json!({ "__typename": "Export", "id": export["id"] }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_export_goes_on_where_one_ended_and_so_does_the_feed() {
    let running = Running::counting("q1").await;
    let revops = running.viewer("revops");
    let first = made(&revops, json!({ "dataset": "PEOPLE", "format": "NDJSON" })).await;
    let after = &first["nextCursor"];
    let input = json!({ "dataset": "PEOPLE", "format": "NDJSON", "updatedAfter": after });
    assert_eq!(made(&revops, input.clone()).await["rows"], 0, "nothing was observed since");
    let feed = "query($after: ChangeCursor, $datasets: [ExportDataset!]) {
        changes(after: $after, datasets: $datasets) { nodes { nodeId operation } caughtUp nextCursor } }";
    let changes = || revops.ask_with(feed, json!({ "after": after, "datasets": ["PEOPLE"] }));
    assert_eq!(changes().await.fine().at("/changes/nodes"), &json!([]));

    let vendors = crate::vendors::Vendors::of(&running).await;
    let leads = crate::tables::live(&running.world, "salesforce", "Lead");
    let lead = leads.iter().find(|lead| lead.get("IsConverted") != Some("true")).unwrap().id();
    let path = format!("/sobjects/Lead/{lead}");
    vendors.salesforce(reqwest::Method::PATCH, &path, json!({ "Title": "Chief of Everything" })).await;
    running.capture_again().await;
    let patience = Instant::now() + Duration::from_secs(30);
    let told = loop {
        let export = made(&revops, input.clone()).await;
        if export["rows"] != 0 {
            break rows(&running, &export).await;
        }
        assert!(Instant::now() < patience, "the change is never told");
    };
    let titles: Vec<&Value> = told.iter().map(|row| &row["title"]).collect();
    assert_eq!(titles, [&json!("Chief of Everything")]);
    let followed = changes().await.fine();
    assert_eq!(followed.at("/changes/nodes/0/nodeId"), &told[0]["id"]);
    // A cursor of the feed does as well.
    let input = json!({ "dataset": "PEOPLE", "format": "NDJSON", "updatedAfter": followed.at("/changes/nextCursor") });
    assert_eq!(made(&revops, input).await["rows"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_piece_of_a_file_can_be_had_and_a_known_one_is_not_sent_again() {
    let running = Running::counting("q1").await;
    let export = made(&running.viewer("revops"), json!({ "dataset": "PEOPLE", "format": "PARQUET" })).await;
    let link = &export["parts"][0]["url"];
    let whole = fetch(&running, link).await;
    let header = |name, value: &str| HeaderMap::from_iter([(name, value.parse().unwrap())]);
    let range = |text: &str| fetch_with(&running, link, header(reqwest::header::RANGE, text));
    let length = whole.bytes.len();
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    let piece = range("bytes=4-99").await;
    assert_eq!((piece.status, &*piece.bytes), (206, &whole.bytes[4..100]));
    assert_eq!(piece.header("content-range"), Some(&*format!("bytes 4-99/{length}")));
    assert_eq!(range("bytes=-4").await.bytes, b"PAR1");
    assert_eq!(range(&format!("bytes={length}-")).await.status, 416);
    let tag = whole.header("etag").unwrap();
    let again = fetch_with(&running, link, header(reqwest::header::IF_NONE_MATCH, tag)).await;
    assert_eq!((again.status, again.bytes.len()), (304, 0));
    // Who zips by habit does not zip what is zipped.
    let plain = reqwest::Client::builder().no_gzip().build().unwrap();
    let address = format!("http://{}{}", running.gateway.address, link.as_str().unwrap());
    let response = plain.get(&address).header("accept-encoding", "gzip").send().await.unwrap();
    assert!(response.headers().get("content-encoding").is_none());
    let head = plain.head(&address).send().await.unwrap();
    assert_eq!(head.headers()["content-length"], length.to_string());
}
