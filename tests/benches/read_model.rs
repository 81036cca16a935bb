//! What the read model costs: the time to start from a ledger, resident memory, a change, a page.
//!
//! `LEADLINE_BENCH_PEOPLE=1000000 cargo bench --bench read_model` makes a SQLite ledger of so many people (100,000 without
//! it) with ten events each, builds the read model from it and prints what that took. The ledger is made in
//! `LEADLINE_BENCH_LEDGER` and kept there, so that a second run starts from it; without that it is made in a temporary
//! folder and goes with it.

#![expect(clippy::unwrap_used, reason = "a benchmark that meets the unexpected shall fail where it meets it")]
#![expect(clippy::print_stdout, reason = "the numbers are what it is for")]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use leadline::domain::account::AccountRecord;
use leadline::domain::clock::Clock;
use leadline::domain::event::{Detail, Event, EventKind, Precision};
use leadline::domain::id::{RecordKey, SourceName};
use leadline::domain::lead_source::{Channel, LeadSource};
use leadline::domain::lifecycle::LifecycleStage;
use leadline::domain::money::Money;
use leadline::domain::opportunity::{
    OpportunityContactRole, OpportunityRecord, StageCategory, StageSnapshot,
};
use leadline::domain::person::{PersonRecord, PersonRole};
use leadline::domain::record::{RecordMeta, Side, SourceInfo, Vendor};
use leadline::domain::territory::Company;
use leadline::domain::view::View;
use leadline::facts::lists::{By, PeopleAsk, PersonFilter, PersonOrder, StringFilter, Take};
use leadline::facts::{Facts, Rules};
use leadline::ledger::entry::{Batch, CapturedRecord, Observation};
use leadline::ledger::{self, Ledger};
use leadline::unify::identity::rules::IdentityRules;
use leadline::unify::live::CustomFields;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const EVENTS: usize = 10;
const DAYS: i64 = 730;
/// People whose records and events are written in one transaction.
const AT_ONCE: usize = 1_000;

#[tokio::main]
async fn main() {
    let people: usize = std::env::var("LEADLINE_BENCH_PEOPLE")
        .map_or(100_000, |text| text.parse().expect("a number of people"));
    let folder = tempfile::tempdir().unwrap();
    let file = std::env::var_os("LEADLINE_BENCH_LEDGER")
        .map_or_else(|| folder.path().join("bench.db"), PathBuf::from);
    let ledger = ledger::open(&format!("sqlite:{}", file.display())).await.unwrap();
    if ledger.last_sequence().await.unwrap() == 0 {
        let begun = Instant::now();
        fill(&*ledger, people).await;
        let rows = ledger.last_sequence().await.unwrap();
        let seconds = begun.elapsed().as_secs_f64();
        println!(
            "making a ledger of {rows} rows: {seconds:.1} s, {:.0} rows a second",
            rows as f64 / seconds
        );
    }
    println!("the ledger's file: {} MiB", fs::metadata(&file).unwrap().len() >> 20);

    let before = resident_mib();
    let facts = Facts::new(ledger.clone(), rules(), Clock::starting_at(as_of()));
    let begun = Instant::now();
    let built = facts.refresh().await.unwrap();
    println!(
        "start: {:.1} s for {} rows and {} components; {} MiB resident more than before, {} MiB at the most",
        begun.elapsed().as_secs_f64(),
        built.entries,
        built.components,
        resident_mib() - before,
        status_mib("VmHWM:"),
    );

    let snapshot = facts.snapshot().unwrap();
    let view = View::system();
    let filter = PersonFilter {
        domain: Some(StringFilter { eq: Some("company7.example".into()), ..StringFilter::default() }),
        ..PersonFilter::default()
    };
    let order = vec![By { field: PersonOrder::CreatedAt, descending: true }];
    for (what, filter) in [("everybody", None), ("a domain's people", Some(filter))] {
        let ask = PeopleAsk { filter, order: order.clone(), take: Take::First(50), ..PeopleAsk::default() };
        let begun = Instant::now();
        let page = snapshot.people(&view, &ask).unwrap();
        println!(
            "a page of 50 of {what} by creation: {:.1} ms of {} people",
            begun.elapsed().as_secs_f64() * 1_000.0,
            page.total
        );
    }
    drop(snapshot);

    let changed = person(&mut ChaCha8Rng::seed_from_u64(1), people / 2).remove(0);
    write(&*ledger, vec![changed]).await;
    let begun = Instant::now();
    let refreshed = facts.refresh().await.unwrap();
    println!(
        "a change of one person: {:.1} ms, {} component made; {} MiB at the most",
        begun.elapsed().as_secs_f64() * 1_000.0,
        refreshed.components,
        status_mib("VmHWM:"),
    );
}

