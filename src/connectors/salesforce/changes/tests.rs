//! Streams of the emulated vendor: everything once, then what changed, and the same as live reading.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use chrono::{DateTime, TimeDelta, Utc};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tower::ServiceExt;

use crate::connectors::bridge::Shared;
use crate::connectors::told::{Reader, Told, reading};
use crate::domain::clock::Clock;
use crate::domain::custom::CustomValue;
use crate::domain::event::EventKind;
use crate::domain::id::{RecordKey, SourceName};
use crate::domain::person::PersonRecord;
use crate::domain::record::{Side, SourceInfo, Vendor};
use crate::sandbox::credentials::{SALESFORCE_CLIENT_ID, SALESFORCE_CLIENT_SECRET};
use crate::sandbox::faults::{FaultKind, Faults, Switch};
use crate::sandbox::generate::generate;
use crate::sandbox::world::World;
use crate::sandbox::{clock, salesforce};
use crate::source::Connection;
use crate::source::changes::{BAD_POSITION, Change, Changes, Pace, UNKNOWN_STREAM};
use crate::source::error::SourceErrorKind;
use crate::upstream::Wire;

const AS_OF: &str = "2025-04-01T00:00:00Z";
const CUSTOM: [&[&str]; 3] = [&["tier"], &["segment"], &["loss_reason"]];

/// A running org, a connection to it, and a door for changing things behind the connection's back.
struct Company {
    world: World,
    connection: Connection,
    faults: Arc<Faults>,
    router: Router,
    token: String,
    url: String,
    server: JoinHandle<()>,
}

impl Drop for Company {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn as_of() -> DateTime<Utc> {
    AS_OF.parse().expect("an instant")
}

fn connect(url: &str) -> Connection {
    let options = json!({
        "login_url": url,
        "client_id": SALESFORCE_CLIENT_ID,
        "client_secret": SALESFORCE_CLIENT_SECRET,
        "fields": {
            "person": { "tier": { "field": "Tier__c", "type": "TEXT" } },
            "account": { "segment": { "field": "Segment__c", "type": "TEXT" } },
            "opportunity": { "loss_reason": { "field": "Loss_Reason__c", "type": "TEXT" } },
        },
    });
    let info = SourceInfo {
        name: SourceName::new("sales"),
        label: Arc::from("Sales"),
        vendor: Vendor::Salesforce,
        side: Side::Sales,
        rank: 0,
    };
    let wire = Wire::new(Duration::from_secs(1)).expect("a client");
    let shared = Shared { wire, clock: Clock::starting_at(as_of()) };
    let options = serde_json::from_value(options).expect("options");
    super::super::connect(info, options, &shared).expect("a connection")
}

impl Company {
    async fn start(people: usize) -> Self {
        Self::of(generate(people, 7, as_of())).await
    }

    async fn of(world: World) -> Self {
        let faults = Arc::new(Faults::default());
        let router = salesforce::router(&world, clock::Clock::starting_at(as_of()), &faults);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("a bound port"));
        let served = router.clone();
        let server =
            tokio::spawn(async move { axum::serve(listener, served).await.expect("the vendor runs") });
        let connection = connect(&url);
        let mut company = Self { world, connection, faults, router, token: String::new(), url, server };
        let form = format!(
            "grant_type=client_credentials&client_id={SALESFORCE_CLIENT_ID}&client_secret={SALESFORCE_CLIENT_SECRET}"
        );
        let (_, answer) = company.send(Method::POST, "/services/oauth2/token", form).await;
        company.token = serde_json::from_str::<Value>(&answer).expect("JSON")["access_token"]
            .as_str()
            .expect("a token")
            .to_owned();
        company
    }

    fn changes(&self) -> &dyn Changes {
        self.connection.changes.as_deref().expect("it tells changes")
    }

