//! Made-up people, as many as one likes: the same for the same place, on every machine.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use leadline::domain::account::AccountRecord;
use leadline::domain::event::{Detail, Event, EventKind, Precision};
use leadline::domain::id::{RecordKey, SourceName};
use leadline::domain::lead_source::{Channel, LeadSource};
use leadline::domain::lifecycle::LifecycleStage;
use leadline::domain::money::Money;
use leadline::domain::opportunity::{
    OpportunityContactRole, OpportunityRecord, StageCategory, StageSnapshot,
};
use leadline::domain::person::{PersonRecord, PersonRole};
use leadline::domain::record::RecordMeta;
use leadline::ledger::entry::CapturedRecord;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Events of a person.
pub(crate) const EVENTS: usize = 10;
const DAYS: i64 = 730;

/// The instant everything is told at.
pub(crate) fn as_of() -> DateTime<Utc> {
    "2025-01-01T00:00:00Z".parse().unwrap()
}

pub(crate) fn key(source: &str, object: &str, place: usize) -> RecordKey {
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

/// When the person at a place came, and how.
fn origin(place: usize) -> (ChaCha8Rng, DateTime<Utc>, Channel) {
    let mut random = ChaCha8Rng::seed_from_u64(place as u64);
    let created = as_of() - TimeDelta::seconds(random.random_range(86_400..DAYS * 86_400));
    let channel = Channel::ALL[random.random_range(0..Channel::ALL.len())];
    (random, created, channel)
}

/// The records of the person at a place, and the account or opportunity that comes with every fifth.
pub(crate) fn records(place: usize) -> Vec<CapturedRecord> {
    let (mut random, created, channel) = origin(place);
    let company = place / 5;
    let (lead, contact) = (key("sales", "Lead", place), key("marketing", "contact", place));
    let record = |own: &RecordKey, role, changed| PersonRecord {
        meta: meta(own.clone(), created, changed),
        role,
        first_name: Some(format!("Given{}", place % 997).into()),
        last_name: Some(format!("Family{}", place % 9_973).into()),
        email: Some(format!("family{}.p{place}@company{company}.example", place % 9_973).into()),
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
    .map(|it| CapturedRecord::Person(Arc::new(it)))
    .collect::<Vec<_>>();
    if place.is_multiple_of(5) {
        told.push(account(company, created));
    }
    if place % 5 == 2 {
        told.push(opportunity(&mut random, company, &lead, created));
    }
    told
}

/// What happened with the person at a place; it stands in the history of their contact.
pub(crate) fn events(place: usize) -> Vec<Event> {
    let (mut random, created, channel) = origin(place);
    let of = key("marketing", "contact", place);
    let event = |nth| {
        let at = created + TimeDelta::seconds(random.random_range(0..40 * 86_400));
        event(&of, place * EVENTS + nth, nth, at.min(as_of()), channel)
    };
    (0..EVENTS).map(event).collect()
}

fn event(of: &RecordKey, number: usize, nth: usize, at: DateTime<Utc>, channel: Channel) -> Event {
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
    Event {
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
    }
}

fn account(company: usize, created: DateTime<Utc>) -> CapturedRecord {
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
    CapturedRecord::Account(Arc::new(record))
}

fn opportunity(
    random: &mut ChaCha8Rng,
    company: usize,
    lead: &RecordKey,
    created: DateTime<Utc>,
) -> CapturedRecord {
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
    CapturedRecord::Opportunity(Arc::new(record))
}