fn as_of() -> DateTime<Utc> {
    "2025-01-01T00:00:00Z".parse().unwrap()
}

fn rules() -> Rules {
    let source = |name: &str, vendor, side, rank| SourceInfo {
        name: SourceName::new(name),
        label: name.into(),
        vendor,
        side,
        rank,
    };
    Rules {
        sources: vec![
            source("sales", Vendor::Salesforce, Side::Sales, 0),
            source("marketing", Vendor::HubSpot, Side::Marketing, 1),
        ],
        identity: IdentityRules::default(),
        campaigns: Vec::new(),
        fields: CustomFields::default(),
        company: Company::default(),
        zone: chrono_tz::Tz::UTC,
    }
}

/// So many people: a lead in sales and a contact in marketing that share an address, five of them an account, one
/// opportunity for every five, and ten events each.
async fn fill(ledger: &dyn Ledger, people: usize) {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let mut batch = Vec::new();
    for place in 0..people {
        batch.extend(person(&mut random, place));
        if place % AT_ONCE == AT_ONCE - 1 || place + 1 == people {
            write(ledger, std::mem::take(&mut batch)).await;
        }
    }
}

async fn write(ledger: &dyn Ledger, observations: Vec<Observation>) {
    let batch = Batch {
        source: SourceName::new("sales"),
        stream: "bench".into(),
        observed_at: as_of(),
        observations,
        progress: None,
    };
    ledger.append(batch).await.unwrap();
}

fn key(source: &str, object: &str, place: usize) -> RecordKey {
    RecordKey::new(&SourceName::new(source), object, format!("{place:015}"))
}

fn meta(key: RecordKey, at: DateTime<Utc>, changed: DateTime<Utc>) -> RecordMeta {
    RecordMeta {
        key,
        created_at: at,
        updated_at: changed,
        fetched_at: as_of(),
        deleted_at: None,
        merged_into: None,
        merged_ids: Vec::new(),
        url: None,
    }
}

/// What there is to say of the person at a place, and of the account and opportunity that come with every fifth.
fn person(random: &mut ChaCha8Rng, place: usize) -> Vec<Observation> {
    let created = as_of() - TimeDelta::seconds(random.random_range(86_400..DAYS * 86_400));
    let company = place / 5;
    let channel = Channel::ALL[random.random_range(0..Channel::ALL.len())];
    let (lead, contact) = (key("sales", "Lead", place), key("marketing", "contact", place));
    let record = |own: &RecordKey, role, changed| PersonRecord {
        meta: meta(own.clone(), created, changed),
        role,
        first_name: Some(format!("Given{}", place % 997).into()),
        last_name: Some(format!("Family{}", place % 9_973).into()),
        email: Some(format!("p{place}@company{company}.example").into()),
        other_emails: Vec::new(),
        phone: Some(format!("+1555{place:07}").into()),
        mobile: None,
        title: Some("Head of Operations".into()),
        company_name: Some(format!("Company {company}").into()),
        account: None,
        owner: Some(key("sales", "User", place % 200)),
        vendor_stage: Some("MQL".into()),
        stage: Some(LifecycleStage::Mql),
        lead_source: Some(LeadSource {
            channel,
            sub_channel: Some(channel.name().into()),
            detail: None,
            is_marketing: place % 5 < 3,
        }),
        email_opt_out: Some(false),
        do_not_call: None,
        bounced: None,
        scores: Vec::new(),
        country: Some("DE".into()),
        state: None,
        industry: Some("Software".into()),
        employees: Some(250),
        conversion: None,
        cross_references: Vec::new(),
        custom: BTreeMap::new(),
        edits: BTreeMap::new(),
    };
    let changed = created + TimeDelta::seconds(random.random_range(0..80_000));
    let mut told = vec![
        record(&lead, PersonRole::Lead, changed),
        record(&contact, PersonRole::Contact, created + TimeDelta::hours(1)),
    ]
    .into_iter()
    .map(|it| Observation::Record(CapturedRecord::Person(Arc::new(it))))
    .collect::<Vec<_>>();
    for nth in 0..EVENTS {
        let at = created + TimeDelta::seconds(random.random_range(0..40 * 86_400));
        told.push(event(&contact, place * EVENTS + nth, nth, at.min(as_of()), channel));
    }
    if place.is_multiple_of(5) {
        told.push(account(company, created));
    }
    if place % 5 == 2 {
        told.push(opportunity(random, company, &lead, created));
    }
    told
}

