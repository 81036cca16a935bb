//! Streams of the emulated vendor: everything once, then what changed, and the same as live reading.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use chrono::{DateTime, TimeDelta, Utc};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tower::ServiceExt;

use crate::connectors::bridge::Shared;
use crate::connectors::hubspot::fake::info;
use crate::connectors::told::{Reader, Told, reading};
use crate::domain::clock::Clock;
use crate::domain::event::EventKind;
use crate::domain::id::{RecordKey, SourceName};
use crate::domain::person::PersonRecord;
use crate::sandbox::clock;
use crate::sandbox::credentials::HUBSPOT_TOKEN;
use crate::sandbox::faults::Faults;
use crate::sandbox::generate::generate;
use crate::sandbox::hubspot::{Options, router_with};
use crate::sandbox::world::World;
use crate::source::Connection;
use crate::source::changes::{BAD_POSITION, Changes, Pace, UNKNOWN_STREAM};
use crate::source::error::SourceErrorKind;
use crate::upstream::Wire;

const CUSTOM: [&[&str]; 3] = [&["tier"], &["segment"], &[]];

/// A running account, a connection to it, and a door for changing things behind the connection's back.
struct Company {
    world: World,
    connection: Connection,
    router: Router,
    url: String,
    server: JoinHandle<()>,
}

impl Drop for Company {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn as_of() -> DateTime<Utc> {
    "2025-04-01T00:00:00Z".parse().expect("an instant")
}

fn connect(url: &str) -> Connection {
    let options = format!(
        "base_url = \"{url}\"\naccess_token = \"{HUBSPOT_TOKEN}\"\nopportunities = true\n\
         [limits]\nburst = 100000\nsearches = 100000\n\
         [cross_references]\nsource = \"sales\"\nopportunity = \"salesforceopportunityid\"\n\
         [fields.person]\ntier = {{ property = \"icp_tier\", type = \"TEXT\" }}\n\
         [fields.account]\nsegment = {{ property = \"customer_segment\", type = \"TEXT\" }}\n"
    );
    let wire = Wire::new(Duration::from_secs(2)).expect("TLS works here");
    let shared = Shared { wire, clock: Clock::starting_at(as_of()) };
    let options = toml::from_str(&options).expect("good options");
    super::super::connect(info(), options, &shared).expect("a connection")
}

impl Company {
    async fn start(people: usize) -> Self {
        Self::with(generate(people, 7, as_of())).await
    }

    async fn with(world: World) -> Self {
        let options = Options {
            calls_per_ten_seconds: 100_000,
            searches_per_second: 100_000,
            indexing_delay: Duration::ZERO,
            ..Options::default()
        };
        let clock = clock::Clock::starting_at(as_of());
        let router = router_with(&world, clock, &Arc::new(Faults::default()), options);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("a bound port"));
        let served = router.clone();
        let server =
            tokio::spawn(async move { axum::serve(listener, served).await.expect("the vendor runs") });
        Self { world, connection: connect(&url), router, url, server }
    }

    fn changes(&self) -> &dyn Changes {
        self.connection.changes.as_deref().expect("it tells changes")
    }