    async fn send(&self, method: Method, path: &str, body: String) -> (StatusCode, String) {
        let request = Request::builder().method(method).uri(path).header("host", "127.0.0.1:8");
        let kind = if body.starts_with('<') { "text/xml" } else { "application/json" };
        let request = request.header("content-type", kind);
        let request = request.header("authorization", format!("Bearer {}", self.token));
        let request = request.body(Body::from(body)).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("a router always answers");
        let status = response.status();
        let bytes = response.into_body().collect().await.expect("the body is in memory").to_bytes();
        (status, String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Writes a row; the answer's id, where there is one.
    async fn write(&self, method: Method, path: &str, body: Value) -> String {
        let path = format!("/services/data/v62.0/sobjects/{path}");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let (status, answer) = self.send(method, &path, body).await;
        assert!(status.is_success(), "{path}: {status} {answer}");
        let answer = serde_json::from_str::<Value>(&answer).unwrap_or_default();
        answer["id"].as_str().unwrap_or_default().to_owned()
    }

    async fn convert(&self, lead: &str) {
        let body = format!(
            "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns=\"urn:partner.soap.sforce.com\">\
             <soapenv:Header><SessionHeader><sessionId>{}</sessionId></SessionHeader></soapenv:Header><soapenv:Body>\
             <convertLead><leadConverts><convertedStatus>Closed - Converted</convertedStatus>\
             <doNotCreateOpportunity>false</doNotCreateOpportunity><leadId>{lead}</leadId></leadConverts></convertLead>\
             </soapenv:Body></soapenv:Envelope>",
            self.token
        );
        let (_, answer) = self.send(Method::POST, "/services/Soap/u/62.0", body).await;
        assert!(answer.contains("<success>true</success>"), "{answer}");
    }

    /// The ids of an object's rows for which `holds` a column's value.
    fn rows(&self, object: &str, column: &str, holds: impl Fn(Option<&str>) -> bool) -> BTreeSet<String> {
        let table = self.world.table("salesforce", object).expect("the world has the table");
        let rows = table.rows.iter().filter(|row| holds(table.value(row, column)));
        rows.map(|row| table.value(row, "Id").expect("an id").to_owned()).collect()
    }
}

#[tokio::test]
async fn everything_is_told_once_and_as_live_reading_tells_it() {
    let company = Company::start(300).await;
    let told = Reader::default().passes(company.changes()).await;
    let all = |_: Option<&str>| true;
    for object in ["Lead", "Contact", "Account", "Opportunity", "Campaign", "User"] {
        assert_eq!(told.ids(object), company.rows(object, "Id", all), "{object}");
    }
    let live = |deleted: Option<&str>| deleted != Some("true");
    let members = company.rows("CampaignMember", "IsDeleted", live);
    assert_eq!(told.ids("CampaignMember"), members);
    let twice: Vec<_> = told.times.iter().filter(|(_, times)| **times != 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    assert!(told.people.values().any(|person| person.meta.merged_into.is_some()), "losers of merges");
    assert!(told.people.values().any(|person| person.custom.contains_key("tier")));
    let compared = told.assert_same_as_live(&company.connection, CUSTOM).await;
    assert!(compared > 1_500, "only {compared} events");
}

#[tokio::test]
async fn an_event_is_told_once_for_each_history_it_stands_in() {
    let company = Company::start(300).await;
    let told = Reader::default().passes(company.changes()).await;
    for (of, events) in &told.events {
        let mut seen = BTreeSet::new();
        for event in events {
            // A merge is told by the loser's row, and by the winner's where its history says so.
            let is_new = seen.insert((event.kind, event.vendor_id.clone(), format!("{:?}", event.detail)));
            assert!(is_new || event.kind == EventKind::RecordMerged, "{of}: {event:#?}");
        }
    }
}

#[tokio::test]
async fn a_stream_that_is_interrupted_anywhere_misses_nothing() {
    let company = Company::start(1_000).await;
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
            let other = connect(&company.url);
            let batch = reader.batch(&*other.changes.expect("it tells changes"), stream.name).await;
            again.add(batch.changes);
            batches += 1;
            if batch.caught_up {
                break;
            }
        }
    }
    assert!(batches > company.changes().streams().len(), "one stream at least takes several batches");
    assert_eq!(again.times, whole.times);
    assert_eq!(again.events.len(), whole.events.len());
    for (of, events) in &again.events {
        assert_eq!(events.len(), whole.events[of].len(), "{of}");
    }
}

#[tokio::test]
async fn later_passes_tell_what_was_created_changed_deleted_and_converted() {
    let company = Company::start(300).await;
    let mut reader = Reader::default();
    let mut kept = reader.passes(company.changes()).await;
    let quiet = reader.passes(company.changes()).await;
    let recent = |key: &RecordKey, told: &Told| {
        let stamp = told.people.get(key).map(|it| it.meta.updated_at);
        stamp.is_none_or(|at| at >= as_of() - TimeDelta::minutes(10))
    };
    assert!(quiet.people.keys().all(|key| recent(key, &quiet)), "a quiet pass repeats the overlap alone");

    let open = company.rows("Lead", "IsConverted", |it| it != Some("true"));
    let alive = company.rows("Lead", "IsDeleted", |it| it != Some("true"));
    let mut leads = open.intersection(&alive).cloned();
    let mut lead = || leads.next().expect("a lead");
    let (changed, deleted, converted) = (lead(), lead(), lead());
    company.write(Method::PATCH, &format!("Lead/{changed}"), json!({"Title": "Captain"})).await;
    company.write(Method::DELETE, &format!("Lead/{deleted}"), Value::Null).await;
    company.convert(&converted).await;
    let new = json!({"LastName": "New", "Company": "Acme", "Email": "new@acme.example"});
    let new = company.write(Method::POST, "Lead", new).await;
    let task = json!({"WhoId": new, "Subject": "Call back", "Status": "Not Started"});
    let task = company.write(Method::POST, "Task", task).await;
    let some = company.rows("CampaignMember", "IsDeleted", |it| it != Some("true"));
    let member = some.first().expect("a member").clone();
    company.write(Method::DELETE, &format!("CampaignMember/{member}"), Value::Null).await;
    let deal = kept.opportunities.values().find(|it| !it.contacts.is_empty() && it.meta.deleted_at.is_none());
    let deal = deal.expect("a deal with people").meta.key.id.to_string();
    let contact = kept.ids("Contact").into_iter().next_back().expect("a contact");
    let role = json!({"OpportunityId": deal, "ContactId": contact, "Role": "Evaluator"});
    company.write(Method::POST, "OpportunityContactRole", role).await;

    let news = reader.passes(company.changes()).await;
    let key = |object: &str, id: &str| RecordKey::new(&SourceName::new("sales"), object, id);
    assert_eq!(news.people[&key("Lead", &changed)].title.as_deref(), Some("Captain"));
    assert!(news.people[&key("Lead", &deleted)].meta.deleted_at.is_some());
    assert!(news.people.contains_key(&key("Lead", &new)));
    let conversion = news.people[&key("Lead", &converted)].conversion.clone().expect("a conversion");
    assert!(news.people.contains_key(&conversion.contact.expect("a contact")));
    assert!(news.accounts.contains_key(&conversion.account.expect("an account")));
    assert!(news.opportunities.contains_key(&conversion.opportunity.expect("an opportunity")));
    let kinds = |id: &str| news.events[&key("Lead", id)].iter().map(|it| it.kind).collect::<BTreeSet<_>>();
    assert!(kinds(&converted).contains(&EventKind::LeadConverted));
    assert!(kinds(&deleted).contains(&EventKind::RecordDeleted));
    assert!(kinds(&new).contains(&EventKind::Task));
    assert!(news.gone.contains(&key("CampaignMember", &member)));
    let people = &news.opportunities[&key("Opportunity", &deal)].contacts;
    assert!(people.iter().any(|it| *it.person.id == *contact), "a role alone makes the deal be told anew");
    let expected: BTreeSet<_> = [&changed, &deleted, &converted, &new].into_iter().cloned().collect();
    let surplus: Vec<_> = news.ids("Lead").difference(&expected).cloned().collect();
    assert!(surplus.iter().all(|id| recent(&key("Lead", id), &news)), "{surplus:?}");

    company.write(Method::DELETE, &format!("Task/{task}"), Value::Null).await;
    let later = reader.passes(company.changes()).await;
    assert!(later.gone.contains(&key("Task", &task)));
    // A member or a task that is gone is in no history; deleted people are still told as such.
    for mut news in [quiet, news, later] {
        news.gone.retain(|key| matches!(&*key.object, "CampaignMember" | "Task" | "Event"));
        kept.keep(news);
    }
    kept.assert_same_as_live(&company.connection, CUSTOM).await;
}

/// A company whose contacts show their account's segment in the field that settings call their tier.
fn with_a_formula(people: usize) -> World {
    let mut world = generate(people, 7, as_of());
    let fields = world.vendors.get_mut("salesforce").and_then(|tables| tables.get_mut("fields"));
    let fields = fields.expect("custom fields");
    let (object, name) =
        (fields.column("object").expect("a column"), fields.column("name").expect("a column"));
    for row in &mut fields.rows {
        let is_it = row[object].as_deref() == Some("Contact") && row[name].as_deref() == Some("Tier__c");
        let formula = is_it.then(|| Arc::from("Account.Segment__c"));
        *row = row.iter().cloned().chain([formula]).collect();
    }
    fields.columns.push("formula".into());
    world
}

#[tokio::test]
async fn a_field_the_org_computes_is_told_although_no_stamp_moved() {
    let company = Company::of(with_a_formula(300)).await;
    let mut reader = Reader::default();
    let told = reader.passes(company.changes()).await;
    let is_settled = |person: &&PersonRecord| person.account.is_some() && person.meta.deleted_at.is_none();
    let contacts = told.people.values().filter(|it| &*it.meta.key.object == "Contact");
    let contact = contacts.clone().find(is_settled).expect("a contact with an account");
    let account = contact.account.as_ref().expect("it has one");
    let segment = |value: &CustomValue| format!("{value:?}");
    assert_eq!(
        contact.custom.get("tier").map(segment),
        told.accounts[account].custom.get("segment").map(segment),
        "it shows what its account says"
    );
    let path = format!("Account/{}", account.id);
    company.write(Method::PATCH, &path, json!({"Segment__c": "Cartography"})).await;

    let mut news = Told::default();
    news.add(reader.pass(company.changes(), "contacts").await);
    let is_new = |told: &Told| {
        let person = told.people.get(&contact.meta.key);
        person.and_then(|it| it.custom.get("tier")).is_some_and(|it| segment(it).contains("Cartography"))
    };
    assert!(!is_new(&news), "its stamp says that nothing changed");
    news.add(reader.pass(company.changes(), "computed_contacts").await);
    assert!(is_new(&news));
    assert_eq!(news.ids("Contact"), told.ids("Contact"), "all of them are read again");
    for quiet in ["computed_leads", "computed_accounts", "computed_opportunities"] {
        assert!(reader.pass(company.changes(), quiet).await.is_empty(), "{quiet}: nothing is computed there");
    }
}

#[tokio::test]
async fn what_changes_during_a_first_pass_is_told_by_the_next_one() {
    let company = Company::start(1_000).await;
    let mut reader = Reader::default();
    let first = reader.batch(company.changes(), "leads").await;
    assert!(!first.caught_up, "one page is not all");
    let Some(Change::Person(seen)) = first.changes.iter().find(
        |it| matches!(it, Change::Person(it) if it.meta.deleted_at.is_none() && it.conversion.is_none()),
    ) else {
        panic!("a lead")
    };
    let path = format!("Lead/{}", seen.meta.key.id);
    company.write(Method::PATCH, &path, json!({"Title": "Captain"})).await;
    reader.pass(company.changes(), "leads").await;
    let mut news = Told::default();
    news.add(reader.pass(company.changes(), "leads").await);
    assert_eq!(news.people[&seen.meta.key].title.as_deref(), Some("Captain"));
}

#[tokio::test]
async fn an_unknown_stream_or_position_is_refused_and_a_silent_vendor_changes_nothing() {
    let company = Company::start(40).await;
    let changes = company.changes();
    let refused = async |stream: &str, after: Option<&str>| {
        changes.read(stream, after, &reading()).await.expect_err("it is refused").kind
    };
    let code = |code: &str| SourceErrorKind::Rejected { code: code.to_owned() };
    assert_eq!(refused("nonsense", None).await, code(UNKNOWN_STREAM));
    let mut reader = Reader::default();
    reader.pass(changes, "leads").await;
    let ours = reader.positions["leads"].clone();
    assert!(!ours.contains("01g"), "no locator");
    for damaged in ["", "{}", "00Q000000000001AAA", &ours[1..]] {
        assert_eq!(refused("leads", Some(damaged)).await, code(BAD_POSITION), "{damaged}");
    }
    assert_eq!(refused("contacts", Some(&ours)).await, code(BAD_POSITION));
    let evil =
        ours.replace("\"since\"", "\"after\":\"x' OR Id != '\",\"began\":\"2025-04-01T00:00:00Z\",\"since\"");
    assert_eq!(refused("leads", Some(&evil)).await, code(BAD_POSITION));
    let down = Switch { status: Some(500), ..Switch::new(FaultKind::Status) };
    company.faults.set(vec![down]).expect("a switch");
    let error = changes.read("leads", Some(&ours), &reading()).await.expect_err("it is down");
    assert!(error.kind.can_pass());
    company.faults.clear();
}

/// Not a promise but a measurement: shown with `--nocapture`, and held to what the README says.
#[tokio::test]
async fn a_first_pass_and_a_quiet_one_cost_what_the_readme_says() {
    let company = Company::start(1_000).await;
    let mut reader = Reader::default();
    reader.passes(company.changes()).await;
    let first: u32 = reader.cost.values().map(|(calls, _)| calls).sum();
    let mut quiet = Reader { positions: reader.positions, ..Reader::default() };
    quiet.passes(company.changes()).await;
    let often =
        company.changes().streams().into_iter().filter(|it| it.pace == Pace::Changes).map(|it| it.name);
    let often: u32 = often.map(|name| quiet.cost[name].0).sum();
    assert!(first < 60, "{:#?}", reader.cost);
    assert!(often <= 12, "{:#?}", quiet.cost);
}