fn event(of: &RecordKey, number: usize, nth: usize, at: DateTime<Utc>, channel: Channel) -> Observation {
    let (kind, detail, source) = match nth {
        0 => {
            let to = LifecycleStage::Mql;
            let stage = Detail::Stage { from: None, to, vendor_from: None, vendor_to: "MQL".into() };
            (EventKind::StageChange, stage, of.clone())
        }
        1..=6 => {
            let touch = Detail::Touch { channel, asset: None, url: None };
            (EventKind::FormSubmission, touch, key("marketing", "form", number))
        }
        _ => {
            let call = Detail::Activity {
                direction: None,
                outcome: Some("Connected".into()),
                duration_seconds: Some(300),
                automated: false,
                subject: Some("Call about the offer".into()),
                body: None,
            };
            (EventKind::Call, call, key("marketing", "call", number))
        }
    };
    let event = Event {
        kind,
        occurred_at: at,
        precision: Precision::Second,
        recorded_at: None,
        observed_at: as_of(),
        source,
        vendor_id: Some(number.to_string().into()),
        person: Some(of.clone()),
        account: None,
        opportunity: None,
        campaign: None,
        actor: None,
        by_integration: false,
        detail,
    };
    Observation::Event { of: of.clone(), event: Arc::new(event) }
}

fn account(company: usize, created: DateTime<Utc>) -> Observation {
    let record = AccountRecord {
        meta: meta(key("sales", "Account", company), created, created),
        name: Some(format!("Company {company}").into()),
        domains: vec![format!("company{company}.example").into()],
        industry: Some("Software".into()),
        employees: Some(250),
        annual_revenue: None,
        country: Some("DE".into()),
        state: None,
        owner: Some(key("sales", "User", company % 200)),
        is_target: None,
        cross_references: Vec::new(),
        custom: BTreeMap::new(),
        edits: BTreeMap::new(),
    };
    Observation::Record(CapturedRecord::Account(Arc::new(record)))
}

fn opportunity(
    random: &mut ChaCha8Rng,
    company: usize,
    lead: &RecordKey,
    created: DateTime<Utc>,
) -> Observation {
    let opened = created + TimeDelta::days(20);
    let closed = opened + TimeDelta::days(random.random_range(10..120));
    let category = match random.random_range(0..4) {
        _ if closed > as_of() => StageCategory::Open,
        0 => StageCategory::Won,
        1 | 2 => StageCategory::Lost,
        _ => StageCategory::Open,
    };
    let mark = |stage: &str, at| StageSnapshot {
        stage: stage.into(),
        at,
        amount: None,
        probability: None,
        by: None,
    };
    let mut stage_history = vec![mark("Discovery", opened)];
    if category != StageCategory::Open {
        stage_history.push(mark(if category == StageCategory::Won { "Won" } else { "Lost" }, closed));
    }
    let record = OpportunityRecord {
        meta: meta(key("sales", "Opportunity", company), opened, closed.min(as_of())),
        name: Some(format!("Offer {company}").into()),
        account: Some(key("sales", "Account", company)),
        owner: Some(key("sales", "User", company % 200)),
        pipeline: None,
        stage: stage_history.last().map(|mark| mark.stage.clone()),
        category,
        amount: Some(Money { amount: random.random_range(1_000..90_000).into(), currency: "USD".into() }),
        probability: None,
        close_date: Some(closed.date_naive()),
        closed_at: None,
        lead_source: None,
        loss_reason: None,
        contacts: vec![OpportunityContactRole { person: lead.clone(), role: None, is_primary: true }],
        stage_history,
        cross_references: Vec::new(),
        custom: BTreeMap::new(),
    };
    Observation::Record(CapturedRecord::Opportunity(Arc::new(record)))
}

fn resident_mib() -> i64 {
    status_mib("VmRSS:")
}

fn status_mib(name: &str) -> i64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse::<i64>().ok()).unwrap_or(0) / 1024
}