    async fn call(&self, method_and_path: &str, body: Value) -> Value {
        let (method, path) = method_and_path.split_once(' ').expect("a method and a path");
        let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        let request = request.header("authorization", format!("Bearer {HUBSPOT_TOKEN}"));
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let response = self.router.clone().oneshot(request.body(body).expect("a request")).await;
        let response = response.expect("a router always answers");
        let status = response.status();
        let bytes = response.into_body().collect().await.expect("the body is in memory").to_bytes();
        assert!(status.is_success(), "{method_and_path}: {status} {}", String::from_utf8_lossy(&bytes));
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    /// The ids of all rows of a table, the archived ones among them.
    fn rows(&self, table: &str) -> BTreeSet<String> {
        let table = self.world.table("hubspot", table).expect("the world has the table");
        table.rows.iter().map(|row| table.value(row, "id").expect("an id").to_owned()).collect()
    }
}

fn key(object: &str, id: &str) -> RecordKey {
    RecordKey::new(&SourceName::new("marketing"), object, id)
}

#[tokio::test]
async fn everything_is_told_once_and_as_live_reading_tells_it() {
    let company = Company::start(300).await;
    let told = Reader::default().passes(company.changes()).await;
    let tables = [
        ("contact", "contacts"),
        ("company", "companies"),
        ("deal", "deals"),
        ("campaign", "campaigns"),
        ("owner", "owners"),
    ];
    for (object, table) in tables {
        assert_eq!(told.ids(object), company.rows(table), "{object}");
    }
    let twice: Vec<_> = told.times.iter().filter(|(_, times)| **times != 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    assert!(told.people.values().any(|person| person.meta.deleted_at.is_some()), "archived people");
    assert!(told.people.values().any(|person| person.custom.contains_key("tier")));
    assert!(told.people.values().any(|person| !person.meta.merged_ids.is_empty()), "winners of merges");
    let losers = told.people.values().flat_map(|it| &it.meta.merged_ids);
    assert!(losers.into_iter().all(|id| told.gone.contains(&key("contact", id))));
    let compared = told.assert_same_as_live(&company.connection, CUSTOM).await;
    assert!(compared > 3_000, "only {compared} events");
}

#[tokio::test]
async fn an_event_is_told_once_for_each_history_it_stands_in() {
    let company = Company::start(300).await;
    let told = Reader::default().passes(company.changes()).await;
    let mut mails = 0;
    for (of, events) in told.events.iter().map(|(of, it)| (of.to_string(), it)) {
        let seen: BTreeSet<String> = events.iter().map(|event| format!("{event:?}")).collect();
        assert_eq!(seen.len(), events.len(), "{of}");
    }
    for (address, events) in &told.mail {
        let seen: BTreeSet<String> = events.iter().map(|event| format!("{event:?}")).collect();
        assert_eq!(seen.len(), events.len(), "{address}");
        mails += events.len();
    }
    assert!(mails > 100, "only {mails}");
}

#[tokio::test]
async fn a_stream_that_is_interrupted_anywhere_misses_nothing() {
    let company = Company::start(500).await;
    let whole = Reader::default().passes(company.changes()).await;
    let mut reader = Reader::default();
    let mut again = Told::default();
    let mut batches = 0;
    for stream in company.changes().streams() {
        loop {
            let position = reader.positions.get(stream.name).cloned();
            // What was read is lost with the process; another one goes on from the last position.
            let lost = connect(&company.url).changes.expect("it tells changes");
            let reading = reading();
            lost.read(stream.name, position.as_deref(), &reading).await.expect("a batch");
            let other = connect(&company.url).changes.expect("it tells changes");
            let batch = reader.batch(&*other, stream.name).await;
            again.add(batch.changes);
            batches += 1;
            if batch.caught_up {
                break;
            }
        }
    }
    assert!(batches > company.changes().streams().len(), "one stream at least takes several batches");
    assert_eq!(again.times, whole.times);
    let counts = |told: &Told| told.events.iter().map(|(of, it)| (of.clone(), it.len())).collect::<Vec<_>>();
    assert_eq!(counts(&again), counts(&whole));
    let mails = |told: &Told| told.mail.iter().map(|(of, it)| (of.clone(), it.len())).collect::<Vec<_>>();
    assert_eq!(mails(&again), mails(&whole));
}

#[tokio::test]
async fn later_passes_tell_what_was_created_changed_archived_and_merged() {
    let company = Company::start(300).await;
    let mut reader = Reader::default();
    let mut kept = reader.passes(company.changes()).await;
    let quiet = reader.passes(company.changes()).await;
    let since = as_of() - TimeDelta::minutes(10);
    let touched = |it: &PersonRecord| it.meta.updated_at.max(it.meta.deleted_at.unwrap_or_default());
    assert!(quiet.people.values().all(|it| touched(it) >= since), "only the overlap is repeated");
    let live = kept.people.values().filter(|it| it.meta.deleted_at.is_none());
    let live: Vec<String> = live.map(|it| it.meta.key.id.to_string()).take(4).collect();
    let mut live = live.into_iter();
    let mut contact = || live.next().expect("a contact");
    let (changed, archived, winner, loser) = (contact(), contact(), contact(), contact());
    let contacts = "/crm/v3/objects/contacts";
    let title = json!({"properties": {"jobtitle": "Captain"}});
    company.call(&format!("PATCH {contacts}/{changed}"), title).await;
    company.call(&format!("DELETE {contacts}/{archived}"), Value::Null).await;
    let merge = json!({"primaryObjectId": winner, "objectIdToMerge": loser});
    let merged = company.call(&format!("POST {contacts}/merge"), merge).await;
    let merged = merged["id"].as_str().expect("an id").to_owned();
    let new = json!({"properties": {"email": "new@acme.example", "lastname": "New"}});
    let new = company.call(&format!("POST {contacts}"), new).await;
    let new = new["id"].as_str().expect("an id").to_owned();
    let call = json!({
        "properties": {"hs_timestamp": "2025-04-01T00:00:00Z", "hs_call_title": "Hello"},
        "associations": [{"to": {"id": new},
                          "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 194}]}],
    });
    let call = company.call("POST /crm/v3/objects/calls", call).await;
    let call = call["id"].as_str().expect("an id").to_owned();

    let news = reader.passes(company.changes()).await;
    assert_eq!(news.people[&key("contact", &changed)].title.as_deref(), Some("Captain"));
    assert!(news.people[&key("contact", &archived)].meta.deleted_at.is_some());
    assert!(news.people.contains_key(&key("contact", &new)));
    let survivor = &news.people[&key("contact", &merged)];
    for id in [&winner, &loser] {
        assert!(*id == merged || survivor.meta.merged_ids.iter().any(|it| **it == **id), "{id}");
        assert!(*id == merged || news.gone.contains(&key("contact", id)), "{id}");
    }
    let kinds = |id: &str| news.events[&key("contact", id)].iter().map(|it| it.kind).collect::<BTreeSet<_>>();
    assert!(kinds(&archived).contains(&EventKind::RecordDeleted));
    assert!(kinds(&merged).contains(&EventKind::RecordMerged));
    assert!(kinds(&new).contains(&EventKind::Call));
    let expected = [&changed, &archived, &merged, &new];
    let surplus = news.people.values().filter(|it| expected.iter().all(|id| **id != *it.meta.key.id));
    for person in surplus {
        assert!(touched(person) >= since, "{}", person.meta.key);
    }
    kept.keep(quiet);
    kept.keep(news);
    kept.assert_same_as_live(&company.connection, CUSTOM).await;

    company.call(&format!("DELETE /crm/v3/objects/calls/{call}"), Value::Null).await;
    let later = reader.passes(company.changes()).await;
    assert!(later.gone.contains(&key("call", &call)));
    kept.keep(later);
    kept.assert_same_as_live(&company.connection, CUSTOM).await;
}

#[tokio::test]
async fn an_import_that_stamps_a_thousand_records_alike_is_read_whole() {
    let company = Company::start(40).await;
    let mut reader = Reader::default();
    reader.pass(company.changes(), "contacts").await;
    let mut made = BTreeSet::new();
    for batch in 0..5 {
        let inputs = (0..100).map(|n| json!({"properties": {"email": format!("m{batch}.{n}@acme.example")}}));
        let body = json!({ "inputs": inputs.collect::<Vec<_>>() });
        let answer = company.call("POST /crm/v3/objects/contacts/batch/create", body).await;
        let results = answer["results"].as_array().expect("results").clone();
        made.extend(results.iter().map(|it| it["id"].as_str().expect("an id").to_owned()));
    }
    let stamps: BTreeSet<DateTime<Utc>> = {
        let mut news = Told::default();
        news.add(reader.pass(company.changes(), "contacts").await);
        let missing: Vec<_> = made.difference(&news.ids("contact")).cloned().collect();
        assert!(missing.is_empty(), "{missing:?}");
        news.people.values().map(|it| it.meta.updated_at).collect()
    };
    assert!(stamps.len() < 500, "many share a stamp");
}

#[tokio::test]
async fn an_unknown_stream_or_position_is_refused() {
    let company = Company::start(40).await;
    let changes = company.changes();
    let refused = async |stream: &str, after: Option<&str>| {
        changes.read(stream, after, &reading()).await.expect_err("it is refused").kind
    };
    let code = |code: &str| SourceErrorKind::Rejected { code: code.to_owned() };
    assert_eq!(refused("nonsense", None).await, code(UNKNOWN_STREAM));
    let mut reader = Reader::default();
    for stream in changes.streams() {
        reader.pass(changes, stream.name).await;
        let ours = reader.positions[stream.name].clone();
        for damaged in ["", "{}", "512", &ours[1..]] {
            assert_eq!(refused(stream.name, Some(damaged)).await, code(BAD_POSITION), "{damaged}");
        }
        let other = if stream.name == "contacts" { "companies" } else { "contacts" };
        assert_eq!(refused(other, Some(&ours)).await, code(BAD_POSITION));
    }
    let evil = r#"{"v":1,"stream":"contacts","began":"2025-04-01T00:00:00Z","after":{"id":"1 OR 1"}}"#;
    assert_eq!(refused("contacts", Some(evil)).await, code(BAD_POSITION));
    let endless =
        r#"{"v":1,"stream":"email_events","began":"2025-04-01T00:00:00Z","after":{"from":0,"length":0}}"#;
    assert_eq!(refused("email_events", Some(endless)).await, code(BAD_POSITION));
}

/// Not a promise but a measurement, held to what the README says.
#[tokio::test]
async fn a_first_pass_and_a_quiet_one_cost_what_the_readme_says() {
    let company = Company::start(1_000).await;
    let mut reader = Reader::default();
    reader.passes(company.changes()).await;
    for (stream, (calls, rows)) in &reader.cost {
        let thousands = rows.div_ceil(1_000);
        let most = match *stream {
            "contacts" => 5 + 26 * thousands as u32,
            _ => u32::MAX,
        };
        assert!(*calls <= most, "{stream}: {calls} calls for {rows} rows");
    }
    let mut quiet = Reader { positions: reader.positions, ..Reader::default() };
    quiet.passes(company.changes()).await;
    let often =
        company.changes().streams().into_iter().filter(|it| it.pace == Pace::Changes).map(|it| it.name);
    let often: u32 = often.map(|name| quiet.cost[name].0).sum();
    assert!(often <= 20, "{:#?}", quiet.cost);
}
