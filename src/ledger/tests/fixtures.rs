//! Records and events for the tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::account::AccountRecord;
use crate::domain::campaign::CampaignMembership;
use crate::domain::event::{Detail, Event, EventKind, Floor, HistoryPart, Precision};
use crate::domain::id::{RecordKey, SourceName};
use crate::domain::lead_source::Channel;
use crate::domain::opportunity::{OpportunityContactRole, OpportunityRecord, StageCategory};
use crate::domain::person::{Conversion, PersonRecord, PersonRole};
use crate::domain::record::RecordMeta;
use crate::ledger::entry::{Batch, CapturedRecord, Observation, Progress};
use crate::ledger::state::CapturedFloor;

pub(super) fn sales() -> SourceName {
    SourceName::new("sales")
}

pub(super) fn key(object: &str, id: &str) -> RecordKey {
    RecordKey::new(&sales(), object, id)
}

/// Minutes after the beginning of the tests' time.
pub(super) fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_740_000_000, 0).unwrap() + TimeDelta::minutes(minutes)
}

/// Below which instant the changes of a record are not known.
pub(super) fn floor_of(object: &str, id: &str) -> CapturedFloor {
    CapturedFloor {
        source: Some(sales()),
        object: Some(object.into()),
        id: Some(id.into()),
        part: Some(HistoryPart::Changes),
        floor: Floor { from: at(-100), reason: "not kept longer".into() },
    }
}

pub(super) fn meta(object: &str, id: &str) -> RecordMeta {
    RecordMeta {
        key: key(object, id),
        created_at: at(-1000),
        updated_at: at(-500),
        fetched_at: at(0),
        deleted_at: None,
        merged_into: None,
        merged_ids: Vec::new(),
        url: None,
    }
}

pub(super) fn person(object: &str, id: &str, address: &str) -> PersonRecord {
    let role = if object == "Lead" { PersonRole::Lead } else { PersonRole::Contact };
    PersonRecord {
        meta: meta(object, id),
        role,
        first_name: Some("Jane".into()),
        last_name: Some("Doe".into()),
        email: (!address.is_empty()).then(|| address.into()),
        other_emails: Vec::new(),
        phone: Some("+44 20 7946 0958".into()),
        mobile: None,
        title: None,
        company_name: None,
        account: None,
        owner: None,
        vendor_stage: None,
        stage: None,
        lead_source: None,
        email_opt_out: None,
        do_not_call: None,
        bounced: None,
        scores: Vec::new(),
        country: None,
        state: None,
        industry: None,
        employees: None,
        conversion: None,
        cross_references: Vec::new(),
        custom: BTreeMap::new(),
        edits: BTreeMap::new(),
    }
}

pub(super) fn converted(id: &str, contact: &str) -> PersonRecord {
    let conversion =
        Conversion { contact: Some(key("Contact", contact)), account: None, opportunity: None, on: None };
    PersonRecord { conversion: Some(conversion), ..person("Lead", id, "jane@example.com") }
}

pub(super) fn account(id: &str, domain: &str) -> AccountRecord {
    AccountRecord {
        meta: meta("Account", id),
        name: Some("Example Ltd".into()),
        domains: vec![domain.into()],
        industry: None,
        employees: None,
        annual_revenue: None,
        country: None,
        state: None,
        owner: None,
        is_target: None,
        cross_references: Vec::new(),
        custom: BTreeMap::new(),
        edits: BTreeMap::new(),
    }
}

pub(super) fn opportunity(id: &str, account: &str, person: &str) -> OpportunityRecord {
    let role = OpportunityContactRole { person: key("Contact", person), role: None, is_primary: true };
    OpportunityRecord {
        meta: meta("Opportunity", id),
        name: None,
        account: Some(key("Account", account)),
        owner: None,
        pipeline: None,
        stage: None,
        category: StageCategory::Open,
        amount: None,
        probability: None,
        close_date: None,
        closed_at: None,
        lead_source: None,
        loss_reason: None,
        contacts: vec![role],
        stage_history: Vec::new(),
        cross_references: Vec::new(),
        custom: BTreeMap::new(),
    }
}

pub(super) fn membership(id: &str, campaign: &str, person: RecordKey) -> CampaignMembership {
    CampaignMembership {
        id: id.into(),
        campaign: key("Campaign", campaign),
        person,
        status: Some("Sent".into()),
        has_responded: false,
        responded_on: None,
        joined_at: at(-300),
    }
}

/// A task in somebody's history.
pub(super) fn task(id: &str, person: &RecordKey, subject: &str, minutes: i64) -> Event {
    let detail = Detail::Activity {
        direction: None,
        outcome: None,
        duration_seconds: None,
        automated: false,
        subject: Some(subject.into()),
        body: None,
    };
    Event { detail, ..event(EventKind::Task, key("Task", id), id, person, minutes) }
}

/// A page viewed.
pub(super) fn touch(id: &str, person: &RecordKey, url: &str, minutes: i64) -> Event {
    let detail = Detail::Touch { channel: Channel::Email, asset: None, url: Some(url.into()) };
    Event { detail, ..event(EventKind::PageView, person.clone(), id, person, minutes) }
}

fn event(kind: EventKind, source: RecordKey, id: &str, person: &RecordKey, minutes: i64) -> Event {
    Event {
        kind,
        occurred_at: at(minutes),
        precision: Precision::Second,
        recorded_at: None,
        observed_at: at(0),
        source,
        vendor_id: Some(id.into()),
        person: Some(person.clone()),
        account: None,
        opportunity: None,
        campaign: None,
        actor: None,
        by_integration: false,
        detail: Detail::Record { merged_ids: Vec::new(), converted_to: None },
    }
}

pub(super) fn seen(record: impl Into<CapturedRecord>) -> Observation {
    Observation::Record(record.into())
}

/// An event in the history of its person.
pub(super) fn told(event: Event) -> Observation {
    Observation::Event { of: event.person.clone().unwrap(), event: Arc::new(event) }
}

/// A batch without progress.
pub(super) fn batch(minutes: i64, observations: Vec<Observation>) -> Batch {
    Batch { source: sales(), stream: "leads".into(), observed_at: at(minutes), observations, progress: None }
}

pub(super) fn progress(position: &str, rows: u64, ahead: Option<u64>, caught_up: bool) -> Progress {
    Progress { position: position.into(), rows, ahead, caught_up }
}

impl From<PersonRecord> for CapturedRecord {
    fn from(record: PersonRecord) -> Self {
        Self::Person(Arc::new(record))
    }
}

impl From<AccountRecord> for CapturedRecord {
    fn from(record: AccountRecord) -> Self {
        Self::Account(Arc::new(record))
    }
}

impl From<OpportunityRecord> for CapturedRecord {
    fn from(record: OpportunityRecord) -> Self {
        Self::Opportunity(Arc::new(record))
    }
}

impl From<CampaignMembership> for CapturedRecord {
    fn from(record: CampaignMembership) -> Self {
        Self::Membership(Arc::new(record))
    }
}
